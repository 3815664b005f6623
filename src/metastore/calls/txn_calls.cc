// Transactions and write ids.
//
// txns.state is wire::TxnState (COMMITTED 1, ABORTED 2, OPEN 3). A transaction that has no heartbeat for the time-out is aborted when
// somebody looks. A committed transaction's row goes; an aborted one's stays while its writes are listed.
#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/compaction_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/calls/txn_internal.h"
#include "metastore/events.h"
#include "metastore/rows.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr int64_t kAborted = 2, kOpen = 3;
constexpr int64_t kSeedMax = INT64_MAX / 2;   // numbers go on from there
Status TooHigh(const char* what, int64_t id) { return MetaError(fmt::format("{} {} is too high: at most {}", what, id, kSeedMax)); }

std::string Txn(int64_t id) { return "txnid:" + std::to_string(id); }

Status ExpireTxns(Call& call, Store::WriteLease& write, std::vector<int64_t>* expired) {
  int64_t limit = WallClockMs() - call.service.options().txn_timeout_seconds * 1000;
  TRY(write->Each("SELECT txn_id FROM txns WHERE state = 3 AND heartbeat < ? AND txn_type <> 1", {limit}, [&](const SqlRow& row) {
    expired->push_back(row.Int(0));
    return true;
  }));
  for (int64_t id : *expired) TRY(write->Run("UPDATE txns SET state = ? WHERE txn_id = ?", {kAborted, id}));
  return Status::OK();
}

// 0: no such transaction.
Result<int64_t> StateOf(SqlConnection& c, int64_t id) { return c.Int("SELECT state FROM txns WHERE txn_id = ?", {id}, 0); }

Status CheckOpen(Result<int64_t> state, int64_t id) {
  int64_t s = TRY(std::move(state));
  if (s == kOpen) return Status::OK();
  if (s == kAborted) return TxnAborted("Transaction " + Txn(id) + " already aborted");
  return NoSuchTxn("No such transaction " + Txn(id));
}

Status Beat(SqlConnection& c, int64_t id) {
  TRY(CheckOpen(StateOf(c, id), id));
  TRY(c.Run("UPDATE txns SET heartbeat = ? WHERE txn_id = ?", {WallClockMs(), id}));
  return Status::OK();
}

// Runs `change` in a write lease after time-outs were applied; frees the locks of what timed out.
template <typename F> Status Change(Call& call, F change) {
  std::vector<int64_t> expired;
  {
    auto write = TRY(call.service.store().Write());
    TRY(ExpireTxns(call, write, &expired));
    TRY(change(write));
    TRY(write.Commit());
  }
  for (int64_t id : expired) TRY(call.service.locks().ReleaseTxn(id));
  return Status::OK();
}

Result<OpenTxnsResponse> OpenTxns(Call& call, open_txns_args& a) {
  if (!a.rqst) return MetaError("request is null");
  OpenTxnRequest& q = *a.rqst;
  if (q.num_txns <= 0) return MetaError(fmt::format("Invalid input for number of txns: {}", q.num_txns));
  int64_t n = std::min<int64_t>(q.num_txns, 1000);   // metastore.txn.max.open.batch
  OpenTxnsResponse out;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    int64_t first = TRY(NextIds(*write, "txn", n));
    int64_t now = WallClockMs();
    std::string doc = Encode(q);
    for (int64_t id = first; id < first + n; ++id) {
      TRY(write->Run("INSERT INTO txns (txn_id, state, started, heartbeat, txn_type, doc) VALUES (?, ?, ?, ?, ?, ?)",
                     {id, kOpen, now, now, static_cast<int64_t>(q.txn_type), SqlBlob{doc}}));
      out.txn_ids.push_back(id);
    }
    return RecordSimpleEvent(call, *write, "OPEN_TXN", {kDefaultCatalog, "", ""}, fmt::format("\"fromTxnId\":{},\"toTxnId\":{}", first, first + n - 1));
  }));
  return out;
}

