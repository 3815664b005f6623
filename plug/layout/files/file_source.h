// Reads the files of a table: bounded, or watching for new files. A library for the filesystem and hive connectors.
//
// Bounded: the files are listed once for all readers; large ones are cut into ranges (row groups, or lines), dealt out in turn.
// Watching: each reader lists at every interval and takes the new paths whose hash is its share; each path is read once, whole.
// Split: one file or range. Position: bytes (record formats) or rows (file formats) behind the last row that Poll gave out.
// Filters over partition columns are fully applied (files left out); others are hints to the format.
// Threads: a FileSource is const once planned and shared; a reader belongs to its task.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "plug/layout/files/file_lister.h"
#include "table/format.h"
#include "table/registry.h"
#include "table/source.h"

namespace tarn::plug::files {

// The metadata columns that files have: file.path, file.name, file.size, file.modification-time.
std::vector<table::ConnectorFactory::Metadata> FileMetadata();

struct FileSourceConfig {
  FileLister list;
  std::shared_ptr<const table::Format> format;
  // Set instead of `format` when the format depends on the file (a Hive partition of its own format).
  std::function<Result<std::shared_ptr<const table::Format>>(const FileEntry&)> format_of;
  RowType physical;                            // physical columns in schema order
  std::vector<std::pair<std::string, std::string>> metadata;   // column name, metadata key
  std::vector<types::LogicalType> metadata_types;
  std::vector<std::string> partition_keys;     // names in physical; their values come from FileEntry::partition
  std::string default_partition = "__DEFAULT_PARTITION__";   // reads as NULL
  std::optional<int64_t> monitor_ms;           // unbounded
  bool listed_in_order = false;                // watching: new files are read in the lister's order, else by modification time
  int64_t range_bytes = 64 << 20;              // of a part of a large file
  std::string description = "filesystem";
  std::string time_zone = "UTC";               // session's
};

class FileSource final : public table::Source {
 public:
  static Result<std::unique_ptr<FileSource>> Make(FileSourceConfig config);
  bool bounded() const override { return !config_.monitor_ms; }
  const RowType& row_type() const override { return row_type_; }
  types::ChangelogMode changelog_mode() const override;
  std::string Describe() const override;
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext& context) const override;
  bool ApplyProjection(const std::vector<int>& columns) override;
  bool ApplyLimit(int64_t limit) override;
  std::vector<expr::ExprPtr> ApplyFilters(const std::vector<expr::ExprPtr>& filters) override;

  // What readers share. Column i of row_type() is column columns_[i] of physical + metadata.
  struct Shared {
    FileSourceConfig config;
    std::vector<int> columns;
    RowType row_type;
    std::vector<expr::ExprPtr> partition_filters, data_filters;   // over physical + metadata
    int64_t limit = -1;
    std::mutex mutex;
    std::optional<std::vector<FileEntry>> listing;   // bounded: made by the first reader
  };

 private:
  explicit FileSource(FileSourceConfig config);
  bool IsPartitionColumn(int column) const;
  FileSourceConfig config_;
  std::vector<int> columns_;
  RowType full_, row_type_;
  std::vector<expr::ExprPtr> partition_filters_, data_filters_;
  int64_t limit_ = -1;
  mutable std::mutex making_;   // readers are made by tasks, on their threads
  mutable std::shared_ptr<Shared> shared_;
};

}  // namespace tarn::plug::files
