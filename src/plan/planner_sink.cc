// Roots: queries into a collecting sink, INSERTs into tables.
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
std::string SchemaText(const RowType& t) {
  std::string s = "[";
  for (size_t i = 0; i < t.size(); ++i) {
    if (i) s += ", ";
    s += t.names[i] + ": " + t.types[i].ToSummaryString(true);
  }
  return s + "]";
}
}  // namespace

Result<RowType> Planner::TypeOf(const sql::Query& query) {
  Relation r = TRY(Query(query));
  RowType t = r.scope.row_type();
  t.names = Unique(std::move(t.names));
  return t;
}

Result<JobPlan> Planner::Finish(std::vector<NodePtr> roots, std::string name) {
  JobPlan plan;
  plan.roots = TRY(Prune(roots, sources_, env_.streaming));
  plan.name = env_.options.Get("pipeline.name", name);
  plan.options = env_.options;
  plan.streaming = env_.streaming;
  plan.time_zone = env_.time_zone;
  plan.bounded = true;
  for (const auto& [raw, source] : sources_) plan.bounded = plan.bounded && source->bounded();
  if (!plan.streaming && !plan.bounded)
    return Status::InvalidSql("Querying an unbounded table in batch mode is not allowed.").WithHint("SET 'execution.runtime-mode' = 'streaming', or bound the source");
  return plan;
}

Result<JobPlan> Planner::PlanQuery(const sql::Query& query, std::shared_ptr<const table::Sink> sink, RowType* type) {
  Relation r = TRY(Query(query));
  *type = r.scope.row_type();
  type->names = Unique(std::move(type->names));
  plan::Sink s;
  s.sink = std::move(sink);
  s.name = "collect";
  s.column_names = type->names;
  NodePtr in = Exchanged(r.node, Exchange::Kind::kSingle, {});
  NodePtr root = MakeNode(std::move(s), {in}, *type, r.node->changelog, 1);
  return Finish({root}, sql::Print(query));
}

