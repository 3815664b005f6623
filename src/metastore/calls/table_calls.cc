// Tables: create, read, alter, drop, truncate.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/acid_properties.h"
#include "metastore/calls/constraints_internal.h"
#include "metastore/calls/drop_internal.h"
#include "metastore/calls/index_internal.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/calls/table_internal.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "metastore/table_translation.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

bool ValidName(Call& call, std::string_view name) { return call.service.hive4() ? ValidHive4Name(name) : ValidTableName(name); }

// ---- create ----

// Hive's server trips over these (a NullPointerException, sent as MetaException).
Status CheckNulls(const Table& t) {
  if (!t.has_tableName()) return MetaError("table name is null");
  if (!t.sd) return MetaError("storage descriptor is null");
  if (!t.sd->has_cols()) return MetaError("columns are null");
  if (!t.sd->serdeInfo) return MetaError("serde info is null");
  for (const FieldSchema& f : t.sd->cols) {
    if (!f.has_name() || !f.has_type()) return MetaError("a column's name or type is null");
  }
  return Status::OK();
}

// Hive 4 keeps the text of a view for views only.
void ForgetViewText(Call& call, Table* t) {
  if (!call.service.hive4() || t->tableType.ends_with("_VIEW")) return;
  t->clear_viewOriginalText();
  t->clear_viewExpandedText();
}

// Hive 4 looks at the database, at a table of that name and at the translation before it looks at columns. The type is the one asked
// for: a table that only turns out to be managed, for want of EXTERNAL=TRUE, is left alone.
Status PrepareHive4(Call& call, Store::WriteLease& write, const TableName& name, const Strings& capabilities, Table* t) {
  auto db = LoadDatabase(*write, name.catalog, name.db);
  if (!db.ok()) return db.status().code() == StatusCode::kNotFound ? InvalidObject("database " + name.catalog + "." + t->dbName) : std::move(db).status();
  if (TRY(FindTable(*write, name)).id) return ObjectExists("Table " + name.catalog + "." + t->dbName + "." + t->tableName + " already exists");
  Table translated = *t;
  translated.catName = name.catalog;
  translated.tableName = name.name;
  TRY(TranslateNew(call.service, db->db, capabilities, &translated));
  t->tableType = translated.tableType;
  t->parameters = std::move(translated.parameters);
  t->sd = std::move(translated.sd);
  return Status::OK();
}

Status CreateTable(Call& call, Store::WriteLease& write, Table t, const Parameters& environment, Constraints constraints, const Strings& capabilities) {
  DbName db_name = ParseDbName(t.dbName, t.catName);
  TableName name = MakeTableName(db_name, t.tableName);
  TRY(CheckNulls(t));
  if (!ValidName(call, t.tableName)) return InvalidObject(t.tableName + " is not a valid object name");
  bool odd = t.dbName.starts_with('@');   // a catalog belongs into catName here, as with Hive
  if (odd && call.service.hive4()) return InvalidObject("database " + (t.catName.empty() ? kDefaultCatalog : t.catName) + "." + t.dbName);
  if (call.service.hive4()) TRY(PrepareHive4(call, write, name, capabilities, &t));
  if (std::string bad = InvalidColumn(t.sd->cols); !bad.empty()) return InvalidObject("Invalid column " + bad);
  if (std::string bad = InvalidColumn(t.partitionKeys); !bad.empty()) return InvalidObject("Invalid partition column " + bad);
  if (t.sd->skewedInfo) {
    Strings unknown = t.sd->skewedInfo->skewedColNames;
    std::erase_if(unknown, [&](const std::string& n) { return std::any_of(t.sd->cols.begin(), t.sd->cols.end(), [&](const FieldSchema& f) { return f.name == n; }); });
    if (!unknown.empty()) return InvalidObject("Invalid skew column [" + Join(unknown, ", ") + "]");
  }
  bool view = t.tableType == "VIRTUAL_VIEW", acid_catalog = t.catName.empty() || EqualsIgnoreCase(t.catName, kDefaultCatalog);   // of others it is not asked
  std::string given_db = std::exchange(t.dbName, name.db), given_name = t.tableName;   // as the client wrote them: so do Hive's messages
  t.catName = name.catalog;
  NormalizeTable(&t);
  ForgetViewText(call, &t);
  if (call.service.options().authorization && t.owner.empty()) t.owner = call.caller.user;   // else nobody could use it
  if (acid_catalog) TRY(CheckAcidCreate(given_db + "." + given_name, &t));
  if (odd) return InvalidObject(given_db);
  auto db = LoadDatabase(*write, name.catalog, name.db);
  if (!db.ok()) return db.status().code() == StatusCode::kNotFound ? InvalidObject(given_db) : std::move(db).status();
  if (TRY(FindTable(*write, name)).id) return ObjectExists("Table " + name.catalog + "." + given_db + "." + given_name + " already exists");
  bool fresh = false;
  if (!view) {   // as the client calls it: one that only turns out to be a view gets a directory, as in Hive
    std::string& location = t.sd->location;
    location = location.empty() ? DefaultTableLocation(call, db->db, t) : TRY(call.service.warehouse().Qualify(location));
    fresh = TRY(call.service.warehouse().MakeDirectory(location));
    if (fresh) write.OnUndo([&w = call.service.warehouse(), location] { w.UndoMakeDirectory(location); });
  } else if (t.sd->location.empty()) {
    t.sd->clear_location();
  }
  if (!IsView(t) && TakeMayUpdateStats(&t.parameters) && t.partitionKeys.empty()) {
    TRY(UpdateQuickStats(call, &t.parameters, t.sd->location, fresh, false, environment));
  }
  t.createTime = NowSeconds();
  StampCreation(&t);
  StampDdlTime(&t.parameters);
  TableRow row{TRY(NextIds(*write, "table")), db->id, nullptr};
  TRY(InsertTable(*write, row.id, row.db_id, t));
  row.table = std::make_shared<Table>(std::move(t));
  TRY(AddConstraints(*write, name, row, &constraints, !call.service.hive4()));
  TRY(RecordTableEvent(call, *write, "CREATE_TABLE", name, nullptr, row.table.get()));
  return RecordConstraintEvents(call, *write, name, constraints);
}
Status CreateTable(Call& call, Table t, const Parameters& environment, Constraints constraints, const Strings& capabilities) {
  TableName name = MakeTableName(ParseDbName(t.dbName, t.catName), t.tableName);
  auto write = TRY(call.service.store().Write());
  TRY(CreateTable(call, write, std::move(t), environment, std::move(constraints), capabilities));
  TRY(write.Commit());
  call.service.tables().Forget(name);
  return Status::OK();
}

