// The compaction queue that Hive's workers take from: initiated, working, ready for cleaning, succeeded, failed, refused.
#include <algorithm>

#include "base/clock.h"
#include "metastore/calls/compaction_internal.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr char kInitiated[] = "i", kWorking[] = "w", kReady[] = "r", kSucceeded[] = "s", kFailed[] = "f", kRefused[] = "c", kAborted[] = "a";
constexpr char kDefaultPool[] = "default";
const char* StateText(std::string_view s) {
  switch (s.empty() ? ' ' : s[0]) {
    case 'i': return "initiated";
    case 'w': return "working";
    case 'r': return "ready for cleaning";
    case 's': return "succeeded";
    case 'f': return "failed";
    case 'c': return "refused";
    case 'a': return "aborted";
    default: return "unknown";
  }
}

// A row of the queue: what workers are given, and beside it what only `show` tells.
struct Entry {
  CompactionInfoStruct info;
  std::map<std::string, std::string> more;   // workerVersion, initiatorId, initiatorVersion, jobId, txnId, endTime
  const std::string* More(const char* key) const { return FindParameter(more, key); }
};

constexpr char kMore[] = "compaction";   // the kind of object that keeps it
Result<std::vector<Entry>> Load(SqlConnection& c) {
  std::vector<Entry> out;
  Status decoded;
  TRY(c.Each("SELECT state, doc FROM compactions ORDER BY id", {}, [&](const SqlRow& row) {
    CompactionInfoStruct& x = out.emplace_back().info;
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), CompactionInfoStruct::desc(), &x);
    x.set_state(row.String(0));
    return decoded.ok();
  }));
  TRY(decoded);
  std::map<std::string, EnvironmentContext> more;
  TRY(c.Each("SELECT name, doc FROM objects WHERE kind = ?", {kMore}, [&](const SqlRow& row) {
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), EnvironmentContext::desc(), &more[row.String(0)]);
    return decoded.ok();
  }));
  TRY(decoded);
  for (Entry& x : out) if (auto at = more.find(std::to_string(x.info.id)); at != more.end()) x.more = std::move(at->second.properties);
  return out;
}
Status Save(SqlConnection& c, Entry x, const char* state) {
  x.info.set_state(state);
  TRY(c.Run("DELETE FROM compactions WHERE id = ?", {x.info.id}));
  TRY(c.Run("INSERT INTO compactions (id, state, doc) VALUES (?, ?, ?)", {x.info.id, state, SqlBlob{Encode(x.info)}}));
  return PutObject(c, kMore, std::to_string(x.info.id), EnvironmentContext{.properties = x.more});
}
// A map as Hive's queue keeps it: the count, then length:text of each key and value.
std::string MapText(const std::map<std::string, std::string>& map) {
  std::string out = std::to_string(map.size()) + ":";
  for (const auto& [k, v] : map) out += std::to_string(k.size()) + ":" + k + std::to_string(v.size()) + ":" + v;
  return out;
}

// Of what is over, the newest are kept for `show`.
Status Prune(SqlConnection& c, const std::vector<Entry>& all) {
  constexpr size_t kOverMax = 1000;
  std::vector<int64_t> over;
  for (const Entry& e : all) if (e.info.state != kInitiated && e.info.state != kWorking && e.info.state != kReady) over.push_back(e.info.id);
  for (size_t i = 0; i + kOverMax < over.size(); ++i) {
    TRY(c.Run("DELETE FROM compactions WHERE id = ?", {over[i]}));
    TRY(c.Run("DELETE FROM objects WHERE kind = ? AND name = ?", {kMore, std::to_string(over[i])}));
  }
  return Status::OK();
}

