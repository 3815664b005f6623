// Hands out connections: many readers at once, one writer. Migrates the schema when it opens.
//
//   auto read = TRY(store.Read());            read->Each("SELECT ...", ...)
//   auto write = TRY(store.Write());          write->Run("INSERT ...");  TRY(write.Commit());
//
// A write lease that is dropped without Commit rolls back, and then runs its undo actions (newest first): directories made in the
// course of a change are removed so. Threads: any; leases stay on one thread. Write leases do not nest.
// On a database that several processes share, a write lease also holds the row that every writing transaction of all of them locks:
// there is one writer, as with SQLite, and it sees all that was committed before it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "metastore/store/sql.h"

namespace tarn::metastore {

class Store {
 public:
  static constexpr int kSchemaVersion = 4;
  static constexpr int kReadersMax = 8;
  static constexpr int kReadWaitMs = 30'000;
  static constexpr int64_t kTableChanged = 1, kPartitionsChanged = 2;   // table_changes.kind
  static Result<std::unique_ptr<Store>> Open(std::unique_ptr<SqlBackend> backend);

  class ReadLease {
   public:
    ReadLease(Store* store, std::unique_ptr<SqlConnection> c) : store_(store), connection_(std::move(c)) {}
    ReadLease(ReadLease&&) = default;
    ~ReadLease() { if (connection_) store_->GiveBack(std::move(connection_)); }
    SqlConnection* operator->() { return connection_.get(); }
    SqlConnection& operator*() { return *connection_; }

   private:
    Store* store_;
    std::unique_ptr<SqlConnection> connection_;
  };

  class WriteLease {
   public:
    WriteLease(Store* store, std::unique_lock<std::mutex> lock) : store_(store), lock_(std::move(lock)) {}
    WriteLease(WriteLease&&) = default;
    ~WriteLease();
    SqlConnection* operator->() { return store_->writer_.get(); }
    SqlConnection& operator*() { return *store_->writer_; }
    void OnUndo(std::function<void()> undo) { undo_.push_back(std::move(undo)); }
    void OnCommitted(std::function<void()> f) { committed_.push_back(std::move(f)); }
    // Makes the change durable, then runs what waits for it (cache, wake-ups) while still holding the lease.
    // A connection lost while committing is made again to find out what became of the change; only when that fails, too, is the
    // answer unknown: kUnavailable, and nothing is undone.
    Status Commit();

   private:
    friend class Store;
    Status WriteTouched();
    Store* store_;
    std::unique_lock<std::mutex> lock_;
    std::vector<std::function<void()>> undo_, committed_;
    bool done_ = false;
  };

  // kUnavailable when all connections are in use for kReadWaitMs.
  Result<ReadLease> Read();
  // Somebody waits in Read: who keeps a lease only because its client is slow gives it back.
  bool readers_wanted() const { return readers_waiting_.load(std::memory_order_relaxed) > 0; }
  void SetReadWait(int ms) { read_wait_ms_ = ms; }   // before it is shared
  Result<WriteLease> Write();
  const std::string& uuid() const { return uuid_; }
  bool shared() const { return backend_->shared(); }
  uint64_t reconnects() const { return backend_->reconnects(); }
  // A connection of the caller's own, for reading.
  Result<std::unique_ptr<SqlConnection>> Connect() { return backend_->Open(false); }

 private:
  explicit Store(std::unique_ptr<SqlBackend> backend) : backend_(std::move(backend)) {}
  static constexpr int64_t kResolveMs = 20'000;        // how long to look for the outcome of a lost commit
  static constexpr int64_t kInstanceKeptMs = 90LL * 86'400'000;   // a process that runs longer enters its row again
  static constexpr int64_t kChangesKept = 20'000;      // of table_changes; who is further behind forgets all
  static constexpr size_t kPartNamesBytesMax = 64 << 10;
  Status Migrate();
  Status MigrateSteps();
  Status JoinInstances();
  Status TakeTurn();
  // Did commit number `commits_` reach the database?
  Result<bool> Committed();
  void GiveBack(std::unique_ptr<SqlConnection> c);

  std::unique_ptr<SqlBackend> backend_;
  std::mutex write_mutex_;
  std::unique_ptr<SqlConnection> writer_;
  std::mutex read_mutex_;
  std::condition_variable read_free_;
  std::vector<std::unique_ptr<SqlConnection>> readers_;
  int readers_open_ = 0, read_wait_ms_ = kReadWaitMs;
  std::atomic<int> readers_waiting_{0};
  std::string uuid_, instance_;
  int64_t commits_ = 0, touches_ = 0;   // under write_mutex_
};

// The next `n` numbers of a named sequence; the first of them. Inside a write lease, so that numbers are without gaps.
Result<int64_t> NextIds(SqlConnection& c, const char* name, int64_t n = 1);

// The statements that bring a database from version `from` to `from + 1`.
std::string MigrationScript(int from, const SqlDialect& dialect);

}  // namespace tarn::metastore
