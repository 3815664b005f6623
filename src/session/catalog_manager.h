// The catalogs a session knows, the current catalog and database, and temporary objects, which hide permanent ones.
//
// default_catalog.default_database is a generic_in_memory catalog that lives as long as the session.
// Threads: one session's lock guards it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/planner.h"
#include "table/registry.h"

namespace tarn::session {

struct CatalogEntry {
  std::shared_ptr<table::Catalog> catalog;
  config::OptionSet options;   // as given to CREATE CATALOG
  std::string comment;
};

class CatalogManager final : public plan::TableResolver {
 public:
  static Result<std::unique_ptr<CatalogManager>> Make(const table::Registry& registry, std::string own_metastore_uri);

  Status CreateCatalog(const std::string& name, const config::OptionSet& options, const std::string& comment, bool if_not_exists);
  Status DropCatalog(const std::string& name, bool if_exists);
  Result<CatalogEntry*> FindCatalog(const std::string& name);   // kNotFound
  std::vector<std::string> CatalogNames() const;
  Status UseCatalog(const std::string& name);
  Status UseDatabase(const sql::Name& name);
  const std::string& current_catalog() const { return current_catalog_; }
  const std::string& current_database() const { return current_database_; }

  // Full path of a name; checks nothing. kInvalidSql for more than three parts.
  Result<table::TablePath> Qualify(const sql::Name& name) const;
  // Catalog and database of "[c.]d"; the current ones when the name is empty.
  Result<std::pair<std::string, std::string>> QualifyDatabase(const sql::Name& name) const;
  Result<std::shared_ptr<table::Catalog>> CatalogOf(const std::string& name);

  Result<plan::ResolvedTable> Resolve(const sql::Name& name) override;

  std::map<table::TablePath, table::CatalogTable>& temporary() { return temporary_; }
  const std::map<std::string, CatalogEntry>& catalogs() const { return catalogs_; }

 private:
  const table::Registry* registry_ = nullptr;
  std::string own_metastore_uri_;
  std::map<std::string, CatalogEntry> catalogs_;
  std::map<table::TablePath, table::CatalogTable> temporary_;
  std::string current_catalog_ = "default_catalog", current_database_ = "default_database";
};

}  // namespace tarn::session
