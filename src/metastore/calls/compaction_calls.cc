// The compaction queue that Hive's workers take from: initiated, working, ready for cleaning, succeeded, failed, refused.
#include <algorithm>

#include "base/clock.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr char kInitiated[] = "i", kWorking[] = "w", kReady[] = "r", kSucceeded[] = "s", kFailed[] = "f", kRefused[] = "c";
const char* StateText(std::string_view s) {
  switch (s.empty() ? ' ' : s[0]) {
    case 'i': return "initiated";
    case 'w': return "working";
    case 'r': return "ready for cleaning";
    case 's': return "succeeded";
    case 'f': return "failed";
    case 'c': return "refused";
    default: return "unknown";
  }
}

Result<std::vector<CompactionInfoStruct>> Load(SqlConnection& c) {
  std::vector<CompactionInfoStruct> out;
  Status decoded;
  TRY(c.Each("SELECT state, doc FROM compactions ORDER BY id", {}, [&](const SqlRow& row) {
    CompactionInfoStruct& x = out.emplace_back();
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), CompactionInfoStruct::desc(), &x);
    x.set_state(row.String(0));
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}
Status Save(SqlConnection& c, CompactionInfoStruct x, const char* state) {
  x.set_state(state);
  TRY(c.Run("DELETE FROM compactions WHERE id = ?", {x.id}));
  TRY(c.Run("INSERT INTO compactions (id, state, doc) VALUES (?, ?, ?)", {x.id, state, SqlBlob{Encode(x)}}));
  return Status::OK();
}

Result<CompactionResponse> Enqueue(Call& call, const CompactionRequest& q) {
  CompactionResponse out;
  auto write = TRY(call.service.store().Write());
  for (const CompactionInfoStruct& x : TRY(Load(*write))) {   // one at a time for a table or partition
    if (x.dbname != q.dbname || x.tablename != q.tablename || x.partitionname != q.partitionname) continue;
    if (x.state != kInitiated && x.state != kWorking) continue;
    out.id = x.id;
    out.state = StateText(x.state);
    out.set_accepted(false);
    out.errormessage = "Compaction is already scheduled with state='" + out.state + "' and id=" + std::to_string(x.id);
    return out;
  }
  CompactionInfoStruct x{.id = TRY(NextIds(*write, "compaction")), .dbname = q.dbname, .tablename = q.tablename, .partitionname = q.partitionname, .type = q.type,
                         .runas = q.runas, .enqueueTime = WallClockMs(), .poolname = q.poolName};
  TRY(Save(*write, x, kInitiated));
  TRY(write.Commit());
  out.id = x.id;
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
  for (const CompactionInfoStruct& x : TRY(Load(*read))) {
    if (q.id && q.id != x.id) continue;
    if ((!q.dbName.empty() && q.dbName != x.dbname) || (!q.tbName.empty() && q.tbName != x.tablename)) continue;
    if (q.has_limit() && q.limit > 0 && static_cast<int64_t>(out.compacts.size()) >= q.limit) break;
    ShowCompactResponseElement& e = out.compacts.emplace_back();
    e.id = x.id;
    e.dbname = x.dbname;
    e.tablename = x.tablename;
    e.partitionname = x.partitionname;
    e.type = x.type;
    e.state = StateText(x.state);
    e.workerid = x.workerId;
    e.start = x.start;
    e.runAs = x.runas;
    e.errorMessage = x.errorMessage;
    e.enqueueTime = x.enqueueTime;
    e.poolName = x.poolname;
  }
  return out;
}

Result<OptionalCompactionInfoStruct> FindNext(Call& call, const std::string& worker, const std::string& pool) {
  OptionalCompactionInfoStruct out;
  auto write = TRY(call.service.store().Write());
  for (CompactionInfoStruct& x : TRY(Load(*write))) {
    if (x.state != kInitiated || (!pool.empty() && x.poolname != pool)) continue;
    x.workerId = worker;
    x.start = WallClockMs();
    TRY(Save(*write, x, kWorking));
    TRY(write.Commit());
    x.set_state(kWorking);
    out.ci = std::move(x);
    break;
  }
  return out;
}
Result<OptionalCompactionInfoStruct> FindNext1(Call& call, find_next_compact_args& a) { return FindNext(call, a.workerId, ""); }
Result<OptionalCompactionInfoStruct> FindNext2(Call& call, find_next_compact2_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return FindNext(call, a.rqst->workerId, a.rqst->poolName);
}

Status Mark(Call& call, const Box<CompactionInfoStruct>& cr, const char* state) {
  if (!cr) return MetaError("compaction is null");
  auto write = TRY(call.service.store().Write());
  TRY(Save(*write, *cr, state));
  return write.Commit();
}
Status MarkCompacted(Call& call, mark_compacted_args& a) { return Mark(call, a.cr, kReady); }
Status MarkCleaned(Call& call, mark_cleaned_args& a) { return Mark(call, a.cr, kSucceeded); }
Status MarkFailed(Call& call, mark_failed_args& a) { return Mark(call, a.cr, kFailed); }
Status MarkRefused(Call& call, mark_refused_args& a) { return Mark(call, a.cr, kRefused); }
Status UpdateState(Call& call, update_compactor_state_args& a) { return Mark(call, a.cr, kWorking); }
Status SetJob(Call&, set_hadoop_jobid_args&) { return Status::OK(); }
Result<bool> SubmitForCleanup(Call& call, submit_for_cleanup_args& a) {
  if (!a.o1) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  CompactionInfoStruct x{.id = TRY(NextIds(*write, "compaction")), .dbname = a.o1->dbname, .tablename = a.o1->tablename, .partitionname = a.o1->partitionname, .type = a.o1->type};
  x.set_highestWriteId(a.o2);
  TRY(Save(*write, x, kReady));
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
    auto it = std::find_if(all.begin(), all.end(), [&](auto& x) { return x.id == id; });
    bool can = it != all.end() && it->state == kInitiated;
    if (can) TRY(Save(*write, *it, "a"));
    e.status = can ? "Success" : "Error";
    e.message = it == all.end() ? "No Such Compaction Id Available" : can ? "Successfully aborted compaction" : "Error while aborting compaction as compaction is in state-" + std::string(StateText(it->state));
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
  for (CompactionInfoStruct& x : TRY(Load(*read))) {
    if (x.dbname != a.rqst->dbname || x.tablename != a.rqst->tablename || (x.state != kSucceeded && x.state != kReady)) continue;
    const Strings& parts = a.rqst->partitionnames;
    if (!parts.empty() && std::find(parts.begin(), parts.end(), x.partitionname) == parts.end()) continue;
    if (x.id > a.rqst->lastCompactionId) latest[x.partitionname] = std::move(x);
  }
  for (auto& [part, x] : latest) out.compactions.push_back(std::move(x));
  return out;
}
Result<Strings> ColumnsWithStats(Call& call, find_columns_with_stats_args& a) {
  Strings out;
  if (!a.cr) return out;
  TableRow row = TRY(LoadTable(call.service, MakeTableName(ParseDbName(a.cr->dbname), a.cr->tablename)));
  auto read = TRY(call.service.store().Read());
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
  r.Add<call::set_hadoop_jobid, SetJob>(Depth::kFixed);
  r.Add<call::submit_for_cleanup, SubmitForCleanup>();
  r.Add<call::abort_Compactions, Abort>();
  r.Add<call::get_latest_committed_compaction_info, Latest>();
  r.Add<call::find_columns_with_stats, ColumnsWithStats>();
  r.Add<call::update_compaction_metrics_data, UpdateMetrics>(Depth::kStored);
  r.Add<call::remove_compaction_metrics_data, RemoveMetrics>(Depth::kStored);
}

}  // namespace tarn::metastore