const Parameters& Environment(const Box<EnvironmentContext>& c) {
  static const Parameters kNone;
  return c ? c->properties : kNone;
}

Status CreateTableCall(Call& call, create_table_args& a) {
  if (!a.tbl) return InvalidObject("table is null");
  return CreateTable(call, std::move(*a.tbl), {}, {}, {});
}
Status CreateTableEnv(Call& call, create_table_with_environment_context_args& a) {
  if (!a.tbl) return InvalidObject("table is null");
  return CreateTable(call, std::move(*a.tbl), Environment(a.environment_context), {}, {});
}
Status CreateTableConstraints(Call& call, create_table_with_constraints_args& a) {
  if (!a.tbl) return InvalidObject("table is null");
  return CreateTable(call, std::move(*a.tbl), {},
                     {std::move(a.primaryKeys), std::move(a.foreignKeys), std::move(a.uniqueConstraints), std::move(a.notNullConstraints),
                      std::move(a.defaultConstraints), std::move(a.checkConstraints)}, {});
}
Status CreateTableReq(Call& call, create_table_req_args& a) {
  if (!a.request || !a.request->table) return InvalidObject("table is null");
  CreateTableRequest& q = *a.request;
  return CreateTable(call, std::move(*q.table), Environment(q.envContext),
                     {std::move(q.primaryKeys), std::move(q.foreignKeys), std::move(q.uniqueConstraints), std::move(q.notNullConstraints),
                      std::move(q.defaultConstraints), std::move(q.checkConstraints)}, q.processorCapabilities);
}
Result<Table> TranslateDryRun(Call& call, translate_table_dryrun_args& a) {
  if (!a.request || !a.request->table) return InvalidObject("table is null");
  Table t = std::move(*a.request->table);
  DbName name = ParseDbName(t.dbName, t.catName);
  if (!t.has_catName()) t.catName = name.catalog;
  auto read = TRY(call.service.store().Read());
  auto db = LoadDatabase(*read, name.catalog, name.db);
  if (!db.ok()) return db.status().code() == StatusCode::kNotFound ? MetaError("Database " + t.dbName + " for table " + t.tableName + " could not be found") : std::move(db).status();
  TRY(TranslateNew(call.service, db->db, a.request->processorCapabilities, &t));
  return t;
}

// ---- read ----

bool InsertOnly(const Table& t) {
  const std::string* p = FindParameter(t.parameters, "transactional_properties");
  return p && EqualsIgnoreCase(*p, "insert_only");
}

Status CheckCapability(Call& call, const Table& t, const Box<ClientCapabilities>& c) {
  if (!InsertOnly(t)) return Status::OK();
  auto it = call.caller.meta_conf.find("metastore.client.capability.check");
  if (it != call.caller.meta_conf.end() && EqualsIgnoreCase(it->second, "false")) return Status::OK();
  if (c && std::find(c->values.begin(), c->values.end(), ClientCapability::INSERT_ONLY_TABLES) != c->values.end()) return Status::OK();
  return MetaError("Your client does not appear to support insert-only tables. To skip capability checks, please set "
                   "metastore.client.capability.check to false. This setting can be set globally, or on the client for the current metastore "
                   "session. Note that this may lead to incorrect results, data loss, undefined behavior, etc. if your client is actually "
                   "incompatible. You can also specify custom client capabilities via get_table_req API.");
}

