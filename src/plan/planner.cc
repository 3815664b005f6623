#include "plan/planner.h"

#include <arrow/builder.h>

#include <algorithm>

#include "base/text.h"
#include "expr/evaluator.h"
#include "plan/bind_expr.h"
#include "plan/planner_internal.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plan {
using expr::ExprPtr;
using types::LogicalType;
using types::TimeAttribute;
using types::TypeRoot;

namespace {
constexpr int kViewDepthMax = 100;
}  // namespace

NodePtr MakeNode(decltype(Node::op) op, std::vector<NodePtr> inputs, RowType row, types::ChangelogMode changelog, int parallelism) {
  auto n = std::make_shared<Node>();
  n->op = std::move(op);
  n->inputs = std::move(inputs);
  n->row_type = std::move(row);
  n->changelog = changelog;
  n->parallelism = parallelism;
  return n;
}

Status Lacks(std::string what, const TextPosition& p) { return Status::NotSupported(std::move(what)).WithPosition(p); }

LogicalType ProjectedType(const ExprPtr& e) {
  if (std::holds_alternative<expr::InputRef>(e->node)) return e->type;
  if (const auto* c = std::get_if<expr::Call>(&e->node); c && c->function->name() == "PROCTIME") return e->type;
  return e->type.WithTimeAttribute(TimeAttribute::kNone);
}

std::vector<std::string> Unique(std::vector<std::string> names) {
  std::vector<std::string> out;
  for (std::string& n : names) {
    std::string name = n;
    for (int i = 0; std::find(out.begin(), out.end(), name) != out.end(); ++i) name = n + std::to_string(i);
    out.push_back(std::move(name));
  }
  return out;
}

std::string OutputName(const sql::SelectItem& item, size_t position) {
  if (item.alias) return item.alias->name;
  if (const auto* c = item.expr.As<sql::ColumnRef>()) return c->name.last();
  return "EXPR$" + std::to_string(position);
}

config::OptionSet HintOptions(const std::vector<sql::Hint>& hints) {
  config::OptionSet o;
  for (const sql::Hint& h : hints) {
    if (!EqualsIgnoreCase(h.name.name, "OPTIONS")) continue;
    for (const sql::Option& option : h.options) o.Set(option.key, option.value);
  }
  return o;
}


// ---------------------------------------------------------------------------------------------------------------- small steps

NodePtr Planner::Exchanged(NodePtr in, Exchange::Kind kind, std::vector<int> keys) {
  int target = kind == Exchange::Kind::kSingle ? 1 : env_.parallelism;
  if (in->parallelism == 1 && target == 1) return in;
  RowType row = in->row_type;
  types::ChangelogMode mode = in->changelog;
  return MakeNode(Exchange{kind, std::move(keys)}, {std::move(in)}, std::move(row), mode, target);
}

Result<Planner::Relation> Planner::Project(const Relation& in, std::vector<ExprPtr> exprs, std::vector<std::string> names, ExprPtr filter) {
  Relation out;
  RowType row;
  bool same = !filter && exprs.size() == in.node->row_type.size();
  for (size_t i = 0; i < exprs.size(); ++i) {
    LogicalType t = ProjectedType(exprs[i]);
    row.Add(names[i], t);
    out.scope.columns.push_back({"", names[i], t});
    const auto* r = std::get_if<expr::InputRef>(&exprs[i]->node);
    same = same && r && r->index == static_cast<int>(i) && names[i] == in.node->row_type.names[i];
  }
  if (in.window) {
    WindowTrait w = *in.window;
    int start = -1, end = -1, time = -1;
    for (size_t i = 0; i < exprs.size(); ++i) {
      if (const auto* r = std::get_if<expr::InputRef>(&exprs[i]->node)) {
        if (r->index == w.start) start = static_cast<int>(i);
        if (r->index == w.end) end = static_cast<int>(i);
        if (r->index == w.time) time = static_cast<int>(i);
      }
    }
    w.start = start; w.end = end; w.time = time;
    out.window = w;
  }
  out.node = same ? in.node : MakeNode(Calc{std::move(filter), std::move(exprs)}, {in.node}, std::move(row), in.node->changelog, in.node->parallelism);
  return out;
}

Result<Planner::Relation> Planner::CastTo(const Relation& in, const std::vector<LogicalType>& target) {
  std::vector<ExprPtr> exprs;
  for (size_t i = 0; i < target.size(); ++i) {
    ExprPtr ref = expr::MakeInputRef(static_cast<int>(i), in.node->row_type.types[i]);
    bool same = in.node->row_type.types[i].EqualsIgnoringNullable(target[i]);
    exprs.push_back(same ? ref : TRY(env_.registry->functions().MakeCast(ref, target[i].WithNullable(ref->type.nullable() || target[i].nullable()))));
  }
  return Project(in, std::move(exprs), in.node->row_type.names, nullptr);
}

