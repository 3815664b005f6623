// Locks on databases, tables and partitions, in Hive's order: a request waits for every earlier request that it conflicts with.
//
// Shared-read conflicts with exclusive only; shared-write (semi-shared) with itself and exclusive (Hive 4: it shares with itself,
// and exclusive-write takes its old place); exclusive with all. A shared lock on a database does not stop one on its tables.
// State is in memory and written through, so that locks outlive the process; a restart counts as a heartbeat. Nothing polls the
// database: check_lock looks at memory, and time-outs are found when someone asks.
// Threads: any; one mutex. Errors: NoSuchLock, TxnOpen.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "metastore/store/store.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

class LockManager {
 public:
  static constexpr size_t kComponentsMax = 10'000;
  LockManager(Store& store, int64_t timeout_ms, bool hive4) : store_(store), timeout_ms_(timeout_ms), hive4_(hive4) {}
  Status Load();

  Result<wire::LockResponse> Lock(const wire::LockRequest& request);
  Result<wire::LockResponse> Check(int64_t id);
  // The transaction that the lock belongs to; 0: none. NoSuchLock when it is not there.
  Result<int64_t> TxnOf(int64_t id);
  Status Unlock(int64_t id);
  Status Heartbeat(int64_t id);
  void HeartbeatTxn(int64_t txn_id);
  // All locks of a transaction that ended.
  Status ReleaseTxn(int64_t txn_id);
  std::vector<wire::ShowLocksResponseElement> Show(const wire::ShowLocksRequest& filter);

 private:
  struct Entry {
    int64_t id = 0, txn_id = 0, heartbeat = 0, acquired = 0;   // milliseconds; acquired 0: waiting
    int32_t heartbeats = 0;
    wire::LockRequest request;
  };
  bool Conflict(const wire::LockComponent& a, const wire::LockComponent& b) const;
  // The first earlier lock that `e` must wait for, or null.
  const Entry* Blocker(const Entry& e) const;
  Status ExpireLocked();
  wire::LockResponse TryAcquireLocked(Entry& e);
  Status Remove(const std::vector<int64_t>& ids);

  Store& store_;
  const int64_t timeout_ms_;
  const bool hive4_;
  std::mutex mutex_;
  std::map<int64_t, Entry> locks_;   // by id: the order of requests
};

}  // namespace tarn::metastore