Result<std::shared_ptr<const Table>> GetTable(Call& call, get_table_args& a) {
  TableRow row = TRY(LoadTable(call.service, MakeTableName(ParseDbName(a.dbname), a.tbl_name)));
  TRY(CheckCapability(call, *row.table, {}));
  return std::move(row.table);
}
Result<GetTableResult> GetTableReq(Call& call, get_table_req_args& a) {
  if (!a.req) return MetaError("request is null");
  TableRow row = TRY(LoadTable(call.service, MakeTableName(ParseDbName(a.req->dbName, a.req->catName), a.req->tblName)));
  if (!call.service.hive4() || a.req->capabilities) TRY(CheckCapability(call, *row.table, a.req->capabilities));
  GetTableResult out;
  out.table = *row.table;
  if (call.service.hive4()) out.table->set_id(row.id);
  if (Translates(call.service, a.req->processorCapabilities)) TranslateForReader(a.req->processorCapabilities, &*out.table);
  return out;
}

Result<std::vector<Table>> ByNames(Call& call, const DbName& db, const Strings& names, const Box<ClientCapabilities>& capabilities) {
  if (!db.has_db || db.db.empty()) return Fault(StatusCode::kNotFound, "UnknownDBException", "DB name is null or empty");
  if (names.empty()) return std::vector<Table>();   // of whatever database
  {
    auto read = TRY(call.service.store().Read());
    if (!TRY(FindDatabaseId(*read, db.catalog, db.db))) {
      return UnknownDb("Could not find database " + db.catalog + "." + db.db + (call.service.hive4() ? ": database " + db.catalog + "." + db.db : ""));
    }
  }
  std::vector<Table> out;
  for (const std::string& n : names) {
    auto row = LoadTable(call.service, MakeTableName(db, n));
    if (!row.ok() && row.status().code() == StatusCode::kNotFound) continue;
    TableRow r = TRY(std::move(row));
    TRY(CheckCapability(call, *r.table, capabilities));
    out.push_back(*r.table);
  }
  return out;
}
Result<std::vector<Table>> GetTablesByName(Call& call, get_table_objects_by_name_args& a) {
  if (!a.has_tbl_names()) return InvalidOperation(ParseDbName(a.dbname).db + " cannot find null tables");
  return ByNames(call, ParseDbName(a.dbname), a.tbl_names, {});
}
Result<GetTablesResult> GetTablesByNameReq(Call& call, get_table_objects_by_name_req_args& a) {
  if (!a.req) return MetaError("request is null");
  DbName db = ParseDbName(a.req->dbName, a.req->catName);
  Strings names = a.req->tblNames;
  if (!a.req->has_tblNames() && !a.req->has_tablesPattern()) return InvalidOperation(db.db + " cannot find null tables");
  if (!a.req->has_tblNames()) {
    NamePattern pattern(a.req->tablesPattern);
    auto read = TRY(call.service.store().Read());
    TRY(read->Each("SELECT t.name FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? ORDER BY t.name", {db.catalog, db.db},
                   [&](const SqlRow& row) {
                     if (pattern.Matches(row.Text(0))) names.push_back(row.String(0));
                     return true;
                   }));
  }
  GetTablesResult out;
  out.set_tables(TRY(ByNames(call, db, names, a.req->capabilities)));
  return out;
}

// ---- alter ----

std::string ParsedDatabase(const std::string& given) {   // without its catalog, and in its own case
  size_t at = given.starts_with('@') ? given.find('#') : std::string::npos;
  return at == std::string::npos ? given : given.substr(at + 1);
}

Status CheckColumnTypes(Call& call, const Table& old_table, const Table& t, const Strings& given_names) {
  if (!call.service.options().disallow_incompatible_col_type_changes || IsView(old_table) || !old_table.sd || !t.sd) return Status::OK();
  auto it = call.caller.meta_conf.find("metastore.disallow.incompatible.col.type.changes");
  if (it != call.caller.meta_conf.end() && EqualsIgnoreCase(it->second, "false")) return Status::OK();
  std::string bad;
  for (size_t i = 0; i < std::min(old_table.sd->cols.size(), t.sd->cols.size()); ++i) {
    if (!ColumnTypeMayBecome(old_table.sd->cols[i].type, t.sd->cols[i].type, call.service.hive4())) bad += (bad.empty() ? "" : ",") + given_names[i];
  }
  if (bad.empty()) return Status::OK();
  return InvalidOperation("The following columns have types incompatible with the existing columns in their respective positions :\n" + bad);
}