// A table parameter that becomes visible with the transaction.
Status SetTableParameter(Call& call, Store::WriteLease& write, const CommitTxnKeyValue& kv) {
  Table t;
  int64_t db_id = 0;
  Status decoded;
  bool found = TRY(write->One("SELECT db_id, doc FROM tbls WHERE tbl_id = ?", {kv.tableId}, [&](const SqlRow& row) {
    db_id = row.Int(0);
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), Table::desc(), &t);
  }));
  TRY(decoded);
  if (!found) return NoSuchTxn("Table with id " + std::to_string(kv.tableId) + " of the transaction's key is not there");
  t.parameters[kv.key] = kv.value;
  TRY(UpdateTable(*write, kv.tableId, db_id, t));
  write.OnCommitted([&call, name = TableName{t.catName, t.dbName, t.tableName}] { call.service.tables().Forget(name); });
  return Status::OK();
}

Status Commit(Call& call, commit_txn_args& a) {
  if (!a.rqst) return MetaError("request is null");
  int64_t id = a.rqst->txnid;
  std::string conflict;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    TRY(CheckOpen(StateOf(*write, id), id));
    // First committer wins: an update or delete that overlaps one committed since we began is refused.
    TRY(write->Each("SELECT o.db, o.tbl, o.part, o.txn_id FROM txn_components m JOIN txn_components o ON o.db = m.db AND o.tbl = m.tbl AND o.part = m.part "
                    "WHERE m.txn_id = ? AND m.operation IN (3, 4) AND o.operation IN (3, 4) AND o.txn_id <> m.txn_id AND o.committed >= ?",
                    {id, id}, [&](const SqlRow& row) {
                      conflict = fmt::format("Aborting [{},{}] due to a write conflict on {}.{}{}{} committed by [{},{}]", Txn(id), id, row.String(0), row.String(1),
                                             row.Text(2).empty() ? "" : "/", row.String(2), Txn(row.Int(3)), row.Int(3));
                      return false;
                    }));
    if (!conflict.empty()) {
      TRY(write->Run("UPDATE txns SET state = ? WHERE txn_id = ?", {kAborted, id}));
      return Status::OK();
    }
    int64_t high = TRY(write->Int("SELECT next FROM ids WHERE name = 'txn'", {}, 1)) - 1;
    TRY(write->Run("UPDATE txn_components SET committed = ? WHERE txn_id = ?", {high, id}));
    // What no open transaction can still conflict with is forgotten.
    int64_t oldest = TRY(write->Int("SELECT MIN(txn_id) FROM txns WHERE state = 3 AND txn_id <> ?", {id}, 0));
    if (oldest) TRY(write->Run("DELETE FROM txn_components WHERE committed > 0 AND committed < ?", {oldest}));
    else TRY(write->Run("DELETE FROM txn_components WHERE committed > 0"));
    if (a.rqst->keyValue) TRY(SetTableParameter(call, write, *a.rqst->keyValue));
    TRY(write->Run("DELETE FROM txns WHERE txn_id = ?", {id}));
    return RecordSimpleEvent(call, *write, "COMMIT_TXN", {kDefaultCatalog, "", ""}, fmt::format("\"txnid\":{}", id));
  }));
  TRY(call.service.locks().ReleaseTxn(id));
  if (!conflict.empty()) return TxnAborted(conflict);
  return Status::OK();
}

Status Abort(Call& call, int64_t id) {
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    int64_t state = TRY(StateOf(*write, id));
    if (state == kAborted) return Status::OK();   // again: nothing to do
    if (state != kOpen) return NoSuchTxn("No such transaction " + Txn(id));
    TRY(write->Run("UPDATE txns SET state = ? WHERE txn_id = ?", {kAborted, id}));
    TRY(write->Run("DELETE FROM txn_components WHERE txn_id = ?", {id}));
    TRY(write->Run("DELETE FROM write_events WHERE txn_id = ?", {id}));   // nobody reads them
    return RecordSimpleEvent(call, *write, "ABORT_TXN", {kDefaultCatalog, "", ""}, fmt::format("\"txnid\":{}", id));
  }));
  return call.service.locks().ReleaseTxn(id);
}
Status AbortOne(Call& call, abort_txn_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return Abort(call, a.rqst->txnid);
}
Status AbortMany(Call& call, abort_txns_args& a) {
  if (!a.rqst) return MetaError("request is null");
  for (int64_t id : a.rqst->txn_ids) {
    Status s = Abort(call, id);
    if (s.code() != StatusCode::kNotFound) TRY(std::move(s));
  }
  return Status::OK();
}