// -------------------------------------------------------------------------------------------------------------------- tables

// Metadata columns must be what the connector knows, and may be written only where it says so.
Status Planner::CheckMetadata(const table::TableContext& context, bool sink) {
  if (context.metadata.empty()) return Status::OK();
  const table::ConnectorFactory* factory = TRY(env_.registry->FindConnector(context.table.options.Get("connector", "")));
  std::vector<std::string> known;
  for (const auto& m : factory->metadata(context)) if (sink ? m.writable : m.readable) known.push_back(m.key);
  for (const types::Column& c : context.metadata) {
    if (std::find(known.begin(), known.end(), c.metadata_name()) != known.end() || c.metadata_name().starts_with("value.")) continue;
    std::string near = ClosestName(c.metadata_name(), known);
    return Status::InvalidSql("Invalid metadata key '" + c.metadata_name() + "' in column '" + c.name + "' of table '" + context.path.ToString() + "'. The connector '" +
                              factory->identifier() + "' supports the following metadata keys for " + (sink ? "writing" : "reading") + ":\n" + Join(known, "\n"))
        .WithHint(near.empty() ? "" : "did you mean '" + near + "'?");
  }
  return Status::OK();
}

Result<Planner::Relation> Planner::ScanTable(const ResolvedTable& t, config::OptionSet hints) {
  std::string key = t.path.ToString();
  for (const auto& [k, v] : hints.values()) key += "\n" + k + "=" + v;
  if (auto it = scans_.find(key); it != scans_.end()) return it->second;

  table::TableContext context;
  context.path = t.path;
  context.table = t.table;
  for (const auto& [k, v] : hints.values()) context.table.options.Set(k, v);
  context.session = env_.options;
  context.catalog = t.catalog;
  context.registry = env_.registry;
  context.streaming = env_.streaming;
  context.time_zone = env_.time_zone;
  Scope produced;   // what the source gives: physical columns, then metadata columns
  for (const types::Column& c : t.table.schema.columns)
    if (c.kind == types::Column::Kind::kPhysical) { context.physical.Add(c.name, c.type); produced.columns.push_back({"", c.name, c.type}); }
  for (const types::Column& c : t.table.schema.columns)
    if (c.kind == types::Column::Kind::kMetadata) context.metadata.push_back(c);
  std::shared_ptr<table::Source> source = TRY(env_.registry->CreateSource(context));
  sources_[source.get()] = source;
  const RowType& given = source->row_type();
  for (size_t i = 0; i < context.metadata.size(); ++i) {
    size_t at = context.physical.size() + i;
    if (at >= given.size()) return Status::Internal("source gives no metadata column \"" + context.metadata[i].name + "\"");
    produced.columns.push_back({"", context.metadata[i].name, given.types[at]});
  }

  const expr::FunctionRegistry& functions = env_.registry->functions();
  TRY(CheckMetadata(context, false));
  // Computed columns see the declared types; the source may know more of its metadata (NOT NULL) or less.
  Scope declared = produced;
  std::vector<ExprPtr> from_source;
  for (size_t i = 0; i < produced.columns.size(); ++i) {
    ExprPtr e = expr::MakeInputRef(static_cast<int>(i), given.types[i]);
    if (i >= context.physical.size()) {
      const types::Column& c = context.metadata[i - context.physical.size()];
      declared.columns[i].type = c.type;
      e = e->type.EqualsIgnoringNullable(c.type) ? expr::MakeInputRef(static_cast<int>(i), c.type) : TRY(functions.MakeCast(e, c.type));
    }
    from_source.push_back(std::move(e));
  }
  Scan scan;
  scan.source = source;
  scan.name = t.path.ToString();
  Relation out;
  RowType row;
  int physical = 0, metadata = static_cast<int>(context.physical.size());
  for (const types::Column& c : t.table.schema.columns) {
    ExprPtr e;
    switch (c.kind) {
      case types::Column::Kind::kPhysical: e = from_source[static_cast<size_t>(physical++)]; break;
      case types::Column::Kind::kMetadata: e = from_source[static_cast<size_t>(metadata++)]; break;
      case types::Column::Kind::kComputed: {
        ExprBinder binder(functions, declared, env_.current_database);
        Result<ExprPtr> bound = binder.Bind(TRY(sql::ParseExpression(c.expression)));
        if (!bound.ok()) return std::move(bound).status().WithContext("computed column `" + c.name + "` of " + t.path.Quoted());
        e = expr::Substitute(*bound, from_source);
        break;
      }
    }
    LogicalType type = c.kind == types::Column::Kind::kComputed ? ProjectedType(e) : c.type;
    if (t.table.schema.watermark && t.table.schema.watermark->column == c.name) {
      type = type.WithTimeAttribute(TimeAttribute::kRowtime);
      scan.rowtime = static_cast<int>(row.size());
    }
    row.Add(c.name, type);
    out.scope.columns.push_back({t.path.name, c.name, type});
    scan.projection.push_back(std::move(e));
  }
  if (t.table.schema.watermark) {
    ExprBinder binder(functions, out.scope, env_.current_database);
    const std::string& text = t.table.schema.watermark->expression;
    Result<ExprPtr> bound = binder.Bind(TRY(sql::ParseExpression(text)));
    if (!bound.ok()) return std::move(bound).status().WithContext("watermark of " + t.path.Quoted());
    scan.watermark = *bound;
    scan.idle_timeout_ms = TRY(env_.options.GetDuration("table.exec.source.idle-timeout", config::Milliseconds(0))).count();
    scan.idle_timeout_ms = TRY(context.table.options.GetDuration("scan.watermark.idle-timeout", config::Milliseconds(scan.idle_timeout_ms))).count();
    scan.watermark_on_event = context.table.options.Get("scan.watermark.emit.strategy", "on-periodic") == "on-event";
  }
  if (!env_.streaming) {
    scan.rowtime = -1;
    scan.watermark = nullptr;
  }
  int parallelism = std::min(env_.parallelism, source->max_parallelism());
  int64_t wished = TRY(context.table.options.GetInteger("scan.parallelism", parallelism));
  parallelism = static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(wished, source->max_parallelism())));
  types::ChangelogMode mode = source->changelog_mode();
  out.node = MakeNode(std::move(scan), {}, std::move(row), mode, parallelism);
  scans_[key] = out;
  return out;
}

