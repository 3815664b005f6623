// Contract of an operator: batches in, batches out, on one task thread.
//
// Call order: Open, then Restore (when the job starts from a checkpoint), then any of OnBatch / OnWatermark / OnTick, in stream order;
// Snapshot at a barrier (no row between it and the barrier's passing on); OnEnd once when every input ended (after the final watermark
// EventTime::Max()). Watermarks given are already the minimum over inputs and never decrease. The task passes watermarks and barriers on
// by itself after the operator's method returns.
// Threads: one task owns it; no other thread may call it.
#pragma once

#include <memory>
#include <string>

#include "batch/batch.h"
#include "expr/function.h"
#include "state/snapshot.h"

namespace tarn::flow {

class StateBudget;

class Output {
 public:
  virtual ~Output() = default;
  virtual Status Emit(Batch batch) = 0;   // may wait: back-pressure
};

struct OperatorContext {
  std::string name;                 // "GroupAggregate[3]"
  int subtask = 0, parallelism = 1;
  bool streaming = true;            // false: BATCH runtime mode
  expr::EvalContext eval;
  int64_t batch_rows = 4096;        // wished rows a batch
  StateBudget* state_budget = nullptr;   // of all operators of all jobs; nullptr: no limit
};

class Operator {
 public:
  virtual ~Operator() = default;
  virtual Status Open(const OperatorContext&) { return Status::OK(); }
  virtual Status Restore(const state::Snapshot&) { return Status::OK(); }   // all pieces whose key group is this subtask's, and its own non-keyed ones
  virtual Status OnBatch(const Batch& batch, Output& output) = 0;
  virtual Status OnWatermark(Watermark, Output&) { return Status::OK(); }
  virtual Status OnTick(int64_t /*wall_ms*/, Output&) { return Status::OK(); }   // about every 50 ms: processing-time windows, mini-batch latency
  virtual Status BeforeBarrier(Output&) { return Status::OK(); }                // flush buffered rows (mini-batch) before Snapshot
  virtual Result<state::Snapshot> TakeSnapshot() { return state::Snapshot{}; }
  virtual Status OnEnd(Output&) { return Status::OK(); }
  virtual int64_t late_rows() const { return 0; }   // dropped because the watermark had passed them (Flink's numLateRecordsDropped)
};

}  // namespace tarn::flow
