// Grouped queries: keys and aggregates bound, the aggregate over windows or groups chosen.
#include <algorithm>

#include "base/text.h"
#include "expr/evaluator.h"
#include "plan/bind_expr.h"
#include "plan/planner_internal.h"
#include "sql/printer.h"
#include "types/arrow_try.h"

namespace tarn::plan {
using expr::ExprPtr;
using types::LogicalType;
using types::TimeAttribute;
using types::TypeRoot;

namespace {
bool AnyAggregate(const std::vector<sql::Expr>& list) { return std::any_of(list.begin(), list.end(), [](const sql::Expr& e) { return HasAggregate(e); }); }
bool AnyAggregate(const sql::ExprPtr& e) { return e && HasAggregate(*e); }
}  // namespace

bool HasAggregate(const sql::Expr& e) {
  return std::visit(Visitor{
      [](const sql::Unary& u) { return AnyAggregate(u.operand); },
      [](const sql::Binary& b) { return AnyAggregate(b.left) || AnyAggregate(b.right); },
      [](const sql::Like& l) { return AnyAggregate(l.operand) || AnyAggregate(l.pattern); },
      [](const sql::Between& b) { return AnyAggregate(b.operand) || AnyAggregate(b.low) || AnyAggregate(b.high); },
      [](const sql::In& i) { return AnyAggregate(i.operand) || AnyAggregate(i.list); },
      [](const sql::Case& c) {
        if (AnyAggregate(c.otherwise)) return true;
        for (const auto& b : c.branches) if (HasAggregate(b.condition) || HasAggregate(b.result)) return true;
        return false;
      },
      [](const sql::Cast& c) { return AnyAggregate(c.operand); },
      [](const sql::RowValue& r) { return AnyAggregate(r.items); },
      [](const sql::Collection& c) { return AnyAggregate(c.items); },
      [](const sql::Subscript& s) { return AnyAggregate(s.base) || AnyAggregate(s.index); },
      [](const sql::FieldAccess& f) { return AnyAggregate(f.base); },
      [](const sql::Call& c) {
        if (!c.over && expr::FindAggregate(ToUpper(c.function.last()))) return true;
        for (const auto& a : c.arguments) if (HasAggregate(a.value)) return true;
        return false;
      },
      [](const sql::IntervalDifference& d) { return AnyAggregate(d.left) || AnyAggregate(d.right); },
      [](const auto&) { return false; },
  }, e.node);
}

namespace {
// Binds SELECT items and HAVING of a grouped query over the row (keys, aggregates).
class GroupBinder final : public ExprBinder {
 public:
  GroupBinder(const expr::FunctionRegistry& f, const Scope& input, std::string current_database, std::vector<ExprPtr> keys, bool grouped)
      : ExprBinder(f, input, std::move(current_database)), keys_(std::move(keys)), grouped_(grouped), before_(keys_) {}

  const std::vector<ExprPtr>& before() const { return before_; }   // what the aggregate's input must hold: keys, arguments, filters
  const std::vector<expr::AggregateCall>& calls() const { return calls_; }

 protected:
  Result<std::optional<ExprPtr>> Intercept(const sql::Expr& e) override {
    if (const auto* c = e.As<sql::Call>(); c && !c->over) {
      if (auto kind = expr::FindAggregate(ToUpper(c->function.last()))) return std::optional<ExprPtr>(TRY(Aggregate(*kind, *c, e)));
    }
    if (e.As<sql::Literal>() || HasAggregate(e)) return std::optional<ExprPtr>();
    ExprBinder plain(functions(), scope(), current_database());
    Result<ExprPtr> bound = plain.Bind(e);
    if (bound.ok()) {
      for (size_t k = 0; k < keys_.size(); ++k)
        if (SameExpr(*keys_[k], **bound)) return std::optional<ExprPtr>(expr::MakeInputRef(static_cast<int>(k), keys_[k]->type));
    }
    if (const auto* c = e.As<sql::ColumnRef>()) {
      if (!bound.ok()) return std::move(bound).status();
      return Status::InvalidSql("Expression '" + c->name.ToString() + "' is not being grouped").WithPosition(e.position);
    }
    return std::optional<ExprPtr>();
  }

