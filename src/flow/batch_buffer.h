// Collects chosen rows of many batches into one batch: how a keyed exchange coalesces what goes to one target.
//
// Fixed-width, BOOLEAN, string and binary columns are copied value by value into buffers of the batch to come; other types are taken
// per piece and concatenated at the end.
// Threads: one owner.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "batch/batch.h"

namespace tarn::flow {

class BatchBuffer {
 public:
  class Column;
  BatchBuffer(const RowType& type, int64_t capacity);
  BatchBuffer(BatchBuffer&&) noexcept;
  ~BatchBuffer();
  int64_t rows() const { return rows_; }
  int64_t bytes() const;
  Status Append(const Batch& batch, std::span<const int32_t> rows);
  Result<Batch> Take();   // everything so far; empty afterwards

 private:
  const int64_t capacity_;
  int64_t rows_ = 0;
  std::vector<std::unique_ptr<Column>> columns_;
  std::vector<int8_t> kinds_;   // empty: all +I so far
};

}  // namespace tarn::flow
