// The sessions that clients opened, each with its operations, run one after the other; idle sessions are closed.
// Threads: any. A sweeper thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "gateway/operation.h"
#include "gateway/worker_pool.h"
#include "session/session.h"

namespace tarn::gateway {

struct SessionStoreOptions {
  int64_t idle_timeout_ms = 600'000;      // sql-gateway.session.idle-timeout; 0: never
  int64_t check_interval_ms = 60'000;     // sql-gateway.session.check-interval
  int sessions_max = 10'000;              // sql-gateway.session.max-num
  int operations_max = 10'000;            // of one session
  int workers_max = 500;                  // sql-gateway.worker.threads.max
};

class SessionStore {
 public:
  using Opener = std::function<Result<std::shared_ptr<session::Session>>(const std::map<std::string, std::string>&)>;
  SessionStore(Opener open, SessionStoreOptions options);
  ~SessionStore();

  Result<std::string> Open(const std::map<std::string, std::string>& properties);   // the handle; kExhausted: too many
  Status Close(const std::string& handle);
  // Every use of a session, heartbeat included, keeps it alive. kNotFound: "Session '...' does not exist."
  Result<std::shared_ptr<session::Session>> Use(const std::string& handle);
  Result<std::string> Submit(const std::string& handle, std::string statement, std::map<std::string, std::string> execution_config);
  Result<std::shared_ptr<Operation>> Find(const std::string& handle, const std::string& operation);
  Status CloseOperation(const std::string& handle, const std::string& operation);
  void CloseAll();
  void CloseIdle(int64_t now_ms);         // called by the sweeper; MonotonicMs

  struct Counters { int64_t sessions = 0, operations = 0, statements = 0; };
  Counters counters() const;

 private:
  struct Entry {
    std::shared_ptr<session::Session> session;
    std::map<std::string, std::shared_ptr<Operation>> operations;
    std::deque<std::shared_ptr<Operation>> queue;
    bool running = false;
    int64_t used_ms = 0;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  Result<EntryPtr> FindEntry(const std::string& handle);   // mutex_ is held
  void Work(const EntryPtr& entry);
  static void CloseEntry(const EntryPtr& entry, std::vector<std::shared_ptr<Operation>> operations);

  const Opener open_;
  const SessionStoreOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, EntryPtr> sessions_;
  int64_t statements_ = 0;
  bool stopping_ = false;
  std::thread sweeper_;
  WorkerPool workers_;
};

}  // namespace tarn::gateway
