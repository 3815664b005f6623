// Hive's rules about names: the catalog inside a database name, what a name may contain, how a pattern matches.
// Threads: any; pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

inline constexpr char kDefaultCatalog[] = "hive";
inline constexpr char kDefaultDatabase[] = "default";

struct DbName {
  std::string catalog;
  std::string db;            // lower case
  bool has_db = false;       // false: null ("@hive#"); an empty name ("@hive#!") is present and empty
};
// "db" -> hive/db; "@cat#db" -> cat/db.
DbName ParseDbName(std::string_view name);
// With a catalog given beside it (…Request.catName), which wins when set.
DbName ParseDbName(std::string_view name, std::string_view catalog);

struct TableName {
  std::string catalog, db, name;   // lower case
  std::string Full() const { return catalog + "." + db + "." + name; }
  bool operator==(const TableName&) const = default;
};
inline TableName MakeTableName(const DbName& db, std::string_view name);

bool ValidDatabaseName(std::string_view name);
bool ValidTableName(std::string_view name);
// Hive 4: any printable ASCII but a backslash; never a step out of its directory.
bool ValidHive4Name(std::string_view name);
// The first column that Hive's metastore would refuse, as its error says it; "" when all are well.
std::string InvalidColumn(const std::vector<wire::FieldSchema>& columns);

// Hive's listing patterns: alternatives split by '|', '*' for any text, '.' for any character; case does not matter.
class NamePattern {
 public:
  explicit NamePattern(std::string_view pattern);   // "" or "*" matches all
  bool Matches(std::string_view name) const;
  bool all() const { return all_; }

 private:
  bool all_ = false;
  std::vector<std::string> alternatives_;           // '\1' any text, '\2' any character
};

// May a column of type `from` become `to`? (hive.metastore.disallow.incompatible.col.type.changes)
bool ColumnTypeMayBecome(std::string_view from, std::string_view to, bool hive4 = false);

std::string LowerName(std::string_view name);
inline TableName MakeTableName(const DbName& db, std::string_view name) { return {db.catalog, db.db, LowerName(name)}; }

}  // namespace tarn::metastore