struct Snapshot {
  int64_t high = 0, min_open = INT64_MAX;
  std::vector<int64_t> ids;       // open and aborted, in order
  std::string aborted_bits;
};
Result<Snapshot> TakeSnapshot(Call& call, const std::vector<TxnType>& exclude) {
  std::vector<int64_t> expired;
  Snapshot s;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    s.high = TRY(write->Int("SELECT next FROM ids WHERE name = 'txn'", {}, 1)) - 1;
    return write->Each("SELECT txn_id, state, txn_type FROM txns ORDER BY txn_id", {}, [&](const SqlRow& row) {
      for (TxnType t : exclude) if (row.Int(1) == kOpen && row.Int(2) == static_cast<int64_t>(t)) return true;
      size_t at = s.ids.size();
      s.ids.push_back(row.Int(0));
      if (s.aborted_bits.size() < at / 8 + 1) s.aborted_bits.resize(at / 8 + 1);
      if (row.Int(1) == kAborted) s.aborted_bits[at / 8] = static_cast<char>(s.aborted_bits[at / 8] | (1 << (at % 8)));
      else s.min_open = std::min(s.min_open, row.Int(0));
      return true;
    });
  }));
  // As Java's BitSet.toByteArray: no trailing zeros.
  while (!s.aborted_bits.empty() && s.aborted_bits.back() == 0) s.aborted_bits.pop_back();
  return s;
}
GetOpenTxnsResponse Answer(Snapshot s) {
  GetOpenTxnsResponse out;
  out.txn_high_water_mark = s.high;
  out.set_open_txns_v2(s.ids);   // Hive 2.3 has a set here
  out.set_open_txns(std::move(s.ids));
  out.set_abortedBits(std::move(s.aborted_bits));
  if (s.min_open != INT64_MAX) out.set_min_open_txn(s.min_open);
  return out;
}
Result<GetOpenTxnsResponse> GetOpen(Call& call, get_open_txns_args&) { return Answer(TRY(TakeSnapshot(call, {}))); }
Result<GetOpenTxnsResponse> GetOpenReq(Call& call, get_open_txns_req_args& a) {
  return Answer(TRY(TakeSnapshot(call, a.getOpenTxnsRequest ? a.getOpenTxnsRequest->excludeTxnTypes : std::vector<TxnType>())));
}
Result<GetOpenTxnsInfoResponse> GetOpenInfo(Call& call, get_open_txns_info_args&) {
  GetOpenTxnsInfoResponse out;
  out.set_open_txns({});
  Status decoded;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    out.txn_high_water_mark = TRY(write->Int("SELECT next FROM ids WHERE name = 'txn'", {}, 1)) - 1;
    return write->Each("SELECT txn_id, state, started, heartbeat, doc FROM txns ORDER BY txn_id", {}, [&](const SqlRow& row) {
      OpenTxnRequest q;
      decoded = DecodeStruct(Protocol::kCompact, row.Text(4), OpenTxnRequest::desc(), &q);
      TxnInfo& x = out.open_txns.emplace_back();
      x.id = row.Int(0);
      x.state = static_cast<TxnState>(row.Int(1));
      x.user = q.user;
      x.hostname = q.hostname;
      x.agentInfo = q.agentInfo;
      x.startedTime = row.Int(2);
      x.lastHeartbeatTime = row.Int(3);
      return decoded.ok();
    });
  }));
  TRY(decoded);
  return out;
}

Result<HeartbeatTxnRangeResponse> HeartbeatRange(Call& call, heartbeat_txn_range_args& a) {
  if (!a.txns) return MetaError("request is null");
  HeartbeatTxnRangeResponse out;
  out.set_aborted({}).set_nosuch({});
  if (a.txns->max > kSeedMax) return TooHigh("transaction id", a.txns->max);
  if (a.txns->max >= a.txns->min && static_cast<uint64_t>(a.txns->max) - static_cast<uint64_t>(a.txns->min) > 100'000) {
    return MetaError("transaction range is longer than 100000");
  }
  std::vector<int64_t> beaten;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {   // all in one
    for (int64_t id = a.txns->min; id <= a.txns->max; ++id) {
      Status s = Beat(*write, id);
      if (s.code() == StatusCode::kNotFound) {
        out.nosuch.push_back(id);
      } else if (s.code() == StatusCode::kCancelled) {
        out.aborted.push_back(id);
      } else {
        TRY(std::move(s));
        beaten.push_back(id);
      }
    }
    return Status::OK();
  }));
  for (int64_t id : beaten) call.service.locks().HeartbeatTxn(id);
  return out;
}

