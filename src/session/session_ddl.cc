// CREATE, ALTER, DROP.
#include <algorithm>

#include "base/text.h"
#include "session/session_impl.h"
#include "sql/printer.h"

namespace tarn::session {
namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;
}  // namespace

Status SessionImpl::CreateInCatalog(const table::TablePath& path, const table::CatalogTable& t, bool temporary, bool if_not_exists) {
  if (!t.is_view() && !t.options.Has("connector")) {
    std::vector<std::string> keys;
    for (const auto& [k, v] : t.options.values()) keys.push_back(k);
    std::string near = ClosestName("connector", keys);
    return Status::InvalidSql("Table options do not contain an option key 'connector' for discovering a connector. Therefore, Flink assumes a managed table. However, a managed "
                              "table factory that implements org.apache.flink.table.factories.ManagedTableFactory is not in the classpath.")
        .WithHint(near.empty() ? "WITH ('connector' = '...')" : "did you mean 'connector' instead of '" + near + "'?");
  }
  if (temporary) {
    if (catalogs_->temporary().count(path)) {
      if (if_not_exists) return Status::OK();
      return Status::AlreadyExists(std::string("Temporary ") + (t.is_view() ? "view" : "table") + " '" + path.Quoted() + "' already exists");
    }
    catalogs_->temporary()[path] = t;
    return Status::OK();
  }
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(path.catalog));
  Status s = catalog->CreateTable({path.database, path.name}, t, if_not_exists);
  if (s.code() == StatusCode::kAlreadyExists)
    return Status::AlreadyExists("Could not execute CREATE" + std::string(t.is_view() ? "VIEW" : "TABLE") + ": " + "Table (or view) " + path.database + "." + path.name + " already exists in Catalog " + path.catalog + ".");
  return s;
}

