// Threads that run what may block: started when there is work and none waits, ended after a minute without any.
// Threads: Run from any. Stop waits for what runs; what has not begun is dropped.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace tarn::gateway {

class WorkerPool {
 public:
  explicit WorkerPool(int threads_max) : threads_max_(threads_max) {}
  ~WorkerPool() { Stop(); }
  void Run(std::function<void()> work);
  void Stop();

 private:
  void Loop();
  const int threads_max_;
  std::mutex mutex_;
  std::condition_variable work_, ended_;
  std::deque<std::function<void()>> queue_;
  int threads_ = 0, waiting_ = 0;
  bool stopping_ = false;
};

}  // namespace tarn::gateway
