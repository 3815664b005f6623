// One subtask's reader of a FileSource. See file_source.h.
//
// Threads: one task thread.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "plug/layout/files/file_source.h"
#include "plug/layout/files/open_file.h"

namespace tarn::plug::files {

class FileSourceReader final : public table::SourceReader {
 public:
  FileSourceReader(std::shared_ptr<FileSource::Shared> shared, const table::SubtaskContext& context);
  Status Open(const std::optional<std::vector<table::SplitState>>& restored) override;
  Result<table::SourceEvent> Poll(std::chrono::milliseconds wait) override;
  Result<std::vector<table::SplitState>> Snapshot(CheckpointId id) override;
  int64_t skipped_rows() const override { return skipped_ + (file_ ? file_->skipped() : 0); }
  int open_splits() const override { return file_ || !queue_.empty() ? 1 : 0; }

 private:
  struct Split {
    FileEntry entry;
    table::FileRange range;
    int64_t position = 0;
    std::string id() const { return range.whole() ? entry.path : entry.path + "#" + std::to_string(range.offset); }
  };
  Status ListOnce();                 // bounded, fresh start
  Status ListNew();                  // watching
  Result<bool> Wanted(const FileEntry& entry) const;   // partition filters
  Status OpenNext();
  Result<Batch> Complete(const Batch& data) const;     // partition and metadata columns
  static std::string Encode(const Split& split);
  static Result<Split> Decode(const table::SplitState& state, bool* done);

  const std::shared_ptr<FileSource::Shared> shared_;
  const table::SubtaskContext context_;
  RowType file_type_;                        // what the format is asked for
  std::vector<int> from_file_;               // for each output column: its place in file_type_, or -1
  std::vector<expr::ExprPtr> hints_;         // over file_type_
  std::deque<Split> queue_;
  std::optional<Split> current_;
  std::unique_ptr<OpenFile> file_;
  std::vector<std::shared_ptr<arrow::Scalar>> constants_;   // of current_, for each output column
  std::set<std::string> seen_;               // watching: every path ever seen, by anybody before a restore
  std::set<std::string> done_;               // ids of finished splits
  int index_ = -1;                           // of current_ among the splits of this run
  int64_t rows_ = 0, skipped_ = 0, next_list_ms_ = 0;
};

// The value of a partition as `type`; NULL when it is the default partition's name.
Result<std::shared_ptr<arrow::Scalar>> PartitionScalar(const std::string& text, const std::string& default_partition, const types::LogicalType& type);

}  // namespace tarn::plug::files
