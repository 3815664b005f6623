// Constraints: primary and foreign keys, unique, not null, default, check. Kept, named and listed; not enforced, as in Hive.
#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/constraints_internal.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

std::string NewName(const char* kind) { return std::string(kind) + "_" + RandomHex32().substr(0, 16); }

Status Insert(SqlConnection& c, int64_t table_id, const char* kind, const std::string& name, int64_t position, int64_t parent, const std::string& doc) {
  auto done = c.Run("INSERT INTO key_constraints (tbl_id, kind, name, position, parent_id, doc) VALUES (?, ?, ?, ?, ?, ?)",
                    {table_id, kind, name, position, parent, SqlBlob{doc}});
  if (!done.ok() && done.status().code() == StatusCode::kConflict) return InvalidObject("Constraint name already exists: " + name);
  return std::move(done).status();
}

Status CheckColumn(const TableRow& row, const std::string& column) {
  auto has = [&](const std::vector<FieldSchema>& f) { return std::any_of(f.begin(), f.end(), [&](const FieldSchema& x) { return x.name == column; }); };
  if ((row.table->sd && has(row.table->sd->cols)) || has(row.table->partitionKeys)) return Status::OK();
  return InvalidObject("Column not found: " + column);
}

Result<int64_t> MaxPosition(SqlConnection& c, int64_t table_id, const char* kind) {
  return c.Int("SELECT COUNT(*) FROM key_constraints WHERE tbl_id = ? AND kind = ?", {table_id, kind}, 0);
}

// Unique, not null, default and check constraints have the same members.
Status CheckNewName(SqlConnection& c, int64_t table_id, const std::string& name) {
  int64_t n = TRY(c.Int("SELECT COUNT(*) FROM key_constraints WHERE tbl_id = ? AND name = ?", {table_id, name}, 0));
  return n ? InvalidObject("Constraint name already exists: " + name) : Status::OK();
}

template <typename T>
Status AddPlain(SqlConnection& c, const TableName& name, const TableRow& row, const char* kind, const char* prefix, std::vector<T>& list, bool share_name) {
  int64_t at = TRY(MaxPosition(c, row.id, kind));
  std::string shared;
  Strings new_names;
  for (T& x : list) {
    x.catName = name.catalog;
    x.table_db = name.db;
    x.table_name = name.name;
    x.column_name = ToLower(x.column_name);
    TRY(CheckColumn(row, x.column_name));
    std::string* n;
    if constexpr (requires { x.uk_name; }) n = &x.uk_name;
    else if constexpr (requires { x.nn_name; }) n = &x.nn_name;
    else n = &x.dc_name;
    if (n->empty()) {
      if (shared.empty() || !share_name) shared = NewName(prefix);
      *n = shared;
    } else {
      *n = LowerName(*n);
      if (std::find(new_names.begin(), new_names.end(), *n) == new_names.end()) TRY(CheckNewName(c, row.id, *n));
      new_names.push_back(*n);
    }
    TRY(Insert(c, row.id, kind, *n, at++, 0, Encode(x)));
  }
  return Status::OK();
}