Result<CompactionResponse> Enqueue(Call& call, const CompactionRequest& q) {
  CompactionResponse out;
  auto write = TRY(call.service.store().Write());
  const std::vector<Entry> all = TRY(Load(*write));
  TRY(Prune(*write, all));
  for (const auto& [x, more] : all) {   // one at a time for a table or partition
    if (x.dbname != q.dbname || x.tablename != q.tablename || x.partitionname != q.partitionname) continue;
    if (x.state != kInitiated && x.state != kWorking) continue;
    out.id = call.service.hive4() ? -1 : x.id;
    out.state = call.service.hive4() ? "refused" : StateText(x.state);
    out.set_accepted(false);
    out.errormessage = std::string("Compaction is already scheduled with state='") + StateText(x.state) + "' and id=" + std::to_string(x.id);
    return out;
  }
  Entry e;
  CompactionInfoStruct& x = e.info;
  x.id = TRY(NextIds(*write, "compaction"));
  x.dbname = q.dbname;
  x.tablename = q.tablename;
  if (q.has_partitionname()) x.set_partitionname(q.partitionname);
  x.type = q.type;
  if (q.has_runas()) x.set_runas(q.runas);
  x.set_enqueueTime(WallClockMs());
  if (q.has_poolName()) x.set_poolname(q.poolName);
  if (!q.properties.empty()) x.set_properties(MapText(q.properties));
  if (q.has_numberOfBuckets()) x.set_numberOfBuckets(q.numberOfBuckets);
  if (q.has_orderByClause()) x.set_orderByClause(q.orderByClause);
  if (q.has_initiatorId()) e.more["initiatorId"] = q.initiatorId;
  if (q.has_initiatorVersion()) e.more["initiatorVersion"] = q.initiatorVersion;
  out.id = x.id;
  TRY(Save(*write, std::move(e), kInitiated));
  TRY(write.Commit());
  out.state = StateText(kInitiated);
  out.accepted = true;
  return out;
}
Status Compact(Call& call, compact_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return tarn::internal::ToStatus(Enqueue(call, *a.rqst));
}
Result<CompactionResponse> Compact2(Call& call, compact2_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return Enqueue(call, *a.rqst);
}

Result<ShowCompactResponse> Show(Call& call, show_compact_args& a) {
  ShowCompactRequest q;
  if (a.rqst) q = *a.rqst;
  ShowCompactResponse out;
  out.set_compacts({});
  auto read = TRY(call.service.store().Read());
  for (const Entry& entry : TRY(Load(*read))) {
    const CompactionInfoStruct& x = entry.info;
    const std::string pool = x.poolname.empty() ? kDefaultPool : x.poolname;
    if (q.id && q.id != x.id) continue;
    if ((!q.dbName.empty() && q.dbName != x.dbname) || (!q.tbName.empty() && q.tbName != x.tablename)) continue;
    if ((!q.partName.empty() && q.partName != x.partitionname) || (!q.poolName.empty() && q.poolName != pool)) continue;
    if ((q.has_type() && q.type != x.type) || (!q.state.empty() && q.state != x.state)) continue;
    if (q.has_limit() && q.limit > 0 && static_cast<int64_t>(out.compacts.size()) >= q.limit) break;
    ShowCompactResponseElement& e = out.compacts.emplace_back();
    bool over = x.state != kInitiated && x.state != kWorking && x.state != kReady;
    e.id = x.id;
    e.dbname = x.dbname;
    e.tablename = x.tablename;
    if (x.has_partitionname()) e.set_partitionname(x.partitionname);
    e.type = x.type;
    e.state = StateText(x.state);
    if (x.has_workerId() && !x.workerId.empty()) e.set_workerid(x.workerId);
    if (x.start || (over && x.state == kAborted)) e.set_start(x.start);
    if (x.has_runas()) e.set_runAs(x.runas);
    if (x.has_errorMessage()) e.set_errorMessage(x.errorMessage);
    e.set_enqueueTime(x.enqueueTime);
    e.set_poolName(pool);
    e.set_hightestTxnId(x.highestWriteId);
    e.clear_hadoopJobId();
    auto text = [&](const char* key, auto set) { if (const std::string* v = entry.More(key)) set(*v); };
    text("endTime", [&](const std::string& v) { e.set_endTime(std::atoll(v.c_str())); });
    text("jobId", [&](const std::string& v) { e.set_hadoopJobId(v); });
    text("workerVersion", [&](const std::string& v) { e.set_workerVersion(v); });
    text("initiatorId", [&](const std::string& v) { e.set_initiatorId(v); });
    text("initiatorVersion", [&](const std::string& v) { e.set_initiatorVersion(v); });
    e.set_nextTxnId(0).set_txnId(0).set_commitTime(0);
    text("txnId", [&](const std::string& v) { e.set_txnId(std::atoll(v.c_str())); });
  }
  return out;
}

