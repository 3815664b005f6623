#include "metastore/lock_manager.h"

#include "base/clock.h"
#include "base/log.h"
#include "metastore/names.h"
#include "wire/codec.h"
#include "wire/fault.h"

namespace tarn::metastore {

using wire::LockComponent;
using wire::LockType;

namespace {
bool SharedOnDatabase(const LockComponent& c) { return c.tablename.empty() && c.type != LockType::EXCLUSIVE; }
std::string Id(int64_t id) { return "lockid:" + std::to_string(id); }
}  // namespace

bool LockManager::Conflict(const LockComponent& a, const LockComponent& b) const {
  if (a.dbname != b.dbname) return false;
  if (!a.tablename.empty() && !b.tablename.empty()) {
    if (a.tablename != b.tablename) return false;
    if (!a.partitionname.empty() && !b.partitionname.empty() && a.partitionname != b.partitionname) return false;
  } else if ((SharedOnDatabase(a) && !b.tablename.empty()) || (SharedOnDatabase(b) && !a.tablename.empty())) {
    return false;   // it only keeps the database from being dropped
  }
  auto pair = [&](LockType x, LockType y) { return (a.type == x && b.type == y) || (a.type == y && b.type == x); };
  if (a.type == LockType::EXCLUSIVE || b.type == LockType::EXCLUSIVE) return true;
  if (pair(LockType::SHARED_READ, LockType::SHARED_READ) || pair(LockType::SHARED_READ, LockType::SHARED_WRITE) ||
      pair(LockType::SHARED_READ, LockType::EXCL_WRITE)) return false;
  if (pair(LockType::SHARED_WRITE, LockType::SHARED_WRITE)) return !hive4_;
  return true;   // exclusive-write against shared-write or itself
}

const LockManager::Entry* LockManager::Blocker(const Entry& e) const {
  for (const auto& [id, other] : locks_) {
    if (id >= e.id) break;
    if (e.txn_id && other.txn_id == e.txn_id) continue;
    for (const LockComponent& a : e.request.component) {
      for (const LockComponent& b : other.request.component) if (Conflict(a, b)) return &other;
    }
  }
  return nullptr;
}

Status LockManager::Load() {
  auto read = TRY(store_.Read());
  int64_t now = WallClockMs();
  Status decoded;
  std::lock_guard lock(mutex_);
  return read->Each("SELECT lock_id, txn_id, acquired, doc FROM locks ORDER BY lock_id", {}, [&](const SqlRow& row) {
    Entry& e = locks_[row.Int(0)];
    e.id = row.Int(0);
    e.txn_id = row.Int(1);
    e.acquired = row.Int(2);
    e.heartbeat = now;
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(3), wire::LockRequest::desc(), &e.request);
    return decoded.ok();
  });
}

Status LockManager::Remove(const std::vector<int64_t>& ids) {
  if (ids.empty()) return Status::OK();
  auto write = TRY(store_.Write());
  for (int64_t id : ids) TRY(write->Run("DELETE FROM locks WHERE lock_id = ?", {id}));
  TRY(write.Commit());
  for (int64_t id : ids) locks_.erase(id);
  return Status::OK();
}

Status LockManager::ExpireLocked() {
  int64_t limit = WallClockMs() - timeout_ms_;
  std::vector<int64_t> gone;
  for (const auto& [id, e] : locks_) {
    if (e.txn_id == 0 && e.heartbeat < limit) gone.push_back(id);
  }
  for (int64_t id : gone) LogInfo("lock {} of {}@{} timed out", id, locks_[id].request.user, locks_[id].request.hostname);
  return Remove(gone);
}

wire::LockResponse LockManager::TryAcquireLocked(Entry& e) {
  wire::LockResponse r;
  r.lockid = e.id;
  if (!e.acquired && !Blocker(e)) e.acquired = WallClockMs();
  r.set_state(e.acquired ? wire::LockState::ACQUIRED : wire::LockState::WAITING);
  return r;
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
  auto write = TRY(store_.Write());
  e.id = TRY(NextIds(*write, "lock"));
  e.heartbeat = WallClockMs();
  wire::LockResponse r = TryAcquireLocked(e);
  TRY(write->Run("INSERT INTO locks (lock_id, txn_id, state, heartbeat, acquired, doc) VALUES (?, ?, ?, ?, ?, ?)",
                 {e.id, e.txn_id, static_cast<int64_t>(r.state), e.heartbeat, e.acquired, SqlBlob{wire::Encode(e.request)}}));
  TRY(write.Commit());
  locks_[e.id] = std::move(e);
  return r;
}