Status CheckExpectedParameter(const Table& old_table, const Parameters& environment) {
  const std::string* key = FindParameter(environment, "expected_parameter_key");
  const std::string* value = FindParameter(environment, "expected_parameter_value");
  if (!key || !value) return Status::OK();
  const std::string* now = FindParameter(old_table.parameters, key->c_str());
  if (now ? *now == *value : value->empty()) return Status::OK();
  return MetaError(fmt::format("The table has been modified. The parameter value for key '{}' is '{}'. The expected was value was '{}'", *key,
                               now ? *now : "null", *value));
}

// Partitions that lie under the table's directory without a location of their own keep the place they have when the table's changes.
Status PinPartitions(SqlConnection& c, int64_t table_id, const std::string& old_location) {
  TRY(c.Run("UPDATE parts SET location = ? || name WHERE tbl_id = ? AND location IS NULL AND sd_id <> 0", {Warehouse::Child(old_location, ""), table_id}));
  return Status::OK();
}

// After the table's directory moved: locations below the old one are rewritten.
Status MovePartitionLocations(SqlConnection& c, int64_t table_id, const std::string& from, const std::string& to) {
  std::string prefix = Warehouse::Child(from, "");
  std::vector<std::pair<std::string, std::string>> moved;
  TRY(c.Each("SELECT name, location FROM parts WHERE tbl_id = ? AND location IS NOT NULL", {table_id}, [&](const SqlRow& row) {
    if (row.Text(1).starts_with(prefix)) moved.emplace_back(row.String(0), Warehouse::Child(to, row.Text(1).substr(prefix.size())));
    return true;
  }));
  for (auto& [name, location] : moved) TRY(c.Run("UPDATE parts SET location = ? WHERE tbl_id = ? AND name = ?", {location, table_id, name}));
  return Status::OK();
}

bool SameColumns(const std::vector<FieldSchema>& a, const std::vector<FieldSchema>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const FieldSchema& x, const FieldSchema& y) { return Same(x, y); });
}

// The same for the partitions, when the table's columns change.
Status ForgetStalePartitionStats(Call& call, Store::WriteLease& write, const TableRow& row) {
  Strings names;
  TRY(write->Each("SELECT DISTINCT part_name FROM col_stats WHERE tbl_id = ? AND part_name <> ''", {row.id}, [&](const SqlRow& r) {
    names.push_back(r.String(0));
    return true;
  }));
  PartitionReader reader(*write, row);
  PartitionWriter writer(call.service, write, row);
  for (const std::string& n : names) {
    auto p = TRY(reader.Find(n));
    if (!p || !p->sd) continue;
    TRY(ForgetStaleStats(*write, row.id, n, p->sd->cols, row.table->sd->cols, false, &p->parameters));
    TRY(writer.Update(n, *p));
  }
  return Status::OK();
}

Status PrepareHive4Alter(Call& call, Store::WriteLease& write, const TableName& name, const Table& old_table, Table* t) {
  if (!t->sd) return Status::OK();
  DbName to = ParseDbName(t->dbName.empty() ? name.db : t->dbName, t->catName.empty() ? name.catalog : t->catName);
  DatabaseRow old_db = TRY(LoadDatabase(*write, name.catalog, name.db));
  auto new_db = LoadDatabase(*write, to.catalog, to.db);
  if (!new_db.ok() && new_db.status().code() != StatusCode::kNotFound) return std::move(new_db).status();
  if (!new_db.ok()) return InvalidOperation("Unable to change partition or table. Object database " + to.catalog + "." + to.db + " does not exist. Check metastore logs for detailed stack.");
  Table translated = *t;
  translated.catName = to.catalog;
  translated.dbName = to.db;
  translated.tableName = LowerName(t->tableName);
  if (!translated.sd->location.empty()) translated.sd->location = TRY(call.service.warehouse().Qualify(translated.sd->location));
  TRY(TranslateAltered(call.service, old_db.db, new_db->db, old_table, &translated));
  if (t->sd->has_location()) t->sd->set_location(translated.sd->location);
  return Status::OK();
}

