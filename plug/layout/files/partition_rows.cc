#include "plug/layout/files/partition_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>

#include <algorithm>
#include <unordered_map>

#include "types/arrow_try.h"

namespace tarn::plug::files {
namespace {

// Are rows a and b of the column equal? Only text is looked at closely; other types answer by their ranges.
bool SameValue(const arrow::Array& column, int64_t a, int64_t b) {
  if (column.type_id() == arrow::Type::STRING) {
    const bool null = column.IsNull(a);
    if (null != column.IsNull(b)) return false;
    const auto& text = static_cast<const arrow::StringArray&>(column);
    return null || text.GetView(a) == text.GetView(b);
  }
  return column.RangeEquals(column, a, a + 1, b);
}

}  // namespace

PartitionRows::PartitionRows(const FileSinkConfig& config) : config_(config) {
  for (const std::string& key : config.partition_keys) key_columns_.push_back(config.row_type.IndexOf(key));
  for (size_t i = 0; i < config.row_type.size(); ++i) {
    if (std::find(key_columns_.begin(), key_columns_.end(), static_cast<int>(i)) != key_columns_.end()) continue;
    data_columns_.push_back(static_cast<int>(i));
    file_type_.Add(config.row_type.names[i], config.row_type.types[i]);
  }
}

std::string PartitionRows::PathOf(const Batch& batch, int64_t row) const {
  PartitionValues values;
  for (int c : key_columns_) {
    const arrow::Array& column = *batch.column(static_cast<size_t>(c));
    std::string text;
    if (!column.IsNull(row)) types::AppendText(column, row, config_.row_type.types[static_cast<size_t>(c)], config_.partition_text, "UTC", &text);
    if (text.empty()) text = config_.default_partition;
    values.emplace_back(config_.row_type.names[static_cast<size_t>(c)], std::move(text));
  }
  return PartitionPath(values);
}

Batch PartitionRows::WithoutKeys(const Batch& batch) const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int c : data_columns_) columns.push_back(batch.column(static_cast<size_t>(c)));
  return batch.WithColumns(std::move(columns));
}

Status PartitionRows::Split(const Batch& batch, const std::function<Status(const std::string&, const Batch&)>& write) {
  if (batch.num_rows() == 0) return Status::OK();
  if (key_columns_.empty()) return write("", batch);
  // Runs of rows with equal keys; neighbours are mostly in the same partition.
  struct Run { int64_t begin, end; size_t partition; };
  std::vector<Run> runs;
  std::vector<std::string> paths;
  std::unordered_map<std::string, size_t> places;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    bool same = row > 0;
    for (size_t k = 0; same && k < key_columns_.size(); ++k) same = SameValue(*batch.column(static_cast<size_t>(key_columns_[k])), row - 1, row);
    if (same) {
      ++runs.back().end;
      continue;
    }
    std::string path = PathOf(batch, row);
    auto [it, fresh] = places.emplace(path, paths.size());
    if (fresh) paths.push_back(std::move(path));
    if (!runs.empty() && runs.back().partition == it->second) ++runs.back().end;
    else runs.push_back({row, row + 1, it->second});
  }
  const Batch data = WithoutKeys(batch);
  if (runs.size() == paths.size()) {   // every partition is one run: slices, no copies
    for (const Run& run : runs) TRY(write(paths[run.partition], run.begin == 0 && run.end == batch.num_rows() ? data : data.Slice(run.begin, run.end - run.begin)));
    return Status::OK();
  }
  std::vector<std::vector<int32_t>> rows(paths.size());
  for (const Run& run : runs) for (int64_t row = run.begin; row < run.end; ++row) rows[run.partition].push_back(static_cast<int32_t>(row));
  for (size_t p = 0; p < paths.size(); ++p) {
    const arrow::Int32Array indices(static_cast<int64_t>(rows[p].size()), arrow::Buffer::Wrap(rows[p]));
    TRY(write(paths[p], TRY(TakeRows(data, indices))));
  }
  return Status::OK();
}

}  // namespace tarn::plug::files
