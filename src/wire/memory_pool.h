// The memory that all messages of a process may take together: frames that are not whole yet, bodies, decoded structs.
//
// A message is charged before its memory grows and gives all of it back when its call is over. Threads: a pool any, a share one.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.h"

namespace tarn::wire {

// Half of what this machine, or the container that we are in, has; at least 256 MiB, at most 16 GiB.
uint64_t DefaultTotalMemory();

class MemoryPool {
 public:
  explicit MemoryPool(uint64_t bytes_max) : bytes_max_(bytes_max) {}
  bool Take(uint64_t n) {
    if (used_.fetch_add(n, std::memory_order_relaxed) + n <= bytes_max_) return true;
    used_.fetch_sub(n, std::memory_order_relaxed);
    return false;
  }
  void Give(uint64_t n) { used_.fetch_sub(n, std::memory_order_relaxed); }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  static Status Full() { return Status::Exhausted("all thrift messages together need more memory than wire.total-memory-bytes-max; try again later"); }

 private:
  const uint64_t bytes_max_;
  std::atomic<uint64_t> used_{0};
};

// One owner's part of a pool; none: everything is granted. The first kFreeBytes cost nothing, so that small messages touch no shared
// memory; what is beyond is taken in steps and given back all at once.
class MemoryShare {
 public:
  static constexpr uint64_t kFreeBytes = 32 << 10, kStepBytes = 256 << 10;
  explicit MemoryShare(MemoryPool* pool = nullptr) : pool_(pool) {}
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() { Clear(); }
  bool Take(uint64_t n) {
    used_ += n;
    if (used_ <= kFreeBytes + taken_ || !pool_) return true;
    uint64_t lacks = (used_ - taken_ - kFreeBytes + kStepBytes - 1) / kStepBytes * kStepBytes;
    if (!pool_->Take(lacks)) { used_ -= n; return false; }
    taken_ += lacks;
    return true;
  }
  void Give(uint64_t n) { used_ -= n; }        // for what comes next; the pool gets it at the end
  void Clear() {
    if (taken_) pool_->Give(taken_);
    taken_ = used_ = 0;
  }

 private:
  MemoryPool* pool_;
  uint64_t used_ = 0, taken_ = 0;
};

}  // namespace tarn::wire
