// Hive 4's extensions: packages, stored procedures, data connectors, scheduled queries, replication metrics, properties. Kept and given
// back; a scheduled query is never due here, because nothing in this process runs queries.
#include <algorithm>

#include "metastore/calls/stats_internal.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

std::string Key(const std::string& catalog, const std::string& db, const std::string& name) {
  return (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + LowerName(db) + "." + LowerName(name);
}
std::string Prefix(const std::string& catalog, const std::string& db) {
  return (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + (db.empty() ? "" : LowerName(db) + ".");
}

// ---- packages and procedures ----

Status AddPackage(Call& call, add_package_args& a) {
  if (!a.request) return MetaError("request is null");
  const AddPackageRequest& q = *a.request;
  Package p{.catName = q.catName, .dbName = LowerName(q.dbName), .packageName = LowerName(q.packageName), .ownerName = q.ownerName, .header = q.header, .body = q.body};
  auto write = TRY(call.service.store().Write());
  TRY(PutObject(*write, "package", Key(q.catName, q.dbName, q.packageName), p));
  return write.Commit();
}
Result<Package> FindPackage(Call& call, find_package_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<Package>(*read, "package", Key(a.request->catName, a.request->dbName, a.request->packageName), "Package " + a.request->packageName + " not found");
}
Status DropPackage(Call& call, drop_package_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "package", Key(a.request->catName, a.request->dbName, a.request->packageName)));
  return write.Commit();
}
Result<Strings> AllPackages(Call& call, get_all_packages_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  Strings out;
  for (Package& p : TRY(ListObjects<Package>(*read, "package", Prefix(a.request->catName, a.request->dbName)))) out.push_back(std::move(p.packageName));
  return out;
}
Status CreateProcedure(Call& call, create_stored_procedure_args& a) {
  if (!a.proc) return MetaError("procedure is null");
  StoredProcedure p = *a.proc;
  p.name = LowerName(p.name);
  p.dbName = LowerName(p.dbName);
  auto write = TRY(call.service.store().Write());
  if (!TRY(FindDatabaseId(*write, p.catName.empty() ? kDefaultCatalog : LowerName(p.catName), p.dbName))) return NoSuchObject("There is no database " + p.dbName);
  TRY(PutObject(*write, "procedure", Key(p.catName, p.dbName, p.name), p));
  return write.Commit();
}
Result<StoredProcedure> GetProcedure(Call& call, get_stored_procedure_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<StoredProcedure>(*read, "procedure", Key(a.request->catName, a.request->dbName, a.request->procName), "Stored procedure " + a.request->procName + " not found");
}
Status DropProcedure(Call& call, drop_stored_procedure_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "procedure", Key(a.request->catName, a.request->dbName, a.request->procName)));
  return write.Commit();
}
Result<Strings> AllProcedures(Call& call, get_all_stored_procedures_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  Strings out;
  for (StoredProcedure& p : TRY(ListObjects<StoredProcedure>(*read, "procedure", Prefix(a.request->catName, a.request->dbName)))) out.push_back(std::move(p.name));
  return out;
}

// ---- data connectors ----

