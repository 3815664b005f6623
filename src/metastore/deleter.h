// Deletes large directories after the client has had its answer: one thread, started when there is work, one piece after the other.
//
// The pieces are in the journal of directories: what is left when the process ends, the next start deletes. Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tarn::metastore {

class Deleter {
 public:
  using Stop = std::function<bool()>;   // asked at every file: true when the process wants to end
  using Work = std::function<void(const Stop& stop)>;
  Deleter() = default;
  ~Deleter();   // cuts off the present piece at its next file
  Deleter(const Deleter&) = delete;
  Deleter& operator=(const Deleter&) = delete;

  void Add(Work work);

 private:
  void Loop();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tarn::metastore