Result<ResultPtr> SessionImpl::Create(const sql::CreateTable& c) {
  if (c.replace || c.create_or_replace) return Status::NotSupported("REPLACE TABLE").WithPosition(c.name.position);
  table::CatalogTable t = TRY(BuildTable(c, ddl(), nullptr));
  table::TablePath path = TRY(catalogs_->Qualify(c.name));
  TRY(CreateInCatalog(path, t, c.temporary, c.if_not_exists));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Create(const sql::CreateView& c) {
  plan::Planner planner = MakePlanner();
  RowType type = TRY(planner.TypeOf(c.query));
  table::CatalogTable t = TRY(BuildView(c, ddl(), type));
  table::TablePath path = TRY(catalogs_->Qualify(c.name));
  if (c.replace && !c.temporary) (void)TRY(catalogs_->CatalogOf(path.catalog))->DropTable({path.database, path.name}, true).ok();
  TRY(CreateInCatalog(path, t, c.temporary, c.if_not_exists));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Create(const sql::CreateDatabase& c) {
  auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(c.name));
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(catalog_name));
  table::CatalogDatabase db;
  db.comment = c.comment.value_or("");
  for (const sql::Option& o : c.options) db.properties.Set(o.key, o.value);
  if (c.location) db.properties.Set("hive.database.location-uri", *c.location);
  Status s = catalog->CreateDatabase(name, db, c.if_not_exists);
  if (s.code() == StatusCode::kAlreadyExists) return Status::AlreadyExists("Database " + name + " already exists in Catalog " + catalog_name + ".");
  TRY(std::move(s));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Create(const sql::CreateFunction& c) {
  if (c.temporary || c.system) return Status::NotSupported("temporary functions: Tarn runs no Java").WithPosition(c.name.position);
  table::TablePath path = TRY(catalogs_->Qualify(c.name));
  table::CatalogFunction f;
  f.class_name = c.identifier;
  f.language = c.language == sql::FunctionLanguage::kScala ? "SCALA" : c.language == sql::FunctionLanguage::kPython ? "PYTHON" : "JAVA";
  f.resources = c.jars;
  TRY(TRY(catalogs_->CatalogOf(path.catalog))->CreateFunction({path.database, path.name}, f, c.if_not_exists));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Alter(const sql::AlterFunction& a) {
  table::TablePath path = TRY(catalogs_->Qualify(a.name));
  table::CatalogFunction f;
  f.class_name = a.identifier;
  f.language = a.language == sql::FunctionLanguage::kScala ? "SCALA" : a.language == sql::FunctionLanguage::kPython ? "PYTHON" : "JAVA";
  TRY(TRY(catalogs_->CatalogOf(path.catalog))->AlterFunction({path.database, path.name}, f, a.if_exists));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Alter(const sql::AlterDatabase& a) {
  auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(a.name));
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(catalog_name));
  table::CatalogDatabase db = TRY(catalog->GetDatabase(name));
  TRY(std::visit(Visitor{
      [&](const sql::SetOptions& s) { for (const sql::Option& o : s.options) db.properties.Set(o.key, o.value); return Status::OK(); },
      [&](const sql::SetLocation& l) { db.properties.Set("hive.database.location-uri", l.location); return Status::OK(); },
      [&](const sql::SetOwner&) { return Status::NotSupported("ALTER DATABASE ... SET OWNER").WithPosition(a.name.position); },
  }, a.action));
  TRY(catalog->AlterDatabase(name, db, false));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Alter(const sql::AlterCatalog& a) {
  CatalogEntry* e = TRY(catalogs_->FindCatalog(a.name.name));
  TRY(std::visit(Visitor{
      [&](const sql::SetOptions& s) -> Status {
        for (const sql::Option& o : s.options) {
          if (o.key == "type") return Status::InvalidSql("ALTER CATALOG SET does not support changing 'type'").WithPosition(o.position);
          e->options.Set(o.key, o.value);
        }
        return Status::OK();
      },
      [&](const sql::ResetOptions& r) -> Status {
        for (const std::string& k : r.keys) {
          if (k == "type") return Status::InvalidSql("ALTER CATALOG RESET does not support changing 'type'");
          e->options.Erase(k);
        }
        return Status::OK();
      },
      [&](const sql::SetComment& c) -> Status { e->comment = c.comment; return Status::OK(); },
  }, a.action));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Alter(const sql::AlterTable& a) {
  table::TablePath path = TRY(catalogs_->Qualify(a.name));
  table::ObjectPath object{path.database, path.name};
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(path.catalog));
  Result<table::CatalogTable> found = catalog->GetTable(object);
  if (!found.ok()) {
    if (found.status().code() != StatusCode::kNotFound) return std::move(found).status();
    if (a.if_exists) return OkResult();
    return Status::NotFound("Table " + path.Quoted() + " doesn't exist or is a temporary table.").WithPosition(a.name.position);
  }
  table::CatalogTable t = std::move(found).value();
  if (t.is_view()) return Status::InvalidSql("ALTER TABLE for a view is not allowed").WithPosition(a.name.position);
  if (const auto* r = std::get_if<sql::RenameTable>(&a.action)) {
    table::TablePath to = TRY(catalogs_->Qualify(r->to));
    if (to.catalog != path.catalog || to.database != path.database)
      if (r->to.size() > 1) return Status::InvalidSql("a table can't be renamed into another catalog or database").WithPosition(r->to.position);
    TRY(catalog->RenameTable(object, r->to.last(), a.if_exists));
    return OkResult();
  }
  if (const auto* p = std::get_if<sql::AddPartitions>(&a.action)) {
    if (t.partition_keys.empty()) return Status::InvalidSql("Table " + path.ToString() + " is not partitioned.").WithPosition(a.name.position);
    std::vector<table::CatalogPartition> partitions;
    for (const sql::NewPartition& n : p->partitions) {
      table::CatalogPartition partition;
      partition.spec = TRY(BuildPartition(n.spec, t, ddl()));
      if (partition.spec.size() != t.partition_keys.size())
        return Status::InvalidSql("PartitionSpec does not match partition keys [" + Join(t.partition_keys, ", ") + "] of table " + path.ToString()).WithPosition(a.name.position);
      for (const sql::Option& o : n.options) partition.properties.Set(o.key, o.value);
      if (n.location) partition.location = *n.location;
      partitions.push_back(std::move(partition));
    }
    TRY(catalog->CreatePartitions(object, partitions, p->if_not_exists));
    return OkResult();
  }
  if (const auto* p = std::get_if<sql::DropPartitions>(&a.action)) {
    if (t.partition_keys.empty()) return Status::InvalidSql("Table " + path.ToString() + " is not partitioned.").WithPosition(a.name.position);
    for (const sql::PartitionSpec& s : p->partitions) {
      table::PartitionSpec spec = TRY(BuildPartition(s, t, ddl()));
      if (spec.size() == t.partition_keys.size()) {
        TRY(catalog->DropPartition(object, spec, p->if_exists));
        continue;
      }
      for (const table::CatalogPartition& one : TRY(catalog->ListPartitions(object, spec))) TRY(catalog->DropPartition(object, one.spec, true));
    }
    return OkResult();
  }
  TRY(ApplyChange(a, ddl(), &t));
  TRY(catalog->AlterTable(object, t, a.if_exists));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Alter(const sql::AlterView& a) {
  table::TablePath path = TRY(catalogs_->Qualify(a.name));
  table::ObjectPath object{path.database, path.name};
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(path.catalog));
  Result<table::CatalogTable> found = catalog->GetTable(object);
  if (!found.ok()) {
    if (found.status().code() != StatusCode::kNotFound) return std::move(found).status();
    return Status::NotFound("View " + path.Quoted() + " does not exist or is a temporary view.").WithPosition(a.name.position);
  }
  table::CatalogTable t = std::move(found).value();
  if (!t.is_view()) return Status::InvalidSql("ALTER VIEW for a table is not allowed").WithPosition(a.name.position);
  if (const auto* r = std::get_if<sql::RenameTable>(&a.action)) {
    TRY(catalog->RenameTable(object, r->to.last(), false));
    return OkResult();
  }
  TRY(std::visit(Visitor{
      [&](const sql::RenameTable&) { return Status::OK(); },
      [&](const sql::SetQuery& q) -> Status {
        plan::Planner planner = MakePlanner();
        RowType type = TRY(planner.TypeOf(q.query));
        sql::CreateView c;
        c.name = a.name;
        c.query = q.query;
        c.comment = t.comment;
        table::CatalogTable n = TRY(BuildView(c, ddl(), type));
        n.options = t.options;
        t = std::move(n);
        return Status::OK();
      },
      [&](const sql::SetOptions& o) { for (const sql::Option& x : o.options) t.options.Set(x.key, x.value); return Status::OK(); },
      [&](const sql::ResetOptions& o) { for (const std::string& k : o.keys) t.options.Erase(k); return Status::OK(); },
  }, a.action));
  TRY(catalog->AlterTable(object, t, false));
  return OkResult();
}

Result<ResultPtr> SessionImpl::Run(const sql::Drop& d) {
  switch (d.kind) {
    case sql::ObjectKind::kCatalog:
      TRY(catalogs_->DropCatalog(d.name.last(), d.if_exists));
      return OkResult();
    case sql::ObjectKind::kDatabase: {
      auto [catalog_name, name] = TRY(catalogs_->QualifyDatabase(d.name));
      if (catalog_name == catalogs_->current_catalog() && name == catalogs_->current_database())
        return Status::Conflict("Cannot drop a database which is currently in use.").WithPosition(d.name.position);
      std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(catalog_name));
      Status s = catalog->DropDatabase(name, d.if_exists, d.behavior == sql::DropBehavior::kCascade);
      if (s.code() == StatusCode::kConflict) return Status::Conflict("Database " + name + " in catalog " + catalog_name + " is not empty.").WithHint("DROP DATABASE ... CASCADE drops its tables too");
      if (s.code() == StatusCode::kNotFound) return Status::NotFound("Database " + name + " does not exist in Catalog " + catalog_name + ".");
      TRY(std::move(s));
      return OkResult();
    }
    case sql::ObjectKind::kTable:
    case sql::ObjectKind::kView: {
      bool view = d.kind == sql::ObjectKind::kView;
      table::TablePath path = TRY(catalogs_->Qualify(d.name));
      auto temporary = catalogs_->temporary().find(path);
      const char* what = view ? "View" : "Table";
      if (d.temporary) {
        if (temporary == catalogs_->temporary().end() || temporary->second.is_view() != view) {
          if (d.if_exists) return OkResult();
          return Status::NotFound(std::string("Temporary ") + (view ? "view" : "table") + " with identifier '" + path.Quoted() + "' does not exist.").WithPosition(d.name.position);
        }
        catalogs_->temporary().erase(temporary);
        return OkResult();
      }
      if (temporary != catalogs_->temporary().end() && temporary->second.is_view() == view)
        return Status::Conflict(std::string("Temporary ") + (view ? "view" : "table") + " with identifier '" + path.Quoted() + "' exists. Drop it first before removing the permanent one.").WithPosition(d.name.position);
      Result<std::shared_ptr<table::Catalog>> catalog = catalogs_->CatalogOf(path.catalog);
      if (!catalog.ok()) {
        if (d.if_exists) return OkResult();
        return std::move(catalog).status();
      }
      Result<table::CatalogTable> t = (*catalog)->GetTable({path.database, path.name});
      if (!t.ok() && t.status().code() != StatusCode::kNotFound) return std::move(t).status();
      if (!t.ok() || t->is_view() != view) {
        if (d.if_exists) return OkResult();
        return Status::NotFound(std::string(what) + " with identifier '" + path.ToString() + "' does not exist.").WithPosition(d.name.position);
      }
      TRY((*catalog)->DropTable({path.database, path.name}, d.if_exists));
      return OkResult();
    }
    case sql::ObjectKind::kFunction: {
      if (d.temporary || d.system) {
        if (d.if_exists) return OkResult();
        return Status::NotFound("Temporary function " + d.name.ToString() + " doesn't exist").WithPosition(d.name.position);
      }
      table::TablePath path = TRY(catalogs_->Qualify(d.name));
      TRY(TRY(catalogs_->CatalogOf(path.catalog))->DropFunction({path.database, path.name}, d.if_exists));
      return OkResult();
    }
    case sql::ObjectKind::kMaterializedTable: return Status::NotSupported("materialized tables").WithPosition(d.name.position);
    case sql::ObjectKind::kModel: return Status::NotSupported("models").WithPosition(d.name.position);
  }
  return Status::Internal("unknown object kind");
}

}  // namespace tarn::session