Status CreateConnector(Call& call, const Box<DataConnector>& given) {
  if (!given) return InvalidObject("connector is null");
  DataConnector d = *given;
  d.name = LowerName(d.name);
  if (!ValidDatabaseName(d.name)) return InvalidObject(given->name + " is not a valid data connector name");
  if (!d.createTime) d.createTime = NowSeconds();
  auto write = TRY(call.service.store().Write());
  if (TRY(HasObject(*write, "connector", d.name))) return ObjectExists("Data connector " + d.name + " already exists");
  TRY(PutObject(*write, "connector", d.name, d));
  return write.Commit();
}
Status CreateConnectorOld(Call& call, create_dataconnector_args& a) { return CreateConnector(call, a.connector); }
Status CreateConnectorReq(Call& call, create_dataconnector_req_args& a) {
  if (!a.connectorReq) return InvalidObject("request is null");
  return CreateConnector(call, a.connectorReq->connector);
}
Status AlterConnector(Call& call, const std::string& name, const Box<DataConnector>& given) {
  if (!given) return MetaError("connector is null");
  std::string key = LowerName(name);
  auto write = TRY(call.service.store().Write());
  DataConnector d = TRY(GetObject<DataConnector>(*write, "connector", key, "Data connector " + key + " does not exist"));
  if (given->has_url()) d.url = given->url;
  if (given->has_parameters()) d.parameters = given->parameters;
  if (given->has_ownerName()) d.ownerName = given->ownerName;
  if (given->ownerType != PrincipalType{}) d.ownerType = given->ownerType;
  if (given->has_description()) d.description = given->description;
  TRY(PutObject(*write, "connector", key, d));
  return write.Commit();
}
Status AlterConnectorOld(Call& call, alter_dataconnector_args& a) { return AlterConnector(call, a.name, a.connector); }
Status AlterConnectorReq(Call& call, alter_dataconnector_req_args& a) {
  if (!a.alterReq) return MetaError("request is null");
  return AlterConnector(call, a.alterReq->connectorName, a.alterReq->newConnector);
}
Status DropConnector(Call& call, const std::string& name, bool if_exists) {
  auto write = TRY(call.service.store().Write());
  if (!TRY(DropObject(*write, "connector", LowerName(name))) && !if_exists) return NoSuchObject("Data connector " + name + " does not exist");
  return write.Commit();
}
Status DropConnectorOld(Call& call, drop_dataconnector_args& a) { return DropConnector(call, a.name, a.ifNotExists); }
Status DropConnectorReq(Call& call, drop_dataconnector_req_args& a) {
  if (!a.dropDcReq) return MetaError("request is null");
  return DropConnector(call, a.dropDcReq->connectorName, a.dropDcReq->ifNotExists);
}
Result<DataConnector> GetConnector(Call& call, get_dataconnector_req_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<DataConnector>(*read, "connector", LowerName(a.request->connectorName), "Data connector " + a.request->connectorName + " does not exist");
}
Result<Strings> ListConnectors(Call& call, get_dataconnectors_args&) {
  auto read = TRY(call.service.store().Read());
  Strings out;
  for (DataConnector& d : TRY(ListObjects<DataConnector>(*read, "connector"))) out.push_back(std::move(d.name));
  return out;
}

// ---- scheduled queries ----

std::string QueryKey(const ScheduledQueryKey& k) { return k.clusterNamespace + "/" + k.scheduleName; }
Status MaintainQuery(Call& call, scheduled_query_maintenance_args& a) {
  if (!a.request || !a.request->scheduledQuery || !a.request->scheduledQuery->scheduleKey) return InvalidInput("scheduled query is null");
  const ScheduledQuery& q = *a.request->scheduledQuery;
  std::string key = QueryKey(*q.scheduleKey);
  auto write = TRY(call.service.store().Write());
  bool there = TRY(HasObject(*write, "scheduled_query", key));
  if (a.request->type == ScheduledQueryMaintenanceRequestType::CREATE) {
    if (there) return ObjectExists("Scheduled query with name: " + key + " already exists.");
    TRY(PutObject(*write, "scheduled_query", key, q));
  } else {
    if (!there) return NoSuchObject("Scheduled query with name: " + key + " does not exist.");
    if (a.request->type == ScheduledQueryMaintenanceRequestType::ALTER) TRY(PutObject(*write, "scheduled_query", key, q));
    else TRY(DropObject(*write, "scheduled_query", key));
  }
  return write.Commit();
}
Result<ScheduledQuery> GetQuery(Call& call, get_scheduled_query_args& a) {
  if (!a.scheduleKey) return MetaError("key is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<ScheduledQuery>(*read, "scheduled_query", QueryKey(*a.scheduleKey), "There is no scheduled query for: " + QueryKey(*a.scheduleKey));
}
Result<ScheduledQueryPollResponse> PollQuery(Call&, scheduled_query_poll_args&) { return ScheduledQueryPollResponse{}; }
Status QueryProgress(Call&, scheduled_query_progress_args&) { return Status::OK(); }

// ---- replication metrics ----

Status AddMetrics(Call& call, add_replication_metrics_args& a) {
  if (!a.replicationMetricList) return MetaError("metrics are null");
  auto write = TRY(call.service.store().Write());
  for (const ReplicationMetrics& m : a.replicationMetricList->replicationMetricList) {
    std::string key = std::to_string(1'000'000'000'000u + static_cast<uint64_t>(m.scheduledExecutionId));
    auto old_metrics = GetObject<ReplicationMetrics>(*write, "replication_metrics", key, "");
    ReplicationMetrics x = old_metrics.ok() ? *old_metrics : m;
    if (m.has_progress()) x.progress = m.progress;
    if (m.has_metadata()) x.metadata = m.metadata;
    TRY(PutObject(*write, "replication_metrics", key, x));
  }
  return write.Commit();
}
Result<ReplicationMetricList> GetMetrics(Call& call, get_replication_metrics_args& a) {
  GetReplicationMetricsRequest q;
  if (a.rqst) q = *a.rqst;
  ReplicationMetricList out;
  out.set_replicationMetricList({});
  auto read = TRY(call.service.store().Read());
  auto all = TRY(ListObjects<ReplicationMetrics>(*read, "replication_metrics"));
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (q.has_scheduledExecutionId() && it->scheduledExecutionId != q.scheduledExecutionId) continue;
    if (!q.policy.empty() && it->policy != q.policy) continue;
    if (q.has_dumpExecutionId() && it->dumpExecutionId != q.dumpExecutionId) continue;
    out.replicationMetricList.push_back(std::move(*it));
  }
  return out;
}

