// Constraints: primary and foreign keys, unique, not null, default, check. Kept, named and listed; not enforced, as in Hive.
#include <algorithm>
#include <map>
#include <set>

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

const FieldSchema* FindColumn(const Table& t, const std::string& column) {
  auto in = [&](const std::vector<FieldSchema>& list) -> const FieldSchema* {
    auto it = std::find_if(list.begin(), list.end(), [&](const FieldSchema& x) { return x.name == column; });
    return it == list.end() ? nullptr : &*it;
  };
  const FieldSchema* found = t.sd ? in(t.sd->cols) : nullptr;
  return found ? found : in(t.partitionKeys);
}
Status CheckColumn(const TableRow& row, const std::string& column, const char* whose = "Parent") {
  return FindColumn(*row.table, column) ? Status::OK() : InvalidObject(std::string(whose) + " column not found: " + column);
}

Result<int64_t> MaxPosition(SqlConnection& c, int64_t table_id, const char* kind) {
  return c.Int("SELECT COUNT(*) FROM key_constraints WHERE tbl_id = ? AND kind = ?", {table_id, kind}, 0);
}

// To Hive 3 a name is new in the whole metastore, to Hive 4 in its table.
Status CheckNewName(SqlConnection& c, int64_t table_id, bool everywhere, const std::string& name) {
  int64_t n = everywhere ? TRY(c.Int("SELECT COUNT(*) FROM key_constraints WHERE name = ?", {name}, 0))
                         : TRY(c.Int("SELECT COUNT(*) FROM key_constraints WHERE tbl_id = ? AND name = ?", {table_id, name}, 0));
  return n ? InvalidObject("Constraint name already exists: " + name) : Status::OK();
}