// ---- write ids: per table, one per transaction ----

struct WriteKey { std::string db, tbl; };
WriteKey Key(const std::string& db_name, const std::string& table) {
  DbName db = ParseDbName(db_name);
  return {db.catalog + "." + db.db, LowerName(table)};
}

Result<AllocateTableWriteIdsResponse> Allocate(Call& call, allocate_table_write_ids_args& a) {
  if (!a.rqst) return MetaError("request is null");
  AllocateTableWriteIdsRequest& q = *a.rqst;
  WriteKey k = Key(q.dbName, q.tableName);
  std::vector<int64_t> txns = q.txnIds;
  for (const TxnToWriteId& t : q.srcTxnToWriteIdList) txns.push_back(t.txnId);
  std::sort(txns.begin(), txns.end());
  AllocateTableWriteIdsResponse out;
  out.set_txnToWriteIds({});
  bool any_new = false;
  TRY(Change(call, [&](Store::WriteLease& write) -> Status {
    for (int64_t id : txns) {
      TRY(CheckOpen(StateOf(*write, id), id));
      int64_t w = q.reallocate ? 0 : TRY(write->Int("SELECT write_id FROM write_ids WHERE ctlg_db = ? AND tbl = ? AND txn_id = ?", {k.db, k.tbl, id}, 0));
      if (!w) {
        w = TRY(write->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}, 0));
        if (!w) {
          w = 1;
          TRY(write->Run("INSERT INTO next_write_ids (ctlg_db, tbl, next) VALUES (?, ?, 2)", {k.db, k.tbl}));
        } else {
          TRY(write->Run("UPDATE next_write_ids SET next = next + 1 WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}));
        }
        TRY(write->Run("INSERT INTO write_ids (ctlg_db, tbl, write_id, txn_id) VALUES (?, ?, ?, ?)", {k.db, k.tbl, w, id}));
        any_new = true;
      }
      out.txnToWriteIds.push_back({.txnId = id, .writeId = w});
    }
    if (!any_new) return Status::OK();   // all had theirs: nothing happened
    std::string txn_list, write_list, db = ParseDbName(q.dbName).db;
    for (const TxnToWriteId& t : out.txnToWriteIds) {
      txn_list += (txn_list.empty() ? "" : ",") + std::to_string(t.txnId);
      write_list += (write_list.empty() ? "" : ",") + std::to_string(t.writeId);
    }
    return RecordEvent(call, *write, "ALLOC_WRITE_ID_EVENT", {"", db, call.service.hive4() ? k.tbl : " "},   // Hive's name for it; of no catalog, and of no table outside its message
                       fmt::format(R"({{"server":"","servicePrincipal":"","dbName":{},"tableName":{},"txnIdList":[{}],"writeIdList":[{}],"timestamp":{}}})",
                                   JsonQuote(db), JsonQuote(k.tbl), txn_list, write_list, WallClockMs() / 1000));
  }));
  return out;
}

// "hwm:minOpen:open,open:aborted,..." as ValidReadTxnList writes it: high mark, smallest open, open list, aborted list.
struct ValidTxns {
  int64_t high = INT64_MAX;
  std::vector<int64_t> open, aborted;
};
ValidTxns ParseValidTxns(const std::string& text) {
  ValidTxns v;
  std::vector<std::string> parts = Split(text, ':');
  if (parts.empty() || parts[0].empty()) return v;
  v.high = std::atoll(parts[0].c_str());
  auto list = [&](size_t i, std::vector<int64_t>* out) {
    if (i >= parts.size() || parts[i].empty()) return;
    for (const std::string& s : Split(parts[i], ',')) out->push_back(std::atoll(s.c_str()));
  };
  list(2, &v.open);
  list(3, &v.aborted);
  return v;
}

