// Contract of a sink: where rows go, exactly once.
//
// Writers (one a subtask, on the task's thread) take rows; at a barrier PrepareCommit returns a committable: bytes that say
// everything needed to publish what was written since the last barrier (files to rename, rows of a transaction). It becomes part
// of the checkpoint. When the checkpoint is durable:
//   1. the committer (one a sink, on the coordinator's thread), if the sink has one, gets all writers' committables: Commit;
//   2. each writer gets OnCheckpointComplete.
// After a crash Commit is repeated for the restored checkpoint: it must be idempotent. Nothing is visible to other readers before.
// End of bounded input: a last PrepareCommit(end_of_input) and Commit happen without or with a checkpoint (batch: without).
// Threads: as above; a Sink itself is const and shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "table/source.h"

namespace tarn::table {

class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  // state: what Snapshot of this subtask returned in the restored checkpoint, with that checkpoint's id; nullopt: fresh start.
  struct Restored { CheckpointId checkpoint; std::vector<std::string> states; /* of all former subtasks that map to this one */ };
  virtual Status Open(const std::optional<Restored>& restored) = 0;
  virtual Status Write(const Batch& batch) = 0;
  virtual Status OnWatermark(Watermark) { return Status::OK(); }
  virtual Status OnProcessingTime(int64_t /*wall_ms*/) { return Status::OK(); }   // called about every 100 ms: rolling, flushing
  virtual Result<std::string> PrepareCommit(CheckpointId id, bool end_of_input) = 0;
  virtual Result<std::string> Snapshot(CheckpointId) { return std::string(); }
  virtual Status OnCheckpointComplete(CheckpointId) { return Status::OK(); }
  virtual Status Close() { return Status::OK(); }   // not called after a failure: destructors must not publish
};

struct Committable {
  int subtask = 0;
  std::string bytes;
};

class SinkCommitter {
 public:
  virtual ~SinkCommitter() = default;
  // state: what Prepare returned for the restored checkpoint. Called before any Commit.
  virtual Status Open(const std::optional<std::string>& restored_state) = 0;
  // Before the checkpoint is written: folds the committables in and returns the state to store (e.g. partitions that are not committed yet).
  virtual Result<std::string> Prepare(CheckpointId id, const std::vector<Committable>& committables, EventTime watermark, bool end_of_input) = 0;
  // After the checkpoint is durable, and again after a restore. Idempotent.
  virtual Status Commit(CheckpointId id) = 0;
  // For the demo and metrics.
  virtual int64_t partitions_committed() const { return 0; }
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Which changes it takes. The plan inserts what is needed or refuses (Flink's text).
  virtual types::ChangelogMode AcceptedMode(const types::ChangelogMode& offered) const = 0;
  virtual std::string Describe() const = 0;
  virtual int wished_parallelism() const { return -1; }   // sink.parallelism
  virtual Result<std::unique_ptr<SinkWriter>> CreateWriter(const SubtaskContext& context) const = 0;
  virtual Result<std::unique_ptr<SinkCommitter>> CreateCommitter(const SubtaskContext&) const { return std::unique_ptr<SinkCommitter>(); }
  // INSERT OVERWRITE and static partitions, at planning. kNotSupported by default.
  virtual Status ApplyOverwrite(bool) { return Status::NotSupported("INSERT OVERWRITE requires a sink that supports it"); }
  virtual Status ApplyStaticPartition(const std::map<std::string, std::string>&) { return Status::NotSupported("static partitions"); }
};

}  // namespace tarn::table
