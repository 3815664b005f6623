// Hands out connections: many readers at once, one writer. Migrates the schema when it opens.
//
//   auto read = TRY(store.Read());            read->Each("SELECT ...", ...)
//   auto write = TRY(store.Write());          write->Run("INSERT ...");  TRY(write.Commit());
//
// A write lease that is dropped without Commit rolls back, and then runs its undo actions (newest first): directories made in the
// course of a change are removed so. Threads: any; leases stay on one thread. Write leases do not nest.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "metastore/store/sql.h"

namespace tarn::metastore {

class Store {
 public:
  static constexpr int kSchemaVersion = 2;
  static constexpr int kReadersMax = 8;
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
    Status Commit();

   private:
    Store* store_;
    std::unique_lock<std::mutex> lock_;
    std::vector<std::function<void()>> undo_, committed_;
    bool done_ = false;
  };

  Result<ReadLease> Read();
  Result<WriteLease> Write();
  const std::string& uuid() const { return uuid_; }
  bool shared() const { return backend_->shared(); }

 private:
  explicit Store(std::unique_ptr<SqlBackend> backend) : backend_(std::move(backend)) {}
  Status Migrate();
  void GiveBack(std::unique_ptr<SqlConnection> c);

  std::unique_ptr<SqlBackend> backend_;
  std::mutex write_mutex_;
  std::unique_ptr<SqlConnection> writer_;
  std::mutex read_mutex_;
  std::condition_variable read_free_;
  std::vector<std::unique_ptr<SqlConnection>> readers_;
  int readers_open_ = 0;
  std::string uuid_;
};

// The next `n` numbers of a named sequence; the first of them. Inside a write lease, so that numbers are without gaps.
Result<int64_t> NextIds(SqlConnection& c, const char* name, int64_t n = 1);

// The statements that bring a database from version `from` to `from + 1`.
std::string MigrationScript(int from, const SqlDialect& dialect);

}  // namespace tarn::metastore
