// Splits a batch by partition: rows of one partition together, partition columns taken off.
//
// Threads: one task thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "plug/layout/files/file_sink.h"

namespace tarn::plug::files {

class PartitionRows {
 public:
  // config must outlive this.
  explicit PartitionRows(const FileSinkConfig& config);
  // Calls write(partition path, rows without the partition columns) once a partition of the batch.
  Status Split(const Batch& batch, const std::function<Status(const std::string&, const Batch&)>& write);
  const RowType& file_type() const { return file_type_; }

 private:
  std::string PathOf(const Batch& batch, int64_t row) const;
  Batch WithoutKeys(const Batch& batch) const;
  const FileSinkConfig& config_;
  std::vector<int> key_columns_, data_columns_;
  RowType file_type_;
};

}  // namespace tarn::plug::files