Status AlterTable(Call& call, const std::string& given_db, const std::string& given_name, const TableName& name, Table t, const Parameters& environment, bool cascade) {
  auto write = TRY(call.service.store().Write());
  if (call.service.hive4() && !TRY(FindDatabaseId(*write, name.catalog, name.db))) {
    return InvalidOperation("Alter table in REMOTE database is not allowed");   // so says Hive 4 when the database is not there
  }
  TableRow old_row = TRY(FindTable(*write, name));
  if (!old_row.id) return InvalidOperation(name.catalog + "." + ParsedDatabase(given_db) + "." + given_name + " table not found");
  if (call.service.hive4()) TRY(PrepareHive4Alter(call, write, name, *old_row.table, &t));
  if (EqualsIgnoreCase(t.catName.empty() ? name.catalog : t.catName, kDefaultCatalog)) TRY(CheckAcidAlter(t.dbName + "." + t.tableName, *old_row.table, &t));
  DbName new_db = ParseDbName(t.dbName.empty() ? name.db : t.dbName, t.catName.empty() ? name.catalog : t.catName);
  TableName new_name = MakeTableName(new_db, t.tableName);
  if (t.has_tableName() && !ValidName(call, LowerName(t.tableName))) return InvalidOperation(t.tableName + " is not a valid object name");
  if (new_name.catalog != name.catalog) {
    return InvalidOperation("Tables cannot be moved between catalogs, old catalog" + name.catalog + ", new catalog " + new_name.catalog);
  }
  TRY(CheckNulls(t));
  if (!t.has_dbName()) return MetaError("database name is null");
  if (std::string bad = InvalidColumn(t.sd->cols); !bad.empty()) return InvalidOperation("Invalid column " + bad);
  t.catName = new_name.catalog;
  t.dbName = new_name.db;
  Strings given_keys;
  for (const FieldSchema& k : t.partitionKeys) given_keys.push_back(k.name);
  Strings given_columns;
  for (const FieldSchema& f : t.sd->cols) given_columns.push_back(f.name);
  bool has_location = t.sd->has_location();
  NormalizeTable(&t);
  ForgetViewText(call, &t);
  if (call.service.hive4()) {
    std::string unknown;
    for (const std::string& b : t.sd->bucketCols) {
      bool known = std::any_of(t.sd->cols.begin(), t.sd->cols.end(), [&](const FieldSchema& f) { return f.name == ToLower(b); });
      if (!known) unknown += (unknown.empty() ? "" : ", ") + ToLower(b);
    }
    if (!unknown.empty()) return InvalidOperation("Bucket columns - [" + unknown + "] doesn't match with any table columns");
  }
  bool rename = !(name == new_name);
  const Table& old_table = *old_row.table;
  TRY(CheckExpectedParameter(old_table, environment));
  if (rename && TRY(FindTable(*write, new_name)).id) return InvalidOperation("new table " + new_name.db + "." + new_name.name + " already exists");
  auto db = LoadDatabase(*write, new_name.catalog, new_name.db);
  if (!db.ok()) return db.status().code() == StatusCode::kNotFound ? InvalidOperation("Unable to change partition or table. Database " + new_name.db + " does not exist")
                                                                  : std::move(db).status();
  if (!rename) TRY(CheckColumnTypes(call, old_table, t, given_columns));
  if (!IsView(old_table)) {
    bool same = old_table.partitionKeys.size() == t.partitionKeys.size();
    for (size_t i = 0; same && i < t.partitionKeys.size(); ++i) same = old_table.partitionKeys[i].name == given_keys[i];
    if (!same) return InvalidOperation("partition keys can not be changed.");
  }
  const Warehouse& warehouse = call.service.warehouse();
  std::string old_location = old_table.sd ? old_table.sd->location : "";
  std::string& location = t.sd->location;
  if (!location.empty()) location = TRY(warehouse.Qualify(location));
  bool moved = false;
  DirectoryChange directories(warehouse);
  if (rename && !IsView(old_table)) {
    DatabaseRow old_db = TRY(LoadDatabase(*write, name.catalog, name.db));
    bool own = !IsExternal(old_table) && (location.empty() || location == old_location) && old_location == DefaultTableLocation(call, old_db.db, old_table);
    std::string target = call.service.hive4() ? RenamedTablePath(call.service, old_db.db, db->db, old_table, t) : own ? DefaultTableLocation(call, db->db, t) : "";
    if (!target.empty()) {
      location = target;
      Status s = directories.Move(write, old_location, location);
      if (s.code() == StatusCode::kAlreadyExists) {
        return InvalidOperation("New location for this table " + new_name.Full() + " already exists : " + location);
      }
      if (!s.ok()) return InvalidOperation("Unable to access old location " + old_location + " for table " + name.Full() + ": " + s.message());
      moved = true;
    }
  }
  if (location.empty() && !IsView(t)) location = old_location;
  if (location.empty()) t.sd->clear_location();
  if (moved) TRY(MovePartitionLocations(*write, old_row.id, old_location, location));
  else if (location != old_location && !old_table.partitionKeys.empty() && !old_location.empty()) TRY(PinPartitions(*write, old_row.id, old_location));
  // Hive 4 measures nothing that is renamed, unless it ceases to be a translated table; Hive 3 what stays in its place.
  auto translated = [](const Table& x) { return ParameterIsTrue(x.parameters, "TRANSLATED_TO_EXTERNAL"); };
  bool moves = call.service.hive4() ? rename && (!translated(old_table) || translated(t)) : rename && !IsView(old_table) && !IsExternal(old_table) && (!has_location || location == old_location || moved);
  if (!moves && MayUpdateStats(environment) && !IsView(t) && old_table.partitionKeys.empty() && TakeMayUpdateStats(&t.parameters) && t.partitionKeys.empty()) {
    if (!has_location) return MetaError("java.lang.IllegalArgumentException: Can not create a Path from a null string");   // clients send it back
    TRY(UpdateQuickStats(call, &t.parameters, location, false, true, environment));
  }
  StampDdlTime(&t.parameters);
  t.createTime = old_table.createTime;
  if (!t.has_owner()) t.owner = old_table.owner;
  if (old_table.sd && old_table.partitionKeys.empty()) TRY(ForgetStaleStats(*write, old_row.id, "", old_table.sd->cols, t.sd->cols, rename, &t.parameters));
  TableRow new_row{old_row.id, db->id, std::make_shared<Table>(std::move(t))};
  TRY(UpdateTable(*write, new_row.id, new_row.db_id, *new_row.table));
  if (!rename && !old_table.partitionKeys.empty() && !SameColumns(old_table.sd->cols, new_row.table->sd->cols)) TRY(ForgetStalePartitionStats(call, write, new_row));
  // Hive 3 compares the columns as the client writes them with those it has, whose names are in lower case.
  bool same_names = call.service.hive4() || std::equal(given_columns.begin(), given_columns.end(), new_row.table->sd->cols.begin(), new_row.table->sd->cols.end(),
                               [](const std::string& given, const FieldSchema& f) { return given == f.name; });
  if (cascade && !new_row.table->partitionKeys.empty() && !(same_names && SameColumns(old_table.sd->cols, new_row.table->sd->cols))) {
    PartitionReader reader(*write, new_row);
    PartitionWriter writer(call.service, write, new_row);
    for (const std::string& n : TRY(reader.Names())) {
      auto p = TRY(reader.Find(n));
      if (!p || !p->sd) continue;
      p->sd->cols = new_row.table->sd->cols;
      TRY(writer.Update(n, *p));
    }
  }
  TRY(RecordTableEvent(call, *write, "ALTER_TABLE", name, &old_table, new_row.table.get()));
  TRY(write.Commit());
  call.service.tables().Forget(name);
  if (rename) call.service.tables().Forget(new_name);
  return Status::OK();
}

