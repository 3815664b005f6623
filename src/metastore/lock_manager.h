// Locks on databases, tables and partitions, in Hive's order: a request waits for every earlier request that it conflicts with.
//
// Shared-read conflicts with exclusive only; shared-write (semi-shared) with itself and exclusive (Hive 4: it shares with itself,
// and exclusive-write takes its old place); exclusive with all. A shared-read lock on a database does not stop an exclusive one in it.
// State is in memory and written through, so that locks outlive the process; a restart counts as a heartbeat. Nothing polls the
// database: check_lock looks at memory, and time-outs are found when someone asks.
// On a database that several processes share, every change of a lock leaves a row in `lock_changes`, memory is brought up to date by
// them before anything is decided, and a lock is given only in a write lease, of which there is one at a time for all processes.
// Heartbeats are written there, too (those of check_lock only now and then: kept_alive_ms_ is what a time-out allows for).
// The clocks of the machines must agree to much less than the time-out.
// Threads: any; one mutex. Errors: NoSuchLock, TxnOpen, kUnavailable.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "metastore/store/store.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

class LockManager {
 public:
  static constexpr size_t kComponentsMax = 10'000;
  static constexpr int64_t kChangesPruned = 10'000;   // of lock_changes
  LockManager(Store& store, int64_t timeout_ms, bool hive4)
      : store_(store), timeout_ms_(timeout_ms), kept_alive_ms_(std::min<int64_t>(timeout_ms / 10, 5'000)), hive4_(hive4) {}
  // Also frees the locks of transactions that ended while their process did.
  Status Load();

  Result<wire::LockResponse> Lock(const wire::LockRequest& request);
  Result<wire::LockResponse> Check(int64_t id);
  // The transaction that the lock belongs to; 0: none. NoSuchLock when it is not there.
  Result<int64_t> TxnOf(int64_t id);
  Status Unlock(int64_t id);
  Status Heartbeat(int64_t id);
  void HeartbeatTxn(int64_t txn_id);   // in memory: such a lock lives and dies with its transaction
  // Whether it is time to look for transactions that timed out and hold locks. At most every tenth of the time-out.
  bool TxnsMayBeDead();
  // All locks of a transaction that ended.
  Status ReleaseTxn(int64_t txn_id);
  Result<std::vector<wire::ShowLocksResponseElement>> Show(const wire::ShowLocksRequest& filter);

 private:
  // What a component of a request waits for: component `internal` (from 1) of lock `id`.
  struct Blocking {
    size_t component = 0;
    int64_t id = 0, internal = 0;
  };
  struct Entry {
    int64_t id = 0, txn_id = 0, heartbeat = 0, acquired = 0;   // milliseconds; acquired 0: waiting
    int64_t heartbeat_written = 0;
    bool beaten = false;             // a heartbeat of its own, though it lives with a transaction
    std::vector<Blocking> blocked;   // by component, as the last look at it found; id 0: not seen blocked
    wire::LockRequest request;
  };
  bool Conflict(const wire::LockComponent& a, const wire::LockComponent& b) const;
  // What the first component of `e` that can't be had waits for.
  std::optional<Blocking> Blocker(const Entry& e) const;
  std::optional<Blocking> FirstBlocker(const Entry& e) const;
  std::optional<Blocking> StrictestBlocker(const Entry& e) const;
  // Why a blocked request of a transaction gives up at once, as Hive 4's clients may ask for; "" when it waits.
  std::string NotToWait(const Entry& e) const;
  Status ExpireLocked();
  Status ExpireShared();
  wire::LockResponse TryAcquireLocked(Entry& e);
  Status Remove(const std::vector<int64_t>& ids);
  Status LoadAll(SqlConnection& c);
  static Status Decode(const SqlRow& row, int first, Entry* e);
  // Memory as the database has it now. Does nothing when no other process writes it.
  Status Sync(SqlConnection& c);
  Status Sync();
  // A write lease with memory up to date, and the mark that a change of a lock leaves in it.
  Result<Store::WriteLease> Write();
  Status Mark(SqlConnection& c, int64_t id);
  Status Commit(Store::WriteLease& write);
  Status WriteHeartbeat(Entry& e, int64_t if_older_than_ms);

  Store& store_;
  const int64_t timeout_ms_, kept_alive_ms_;
  const bool hive4_;
  std::mutex mutex_;
  std::map<int64_t, Entry> locks_;   // by id: the order of requests
  int64_t epoch_ = -1;               // the last row of lock_changes that is in memory; -1: read all
  int64_t marked_ = 0;               // rows added in the present write lease
  uint64_t reconnects_ = 0;
  int64_t expiry_checked_ms_ = 0, orphans_checked_ms_ = 0, txns_checked_ms_ = 0;
};

}  // namespace tarn::metastore