Result<GetValidWriteIdsResponse> GetValid(Call& call, get_valid_write_ids_args& a) {
  if (!a.rqst) return MetaError("request is null");
  GetValidWriteIdsRequest& q = *a.rqst;
  ValidTxns valid = ParseValidTxns(q.validTxnList);   // an empty text: all are valid
  if (!q.has_validTxnList()) {
    Snapshot s = TRY(TakeSnapshot(call, {}));
    valid.high = s.high;
    for (size_t i = 0; i < s.ids.size(); ++i) {
      bool aborted = i / 8 < s.aborted_bits.size() && (s.aborted_bits[i / 8] >> (i % 8) & 1);
      (aborted ? valid.aborted : valid.open).push_back(s.ids[i]);
    }
  }
  auto has = [](const std::vector<int64_t>& v, int64_t id) { return std::find(v.begin(), v.end(), id) != v.end(); };
  auto read = TRY(call.service.store().Read());
  GetValidWriteIdsResponse out;
  out.set_tblValidWriteIds({});
  for (const std::string& full : q.fullTableNames) {
    size_t dot = full.rfind('.');
    WriteKey k = Key(dot == std::string::npos ? kDefaultDatabase : full.substr(0, dot), dot == std::string::npos ? full : full.substr(dot + 1));
    TableValidWriteIds& t = out.tblValidWriteIds.emplace_back();
    t.fullTableName = full;
    t.set_invalidWriteIds({});
    std::string bits;
    int64_t min_open = INT64_MAX;
    t.writeIdHighWaterMark = TRY(read->Int("SELECT MAX(write_id) FROM write_ids WHERE ctlg_db = ? AND tbl = ? AND txn_id <= ?", {k.db, k.tbl, valid.high}, 0));
    if (t.writeIdHighWaterMark <= 0) {   // none of these transactions wrote: what was given out is known, and not valid to them
      t.writeIdHighWaterMark = std::max<int64_t>(0, TRY(read->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}, 1)) - 1);
    }
    TRY(read->Each("SELECT write_id, txn_id FROM write_ids WHERE ctlg_db = ? AND tbl = ? AND write_id <= ? ORDER BY write_id",
                   {k.db, k.tbl, t.writeIdHighWaterMark}, [&](const SqlRow& row) {
      int64_t w = row.Int(0), txn = row.Int(1);
      bool aborted = has(valid.aborted, txn), open = txn > valid.high || has(valid.open, txn);
      if (!aborted && !open) return true;
      size_t at = t.invalidWriteIds.size();
      t.invalidWriteIds.push_back(w);
      if (bits.size() < at / 8 + 1) bits.resize(at / 8 + 1);
      if (aborted) bits[at / 8] = static_cast<char>(bits[at / 8] | (1 << (at % 8)));
      else min_open = std::min(min_open, w);
      return true;
    }));
    while (!bits.empty() && bits.back() == 0) bits.pop_back();
    t.set_abortedBits(std::move(bits));
    if (min_open != INT64_MAX) t.set_minOpenWriteId(min_open);
  }
  return out;
}

Result<MaxAllocatedTableWriteIdResponse> MaxAllocated(Call& call, get_max_allocated_table_write_id_args& a) {
  if (!a.rqst) return MetaError("request is null");
  WriteKey k = Key(a.rqst->dbName, a.rqst->tableName);
  auto read = TRY(call.service.store().Read());
  MaxAllocatedTableWriteIdResponse out;
  out.maxWriteId = TRY(read->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}, 1)) - 1;
  return out;
}

