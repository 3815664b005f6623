// Hive 4's extensions: packages, stored procedures, data connectors, scheduled queries, replication metrics, properties. Kept and given
// back; a scheduled query is never due here, because nothing in this process runs queries.
#include <algorithm>

#include "metastore/calls/stats_internal.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/property_predicate.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

// Packages and procedures are HPL/SQL's: their own names have case.
std::string ExactKey(const std::string& catalog, const std::string& db, const std::string& name) {
  return (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + LowerName(db) + "." + name;
}
Status NoDatabase(const std::string& catalog, const std::string& db) { return NoSuchObject("There is no database " + (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + db); }
std::string Prefix(const std::string& catalog, const std::string& db) {
  return (catalog.empty() ? kDefaultCatalog : LowerName(catalog)) + "." + (db.empty() ? "" : LowerName(db) + ".");
}

// ---- packages and procedures ----

Status AddPackage(Call& call, add_package_args& a) {
  if (!a.request) return MetaError("request is null");
  const AddPackageRequest& q = *a.request;
  Package p{.catName = q.catName, .dbName = LowerName(q.dbName), .packageName = q.packageName, .ownerName = q.ownerName, .header = q.header, .body = q.body};
  auto write = TRY(call.service.store().Write());
  if (!TRY(FindDatabaseId(*write, q.catName.empty() ? kDefaultCatalog : LowerName(q.catName), p.dbName))) return MetaError("There is no database " + p.catName + "." + p.dbName);
  TRY(PutObject(*write, "package", ExactKey(q.catName, q.dbName, q.packageName), p));
  return write.Commit();
}
Result<Package> FindPackage(Call& call, find_package_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<Package>(*read, "package", ExactKey(a.request->catName, a.request->dbName, a.request->packageName), "HPL/SQL package " + a.request->dbName + "." + a.request->packageName + " does not exist");
}
Status DropPackage(Call& call, drop_package_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "package", ExactKey(a.request->catName, a.request->dbName, a.request->packageName)));
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
  p.dbName = LowerName(p.dbName);
  auto write = TRY(call.service.store().Write());
  if (!TRY(FindDatabaseId(*write, p.catName.empty() ? kDefaultCatalog : LowerName(p.catName), p.dbName))) return NoDatabase(p.catName, p.dbName);
  TRY(PutObject(*write, "procedure", ExactKey(p.catName, p.dbName, p.name), p));
  return write.Commit();
}
Result<StoredProcedure> GetProcedure(Call& call, get_stored_procedure_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<StoredProcedure>(*read, "procedure", ExactKey(a.request->catName, a.request->dbName, a.request->procName), "HPL/SQL StoredProcedure " + a.request->dbName + "." + a.request->procName + " does not exist");
}
Status DropProcedure(Call& call, drop_stored_procedure_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "procedure", ExactKey(a.request->catName, a.request->dbName, a.request->procName)));
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
  if (TRY(HasObject(*write, "connector", d.name))) return ObjectExists("DataConnector " + given->name + " already exists");
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
  DataConnector d = TRY(GetObject<DataConnector>(*write, "connector", key, "Dataconnector named " + name + " does not exist:null"));
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
  if (!TRY(DropObject(*write, "connector", LowerName(name))) && !if_exists) return NoSuchObject("DataConnector " + name + " doesn't exist");
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
  return GetObject<DataConnector>(*read, "connector", LowerName(a.request->connectorName), "Dataconnector named " + a.request->connectorName + " does not exist:null");
}
Result<Strings> ListConnectors(Call& call, get_dataconnectors_args&) {
  auto read = TRY(call.service.store().Read());
  Strings out;
  for (DataConnector& d : TRY(ListObjects<DataConnector>(*read, "connector"))) out.push_back(std::move(d.name));
  return out;
}

// ---- scheduled queries ----

