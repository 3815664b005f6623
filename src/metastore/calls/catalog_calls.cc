// Catalogs.
#include "metastore/calls/stats_internal.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "metastore/rows.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

Result<Catalog> Load(SqlConnection& c, const std::string& name) {
  Catalog out;
  Status decoded;
  bool found = TRY(c.One("SELECT doc FROM ctlgs WHERE name = ?", {name}, [&](const SqlRow& row) {
    decoded = DecodeStruct(Protocol::kCompact, row.Text(0), Catalog::desc(), &out);
  }));
  TRY(decoded);
  if (!found) return NoSuchObject("No catalog " + name);
  return out;
}

Status Create(Call& call, create_catalog_args& a) {
  if (!a.catalog || !a.catalog->catalog) return InvalidObject("catalog is null");
  Catalog c = *a.catalog->catalog;
  std::string given = c.name;
  c.name = LowerName(c.name);
  if (!ValidDatabaseName(c.name)) return InvalidObject(given + " is not a valid catalog name");
  if (c.locationUri.empty()) return InvalidObject("You must specify a path for the catalog");
  const Warehouse& warehouse = call.service.warehouse();
  std::string directory = TRY(warehouse.Qualify(c.locationUri));   // kept as given
  auto write = TRY(call.service.store().Write());
  if (TRY(CatalogExists(*write, c.name))) return ObjectExists("Catalog " + c.name + " already exists");
  if (TRY(warehouse.MakeDirectory(directory))) write.OnUndo([&warehouse, l = directory] { warehouse.UndoMakeDirectory(l); });
  if (call.service.hive4()) c.createTime = NowSeconds();
  TRY(write->Run("INSERT INTO ctlgs (name, doc) VALUES (?, ?)", {c.name, SqlBlob{Encode(c)}}));
  // Each catalog has a default database.
  Database db;
  db.name = kDefaultDatabase;
  db.description = "Default database for catalog " + c.name;
  db.locationUri = directory;
  db.set_parameters({});
  db.ownerName = "public";
  db.ownerType = PrincipalType::ROLE;
  db.catalogName = c.name;
  TRY(write->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {TRY(NextIds(*write, "db")), c.name, kDefaultDatabase, SqlBlob{Encode(db)}}));
  // Hive's listener knows no catalogs, only the database in it.
  TRY(RecordSimpleEvent(call, *write, "CREATE_DATABASE", {c.name, kDefaultDatabase, ""}, "\"dbJson\":" + JsonQuote(ThriftJson(db))));
  return write.Commit();
}

Status Alter(Call& call, alter_catalog_args& a) {
  if (!a.rqst || !a.rqst->newCat) return InvalidOperation("catalog is null");
  std::string name = LowerName(a.rqst->name);
  const Catalog& change = *a.rqst->newCat;
  auto write = TRY(call.service.store().Write());
  Catalog c = TRY(Load(*write, name));
  if (!change.name.empty() && LowerName(change.name) != name) return InvalidOperation("Cannot rename a catalog");
  if (change.has_description()) c.set_description(change.description);
  if (!change.locationUri.empty()) {
    TRY(call.service.warehouse().Qualify(change.locationUri));
    c.locationUri = change.locationUri;
  }
  TRY(write->Run("UPDATE ctlgs SET doc = ? WHERE name = ?", {SqlBlob{Encode(c)}, name}));
  return write.Commit();
}

Result<GetCatalogResponse> Get(Call& call, get_catalog_args& a) {
  if (!a.catName) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  GetCatalogResponse out;
  out.catalog = TRY(Load(*read, LowerName(a.catName->name)));
  return out;
}
Result<GetCatalogsResponse> List(Call& call, get_catalogs_args&) {
  GetCatalogsResponse out;
  out.set_names({});
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT name FROM ctlgs ORDER BY name", {}, [&](const SqlRow& row) { out.names.push_back(row.String(0)); return true; }));
  return out;
}

Status Drop(Call& call, drop_catalog_args& a) {
  if (!a.catName) return MetaError("request is null");
  std::string name = LowerName(a.catName->name);
  if (name == kDefaultCatalog) return MetaError("Can not drop hive catalog");
  auto write = TRY(call.service.store().Write());
  auto loaded = Load(*write, name);
  if (!loaded.ok() && a.catName->ifExists && loaded.status().code() == StatusCode::kNotFound) return Status::OK();
  Catalog c = TRY(std::move(loaded));
  int64_t dbs = TRY(write->Int("SELECT COUNT(*) FROM dbs WHERE ctlg = ? AND name <> 'default'", {name}, 0));
  int64_t tables = TRY(write->Int("SELECT COUNT(*) FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ?", {name}, 0));
  int64_t functions = TRY(write->Int("SELECT COUNT(*) FROM dbs d JOIN funcs f ON f.db_id = d.db_id WHERE d.ctlg = ?", {name}, 0));
  if (dbs) return InvalidOperation("There are non-default databases in the catalog " + name + " so it cannot be dropped.");
  if (tables || functions) return InvalidOperation("Default database is not empty in the catalog " + name + ", so it cannot be dropped.");
  auto db = LoadDatabase(*write, name, kDefaultDatabase);   // may have been dropped
  TRY(write->Run("DELETE FROM dbs WHERE ctlg = ?", {name}));
  TRY(write->Run("DELETE FROM ctlgs WHERE name = ?", {name}));
  if (db.ok()) TRY(RecordSimpleEvent(call, *write, "DROP_DATABASE", {name, kDefaultDatabase, ""}));
  TRY(write.Commit());
  for (const std::string& l : {db.ok() ? db->db.locationUri : c.locationUri, c.locationUri}) {   // only when nothing is in it
    if (auto directory = call.service.warehouse().Qualify(l); directory.ok()) call.service.warehouse().DeleteIfEmpty(*directory);
  }
  return Status::OK();
}
}  // namespace

void AddCatalogCalls(Router& r) {
  r.Add<call::create_catalog, Create>();
  r.Add<call::alter_catalog, Alter>();
  r.Add<call::get_catalog, Get>();
  r.Add<call::get_catalogs, List>();
  r.Add<call::drop_catalog, Drop>();
}

}  // namespace tarn::metastore
