// What one aggregate call remembers for each group, column by column: groups are dense ids, updates come a batch at a time.
//
// An empty group's result is that of no rows (NULL, or 0 for COUNT). Retraction undoes an addition; only accumulators made with
// `retractable` remember enough for it (MIN, MAX, FIRST_VALUE ... keep their values then).
// Results are Flink's: AVG of INT is INT, truncated; sums of integers wrap; DECIMAL overflow gives NULL.
// Errors: kNotSupported for a call that has no accumulator. Threads: one owner.
#pragma once

#include <arrow/array.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "expr/aggregate.h"
#include "flow/operators/cell_codec.h"

namespace tarn::flow {

// One batch as an accumulator sees it. Rows with mask 0 are not its (FILTER, DISTINCT, retractions of nothing); NULL arguments it skips itself.
struct AggregateInput {
  std::vector<const arrow::Array*> args;
  int64_t rows = 0;
  const uint32_t* groups = nullptr;
  const uint8_t* mask = nullptr;          // null: all rows
  const int8_t* signs = nullptr;          // +1 add, -1 retract; null: all add
  const uint8_t* clear_after = nullptr;   // 1: the group is empty after this row, forget it; null: never
};

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void Resize(uint32_t groups) = 0;   // grows; new groups are empty
  virtual void Clear(uint32_t group) = 0;
  virtual Status Update(const AggregateInput& input) = 0;
  // Update, and the result of the row's group after each row.
  virtual Result<std::shared_ptr<arrow::Array>> UpdateTracing(const AggregateInput& input) = 0;
  virtual Result<std::shared_ptr<arrow::Array>> Results(std::span<const uint32_t> groups) = 0;
  // other's group i (all of them below from.size()) is added to group to[i]; `other` was made by the same call.
  virtual void Merge(const Accumulator& other, std::span<const uint32_t> from, std::span<const uint32_t> to) = 0;
  virtual void Write(uint32_t group, std::string* out) const = 0;
  virtual Status Read(uint32_t group, ByteReader* in) = 0;
  virtual int64_t bytes() const = 0;
};

// `args`: the argument columns' types.
Result<std::unique_ptr<Accumulator>> MakeAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args, bool retractable);

namespace internal {
Result<std::unique_ptr<Accumulator>> MakeNumberAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args);
Result<std::unique_ptr<Accumulator>> MakeValueAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args, bool retractable);
}  // namespace internal

}  // namespace tarn::flow
