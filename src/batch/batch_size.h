// How many rows a source takes into its next batch: as many as wished, but no more than about a megabyte of wide ones, so that what is
// on its way between operators is bounded in bytes.
//
// Threads: one owner.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <algorithm>

#include "batch/batch.h"

namespace tarn {

class BatchSize {
 public:
  static constexpr int64_t kBytesWished = 1 << 20;

  explicit BatchSize(int64_t rows_wished) : most_(std::max<int64_t>(1, rows_wished)), rows_(std::min(most_, kFirstRows)) {}
  // Of the next batch: 1 .. rows_wished. The first one is small, as nothing is known of its rows.
  int64_t rows() const { return rows_; }
  // What a batch came to.
  void Saw(const Batch& batch) {
    int64_t bytes = 0;
    for (const auto& c : batch.columns()) bytes += arrow::util::ReferencedBufferSize(*c).ValueOr(0);
    Saw(batch.num_rows(), bytes);
  }
  void Saw(int64_t rows, int64_t bytes) {
    if (rows > 0) rows_ = std::clamp<int64_t>(kBytesWished / std::max<int64_t>(1, bytes / rows), 1, most_);
  }

 private:
  static constexpr int64_t kFirstRows = 256;
  const int64_t most_;
  int64_t rows_;
};

}  // namespace tarn
