// What the stores that are reached over a network share: which listings are long, and how connections are made.
//
// Connections: after a failure the next ones fail at once for a moment with the same error, so that callers do not queue for a database
// that is away. Threads: any number.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "metastore/store/sql.h"
#include "metastore/store/store_url.h"

namespace tarn::metastore {

// Listings that may be long: they are read through a cursor.
bool ReadsMany(std::string_view sql);
// A connection that is lost takes its transaction with it.
Status LostInTransaction();

// `Handle`: the client library's connection.
template <typename Handle>
class RemoteBackend : public SqlBackend {
 public:
  using Reconnect = std::function<Result<Handle*>()>;

  Result<std::unique_ptr<SqlConnection>> Open(bool) final {
    Handle* c = TRY(Connect());
    return Wrap(c, [this]() -> Result<Handle*> {
      Handle* fresh = TRY(Connect());
      reconnects_.fetch_add(1);
      return fresh;
    });
  }
  const SqlDialect& dialect() const final { return dialect_; }
  bool shared() const final { return true; }
  uint64_t reconnects() const final { return reconnects_.load(); }

 protected:
  explicit RemoteBackend(StoreUrl url) : url_(std::move(url)) {}
  // A new connection, ready for use. kUnavailable starts the moment of rest.
  virtual Result<Handle*> ConnectNow() = 0;
  // Takes the handle; calls `again` for another when it is lost. The backend outlives it.
  virtual std::unique_ptr<SqlConnection> Wrap(Handle* c, Reconnect again) = 0;

  const StoreUrl url_;
  SqlDialect dialect_;

 private:
  static constexpr int64_t kPauseMs = 250;

  Result<Handle*> Connect() {
    if (MonotonicMs() < closed_until_ms_.load(std::memory_order_relaxed)) {
      std::lock_guard lock(mutex_);
      return last_failure_;
    }
    auto c = ConnectNow();
    if (!c.ok() && c.status().code() == StatusCode::kUnavailable) {
      std::lock_guard lock(mutex_);
      last_failure_ = c.status();
      closed_until_ms_.store(MonotonicMs() + kPauseMs, std::memory_order_relaxed);
    }
    return c;
  }

  std::mutex mutex_;
  Status last_failure_;
  std::atomic<int64_t> closed_until_ms_{0};
  std::atomic<uint64_t> reconnects_{0};
};

}  // namespace tarn::metastore