bool Cascade(const Parameters& environment) { return ParameterIsTrue(environment, "CASCADE"); }

Status AlterTableCall(Call& call, alter_table_args& a) {
  if (!a.new_tbl) return InvalidOperation("New table is null");
  return AlterTable(call, a.dbname, a.tbl_name, MakeTableName(ParseDbName(a.dbname), a.tbl_name), std::move(*a.new_tbl), {}, false);
}
Status AlterTableEnv(Call& call, alter_table_with_environment_context_args& a) {
  if (!a.new_tbl) return InvalidOperation("New table is null");
  const Parameters& e = Environment(a.environment_context);
  return AlterTable(call, a.dbname, a.tbl_name, MakeTableName(ParseDbName(a.dbname), a.tbl_name), std::move(*a.new_tbl), e, Cascade(e));
}
Status AlterTableCascade(Call& call, alter_table_with_cascade_args& a) {
  if (!a.new_tbl) return InvalidOperation("New table is null");
  return AlterTable(call, a.dbname, a.tbl_name, MakeTableName(ParseDbName(a.dbname), a.tbl_name), std::move(*a.new_tbl), {}, a.cascade);
}
Result<AlterTableResponse> AlterTableReq(Call& call, alter_table_req_args& a) {
  if (!a.req || !a.req->table) return InvalidOperation("New table is null");
  Parameters e = Environment(a.req->environmentContext);
  if (a.req->has_expectedParameterKey()) {
    e["expected_parameter_key"] = a.req->expectedParameterKey;
    e["expected_parameter_value"] = a.req->expectedParameterValue;
  }
  TableName name = MakeTableName(ParseDbName(a.req->dbName, a.req->catName), a.req->tableName);
  TRY(AlterTable(call, a.req->dbName, a.req->tableName, name, std::move(*a.req->table), e, Cascade(e)));
  return AlterTableResponse{};
}

// ---- drop, truncate ----

Status DropTable(Call& call, const TableName& name, bool delete_data, const Parameters& environment) {
  std::vector<DataToDelete> data;
  DirectoryChange directories(call.service.warehouse());
  {
    auto write = TRY(call.service.store().Write());
    if (!TRY(FindDatabaseId(*write, name.catalog, name.db))) return NoSuchObject(call.service.hive4() ? "database " + name.catalog + "." + name.db : name.db);
    TableRow row = TRY(LoadTable(*write, name));
    TRY(CheckNoIndexTable(*write, name));
    TRY(DropTableRows(call, write, name, row, delete_data, ParameterIsTrue(environment, "ifPurge"), &data));
    TRY(directories.SetAside(write, data));
    TRY(write.Commit());
    call.service.tables().Forget(name);
  }
  directories.Finish();
  return Status::OK();
}
Status DropTableCall(Call& call, drop_table_args& a) { return DropTable(call, MakeTableName(ParseDbName(a.dbname), a.name), a.deleteData, {}); }
Status DropTableEnv(Call& call, drop_table_with_environment_context_args& a) {
  return DropTable(call, MakeTableName(ParseDbName(a.dbname), a.name), a.deleteData, Environment(a.environment_context));
}
Status DropTableReq(Call& call, drop_table_req_args& a) {
  if (!a.dropTableReq) return MetaError("request is null");
  DropTableRequest& q = *a.dropTableReq;
  return DropTable(call, MakeTableName(ParseDbName(q.dbName, q.catalogName), q.tableName), q.deleteData, Environment(q.envContext));
}

