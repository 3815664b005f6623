// Databases: create, read, list, alter, drop.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "metastore/calls/drop_internal.h"
#include "metastore/events.h"
#include "metastore/rows.h"
#include "metastore/router.h"
#include "metastore/table_translation.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

// Hive 4 gives a database without an owner to the user whom the server runs as.
std::string ProcessUser() {
  passwd entry{}, *found = nullptr;
  char buffer[1024];
  return ::getpwuid_r(::geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found ? entry.pw_name : "";
}

Status CreateDatabase(Call& call, Database db) {
  if (!db.has_name()) return MetaError("database name is null");
  DbName name = ParseDbName(db.name, db.catalogName);
  bool valid = call.service.hive4() ? ValidHive4Name(name.db) && name.db.find(':') == std::string::npos : ValidDatabaseName(name.db);
  if (!valid) return InvalidObject(db.name + " is not a valid database name");
  auto write = TRY(call.service.store().Write());
  auto location = CatalogLocation(*write, name.catalog);
  if (!location.ok()) return FaultName(location.status()).empty() ? std::move(location).status() : InvalidObject("No such catalog " + name.catalog);
  if (TRY(FindDatabaseId(*write, name.catalog, name.db))) return ObjectExists("Database " + name.db + " already exists");
  const Warehouse& warehouse = call.service.warehouse();
  db.name = name.db;
  db.catalogName = name.catalog;
  db.set_parameters(std::move(db.parameters));
  if (call.service.hive4() && db.locationUri.empty() && name.catalog == kDefaultCatalog) db.locationUri = warehouse.ExternalDatabaseLocation(name.db);
  if (!db.managedLocationUri.empty()) db.managedLocationUri = TRY(warehouse.Qualify(db.managedLocationUri));
  db.locationUri = db.locationUri.empty() ? warehouse.DatabaseLocation(TRY(warehouse.Qualify(*location)), name.db) : TRY(warehouse.Qualify(db.locationUri));
  if (db.ownerType == PrincipalType{}) db.ownerType = PrincipalType::USER;
  if (call.service.options().authorization && db.ownerName.empty()) db.ownerName = call.caller.user;   // else nobody could use it
  if (call.service.hive4() && db.ownerName.empty()) db.ownerName = call.caller.user.empty() ? ProcessUser() : call.caller.user;
  if (call.service.hive4() && db.type == DatabaseType{}) db.type = DatabaseType::NATIVE;
  if (call.service.hive4() && db.createTime == 0) db.createTime = static_cast<int32_t>(WallClockMs() / 1000);
  db.privileges.Clear();
  if (!db.managedLocationUri.empty()) {   // first: it must not be there yet
    auto managed = warehouse.MakeDirectory(db.managedLocationUri);
    if (!managed.ok() || !*managed) return MetaError("Unable to create database managed directory " + db.managedLocationUri + ", failed to create database " + db.name);
    write.OnUndo([&warehouse, l = db.managedLocationUri] { warehouse.UndoMakeDirectory(l); });
  }
  auto made = warehouse.MakeDirectory(db.locationUri);
  if (!made.ok()) return MetaError("Unable to create database path " + db.locationUri + ", failed to create database " + db.name);
  if (*made) write.OnUndo([&warehouse, l = db.locationUri] { warehouse.UndoMakeDirectory(l); });
  int64_t id = TRY(NextIds(*write, "db"));
  TRY(write->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {id, name.catalog, name.db, SqlBlob{Encode(db)}}));
  TRY(RecordSimpleEvent(call, *write, "CREATE_DATABASE", {name.catalog, name.db, ""}, "\"dbJson\":" + JsonQuote(ThriftJson(db))));
  return write.Commit();
}

Status CreateDatabaseCall(Call& call, create_database_args& a) {
  if (!a.database) return InvalidObject("database is null");
  return CreateDatabase(call, std::move(*a.database));
}

Status CreateDatabaseReq(Call& call, create_database_req_args& a) {
  if (!a.createDatabaseRequest) return InvalidObject("request is null");
  CreateDatabaseRequest& q = *a.createDatabaseRequest;
  Database db;
  db.name = q.databaseName;
  db.description = q.description;
  db.locationUri = q.locationUri;
  db.parameters = q.parameters;
  db.ownerName = q.ownerName;
  db.ownerType = q.ownerType;
  db.catalogName = q.catalogName;
  db.createTime = q.createTime;
  db.managedLocationUri = q.managedLocationUri;
  db.type = q.type_v2 == "REMOTE" ? DatabaseType::REMOTE : q.type;
  db.connector_name = q.dataConnectorName;
  db.remote_dbname = q.remote_dbname;
  return CreateDatabase(call, std::move(db));
}