 private:
  int Before(const ExprPtr& e) {
    for (size_t i = 0; i < before_.size(); ++i) if (SameExpr(*before_[i], *e)) return static_cast<int>(i);
    before_.push_back(e);
    return static_cast<int>(before_.size()) - 1;
  }
  Result<ExprPtr> Aggregate(expr::AggregateKind kind, const sql::Call& c, const sql::Expr& e) {
    expr::AggregateCall call;
    call.kind = kind;
    call.distinct = c.quantifier == sql::SetQuantifier::kDistinct;
    ExprBinder plain(functions(), scope(), current_database());
    std::vector<LogicalType> types;
    for (const sql::Argument& a : c.arguments) {
      if (a.value.As<sql::Star>()) {
        if (kind != expr::AggregateKind::kCount) return Status::InvalidSql("'*' is not allowed here").WithPosition(a.value.position);
        call.kind = expr::AggregateKind::kCountStar;
        continue;
      }
      ExprPtr arg = TRY(plain.Bind(a.value));
      arg = TRY(Coerced(kind, arg));
      types.push_back(arg->type);
      call.args.push_back(Before(arg));
    }
    if (call.kind == expr::AggregateKind::kCount && call.args.empty()) call.kind = expr::AggregateKind::kCountStar;
    if (call.kind == expr::AggregateKind::kCount && !call.distinct && call.args.size() == 1 && !types[0].nullable()) {
      call.kind = expr::AggregateKind::kCountStar;   // COUNT of what can't be NULL counts rows
      call.args.clear();
      types.clear();
    }
    if (c.filter) {
      ExprPtr f = TRY(plain.Bind(*c.filter));
      if (f->type.root() != TypeRoot::kBoolean) return Status::InvalidSql("FILTER needs a BOOLEAN condition").WithPosition(c.filter->position);
      call.filter = Before(f);
    }
    if (!c.within_group.empty()) return Status::NotSupported("WITHIN GROUP").WithPosition(e.position);
    Result<LogicalType> type = expr::AggregateType(call.kind, types, grouped_);
    if (!type.ok()) return std::move(type).status().WithPosition(e.position);
    call.type = *type;
    if (c.filter && call.type.nullable() == false && call.kind != expr::AggregateKind::kCount && call.kind != expr::AggregateKind::kCountStar)
      call.type = call.type.WithNullable(true);
    for (size_t i = 0; i < calls_.size(); ++i) {
      const expr::AggregateCall& o = calls_[i];
      if (o.kind == call.kind && o.args == call.args && o.distinct == call.distinct && o.filter == call.filter)
        return expr::MakeInputRef(static_cast<int>(keys_.size() + i), o.type);
    }
    call.name = "EXPR$" + std::to_string(calls_.size());
    calls_.push_back(call);
    return expr::MakeInputRef(static_cast<int>(keys_.size() + calls_.size()) - 1, call.type);
  }
  Result<ExprPtr> Coerced(expr::AggregateKind kind, ExprPtr arg) {
    (void)kind;
    if (arg->type.time_attribute() == TimeAttribute::kNone) return arg;
    auto copy = std::make_shared<expr::Expr>(*arg);   // an aggregate of a time attribute sees a plain timestamp
    copy->type = copy->type.WithTimeAttribute(TimeAttribute::kNone);
    return ExprPtr(copy);
  }

