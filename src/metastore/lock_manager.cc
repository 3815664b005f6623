#include "metastore/lock_manager.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "metastore/names.h"
#include "wire/codec.h"
#include "wire/fault.h"

namespace tarn::metastore {

using wire::LockComponent;
using wire::LockType;

namespace {
// Of a database, to keep it from being dropped; exclusive of something in it. Not in each other's way.
bool SharedOnDatabase(const LockComponent& c) { return c.tablename.empty() && c.type == LockType::SHARED_READ; }
bool ExclusiveWithin(const LockComponent& c) { return !c.tablename.empty() && c.type == LockType::EXCLUSIVE; }
std::string Id(int64_t id) { return "lockid:" + std::to_string(id); }
// By which locks are listed, and looked at by those that wait: a read first, then a write, then an exclusive lock.
int Strictness(LockType t) { return t == LockType::SHARED_READ ? 0 : t == LockType::SHARED_WRITE ? 1 : t == LockType::EXCL_WRITE ? 2 : 3; }
const char* TypeName(LockType t) {
  return t == LockType::SHARED_READ ? "SHARED_READ" : t == LockType::SHARED_WRITE ? "SHARED_WRITE" : t == LockType::EXCL_WRITE ? "EXCL_WRITE" : "EXCLUSIVE";
}
// As Hive's messages have it.
std::string Described(int64_t id, size_t internal, int64_t txn, const LockComponent& c, bool acquired) {
  return Id(id) + " intLockId:" + std::to_string(internal) + " txnid:" + std::to_string(txn) + " db:" + c.dbname + " table:" + (c.has_tablename() ? c.tablename : "null") +
         " partition:" + (c.has_partitionname() ? c.partitionname : "null") + " state:" + (acquired ? "ACQUIRED" : "WAITING") + " type:" + TypeName(c.type);
}
}  // namespace

bool LockManager::Conflict(const LockComponent& a, const LockComponent& b) const {
  if (a.dbname != b.dbname) return false;
  if (!a.tablename.empty() && !b.tablename.empty()) {
    if (a.tablename != b.tablename) return false;
    if (!a.partitionname.empty() && !b.partitionname.empty() && a.partitionname != b.partitionname) return false;
  } else if ((SharedOnDatabase(a) && ExclusiveWithin(b)) || (SharedOnDatabase(b) && ExclusiveWithin(a))) {
    return false;
  }
  auto pair = [&](LockType x, LockType y) { return (a.type == x && b.type == y) || (a.type == y && b.type == x); };
  if (a.type == LockType::EXCLUSIVE || b.type == LockType::EXCLUSIVE) return true;
  if (pair(LockType::SHARED_READ, LockType::SHARED_READ) || pair(LockType::SHARED_READ, LockType::SHARED_WRITE) ||
      pair(LockType::SHARED_READ, LockType::EXCL_WRITE)) return false;
  if (pair(LockType::SHARED_WRITE, LockType::SHARED_WRITE)) return !hive4_;
  return true;   // exclusive-write against shared-write or itself
}

std::optional<LockManager::Blocking> LockManager::Blocker(const Entry& e) const {
  return hive4_ ? FirstBlocker(e) : StrictestBlocker(e);
}

namespace {
// The components of a request by what they may meet, so that two long requests are not compared pair by pair.
class Asked {
 public:
  explicit Asked(const wire::LockRequest& request) {
    for (size_t i = 0; i < request.component.size(); ++i) {
      const LockComponent& c = request.component[i];
      Database& db = databases_[c.dbname];
      db.all.push_back(i);
      db.tables[c.tablename].push_back(i);
    }
  }
  // Calls `on` with the places of those in the same table as `held`, or of which one is a whole database.
  template <typename F> void Near(const LockComponent& held, F on) const {
    auto db = databases_.find(held.dbname);
    if (db == databases_.end()) return;
    if (held.tablename.empty()) {
      for (size_t i : db->second.all) on(i);
      return;
    }
    for (std::string_view table : {std::string_view(), std::string_view(held.tablename)}) {
      auto t = db->second.tables.find(table);
      if (t == db->second.tables.end()) continue;
      for (size_t i : t->second) on(i);
    }
  }

