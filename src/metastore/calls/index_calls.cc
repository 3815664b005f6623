// Indexes, which only Hive 2 has: each is a description and a table that holds it, which come and go together.
#include <algorithm>

#include "metastore/calls/drop_internal.h"
#include "metastore/calls/index_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/calls/table_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr char kIndex[] = "index";
std::string Prefix(const TableName& base) { return base.Full() + "/"; }
std::string Key(const TableName& base, const std::string& index) { return Prefix(base) + LowerName(index); }
std::string Missing(const std::string& db, const std::string& table, const std::string& index) { return db + "." + table + " index=" + index + " not found"; }

// An index may name a table that it did not make: that one is left alone.
bool IsIndexTable(const TableRow& row) { return row.id && row.table->tableType == "INDEX_TABLE"; }

Result<Index> Add(Call& call, add_index_args& a) {
  if (!a.new_index) return InvalidObject("index is null");
  Index stored = *a.new_index, answer = *a.new_index;   // the answer keeps names as they were written
  TableName base = MakeTableName(ParseDbName(stored.dbName), stored.origTableName);
  auto write = TRY(call.service.store().Write());
  if (TRY(HasObject(*write, kIndex, Key(base, stored.indexName)))) return ObjectExists("Index already exists:" + stored.indexName);
  if (!TRY(FindTable(*write, base)).id) return InvalidObject("Unable to add index because database or the orginal table do not exist");
  TableName rows = MakeTableName(ParseDbName(stored.dbName), stored.indexTableName);
  if (a.index_table) {
    if (TRY(FindTable(*write, rows)).id) return InvalidObject("Unable to add index because index table already exists");
    Table t = *a.index_table;
    if (MakeTableName(ParseDbName(t.dbName), t.tableName) != rows) return InvalidObject("Unable to add index because its table has another name than it says");
    t.tableType = "INDEX_TABLE";
    TRY(MakeTable(call, write, std::move(t)));
  }
  answer.createTime = NowSeconds();
  StampDdlTime(&answer.parameters);
  stored = answer;
  stored.indexName = LowerName(stored.indexName);
  stored.dbName = base.db;
  stored.origTableName = base.name;
  stored.indexTableName = rows.name;
  TRY(PutObject(*write, kIndex, Key(base, stored.indexName), stored));
  TRY(write.Commit());
  call.service.tables().Forget(rows);
  return answer;
}
// Hive changes an index's parameters, and nothing else of it.
Status Alter(Call& call, alter_index_args& a) {
  if (!a.new_idx) return InvalidOperation("index is null");
  TableName base = MakeTableName(ParseDbName(a.dbname), a.base_tbl_name);
  auto write = TRY(call.service.store().Write());
  auto found = GetObject<Index>(*write, kIndex, Key(base, a.idx_name), Missing(a.dbname, a.base_tbl_name, a.idx_name));
  if (!found.ok() && found.status().code() == StatusCode::kNotFound) return MetaError("NoSuchObjectException(message:" + Missing(a.dbname, a.base_tbl_name, a.idx_name) + ")");
  Index x = TRY(std::move(found));
  x.parameters = a.new_idx->parameters;
  StampDdlTime(&x.parameters);
  TRY(PutObject(*write, kIndex, Key(base, a.idx_name), x));
  return write.Commit();
}
Result<bool> Drop(Call& call, drop_index_by_name_args& a) {
  TableName base = MakeTableName(ParseDbName(a.db_name), a.tbl_name);
  std::vector<DataToDelete> data;
  DirectoryChange directories(call.service.warehouse());
  {
    auto write = TRY(call.service.store().Write());
    Index x = TRY(GetObject<Index>(*write, kIndex, Key(base, a.index_name), Missing(a.db_name, a.tbl_name, a.index_name)));
    TRY(DropObject(*write, kIndex, Key(base, a.index_name)));
    TableName rows{base.catalog, base.db, x.indexTableName};
    TableRow row = TRY(FindTable(*write, rows));
    if (IsIndexTable(row)) TRY(DropTableRows(call, write, rows, row, a.deleteData, false, &data));
    TRY(directories.SetAside(write, data));
    TRY(write.Commit());
    call.service.tables().Forget(rows);
  }
  directories.Finish();
  return true;
}
Result<Index> Get(Call& call, get_index_by_name_args& a) {
  auto read = TRY(call.service.store().Read());
  return GetObject<Index>(*read, kIndex, Key(MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.index_name), Missing(a.db_name, a.tbl_name, a.index_name));
}
Result<std::vector<Index>> List(Call& call, const std::string& db, const std::string& table, int16_t most) {
  auto read = TRY(call.service.store().Read());
  auto out = TRY(ListObjects<Index>(*read, kIndex, Prefix(MakeTableName(ParseDbName(db), table))));
  if (most >= 0 && out.size() > static_cast<size_t>(most)) out.resize(static_cast<size_t>(most));
  return out;
}
Result<std::vector<Index>> GetAll(Call& call, get_indexes_args& a) { return List(call, a.db_name, a.tbl_name, a.max_indexes); }
Result<Strings> GetNames(Call& call, get_index_names_args& a) {
  Strings out;
  for (Index& x : TRY(List(call, a.db_name, a.tbl_name, a.max_indexes))) out.push_back(std::move(x.indexName));
  return out;
}
}  // namespace

Status CheckNoIndexTable(SqlConnection& c, const TableName& name) {
  for (const Index& x : TRY(ListObjects<Index>(c, kIndex, name.catalog + "." + name.db + "."))) {
    if (x.indexTableName == name.name && IsIndexTable(TRY(FindTable(c, name)))) return MetaError("The table " + name.name + " is an index table. Please do drop index instead.");
  }
  return Status::OK();
}

Status DropIndexesOf(Call& call, Store::WriteLease& write, const TableName& base, bool delete_data, bool purge, std::vector<DataToDelete>* data) {
  for (const Index& x : TRY(ListObjects<Index>(*write, kIndex, Prefix(base)))) {
    TRY(DropObject(*write, kIndex, Key(base, x.indexName)));
    TableName rows{base.catalog, base.db, x.indexTableName};
    TableRow row = TRY(FindTable(*write, rows));
    if (IsIndexTable(row)) TRY(DropTableRows(call, write, rows, row, delete_data, purge, data));
    write.OnCommitted([&service = call.service, rows] { service.tables().Forget(rows); });
  }
  return Status::OK();
}

void AddIndexCalls(Router& r) {
  r.Add<call::add_index, Add>(Depth::kStored);
  r.Add<call::alter_index, Alter>(Depth::kStored);
  r.Add<call::drop_index_by_name, Drop>(Depth::kStored);
  r.Add<call::get_index_by_name, Get>(Depth::kStored);
  r.Add<call::get_indexes, GetAll>(Depth::kStored);
  r.Add<call::get_index_names, GetNames>(Depth::kStored);
}

}  // namespace tarn::metastore
