// Calls whose objects are kept and given back, and lists of them: runtime statistics, types, serdes, materialized views' metadata,
// the file-metadata cache. Tier 3 that has families of its own: workload_calls.cc, registry_calls.cc, extension_calls.cc.
#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/calls/table_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

// ---- runtime statistics ----

Status AddRuntimeStats(Call& call, add_runtime_stats_args& a) {
  if (!a.stat) return MetaError("statistics are null");
  RuntimeStat s = *a.stat;
  s.createTime = NowSeconds();   // whatever the client says
  auto write = TRY(call.service.store().Write());
  int64_t id = TRY(NextIds(*write, "runtime_stat"));
  TRY(PutObject(*write, "runtime_stat", std::to_string(1'000'000'000'000 + id), s));
  TRY(write.Commit());
  return Status::OK();
}
// The newest first, until their weights reach the limit.
Result<std::vector<RuntimeStat>> GetRuntimeStats(Call& call, get_runtime_stats_args& a) {
  GetRuntimeStatsRequest q;
  if (a.rqst) q = *a.rqst;
  auto read = TRY(call.service.store().Read());
  std::vector<RuntimeStat> all = TRY(ListObjects<RuntimeStat>(*read, "runtime_stat"));
  std::reverse(all.begin(), all.end());
  std::vector<RuntimeStat> out;
  int64_t weight = 0;
  for (RuntimeStat& s : all) {
    if (q.maxCreateTime > 0 && s.createTime >= q.maxCreateTime) continue;
    if (q.maxWeight >= 0 && weight >= q.maxWeight) break;
    weight += s.weight;
    out.push_back(std::move(s));
  }
  return out;
}

// ---- types ----

Result<bool> CreateType(Call& call, create_type_args& a) {
  if (!a.type) return InvalidObject("type is null");
  auto write = TRY(call.service.store().Write());
  if (TRY(HasObject(*write, "type", a.type->name))) return ObjectExists("Type " + a.type->name + " already exists");
  TRY(PutObject(*write, "type", a.type->name, *a.type));
  TRY(write.Commit());
  return true;
}
Result<Type> GetType(Call& call, get_type_args& a) {
  auto read = TRY(call.service.store().Read());
  return GetObject<Type>(*read, "type", a.name, "Type \"" + a.name + "\" not found.");
}
Result<bool> DropType(Call& call, drop_type_args& a) {
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "type", a.type));   // a missing one is no error, as in Hive
  TRY(write.Commit());
  return true;
}
Result<std::map<std::string, Type>> GetTypeAll(Call&, get_type_all_args&) { return MetaError("Not yet implemented"); }   // nor in Hive

// ---- materialized views ----

Status UpdateCreationMetadata(Call& call, update_creation_metadata_args& a) {
  TableName name = MakeTableName(ParseDbName(a.dbname, a.catName), a.tbl_name);
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(FindTable(*write, name));
  if (!row.id) return InvalidOperation("Materialized view " + name.Full() + " does not exist");
  Table t = *row.table;
  t.creationMetadata = a.creation_metadata;
  StampCreation(&t);
  TRY(UpdateTable(*write, row.id, row.db_id, t));
  TRY(write.Commit());
  call.service.tables().Forget(name);
  return Status::OK();
}
// The high write id of each table in a view's snapshot: "txn$db.table:high:open:...$...".
std::map<std::string, int64_t> Snapshot(const std::string& text) {
  std::map<std::string, int64_t> out;
  Strings parts = Split(text, '$');
  for (size_t i = 1; i < parts.size(); ++i) {
    Strings words = Split(parts[i], ':');
    if (words.size() > 1) out[ToLower(words[0])] = std::atoll(words[1].c_str());
  }
  return out;
}
// Whether the sources changed in a way that only a full rebuild can follow. Which writes were updates is not kept: a table that was
// written at all since the snapshot counts as updated. One that no transaction ever wrote counts as untouched, as in Hive.
Result<Materialization> GetInvalidation(Call& call, get_materialization_invalidation_info_args& a) {
  if (!a.creation_metadata) return MetaError("creation metadata is null");
  Materialization m;
  m.sourceTablesUpdateDeleteModified = false;
  auto then = Snapshot(a.creation_metadata->validTxnList);
  auto read = TRY(call.service.store().Read());
  for (const std::string& full : a.creation_metadata->tablesUsed) {
    Strings words = Split(ToLower(full), '.');   // perhaps with a catalog in front
    if (words.size() < 2) continue;
    std::string db = (words.size() > 2 ? words[0] : std::string(kDefaultCatalog)) + "." + words[words.size() - 2];
    int64_t next = TRY(read->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {db, words.back()}, 1));
    auto it = then.find(ToLower(full));
    if (next - 1 > (it == then.end() ? 0 : it->second)) m.sourceTablesUpdateDeleteModified = true;
  }
  return m;
}
Result<std::vector<Table>> AllMaterializedViews(Call& call, get_all_materialized_view_objects_for_rewriting_args&) {
  std::vector<Table> out;
  Status decoded;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT doc FROM tbls WHERE tbl_type = 'MATERIALIZED_VIEW' ORDER BY tbl_id", {}, [&](const SqlRow& row) {
    Table t;
    decoded = DecodeStruct(Protocol::kCompact, row.Text(0), Table::desc(), &t);
    if (decoded.ok() && t.rewriteEnabled) out.push_back(std::move(t));
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}
// One rebuild at a time for each view; the lock goes with a heartbeat older than the transaction time-out.
Result<LockResponse> LockRebuild(Call& call, get_lock_materialization_rebuild_args& a) {
  std::string key = ParseDbName(a.dbName).db + "." + LowerName(a.tableName);
  LockResponse out;
  out.lockid = a.txnId;
  auto write = TRY(call.service.store().Write());
  auto held = GetObject<HeartbeatRequest>(*write, "rebuild", key, "");   // lockid: the transaction; txnid: seconds of the last heartbeat
  bool free = !held.ok() || held->txnid + call.service.options().txn_timeout_seconds < NowSeconds() || held->lockid == a.txnId;
  if (free) TRY(PutObject(*write, "rebuild", key, HeartbeatRequest{.lockid = a.txnId, .txnid = NowSeconds()}));
  out.set_state(free ? LockState::ACQUIRED : LockState::NOT_ACQUIRED);
  TRY(write.Commit());
  return out;
}
Result<bool> HeartbeatRebuild(Call& call, heartbeat_lock_materialization_rebuild_args& a) {
  std::string key = ParseDbName(a.dbName).db + "." + LowerName(a.tableName);
  auto write = TRY(call.service.store().Write());
  auto held = GetObject<HeartbeatRequest>(*write, "rebuild", key, "");
  if (!held.ok() || held->lockid != a.txnId) return false;
  TRY(PutObject(*write, "rebuild", key, HeartbeatRequest{.lockid = a.txnId, .txnid = NowSeconds()}));
  TRY(write.Commit());
  return true;
}