  std::vector<ExprPtr> keys_;
  bool grouped_;
  std::vector<ExprPtr> before_;
  std::vector<expr::AggregateCall> calls_;
};

struct Traced {
  NodePtr input;                 // below the window table function
  WindowSpec window;
  std::vector<ExprPtr> exprs;    // over input
  ExprPtr filter;
};

// Follows expressions down through Calcs to a window table function, if none of them needs the window's own columns.
std::optional<Traced> TraceToWindow(NodePtr node, std::vector<ExprPtr> exprs, const expr::FunctionRegistry& functions) {
  std::vector<ExprPtr> filters;
  while (const auto* calc = std::get_if<Calc>(&node->op)) {
    for (ExprPtr& e : exprs) e = expr::Substitute(e, calc->projection);
    for (ExprPtr& f : filters) f = expr::Substitute(f, calc->projection);
    if (calc->filter) filters.push_back(calc->filter);
    node = node->inputs[0];
  }
  const auto* tvf = std::get_if<WindowTableFunction>(&node->op);
  if (!tvf) return std::nullopt;
  int width = static_cast<int>(node->inputs[0]->row_type.size());
  for (const auto* list : {&exprs, &filters})
    for (int i : expr::InputsOf(*list)) if (i >= width) return std::nullopt;
  ExprPtr filter;
  for (const ExprPtr& f : filters) {
    if (!filter) { filter = f; continue; }
    Result<ExprPtr> both = functions.MakeCall("AND", {filter, f});
    if (!both.ok()) return std::nullopt;
    filter = *both;
  }
  return Traced{node->inputs[0], tvf->window, std::move(exprs), filter};
}
}  // namespace

Result<Planner::Relation> Planner::Grouped(const sql::Select& s, const Relation& input, const std::vector<sql::SelectItem>& items,
                                           const std::vector<sql::Expr>& hidden) {
  const expr::FunctionRegistry& functions = env_.registry->functions();
  ExprBinder plain(functions, input.scope, env_.current_database);
  std::vector<ExprPtr> keys;
  for (const sql::GroupingElement& g : s.group_by) {
    if (g.kind != sql::GroupingKind::kExpr && g.kind != sql::GroupingKind::kTuple) return Lacks("GROUPING SETS, CUBE and ROLLUP", g.position);
    for (const sql::Expr& e : g.exprs) {
      if (HasAggregate(e)) return Status::InvalidSql("Aggregate expression is illegal in GROUP BY clause").WithPosition(e.position);
      if (const auto* call = e.As<sql::Call>()) {
        std::string f = ToUpper(call->function.last());
        if (f == "TUMBLE" || f == "HOP" || f == "SESSION") return Lacks("group windows (GROUP BY " + f + "(...))", e.position);
      }
      ExprPtr k = TRY(plain.Bind(e));
      bool seen = std::any_of(keys.begin(), keys.end(), [&](const ExprPtr& o) { return SameExpr(*o, *k); });
      if (!seen) keys.push_back(k);
    }
  }
  GroupBinder binder(functions, input.scope, env_.current_database, keys, s.grouped);
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].expr.As<sql::Star>()) return Status::InvalidSql("Expression '*' is not being grouped").WithPosition(items[i].expr.position);
    exprs.push_back(TRY(binder.Bind(items[i].expr)));
    names.push_back(OutputName(items[i], i));
  }
  for (const sql::Expr& h : hidden) {
    exprs.push_back(TRY(binder.Bind(h)));
    names.push_back("$sort" + std::to_string(exprs.size()));
  }
  ExprPtr having;
  if (s.having) having = TRY(binder.Bind(*s.having));

  // The row after the aggregate, as the binder numbered it: keys, then aggregates.
  const auto& calls = binder.calls();
  std::vector<ExprPtr> before = binder.before();
  size_t nk = keys.size();

  int start_key = -1, end_key = -1, time_key = -1;
  if (input.window && input.window->start >= 0 && input.window->end >= 0) {
    for (size_t k = 0; k < nk; ++k) {
      if (const auto* r = std::get_if<expr::InputRef>(&keys[k]->node)) {
        if (r->index == input.window->start) start_key = static_cast<int>(k);
        if (r->index == input.window->end) end_key = static_cast<int>(k);
        if (r->index == input.window->time) time_key = static_cast<int>(k);
      }
    }
  }
  Relation after;
  std::vector<ExprPtr> renumber;   // binder's column -> expression over the aggregate's output
  if (start_key >= 0 && end_key >= 0) {
    if (!input.node->changelog.insert_only())
      return Status::NotSupported("StreamPhysicalWindowAggregate doesn't support consuming update and delete changes").WithPosition(s.position);
    WindowAggregate agg;
    // Columns of the input: the keys that are no window columns, then arguments and filters.
    std::vector<ExprPtr> columns;
    std::vector<int> place(before.size(), -1);
    for (size_t i = 0; i < before.size(); ++i) {
      int k = static_cast<int>(i);
      if (k == start_key || k == end_key || k == time_key) continue;
      place[i] = static_cast<int>(columns.size());
      columns.push_back(before[i]);
      if (i < nk) agg.keys.push_back(place[i]);
    }
    bool argument_is_window = false;
    for (expr::AggregateCall c : calls) {
      for (int& a : c.args) { argument_is_window |= place[a] < 0; a = place[a]; }
      if (c.filter >= 0) c.filter = place[c.filter];
      agg.aggregates.push_back(std::move(c));
    }
    NodePtr below;
    std::optional<Traced> traced;
    if (argument_is_window) {   // MAX(window_end): give it a column of its own
      columns.clear();
      agg.keys.clear();
      agg.aggregates = calls;
      for (size_t i = 0; i < before.size(); ++i) {
        columns.push_back(before[i]);
        int k = static_cast<int>(i);
        if (i < nk && k != start_key && k != end_key && k != time_key) agg.keys.push_back(k);
      }
    } else {
      traced = TraceToWindow(input.node, columns, functions);
    }
    RowType row;
    if (traced) {
      agg.window = traced->window;
      std::vector<ExprPtr> exprs_below = traced->exprs;
      exprs_below.push_back(expr::MakeInputRef(traced->window.time_column, traced->input->row_type.types[traced->window.time_column]));
      agg.window.time_column = static_cast<int>(exprs_below.size()) - 1;
      Relation base;
      base.node = traced->input;
      for (size_t i = 0; i < base.node->row_type.size(); ++i) base.scope.columns.push_back({"", base.node->row_type.names[i], base.node->row_type.types[i]});
      std::vector<std::string> n;
      for (size_t i = 0; i < exprs_below.size(); ++i) n.push_back("$f" + std::to_string(i));
      below = TRY(Project(base, std::move(exprs_below), std::move(n), traced->filter)).node;
    } else {
      agg.window = input.window->window;
      agg.input_windowed = true;
      Relation base = input;
      agg.window_start_column = static_cast<int>(columns.size());
      columns.push_back(expr::MakeInputRef(input.window->start, input.node->row_type.types[input.window->start]));
      agg.window_end_column = static_cast<int>(columns.size());
      columns.push_back(expr::MakeInputRef(input.window->end, input.node->row_type.types[input.window->end]));
      std::vector<std::string> n;
      for (size_t i = 0; i < columns.size(); ++i) n.push_back("$f" + std::to_string(i));
      below = TRY(Project(base, columns, std::move(n), nullptr)).node;
    }
    below = agg.keys.empty() ? Exchanged(below, Exchange::Kind::kSingle, {}) : Exchanged(below, Exchange::Kind::kHash, agg.keys);
    for (size_t k = 0; k < agg.keys.size(); ++k) row.Add("$k" + std::to_string(k), below->row_type.types[agg.keys[k]].WithTimeAttribute(TimeAttribute::kNone));
    size_t first_aggregate = row.size();
    for (const auto& c : agg.aggregates) row.Add(c.name, c.type);
    int first_property = static_cast<int>(row.size());
    agg.properties = {WindowAggregate::Property::kStart, WindowAggregate::Property::kEnd, WindowAggregate::Property::kTime};
    LogicalType plain_edge = LogicalType::Timestamp(3).NotNull();
    row.Add("window_start", plain_edge);
    row.Add("window_end", plain_edge);
    const LogicalType& time_type = input.window->time >= 0 ? input.scope.columns[input.window->time].type
                                                           : LogicalType::Timestamp(3).NotNull().WithTimeAttribute(TimeAttribute::kRowtime);
    row.Add("window_time", time_type);
    int next_key = 0;
    for (size_t k = 0; k < nk; ++k) {
      int at;
      if (static_cast<int>(k) == start_key) at = first_property;
      else if (static_cast<int>(k) == end_key) at = first_property + 1;
      else if (static_cast<int>(k) == time_key) at = first_property + 2;
      else at = next_key++;
      renumber.push_back(expr::MakeInputRef(at, row.types[at]));
    }
    for (size_t i = 0; i < calls.size(); ++i) renumber.push_back(expr::MakeInputRef(static_cast<int>(first_aggregate + i), calls[i].type));
    WindowTrait trait = *input.window;
    trait.start = first_property; trait.end = first_property + 1; trait.time = first_property + 2;
    int p = below->parallelism;
    after.node = MakeNode(std::move(agg), {below}, row, {}, p);
    after.window = trait;
    for (size_t i = 0; i < row.size(); ++i) after.scope.columns.push_back({"", row.names[i], row.types[i]});
  } else {
    GroupAggregate agg;
    agg.aggregates = calls;
    for (size_t k = 0; k < nk; ++k) agg.keys.push_back(static_cast<int>(k));
    agg.mini_batch = env_.streaming && TRY(env_.options.GetBoolean("table.exec.mini-batch.enabled", false));
    agg.mini_batch_size = TRY(env_.options.GetInteger("table.exec.mini-batch.size", -1));
    agg.mini_batch_latency_ms = TRY(env_.options.GetDuration("table.exec.mini-batch.allow-latency", config::Milliseconds(0))).count();
    if (agg.mini_batch && (agg.mini_batch_size <= 0 || agg.mini_batch_latency_ms <= 0))
      return Status::InvalidSql("table.exec.mini-batch.size and table.exec.mini-batch.allow-latency must be positive when mini-batch is enabled");
    agg.state_ttl_ms = TRY(env_.options.GetDuration("table.exec.state.ttl", config::Milliseconds(0))).count();
    std::vector<std::string> n;
    for (size_t i = 0; i < before.size(); ++i) n.push_back("$f" + std::to_string(i));
    NodePtr below = TRY(Project(input, before, std::move(n), nullptr)).node;
    below = nk == 0 ? Exchanged(below, Exchange::Kind::kSingle, {}) : Exchanged(below, Exchange::Kind::kHash, agg.keys);
    RowType row;
    for (size_t k = 0; k < nk; ++k) row.Add("$k" + std::to_string(k), keys[k]->type.WithTimeAttribute(TimeAttribute::kNone));
    for (const auto& c : calls) row.Add(c.name, c.type);
    types::ChangelogMode mode;
    if (env_.streaming) {
      mode.update_before = mode.update_after = !calls.empty();
      mode.remove = !below->changelog.insert_only();
    }
    for (size_t i = 0; i < row.size(); ++i) {
      renumber.push_back(expr::MakeInputRef(static_cast<int>(i), row.types[i]));
      after.scope.columns.push_back({"", row.names[i], row.types[i]});
    }
    int p = below->parallelism;
    after.node = MakeNode(std::move(agg), {below}, row, mode, p);
  }
  for (ExprPtr& e : exprs) e = expr::Substitute(e, renumber);
  if (having) having = expr::Substitute(having, renumber);
  return Project(after, std::move(exprs), std::move(names), having);
}

}  // namespace tarn::plan