Status SeedWriteId(Call& call, seed_write_id_args& a) {
  if (!a.rqst) return MetaError("request is null");
  if (a.rqst->seedWriteId > kSeedMax) return TooHigh("write id", a.rqst->seedWriteId);
  WriteKey k = Key(a.rqst->dbName, a.rqst->tableName);
  auto write = TRY(call.service.store().Write());
  if (TRY(write->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}, 0))) {
    return MetaError(fmt::format("{}.{} has write ids already", a.rqst->dbName, a.rqst->tableName));
  }
  TRY(write->Run("INSERT INTO next_write_ids (ctlg_db, tbl, next) VALUES (?, ?, ?)", {k.db, k.tbl, a.rqst->seedWriteId + 1}));
  return write.Commit();
}
Status SeedTxnId(Call& call, seed_txn_id_args& a) {
  if (!a.rqst) return MetaError("request is null");
  if (a.rqst->seedTxnId > kSeedMax) return TooHigh("transaction id", a.rqst->seedTxnId);
  auto write = TRY(call.service.store().Write());
  int64_t next = TRY(write->Int("SELECT next FROM ids WHERE name = 'txn'", {}, 1));
  if (a.rqst->seedTxnId < next) return MetaError(fmt::format("Invalid txnId seed {}, the highWaterMark is {}", a.rqst->seedTxnId, next - 1));
  if (a.rqst->seedTxnId > next) TRY(NextIds(*write, "txn", a.rqst->seedTxnId - next));   // the next one has the seed's id
  return write.Commit();
}

Status AddDynamic(Call& call, add_dynamic_partitions_args& a) {
  if (!a.rqst) return MetaError("request is null");
  AddDynamicPartitions& q = *a.rqst;
  bool v2 = q.has_dbname_v2();   // 2.3 has no write id: every field is one number lower
  std::string db = v2 ? q.dbname_v2 : q.dbname, table = v2 ? q.dbname : q.tablename;
  const Strings& parts = v2 ? q.partitionnames_v2 : q.partitionnames;
  auto operation = static_cast<int64_t>(v2 ? q.operationType_v2 : q.operationType);
  return Change(call, [&](Store::WriteLease& write) -> Status {
    TRY(CheckOpen(StateOf(*write, q.txnid), q.txnid));
    for (const std::string& p : parts) {
      TRY(write->Run("DELETE FROM txn_components WHERE txn_id = ? AND db = ? AND tbl = ? AND part = ? AND operation = ?", {q.txnid, LowerName(db), LowerName(table), p, operation}));
      TRY(write->Run("INSERT INTO txn_components (txn_id, db, tbl, part, write_id, operation, committed) VALUES (?, ?, ?, ?, ?, ?, 0)",
                     {q.txnid, LowerName(db), LowerName(table), p, v2 ? int64_t{0} : q.writeid, operation}));
    }
    return Status::OK();
  });
}

// A replica takes the source table's write ids over: those that were aborted there belong to transactions that are aborted here, and a
// compaction is asked for to clean up after them. Nothing when the table has write ids already.
Status WriteIdState(Call& call, repl_tbl_writeid_state_args& a) {
  if (!a.rqst) return MetaError("request is null");
  const ReplTblWriteIdStateRequest& q = *a.rqst;
  std::vector<std::string> parts = Split(q.validWriteIdlist, ':');   // table:high mark:smallest open:open,...:aborted,...
  if (parts.size() < 3) return MetaError("not a list of write ids: " + q.validWriteIdlist);
  WriteKey k = Key(q.dbName, q.tableName);
  std::vector<int64_t> aborted;
  if (parts.size() > 4 && !parts[4].empty()) for (const std::string& w : Split(parts[4], ',')) aborted.push_back(std::atoll(w.c_str()));
  int64_t high = std::atoll(parts[1].c_str()), open = std::atoll(parts[2].c_str());
  if (high > kSeedMax) return TooHigh("write id", high);
  return Change(call, [&](Store::WriteLease& write) -> Status {
    if (TRY(write->Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {k.db, k.tbl}, 0))) return Status::OK();
    int64_t now = WallClockMs(), txn = aborted.empty() ? 0 : TRY(NextIds(*write, "txn", static_cast<int64_t>(aborted.size())));
    std::string doc = Encode(OpenTxnRequest{.num_txns = 1, .user = q.user, .hostname = q.hostName});
    for (int64_t w : aborted) {
      TRY(write->Run("INSERT INTO txns (txn_id, state, started, heartbeat, txn_type, doc) VALUES (?, ?, ?, ?, 0, ?)", {txn, kAborted, now, now, SqlBlob{doc}}));
      TRY(write->Run("INSERT INTO write_ids (ctlg_db, tbl, write_id, txn_id) VALUES (?, ?, ?, ?)", {k.db, k.tbl, w, txn++}));
    }
    TRY(write->Run("INSERT INTO next_write_ids (ctlg_db, tbl, next) VALUES (?, ?, ?)", {k.db, k.tbl, open <= high ? open : high + 1}));
    if (aborted.empty()) return Status::OK();
    for (const std::string& part : q.partNames.empty() ? Strings{""} : q.partNames) TRY(InitiateCompaction(*write, q.dbName, q.tableName, part));
    return Status::OK();
  });
}
Status AddMinHistory(Call&, add_write_ids_to_min_history_args&) { return Status::OK(); }
Result<int64_t> LatestInConflict(Call& call, get_latest_txnid_in_conflict_args& a) {
  auto read = TRY(call.service.store().Read());
  return read->Int("SELECT MAX(o.txn_id) FROM txn_components m JOIN txn_components o ON o.db = m.db AND o.tbl = m.tbl "
                   "WHERE m.txn_id = ? AND o.committed > 0 AND o.txn_id <> m.txn_id", {a.txnId}, 0);
}
}  // namespace

