// GROUP BY: aggregates of all rows so far, by key.
//
// In:      any changelog; a retraction of a group that is not there is dropped.
// Out:     keys, then aggregates. BATCH mode: +I once, at the end. Streaming, exactly as Flink: +I for a group's first row, then -U and +U
//          (only +U without generate_update_before) when the result changed, -D when its last row is retracted. With mini-batch: the net
//          change of each group once a bundle (size, latency, barrier or end of input). Global aggregate without rows: batch one row,
//          streaming nothing.
// TTL:     state_ttl_ms > 0: a group untouched for longer is forgotten; unchanged results are then emitted too.
// State:   "groups", version 1, by key group (docs/format/state.md). It counts in the state budget.
// Threads: one task owns it.
#pragma once

#include "flow/operator.h"
#include "flow/operators/aggregate_store.h"
#include "flow/operators/key_table.h"
#include "flow/state_budget.h"
#include "plan/physical.h"

namespace tarn::flow {

class GroupAggregate final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> Make(const plan::GroupAggregate& plan, const RowType& input, const RowType& output, bool retractable);

  Status Open(const OperatorContext& context) override;
  Status Restore(const state::Snapshot& snapshot) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Status OnTick(int64_t wall_ms, Output& output) override;
  Status BeforeBarrier(Output& output) override { return Flush(output); }
  Result<state::Snapshot> TakeSnapshot() override;
  Status OnEnd(Output& output) override;

 private:
  GroupAggregate(plan::GroupAggregate plan, RowType input, RowType output)
      : plan_(std::move(plan)), input_(std::move(input)), output_(std::move(output)) {}
  struct Touched {   // groups of the batch or bundle, in order of first touch
    std::vector<uint32_t> groups;
    std::vector<uint8_t> existed;
  };

  std::vector<const arrow::Array*> KeyColumns(const Batch& batch) const;
  Status FindGroups(const Batch& batch);
  // Sets signs_ and clear_after_; finds retractions of nothing. True: `kept` holds the batch without them and ids_ follows.
  Result<bool> CheckRetractions(const Batch& batch, Batch* kept);
  void Touch(int64_t rows);
  Status ExpireGroups(int64_t now_ms, bool all);
  Status EmitEachChange(const Batch& batch, Output& output);
  Status AddToBundle(const Batch& batch, Output& output);
  Status Flush(Output& output);
  Status EmitAll(Output& output);
  Status CheckMemory(int64_t new_rows);

  const plan::GroupAggregate plan_;
  const RowType input_, output_;
  OperatorContext context_;
  KeyTable table_;
  AggregateStore store_;

  std::vector<uint32_t> ids_;               // of the current batch
  std::vector<int8_t> signs_;
  std::vector<uint8_t> clear_after_;
  bool has_signs_ = false;
  std::vector<int32_t> first_row_;          // by group, -1 between batches
  Touched touched_;
  std::vector<uint32_t> slot_;              // by group: 1 + place in touched_, 0: not touched
  std::vector<std::vector<std::shared_ptr<arrow::Array>>> bundle_before_;   // by aggregate: chunks of results before the bundle
  int64_t bundle_rows_ = 0, bundle_start_ms_ = 0;
  std::vector<int64_t> last_access_ms_;     // by group, with a TTL
  int64_t last_expiry_ms_ = 0;
  int64_t unchecked_rows_ = 0;
  StateUse use_;
};

}  // namespace tarn::flow
