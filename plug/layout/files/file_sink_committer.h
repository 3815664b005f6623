// The coordinator's part of a FileSink: publishes files and commits partitions. See file_sink.h; state: docs/format/file-sink.md.
//
// Threads: the coordinator's thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "plug/layout/files/directory.h"
#include "plug/layout/files/file_sink.h"
#include "plug/layout/files/file_sink_writer.h"

namespace tarn::plug::files {

struct Overwrite {
  bool on = false;
  std::map<std::string, std::string> static_partition;
};

class FileSinkCommitter final : public table::SinkCommitter {
 public:
  FileSinkCommitter(const FileSinkConfig& config, Overwrite overwrite, std::string staging);
  ~FileSinkCommitter() override;   // batch: removes what was staged, unless its commit has begun
  Status Open(const std::optional<std::string>& restored_state) override;
  Result<std::string> Prepare(CheckpointId id, const std::vector<table::Committable>& committables, EventTime watermark, bool end_of_input) override;
  Status Commit(CheckpointId id) override;
  int64_t partitions_committed() const override { return committed_; }

 private:
  struct Counts {
    int64_t since_ms = 0, files = 0, rows = 0, bytes = 0;
  };
  struct Pending {
    std::vector<PendingFile> files;
    std::map<std::string, Counts> partitions;   // to be committed with this checkpoint
  };
  Status RemoveStage(const std::string& stage);
  Status Stage();          // batch: makes the staging directory, and holds its lock
  Status RemoveOldStages();
  std::string Encode() const;
  Result<bool> IsReady(const std::string& partition, const Counts& counts, EventTime watermark, bool end_of_input) const;
  Status PublishFiles(const std::vector<PendingFile>& files);
  Status CommitPartitions(const std::map<std::string, Counts>& partitions);
  Status RemoveOverwritten(const std::vector<PendingFile>& files);
  std::string Absolute(const std::string& relative) const { return relative.empty() ? config_.location : config_.location + "/" + relative; }

  const FileSinkConfig config_;
  const Overwrite overwrite_;
  const std::string staging_;
  std::unique_ptr<FileLock> owner_;   // of the staging directory
  std::map<CheckpointId, Pending> pending_;
  std::map<std::string, Counts> waiting_;   // partitions with new files whose time hasn't come
  std::set<std::string> seen_;              // in-progress names of pending_ and of the last commit
  int64_t committed_ = 0;
  bool commit_begun_ = false;
};

}  // namespace tarn::plug::files
