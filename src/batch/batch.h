// The thing that flows: a batch of rows as Arrow columns, with row kinds; watermarks and barriers travel in band beside it.
//
// A Batch is a cheap value (shared columns). Columns all have num_rows() rows; their physical types are those of
// types::ToArrow for the node's logical row type. kinds() null: every row is +I. Batches are immutable once emitted.
// Threads: immutable values; may be handed from thread to thread.
#pragma once

#include <arrow/array.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "types/logical_type.h"
#include "types/row_kind.h"

namespace tarn {

// Names and types of the columns that flow on an edge.
struct RowType {
  std::vector<std::string> names;
  std::vector<types::LogicalType> types;
  size_t size() const { return types.size(); }
  int IndexOf(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) if (names[i] == name) return static_cast<int>(i);
    return -1;
  }
  void Add(std::string name, types::LogicalType type) { names.push_back(std::move(name)); types.push_back(std::move(type)); }
};

class Batch {
 public:
  Batch() = default;
  Batch(int64_t num_rows, std::vector<std::shared_ptr<arrow::Array>> columns, std::shared_ptr<arrow::Int8Array> kinds = nullptr)
      : num_rows_(num_rows), columns_(std::move(columns)), kinds_(std::move(kinds)) {}

  int64_t num_rows() const { return num_rows_; }
  const std::vector<std::shared_ptr<arrow::Array>>& columns() const { return columns_; }
  const std::shared_ptr<arrow::Array>& column(size_t i) const { return columns_[i]; }
  const std::shared_ptr<arrow::Int8Array>& kinds() const { return kinds_; }
  bool insert_only() const { return kinds_ == nullptr; }
  types::RowKind kind(int64_t row) const { return kinds_ ? static_cast<types::RowKind>(kinds_->Value(row)) : types::RowKind::kInsert; }

  Batch WithColumns(std::vector<std::shared_ptr<arrow::Array>> columns) const { return Batch(num_rows_, std::move(columns), kinds_); }
  Batch Slice(int64_t offset, int64_t length) const;

 private:
  int64_t num_rows_ = 0;
  std::vector<std::shared_ptr<arrow::Array>> columns_;
  std::shared_ptr<arrow::Int8Array> kinds_;
};

using CheckpointId = int64_t;   // 1, 2, 3 ... within a job

struct Watermark { EventTime time; };   // no more rows with event time <= time are expected; EventTime::Max() ends event time
struct Barrier { CheckpointId id = 0; bool savepoint = false; bool stop = false; };   // stop: the job ends after it (STOP JOB WITH SAVEPOINT)
struct Idle {};          // this input takes no part in the minimum of watermarks until its next element
struct EndOfInput {};
using StreamElement = std::variant<Batch, Watermark, Barrier, Idle, EndOfInput>;

// Rows `indices` of every column (take), kinds included.
Result<Batch> TakeRows(const Batch& batch, const arrow::Array& int32_indices);
// One batch out of several of the same row type.
Result<Batch> ConcatBatches(const RowType& type, const std::vector<Batch>& batches);
Batch EmptyBatch(const RowType& type);

// Rows of a batch as bytes and back (Arrow IPC, uncompressed), kinds included; for state and checkpoints.
Result<std::string> SerializeBatch(const RowType& type, const Batch& batch);
Result<Batch> DeserializeBatch(const RowType& type, std::string_view bytes);

}  // namespace tarn
