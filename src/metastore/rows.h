// Entities out of and into the store: databases, tables, partitions as Thrift structs with their row ids.
//
// Threads: as the connection passed in. Errors: a missing entity is Hive's NoSuchObjectException in Hive's words.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>

#include "metastore/service.h"
#include "wire/codec.h"

namespace tarn::metastore {

struct DatabaseRow {
  int64_t id = 0;
  wire::Database db;
};
Result<DatabaseRow> LoadDatabase(SqlConnection& c, const std::string& catalog, const std::string& db);
Result<int64_t> FindDatabaseId(SqlConnection& c, const std::string& catalog, const std::string& db);   // 0: none
Result<bool> CatalogExists(SqlConnection& c, const std::string& catalog);
Result<std::string> CatalogLocation(SqlConnection& c, const std::string& catalog);

// id 0: none.
Result<TableRow> FindTable(SqlConnection& c, const TableName& name);
// "hive.db.x table not found" when there is none.
Result<TableRow> LoadTable(SqlConnection& c, const TableName& name);
// Through the cache; opens a read lease only when it must.
Result<TableRow> LoadTable(Service& service, const TableName& name);
Status NoSuchTable(const TableName& name);

Status InsertTable(SqlConnection& c, int64_t id, int64_t db_id, const wire::Table& table);
Status UpdateTable(SqlConnection& c, int64_t id, int64_t db_id, const wire::Table& table);
// The table and everything that hangs on it; no directories.
Status DeleteTable(SqlConnection& c, int64_t id);

// Lower case names, no nulls where Hive gives none, table type and EXTERNAL in agreement.
void NormalizeTable(wire::Table* table);
void NormalizeDescriptor(wire::StorageDescriptor* sd);
bool IsExternal(const wire::Table& table);
bool IsView(const wire::Table& table);
const std::string* FindParameter(const std::map<std::string, std::string>& parameters, const char* key);
bool ParameterIsTrue(const std::map<std::string, std::string>& parameters, const char* key);

// ---- partitions ----

// Turns rows into Partitions; remembers the storage descriptors that rows share.
class PartitionReader {
 public:
  PartitionReader(SqlConnection& c, TableRow table) : c_(c), table_(std::move(table)) {}
  // Columns of the row: name, sd_id, location, doc.
  Result<wire::Partition> Make(const SqlRow& row);
  // The same without copying the shared descriptor: it is the partition's only during the call.
  Status Lend(const SqlRow& row, const std::function<void(const wire::Partition&)>& use);
  Result<std::optional<wire::Partition>> Find(const std::string& name);
  Result<bool> Exists(const std::string& name);
  // All partitions whose name is in order, until on_partition returns false.
  Status Each(const std::function<Result<bool>(wire::Partition&)>& on_partition);
  Result<Strings> Names();
  Result<Strings> NamesWithPrefix(const std::string& prefix);
  // Rows from `first` to `last` in order of name, undecoded.
  Status EachBetween(const std::string& first, const std::string& last, const std::function<Result<bool>(std::string_view, const SqlRow&)>& on_row);
  // Fills values from a name.
  Strings ValuesOf(std::string_view name) const;
  // Its parts, for who puts them together: everything but the descriptor; the descriptor that rows share; the row's location.
  Result<wire::Partition> MakeBare(const SqlRow& row) const;
  Result<const wire::StorageDescriptor*> SharedDescriptor(int64_t sd_id) { return &**TRY(Descriptor(sd_id)); }
  std::string LocationOf(const SqlRow& row) const;
  const TableRow& table() const { return table_; }

 private:
  Result<wire::Box<wire::StorageDescriptor>*> Descriptor(int64_t sd_id);
  void SetLocation(const SqlRow& row, wire::StorageDescriptor* sd) const;

  SqlConnection& c_;
  TableRow table_;
  std::unordered_map<int64_t, wire::Box<wire::StorageDescriptor>> descriptors_;
};

// Writes partitions of one table; remembers the descriptors it has stored.
class PartitionWriter {
 public:
  PartitionWriter(Service& service, Store::WriteLease& write, TableRow table) : service_(service), write_(write), c_(*write), table_(std::move(table)) {}
  Status Insert(const std::string& name, const wire::Partition& partition);   // kAlreadyExists as Hive says it
  // Many at once, in one go where the store can.
  Status InsertAll(const Strings& names, const std::vector<wire::Partition>& partitions);
  Status Update(const std::string& name, const wire::Partition& partition);
  Status Delete(const std::string& name);

 private:
  struct Row { int64_t sd_id; std::optional<std::string> location; std::string doc; };
  Result<Row> Split(const std::string& name, const wire::Partition& partition);
  static Status Exists(const wire::Partition& partition);
  void Added(const std::string& name);
  Result<int64_t> DescriptorId(const wire::StorageDescriptor& sd);

  // What the commit will have added and removed, for the index.
  struct Changes { std::vector<std::string> added, removed; };
  Changes& Change();

  Service& service_;
  Store::WriteLease& write_;
  SqlConnection& c_;
  TableRow table_;
  std::shared_ptr<Changes> changes_;
  std::unordered_map<std::string, int64_t> descriptors_;   // encoded -> id
};

// Checks count and non-emptiness of keys; Hive's MetaException when they don't match.
Result<std::string> PartitionName(const wire::Table& table, const Strings& values);
void NormalizePartition(const TableRow& table, wire::Partition* partition);

}  // namespace tarn::metastore
