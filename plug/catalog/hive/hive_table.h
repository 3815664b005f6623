// Flink's layout of tables in a Hive Metastore, both directions (facts: Flink's CatalogPropertiesUtil and HiveTableUtil as released).
//
// A table whose option `connector` is `hive` is a Hive table: columns and storage in the metastore's own fields. Every other table
// and every view is generic: all of it in parameters with the prefix "flink.".
// Threads: pure functions.
#pragma once

#include "base/status.h"
#include "table/catalog.h"
#include "wire/hms_types.h"

namespace tarn::plug::hive {

bool IsHiveTable(const table::CatalogTable& table);
// old: the table as the metastore has it, for ALTER (keeps location, owner, times); null for CREATE.
Result<wire::Table> ToMetastore(const table::ObjectPath& path, const table::CatalogTable& table, const wire::Table* old);
struct Constraints { std::vector<std::string> primary_key, not_null; std::string primary_key_name; };
Result<table::CatalogTable> FromMetastore(const wire::Table& table, const Constraints& constraints);
bool IsHiveTable(const wire::Table& table);

// "location", "format", ... as table::Catalog::TableStorage says.
config::OptionSet StorageOf(const wire::StorageDescriptor& sd);

}  // namespace tarn::plug::hive
