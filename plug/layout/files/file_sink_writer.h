// One subtask's part of a FileSink. See file_sink.h.
//
// Threads: one task thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plug/layout/files/file_sink.h"
#include "plug/layout/files/part_file.h"
#include "plug/layout/files/partition_rows.h"

namespace tarn::plug::files {

// A closed file that waits for its checkpoint. Paths are relative to the location.
struct PendingFile {
  std::string partition, temporary, target;
  int64_t rows = 0, bytes = 0;
};
// Committables: version 1, then the files.
std::string EncodeFiles(const std::vector<PendingFile>& files);
Result<std::vector<PendingFile>> DecodeFiles(std::string_view bytes);

// Has the watermark passed the partition's time plus the delay? (trigger partition-time)
Result<bool> PartitionTimePassed(const FileSinkConfig& config, const std::string& partition, EventTime watermark);

class FileSinkWriter final : public table::SinkWriter {
 public:
  FileSinkWriter(const FileSinkConfig& config, const table::SubtaskContext& context, std::string staging);
  Status Open(const std::optional<Restored>& restored) override;
  Status Write(const Batch& batch) override;
  Status OnWatermark(Watermark watermark) override;
  Status OnProcessingTime(int64_t wall_ms) override;
  Result<std::string> PrepareCommit(CheckpointId id, bool end_of_input) override;
  Result<std::string> Snapshot(CheckpointId id) override;
  Status OnCheckpointComplete(CheckpointId id) override;

 private:
  struct Bucket {
    std::unique_ptr<PartFile> file;
    std::string temporary, target;   // relative
    int64_t first_row_ms = 0;        // of the partition in this writer
    uint64_t used = 0;               // order of last use
  };
  struct Found {                       // in the restored states
    std::vector<std::string> tags, known;
    std::map<std::string, int64_t> published;   // uuid of a former life of this job's writers -> the first number that no file had yet
  };
  Status RestoreState(const std::string& bytes, Found* found);
  // Removes this writer's in-progress files that no checkpoint knows, and final ones that a checkpoint published which was lost (the
  // job fell back to an older one and writes those rows again). before_ms: only files last written before then (0: any).
  Status RemoveOrphans(const std::string& relative, size_t depth, const Found& found, int64_t before_ms);
  Status BoundMemory();
  Status WriteTo(const std::string& partition, const Batch& rows);
  Status OpenFile(const std::string& partition, Bucket* bucket);
  Status Close(const std::string& partition, Bucket* bucket);
  Status CloseLeastRecent();
  Result<bool> PartitionIsReady(const std::string& partition, const Bucket& bucket) const;

  const FileSinkConfig config_;
  const table::SubtaskContext context_;
  const std::string staging_;   // batch: directory under the location
  const std::string job_tag_;
  std::string uuid_, tag_;
  RowType file_type_;
  PartitionRows partitions_;
  std::map<std::string, Bucket> buckets_;
  std::vector<PendingFile> closed_;                                  // since the last barrier
  std::map<CheckpointId, std::vector<PendingFile>> uncommitted_;     // handed to a checkpoint that isn't complete
  int64_t counter_ = 0, last_check_ms_ = 0;
  uint64_t uses_ = 0;
  EventTime watermark_ = EventTime::Min();
};

}  // namespace tarn::plug::files