Result<wire::LockResponse> LockManager::Check(int64_t id) {
  std::lock_guard lock(mutex_);
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  it->second.heartbeat = WallClockMs();
  ++it->second.heartbeats;
  TRY(ExpireLocked());
  if (it->second.acquired) return TryAcquireLocked(it->second);
  wire::LockResponse r = TryAcquireLocked(it->second);
  if (it->second.acquired) {
    auto write = TRY(store_.Write());
    TRY(write->Run("UPDATE locks SET state = ?, acquired = ? WHERE lock_id = ?", {static_cast<int64_t>(r.state), it->second.acquired, id}));
    TRY(write.Commit());
  }
  return r;
}

Result<int64_t> LockManager::TxnOf(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(ExpireLocked());
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  return it->second.txn_id;
}

Status LockManager::Unlock(int64_t id) {
  std::lock_guard lock(mutex_);
  TRY(ExpireLocked());
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock " + Id(id));
  if (it->second.txn_id && it->second.acquired) {
    return wire::TxnOpen("Unlocking locks associated with transaction not permitted. " + Id(id) + " is associated with transaction txnid:" +
                         std::to_string(it->second.txn_id));
  }
  return Remove({id});
}

Status LockManager::Heartbeat(int64_t id) {
  std::lock_guard lock(mutex_);
  auto it = locks_.find(id);
  if (it == locks_.end()) return wire::NoSuchLock("No such lock: " + Id(id));
  it->second.heartbeat = WallClockMs();
  ++it->second.heartbeats;
  return Status::OK();
}

void LockManager::HeartbeatTxn(int64_t txn_id) {
  std::lock_guard lock(mutex_);
  for (auto& [id, e] : locks_) if (e.txn_id == txn_id) e.heartbeat = WallClockMs();
}

Status LockManager::ReleaseTxn(int64_t txn_id) {
  std::lock_guard lock(mutex_);
  std::vector<int64_t> ids;
  for (const auto& [id, e] : locks_) if (e.txn_id == txn_id) ids.push_back(id);
  return Remove(ids);
}

std::vector<wire::ShowLocksResponseElement> LockManager::Show(const wire::ShowLocksRequest& filter) {
  std::lock_guard lock(mutex_);
  if (Status s = ExpireLocked(); !s.ok()) LogWarn("expiring locks: {}", s.ToString());
  std::vector<wire::ShowLocksResponseElement> out;
  for (auto& [id, e] : locks_) {
    if (filter.txnid && e.txn_id != filter.txnid) continue;
    const Entry* blocker = e.acquired ? nullptr : Blocker(e);
    int64_t internal = 0;
    for (const LockComponent& c : e.request.component) {
      ++internal;
      if (!filter.dbname.empty() && ParseDbName(filter.dbname).db != c.dbname) continue;
      if (!filter.tablename.empty() && LowerName(filter.tablename) != c.tablename) continue;
      if (!filter.partname.empty() && filter.partname != c.partitionname) continue;
      wire::ShowLocksResponseElement& x = out.emplace_back();
      x.lockid = id;
      x.dbname = c.dbname;
      x.tablename = c.tablename;
      x.partname = c.partitionname;
      x.state = e.acquired ? wire::LockState::ACQUIRED : wire::LockState::WAITING;
      x.type = c.type;
      x.txnid = e.txn_id;
      x.lastheartbeat = e.txn_id ? 0 : e.heartbeat;
      x.acquiredat = e.acquired;
      x.user = e.request.user;
      x.hostname = e.request.hostname;
      x.set_heartbeatCount(e.heartbeats);
      x.agentInfo = e.request.agentInfo;
      x.set_lockIdInternal(internal);
      if (blocker) x.set_blockedByExtId(blocker->id);
    }
  }
  return out;
}

}  // namespace tarn::metastore
