#include "gateway/session_store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

namespace tarn::gateway {

SessionStore::SessionStore(Opener open, SessionStoreOptions options) : open_(std::move(open)), options_(options), workers_(options.workers_max) {
  if (options_.idle_timeout_ms <= 0) return;
  sweeper_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait_for(lock, std::chrono::milliseconds(options_.check_interval_ms));
      if (stopping_) return;
      lock.unlock();
      CloseIdle(MonotonicMs());
      lock.lock();
    }
  });
}

SessionStore::~SessionStore() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (sweeper_.joinable()) sweeper_.join();
  CloseAll();
  workers_.Stop();
}

Result<std::string> SessionStore::Open(const std::map<std::string, std::string>& properties) {
  auto entry = std::make_shared<Entry>();
  {
    std::lock_guard lock(mutex_);
    if (static_cast<int>(sessions_.size()) >= options_.sessions_max)
      return Status::Exhausted("Failed to create session, the count of active sessions exceeds the max count: " + std::to_string(options_.sessions_max)).WithHint("close sessions, or raise sql-gateway.session.max-num");
  }
  entry->session = TRY(open_(properties));
  entry->used_ms = MonotonicMs();
  std::string handle = RandomUuid();
  std::lock_guard lock(mutex_);
  sessions_[handle] = std::move(entry);
  return handle;
}

Result<SessionStore::EntryPtr> SessionStore::FindEntry(const std::string& handle) {
  auto it = sessions_.find(handle);
  if (it == sessions_.end()) return Status::NotFound("Session '" + handle + "' does not exist.");
  it->second->used_ms = MonotonicMs();
  return it->second;
}

Result<std::shared_ptr<session::Session>> SessionStore::Use(const std::string& handle) {
  std::lock_guard lock(mutex_);
  EntryPtr entry = TRY(FindEntry(handle));
  return entry->session;
}

Result<std::string> SessionStore::Submit(const std::string& handle, std::string statement, std::map<std::string, std::string> execution_config) {
  std::lock_guard lock(mutex_);
  EntryPtr entry = TRY(FindEntry(handle));
  if (static_cast<int>(entry->operations.size()) >= options_.operations_max) {
    // A client that never closes what it finished: forget the ended ones.
    std::erase_if(entry->operations, [](const auto& i) {
      OperationStatus s = i.second->status();
      return s == OperationStatus::kError || s == OperationStatus::kCanceled;
    });
    if (static_cast<int>(entry->operations.size()) >= options_.operations_max)
      return Status::Exhausted("the session has " + std::to_string(options_.operations_max) + " operations").WithHint("close operations when their results have been read");
  }
  auto operation = std::make_shared<Operation>(RandomUuid(), std::move(statement), std::move(execution_config), entry->session);
  operation->MarkPending();
  entry->operations[operation->id()] = operation;
  entry->queue.push_back(operation);
  ++statements_;
  if (!entry->running) {
    entry->running = true;
    workers_.Run([this, entry] { Work(entry); });
  }
  return operation->id();
}

void SessionStore::Work(const EntryPtr& entry) {
  std::unique_lock lock(mutex_);
  while (!entry->queue.empty()) {
    std::shared_ptr<Operation> operation = std::move(entry->queue.front());
    entry->queue.pop_front();
    lock.unlock();
    operation->Run();
    lock.lock();
    entry->used_ms = MonotonicMs();
  }
  entry->running = false;
}

Result<std::shared_ptr<Operation>> SessionStore::Find(const std::string& handle, const std::string& operation) {
  std::lock_guard lock(mutex_);
  EntryPtr entry = TRY(FindEntry(handle));
  auto it = entry->operations.find(operation);
  if (it == entry->operations.end()) return Status::NotFound("Can not find the submitted operation in the OperationManager with the " + operation + ".");
  return it->second;
}

Status SessionStore::CloseOperation(const std::string& handle, const std::string& operation) {
  std::shared_ptr<Operation> closing = TRY(Find(handle, operation));
  {
    std::lock_guard lock(mutex_);
    auto it = sessions_.find(handle);
    if (it != sessions_.end()) it->second->operations.erase(operation);
  }
  closing->Close();
  return Status::OK();
}

void SessionStore::CloseEntry(const EntryPtr& entry, std::vector<std::shared_ptr<Operation>> operations) {
  for (auto& operation : operations) operation->Close();
  Status closed = entry->session->Close();
  if (!closed.ok()) LogWarn("closing a session: {}", closed.ToString());
}

Status SessionStore::Close(const std::string& handle) {
  EntryPtr entry;
  std::vector<std::shared_ptr<Operation>> operations;
  {
    std::lock_guard lock(mutex_);
    entry = TRY(FindEntry(handle));
    sessions_.erase(handle);
    for (auto& [id, operation] : entry->operations) operations.push_back(operation);
    entry->operations.clear();
    entry->queue.clear();
  }
  CloseEntry(entry, std::move(operations));
  return Status::OK();
}

void SessionStore::CloseAll() {
  std::vector<std::string> handles;
  {
    std::lock_guard lock(mutex_);
    for (auto& [handle, entry] : sessions_) handles.push_back(handle);
  }
  for (const std::string& handle : handles) (void)Close(handle).ok();
}

void SessionStore::CloseIdle(int64_t now_ms) {
  std::vector<std::string> idle;
  {
    std::lock_guard lock(mutex_);
    for (auto& [handle, entry] : sessions_) if (!entry->running && now_ms - entry->used_ms > options_.idle_timeout_ms) idle.push_back(handle);
  }
  for (const std::string& handle : idle) {
    LogInfo("session {} was idle for {} ms and is closed", handle, options_.idle_timeout_ms);
    (void)Close(handle).ok();
  }
}

SessionStore::Counters SessionStore::counters() const {
  std::lock_guard lock(mutex_);
  Counters c{static_cast<int64_t>(sessions_.size()), 0, statements_};
  for (auto& [handle, entry] : sessions_) c.operations += static_cast<int64_t>(entry->operations.size());
  return c;
}

}  // namespace tarn::gateway