// The oldest of the pool; without a pool, those that name none.
Result<OptionalCompactionInfoStruct> FindNext(Call& call, const std::string& worker, const std::string& version, const std::string& pool) {
  OptionalCompactionInfoStruct out;
  auto write = TRY(call.service.store().Write());
  for (Entry& e : TRY(Load(*write))) {
    CompactionInfoStruct& x = e.info;
    if (x.state != kInitiated || (x.poolname.empty() ? kDefaultPool : x.poolname) != (pool.empty() ? kDefaultPool : pool)) continue;
    x.set_workerId(worker);
    x.set_start(WallClockMs());
    if (!version.empty()) e.more["workerVersion"] = version;
    TRY(Save(*write, e, kWorking));
    TRY(write.Commit());
    CompactionInfoStruct given{.id = x.id, .dbname = x.dbname, .tablename = x.tablename, .type = x.type};   // as much as Hive tells a worker
    if (x.has_partitionname()) given.set_partitionname(x.partitionname);
    if (x.has_properties()) given.set_properties(x.properties);
    if (x.has_poolname()) given.set_poolname(x.poolname);
    if (x.has_orderByClause()) given.set_orderByClause(x.orderByClause);
    given.set_toomanyaborts(false).set_state(std::string(1, '\0')).set_start(0).set_highestWriteId(0).set_hasoldabort(false).set_enqueueTime(0).set_retryRetention(0);
    given.set_numberOfBuckets(x.numberOfBuckets);
    out.ci = std::move(given);
    break;
  }
  return out;
}
Result<OptionalCompactionInfoStruct> FindNext1(Call& call, find_next_compact_args& a) { return FindNext(call, a.workerId, "", ""); }
Result<OptionalCompactionInfoStruct> FindNext2(Call& call, find_next_compact2_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return FindNext(call, a.rqst->workerId, a.rqst->workerVersion, a.rqst->poolName);
}

// Lets `change` at the entry that `cr` names; one that is not queued is left alone, as in Hive.
template <typename F> Status Edit(Call& call, int64_t id, F change) {
  auto write = TRY(call.service.store().Write());
  for (Entry& e : TRY(Load(*write))) {
    if (e.info.id != id) continue;
    const char* state = change(e);
    TRY(Save(*write, std::move(e), state));
    return write.Commit();
  }
  return Status::OK();
}
void End(Entry& e) { e.more["endTime"] = std::to_string(WallClockMs()); }
Status MarkCompacted(Call& call, mark_compacted_args& a) {
  if (!a.cr) return MetaError("compaction is null");
  return Edit(call, a.cr->id, [](Entry& e) { e.info.clear_workerId(); return kReady; });
}
Status MarkCleaned(Call& call, mark_cleaned_args& a) {
  if (!a.cr) return MetaError("compaction is null");
  return Edit(call, a.cr->id, [](Entry& e) { End(e); return kSucceeded; });
}
Status MarkAs(Call& call, const Box<CompactionInfoStruct>& cr, const char* state) {
  if (!cr) return MetaError("compaction is null");
  return Edit(call, cr->id, [&](Entry& e) {
    if (cr->has_errorMessage()) e.info.set_errorMessage(cr->errorMessage);
    End(e);
    return state;
  });
}
Status MarkFailed(Call& call, mark_failed_args& a) { return MarkAs(call, a.cr, kFailed); }
Status MarkRefused(Call& call, mark_refused_args& a) { return MarkAs(call, a.cr, kRefused); }
Status UpdateState(Call& call, update_compactor_state_args& a) {
  if (!a.cr) return MetaError("compaction is null");
  return Edit(call, a.cr->id, [&](Entry& e) {
    e.info.set_highestWriteId(a.cr->highestWriteId);
    if (a.cr->has_runas()) e.info.set_runas(a.cr->runas);
    else e.info.clear_runas();
    e.more["txnId"] = std::to_string(a.txn_id);
    return kWorking;
  });
}
Status SetJob(Call& call, set_hadoop_jobid_args& a) {
  return Edit(call, a.cq_id, [&](Entry& e) {
    e.more["jobId"] = a.jobId;
    return kWorking;
  });
}
Result<bool> SubmitForCleanup(Call& call, submit_for_cleanup_args& a) {
  if (!a.o1) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  Entry e;
  e.info.id = TRY(NextIds(*write, "compaction"));
  e.info.dbname = a.o1->dbname;
  e.info.tablename = a.o1->tablename;
  if (a.o1->has_partitionname()) e.info.set_partitionname(a.o1->partitionname);
  e.info.type = a.o1->type;
  if (a.o1->has_runas()) e.info.set_runas(a.o1->runas);
  e.info.set_highestWriteId(a.o2).set_enqueueTime(WallClockMs());
  e.more["txnId"] = std::to_string(a.o3);
  TRY(Save(*write, std::move(e), kReady));
  TRY(write.Commit());
  return true;
}
Result<AbortCompactResponse> Abort(Call& call, abort_Compactions_args& a) {
  AbortCompactResponse out;
  out.set_abortedcompacts({});
  if (!a.rqst) return out;
  auto write = TRY(call.service.store().Write());
  auto all = TRY(Load(*write));
  for (int64_t id : a.rqst->compactionIds) {
    AbortCompactionResponseElement& e = out.abortedcompacts[id];
    e.compactionId = id;
    auto it = std::find_if(all.begin(), all.end(), [&](auto& x) { return x.info.id == id; });
    bool can = it != all.end() && it->info.state == kInitiated;
    if (can) {
      it->info.set_errorMessage("Compaction Aborted by Abort Comapction request.");   // Hive's words, to the letter
      End(*it);
      TRY(Save(*write, *it, kAborted));
    }
    e.status = can ? "Success" : "Error";
    e.message = it == all.end() ? "No Such Compaction Id Available" : can ? "Successfully aborted compaction" : "Error while aborting compaction as compaction is in state-" + std::string(StateText(it->info.state));
  }
  TRY(write.Commit());
  return out;
}
Result<GetLatestCommittedCompactionInfoResponse> Latest(Call& call, get_latest_committed_compaction_info_args& a) {
  GetLatestCommittedCompactionInfoResponse out;
  out.set_compactions({});
  if (!a.rqst) return out;
  auto read = TRY(call.service.store().Read());
  std::map<std::string, CompactionInfoStruct> latest;
  for (auto& [x, more] : TRY(Load(*read))) {
    if (x.dbname != a.rqst->dbname || x.tablename != a.rqst->tablename || (x.state != kSucceeded && x.state != kReady)) continue;
    const Strings& parts = a.rqst->partitionnames;
    if (!parts.empty() && std::find(parts.begin(), parts.end(), x.partitionname) == parts.end()) continue;
    if (x.id <= a.rqst->lastCompactionId) continue;
    CompactionInfoStruct& e = latest[x.partitionname] = {.id = x.id, .dbname = x.dbname, .tablename = x.tablename, .type = x.type};
    if (x.has_partitionname()) e.set_partitionname(x.partitionname);
  }
  for (auto& [part, x] : latest) out.compactions.push_back(std::move(x));
  return out;
}
Result<Strings> ColumnsWithStats(Call& call, find_columns_with_stats_args& a) {
  Strings out;
  if (!a.cr) return out;
  auto read = TRY(call.service.store().Read());
  TableRow row = TRY(FindTable(*read, MakeTableName(ParseDbName(a.cr->dbname), a.cr->tablename)));
  TRY(read->Each("SELECT DISTINCT col FROM col_stats WHERE tbl_id = ? AND part_name = ? ORDER BY col", {row.id, a.cr->partitionname}, [&](const SqlRow& r) {
    out.push_back(r.String(0));
    return true;
  }));
  return out;
}

