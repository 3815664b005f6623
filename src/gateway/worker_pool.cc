#include "gateway/worker_pool.h"

#include <chrono>
#include <thread>

namespace tarn::gateway {

void WorkerPool::Run(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(work));
  if (waiting_ < static_cast<int>(queue_.size()) && threads_ < threads_max_) {
    ++threads_;
    std::thread([this] { Loop(); }).detach();   // counted: Stop waits for it
  }
  work_.notify_one();
}

void WorkerPool::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      ++waiting_;
      bool some = work_.wait_for(lock, std::chrono::minutes(1), [&] { return !queue_.empty() || stopping_; });
      --waiting_;
      if (!some) break;
      continue;
    }
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
  --threads_;
  ended_.notify_all();
}

void WorkerPool::Stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  queue_.clear();
  work_.notify_all();
  ended_.wait(lock, [&] { return threads_ == 0; });
}

}  // namespace tarn::gateway