std::string QueryKey(const ScheduledQueryKey& k) { return k.clusterNamespace + "/" + k.scheduleName; }
std::string QueryText(const ScheduledQueryKey& k) { return k.scheduleName + "@" + k.clusterNamespace; }
// Quartz's: six or seven fields of numbers and signs; days and months have names too. Which times they mean nobody asks here.
bool IsSchedule(const std::string& text) {
  int fields = 0;
  bool inside = false, good = true;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t', letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!blank && !inside) ++fields;
    inside = !blank;
    good = good && (blank || (letter && fields >= 4 && fields <= 6) || (c >= '0' && c <= '9') || std::string_view("*?/,-#").find(c) != std::string_view::npos);
  }
  return good && (fields == 6 || fields == 7);
}
Status MaintainQuery(Call& call, scheduled_query_maintenance_args& a) {
  if (!a.request || !a.request->scheduledQuery || !a.request->scheduledQuery->scheduleKey) return InvalidInput("scheduled query is null");
  const ScheduledQuery& q = *a.request->scheduledQuery;
  std::string key = QueryKey(*q.scheduleKey);
  if (a.request->type != ScheduledQueryMaintenanceRequestType::DROP && !IsSchedule(q.schedule)) {
    return InvalidInput("Invalid QUARTZ schedule expression: '" + q.schedule + "'");
  }
  auto write = TRY(call.service.store().Write());
  bool there = TRY(HasObject(*write, "scheduled_query", key));
  if (a.request->type == ScheduledQueryMaintenanceRequestType::CREATE) {
    if (there) return ObjectExists("Scheduled query with name: " + QueryText(*q.scheduleKey) + " already exists.");
    TRY(PutObject(*write, "scheduled_query", key, q));
  } else {
    if (!there) return NoSuchObject("Scheduled query with name: " + QueryText(*q.scheduleKey) + " doesn't exists.");
    if (a.request->type == ScheduledQueryMaintenanceRequestType::ALTER) TRY(PutObject(*write, "scheduled_query", key, q));
    else TRY(DropObject(*write, "scheduled_query", key));
  }
  return write.Commit();
}
Result<ScheduledQuery> GetQuery(Call& call, get_scheduled_query_args& a) {
  if (!a.scheduleKey) return MetaError("key is null");
  auto read = TRY(call.service.store().Read());
  return GetObject<ScheduledQuery>(*read, "scheduled_query", QueryKey(*a.scheduleKey), "There is no scheduled query for: " + QueryText(*a.scheduleKey));
}
Result<ScheduledQueryPollResponse> PollQuery(Call&, scheduled_query_poll_args&) { return ScheduledQueryPollResponse{}; }
// Nobody was given an execution to tell about.
Status QueryProgress(Call&, scheduled_query_progress_args& a) { return MetaError("No such scheduled execution: " + std::to_string(a.info ? a.info->scheduledExecutionId : 0)); }

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
    if (q.policy.empty() && q.has_dumpExecutionId() && it->dumpExecutionId != q.dumpExecutionId) continue;
    out.replicationMetricList.push_back(std::move(*it));
  }
  return out;
}

// ---- properties: maps of a namespace, kept as one map of "map name.property" ----

// Hive declares this one; others would come with a plug-in.
Status CheckNamespace(const std::string& name) {
  return name == "hms" ? Status::OK() : NoSuchObject("no PropertyManager namespace is declared, namespace " + name);
}
Result<bool> SetProperties(Call& call, set_properties_args& a) {
  if (!a.req) return MetaError("request is null");
  TRY(CheckNamespace(a.req->nameSpace));
  auto write = TRY(call.service.store().Write());
  auto old_map = GetObject<EnvironmentContext>(*write, "properties", a.req->nameSpace, "");
  EnvironmentContext all = old_map.ok() ? *old_map : EnvironmentContext{};
  for (const auto& [k, v] : a.req->propertyMap) all.properties[k] = v;
  TRY(PutObject(*write, "properties", a.req->nameSpace, all));
  TRY(write.Commit());
  return true;
}
Result<PropertyGetResponse> GetProperties(Call& call, get_properties_args& a) {
  if (!a.req) return MetaError("request is null");
  PropertyGetRequest& q = *a.req;
  TRY(CheckNamespace(q.nameSpace));
  PropertyGetResponse out;
  out.set_properties({});
  auto read = TRY(call.service.store().Read());
  auto all = GetObject<EnvironmentContext>(*read, "properties", q.nameSpace, "");
  std::map<std::string, std::map<std::string, std::string>> maps;
  if (all.ok()) {
    for (const auto& [key, value] : all->properties) {
      if (!key.starts_with(q.mapPrefix)) continue;
      size_t dot = key.rfind('.');
      maps[dot == std::string::npos ? "" : key.substr(0, dot)][dot == std::string::npos ? key : key.substr(dot + 1)] = value;
    }
  }
  if (q.has_mapPredicate()) {   // looked at even when there is nothing to apply it to
    if (auto s = MatchesPredicate(q.mapPredicate, {}); !s.ok()) return MetaError(s.status().message());
  }
  for (auto& [name, map] : maps) {
    if (q.has_mapPredicate() && !TRY(MatchesPredicate(q.mapPredicate, map))) continue;
    for (const auto& [property, value] : map) {
      bool wanted = q.mapSelection.empty() || std::find(q.mapSelection.begin(), q.mapSelection.end(), property) != q.mapSelection.end();
      if (wanted) out.properties[name][property] = value;
    }
  }
  return out;
}
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
}

}  // namespace tarn::metastore