// Empties the directories; quick statistics become zero. A directory that is not there is an error, as in Hive, and then none is emptied.
// Object stores have no directories that could be missing.
Status Truncate(Call& call, const TableName& name, bool whole, const Strings& partition_names, int64_t write_id = -1) {
  const Warehouse& warehouse = call.service.warehouse();
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(LoadTable(*write, name));
  bool purge = ParameterIsTrue(row.table->parameters, "auto.purge");
  auto check = [&](const std::string& location) -> Status {
    if (Warehouse::LocalPath(location).empty() || warehouse.Exists(location)) return Status::OK();
    return MetaError("File " + location + " does not exist");
  };
  auto empty = [&](const std::string& location) -> Status {
    Status s = warehouse.Delete(location, purge);
    if (!s.ok()) return MetaError(s.message());
    return tarn::internal::ToStatus(warehouse.MakeDirectory(location));
  };
  auto zero = [&](Parameters* p) {
    for (const char* k : {"numFiles", "totalSize", "numRows", "rawDataSize", "numFilesErasureCoded"}) if (p->contains(k)) (*p)[k] = "0";   // what was not known stays so
    bool partition = !row.table->partitionKeys.empty();
    if (call.service.hive4()) (*p)[kDdlTime] = std::to_string(NowSeconds());
    if (call.service.hive4() && partition) (*p)["numFilesErasureCoded"] = "0";
    // Hive alters what it truncates, as a statistics task does; Hive 4 does not count the files of a whole table.
    if (!call.service.hive4() || partition) (*p)["numFiles"] = (*p)["totalSize"] = "0";
    (*p)["COLUMN_STATS_ACCURATE"] = R"({"BASIC_STATS":"true"})";
  };
  if (IsView(*row.table)) return Status::OK();
  if (!whole && partition_names.empty()) return Status::OK();   // an empty list names nothing, as in Hive
  if (row.table->partitionKeys.empty()) {
    TRY(check(row.table->sd->location));
    TRY(empty(row.table->sd->location));
    auto t = std::make_shared<Table>(*row.table);
    zero(&t->parameters);
    TRY(UpdateTable(*write, row.id, row.db_id, *t));
    // Hive tells of it twice: that it was truncated, and that it was altered, then with the write id that it stores.
    TRY(RecordTableEvent(call, *write, "ALTER_TABLE", name, row.table.get(), t.get(), "true", write_id));
    TRY(RecordTableEvent(call, *write, "ALTER_TABLE", name, row.table.get(), t.get(), "false", std::max<int64_t>(0, write_id)));
  } else {
    PartitionReader reader(*write, row);
    PartitionWriter writer(call.service, write, row);
    const Strings names = whole ? TRY(reader.Names()) : partition_names;
    for (const std::string& n : names) {
      auto p = TRY(reader.Find(n));
      if (p && p->sd) TRY(check(p->sd->location));
    }
    for (const std::string& n : names) {
      auto p = TRY(reader.Find(n));
      if (!p) continue;   // as Hive, which looks them up together
      if (p->sd) TRY(empty(p->sd->location));
      Partition before = *p;
      zero(&p->parameters);
      TRY(writer.Update(n, *p));
      for (const char* truncated : {"true", "false"}) {
        TRY(RecordPartitionAltered(call, *write, name, *row.table, before, *p, truncated));
      }
    }
  }
  TRY(write.Commit());
  call.service.tables().Forget(name);
  return Status::OK();
}
Status TruncateTable(Call& call, truncate_table_args& a) { return Truncate(call, MakeTableName(ParseDbName(a.dbName), a.tableName), !a.has_partNames(), a.partNames); }
Result<TruncateTableResponse> TruncateTableReq(Call& call, truncate_table_req_args& a) {
  if (!a.req) return MetaError("request is null");
  TRY(Truncate(call, MakeTableName(ParseDbName(a.req->dbName), a.req->tableName), !a.req->has_partNames(), a.req->partNames, a.req->has_writeId() ? a.req->writeId : -1));
  return TruncateTableResponse{};
}
}  // namespace