template <typename T> Result<std::vector<T>> Load(SqlConnection& c, int64_t table_id, const char* kind) {
  std::vector<T> out;
  Status decoded;
  TRY(c.Each("SELECT doc FROM key_constraints WHERE tbl_id = ? AND kind = ? ORDER BY position", {table_id, kind}, [&](const SqlRow& row) {
    decoded = DecodeStruct(Protocol::kCompact, row.Text(0), T::desc(), &out.emplace_back());
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}

template <typename T> Result<std::vector<T>> Of(Call& call, const std::string& catalog, const std::string& db, const std::string& table, const char* kind) {
  TableName name = MakeTableName(ParseDbName(db, catalog), table);
  auto row = LoadTable(call.service, name);
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? Result<std::vector<T>>(std::vector<T>()) : std::move(row).status();
  auto read = TRY(call.service.store().Read());
  std::vector<T> out = TRY(Load<T>(*read, row->id, kind));
  return out;
}

Result<PrimaryKeysResponse> GetPrimaryKeys(Call& call, get_primary_keys_args& a) {
  if (!a.request) return MetaError("request is null");
  PrimaryKeysResponse out;
  out.set_primaryKeys(TRY(Of<SQLPrimaryKey>(call, a.request->catName, a.request->db_name, a.request->tbl_name, "PK")));
  return out;
}
Result<UniqueConstraintsResponse> GetUnique(Call& call, get_unique_constraints_args& a) {
  if (!a.request) return MetaError("request is null");
  UniqueConstraintsResponse out;
  out.set_uniqueConstraints(TRY(Of<SQLUniqueConstraint>(call, a.request->catName, a.request->db_name, a.request->tbl_name, "UK")));
  return out;
}
Result<NotNullConstraintsResponse> GetNotNull(Call& call, get_not_null_constraints_args& a) {
  if (!a.request) return MetaError("request is null");
  NotNullConstraintsResponse out;
  out.set_notNullConstraints(TRY(Of<SQLNotNullConstraint>(call, a.request->catName, a.request->db_name, a.request->tbl_name, "NN")));
  return out;
}
Result<DefaultConstraintsResponse> GetDefaults(Call& call, get_default_constraints_args& a) {
  if (!a.request) return MetaError("request is null");
  DefaultConstraintsResponse out;
  out.set_defaultConstraints(TRY(Of<SQLDefaultConstraint>(call, a.request->catName, a.request->db_name, a.request->tbl_name, "DC")));
  return out;
}
Result<CheckConstraintsResponse> GetChecks(Call& call, get_check_constraints_args& a) {
  if (!a.request) return MetaError("request is null");
  CheckConstraintsResponse out;
  out.set_checkConstraints(TRY(Of<SQLCheckConstraint>(call, a.request->catName, a.request->db_name, a.request->tbl_name, "CC")));
  return out;
}

// By child, by parent, or both.
Result<std::vector<SQLForeignKey>> ForeignKeys(Call& call, ForeignKeysRequest& q) {
  auto read = TRY(call.service.store().Read());
  std::vector<SQLForeignKey> all, out;
  Status decoded;
  auto take = [&](const SqlRow& row) {
    decoded = DecodeStruct(Protocol::kCompact, row.Text(0), SQLForeignKey::desc(), &all.emplace_back());
    return decoded.ok();
  };
  bool child = !q.foreign_tbl_name.empty();
  DbName db = ParseDbName(child ? q.foreign_db_name : q.parent_db_name, q.catName);
  TableRow row = TRY(FindTable(*read, MakeTableName(db, child ? q.foreign_tbl_name : q.parent_tbl_name)));
  if (!row.id) return out;
  if (child) TRY(read->Each("SELECT doc FROM key_constraints WHERE tbl_id = ? AND kind = 'FK' ORDER BY position", {row.id}, take));
  else TRY(read->Each("SELECT doc FROM key_constraints WHERE parent_id = ? ORDER BY tbl_id, position", {row.id}, take));
  TRY(decoded);
  for (SQLForeignKey& k : all) {
    if (!q.parent_tbl_name.empty() && k.pktable_name != LowerName(q.parent_tbl_name)) continue;
    if (!q.parent_db_name.empty() && k.pktable_db != ParseDbName(q.parent_db_name).db) continue;
    out.push_back(std::move(k));
  }
  return out;
}
Result<ForeignKeysResponse> GetForeignKeys(Call& call, get_foreign_keys_args& a) {
  if (!a.request) return MetaError("request is null");
  ForeignKeysResponse out;
  out.set_foreignKeys(TRY(ForeignKeys(call, *a.request)));
  return out;
}

Result<AllTableConstraintsResponse> GetAll(Call& call, get_all_table_constraints_args& a) {
  if (!a.request) return MetaError("request is null");
  AllTableConstraintsRequest& q = *a.request;
  AllTableConstraintsResponse out;
  SQLAllTableConstraints& all = out.allTableConstraints.Make();
  all.set_primaryKeys(TRY(Of<SQLPrimaryKey>(call, q.catName, q.dbName, q.tblName, "PK")));
  all.set_foreignKeys(TRY(Of<SQLForeignKey>(call, q.catName, q.dbName, q.tblName, "FK")));
  all.set_uniqueConstraints(TRY(Of<SQLUniqueConstraint>(call, q.catName, q.dbName, q.tblName, "UK")));
  all.set_notNullConstraints(TRY(Of<SQLNotNullConstraint>(call, q.catName, q.dbName, q.tblName, "NN")));
  all.set_defaultConstraints(TRY(Of<SQLDefaultConstraint>(call, q.catName, q.dbName, q.tblName, "DC")));
  all.set_checkConstraints(TRY(Of<SQLCheckConstraint>(call, q.catName, q.dbName, q.tblName, "CC")));
  return out;
}

Status Add(Call& call, const std::string& catalog, const std::string& db, const std::string& table, Constraints constraints) {
  TableName name = MakeTableName(ParseDbName(db, catalog), table);
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(FindTable(*write, name));
  if (!row.id) return InvalidObject("Parent table not found: " + name.name);
  TRY(AddConstraints(*write, name, row, &constraints));
  TRY(RecordConstraintEvents(call, *write, name, constraints));
  return write.Commit();
}
Status AddPrimaryKey(Call& call, add_primary_key_args& a) {
  if (!a.req || a.req->primaryKeyCols.empty()) return MetaError("no primary key column given");
  auto& k = a.req->primaryKeyCols;
  SQLPrimaryKey first = k[0];
  return Add(call, first.catName, first.table_db, first.table_name, {.primary = std::move(k)});
}
Status AddForeignKey(Call& call, add_foreign_key_args& a) {
  if (!a.req || a.req->foreignKeyCols.empty()) return MetaError("no foreign key column given");
  auto& k = a.req->foreignKeyCols;
  SQLForeignKey first = k[0];
  return Add(call, first.catName, first.fktable_db, first.fktable_name, {.foreign = std::move(k)});
}
Status AddUnique(Call& call, add_unique_constraint_args& a) {
  if (!a.req || a.req->uniqueConstraintCols.empty()) return MetaError("no constraint column given");
  auto& k = a.req->uniqueConstraintCols;
  SQLUniqueConstraint first = k[0];
  return Add(call, first.catName, first.table_db, first.table_name, {.unique = std::move(k)});
}
Status AddNotNull(Call& call, add_not_null_constraint_args& a) {
  if (!a.req || a.req->notNullConstraintCols.empty()) return MetaError("no constraint column given");
  auto& k = a.req->notNullConstraintCols;
  SQLNotNullConstraint first = k[0];
  return Add(call, first.catName, first.table_db, first.table_name, {.not_null = std::move(k)});
}
Status AddDefault(Call& call, add_default_constraint_args& a) {
  if (!a.req || a.req->defaultConstraintCols.empty()) return MetaError("no constraint column given");
  auto& k = a.req->defaultConstraintCols;
  SQLDefaultConstraint first = k[0];
  return Add(call, first.catName, first.table_db, first.table_name, {.defaults = std::move(k)});
}
Status AddCheck(Call& call, add_check_constraint_args& a) {
  if (!a.req || a.req->checkConstraintCols.empty()) return MetaError("no constraint column given");
  auto& k = a.req->checkConstraintCols;
  SQLCheckConstraint first = k[0];
  return Add(call, first.catName, first.table_db, first.table_name, {.checks = std::move(k)});
}

Status Drop(Call& call, drop_constraint_args& a) {
  if (!a.req) return MetaError("request is null");
  TableName name = MakeTableName(ParseDbName(a.req->dbname, a.req->catName), a.req->tablename);
  std::string constraint = LowerName(a.req->constraintname);
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(FindTable(*write, name));
  int64_t n = row.id ? TRY(write->Run("DELETE FROM key_constraints WHERE tbl_id = ? AND name = ?", {row.id, constraint})) : 0;
  if (n == 0) return InvalidObject("The constraint: " + a.req->constraintname + " does not exist for the associated table: " + name.Full());
  TRY(RecordEvent(call, *write, "DROP_CONSTRAINT", name,
                  fmt::format(R"({{"server":"","servicePrincipal":"","dbName":{},"tableName":{},"constraintName":{},"timestamp":{}}})", JsonQuote(name.db),
                              JsonQuote(name.name), JsonQuote(constraint), WallClockMs() / 1000)));
  return write.Commit();
}
}  // namespace

Status AddConstraints(SqlConnection& c, const TableName& name, const TableRow& row, Constraints* constraints) {
  Constraints& k = *constraints;
  if (!k.primary.empty()) {
    if (TRY(MaxPosition(c, row.id, "PK")) > 0) return MetaError(" Primary key already exists for: " + name.Full());
    std::string shared = NewName("pk");
    int64_t at = 0;
    for (SQLPrimaryKey& x : k.primary) {
      x.catName = name.catalog;
      x.table_db = name.db;
      x.table_name = name.name;
      x.column_name = ToLower(x.column_name);
      TRY(CheckColumn(row, x.column_name));
      x.pk_name = x.pk_name.empty() ? shared : LowerName(x.pk_name);
      TRY(Insert(c, row.id, "PK", x.pk_name, at++, 0, Encode(x)));
    }
  }
  std::string shared = NewName("fk");
  int64_t at = TRY(MaxPosition(c, row.id, "FK"));
  for (SQLForeignKey& x : k.foreign) {
    TableName parent = MakeTableName(ParseDbName(x.pktable_db, name.catalog), x.pktable_name);
    TableRow parent_row = parent == name ? row : TRY(FindTable(c, parent));
    if (!parent_row.id) return InvalidObject("Parent table not found: " + parent.Full());
    x.catName = name.catalog;
    x.fktable_db = name.db;
    x.fktable_name = name.name;
    x.fkcolumn_name = ToLower(x.fkcolumn_name);
    x.pktable_db = parent.db;
    x.pktable_name = parent.name;
    x.pkcolumn_name = ToLower(x.pkcolumn_name);
    TRY(CheckColumn(row, x.fkcolumn_name));
    TRY(CheckColumn(parent_row, x.pkcolumn_name));
    bool keyed = false;
    for (const SQLPrimaryKey& p : TRY(Load<SQLPrimaryKey>(c, parent_row.id, "PK"))) keyed = keyed || p.column_name == x.pkcolumn_name;
    for (const SQLUniqueConstraint& u : TRY(Load<SQLUniqueConstraint>(c, parent_row.id, "UK"))) keyed = keyed || u.column_name == x.pkcolumn_name;
    if (!keyed) return MetaError("Parent key constraint for " + parent.Full() + "." + x.pkcolumn_name + " not found");
    x.fk_name = x.fk_name.empty() ? shared : LowerName(x.fk_name);
    TRY(Insert(c, row.id, "FK", x.fk_name, at++, parent_row.id, Encode(x)));
  }
  TRY(AddPlain(c, name, row, "UK", "uk", k.unique, true));
  TRY(AddPlain(c, name, row, "NN", "nn", k.not_null, false));
  TRY(AddPlain(c, name, row, "DC", "dc", k.defaults, false));
  return AddPlain(c, name, row, "CC", "cc", k.checks, false);
}

Status RecordConstraintEvents(Call& call, SqlConnection& c, const TableName& name, const Constraints& k) {
  auto record = [&](const char* type, const char* member, const auto& list) -> Status {
    if (list.empty()) return Status::OK();
    std::string objects;
    for (const auto& x : list) objects += (objects.empty() ? "" : ",") + JsonQuote(ThriftJson(x));
    return RecordEvent(call, c, type, name, fmt::format(R"({{"server":"","servicePrincipal":"","timestamp":{},"{}":[{}]}})", WallClockMs() / 1000, member, objects));
  };
  TRY(record("ADD_PRIMARYKEY", "primaryKeyListJson", k.primary));
  TRY(record("ADD_FOREIGNKEY", "foreignKeyListJson", k.foreign));
  TRY(record("ADD_UNIQUECONSTRAINT", "uniqueConstraintListJson", k.unique));
  TRY(record("ADD_NOTNULLCONSTRAINT", "notNullConstraintListJson", k.not_null));
  if (!call.service.hive4()) return Status::OK();   // Hive 3 tells nobody of the others
  TRY(record("ADD_DEFAULTCONSTRAINT", "defaultConstraintListJson", k.defaults));
  return record("ADD_CHECKCONSTRAINT", "checkConstraintListJson", k.checks);
}

void AddConstraintCalls(Router& r) {
  r.Add<call::get_primary_keys, GetPrimaryKeys>();
  r.Add<call::get_foreign_keys, GetForeignKeys>();
  r.Add<call::get_unique_constraints, GetUnique>();
  r.Add<call::get_not_null_constraints, GetNotNull>();
  r.Add<call::get_default_constraints, GetDefaults>();
  r.Add<call::get_check_constraints, GetChecks>();
  r.Add<call::get_all_table_constraints, GetAll>();
  r.Add<call::add_primary_key, AddPrimaryKey>();
  r.Add<call::add_foreign_key, AddForeignKey>();
  r.Add<call::add_unique_constraint, AddUnique>();
  r.Add<call::add_not_null_constraint, AddNotNull>();
  r.Add<call::add_default_constraint, AddDefault>();
  r.Add<call::add_check_constraint, AddCheck>();
  r.Add<call::drop_constraint, Drop>();
}

}  // namespace tarn::metastore