Result<Planner::Relation> Planner::FromTable(const sql::Name& name, const std::vector<sql::Hint>& hints, const sql::Position& position) {
  if (name.size() == 1) {
    for (size_t i = ctes_.size(); i-- > 0;) {
      if (ctes_[i]->name.name != name.last()) continue;
      const sql::CommonTable* cte = ctes_[i];
      std::vector<const sql::CommonTable*> saved(ctes_.begin() + static_cast<std::ptrdiff_t>(i), ctes_.end());
      ctes_.resize(i);   // a WITH item sees only those before it
      Result<Relation> r = Query(cte->query);
      ctes_.insert(ctes_.end(), saved.begin(), saved.end());
      Relation out = TRY(std::move(r));
      if (!cte->columns.empty() && cte->columns.size() != out.scope.columns.size())
        return Status::InvalidSql("Number of columns must match number of query columns").WithPosition(cte->name.position);
      for (size_t k = 0; k < out.scope.columns.size(); ++k) {
        out.scope.columns[k].table = name.last();
        if (!cte->columns.empty()) out.scope.columns[k].name = cte->columns[k].name;
      }
      return out;
    }
  }
  ResolvedTable t = TRY(env_.tables->Resolve(name));
  if (t.table.is_view()) {
    if (++view_depth_ > kViewDepthMax) return Status::Exhausted("views are nested deeper than " + std::to_string(kViewDepthMax)).WithPosition(position);
    sql::Query query = TRY(sql::ParseQuery(t.table.expanded_query));
    std::vector<const sql::CommonTable*> saved;
    saved.swap(ctes_);
    Result<Relation> r = Query(query);
    ctes_.swap(saved);
    --view_depth_;
    if (!r.ok()) return std::move(r).status().WithContext("view " + t.path.Quoted());
    Relation out = std::move(r).value();
    for (size_t i = 0; i < out.scope.columns.size(); ++i) {
      out.scope.columns[i].table = t.path.name;
      if (i < t.table.schema.columns.size()) out.scope.columns[i].name = t.table.schema.columns[i].name;
    }
    return out;
  }
  Result<Relation> r = ScanTable(t, HintOptions(hints));
  if (!r.ok() && !r.status().position().known()) return std::move(r).status().WithPosition(position);
  return r;
}