// ---- the file-metadata cache: not kept, and clients are told so ----

Result<GetFileMetadataByExprResult> FileMetadataByExpr(Call&, get_file_metadata_by_expr_args&) {
  GetFileMetadataByExprResult out;
  out.set_metadata({}).set_isSupported(false);
  return out;
}
Result<GetFileMetadataResult> FileMetadata(Call&, get_file_metadata_args&) {
  GetFileMetadataResult out;
  out.set_metadata({}).set_isSupported(false);
  return out;
}
Result<PutFileMetadataResult> PutFileMetadata(Call&, put_file_metadata_args&) { return PutFileMetadataResult{}; }
Result<ClearFileMetadataResult> ClearFileMetadata(Call&, clear_file_metadata_args&) { return ClearFileMetadataResult{}; }
Result<CacheFileMetadataResult> CacheFileMetadata(Call&, cache_file_metadata_args&) {
  CacheFileMetadataResult out;
  out.set_isSupported(false);
  return out;
}

Result<CmRecycleResponse> Recycle(Call&, cm_recycle_args&) { return CmRecycleResponse{}; }   // without change management, nothing is to be kept
}  // namespace

void StampCreation(Table* view) {
  if (view->creationMetadata && !view->creationMetadata->has_materializationTime()) view->creationMetadata->set_materializationTime(WallClockMs());
}

void AddStoredCalls(Router& r) {
  r.Add<call::add_runtime_stats, AddRuntimeStats>();
  r.Add<call::get_runtime_stats, GetRuntimeStats>();
  r.Add<call::create_type, CreateType>(Depth::kStored);
  r.Add<call::get_type, GetType>(Depth::kStored);
  r.Add<call::drop_type, DropType>(Depth::kStored);
  r.Add<call::get_type_all, GetTypeAll>(Depth::kFixed);
  r.Add<call::update_creation_metadata, UpdateCreationMetadata>();
  r.Add<call::get_materialization_invalidation_info, GetInvalidation>();
  r.Add<call::get_all_materialized_view_objects_for_rewriting, AllMaterializedViews>();
  r.Add<call::get_lock_materialization_rebuild, LockRebuild>();
  r.Add<call::heartbeat_lock_materialization_rebuild, HeartbeatRebuild>();
  r.Add<call::get_file_metadata_by_expr, FileMetadataByExpr>(Depth::kFixed);
  r.Add<call::get_file_metadata, FileMetadata>(Depth::kFixed);
  r.Add<call::put_file_metadata, PutFileMetadata>(Depth::kFixed);
  r.Add<call::clear_file_metadata, ClearFileMetadata>(Depth::kFixed);
  r.Add<call::cache_file_metadata, CacheFileMetadata>(Depth::kFixed);
  r.Add<call::cm_recycle, Recycle>(Depth::kFixed);
}

}  // namespace tarn::metastore