 private:
  struct Database {
    std::vector<size_t> all;
    std::unordered_map<std::string_view, std::vector<size_t>> tables;
  };
  std::unordered_map<std::string_view, Database> databases_;
};
}  // namespace

// Hive 4 asks for each kind of lock in turn, and takes the oldest that is in the way.
std::optional<LockManager::Blocking> LockManager::FirstBlocker(const Entry& e) const {
  static constexpr LockType kOrder[] = {LockType::SHARED_READ, LockType::EXCLUSIVE, LockType::SHARED_WRITE, LockType::EXCL_WRITE};
  std::optional<Blocking> by_type[std::size(kOrder) + 1];   // the last: of types that there are not
  Asked asked(e.request);
  for (const auto& [id, other] : locks_) {
    if (id >= e.id || by_type[0]) break;
    if (e.txn_id && other.txn_id == e.txn_id) continue;
    for (size_t j = 0; j < other.request.component.size(); ++j) {
      const LockComponent& held = other.request.component[j];
      asked.Near(held, [&](size_t i) {
        const LockComponent& c = e.request.component[i];
        auto& found = by_type[static_cast<size_t>(std::find(std::begin(kOrder), std::end(kOrder), c.type) - kOrder)];
        bool earlier = !found || (found->id == id && found->internal == static_cast<int64_t>(j) + 1 && i < found->component);
        if (earlier && Conflict(c, held)) found = Blocking{.component = i, .id = id, .internal = static_cast<int64_t>(j) + 1};
      });
    }
  }
  for (size_t t = 0; t < std::size(kOrder); ++t) if (by_type[t]) return by_type[t];
  return std::nullopt;
}

// Hive looks from the strictest waiting lock down to the mildest one that is held, for one component after the other.
std::optional<LockManager::Blocking> LockManager::StrictestBlocker(const Entry& e) const {
  auto rank = [](const Entry& lock, const LockComponent& c) { return (lock.acquired ? 0 : 100) + Strictness(c.type); };
  std::optional<Blocking> found;
  int strictest = -1;
  Asked asked(e.request);
  for (const auto& [id, other] : locks_) {
    if (id >= e.id) break;
    if (e.txn_id && other.txn_id == e.txn_id) continue;
    for (size_t j = 0; j < other.request.component.size(); ++j) {
      const LockComponent& held = other.request.component[j];
      asked.Near(held, [&](size_t i) {
        bool better = !found || i < found->component || (i == found->component && rank(other, held) >= strictest);
        if (!better || !Conflict(e.request.component[i], held)) return;
        strictest = rank(other, held);
        found = Blocking{.component = i, .id = id, .internal = static_cast<int64_t>(j) + 1};
      });
    }
  }
  return found;
}

Status LockManager::Decode(const SqlRow& row, int first, Entry* e) {
  e->txn_id = row.Int(first);
  e->acquired = row.Int(first + 1);
  e->heartbeat = e->heartbeat_written = std::max(e->heartbeat, row.Int(first + 2));
  return wire::DecodeStruct(wire::Protocol::kCompact, row.Text(first + 3), wire::LockRequest::desc(), &e->request);
}

Status LockManager::LoadAll(SqlConnection& c) {
  locks_.clear();
  Status decoded;
  TRY(c.Each("SELECT lock_id, txn_id, acquired, heartbeat, doc FROM locks ORDER BY lock_id", {}, [&](const SqlRow& row) {
    Entry& e = locks_[row.Int(0)];
    e.id = row.Int(0);
    decoded = Decode(row, 1, &e);
    return decoded.ok();
  }));
  return decoded;
}

Status LockManager::Load() {
  std::lock_guard lock(mutex_);
  if (store_.shared()) {
    TRY(Sync());
    return ExpireShared();
  }
  {
    auto read = TRY(store_.Read());
    TRY(LoadAll(*read));
  }
  int64_t now = WallClockMs();
  for (auto& [id, e] : locks_) e.heartbeat = now;
  // A transaction that ended just before its process did.
  std::vector<int64_t> orphans;
  {
    auto read = TRY(store_.Read());
    TRY(read->Each("SELECT lock_id FROM locks WHERE txn_id <> 0 AND txn_id NOT IN (SELECT txn_id FROM txns WHERE state = 3)", {}, [&](const SqlRow& row) {
      orphans.push_back(row.Int(0));
      return true;
    }));
  }
  return Remove(orphans);
}

// ---- several processes ----

Status LockManager::Sync(SqlConnection& c) {
  if (!store_.shared()) return Status::OK();
  Status s;
  bool gap = epoch_ < 0 || reconnects_ != store_.reconnects();
  if (!gap) {
    Status decoded;
    s = c.Each("SELECT m.epoch, m.lock_id, l.txn_id, l.acquired, l.heartbeat, l.doc FROM lock_changes m LEFT JOIN locks l ON l.lock_id = m.lock_id "
               "WHERE m.epoch > ? ORDER BY m.epoch", {epoch_}, [&](const SqlRow& row) {
                 gap = row.Int(0) != epoch_ + 1;
                 if (gap) return false;
                 epoch_ = row.Int(0);
                 if (row.Null(2)) { locks_.erase(row.Int(1)); return true; }
                 Entry& e = locks_[row.Int(1)];
                 e.id = row.Int(1);
                 decoded = Decode(row, 2, &e);
                 return decoded.ok();
               });
    if (s.ok()) s = std::move(decoded);
  }
  if (s.ok() && gap) {
    uint64_t reconnects = store_.reconnects();
    auto last = c.Int("SELECT MAX(epoch) FROM lock_changes", {}, 0);   // before the rows: what comes between is told again
    s = last.ok() ? LoadAll(c) : last.status();
    if (s.ok()) {
      epoch_ = *last;
      reconnects_ = reconnects;
    }
  }
  if (!s.ok()) epoch_ = -1;
  return s;
}

Status LockManager::Sync() {
  if (!store_.shared()) return Status::OK();
  auto read = TRY(store_.Read());
  return Sync(*read);
}

Result<Store::WriteLease> LockManager::Write() {
  auto write = TRY(store_.Write());
  TRY(Sync(*write));
  marked_ = 0;
  return write;
}

Status LockManager::Mark(SqlConnection& c, int64_t id) {
  if (!store_.shared()) return Status::OK();
  TRY(c.Run("INSERT INTO lock_changes (epoch, lock_id) VALUES (?, ?)", {epoch_ + ++marked_, id}));
  if ((epoch_ + marked_) % kChangesPruned == 0) TRY(c.Run("DELETE FROM lock_changes WHERE epoch <= ?", {epoch_ + marked_ - kChangesPruned}));
  return Status::OK();
}

// Memory is changed by the caller after this.
Status LockManager::Commit(Store::WriteLease& write) {
  Status s = write.Commit();
  if (s.ok()) epoch_ += store_.shared() ? marked_ : 0;
  else epoch_ = -1;
  return s;
}

Status LockManager::WriteHeartbeat(Entry& e, int64_t if_older_than_ms) {
  if (!store_.shared() || e.txn_id || e.heartbeat - e.heartbeat_written < if_older_than_ms) return Status::OK();
  auto read = TRY(store_.Read());   // a statement of its own, of no consequence to anybody's cache
  TRY(read->Run("UPDATE locks SET heartbeat = ? WHERE lock_id = ? AND heartbeat < ?", {e.heartbeat, e.id, e.heartbeat}));
  e.heartbeat_written = e.heartbeat;
  return Status::OK();
}

Status LockManager::Remove(const std::vector<int64_t>& ids) {
  if (ids.empty()) return Status::OK();
  auto write = TRY(Write());
  for (int64_t id : ids) {
    if (TRY(write->Run("DELETE FROM locks WHERE lock_id = ?", {id}))) TRY(Mark(*write, id));
  }
  TRY(Commit(write));
  for (int64_t id : ids) locks_.erase(id);
  return Status::OK();
}

Status LockManager::ExpireLocked() {
  if (store_.shared()) return ExpireShared();
  int64_t limit = WallClockMs() - timeout_ms_;
  std::vector<int64_t> gone;
  for (const auto& [id, e] : locks_) {
    if (e.txn_id == 0 && e.heartbeat < limit) gone.push_back(id);
  }
  for (int64_t id : gone) LogInfo("lock {} of {}@{} timed out", id, locks_[id].request.user, locks_[id].request.hostname);
  return Remove(gone);
}

// What the database says counts: a client may have sent its heartbeat to another process.
Status LockManager::ExpireShared() {
  int64_t now = WallClockMs();
  if (now - expiry_checked_ms_ < kept_alive_ms_ / 5) return Status::OK();
  expiry_checked_ms_ = now;
  int64_t limit = now - timeout_ms_ - kept_alive_ms_;
  std::vector<int64_t> late, orphans;
  {
    auto read = TRY(store_.Read());
    auto take = [](std::vector<int64_t>* out) { return [out](const SqlRow& row) { out->push_back(row.Int(0)); return true; }; };
    TRY(read->Each("SELECT lock_id FROM locks WHERE txn_id = 0 AND heartbeat < ?", {limit}, take(&late)));
    // Of a transaction that ended: a process died before it came to that.
    if (now - orphans_checked_ms_ > timeout_ms_ / 10) {
      orphans_checked_ms_ = now;
      TRY(read->Each("SELECT lock_id FROM locks WHERE txn_id <> 0 AND txn_id NOT IN (SELECT txn_id FROM txns WHERE state = 3)", {}, take(&orphans)));
    }
  }
  if (late.empty() && orphans.empty()) return Status::OK();
  auto write = TRY(Write());
  std::vector<int64_t> gone;
  for (int64_t id : late) {
    if (!TRY(write->Run("DELETE FROM locks WHERE lock_id = ? AND txn_id = 0 AND heartbeat < ?", {id, limit}))) continue;
    TRY(Mark(*write, id));
    gone.push_back(id);
  }
  for (int64_t id : orphans) {
    if (!TRY(write->Run("DELETE FROM locks WHERE lock_id = ? AND txn_id NOT IN (SELECT txn_id FROM txns WHERE state = 3)", {id}))) continue;
    TRY(Mark(*write, id));
    gone.push_back(id);
  }
  TRY(Commit(write));
  for (int64_t id : gone) {
    auto it = locks_.find(id);
    if (it == locks_.end()) continue;
    LogInfo("lock {} of {}@{} timed out", id, it->second.request.user, it->second.request.hostname);
    locks_.erase(it);
  }
  return Status::OK();
}

wire::LockResponse LockManager::TryAcquireLocked(Entry& e) {
  wire::LockResponse r;
  r.lockid = e.id;
  if (!e.acquired) {
    auto blocker = Blocker(e);
    if (!blocker) e.acquired = WallClockMs();
    e.blocked.resize(blocker ? e.request.component.size() : 0);
    if (blocker) e.blocked[blocker->component] = *blocker;
  }
  if (e.acquired) e.beaten = false;
  r.set_state(e.acquired ? wire::LockState::ACQUIRED : wire::LockState::WAITING);
  return r;
}

std::string LockManager::NotToWait(const Entry& e) const {
  if (e.acquired || e.txn_id == 0) return "";
  for (const Blocking& b : e.blocked) {
    auto other = locks_.find(b.id);
    if (other == locks_.end()) continue;
    const Entry& o = other->second;
    std::string by = Described(b.id, static_cast<size_t>(b.internal), o.txn_id, o.request.component[static_cast<size_t>(b.internal) - 1], o.acquired != 0);
    if (e.request.exclusiveCTAS) return "Failed to initiate a concurrent CTAS operation with the same table name, lockInfo : " + by;
    if (e.request.zeroWaitReadEnabled && e.request.component[b.component].type == LockType::SHARED_READ) return "Unable to acquire read lock due to an existing exclusive lock {" + by + "}";
  }
  return "";
}

Result<wire::LockResponse> LockManager::Lock(const wire::LockRequest& request) {
  if (request.component.empty()) return wire::MetaError("lock request names nothing to lock");
  if (request.component.size() > kComponentsMax) return Status::Exhausted("lock request has more than 10000 components");
  std::lock_guard lock(mutex_);
  TRY(ExpireLocked());
  Entry e;
  e.txn_id = request.txnid;
  e.request = request;
  for (LockComponent& c : e.request.component) {
    DbName db = ParseDbName(c.dbname);
    c.dbname = db.catalog == kDefaultCatalog ? db.db : db.catalog + "#" + db.db;
    if (c.has_tablename()) c.tablename = LowerName(c.tablename);
  }
  auto write = TRY(Write());
  e.id = TRY(NextIds(*write, "lock"));
  e.heartbeat = e.heartbeat_written = WallClockMs();
  wire::LockResponse r = TryAcquireLocked(e);
  if (std::string why = NotToWait(e); !why.empty()) {
    TRY(Commit(write));   // its id is gone
    r.set_state(wire::LockState::NOT_ACQUIRED);
    r.set_errorMessage(why);
    return r;
  }
  TRY(write->Run("INSERT INTO locks (lock_id, txn_id, state, heartbeat, acquired, doc) VALUES (?, ?, ?, ?, ?, ?)",
                 {e.id, e.txn_id, static_cast<int64_t>(r.state), e.heartbeat, e.acquired, SqlBlob{wire::Encode(e.request)}}));
  TRY(Mark(*write, e.id));
  TRY(Commit(write));
  locks_[e.id] = std::move(e);
  return r;
}

Result<wire::LockResponse> LockManager::Check(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  it->second.heartbeat = WallClockMs();
  TRY(WriteHeartbeat(it->second, kept_alive_ms_));
  TRY(ExpireLocked());
  it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  if (it->second.acquired || Blocker(it->second)) return TryAcquireLocked(it->second);
  auto write = TRY(Write());
  it = locks_.find(id);   // another process may have changed it
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  if (it->second.acquired) return TryAcquireLocked(it->second);
  Entry e = it->second;
  wire::LockResponse r = TryAcquireLocked(e);
  if (!e.acquired) return r;
  TRY(write->Run("UPDATE locks SET state = ?, acquired = ? WHERE lock_id = ?", {static_cast<int64_t>(r.state), e.acquired, id}));
  TRY(Mark(*write, id));
  TRY(Commit(write));
  it->second.acquired = e.acquired;
  it->second.beaten = false;
  it->second.blocked.clear();
  return r;
}

Result<int64_t> LockManager::TxnOf(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  TRY(ExpireLocked());
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  return it->second.txn_id;
}

Status LockManager::Unlock(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  TRY(ExpireLocked());
  auto it = locks_.find(id);
  if (it == locks_.end()) return Status::OK();   // said twice, or timed out: as Hive, no error
  if (it->second.txn_id && it->second.acquired) {
    return wire::TxnOpen("Unlocking locks associated with transaction not permitted.  " + Described(id, 1, it->second.txn_id, it->second.request.component[0], true));
  }
  return Remove({id});
}

Status LockManager::Heartbeat(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock: " + Id(id));
  it->second.heartbeat = WallClockMs();
  it->second.beaten = true;
  return WriteHeartbeat(it->second, 0);
}

void LockManager::HeartbeatTxn(int64_t txn_id) {
  std::lock_guard lock(mutex_);
  for (auto& [id, e] : locks_) if (e.txn_id == txn_id) e.heartbeat = WallClockMs();
}

bool LockManager::TxnsMayBeDead() {
  std::lock_guard lock(mutex_);
  int64_t now = WallClockMs();
  if (now - txns_checked_ms_ < timeout_ms_ / 10) return false;
  txns_checked_ms_ = now;
  // A heartbeat may have come to another process.
  return std::any_of(locks_.begin(), locks_.end(), [&](const auto& l) { return l.second.txn_id && (store_.shared() || l.second.heartbeat < now - timeout_ms_); });
}

Status LockManager::ReleaseTxn(int64_t txn_id) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  std::vector<int64_t> ids;
  for (const auto& [id, e] : locks_) if (e.txn_id == txn_id) ids.push_back(id);
  return Remove(ids);
}

