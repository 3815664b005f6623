#include <fmt/format.h>

#include "base/text.h"
#include "plan/physical.h"

namespace tarn::plan {
namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

std::string Names(const std::vector<int>& columns, const RowType& t) {
  std::string s;
  for (int c : columns) s += (s.empty() ? "" : ", ") + t.names[c];
  return s;
}
std::string Calls(const std::vector<expr::AggregateCall>& calls, const RowType& in) {
  std::string s;
  for (const auto& c : calls) {
    s += (s.empty() ? "" : ", ") + std::string(expr::AggregateName(c.kind)) + "(" + (c.distinct ? "DISTINCT " : "") +
         (c.args.empty() ? "*" : Names(c.args, in)) + ")" + (c.filter >= 0 ? " FILTER " + in.names[c.filter] : "") + " AS " + c.name;
  }
  return s;
}
std::string Projection(const std::vector<expr::ExprPtr>& p, const RowType& in, const RowType& out) {
  std::string s;
  for (size_t i = 0; i < p.size(); ++i) {
    std::string text = expr::ToString(*p[i], &in.names);
    s += (i ? ", " : "") + text + (text == out.names[i] ? "" : " AS " + out.names[i]);
  }
  return s;
}
std::string Window(const WindowSpec& w, const RowType& in) {
  const char* kind = w.kind == WindowSpec::Kind::kTumble ? "TUMBLE" : w.kind == WindowSpec::Kind::kHop ? "HOP" : w.kind == WindowSpec::Kind::kCumulate ? "CUMULATE" : "SESSION";
  std::string s = fmt::format("{}(time_col=[{}], size=[{} ms]", kind, w.time_column < static_cast<int>(in.size()) ? in.names[w.time_column] : "window_time", w.size_ms);
  if (w.kind == WindowSpec::Kind::kHop) s += fmt::format(", slide=[{} ms]", w.step_ms);
  if (w.kind == WindowSpec::Kind::kCumulate) s += fmt::format(", step=[{} ms]", w.step_ms);
  if (w.offset_ms) s += fmt::format(", offset=[{} ms]", w.offset_ms);
  return s + ")";
}
std::string Order(const std::vector<SortKey>& keys, const RowType& t) {
  std::string s;
  for (const SortKey& k : keys) s += (s.empty() ? "" : ", ") + t.names[k.column] + (k.descending ? " DESC" : " ASC");
  return s;
}

std::string Line(const Node& n) {
  const RowType none;
  const RowType& in = n.inputs.empty() ? none : n.inputs[0]->row_type;
  return std::visit(Visitor{
      [&](const Scan& s) {
        std::string text = "TableSourceScan(table=[[" + s.name + "]], fields=[" + Join(s.source->row_type().names, ", ") + "], " + s.source->Describe();
        if (!s.projection.empty()) text += ", select=[" + Projection(s.projection, s.source->row_type(), n.row_type) + "]";
        if (s.watermark) text += ", watermark=[" + n.row_type.names[s.rowtime] + ": " + expr::ToString(*s.watermark, &n.row_type.names) + "]";
        return text + ")";
      },
      [&](const Values& v) { return fmt::format("Values(tuples=[{}], fields=[{}])", v.rows.num_rows(), Join(n.row_type.names, ", ")); },
      [&](const Calc& c) {
        std::string text = "Calc(select=[" + Projection(c.projection, in, n.row_type) + "]";
        if (c.filter) text += ", where=[" + expr::ToString(*c.filter, &in.names) + "]";
        return text + ")";
      },
      [&](const WindowTableFunction& w) { return "WindowTableFunction(window=[" + Window(w.window, in) + "])"; },
      [&](const WindowAggregate& w) {
        return "WindowAggregate(groupBy=[" + Names(w.keys, in) + "], window=[" + Window(w.window, in) + "], select=[" + Calls(w.aggregates, in) + "])";
      },
      [&](const GroupAggregate& g) {
        return "GroupAggregate(" + (g.keys.empty() ? std::string() : "groupBy=[" + Names(g.keys, in) + "], ") + "select=[" + Calls(g.aggregates, in) + "])";
      },
      [&](const Exchange& e) {
        switch (e.kind) {
          case Exchange::Kind::kHash: return "Exchange(distribution=[hash[" + Names(e.keys, in) + "]])";
          case Exchange::Kind::kSingle: return std::string("Exchange(distribution=[single])");
          case Exchange::Kind::kRebalance: return std::string("Exchange(distribution=[rebalance])");
          case Exchange::Kind::kForward: return std::string("Exchange(distribution=[forward])");
        }
        return std::string();
      },
      [&](const UnionAll&) { return "Union(all=[true], union=[" + Join(n.row_type.names, ", ") + "])"; },
      [&](const Sort& s) { return fmt::format("Sort(orderBy=[{}], offset=[{}], fetch=[{}])", Order(s.keys, in), s.offset, s.limit < 0 ? "unlimited" : std::to_string(s.limit)); },
      [&](const Limit& l) { return fmt::format("Limit(offset=[{}], fetch=[{}])", l.offset, l.limit < 0 ? "unlimited" : std::to_string(l.limit)); },
      [&](const Rank& r) { return fmt::format("Rank(rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd={}], partitionBy=[{}], orderBy=[{}])", r.limit, Names(r.partition, in), Order(r.order, in)); },
      [&](const Sink& s) { return "Sink(table=[" + s.name + "], fields=[" + Join(n.row_type.names, ", ") + "])"; },
  }, n.op);
}

std::string Mode(const types::ChangelogMode& m) {
  std::string s;
  if (m.insert) s += ",I";
  if (m.update_before) s += ",UB";
  if (m.update_after) s += ",UA";
  if (m.remove) s += ",D";
  return s.empty() ? "NONE" : s.substr(1);
}

void Tree(const NodePtr& n, bool modes, int depth, std::string* out) {
  if (depth) *out += std::string(static_cast<size_t>(depth - 1) * 3, ' ') + "+- ";
  *out += Line(*n);
  if (modes && !std::holds_alternative<Sink>(n->op)) {
    out->pop_back();
    *out += ", changelogMode=[" + Mode(n->changelog) + "])";
  }
  *out += "\n";
  for (const NodePtr& i : n->inputs) Tree(i, modes, depth + 1, out);
}
}  // namespace

std::string Explain(const JobPlan& plan, bool changelog_mode) {
  std::string out = "== Optimized Physical Plan ==\n";
  for (const NodePtr& r : plan.roots) Tree(r, changelog_mode, 0, &out);
  return out;
}

}  // namespace tarn::plan