// Unique, not null, default and check constraints have the same members. Those that hold an expression may be of no column, as in Hive.
template <typename T>
Status AddPlain(SqlConnection& c, const TableName& name, const TableRow& row, const char* kind, const char* prefix, std::vector<T>& list, bool share_name, bool names_everywhere) {
  int64_t at = TRY(MaxPosition(c, row.id, kind));
  std::string shared;
  Strings new_names;
  for (T& x : list) {
    x.catName = name.catalog;
    x.table_db = name.db;
    x.table_name = name.name;
    x.column_name = ToLower(x.column_name);
    constexpr bool kHasExpression = requires { x.default_value; } || requires { x.check_expression; };
    if (!kHasExpression) TRY(CheckColumn(row, x.column_name));
    std::string* n;
    if constexpr (requires { x.uk_name; }) n = &x.uk_name;
    else if constexpr (requires { x.nn_name; }) n = &x.nn_name;
    else n = &x.dc_name;
    if (n->empty()) {
      if (shared.empty() || !share_name) shared = NewName(prefix);
      *n = shared;
    } else {
      *n = LowerName(*n);
      if (std::find(new_names.begin(), new_names.end(), *n) == new_names.end()) TRY(CheckNewName(c, row.id, names_everywhere, *n));
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

std::string Signature(const std::string& column, const std::string& type) { return column + ":" + type + ";"; }

// The primary key and the unique keys of a table, each as its columns with their types.
Result<std::vector<std::string>> KeySignatures(SqlConnection& c, const TableRow& row) {
  std::map<std::string, std::string> by_name;
  auto add = [&](const std::string& name, const std::string& column) {
    const FieldSchema* f = FindColumn(*row.table, column);
    by_name[name] += Signature(column, f ? f->type : "");
  };
  for (const SQLPrimaryKey& p : TRY(Load<SQLPrimaryKey>(c, row.id, "PK"))) add(p.pk_name, p.column_name);
  for (const SQLUniqueConstraint& u : TRY(Load<SQLUniqueConstraint>(c, row.id, "UK"))) add(u.uk_name, u.column_name);
  std::set<std::string> out;
  for (auto& [name, signature] : by_name) out.insert(std::move(signature));
  return std::vector<std::string>(out.begin(), out.end());
}

// A column with key_seq 1 begins a key; a key must name the whole of a primary or unique key of its parent.
Status AddForeign(SqlConnection& c, const TableName& name, const TableRow& row, bool names_everywhere, std::vector<SQLForeignKey>& list) {
  int64_t at = TRY(MaxPosition(c, row.id, "FK"));
  for (size_t i = 0; i < list.size();) {
    TableName parent = MakeTableName(ParseDbName(list[i].pktable_db, name.catalog), list[i].pktable_name);
    TableRow parent_row = parent == name ? row : TRY(FindTable(c, parent));
    if (!parent_row.id) return InvalidObject("Parent table not found: " + parent.name);
    std::vector<std::string> keys = TRY(KeySignatures(c, parent_row));
    if (keys.empty()) return MetaError("Trying to define foreign key but there are no primary keys or unique keys for referenced table");
    std::string shared = NewName("fk"), child, referenced;
    size_t first = i;
    do {
      SQLForeignKey& x = list[i];
      x.catName = name.catalog;
      x.fktable_db = name.db;
      x.fktable_name = name.name;
      x.fkcolumn_name = ToLower(x.fkcolumn_name);
      x.pktable_db = parent.db;
      x.pktable_name = parent.name;
      x.pkcolumn_name = ToLower(x.pkcolumn_name);
      TRY(CheckColumn(row, x.fkcolumn_name, "Child"));
      TRY(CheckColumn(parent_row, x.pkcolumn_name));
      if (i == first && !x.fk_name.empty()) TRY(CheckNewName(c, row.id, names_everywhere, LowerName(x.fk_name)));
      x.fk_name = x.fk_name.empty() ? shared : LowerName(x.fk_name);
      const std::string& type = FindColumn(*row.table, x.fkcolumn_name)->type;
      child += Signature(x.fkcolumn_name, type);
      referenced += Signature(x.pkcolumn_name, type);
      ++i;
    } while (i < list.size() && list[i].key_seq != 1);
    if (std::find(keys.begin(), keys.end(), referenced) == keys.end()) {
      return MetaError("Foreign key references " + referenced + " but no corresponding primary key or unique key exists. Possible keys: [" + Join(keys, ", ") + "]");
    }
    if (parent == name && child == referenced) return MetaError("Cannot be both foreign key and primary/unique key on same table: " + referenced);
    for (; first < i; ++first) TRY(Insert(c, row.id, "FK", list[first].fk_name, at++, parent_row.id, Encode(list[first])));
  }
  return Status::OK();
}

template <typename K> constexpr const char* KindOf();
template <> constexpr const char* KindOf<SQLPrimaryKey>() { return "PK"; }
template <> constexpr const char* KindOf<SQLForeignKey>() { return "FK"; }
template <> constexpr const char* KindOf<SQLUniqueConstraint>() { return "UK"; }
template <> constexpr const char* KindOf<SQLNotNullConstraint>() { return "NN"; }
template <> constexpr const char* KindOf<SQLDefaultConstraint>() { return "DC"; }
template <> constexpr const char* KindOf<SQLCheckConstraint>() { return "CC"; }

template <typename T> Result<std::vector<T>> Of(Call& call, const std::string& catalog, const std::string& db, const std::string& table) {
  TableName name = MakeTableName(ParseDbName(db, catalog), table);
  auto row = LoadTable(call.service, name);
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? Result<std::vector<T>>(std::vector<T>()) : std::move(row).status();
  auto read = TRY(call.service.store().Read());
  std::vector<T> out = TRY(Load<T>(*read, row->id, KindOf<T>()));
  if constexpr (requires(T x) { x.table_db; }) {   // the table may have been renamed since
    for (T& x : out) {
      x.table_db = name.db;
      x.table_name = name.name;
    }
  }
  return out;
}

// What five of the kinds share: a request that names a table, an answer with one list, which kSet fills.
template <typename Args, typename Response, auto kSet, typename K>
Result<Response> Get(Call& call, Args& a) {
  if (!a.request) return MetaError("request is null");
  Response out;
  (out.*kSet)(TRY(Of<K>(call, a.request->catName, a.request->db_name, a.request->tbl_name)));
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
    if (child) { k.fktable_db = db.db; k.fktable_name = LowerName(q.foreign_tbl_name); }   // either may have been renamed since
    else { k.pktable_db = db.db; k.pktable_name = LowerName(q.parent_tbl_name); }
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
  all.set_primaryKeys(TRY(Of<SQLPrimaryKey>(call, q.catName, q.dbName, q.tblName)));
  all.set_foreignKeys(TRY(Of<SQLForeignKey>(call, q.catName, q.dbName, q.tblName)));
  all.set_uniqueConstraints(TRY(Of<SQLUniqueConstraint>(call, q.catName, q.dbName, q.tblName)));
  all.set_notNullConstraints(TRY(Of<SQLNotNullConstraint>(call, q.catName, q.dbName, q.tblName)));
  all.set_defaultConstraints(TRY(Of<SQLDefaultConstraint>(call, q.catName, q.dbName, q.tblName)));
  all.set_checkConstraints(TRY(Of<SQLCheckConstraint>(call, q.catName, q.dbName, q.tblName)));
  return out;
}

// kGiven: the list in the request; kTo: where it belongs. All of one request are of the first one's table.
template <typename Args, auto kGiven, auto kTo>
Status Add(Call& call, Args& a) {
  if (!a.req || ((*a.req).*kGiven).empty()) return MetaError("no constraint column given");
  Constraints constraints;
  auto& given = constraints.*kTo = std::move((*a.req).*kGiven);
  auto& first = given[0];
  TableName name;
  if constexpr (requires { first.fktable_db; }) name = MakeTableName(ParseDbName(first.fktable_db, first.catName), first.fktable_name);
  else name = MakeTableName(ParseDbName(first.table_db, first.catName), first.table_name);
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(FindTable(*write, name));
  if (!row.id) return InvalidObject("Parent table not found: " + name.name);
  TRY(AddConstraints(*write, name, row, &constraints, !call.service.hive4()));
  TRY(RecordConstraintEvents(call, *write, name, constraints));
  return write.Commit();
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

Status AddConstraints(SqlConnection& c, const TableName& name, const TableRow& row, Constraints* constraints, bool names_everywhere) {
  Constraints& k = *constraints;
  if (!k.primary.empty()) {
    std::string shared = NewName("pk");
    int64_t at = 0;
    for (SQLPrimaryKey& x : k.primary) {
      x.catName = name.catalog;
      x.table_db = name.db;
      x.table_name = name.name;
      x.column_name = ToLower(x.column_name);
      TRY(CheckColumn(row, x.column_name));
      if (at == 0 && TRY(MaxPosition(c, row.id, "PK")) > 0) return MetaError(" Primary key already exists for: " + name.Full());
      if (at == 0 && !x.pk_name.empty()) TRY(CheckNewName(c, row.id, names_everywhere, LowerName(x.pk_name)));
      x.pk_name = x.pk_name.empty() ? shared : LowerName(x.pk_name);
      TRY(Insert(c, row.id, "PK", x.pk_name, at++, 0, Encode(x)));
    }
  }
  TRY(AddForeign(c, name, row, names_everywhere, k.foreign));
  TRY(AddPlain(c, name, row, "UK", "uk", k.unique, true, names_everywhere));
  TRY(AddPlain(c, name, row, "NN", "nn", k.not_null, false, names_everywhere));
  TRY(AddPlain(c, name, row, "DC", "dc", k.defaults, false, names_everywhere));
  return AddPlain(c, name, row, "CC", "cc", k.checks, false, names_everywhere);
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
  TRY(record("ADD_CHECKCONSTRAINT", "checkConstraintListJson", k.checks));
  return record("ADD_DEFAULTCONSTRAINT", "defaultConstraintListJson", k.defaults);
}

void AddConstraintCalls(Router& r) {
  r.Add<call::get_primary_keys, Get<get_primary_keys_args, PrimaryKeysResponse, &PrimaryKeysResponse::set_primaryKeys, SQLPrimaryKey>>();
  r.Add<call::get_foreign_keys, GetForeignKeys>();
  r.Add<call::get_unique_constraints, Get<get_unique_constraints_args, UniqueConstraintsResponse, &UniqueConstraintsResponse::set_uniqueConstraints, SQLUniqueConstraint>>();
  r.Add<call::get_not_null_constraints, Get<get_not_null_constraints_args, NotNullConstraintsResponse, &NotNullConstraintsResponse::set_notNullConstraints, SQLNotNullConstraint>>();
  r.Add<call::get_default_constraints, Get<get_default_constraints_args, DefaultConstraintsResponse, &DefaultConstraintsResponse::set_defaultConstraints, SQLDefaultConstraint>>();
  r.Add<call::get_check_constraints, Get<get_check_constraints_args, CheckConstraintsResponse, &CheckConstraintsResponse::set_checkConstraints, SQLCheckConstraint>>();
  r.Add<call::get_all_table_constraints, GetAll>();
  r.Add<call::add_primary_key, Add<add_primary_key_args, &AddPrimaryKeyRequest::primaryKeyCols, &Constraints::primary>>();
  r.Add<call::add_foreign_key, Add<add_foreign_key_args, &AddForeignKeyRequest::foreignKeyCols, &Constraints::foreign>>();
  r.Add<call::add_unique_constraint, Add<add_unique_constraint_args, &AddUniqueConstraintRequest::uniqueConstraintCols, &Constraints::unique>>();
  r.Add<call::add_not_null_constraint, Add<add_not_null_constraint_args, &AddNotNullConstraintRequest::notNullConstraintCols, &Constraints::not_null>>();
  r.Add<call::add_default_constraint, Add<add_default_constraint_args, &AddDefaultConstraintRequest::defaultConstraintCols, &Constraints::defaults>>();
  r.Add<call::add_check_constraint, Add<add_check_constraint_args, &AddCheckConstraintRequest::checkConstraintCols, &Constraints::checks>>();
  r.Add<call::drop_constraint, Drop>();
}

}  // namespace tarn::metastore
