// All aggregates of an operator for all its groups: a row count, one accumulator a call, and the distinct values where a call asks for them.
//
// Groups are dense ids given by the owner's KeyTable; Resize before an update that brings new ones. An erased group must be Cleared
// before its id comes back. DISTINCT: per set of arguments and filter, a table (group, values) -> count lets only first and last pass.
// Errors: kNotSupported (Make) for a call without accumulator; kCorrupt on reading bad bytes. Threads: one owner.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "flow/operators/accumulator.h"
#include "flow/operators/key_table.h"

namespace tarn::flow {

class AggregateStore {
 public:
  // retractable: the input may hold -U and -D.
  static Result<AggregateStore> Make(const RowType& input, const std::vector<expr::AggregateCall>& calls, bool retractable);

  void Resize(uint32_t groups);
  // signs, clear_after: as in AggregateInput.
  Status Update(const Batch& batch, const uint32_t* groups, const int8_t* signs, const uint8_t* clear_after);
  // Update, and each call's result after each row.
  Result<std::vector<std::shared_ptr<arrow::Array>>> UpdateTracing(const Batch& batch, const uint32_t* groups, const int8_t* signs,
                                                                   const uint8_t* clear_after);
  Result<std::vector<std::shared_ptr<arrow::Array>>> Results(std::span<const uint32_t> groups);
  // other's groups from[i] are added to to[i].
  Status Merge(const AggregateStore& other, std::span<const uint32_t> from, std::span<const uint32_t> to);

  int64_t rows(uint32_t group) const { return rows_[group]; }   // additions less retractions
  void Clear(uint32_t group);                                   // of a group whose rows were all retracted
  Status Forget(std::span<const uint32_t> groups);              // of groups that still have rows: sweeps the distinct values too

  // Snapshot: PrepareWrite, then WriteGroup for each group. Restore: Resize, ReadGroup for each, FinishRead.
  void PrepareWrite();
  void WriteGroup(uint32_t group, std::string* out) const;
  Status ReadGroup(uint32_t group, ByteReader* in);
  Status FinishRead();
  int64_t bytes() const;

 private:
  struct Call {
    expr::AggregateCall call;
    std::unique_ptr<Accumulator> accumulator;   // null: the row count is the answer
    int gate = -1;
  };
  struct Gate {
    std::vector<int> args;
    int filter = -1;
    KeyTable table;                       // group as INT, then the arguments
    std::vector<int64_t> counts;          // by entry
    std::vector<uint8_t> mask;            // of the current batch
    std::vector<uint32_t> entries;        // scratch
    std::vector<std::vector<uint32_t>> by_group;   // for WriteGroup
    std::vector<std::shared_ptr<arrow::DataType>> types;
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> pending;   // entries read, until FinishRead
    std::vector<int64_t> pending_counts;
  };

  const uint8_t* MaskOf(const Batch& batch, int filter);
  Status Admit(Gate* gate, const Batch& batch, const uint32_t* groups, const int8_t* signs);
  Result<AggregateInput> InputOf(const Call& call, const Batch& batch, const uint32_t* groups, const int8_t* signs, const uint8_t* clear_after);
  Status UpdateGates(const Batch& batch, const uint32_t* groups, const int8_t* signs);

  std::vector<Call> calls_;
  std::vector<Gate> gates_;
  std::vector<int64_t> rows_;
  std::vector<std::pair<int, std::vector<uint8_t>>> filter_masks_;   // of the current batch
};

}  // namespace tarn::flow
