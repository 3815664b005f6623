// Contract of a catalog: where metadata lives. Flink's Catalog, its exceptions as Status codes.
//
// Names are case-sensitive here; a Hive catalog lower-cases. kNotFound / kAlreadyExists name the object and its kind;
// kConflict: database not empty; kNotSupported: a read-only catalog.
// Threads: any; implementations lock.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/options.h"
#include "types/schema.h"

namespace tarn::table {

struct ObjectPath {
  std::string database, name;
  auto operator<=>(const ObjectPath&) const = default;
};
struct TablePath {
  std::string catalog, database, name;
  std::string ToString() const { return catalog + "." + database + "." + name; }
  std::string Quoted() const { return "`" + catalog + "`.`" + database + "`.`" + name + "`"; }
  auto operator<=>(const TablePath&) const = default;
};

struct CatalogDatabase {
  std::string comment;
  config::OptionSet properties;
};

struct CatalogTable {
  enum class Kind { kTable, kView };
  Kind kind = Kind::kTable;
  types::Schema schema;
  std::vector<std::string> partition_keys;
  config::OptionSet options;
  std::string comment;
  std::string original_query, expanded_query;   // kView
  bool is_view() const { return kind == Kind::kView; }
};

using PartitionSpec = std::map<std::string, std::string>;   // key -> value as text (NULL: partition.default-name)
struct CatalogPartition {
  PartitionSpec spec;
  std::string location;
  config::OptionSet properties;
  std::string comment;
};

struct CatalogFunction {
  std::string class_name;
  std::string language = "JAVA";
  std::vector<std::string> resources;
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual std::string type() const = 0;   // "generic_in_memory", "hive", ...
  virtual Status Open() { return Status::OK(); }
  virtual const std::string& default_database() const = 0;

  virtual Result<std::vector<std::string>> ListDatabases() = 0;
  virtual Result<CatalogDatabase> GetDatabase(const std::string& name) = 0;
  virtual Status CreateDatabase(const std::string& name, const CatalogDatabase& db, bool if_not_exists) = 0;
  virtual Status DropDatabase(const std::string& name, bool if_exists, bool cascade) = 0;
  virtual Status AlterDatabase(const std::string& name, const CatalogDatabase& db, bool if_exists) = 0;

  virtual Result<std::vector<std::string>> ListTables(const std::string& database) = 0;   // tables and views
  virtual Result<std::vector<std::string>> ListViews(const std::string& database) = 0;
  virtual Result<CatalogTable> GetTable(const ObjectPath& path) = 0;
  virtual Status CreateTable(const ObjectPath& path, const CatalogTable& table, bool if_not_exists) = 0;
  virtual Status AlterTable(const ObjectPath& path, const CatalogTable& table, bool if_exists) = 0;
  virtual Status RenameTable(const ObjectPath& path, const std::string& new_name, bool if_exists) = 0;
  virtual Status DropTable(const ObjectPath& path, bool if_exists) = 0;

  virtual Result<std::vector<CatalogPartition>> ListPartitions(const ObjectPath& path, const PartitionSpec& prefix) = 0;
  virtual Result<CatalogPartition> GetPartition(const ObjectPath& path, const PartitionSpec& spec) = 0;
  // Registers several at once; those that exist are left alone when if_not_exists.
  virtual Status CreatePartitions(const ObjectPath& path, const std::vector<CatalogPartition>& partitions, bool if_not_exists) = 0;
  virtual Status AlterPartition(const ObjectPath& path, const CatalogPartition& partition, bool if_exists) = 0;
  virtual Status DropPartition(const ObjectPath& path, const PartitionSpec& spec, bool if_exists) = 0;

  virtual Result<std::vector<std::string>> ListFunctions(const std::string& database) = 0;
  virtual Result<CatalogFunction> GetFunction(const ObjectPath& path) = 0;
  virtual Status CreateFunction(const ObjectPath& path, const CatalogFunction& function, bool if_not_exists) = 0;
  virtual Status AlterFunction(const ObjectPath& path, const CatalogFunction& function, bool if_exists) = 0;
  virtual Status DropFunction(const ObjectPath& path, bool if_exists) = 0;

  // Where a managed table's files lie ("" : this catalog has no such notion); the hive catalog answers the sd.location.
  virtual Result<std::string> TableLocation(const ObjectPath&) { return std::string(); }
  // How a Hive table is stored: "location", "format" (parquet, orc, text, json, avro, sequence, rc), "input-format", "output-format",
  // "serde", and the serde's own properties with the prefix "serde.". Empty: this catalog has no such notion.
  virtual Result<config::OptionSet> TableStorage(const ObjectPath&) { return config::OptionSet(); }
};

}  // namespace tarn::table