// ---- metrics data ----

std::string MetricKey(const std::string& db, const std::string& table, const std::string& part, CompactionMetricsMetricType type) {
  return db + "/" + table + "/" + part + "/" + std::to_string(static_cast<int>(type));
}
Result<bool> UpdateMetrics(Call& call, update_compaction_metrics_data_args& a) {
  if (!a.data) return MetaError("data is null");
  auto write = TRY(call.service.store().Write());
  TRY(PutObject(*write, "compaction_metrics", MetricKey(a.data->dbname, a.data->tblname, a.data->partitionname, a.data->type), *a.data));
  TRY(write.Commit());
  return true;
}
Status RemoveMetrics(Call& call, remove_compaction_metrics_data_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(DropObject(*write, "compaction_metrics", MetricKey(a.request->dbName, a.request->tblName, a.request->partitionName, a.request->type)));
  return write.Commit();
}
}  // namespace

Status InitiateCompaction(SqlConnection& c, const std::string& db, const std::string& table, const std::string& part) {
  Entry e;
  e.info.id = TRY(NextIds(c, "compaction"));
  e.info.dbname = db;
  e.info.tablename = table;
  if (!part.empty()) e.info.set_partitionname(part);
  e.info.type = CompactionType::MAJOR;
  e.info.set_enqueueTime(WallClockMs());
  return Save(c, std::move(e), kInitiated);
}

void AddCompactionCalls(Router& r) {
  r.Add<call::compact, Compact>();
  r.Add<call::compact2, Compact2>();
  r.Add<call::show_compact, Show>();
  r.Add<call::find_next_compact, FindNext1>();
  r.Add<call::find_next_compact2, FindNext2>();
  r.Add<call::mark_compacted, MarkCompacted>();
  r.Add<call::mark_cleaned, MarkCleaned>();
  r.Add<call::mark_failed, MarkFailed>();
  r.Add<call::mark_refused, MarkRefused>();
  r.Add<call::update_compactor_state, UpdateState>();
  r.Add<call::set_hadoop_jobid, SetJob>();
  r.Add<call::submit_for_cleanup, SubmitForCleanup>();
  r.Add<call::abort_Compactions, Abort>();
  r.Add<call::get_latest_committed_compaction_info, Latest>();
  r.Add<call::find_columns_with_stats, ColumnsWithStats>();
  r.Add<call::update_compaction_metrics_data, UpdateMetrics>(Depth::kStored);
  r.Add<call::remove_compaction_metrics_data, RemoveMetrics>(Depth::kStored);
}

}  // namespace tarn::metastore