// Hive 4 says more of a database that is not there.
Result<DatabaseRow> Found(Call& call, const DbName& name, Result<DatabaseRow> row) {
  if (row.ok() || !call.service.hive4() || row.status().code() != StatusCode::kNotFound) return row;
  return NoSuchObject("database " + name.catalog + "." + name.db);
}

Result<Database> Read(Call& call, const DbName& name) {
  auto read = TRY(call.service.store().Read());
  return TRY(Found(call, name, LoadDatabase(*read, name.catalog, name.db))).db;
}
Result<Database> Read(Call& call, const DbName& name, const Strings& capabilities) {
  Database db = TRY(Read(call, name));
  TranslateForReader(call.service, capabilities, &db);
  return db;
}
Result<Database> GetDatabase(Call& call, get_database_args& a) { return Read(call, ParseDbName(a.name), {}); }
Result<Database> GetDatabaseReq(Call& call, get_database_req_args& a) {
  if (!a.request || !a.request->has_name()) return MetaError("Database name cannot be null.");
  return Read(call, ParseDbName(a.request->name, a.request->catalogName), a.request->processorCapabilities);
}

Result<Strings> List(Call& call, const DbName& catalog, std::string_view pattern_text) {
  NamePattern pattern(pattern_text);
  Strings out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT name FROM dbs WHERE ctlg = ? ORDER BY name", {catalog.catalog}, [&](const SqlRow& row) {
    if (pattern.Matches(row.Text(0))) out.push_back(row.String(0));
    return true;
  }));
  return out;
}
Result<Strings> GetAllDatabases(Call& call, get_all_databases_args&) { return List(call, {kDefaultCatalog, "", false}, ""); }
Result<Strings> GetDatabases(Call& call, get_databases_args& a) {
  DbName name = ParseDbName(a.pattern);
  if (a.has_pattern() && a.pattern.empty()) return Strings();   // empty is none; null is all
  return List(call, name, name.db);
}
Result<GetDatabaseObjectsResponse> GetDatabasesReq(Call& call, get_databases_req_args& a) {
  GetDatabaseObjectsRequest q;
  if (a.request) q = *a.request;
  DbName name = ParseDbName(q.pattern, q.catalogName);
  NamePattern pattern(name.db);
  GetDatabaseObjectsResponse out;
  Status decoded;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT name, doc FROM dbs WHERE ctlg = ? ORDER BY name", {name.catalog}, [&](const SqlRow& row) {
    if (!pattern.Matches(row.Text(0))) return true;
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), Database::desc(), &out.databases.emplace_back());
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}

Status AlterDatabase(Call& call, const DbName& name, const Database& change) {
  auto write = TRY(call.service.store().Write());
  if (!name.has_db) return MetaError("Database name cannot be null.");
  DatabaseRow row = TRY(Found(call, name, LoadDatabase(*write, name.catalog, name.db)));
  Database& db = row.db;
  std::string before = ThriftJson(db);
  db.set_parameters(change.parameters);
  if (change.has_ownerName()) db.ownerName = change.ownerName;
  else db.clear_ownerName();
  if (change.ownerType != PrincipalType{}) db.ownerType = change.ownerType;
  if (!change.description.empty()) db.set_description(change.description);
  if (!change.locationUri.empty()) db.locationUri = TRY(call.service.warehouse().Qualify(change.locationUri));
  if (!change.managedLocationUri.empty()) db.managedLocationUri = TRY(call.service.warehouse().Qualify(change.managedLocationUri));
  TRY(write->Run("UPDATE dbs SET doc = ? WHERE db_id = ?", {SqlBlob{Encode(db)}, row.id}));
  TRY(RecordSimpleEvent(call, *write, "ALTER_DATABASE", {name.catalog, name.db, ""},
                        "\"dbObjBeforeJson\":" + JsonQuote(before) + ",\"dbObjAfterJson\":" + JsonQuote(ThriftJson(db))));
  return write.Commit();
}
Status AlterDatabaseCall(Call& call, alter_database_args& a) {
  if (!a.db) return MetaError("database is null");
  return AlterDatabase(call, ParseDbName(a.dbname), *a.db);
}
Status AlterDatabaseReq(Call& call, alter_database_req_args& a) {
  if (!a.alterDbReq || !a.alterDbReq->newDb) return MetaError("database is null");
  return AlterDatabase(call, ParseDbName(a.alterDbReq->oldDbName), *a.alterDbReq->newDb);
}