Result<Planner::Relation> Planner::FromWindow(const sql::Call& call, const sql::Position& position) {
  std::string name = ToUpper(call.function.last());
  static const std::map<std::string, std::vector<std::string>> kParameters = {
      {"TUMBLE", {"DATA", "TIMECOL", "SIZE", "OFFSET"}},
      {"HOP", {"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}},
      {"CUMULATE", {"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}},
      {"SESSION", {"DATA", "TIMECOL", "GAP"}},
  };
  auto it = kParameters.find(name);
  if (it == kParameters.end()) return Lacks("table function " + name, position);
  if (name == "SESSION") return Lacks("SESSION windows", position);
  std::map<std::string, const sql::Expr*> args;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const sql::Argument& a = call.arguments[i];
    if (!a.name && i >= it->second.size()) return Status::InvalidSql(name + " takes at most " + std::to_string(it->second.size()) + " arguments").WithPosition(position);
    std::string key = a.name ? ToUpper(a.name->name) : it->second[i];
    if (std::find(it->second.begin(), it->second.end(), key) == it->second.end())
      return Status::InvalidSql(name + " has no argument " + key).WithPosition(a.name->position).WithHint("arguments: " + Join(it->second, ", "));
    args[key] = &a.value;
  }
  for (const std::string& p : it->second)
    if (p != "OFFSET" && !args.count(p)) return Status::InvalidSql(name + " needs the argument " + p).WithPosition(position);

  const auto* data = args["DATA"]->As<sql::TableArgument>();
  if (!data) return Status::InvalidSql("the first argument of " + name + " must be TABLE t or a query").WithPosition(args["DATA"]->position);
  Relation in = data->query ? TRY(Query(*data->query)) : TRY(FromTable(data->table, {}, data->table.position));
  const auto* descriptor = args["TIMECOL"]->As<sql::Descriptor>();
  if (!descriptor || descriptor->columns.size() != 1)
    return Status::InvalidSql("the second argument of " + name + " must be DESCRIPTOR(column)").WithPosition(args["TIMECOL"]->position);
  sql::Name column = sql::Name::Of({descriptor->columns[0].name});
  column.position = descriptor->columns[0].position;
  column.parts[0].position = column.position;
  size_t used = 0;
  int time = TRY(in.scope.Find(column, &used));
  const LogicalType& type = in.scope.columns[time].type;
  bool is_time = type.is_rowtime() || type.is_proctime() || (!env_.streaming && type.is_timestamp() && type.precision() <= 3);
  if (!is_time)
    return Status::InvalidSql("The window function requires the timecol is a time attribute type, but is " + type.ToSummaryString(false) + ".")
        .WithPosition(column.position).WithHint("declare WATERMARK FOR " + column.last() + " AS ... on the table");

  auto interval = [&](const char* p) -> Result<int64_t> {
    auto a = args.find(p);
    if (a == args.end()) return int64_t{0};
    const auto* l = a->second->As<sql::Literal>();
    const sql::Expr* e = a->second;
    sql::Literal negated;
    if (!l) {
      if (const auto* u = e->As<sql::Unary>(); u && u->op == sql::UnaryOp::kMinus) {
        if (const auto* ul = u->operand->As<sql::Literal>()) { negated = *ul; negated.negative = !negated.negative; l = &negated; }
      }
    }
    if (!l || l->kind != sql::LiteralKind::kInterval || (l->interval && l->interval->is_year_month()))
      return Status::InvalidSql(std::string(p) + " of " + name + " must be an INTERVAL literal of days to seconds").WithPosition(e->position);
    return IntervalValue(*l, e->position);
  };
  WindowTrait trait;
  WindowSpec& w = trait.window;
  w.kind = name == "TUMBLE" ? WindowSpec::Kind::kTumble : name == "HOP" ? WindowSpec::Kind::kHop : WindowSpec::Kind::kCumulate;
  w.time_column = time;
  w.proctime = type.is_proctime();
  w.size_ms = TRY(interval("SIZE"));
  w.step_ms = w.kind == WindowSpec::Kind::kHop ? TRY(interval("SLIDE")) : w.kind == WindowSpec::Kind::kCumulate ? TRY(interval("STEP")) : w.size_ms;
  w.offset_ms = TRY(interval("OFFSET"));
  if (type.root() == TypeRoot::kTimestampLtz) w.zone = env_.time_zone;
  if (w.size_ms <= 0 || w.step_ms <= 0) return Status::InvalidSql(name + " parameters must be positive").WithPosition(position);
  if (w.kind != WindowSpec::Kind::kTumble && w.size_ms % w.step_ms != 0)
    return Status::InvalidSql(w.kind == WindowSpec::Kind::kHop
        ? fmt::format("HOP table function based aggregate requires size must be an integral multiple of slide, but got size {} ms and slide {} ms", w.size_ms, w.step_ms)
        : fmt::format("CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but got maxSize {} ms and step {} ms", w.size_ms, w.step_ms))
        .WithPosition(position);
  LogicalType edge = (type.root() == TypeRoot::kTimestampLtz ? LogicalType::TimestampLtz(3) : LogicalType::Timestamp(3)).NotNull();
  Relation out;
  out.scope = in.scope;
  RowType row = in.node->row_type;
  // Flink's windows over LTZ attributes give plain timestamps in the session zone for the edges.
  LogicalType plain = LogicalType::Timestamp(3).NotNull();
  trait.start = static_cast<int>(row.size());
  trait.end = trait.start + 1;
  trait.time = trait.start + 2;
  for (const char* n : {"window_start", "window_end"}) {
    row.Add(n, plain);
    out.scope.columns.push_back({"", n, plain});
  }
  LogicalType time_type = edge.WithTimeAttribute(w.proctime ? TimeAttribute::kProctime : TimeAttribute::kRowtime);
  row.Add("window_time", time_type);
  out.scope.columns.push_back({"", "window_time", time_type});
  out.node = MakeNode(WindowTableFunction{w}, {in.node}, std::move(row), in.node->changelog, in.node->parallelism);
  out.window = trait;
  return out;
}

Result<Planner::Relation> Planner::From(const sql::TableRef& ref) {
  Relation r = TRY(std::visit(Visitor{
      [&](const sql::NamedTable& t) -> Result<Relation> {
        if (t.system_time) return Lacks("FOR SYSTEM_TIME AS OF", ref.position);
        return FromTable(t.name, t.hints, t.name.position);
      },
      [&](const sql::DerivedTable& d) -> Result<Relation> {
        if (d.lateral) return Lacks("LATERAL subqueries", ref.position);
        Relation out = TRY(Query(d.query));
        for (ScopeColumn& c : out.scope.columns) c.table.clear();
        return out;
      },
      [&](const sql::TableFunction& f) -> Result<Relation> { return FromWindow(f.call, f.call_position); },
      [&](const sql::Unnest&) -> Result<Relation> { return Lacks("UNNEST", ref.position); },
      [&](const sql::JoinedTable&) -> Result<Relation> { return Lacks("joins", ref.position); },
      [&](const sql::MatchRecognize&) -> Result<Relation> { return Lacks("MATCH_RECOGNIZE", ref.position); },
  }, ref.node));
  if (ref.alias) {
    if (!ref.alias->columns.empty() && ref.alias->columns.size() != r.scope.columns.size())
      return Status::InvalidSql(fmt::format("List of column aliases must have same degree as table; table has {} columns, whereas alias list has {} columns",
                                            r.scope.columns.size(), ref.alias->columns.size())).WithPosition(ref.alias->name.position);
    for (size_t i = 0; i < r.scope.columns.size(); ++i) {
      r.scope.columns[i].table = ref.alias->name.name;
      if (!ref.alias->columns.empty()) r.scope.columns[i].name = ref.alias->columns[i].name;
    }
  }
  return r;
}

// -------------------------------------------------------------------------------------------------------------------- queries

Result<Planner::Relation> Planner::ValuesOf(const sql::Values& v) {
  Scope none;
  ExprBinder binder(env_.registry->functions(), none, env_.current_database);
  size_t width = v.rows.empty() ? 0 : v.rows[0].size();
  std::vector<std::vector<ExprPtr>> rows;
  std::vector<std::vector<LogicalType>> column_types(width);
  for (const auto& r : v.rows) {
    if (r.size() != width) return Status::InvalidSql("Values passed to VALUES operator must have compatible types: rows differ in length").WithPosition(v.position);
    std::vector<ExprPtr> row;
    for (size_t i = 0; i < width; ++i) {
      row.push_back(TRY(binder.Bind(r[i])));
      column_types[i].push_back(row.back()->type);
    }
    rows.push_back(std::move(row));
  }
  expr::EvalContext context;
  context.time_zone = env_.time_zone;
  RowType row_type;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < width; ++i) {
    Result<LogicalType> common = expr::CommonType(column_types[i]);
    if (!common.ok()) return Status::InvalidSql("Values passed to VALUES operator must have compatible types").WithPosition(v.position).WithDetail(common.status().message());
    LogicalType t = *common;
    auto arrow_type = types::ToArrow(t);
    std::unique_ptr<arrow::ArrayBuilder> builder;
    TRY(arrow::MakeBuilder(arrow::default_memory_pool(), arrow_type, &builder));
    for (auto& row : rows) {
      ExprPtr e = TRY(env_.registry->functions().MakeCast(row[i], t));
      auto scalar = TRY(expr::EvaluateConstant(e, context));
      if (scalar->is_valid) TRY(builder->AppendScalar(*scalar));
      else TRY(builder->AppendNull());
    }
    std::shared_ptr<arrow::Array> array;
    TRY(builder->Finish(&array));
    columns.push_back(std::move(array));
    row_type.Add("EXPR$" + std::to_string(i), t);
  }
  Relation out;
  for (size_t i = 0; i < width; ++i) out.scope.columns.push_back({"", row_type.names[i], row_type.types[i]});
  out.node = MakeNode(Values{Batch(static_cast<int64_t>(rows.size()), std::move(columns))}, {}, row_type, {}, 1);
  return out;
}

Result<Planner::Relation> Planner::SetOp(const sql::SetOperation& op) {
  if (op.op == sql::SetOperator::kIntersect) return Lacks("INTERSECT", op.right->position);
  if (op.op == sql::SetOperator::kExcept) return Lacks("EXCEPT", op.right->position);
  Relation left = TRY(Query(*op.left)), right = TRY(Query(*op.right));
  size_t n = left.scope.columns.size();
  if (n != right.scope.columns.size()) return Status::InvalidSql("Column count mismatch in UNION" + std::string(op.all ? " ALL" : "")).WithPosition(op.right->position);
  std::vector<LogicalType> common;
  for (size_t i = 0; i < n; ++i) {
    const LogicalType &a = left.scope.columns[i].type, &b = right.scope.columns[i].type;
    Result<LogicalType> t = expr::CommonType({a, b});
    if (!t.ok()) return Status::InvalidSql(fmt::format("Type mismatch in column {} of UNION{}", i + 1, op.all ? " ALL" : "")).WithPosition(op.right->position);
    common.push_back(t->WithTimeAttribute(a.time_attribute() == b.time_attribute() ? a.time_attribute() : TimeAttribute::kNone));
  }
  std::vector<std::string> names;
  for (const ScopeColumn& c : left.scope.columns) names.push_back(c.name);
  left = TRY(CastTo(left, common));
  right = TRY(CastTo(right, common));
  Relation out;
  RowType row;
  for (size_t i = 0; i < n; ++i) {
    row.Add(names[i], common[i]);
    out.scope.columns.push_back({"", names[i], common[i]});
  }
  types::ChangelogMode m = left.node->changelog, o = right.node->changelog;
  m = {m.insert || o.insert, m.update_before || o.update_before, m.update_after || o.update_after, m.remove || o.remove};
  int p = std::max(left.node->parallelism, right.node->parallelism);
  auto level = [&](const NodePtr& in) {
    return in->parallelism == p ? in : MakeNode(Exchange{Exchange::Kind::kRebalance, {}}, {in}, in->row_type, in->changelog, p);
  };
  out.node = MakeNode(UnionAll{}, {level(left.node), level(right.node)}, row, m, p);
  if (op.all) return out;
  GroupAggregate distinct;
  for (size_t i = 0; i < n; ++i) distinct.keys.push_back(static_cast<int>(i));
  for (auto& c : out.scope.columns) c.type = c.type.WithTimeAttribute(TimeAttribute::kNone);
  types::ChangelogMode result;
  if (env_.streaming && !m.insert_only()) result = types::ChangelogMode::All();
  NodePtr in = Exchanged(out.node, Exchange::Kind::kHash, distinct.keys);
  int pp = in->parallelism;
  out.node = MakeNode(std::move(distinct), {in}, out.scope.row_type(), result, pp);
  return out;
}

Result<Planner::Relation> Planner::Body(const sql::Query::Body& body) {
  return std::visit(Visitor{
      [&](const sql::Select& s) -> Result<Relation> {
        OrderedRelation r = TRY(Select(s, {}));
        return std::move(r.relation);
      },
      [&](const sql::Values& v) -> Result<Relation> { return ValuesOf(v); },
      [&](const sql::ExplicitTable& t) -> Result<Relation> { return FromTable(t.table, {}, t.table.position); },
      [&](const sql::SetOperation& o) -> Result<Relation> { return SetOp(o); },
      [&](const sql::QueryPtr& q) -> Result<Relation> { return Query(*q); },
  }, body);
}

Result<Planner::Relation> Planner::Query(const sql::Query& q) {
  size_t ctes = ctes_.size();
  for (const sql::CommonTable& c : q.with) ctes_.push_back(&c);
  auto run = [&]() -> Result<Relation> {
    if (q.order_by.empty()) {
      OrderedRelation r;
      r.relation = TRY(Body(q.body));
      r.visible = r.relation.scope.columns.size();
      return OrderAndLimit(std::move(r), q);
    }
    if (const auto* s = q.As<sql::Select>()) return OrderAndLimit(TRY(Select(*s, q.order_by)), q);
    OrderedRelation r;
    r.relation = TRY(Body(q.body));
    r.visible = r.relation.scope.columns.size();
    for (const sql::OrderItem& item : q.order_by) {
      ExprBinder binder(env_.registry->functions(), r.relation.scope, env_.current_database);
      int column = -1;
      if (const auto* l = item.expr.As<sql::Literal>(); l && l->kind == sql::LiteralKind::kInt) column = static_cast<int>(l->integer) - 1;
      else if (auto e = TRY(binder.Bind(item.expr)); const auto* ref = std::get_if<expr::InputRef>(&e->node)) column = ref->index;
      else return Lacks("ORDER BY an expression over a set operation", item.expr.position);
      if (column < 0 || column >= static_cast<int>(r.visible)) return Status::InvalidSql("Ordinal out of range").WithPosition(item.expr.position);
      r.keys.push_back({column, item.descending, item.nulls_first.value_or(!item.descending)});
    }
    return OrderAndLimit(std::move(r), q);
  };
  Result<Relation> r = run();
  ctes_.resize(ctes);
  return r;
}

Result<Planner::Relation> Planner::OrderAndLimit(OrderedRelation in, const sql::Query& q) {
  auto count = [&](const sql::ExprPtr& e, int64_t fallback) -> Result<int64_t> {
    if (!e) return fallback;
    const auto* l = e->As<sql::Literal>();
    if (!l || (l->kind != sql::LiteralKind::kInt && l->kind != sql::LiteralKind::kBigint) || l->integer < 0)
      return Status::InvalidSql("LIMIT and OFFSET need a whole number").WithPosition(e->position);
    return l->integer;
  };
  int64_t limit = TRY(count(q.limit, -1)), offset = TRY(count(q.offset, 0));
  Relation r = std::move(in.relation);
  if (in.keys.empty() && limit < 0 && offset == 0) return r;
  bool streaming = env_.streaming;
  if (streaming && limit < 0 && offset > 0) return Status::NotSupported("FETCH is missed, which on streaming table is not supported currently.").WithPosition(q.position);
  NodePtr node = Exchanged(r.node, Exchange::Kind::kSingle, {});
  RowType row = node->row_type;
  if (in.keys.empty()) {
    const bool updating = streaming && !node->changelog.insert_only();
    r.node = MakeNode(Limit{offset, limit}, {node}, row, updating ? types::ChangelogMode::All() : types::ChangelogMode(), 1);
  } else if (!streaming) {
    r.node = MakeNode(Sort{in.keys, offset, limit}, {node}, row, {}, 1);
  } else if (limit >= 0) {
    r.node = MakeNode(Sort{in.keys, offset, limit}, {node}, row, types::ChangelogMode::All(), 1);
  } else if (const LogicalType& t = row.types[in.keys[0].column]; (t.is_rowtime() || t.is_proctime()) && !in.keys[0].descending) {
    if (t.is_proctime()) return Lacks("ORDER BY a processing time attribute in streaming mode", q.order_by[0].expr.position);
    if (!node->changelog.insert_only()) return Lacks("ORDER BY a time attribute over an updating query", q.order_by[0].expr.position);
    r.node = MakeNode(Sort{in.keys, 0, -1}, {node}, row, {}, 1);
  } else {
    return Status::InvalidSql("Sort on a non-time-attribute field is not supported.").WithPosition(q.order_by[0].expr.position)
        .WithHint("add LIMIT, or SET 'execution.runtime-mode' = 'batch'");
  }
  if (in.visible == r.scope.columns.size()) return r;
  std::vector<ExprPtr> keep;
  std::vector<std::string> names;
  Scope visible;
  for (size_t i = 0; i < in.visible; ++i) {
    keep.push_back(expr::MakeInputRef(static_cast<int>(i), row.types[i]));
    names.push_back(r.scope.columns[i].name);
  }
  return Project(r, std::move(keep), std::move(names), nullptr);
}

Result<Planner::OrderedRelation> Planner::Select(const sql::Select& s, const std::vector<sql::OrderItem>& order) {
  const expr::FunctionRegistry& functions = env_.registry->functions();
  if (!s.windows.empty()) return Lacks("WINDOW clause", s.position);
  Relation input;
  if (s.from) input = TRY(From(*s.from));
  else input.node = MakeNode(Values{Batch(1, {})}, {}, RowType{}, {}, 1);

  if (s.where) {
    if (HasAggregate(*s.where)) return Status::InvalidSql("Aggregate expression is illegal in WHERE clause").WithPosition(s.where->position);
    ExprBinder binder(functions, input.scope, env_.current_database);
    ExprPtr f = TRY(binder.Bind(*s.where));
    if (f->type.root() != TypeRoot::kBoolean && f->type.root() != TypeRoot::kNull)
      return Status::InvalidSql("WHERE clause must be a condition").WithPosition(s.where->position);
    std::vector<ExprPtr> all;
    for (size_t i = 0; i < input.node->row_type.size(); ++i) all.push_back(expr::MakeInputRef(static_cast<int>(i), input.node->row_type.types[i]));
    Scope scope = input.scope;
    auto window = input.window;
    input = TRY(Project(input, std::move(all), input.node->row_type.names, f));
    input.scope = scope;
    input.window = window;
  }

  // Stars become columns.
  std::vector<sql::SelectItem> items;
  std::vector<int> starred;   // the column that a star's item stands for (its name may be there twice), else -1
  for (const sql::SelectItem& item : s.items) {
    const auto* star = item.expr.As<sql::Star>();
    if (!star) { items.push_back(item); starred.push_back(-1); continue; }
    size_t before = items.size();
    for (size_t at = 0; at < input.scope.columns.size(); ++at) {
      const ScopeColumn& c = input.scope.columns[at];
      if (!star->qualifier.empty() && c.table != star->qualifier.last()) continue;
      sql::SelectItem column;
      std::vector<std::string> path;
      if (!c.table.empty()) path.push_back(c.table);
      path.push_back(c.name);
      sql::ColumnRef ref{sql::Name::Of(std::move(path))};
      ref.name.position = item.expr.position;
      column.expr = sql::Expr(std::move(ref), item.expr.position);
      items.push_back(std::move(column));
      starred.push_back(static_cast<int>(at));
    }
    if (items.size() == before && !star->qualifier.empty())
      return Status::InvalidSql("Unknown identifier '" + star->qualifier.ToString() + "'").WithPosition(item.expr.position);
    if (items.size() == before) return Status::InvalidSql("SELECT * needs a FROM with columns").WithPosition(item.expr.position);
  }

  // Sort keys that are output columns, and those that need a column of their own.
  OrderedRelation out;
  std::vector<sql::Expr> hidden;
  for (const sql::OrderItem& o : order) {
    SortKey key{-1, o.descending, o.nulls_first.value_or(!o.descending)};
    if (const auto* l = o.expr.As<sql::Literal>(); l && l->kind == sql::LiteralKind::kInt) {
      if (l->integer < 1 || l->integer > static_cast<int64_t>(items.size())) return Status::InvalidSql("Ordinal out of range").WithPosition(o.expr.position);
      key.column = static_cast<int>(l->integer) - 1;
    } else if (const auto* c = o.expr.As<sql::ColumnRef>(); c && c->name.size() == 1) {
      for (size_t i = 0; i < items.size(); ++i) if (OutputName(items[i], i) == c->name.last()) { key.column = static_cast<int>(i); break; }
    }
    if (key.column < 0) {
      for (size_t i = 0; i < items.size(); ++i) if (items[i].expr == o.expr) { key.column = static_cast<int>(i); break; }
    }
    if (key.column < 0) {
      key.column = static_cast<int>(items.size() + hidden.size());
      hidden.push_back(o.expr);
    }
    out.keys.push_back(key);
  }
  out.visible = items.size();

  bool aggregated = s.grouped || (s.having) || std::any_of(items.begin(), items.end(), [](const sql::SelectItem& i) { return HasAggregate(i.expr); });
  if (aggregated) {
    out.relation = TRY(Grouped(s, input, items, hidden));
  } else {
    ExprBinder binder(functions, input.scope, env_.current_database);
    std::vector<ExprPtr> exprs;
    std::vector<std::string> names;
    for (size_t i = 0; i < items.size(); ++i) {
      exprs.push_back(starred[i] >= 0 ? expr::MakeInputRef(starred[i], input.scope.columns[static_cast<size_t>(starred[i])].type) : TRY(binder.Bind(items[i].expr)));
      names.push_back(OutputName(items[i], i));
    }
    for (const sql::Expr& h : hidden) {
      exprs.push_back(TRY(binder.Bind(h)));
      names.push_back("$sort" + std::to_string(exprs.size()));
    }
    out.relation = TRY(Project(input, std::move(exprs), std::move(names), nullptr));
  }
  if (s.quantifier == sql::SetQuantifier::kDistinct) {
    if (!hidden.empty()) return Status::InvalidSql("ORDER BY of SELECT DISTINCT must name selected columns").WithPosition(order[0].expr.position);
    GroupAggregate distinct;
    Relation& r = out.relation;
    RowType row;
    for (size_t i = 0; i < r.scope.columns.size(); ++i) {
      distinct.keys.push_back(static_cast<int>(i));
      r.scope.columns[i].type = r.scope.columns[i].type.WithTimeAttribute(TimeAttribute::kNone);
      row.Add(r.scope.columns[i].name, r.scope.columns[i].type);
    }
    types::ChangelogMode mode;
    if (env_.streaming && !r.node->changelog.insert_only()) mode = {true, false, false, true};
    NodePtr below = Exchanged(r.node, Exchange::Kind::kHash, distinct.keys);
    int p = below->parallelism;
    r.node = MakeNode(std::move(distinct), {below}, std::move(row), mode, p);
    r.window.reset();
  }
  return out;
}

}  // namespace tarn::plan
