// From a query's tree to a physical plan: names resolved, types checked, time attributes and changelogs followed, columns pruned.
//
// A Planner serves one statement. Tables are found through a TableResolver (the session); sources and sinks are made, not opened,
// by the registry. What is valid Flink SQL but not run yet answers kNotSupported with the feature and its position.
// Threads: one planner belongs to one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "plan/physical.h"
#include "plan/scope.h"
#include "sql/ast.h"
#include "table/registry.h"

namespace tarn::plan {

struct ResolvedTable {
  table::TablePath path;
  table::CatalogTable table;
  std::shared_ptr<table::Catalog> catalog;   // null for temporary tables
  bool temporary = false;
};

class TableResolver {
 public:
  virtual ~TableResolver() = default;
  // kInvalidSql/kNotFound with Flink's text "Object 'x' not found" (position: the first part that fails).
  virtual Result<ResolvedTable> Resolve(const sql::Name& name) = 0;
};

struct Environment {
  const table::Registry* registry = nullptr;
  TableResolver* tables = nullptr;
  config::OptionSet options;          // session options
  bool streaming = true;
  std::string time_zone = "UTC";
  int parallelism = 1;
  std::string current_database;       // CURRENT_DATABASE()
};

class Planner {
 public:
  explicit Planner(Environment environment) : env_(std::move(environment)) {}

  // Output names and types of a query; nothing is made. For views, CTAS, EXPLAIN errors.
  Result<RowType> TypeOf(const sql::Query& query);
  // SELECT: one root into the given sink.
  Result<JobPlan> PlanQuery(const sql::Query& query, std::shared_ptr<const table::Sink> sink, RowType* type);
  // One INSERT or a statement set: one job.
  Result<JobPlan> PlanInserts(const std::vector<const sql::Insert*>& inserts);
  // CTAS: rows of the query into a table that was just created (by position).
  Result<JobPlan> PlanInto(const sql::Query& query, const ResolvedTable& target);

 private:
  struct WindowTrait { WindowSpec window; int start = -1, end = -1, time = -1; };
  struct Relation {
    NodePtr node;
    Scope scope;
    std::optional<WindowTrait> window;
  };
  struct OrderedRelation {
    Relation relation;
    std::vector<SortKey> keys;
    size_t visible = 0;   // columns beyond are there for sorting only
  };
  using Ctes = std::map<std::string, const sql::CommonTable*>;

  Result<Relation> Query(const sql::Query& q);
  Result<Relation> Body(const sql::Query::Body& body);
  Result<OrderedRelation> Select(const sql::Select& s, const std::vector<sql::OrderItem>& order);
  Result<Relation> Grouped(const sql::Select& s, const Relation& input, const std::vector<sql::SelectItem>& items,
                           const std::vector<sql::Expr>& hidden);
  Result<Relation> ValuesOf(const sql::Values& v);
  Result<Relation> SetOp(const sql::SetOperation& op);
  Result<Relation> From(const sql::TableRef& ref);
  Result<Relation> FromTable(const sql::Name& name, const std::vector<sql::Hint>& hints, const sql::Position& position);
  Result<Relation> FromWindow(const sql::Call& call, const sql::Position& position);
  Status CheckMetadata(const table::TableContext& context, bool sink);
  Result<Relation> ScanTable(const ResolvedTable& table, config::OptionSet hints);
  Result<Relation> OrderAndLimit(OrderedRelation in, const sql::Query& q);
  Result<Relation> Project(const Relation& in, std::vector<expr::ExprPtr> exprs, std::vector<std::string> names, expr::ExprPtr filter);
  Result<Relation> CastTo(const Relation& in, const std::vector<types::LogicalType>& types);
  Result<NodePtr> SinkNode(const ResolvedTable& target, const Relation& in, const std::vector<std::string>& written, const sql::Insert* insert);
  NodePtr Exchanged(NodePtr in, Exchange::Kind kind, std::vector<int> keys);
  Result<JobPlan> Finish(std::vector<NodePtr> roots, std::string name);

  Environment env_;
  std::vector<const sql::CommonTable*> ctes_;
  std::map<std::string, Relation> scans_;                                          // the same table and hints: the same node
  std::map<const table::Source*, std::shared_ptr<table::Source>> sources_;       // to push down into
  int view_depth_ = 0;
};

// Drops columns that nobody needs, down into the sources; pushes filters as hints. Shared nodes stay shared.
Result<std::vector<NodePtr>> Prune(const std::vector<NodePtr>& roots,
                                   const std::map<const table::Source*, std::shared_ptr<table::Source>>& sources, bool streaming);

}  // namespace tarn::plan
