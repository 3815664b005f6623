// SHOW and DESCRIBE.
#include <arrow/builder.h>

#include <algorithm>

#include "base/text.h"
#include "session/procedure_call.h"
#include "session/session_impl.h"
#include "sql/printer.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::session {
namespace {
std::unique_ptr<ResultSet> Names(const std::string& column, std::vector<std::string> names, const std::optional<sql::NamePattern>& like) {
  std::vector<TextRow> rows;
  for (const std::string& n : names) if (!like || MatchesLike(n, *like)) rows.push_back({n});
  return TextResult({column}, std::move(rows));
}

// "dt=2024/hr=1"
std::string PartitionName(const table::PartitionSpec& spec, const std::vector<std::string>& keys) {
  std::string s;
  for (const std::string& k : keys) {
    auto it = spec.find(k);
    if (it == spec.end()) continue;
    s += (s.empty() ? "" : "/") + k + "=" + it->second;
  }
  return s;
}

Result<ResultPtr> JobRows(const std::vector<job::JobSummary>& jobs) {
  arrow::StringBuilder id, name, state;
  types::LogicalType time = types::LogicalType::TimestampLtz(3);
  arrow::TimestampBuilder start(types::ToArrow(time), arrow::default_memory_pool());
  for (const job::JobSummary& j : jobs) {
    TRY(id.Append(j.id));
    TRY(name.Append(j.name));
    TRY(state.Append(std::string(job::JobStateName(j.state))));
    TRY(start.Append(j.start_time));
  }
  std::vector<std::shared_ptr<arrow::Array>> columns(4);
  TRY(id.Finish(&columns[0]));
  TRY(name.Finish(&columns[1]));
  TRY(state.Finish(&columns[2]));
  TRY(start.Finish(&columns[3]));
  types::LogicalType s = types::LogicalType::String();
  return BatchResult({{"job id", s, ""}, {"job name", s, ""}, {"status", s, ""}, {"start time", time, ""}},
                     Batch(static_cast<int64_t>(jobs.size()), std::move(columns)), "");
}
}  // namespace

Result<ResultPtr> SessionImpl::DescribeTable(const plan::ResolvedTable& t) {
  bool comments = std::any_of(t.table.schema.columns.begin(), t.table.schema.columns.end(), [](const types::Column& c) { return !c.comment.empty(); });
  std::vector<TextRow> rows;
  const auto& schema = t.table.schema;
  for (const types::Column& c : schema.columns) {
    types::LogicalType type = c.type;
    bool rowtime = schema.watermark && schema.watermark->column == c.name;
    if (rowtime) type = type.WithTimeAttribute(types::TimeAttribute::kRowtime);
    TextRow row{c.name, type.ToSummaryString(false), type.nullable() ? "true" : "false", std::nullopt, std::nullopt, std::nullopt};
    if (schema.primary_key && std::find(schema.primary_key->columns.begin(), schema.primary_key->columns.end(), c.name) != schema.primary_key->columns.end())
      row[3] = "PRI(" + Join(schema.primary_key->columns, ", ") + ")";
    if (c.kind == types::Column::Kind::kComputed) row[4] = "AS " + c.expression;
    if (c.kind == types::Column::Kind::kMetadata) {
      std::string extra = "METADATA";
      if (c.metadata_key) extra += " FROM '" + *c.metadata_key + "'";
      if (c.is_virtual) extra += " VIRTUAL";
      row[4] = extra;
    }
    if (rowtime) row[5] = schema.watermark->expression;
    if (comments) row.push_back(c.comment.empty() ? std::optional<std::string>() : c.comment);
    rows.push_back(std::move(row));
  }
  std::vector<std::string> columns{"name", "type", "null", "key", "extras", "watermark"};
  if (comments) columns.push_back("comment");
  return TextResult(std::move(columns), std::move(rows), {"null"});
}