Result<NodePtr> Planner::SinkNode(const ResolvedTable& target, const Relation& in, const std::vector<std::string>& written, const sql::Insert* insert) {
  table::TableContext context;
  context.path = target.path;
  context.table = target.table;
  if (insert) {
    config::OptionSet hints = HintOptions(insert->hints);
    for (const auto& [k, v] : hints.values()) context.table.options.Set(k, v);
  }
  context.session = env_.options;
  context.catalog = target.catalog;
  context.registry = env_.registry;
  context.streaming = env_.streaming;
  context.time_zone = env_.time_zone;
  // The sink's row: physical columns, then persisted metadata columns. The query must give the columns of the schema in its order.
  struct Column { const types::Column* column; int sink_index; };
  std::vector<Column> expected;
  RowType sink_row;
  for (const types::Column& c : target.table.schema.columns)
    if (c.kind == types::Column::Kind::kPhysical) { context.physical.Add(c.name, c.type); sink_row.Add(c.name, c.type); }
  for (const types::Column& c : target.table.schema.columns)
    if (c.kind == types::Column::Kind::kMetadata && !c.is_virtual) { context.metadata.push_back(c); sink_row.Add(c.name, c.type); }
  for (const types::Column& c : target.table.schema.columns) {
    if (c.kind == types::Column::Kind::kComputed || (c.kind == types::Column::Kind::kMetadata && c.is_virtual)) continue;
    expected.push_back({&c, sink_row.IndexOf(c.name)});
  }
  TRY(CheckMetadata(context, true));
  std::unique_ptr<table::Sink> sink = TRY(env_.registry->CreateSink(context));

  const expr::FunctionRegistry& functions = env_.registry->functions();
  Scope none;
  ExprBinder constants(functions, none, env_.current_database);
  std::map<std::string, ExprPtr> fixed;            // static partitions
  std::map<std::string, std::string> fixed_text;
  TextPosition where = insert ? static_cast<TextPosition>(insert->position) : TextPosition{};
  if (insert) {
    for (const sql::PartitionItem& p : insert->partition) {
      int i = sink_row.IndexOf(p.column.name);
      bool is_key = std::find(target.table.partition_keys.begin(), target.table.partition_keys.end(), p.column.name) != target.table.partition_keys.end();
      if (i < 0 || !is_key) return Status::InvalidSql("\"" + p.column.name + "\" is not a partition key of " + target.path.Quoted()).WithPosition(p.column.position);
      if (!p.value) continue;   // Hive: PARTITION (dt) is dynamic
      ExprPtr e = TRY(functions.MakeCast(TRY(constants.Bind(*p.value)), sink_row.types[i]));
      fixed[p.column.name] = e;
      expr::EvalContext ec;
      ec.time_zone = env_.time_zone;
      ExprPtr as_text = TRY(functions.MakeCast(e, LogicalType::String()));
      auto scalar = TRY(expr::EvaluateConstant(as_text, ec));
      fixed_text[p.column.name] = scalar->is_valid ? scalar->ToString() : "";
    }
    if (!fixed_text.empty()) TRY(sink->ApplyStaticPartition(fixed_text));
    if (insert->overwrite) {
      if (env_.streaming) return Status::InvalidSql("Streaming mode not support overwrite.").WithPosition(where).WithHint("SET 'execution.runtime-mode' = 'batch'");
      TRY(sink->ApplyOverwrite(true));
    }
  }
  std::vector<Column> wanted;
  if (!written.empty()) {
    for (const std::string& n : written) {
      auto it = std::find_if(expected.begin(), expected.end(), [&](const Column& c) { return c.column->name == n; });
      if (it == expected.end()) {
        std::vector<std::string> names;
        for (const Column& c : expected) names.push_back(c.column->name);
        std::string near = ClosestName(n, names);
        TextPosition at = where;
        if (insert) for (const sql::Name& c : insert->columns) if (c.ToString() == n) at = static_cast<TextPosition>(c.position);
        return Status::InvalidSql("Unknown target column '" + n + "'").WithPosition(at).WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
      }
      wanted.push_back(*it);
    }
  } else {
    for (const Column& c : expected) if (!fixed.count(c.column->name)) wanted.push_back(c);
  }
  RowType sink_shown;
  for (const Column& c : wanted) sink_shown.Add(c.column->name, c.column->type);
  RowType given = in.scope.row_type();
  auto mismatch = [&](const std::string& cause) {
    return Status::InvalidSql("Column types of query result and sink for '" + target.path.ToString() + "' do not match.\nCause: " + cause +
                              "\n\nQuery schema: " + SchemaText(given) + "\nSink schema:  " + SchemaText(sink_shown)).WithPosition(where);
  };
  if (given.size() != wanted.size()) return mismatch("Different number of columns.");
  std::vector<ExprPtr> row(sink_row.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    const LogicalType& to = wanted[i].column->type;
    if (!expr::ImplicitlyAssignable(given.types[i], to))
      return mismatch("Incompatible types for sink column '" + wanted[i].column->name + "' at position " + std::to_string(i) + ".");
    ExprPtr ref = expr::MakeInputRef(static_cast<int>(i), in.node->row_type.types[i]);
    row[wanted[i].sink_index] = ref->type.EqualsIgnoringNullable(to) ? ref : TRY(functions.MakeCast(ref, to.WithNullable(ref->type.nullable())));
  }
  plan::Sink node;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string& name = sink_row.names[i];
    if (!row[i]) {
      if (auto it = fixed.find(name); it != fixed.end()) row[i] = it->second;
      else if (!sink_row.types[i].nullable()) return Status::InvalidSql("Column '" + name + "' has no default value and does not allow NULLs").WithPosition(where);
      else row[i] = expr::MakeNull(sink_row.types[i]);
    }
    if (!sink_row.types[i].nullable() && row[i]->type.nullable()) node.not_null.push_back(static_cast<int>(i));
  }
  Relation cast = TRY(Project(in, std::move(row), sink_row.names, nullptr));
  node.column_names = sink_row.names;
  node.drop_null_rows = EqualsIgnoreCase(env_.options.Get("table.exec.sink.not-null-enforcer", "ERROR"), "DROP");
  types::ChangelogMode accepted = sink->AcceptedMode(cast.node->changelog);
  const types::ChangelogMode& offered = cast.node->changelog;
  if ((offered.update_after && !accepted.update_after) || (offered.remove && !accepted.remove)) {
    const char* what = offered.update_after && offered.remove ? "update and delete" : offered.remove ? "delete" : "update";
    return Status::InvalidSql("Table sink '" + target.path.ToString() + "' doesn't support consuming " + what + " changes which is produced by node GroupAggregate").WithPosition(where);
  }
  int p = sink->wished_parallelism() > 0 ? sink->wished_parallelism() : cast.node->parallelism;
  NodePtr below = cast.node;
  if (p != below->parallelism) below = MakeNode(Exchange{p == 1 ? Exchange::Kind::kSingle : Exchange::Kind::kRebalance, {}}, {below}, below->row_type, below->changelog, p);
  node.sink = std::move(sink);
  node.name = target.path.ToString();
  return MakeNode(std::move(node), {below}, sink_row, offered, p);
}

Result<JobPlan> Planner::PlanInserts(const std::vector<const sql::Insert*>& inserts) {
  std::vector<NodePtr> roots;
  std::vector<std::string> names;
  for (const sql::Insert* insert : inserts) {
    ResolvedTable target = TRY(env_.tables->Resolve(insert->table));
    if (target.table.is_view()) return Status::InvalidSql("INSERT INTO a view is not allowed: " + target.path.Quoted()).WithPosition(insert->table.position);
    Relation r = TRY(Query(insert->source));
    std::vector<std::string> written;
    for (const sql::Name& c : insert->columns) written.push_back(c.ToString());
    roots.push_back(TRY(SinkNode(target, r, written, insert)));
    std::string n = target.path.ToString();
    std::string unique = n;
    for (int i = 1; std::find(names.begin(), names.end(), unique) != names.end(); ++i) unique = n + "_" + std::to_string(i);
    names.push_back(unique);
  }
  return Finish(std::move(roots), "insert-into_" + Join(names, ","));
}

Result<JobPlan> Planner::PlanInto(const sql::Query& query, const ResolvedTable& target) {
  Relation r = TRY(Query(query));
  NodePtr root = TRY(SinkNode(target, r, {}, nullptr));
  return Finish({root}, "insert-into_" + target.path.ToString());
}

}  // namespace tarn::plan
