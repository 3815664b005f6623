// ORDER BY [LIMIT]: rows in order, all at once. Equal rows keep their order of arrival. Parallelism 1.
//
// BATCH: emits at the end; with a limit only the rows that can still be shown are kept.
// Streaming: with a limit it is a Top-N with retractions (Rank without partition; MakeOperator chooses). Without one the first key must be
// the event time, ascending: rows come out in order once the watermark has passed them; late rows are dropped.
// State:   "sort", version 1, not keyed: watermark and waiting rows (streaming only).
// Limits:  the waiting rows, and what sorting them takes, count in the state budget. Threads: one task owns it.
#pragma once

#include "flow/operator.h"
#include "flow/state_budget.h"
#include "plan/physical.h"

namespace tarn::flow {

class Sort final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> Make(const plan::Sort& plan, const RowType& input);
  Status Open(const OperatorContext& context) override;
  Status Restore(const state::Snapshot& snapshot) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Status OnWatermark(Watermark watermark, Output& output) override;
  Result<state::Snapshot> TakeSnapshot() override;
  Status OnEnd(Output& output) override;
  int64_t late_rows() const override { return late_rows_; }

 private:
  Sort(plan::Sort plan, RowType input) : plan_(std::move(plan)), input_(std::move(input)) {}
  Status Prune();
  Result<std::vector<int32_t>> SortedRows(const Batch& all) const;

  const plan::Sort plan_;
  const RowType input_;
  OperatorContext context_;
  std::vector<Batch> held_;
  int64_t held_rows_ = 0, held_bytes_ = 0;
  int64_t watermark_ms_ = INT64_MIN, late_rows_ = 0;
  StateUse use_;
};

// LIMIT over rows that are never taken back: the first ones seen. State "limit", version 1, not keyed: rows seen. Parallelism 1.
class Limit final : public Operator {
 public:
  explicit Limit(plan::Limit plan) : plan_(plan) {}
  Status Restore(const state::Snapshot& snapshot) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Result<state::Snapshot> TakeSnapshot() override;

 private:
  const plan::Limit plan_;
  int64_t seen_ = 0;
};

}  // namespace tarn::flow