Result<ResultPtr> SessionImpl::Run(const sql::Show& s) {
  auto database = [&]() -> Result<std::pair<std::shared_ptr<table::Catalog>, std::string>> {
    auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(s.name));
    std::shared_ptr<table::Catalog> c = TRY(catalogs_->CatalogOf(catalog_name));
    if (!c->GetDatabase(name).ok()) {
      std::string near = ClosestName(name, TRY(c->ListDatabases()));
      return Status::NotFound("Database '" + name + "' doesn't exist.").WithPosition(s.name.position).WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    return std::pair(c, name);
  };
  auto temporaries = [&](const sql::Name& in, bool views_only) -> Result<std::vector<std::string>> {
    auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(in));
    std::vector<std::string> out;
    for (const auto& [p, t] : catalogs_->temporary())
      if (p.catalog == catalog_name && p.database == name && (!views_only || t.is_view())) out.push_back(p.name);
    return out;
  };
  auto merged = [](std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    std::sort(a.begin(), a.end());
    a.erase(std::unique(a.begin(), a.end()), a.end());
    return a;
  };
  switch (s.kind) {
    case sql::ShowKind::kCatalogs: return Names("catalog name", catalogs_->CatalogNames(), s.like);
    case sql::ShowKind::kCurrentCatalog: return TextResult({"current catalog name"}, {{catalogs_->current_catalog()}});
    case sql::ShowKind::kCreateCatalog: {
      CatalogEntry* e = TRY(catalogs_->FindCatalog(s.name.last()));
      return TextResult({"result"}, {{ShowCreateCatalog(s.name.last(), *e)}});
    }
    case sql::ShowKind::kDatabases: {
      std::string c = s.name.empty() ? catalogs_->current_catalog() : s.name.last();
      std::vector<std::string> names = TRY(TRY(catalogs_->CatalogOf(c))->ListDatabases());
      std::sort(names.begin(), names.end());
      return Names("database name", names, s.like);
    }
    case sql::ShowKind::kCurrentDatabase: return TextResult({"current database name"}, {{catalogs_->current_database()}});
    case sql::ShowKind::kTables: {
      auto [c, d] = TRY(database());
      return Names("table name", merged(TRY(c->ListTables(d)), TRY(temporaries(s.name, false))), s.like);
    }
    case sql::ShowKind::kViews: {
      auto [c, d] = TRY(database());
      return Names("view name", merged(TRY(c->ListViews(d)), TRY(temporaries(s.name, true))), s.like);
    }
    case sql::ShowKind::kColumns: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(s.name));
      if (s.like) {
        std::vector<types::Column> keep;
        for (const types::Column& c : t.table.schema.columns) if (MatchesLike(c.name, *s.like)) keep.push_back(c);
        t.table.schema.columns = std::move(keep);
      }
      return DescribeTable(t);
    }
    case sql::ShowKind::kPartitions: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(s.name));
      if (t.table.partition_keys.empty() || !t.catalog) return Status::InvalidSql("Table " + t.path.ToString() + " is not partitioned.").WithPosition(s.name.position);
      table::PartitionSpec spec = TRY(BuildPartition(s.partition, t.table, ddl()));
      std::vector<std::string> names;
      for (const table::CatalogPartition& p : TRY(t.catalog->ListPartitions({t.path.database, t.path.name}, spec))) names.push_back(PartitionName(p.spec, t.table.partition_keys));
      return Names("partition name", names, std::nullopt);
    }
    case sql::ShowKind::kCreateTable: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(s.name));
      if (t.table.is_view()) return Status::InvalidSql("SHOW CREATE TABLE is only supported for tables, but " + t.path.ToString() + " is a view. Please use SHOW CREATE VIEW instead.").WithPosition(s.name.position);
      return TextResult({"result"}, {{ShowCreateTable(t.path, t.table, t.temporary)}});
    }
    case sql::ShowKind::kCreateView: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(s.name));
      if (!t.table.is_view()) return Status::InvalidSql("SHOW CREATE VIEW is only supported for views, but " + t.path.ToString() + " is a table. Please use SHOW CREATE TABLE instead.").WithPosition(s.name.position);
      return TextResult({"result"}, {{ShowCreateView(t.path, t.table, t.temporary)}});
    }
    case sql::ShowKind::kFunctions:
    case sql::ShowKind::kUserFunctions: {
      std::vector<std::string> names;
      if (s.kind == sql::ShowKind::kFunctions) names = engine_.registry().functions().Names();
      auto [catalog_name, db] = TRY(catalogs_->QualifyDatabase(s.name));
      std::shared_ptr<table::Catalog> c = TRY(catalogs_->CatalogOf(catalog_name));
      return Names("function name", merged(std::move(names), TRY(c->ListFunctions(db))), s.like);
    }
    case sql::ShowKind::kProcedures: return Names("procedure name", TRY(ProcedureNames(*catalogs_, s.name)), s.like);
    case sql::ShowKind::kModules: {
      std::vector<std::string> names;
      for (const auto& [m, used] : modules_) if (used) names.push_back(m);
      return Names("module name", names, std::nullopt);
    }
    case sql::ShowKind::kFullModules: {
      std::vector<TextRow> rows;
      for (const auto& [m, used] : modules_) rows.push_back({m, used ? "true" : "false"});
      return TextResult({"module name", "used"}, std::move(rows), {"used"});
    }
    case sql::ShowKind::kJars: return Names("jars", jars_, std::nullopt);
    case sql::ShowKind::kJobs: return JobRows(engine_.jobs().List());
    case sql::ShowKind::kMaterializedTables: return Status::NotSupported("materialized tables").WithPosition(s.name.position);
    case sql::ShowKind::kModels: return Status::NotSupported("models").WithPosition(s.name.position);
    case sql::ShowKind::kCreateDatabase: {
      auto [c, d] = TRY(database());
      table::CatalogDatabase db = TRY(c->GetDatabase(d));
      std::string text = "CREATE DATABASE `" + d + "`";
      if (!db.comment.empty()) text += "\nCOMMENT " + sql::QuoteString(db.comment);
      if (auto l = db.properties.Find("hive.database.location-uri")) text += "\nLOCATION\n  " + sql::QuoteString(*l);
      return TextResult({"result"}, {{text}});
    }
    case sql::ShowKind::kTableProperties: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(s.name));
      std::vector<TextRow> rows;
      for (const auto& [k, v] : t.table.options.values()) if (!s.property || *s.property == k) rows.push_back({k, v});
      return TextResult({"prpt_name", "prpt_value"}, std::move(rows));
    }
  }
  return Status::Internal("unknown SHOW");
}

