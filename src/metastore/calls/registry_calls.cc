// The schema registry (ISchema, its versions, serdes). Kept and given back.
#include <algorithm>

#include "fmt/format.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

std::string Key(const std::string& catalog, const std::string& db, const std::string& name) {
  return (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + LowerName(db) + "." + LowerName(name);
}
std::string Key(const ISchemaName& n) { return Key(n.catName, n.dbName, n.schemaName); }
std::string VersionKey(const std::string& schema, int32_t version) { return fmt::format("{}/{:010}", schema, version); }
// As Thrift's Java classes write themselves: Hive's messages hold them so.
std::string Text(const ISchemaName& n) { return fmt::format("ISchemaName(catName:{}, dbName:{}, schemaName:{})", n.catName, n.dbName, n.schemaName); }
std::string NoSchema(const ISchemaName& n) { return "No schema named " + Text(n) + " exists"; }
std::string NoVersion(const SchemaVersionDescriptor& d) { return fmt::format("No schema version SchemaVersionDescriptor(schema:{}, version:{})", Text(*d.schema), d.version); }

Status Create(Call& call, create_ischema_args& a) {
  if (!a.schema) return MetaError("schema is null");
  ISchema s = *a.schema;
  s.name = LowerName(s.name);
  s.dbName = LowerName(s.dbName);
  if (s.catName.empty()) s.catName = kDefaultCatalog;
  std::string key = Key(s.catName, s.dbName, s.name);
  auto write = TRY(call.service.store().Write());
  if (!TRY(FindDatabaseId(*write, LowerName(s.catName), s.dbName))) return NoSuchObject("There is no database " + s.catName + "." + s.dbName);
  if (TRY(HasObject(*write, "ischema", key))) return ObjectExists("Schema with name " + s.dbName + "." + a.schema->name + " already exists");
  TRY(PutObject(*write, "ischema", key, s));
  return write.Commit();
}
Status Alter(Call& call, alter_ischema_args& a) {
  if (!a.rqst || !a.rqst->name || !a.rqst->newSchema) return MetaError("schema is null");
  std::string key = Key(*a.rqst->name);
  auto write = TRY(call.service.store().Write());
  ISchema s = TRY(GetObject<ISchema>(*write, "ischema", key, "Could not find schema " + Text(*a.rqst->name)));
  const ISchema& n = *a.rqst->newSchema;   // what Hive lets change
  s.compatibility = n.compatibility;
  s.validationLevel = n.validationLevel;
  s.canEvolve = n.canEvolve;
  if (n.has_schemaGroup()) s.schemaGroup = n.schemaGroup;
  if (n.has_description()) s.description = n.description;
  TRY(PutObject(*write, "ischema", key, s));
  return write.Commit();
}
Result<ISchema> Get(Call& call, get_ischema_args& a) {
  if (!a.name) return MetaError("name is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<ISchema>(*read, "ischema", Key(*a.name), NoSchema(*a.name));
}
Status Drop(Call& call, drop_ischema_args& a) {
  if (!a.name) return MetaError("name is null");
  std::string key = Key(*a.name);
  auto write = TRY(call.service.store().Write());
  if (!TRY(HasObject(*write, "ischema", key))) return NoSuchObject("Schema " + Text(*a.name) + " does not exist");
  if (!TRY(ListObjects<SchemaVersion>(*write, "schema_version", key + "/")).empty()) return InvalidOperation("Schema " + Text(*a.name) + " cannot be dropped, it has at least one valid version");
  TRY(DropObject(*write, "ischema", key));
  return write.Commit();
}

Status AddVersion(Call& call, add_schema_version_args& a) {
  if (!a.schemaVersion || !a.schemaVersion->schema) return MetaError("schema version is null");
  const SchemaVersion& v = *a.schemaVersion;
  std::string key = Key(*v.schema);
  auto write = TRY(call.service.store().Write());
  if (!TRY(HasObject(*write, "ischema", key))) return NoSuchObject("No schema named " + Text(*v.schema));
  if (TRY(HasObject(*write, "schema_version", VersionKey(key, v.version)))) return ObjectExists(fmt::format("Schema name {} version {} already exists", Text(*v.schema), v.version));
  TRY(PutObject(*write, "schema_version", VersionKey(key, v.version), v));
  return write.Commit();
}
Result<SchemaVersion> LoadVersion(SqlConnection& c, const SchemaVersionDescriptor& d, const char* end = "") {
  return GetObject<SchemaVersion>(c, "schema_version", VersionKey(Key(*d.schema), d.version), NoVersion(d) + end);
}
Result<SchemaVersion> GetVersion(Call& call, get_schema_version_args& a) {
  if (!a.schemaVersion || !a.schemaVersion->schema) return MetaError("schema version is null");
  auto read = TRY(call.service.store().Read());
  return LoadVersion(*read, *a.schemaVersion, "exists");
}
// The newest first.
Result<std::vector<SchemaVersion>> Versions(Call& call, const Box<ISchemaName>& name) {
  if (!name) return MetaError("name is null");
  std::string key = Key(*name);
  auto read = TRY(call.service.store().Read());
  auto out = TRY(ListObjects<SchemaVersion>(*read, "schema_version", key + "/"));
  if (out.empty()) return NoSuchObject("No versions of schema " + Text(*name) + "exist");
  std::reverse(out.begin(), out.end());
  return out;
}
Result<SchemaVersion> GetLatest(Call& call, get_schema_latest_version_args& a) {
  auto all = TRY(Versions(call, a.schemaName));
  return std::move(all.front());
}
Result<std::vector<SchemaVersion>> GetAll(Call& call, get_schema_all_versions_args& a) {
  return Versions(call, a.schemaName);
}
Status DropVersion(Call& call, drop_schema_version_args& a) {
  if (!a.schemaVersion || !a.schemaVersion->schema) return MetaError("schema version is null");
  std::string key = Key(*a.schemaVersion->schema);
  auto write = TRY(call.service.store().Write());
  if (!TRY(DropObject(*write, "schema_version", VersionKey(key, a.schemaVersion->version)))) return NoSuchObject(NoVersion(*a.schemaVersion));
  return write.Commit();
}
Result<FindSchemasByColsResp> ByColumns(Call& call, get_schemas_by_cols_args& a) {
  FindSchemasByColsRqst q;
  if (a.rqst) q = *a.rqst;
  if (q.colName.empty() && q.colNamespace.empty() && q.type.empty()) return MetaError("You must specify column name, column namespace, or column type");
  FindSchemasByColsResp out;
  out.set_schemaVersions({});
  auto read = TRY(call.service.store().Read());
  for (const SchemaVersion& v : TRY(ListObjects<SchemaVersion>(*read, "schema_version"))) {
    bool match = std::any_of(v.cols.begin(), v.cols.end(), [&](const FieldSchema& f) {
      return (q.colName.empty() || LowerName(f.name) == LowerName(q.colName)) && (q.colNamespace.empty() || f.comment == q.colNamespace) && (q.type.empty() || f.type == q.type);
    });
    if (match) out.schemaVersions.push_back({.schema = v.schema, .version = v.version});
  }
  return out;
}
Status MapSerde(Call& call, map_schema_version_to_serde_args& a) {
  if (!a.rqst || !a.rqst->schemaVersion || !a.rqst->schemaVersion->schema) return MetaError("schema version is null");
  auto write = TRY(call.service.store().Write());
  SchemaVersion v = TRY(LoadVersion(*write, *a.rqst->schemaVersion));
  v.serDe = TRY(GetObject<SerDeInfo>(*write, "serde", a.rqst->serdeName, "No SerDe named " + a.rqst->serdeName));
  TRY(PutObject(*write, "schema_version", VersionKey(Key(*v.schema), v.version), v));
  return write.Commit();
}
Status SetState(Call& call, set_schema_version_state_args& a) {
  if (!a.rqst || !a.rqst->schemaVersion || !a.rqst->schemaVersion->schema) return MetaError("schema version is null");
  auto write = TRY(call.service.store().Write());
  SchemaVersion v = TRY(LoadVersion(*write, *a.rqst->schemaVersion));
  v.state = a.rqst->state;
  TRY(PutObject(*write, "schema_version", VersionKey(Key(*v.schema), v.version), v));
  return write.Commit();
}
Status AddSerde(Call& call, add_serde_args& a) {
  if (!a.serde) return MetaError("serde is null");
  auto write = TRY(call.service.store().Write());
  if (TRY(HasObject(*write, "serde", a.serde->name))) return ObjectExists("Serde with name " + a.serde->name + " already exists");
  TRY(PutObject(*write, "serde", a.serde->name, *a.serde));
  return write.Commit();
}
Result<SerDeInfo> GetSerde(Call& call, get_serde_args& a) {
  if (!a.rqst) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<SerDeInfo>(*read, "serde", a.rqst->serdeName, "No SerDe named " + a.rqst->serdeName);
}
}  // namespace

void AddRegistryCalls(Router& r) {
  r.Add<call::create_ischema, Create>(Depth::kStored);
  r.Add<call::alter_ischema, Alter>(Depth::kStored);
  r.Add<call::get_ischema, Get>(Depth::kStored);
  r.Add<call::drop_ischema, Drop>(Depth::kStored);
  r.Add<call::add_schema_version, AddVersion>(Depth::kStored);
  r.Add<call::get_schema_version, GetVersion>(Depth::kStored);
  r.Add<call::get_schema_latest_version, GetLatest>(Depth::kStored);
  r.Add<call::get_schema_all_versions, GetAll>(Depth::kStored);
  r.Add<call::drop_schema_version, DropVersion>(Depth::kStored);
  r.Add<call::get_schemas_by_cols, ByColumns>(Depth::kStored);
  r.Add<call::map_schema_version_to_serde, MapSerde>(Depth::kStored);
  r.Add<call::set_schema_version_state, SetState>(Depth::kStored);
  r.Add<call::add_serde, AddSerde>(Depth::kStored);
  r.Add<call::get_serde, GetSerde>(Depth::kStored);
}

}  // namespace tarn::metastore