Status CheckTxnOpen(Call& call, int64_t txn_id) {
  return Change(call, [&](Store::WriteLease& write) { return CheckOpen(StateOf(*write, txn_id), txn_id); });
}

Status FreeLocksOfDeadTxns(Call& call) {
  if (!call.service.locks().TxnsMayBeDead()) return Status::OK();
  return Change(call, [](Store::WriteLease&) { return Status::OK(); });
}

Status HeartbeatTxn(Call& call, int64_t txn_id) {
  TRY(Change(call, [&](Store::WriteLease& write) { return Beat(*write, txn_id); }));
  call.service.locks().HeartbeatTxn(txn_id);
  return Status::OK();
}

Status RecordTxnWrites(Call& call, const LockRequest& q) {
  bool writes = std::any_of(q.component.begin(), q.component.end(), [](const LockComponent& c) {
    return c.isTransactional && !c.isDynamicPartitionWrite && c.operationType >= DataOperationType::INSERT && c.operationType <= DataOperationType::DELETE;
  });
  if (!writes) return Status::OK();
  return Change(call, [&](Store::WriteLease& write) -> Status {
    for (const LockComponent& c : q.component) {
      if (!c.isTransactional || c.isDynamicPartitionWrite || c.operationType < DataOperationType::INSERT || c.operationType > DataOperationType::DELETE) continue;
      std::string db = ParseDbName(c.dbname).db, table = LowerName(c.tablename);
      auto operation = static_cast<int64_t>(c.operationType);
      TRY(write->Run("DELETE FROM txn_components WHERE txn_id = ? AND db = ? AND tbl = ? AND part = ? AND operation = ?", {q.txnid, db, table, c.partitionname, operation}));
      TRY(write->Run("INSERT INTO txn_components (txn_id, db, tbl, part, write_id, operation, committed) VALUES (?, ?, ?, ?, 0, ?, 0)",
                     {q.txnid, db, table, c.partitionname, operation}));
    }
    return Status::OK();
  });
}

void AddTxnCalls(Router& r) {
  r.Add<call::open_txns, OpenTxns>();
  r.Add<call::commit_txn, Commit>();
  r.Add<call::abort_txn, AbortOne>();
  r.Add<call::abort_txns, AbortMany>();
  r.Add<call::get_open_txns, GetOpen>();
  r.Add<call::get_open_txns_req, GetOpenReq>();
  r.Add<call::get_open_txns_info, GetOpenInfo>();
  r.Add<call::heartbeat_txn_range, HeartbeatRange>();
  r.Add<call::allocate_table_write_ids, Allocate>();
  r.Add<call::get_valid_write_ids, GetValid>();
  r.Add<call::get_max_allocated_table_write_id, MaxAllocated>();
  r.Add<call::seed_write_id, SeedWriteId>();
  r.Add<call::seed_txn_id, SeedTxnId>();
  r.Add<call::add_dynamic_partitions, AddDynamic>();
  r.Add<call::repl_tbl_writeid_state, WriteIdState>();
  r.Add<call::add_write_ids_to_min_history, AddMinHistory>(Depth::kFixed);
  r.Add<call::get_latest_txnid_in_conflict, LatestInConflict>();
}

}  // namespace tarn::metastore