std::string DefaultTableLocation(Call& call, const Database& db, const Table& t) {
  const Warehouse& w = call.service.warehouse();
  if (call.service.hive4()) return DefaultTablePath(w, db, t.tableName, IsExternal(t));
  // An external table does not lie below the managed warehouse, wherever its database says it is.
  bool usual = db.name == kDefaultDatabase && (db.catalogName.empty() || db.catalogName == kDefaultCatalog);   // its tables lie in the warehouse itself, as Hive has it
  if (usual) return Warehouse::Child(IsExternal(t) ? w.external_root() : w.root(), t.tableName);
  if (IsExternal(t) && (db.locationUri + "/").starts_with(w.root() + "/")) return Warehouse::Child(w.ExternalDatabaseLocation(db.name), t.tableName);
  if (!IsExternal(t) && !db.managedLocationUri.empty()) return Warehouse::Child(db.managedLocationUri, t.tableName);
  return Warehouse::Child(db.locationUri, t.tableName);
}

bool OwnsData(Call& call, const Table& t) {
  if (IsView(t)) return false;
  if (!IsExternal(t)) return true;
  return call.service.hive4() && ParameterIsTrue(t.parameters, "external.table.purge");
}

Status DropTableRows(Call& call, Store::WriteLease& write, const TableName& name, const TableRow& row, bool delete_data, bool purge,
                     std::vector<DataToDelete>* data) {
  const Table& t = *row.table;
  purge = purge || ParameterIsTrue(t.parameters, "auto.purge");
  if (delete_data && OwnsData(call, t) && t.sd && !t.sd->location.empty()) {
    // Only partitions with a place of their own; the others go with the table's directory.
    std::string prefix = Warehouse::Child(t.sd->location, "");
    TRY(write->Each("SELECT location FROM parts WHERE tbl_id = ? AND location IS NOT NULL", {row.id}, [&](const SqlRow& r) {
      if (!r.Text(0).starts_with(prefix)) data->push_back({r.String(0), purge});
      return true;
    }));
    data->push_back({t.sd->location, purge});
  }
  TRY(DeleteTable(*write, row.id));
  if (ParameterIsTrue(t.parameters, "transactional")) {   // its write ids begin anew, should it come again
    for (const char* sql : {"DELETE FROM write_ids WHERE ctlg_db = ? AND tbl = ?", "DELETE FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?"}) {
      TRY(write->Run(sql, {name.catalog + "." + name.db, name.name}));
    }
  }
  write.OnCommitted([&service = call.service, id = row.id] { service.partition_indexes().Forget(id); });
  TRY(write->Run("DELETE FROM privs WHERE ctlg = ? AND db = ? AND object = ?", {name.catalog, name.db, name.name}));
  TRY(DropIndexesOf(call, write, name, delete_data, purge, data));
  return RecordTableEvent(call, *write, "DROP_TABLE", name, nullptr, &t);
}

Status MakeTable(Call& call, Store::WriteLease& write, Table t) { return CreateTable(call, write, std::move(t), {}, {}, {}); }

Status RecordTableEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const Table* before, const Table* after, const char* truncated,
                        int64_t write_id) {
  std::string extra;
  if (before && after) {
    extra = TableMembers(*before, "tableObjBeforeJson") + ",\"tableObjAfterJson\":" + JsonQuote(ThriftJson(*after)) + ",\"isTruncateOp\":\"" + truncated + "\"" + WriteIdMember(call, write_id);
  } else if (after) {
    extra = TableMembers(*after);
    if (std::string_view(type) == "CREATE_TABLE") extra += ",\"files\":" + (call.service.hive4() && IsExternal(*after) ? "[]" : FilesThere(*after->sd));
  }
  TableName of = name;   // Hive 4 files a rename under the new name
  if (before && after && call.service.hive4()) of = {after->catName, after->dbName, after->tableName};
  return RecordEvent(call, c, type, of, SimpleMessage(name, extra));
}

void AddTableCalls(Router& r) {
  r.Add<call::create_table, CreateTableCall>();
  r.Add<call::create_table_with_environment_context, CreateTableEnv>();
  r.Add<call::create_table_with_constraints, CreateTableConstraints>();
  r.Add<call::create_table_req, CreateTableReq>();
  r.Add<call::translate_table_dryrun, TranslateDryRun>();
  r.Add<call::get_table, GetTable>();
  r.Add<call::get_table_req, GetTableReq>();
  r.Add<call::get_table_objects_by_name, GetTablesByName>();
  r.Add<call::get_table_objects_by_name_req, GetTablesByNameReq>();
  r.Add<call::alter_table, AlterTableCall>();
  r.Add<call::alter_table_with_environment_context, AlterTableEnv>();
  r.Add<call::alter_table_with_cascade, AlterTableCascade>();
  r.Add<call::alter_table_req, AlterTableReq>();
  r.Add<call::drop_table, DropTableCall>();
  r.Add<call::drop_table_with_environment_context, DropTableEnv>();
  r.Add<call::drop_table_req, DropTableReq>();
  r.Add<call::truncate_table, TruncateTable>();
  r.Add<call::truncate_table_req, TruncateTableReq>();
}

}  // namespace tarn::metastore