Status DropDatabase(Call& call, const DbName& name, bool delete_data, bool cascade, bool ignore_unknown) {
  if (name.catalog == kDefaultCatalog && name.db == kDefaultDatabase) return MetaError("Can not drop default database in catalog hive");
  std::vector<DataToDelete> data;
  DirectoryChange directories(call.service.warehouse());
  {
    auto write = TRY(call.service.store().Write());
    auto loaded = LoadDatabase(*write, name.catalog, name.db);
    if (!loaded.ok() && ignore_unknown && loaded.status().code() == StatusCode::kNotFound) return Status::OK();
    DatabaseRow row = TRY(Found(call, name, std::move(loaded)));
    std::vector<TableName> tables;
    TRY(write->Each("SELECT name FROM tbls WHERE db_id = ? ORDER BY name", {row.id}, [&](const SqlRow& r) {
      tables.push_back({name.catalog, name.db, r.String(0)});
      return true;
    }));
    int64_t functions = TRY(write->Int("SELECT COUNT(*) FROM funcs WHERE db_id = ?", {row.id}, 0));
    if (!cascade && !tables.empty()) return InvalidOperation("Database " + name.db + " is not empty. One or more tables exist.");
    if (!cascade && functions) return InvalidOperation("Database " + name.db + " is not empty. One or more functions exist.");
    std::vector<std::string> dropped;
    TRY(write->Each("SELECT name FROM funcs WHERE db_id = ? ORDER BY name", {row.id}, [&](const SqlRow& f) { dropped.push_back(f.String(0)); return true; }));
    for (const std::string& f : dropped) TRY(RecordSimpleEvent(call, *write, "DROP_FUNCTION", {name.catalog, name.db, ""}, "\"functionName\":" + JsonQuote(f)));
    for (const TableName& t : tables) {
      TableRow table = TRY(FindTable(*write, t));
      if (!table.id) continue;   // an index's, gone with the table that it indexes
      TRY(DropTableRows(call, write, t, table, delete_data, false, &data));
    }
    TRY(write->Run("DELETE FROM funcs WHERE db_id = ?", {row.id}));
    TRY(write->Run("DELETE FROM privs WHERE ctlg = ? AND db = ?", {name.catalog, name.db}));
    TRY(write->Run("DELETE FROM dbs WHERE db_id = ?", {row.id}));
    for (const char* sql : {"DELETE FROM write_ids WHERE ctlg_db = ?", "DELETE FROM next_write_ids WHERE ctlg_db = ?"}) TRY(write->Run(sql, {name.catalog + "." + name.db}));
    TRY(RecordSimpleEvent(call, *write, "DROP_DATABASE", {name.catalog, name.db, ""}, call.service.hive4() ? "\"dbJson\":" + JsonQuote(ThriftJson(row.db)) : ""));
    if (delete_data) {
      data.push_back({row.db.locationUri, false});
      std::string managed = call.service.hive4() ? ManagedDatabasePath(call.service.warehouse(), row.db) : row.db.managedLocationUri;
      if (!managed.empty() && managed != row.db.locationUri) data.push_back({managed, false});
    }
    TRY(directories.SetAside(write, data));
    TRY(write.Commit());
    call.service.tables().ForgetAll();
  }
  directories.Finish();
  return Status::OK();
}
Status DropDatabaseCall(Call& call, drop_database_args& a) { return DropDatabase(call, ParseDbName(a.name), a.deleteData, a.cascade, false); }
Status DropDatabaseReq(Call& call, drop_database_req_args& a) {
  if (!a.req) return MetaError("request is null");
  return DropDatabase(call, ParseDbName(a.req->name, a.req->catalogName), a.req->deleteData, a.req->cascade, a.req->ignoreUnknownDb);
}
}  // namespace

void AddDatabaseCalls(Router& r) {
  r.Add<call::create_database, CreateDatabaseCall>();
  r.Add<call::create_database_req, CreateDatabaseReq>();
  r.Add<call::get_database, GetDatabase>();
  r.Add<call::get_database_req, GetDatabaseReq>();
  r.Add<call::get_all_databases, GetAllDatabases>();
  r.Add<call::get_databases, GetDatabases>();
  r.Add<call::get_databases_req, GetDatabasesReq>();
  r.Add<call::alter_database, AlterDatabaseCall>();
  r.Add<call::alter_database_req, AlterDatabaseReq>();
  r.Add<call::drop_database, DropDatabaseCall>();
  r.Add<call::drop_database_req, DropDatabaseReq>();
}

}  // namespace tarn::metastore