// ---- properties: maps of a namespace, kept as one map of "map name/property" ----

Result<bool> SetProperties(Call& call, set_properties_args& a) {
  if (!a.req) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  auto old_map = GetObject<EnvironmentContext>(*write, "properties", a.req->nameSpace, "");
  EnvironmentContext all = old_map.ok() ? *old_map : EnvironmentContext{};
  for (const auto& [k, v] : a.req->propertyMap) {
    if (v.empty()) all.properties.erase(k);
    else all.properties[k] = v;
  }
  TRY(PutObject(*write, "properties", a.req->nameSpace, all));
  TRY(write.Commit());
  return true;
}
Result<PropertyGetResponse> GetProperties(Call& call, get_properties_args& a) {
  if (!a.req) return MetaError("request is null");
  PropertyGetRequest& q = *a.req;
  if (!q.mapPredicate.empty()) return MetaError("get_properties with a predicate is not supported");
  PropertyGetResponse out;
  out.set_properties({});
  auto read = TRY(call.service.store().Read());
  auto all = GetObject<EnvironmentContext>(*read, "properties", q.nameSpace, "");
  if (!all.ok()) return out;
  for (const auto& [key, value] : all->properties) {
    if (!key.starts_with(q.mapPrefix)) continue;
    size_t dot = key.rfind('.');
    std::string map = dot == std::string::npos ? "" : key.substr(0, dot), property = dot == std::string::npos ? key : key.substr(dot + 1);
    bool wanted = q.mapSelection.empty() || std::find(q.mapSelection.begin(), q.mapSelection.end(), property) != q.mapSelection.end();
    if (wanted) out.properties[map][property] = value;
  }
  return out;
}
Result<std::vector<WriteEventInfo>> WriteEvents(Call&, get_all_write_event_info_args&) { return std::vector<WriteEventInfo>(); }
}  // namespace

void AddExtensionCalls(Router& r) {
  r.Add<call::add_package, AddPackage>(Depth::kStored);
  r.Add<call::find_package, FindPackage>(Depth::kStored);
  r.Add<call::drop_package, DropPackage>(Depth::kStored);
  r.Add<call::get_all_packages, AllPackages>(Depth::kStored);
  r.Add<call::create_stored_procedure, CreateProcedure>(Depth::kStored);
  r.Add<call::get_stored_procedure, GetProcedure>(Depth::kStored);
  r.Add<call::drop_stored_procedure, DropProcedure>(Depth::kStored);
  r.Add<call::get_all_stored_procedures, AllProcedures>(Depth::kStored);
  r.Add<call::create_dataconnector, CreateConnectorOld>(Depth::kStored);
  r.Add<call::create_dataconnector_req, CreateConnectorReq>(Depth::kStored);
  r.Add<call::alter_dataconnector, AlterConnectorOld>(Depth::kStored);
  r.Add<call::alter_dataconnector_req, AlterConnectorReq>(Depth::kStored);
  r.Add<call::drop_dataconnector, DropConnectorOld>(Depth::kStored);
  r.Add<call::drop_dataconnector_req, DropConnectorReq>(Depth::kStored);
  r.Add<call::get_dataconnector_req, GetConnector>(Depth::kStored);
  r.Add<call::get_dataconnectors, ListConnectors>(Depth::kStored);
  r.Add<call::scheduled_query_maintenance, MaintainQuery>(Depth::kStored);
  r.Add<call::get_scheduled_query, GetQuery>(Depth::kStored);
  r.Add<call::scheduled_query_poll, PollQuery>(Depth::kFixed);
  r.Add<call::scheduled_query_progress, QueryProgress>(Depth::kFixed);
  r.Add<call::add_replication_metrics, AddMetrics>(Depth::kStored);
  r.Add<call::get_replication_metrics, GetMetrics>(Depth::kStored);
  r.Add<call::set_properties, SetProperties>(Depth::kStored);
  r.Add<call::get_properties, GetProperties>(Depth::kStored);
  r.Add<call::get_all_write_event_info, WriteEvents>(Depth::kFixed);
}

}  // namespace tarn::metastore
