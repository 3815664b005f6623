#include "session/catalog_manager.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::session {

Result<std::unique_ptr<CatalogManager>> CatalogManager::Make(const table::Registry& registry, std::string own_metastore_uri) {
  auto m = std::make_unique<CatalogManager>();
  m->registry_ = &registry;
  m->own_metastore_uri_ = std::move(own_metastore_uri);
  config::OptionSet options;
  options.Set("type", "generic_in_memory");
  options.Set("default-database", "default_database");
  TRY(m->CreateCatalog("default_catalog", options, "", false));
  m->current_database_ = "default_database";
  return m;
}

Status CatalogManager::CreateCatalog(const std::string& name, const config::OptionSet& options, const std::string& comment, bool if_not_exists) {
  if (catalogs_.count(name)) {
    if (if_not_exists) return Status::OK();
    return Status::AlreadyExists("Catalog " + name + " already exists.");
  }
  if (!options.Has("type")) return Status::InvalidSql("catalog \"" + name + "\" has no 'type'").WithHint("WITH ('type' = 'hive') or 'generic_in_memory'");
  const table::CatalogFactory* factory = TRY(registry_->FindCatalog(options.Get("type", "")));
  config::OptionSet own = options;
  own.Erase("type");
  own.Erase("property-version");
  std::vector<config::OptionSpec> specs = factory->options();
  TRY(config::ValidateOptions(factory->identifier(), own, specs));
  CatalogEntry entry;
  entry.catalog = TRY(factory->Create({name, own, own_metastore_uri_}));
  TRY(entry.catalog->Open());
  entry.options = options;
  entry.comment = comment;
  catalogs_[name] = std::move(entry);
  return Status::OK();
}

Status CatalogManager::DropCatalog(const std::string& name, bool if_exists) {
  if (!catalogs_.count(name)) {
    if (if_exists) return Status::OK();
    return Status::NotFound("Catalog " + name + " does not exist.");
  }
  if (name == current_catalog_) return Status::Conflict("Cannot drop a catalog which is currently in use.");
  catalogs_.erase(name);
  return Status::OK();
}

std::vector<std::string> CatalogManager::CatalogNames() const {
  std::vector<std::string> names;
  for (const auto& [n, c] : catalogs_) names.push_back(n);
  return names;
}

Result<CatalogEntry*> CatalogManager::FindCatalog(const std::string& name) {
  auto it = catalogs_.find(name);
  if (it == catalogs_.end()) {
    std::string near = ClosestName(name, CatalogNames());
    return Status::NotFound("A catalog with name [" + name + "] does not exist.").WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
  }
  return &it->second;
}

Result<std::shared_ptr<table::Catalog>> CatalogManager::CatalogOf(const std::string& name) { return TRY(FindCatalog(name))->catalog; }

Status CatalogManager::UseCatalog(const std::string& name) {
  CatalogEntry* e = TRY(FindCatalog(name));
  current_catalog_ = name;
  current_database_ = e->catalog->default_database();
  return Status::OK();
}

Status CatalogManager::UseDatabase(const sql::Name& name) {
  auto [c, d] = TRY(QualifyDatabase(name));
  std::shared_ptr<table::Catalog> catalog = TRY(CatalogOf(c));
  Result<table::CatalogDatabase> db = catalog->GetDatabase(d);
  if (!db.ok()) {
    if (db.status().code() != StatusCode::kNotFound) return db.status();
    std::string near = ClosestName(d, TRY(catalog->ListDatabases()));
    return Status::NotFound("A database with name [" + d + "] does not exist in the catalog: [" + c + "].").WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
  }
  current_catalog_ = c;
  current_database_ = d;
  return Status::OK();
}

Result<table::TablePath> CatalogManager::Qualify(const sql::Name& name) const {
  switch (name.size()) {
    case 1: return table::TablePath{current_catalog_, current_database_, name.parts[0].name};
    case 2: return table::TablePath{current_catalog_, name.parts[0].name, name.parts[1].name};
    case 3: return table::TablePath{name.parts[0].name, name.parts[1].name, name.parts[2].name};
    default: return Status::InvalidSql("\"" + name.ToString() + "\" has more than three parts").WithPosition(name.position);
  }
}

Result<std::pair<std::string, std::string>> CatalogManager::QualifyDatabase(const sql::Name& name) const {
  switch (name.size()) {
    case 0: return std::pair(current_catalog_, current_database_);
    case 1: return std::pair(current_catalog_, name.parts[0].name);
    case 2: return std::pair(name.parts[0].name, name.parts[1].name);
    default: return Status::InvalidSql("\"" + name.ToString() + "\" has more than two parts").WithPosition(name.position);
  }
}

Result<plan::ResolvedTable> CatalogManager::Resolve(const sql::Name& name) {
  table::TablePath path = TRY(Qualify(name));
  if (auto it = temporary_.find(path); it != temporary_.end()) return plan::ResolvedTable{path, it->second, nullptr, true};
  auto missing = [&](const std::string& what, const std::vector<std::string>& known) {
    std::string near = ClosestName(what, known);
    TextPosition p = name.position;
    for (const sql::Identifier& part : name.parts) if (part.name == what) { p = part.position; break; }
    return Status::NotFound("Object '" + what + "' not found" + (name.size() > 1 ? " within '" + path.catalog + (what == path.name ? "." + path.database : "") + "'" : ""))
        .WithPosition(p).WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
  };
  auto c = catalogs_.find(path.catalog);
  if (c == catalogs_.end()) return missing(path.catalog, CatalogNames());
  std::shared_ptr<table::Catalog> catalog = c->second.catalog;
  Result<table::CatalogTable> t = catalog->GetTable({path.database, path.name});
  if (t.ok()) return plan::ResolvedTable{path, std::move(t).value(), catalog, false};
  if (t.status().code() != StatusCode::kNotFound) return std::move(t).status();
  if (!catalog->GetDatabase(path.database).ok()) {
    Result<std::vector<std::string>> dbs = catalog->ListDatabases();
    return missing(path.database, dbs.ok() ? *dbs : std::vector<std::string>{});
  }
  Result<std::vector<std::string>> tables = catalog->ListTables(path.database);
  std::vector<std::string> known = tables.ok() ? *tables : std::vector<std::string>{};
  for (const auto& [p, table] : temporary_) if (p.catalog == path.catalog && p.database == path.database) known.push_back(p.name);
  return missing(path.name, known);
}

}  // namespace tarn::session
