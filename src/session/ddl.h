// DDL trees to catalog objects and back to text.
// Threads: pure functions over one session's catalog manager.
#pragma once

#include "session/catalog_manager.h"

namespace tarn::session {

struct DdlContext {
  CatalogManager* catalogs;
  const table::Registry* registry;
  config::OptionSet options;
};

// CREATE TABLE ... (Flink and Hive dialects, LIKE included; the query of CTAS gives the columns when query_type is set).
Result<table::CatalogTable> BuildTable(const sql::CreateTable& create, const DdlContext& context, const RowType* query_type);
// CREATE VIEW: query_type is the type of its query.
Result<table::CatalogTable> BuildView(const sql::CreateView& create, const DdlContext& context, const RowType& query_type);
// Every action that changes the table's definition (not rename, not partitions).
Status ApplyChange(const sql::AlterTable& alter, const DdlContext& context, table::CatalogTable* table);
// The text of a partition spec's values; keys that the table lacks: kInvalidSql.
Result<table::PartitionSpec> BuildPartition(const sql::PartitionSpec& spec, const table::CatalogTable& table, const DdlContext& context);

// The query as a view stores it: full paths in FROM, stars expanded, columns qualified by their table where that is plain to see
// (expand_query.cc).
sql::Query ExpandQuery(sql::Query query, const DdlContext& context);

std::string ShowCreateTable(const table::TablePath& path, const table::CatalogTable& table, bool temporary);
std::string ShowCreateView(const table::TablePath& path, const table::CatalogTable& table, bool temporary);
std::string ShowCreateCatalog(const std::string& name, const CatalogEntry& entry);

// SQL LIKE pattern over a name.
bool MatchesLike(std::string_view name, const sql::NamePattern& pattern);

}  // namespace tarn::session