Result<ResultPtr> SessionImpl::Run(const sql::Describe& d) {
  switch (d.kind) {
    case sql::DescribeKind::kTable: {
      plan::ResolvedTable t = TRY(catalogs_->Resolve(d.name));
      if (!d.column.empty()) {
        std::string name = d.column.ToString();
        int at = t.table.schema.IndexOf(name);
        if (at < 0) return Status::InvalidSql("Column '" + name + "' not found").WithPosition(d.column.position);
        t.table.schema.columns = {t.table.schema.columns[at]};
      }
      return DescribeTable(t);
    }
    case sql::DescribeKind::kCatalog: {
      const std::string& name = d.name.last();
      CatalogEntry* e = TRY(catalogs_->FindCatalog(name));
      std::vector<TextRow> rows{{"name", name}, {"type", e->options.Get("type", e->catalog->type())},
                                {"comment", e->comment.empty() ? std::optional<std::string>() : e->comment}};
      if (d.extended)
        for (const auto& [k, v] : e->options.values()) rows.push_back({"option:" + k, v});
      return TextResult({"info name", "info value"}, std::move(rows));
    }
    case sql::DescribeKind::kJob: {
      for (const job::JobSummary& j : engine_.jobs().List()) if (j.id == d.job_id) return JobRows({j});
      return Status::NotFound("Job " + d.job_id + " does not exist.");
    }
    case sql::DescribeKind::kDatabase: {
      auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(d.name));
      table::CatalogDatabase db = TRY(TRY(catalogs_->CatalogOf(catalog_name))->GetDatabase(name));
      return TextResult({"db_name", "comment", "location"}, {{name, db.comment, db.properties.Get("hive.database.location-uri", "")}});
    }
    case sql::DescribeKind::kFunction: return Status::NotSupported("DESCRIBE FUNCTION").WithPosition(d.name.position);
  }
  return Status::Internal("unknown DESCRIBE");
}

}  // namespace tarn::session
