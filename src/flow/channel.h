// The way between tasks: one bounded channel for each pair (producer subtask, consumer subtask); all channels of a consumer
// subtask end in its Gate, which merges them.
//
// Data waits for room (elements and bytes of the channel, and the job manager's MemoryBudget): that is back-pressure. A channel
// always takes one batch when it is empty, so the budget slows down but never locks up. Control (watermark, barrier, idle, end)
// never waits, so a barrier always arrives.
// The gate gives: batches in channel order; the watermark, when the minimum over the channels that are neither idle nor ended has
// risen; a barrier, once every channel that has not ended delivered it (a channel that delivered is not read meanwhile: aligned);
// Idle, when all channels are (the highest watermark first); EndOfInput, when all ended. A newer barrier gives up an older alignment (its checkpoint was aborted).
// Threads: Push* from the channel's producer only; Next from the owner task only; Wake and Cancel from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "batch/batch.h"

namespace tarn::flow {

// Bytes that the columns of a batch occupy (its own part of shared buffers), near enough for limits.
int64_t BytesOf(const Batch& batch);

class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit_bytes) : limit_(limit_bytes) {}
  bool exceeded() const { return limit_ > 0 && used_.load(std::memory_order_relaxed) >= limit_; }
  void Add(int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_; }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

struct ChannelLimits {
  int64_t batches_max = 8;
  int64_t bytes_max = 4 << 20;
};

class Gate {
 public:
  Gate(int channels, ChannelLimits limits, MemoryBudget* budget);
  ~Gate();

  // Producer. False: cancelled. waited_ns grows by the time spent waiting for room.
  bool PushBatch(int channel, Batch batch, int64_t* waited_ns);
  bool PushControl(int channel, StreamElement element);

  // Consumer. Waits at most `wait`; nullopt: nothing came, or woken, or cancelled.
  std::optional<StreamElement> Next(std::chrono::milliseconds wait, int64_t* waited_ns);
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  void Wake();
  void Cancel();
  // An input ended because its job is drained (STOP JOB WITH SAVEPOINT DRAIN): it may go on from the savepoint.
  void MarkDrained() { drained_.store(true, std::memory_order_release); }
  bool drained() const { return drained_.load(std::memory_order_acquire); }

 private:
  struct Channel {
    std::deque<StreamElement> queue;
    std::deque<int64_t> sizes;   // of the batches in the queue, in order
    int64_t bytes = 0;
    bool blocked = false, idle = false, ended = false;
    EventTime watermark = EventTime::Min();
    std::condition_variable room;
  };
  bool HasRoom(const Channel& c) const;
  std::optional<StreamElement> Take();                       // under the lock
  std::optional<StreamElement> Handle(Channel& c, StreamElement element);
  std::optional<StreamElement> AfterStatusChange();          // watermark or idleness may have moved
  std::optional<StreamElement> CheckAlignment();
  void Unblock();

  const ChannelLimits limits_;
  MemoryBudget* const budget_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::deque<StreamElement> ready_;      // a second event born of the same element
  size_t next_channel_ = 0;
  int64_t pending_ = 0;                  // elements in all queues
  bool woken_ = false;
  std::atomic<bool> cancelled_{false}, drained_{false};
  EventTime watermark_ = EventTime::Min();
  bool idle_ = false, ended_ = false;
  std::optional<Barrier> aligning_;
  CheckpointId passed_ = 0;              // the newest barrier given out or given up
};

}  // namespace tarn::flow