Result<std::vector<wire::ShowLocksResponseElement>> LockManager::Show(const wire::ShowLocksRequest& filter) {
  std::lock_guard lock(mutex_);
  TRY(Sync());
  TRY(ExpireLocked());
  std::vector<wire::ShowLocksResponseElement> out;
  for (auto& [id, e] : locks_) {
    if (filter.txnid && e.txn_id != filter.txnid) continue;
    for (size_t i = 0; i < e.request.component.size(); ++i) {
      const LockComponent& c = e.request.component[i];
      if (!filter.dbname.empty() && ParseDbName(filter.dbname).db != c.dbname) continue;
      if (!filter.tablename.empty() && LowerName(filter.tablename) != c.tablename) continue;
      if (!filter.partname.empty() && filter.partname != c.partitionname) continue;
      wire::ShowLocksResponseElement& x = out.emplace_back();
      x.lockid = id;
      x.dbname = c.dbname;
      if (c.has_tablename()) x.set_tablename(c.tablename);
      if (c.has_partitionname()) x.set_partname(c.partitionname);
      x.state = e.acquired ? wire::LockState::ACQUIRED : wire::LockState::WAITING;
      x.type = c.type;
      x.set_txnid(e.txn_id);
      x.lastheartbeat = e.txn_id && !e.beaten ? 0 : e.heartbeat;
      if (e.acquired) x.set_acquiredat(e.acquired);
      x.user = e.request.user;
      x.hostname = e.request.hostname;
      x.agentInfo = e.request.agentInfo;
      x.set_lockIdInternal(static_cast<int64_t>(i) + 1);
      if (e.acquired || i >= e.blocked.size() || !e.blocked[i].id) continue;
      x.set_blockedByExtId(e.blocked[i].id);
      x.set_blockedByIntId(e.blocked[i].internal);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a.state != wire::LockState::ACQUIRED, Strictness(a.type)) < std::pair(b.state != wire::LockState::ACQUIRED, Strictness(b.type));
  });
  return out;
}

}  // namespace tarn::metastore
