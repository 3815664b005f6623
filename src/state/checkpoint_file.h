// A checkpoint (or savepoint) of a job as a file: docs/format/checkpoint.md says every byte.
//
// Written to <dir>/_metadata: sections, each with its CRC-32C, closed by an end section; published by rename, so a file under its
// final name is whole unless the disk changed it. ReadCheckpoint tells such a change: kCorrupt, with the section and its offset.
// Threads: values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "state/snapshot.h"

namespace tarn::state {

inline constexpr uint32_t kCheckpointVersion = 1;

struct VertexState {
  std::string uid;                  // "v2"
  std::string name;
  int parallelism = 1;
  std::vector<uint8_t> finished;    // per subtask: it had ended before; after a restore it does nothing
};
struct OperatorState {
  std::string uid;                  // "v2.1.GroupAggregate"
  int subtask = 0;
  Snapshot pieces;
};
struct SplitPosition {
  std::string uid;                  // "v0.0.Scan"
  int subtask = 0;
  std::string split_id, bytes;
};
struct WriterState {
  std::string uid;                  // "v2.3.Sink"
  int subtask = 0;
  std::string bytes;
};
struct CommitterState {
  std::string uid;
  std::string bytes;
};

struct Checkpoint {
  std::string job_id, job_name;
  int64_t id = 0;
  int64_t time_ms = 0;
  bool savepoint = false;
  bool final = false;               // the job ended with it: a restore only repeats the commit
  std::vector<VertexState> vertices;
  std::vector<OperatorState> operators;
  std::vector<SplitPosition> splits;
  std::vector<WriterState> writers;
  std::vector<CommitterState> committers;
};

// Makes the folder, writes, syncs, publishes. Returns the bytes written.
Result<int64_t> WriteCheckpoint(const std::string& folder, const Checkpoint& checkpoint);
// folder, or the _metadata file itself. kNotFound, kCorrupt, kNotSupported (a newer version).
Result<Checkpoint> ReadCheckpoint(const std::string& folder);

}  // namespace tarn::state
