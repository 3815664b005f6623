// The producer's end of an edge: sends a subtask's batches to the consumer subtasks' gates.
//
// Hash: by key group; small pieces are collected per target until batch_rows, or kDelay old (FlushOld), or something in band follows.
// Rebalance: whole batches in turn. Single: all to the first. Forward: to the same subtask. Control goes to every target.
// Errors: kCancelled when the job is being cancelled. Threads: the producing task's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "batch/hash.h"
#include "flow/batch_buffer.h"
#include "flow/channel.h"
#include "flow/operator.h"
#include "plan/physical.h"

namespace tarn::flow {

struct ExchangeTarget {
  Gate* gate = nullptr;
  int channel = 0;
};

class ExchangeWriter final : public Output {
 public:
  static constexpr int64_t kDelayNs = 5'000'000;
  ExchangeWriter(plan::Exchange exchange, RowType type, std::vector<ExchangeTarget> targets, int subtask, int64_t batch_rows);

  Status Emit(Batch batch) override;
  Status Broadcast(const StreamElement& element);   // flushes first
  Status End(bool drained);                         // EndOfInput; drained: not for good (Gate::drained)
  Status Flush();
  Status FlushOld(int64_t now_ns);
  // When FlushOld wants to be called; INT64_MAX: nothing is held back.
  int64_t deadline_ns() const { return deadline_ns_; }

  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }
  int64_t waited_ns() const { return waited_ns_; }

 private:
  Status Send(size_t target, Batch batch);
  Status EmitHashed(const Batch& batch);
  Status WakeIdle();

  const plan::Exchange exchange_;
  const std::vector<ExchangeTarget> targets_;
  const int64_t batch_rows_;
  size_t next_ = 0;
  std::vector<BatchBuffer> buffers_;       // hash with several targets
  std::vector<uint64_t> hashes_;
  RowPartitions partitions_;
  int64_t deadline_ns_ = INT64_MAX;
  bool idle_ = false;
  EventTime watermark_ = EventTime::Min();
  int64_t rows_ = 0, bytes_ = 0, waited_ns_ = 0;
};

}  // namespace tarn::flow
