// Writing what a metastore keeps beside its catalog. Numbers only rise: what was given out here or there is not given out again.
#include "base/clock.h"
#include "fmt/format.h"
#include "metastore/dump.h"
#include "metastore/rows.h"
#include "wire/codec.h"

namespace tarn::metastore {

using namespace wire;

Status CatalogTarget::Raise(const char* sequence, int64_t last) {
  int64_t next = TRY((*write_)->Int("SELECT next FROM ids WHERE name = ?", {sequence}, 1));
  if (last < next) return Status::OK();
  TRY(NextIds(**write_, sequence, last - next + 1));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, TransactionsRecord& t) { return Raise("txn", t.high_water_mark); }
Status CatalogTarget::WriteOne(const RecordScope&, NotificationsRecord& n) { return Raise("notification", n.last_event_id); }

// One aborted transaction stands for all that aborted or never ended in the source.
Result<int64_t> CatalogTarget::AbortedTxn() {
  if (aborted_txn_) return aborted_txn_;
  OpenTxnRequest q{.num_txns = 1, .user = "tarn-metastore", .hostname = "", .agentInfo = "write ids of another metastore that aborted there"};
  int64_t now = WallClockMs();
  aborted_txn_ = TRY(NextIds(**write_, "txn"));
  TRY((*write_)->Run("INSERT INTO txns (txn_id, state, started, heartbeat, txn_type, doc) VALUES (?, 2, ?, ?, 0, ?)", {aborted_txn_, now, now, SqlBlob{Encode(q)}}));
  return aborted_txn_;
}

Status CatalogTarget::WriteOne(const RecordScope& scope, TableValidWriteIds& w) {
  SqlConnection& c = **write_;
  std::string db = scope.catalog + "." + LowerName(scope.db), table = LowerName(scope.table);
  int64_t next = TRY(c.Int("SELECT next FROM next_write_ids WHERE ctlg_db = ? AND tbl = ?", {db, table}, 0));
  int64_t last = w.writeIdHighWaterMark;
  if (last < std::max<int64_t>(next, 1)) return Status::OK();
  if (next) TRY(c.Run("UPDATE next_write_ids SET next = ? WHERE ctlg_db = ? AND tbl = ?", {last + 1, db, table}));
  else TRY(c.Run("INSERT INTO next_write_ids (ctlg_db, tbl, next) VALUES (?, ?, ?)", {db, table, last + 1}));
  constexpr char kInsert[] = "INSERT INTO write_ids (ctlg_db, tbl, write_id, txn_id) VALUES (?, ?, ?, ?)";
  bool last_is_valid = true;
  for (int64_t id : w.invalidWriteIds) {
    if (id < next || id > last) continue;      // known here already
    TRY(c.Run(kInsert, {db, table, id, TRY(AbortedTxn())}));
    last_is_valid &= id != last;
  }
  // All others are of transactions that are over, which need no rows; the last one says how far they go. No transaction has the number 0.
  if (last_is_valid) TRY(c.Run(kInsert, {db, table, last, int64_t{0}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, CompactionInfoStruct& c) {
  bool taken = false, same = false;
  Status decoded;
  TRY((*write_)->Each("SELECT id, doc FROM compactions", {}, [&](const SqlRow& row) {
    CompactionInfoStruct x;
    decoded = DecodeStruct(Protocol::kCompact, row.Text(1), CompactionInfoStruct::desc(), &x);
    taken |= row.Int(0) == c.id;
    same |= x.dbname == c.dbname && x.tablename == c.tablename && x.partitionname == c.partitionname && x.type == c.type && x.enqueueTime == c.enqueueTime && (!c.id || row.Int(0) == c.id);
    return decoded.ok() && !same;
  }));
  TRY(decoded);
  if (same) return Status::OK();
  if (c.id <= 0 || taken) c.id = TRY(NextIds(**write_, "compaction"));
  else TRY(Raise("compaction", c.id));
  if (c.state.empty()) c.set_state("i");
  TRY((*write_)->Run("INSERT INTO compactions (id, state, doc) VALUES (?, ?, ?)", {c.id, c.state, SqlBlob{Encode(c)}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, RuntimeStat& s) {
  std::string doc = Encode(s);
  bool same = false;
  TRY((*write_)->Each("SELECT doc FROM objects WHERE kind = 'runtime_stat'", {}, [&](const SqlRow& row) { same = row.Text(0) == doc; return !same; }));
  if (same) return Status::OK();
  int64_t id = TRY(NextIds(**write_, "runtime_stat"));
  TRY((*write_)->Run("INSERT INTO objects (kind, name, doc) VALUES ('runtime_stat', ?, ?)", {std::to_string(1'000'000'000'000 + id), SqlBlob{doc}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, MasterKeyRecord& k) {
  if (k.key.empty()) return Status::Corrupt("a master key without its key");
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM master_keys WHERE master_key = ?", {k.key}, 0))) return Status::OK();
  bool taken = k.id > 0 && TRY((*write_)->Int("SELECT COUNT(*) FROM master_keys WHERE key_id = ?", {k.id}, 0));
  if (k.id <= 0 || taken) k.id = TRY(NextIds(**write_, "master_key"));
  else TRY(Raise("master_key", k.id));
  TRY((*write_)->Run("INSERT INTO master_keys (key_id, master_key) VALUES (?, ?)", {k.id, k.key}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, TokenRecord& t) {
  if (t.identifier.empty()) return Status::Corrupt("a delegation token without its identifier");
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM tokens WHERE ident = ?", {t.identifier}, 0))) return Status::OK();
  TRY((*write_)->Run("INSERT INTO tokens (ident, token) VALUES (?, ?)", {t.identifier, t.token}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, ObjectRecord& o) {
  if (o.kind.empty()) return Status::Corrupt("a stored object without its kind");
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM objects WHERE kind = ? AND name = ?", {o.kind, o.name}, 0))) return Status::OK();
  TRY((*write_)->Run("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", {o.kind, o.name, SqlBlob{o.doc}}));
  fresh_ = true;
  return Status::OK();
}

}  // namespace tarn::metastore
