// What a job says about itself: a snapshot in plain data, in Flink's words (the job REST API prints it).
// Times are milliseconds since the epoch; -1: not yet. Threads: values.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::job {

using JobId = std::string;   // 32 hex digits

enum class JobState : uint8_t { kInitializing, kCreated, kRunning, kFailing, kFailed, kCancelling, kCanceled, kFinished, kRestarting, kSuspended, kReconciling };
inline constexpr int kJobStates = 11;
enum class TaskState : uint8_t { kCreated, kScheduled, kDeploying, kInitializing, kRunning, kFinished, kCanceling, kCanceled, kFailed, kReconciling };
inline constexpr int kTaskStates = 10;
std::string_view JobStateName(JobState state);     // "RUNNING"
std::string_view TaskStateName(TaskState state);   // "INITIALIZING"
inline bool IsTerminal(JobState s) { return s == JobState::kFailed || s == JobState::kCanceled || s == JobState::kFinished; }

struct SubtaskStatus {
  int subtask = 0;
  TaskState state = TaskState::kCreated;
  int attempt = 0;
  int64_t start_time = -1, end_time = -1;
  int64_t records_in = 0, records_out = 0, bytes_in = 0, bytes_out = 0;   // a source's records_in: what its reader returned
  int64_t busy_ms = 0, idle_ms = 0, backpressured_ms = 0;                 // accumulated
  double busy_ratio = 0, idle_ratio = 0, backpressured_ratio = 0;         // of the last seconds, 0..1
  double records_in_per_second = 0, records_out_per_second = 0;           // of the last seconds
  int64_t watermark_ms = std::numeric_limits<int64_t>::min();             // input watermark; min: none yet
  int64_t lag_rows = -1;                                                  // a source that knows it
  int64_t skipped_rows = 0;                                               // records that a source's format ignored
  std::vector<std::pair<std::string, int64_t>> late_rows;                 // dropped, by the name of the operator; those that can drop some
};

struct VertexInput {
  std::string vertex_id;
  std::string ship_strategy;   // HASH, REBALANCE, GLOBAL, FORWARD
};

struct VertexStatus {
  std::string id;     // 32 hex digits, the same after a restart
  std::string name;   // "Source: events -> Calc -> Sink: lake"
  std::string description;
  int parallelism = 1, max_parallelism = 128;
  bool source = false;
  std::vector<VertexInput> inputs;
  std::vector<SubtaskStatus> subtasks;
  TaskState state() const;   // of all subtasks together, as Flink folds them
};

struct CheckpointStatus {
  enum class State : uint8_t { kInProgress, kCompleted, kFailed };
  int64_t id = 0;
  State state = State::kInProgress;
  bool is_savepoint = false;
  bool stop = false;                     // SYNC_SAVEPOINT
  int64_t trigger_time = -1, latest_ack_time = -1;
  int64_t duration_ms = -1;              // trigger to durable
  int64_t size_bytes = 0;                // what was written
  int num_subtasks = 0, num_acknowledged = 0;
  std::string external_path;             // "file:/..."; "" when nothing was written
  bool discarded = false;
  int64_t failure_time = -1;
  std::string failure;
};

struct RestoredCheckpoint {
  int64_t id = 0, restore_time = -1;
  bool is_savepoint = false;
  std::string external_path;
};

struct CheckpointCounts { int64_t restored = 0, total = 0, in_progress = 0, completed = 0, failed = 0; };

struct CheckpointConfig {
  bool enabled = false;
  int64_t interval_ms = -1, timeout_ms = 600'000, min_pause_ms = 0;
  int64_t tolerable_failed = 0;
  int retained = 1;
  bool delete_on_cancellation = true;
  std::string directory;
};

struct JobException {
  int64_t time = -1;
  std::string name;        // Flink's class nearest to it: "org.apache.flink.table.api.TableException"
  std::string text;        // message, detail, hint
  std::string task_name;   // "" : not of a task
  int subtask = -1;
};

struct JobStatus {
  JobId id;
  std::string name;
  std::string statement;
  JobState state = JobState::kInitializing;
  bool streaming = true;
  int64_t start_time = -1, end_time = -1;
  int64_t duration_ms() const;                        // until now when it runs
  std::array<int64_t, kJobStates> timestamps{};       // when it last entered each state; 0: never
  int parallelism = 1;
  int64_t restarts = 0;
  bool stoppable = true;
  std::vector<VertexStatus> vertices;                 // sources first
  CheckpointConfig checkpoint_config;
  CheckpointCounts checkpoint_counts;
  std::vector<CheckpointStatus> checkpoints;          // newest first, at most 10 (web.checkpoints.history)
  std::optional<CheckpointStatus> latest_completed, latest_savepoint, latest_failed;
  std::optional<RestoredCheckpoint> restored;
  std::vector<std::string> warnings;                  // "checkpoint 7 is corrupt (...), fell back to checkpoint 6"
  std::vector<JobException> exceptions;               // newest first, at most 16
  Status failure;                                     // of a failed job: the root cause
  int64_t rows_in = 0, rows_out = 0;                  // from all sources, into all sinks (this process's life)
  int64_t partitions_committed = 0;
  int64_t watermark_ms = std::numeric_limits<int64_t>::min();   // the lowest over the sinks' tasks
  std::map<std::string, std::string> options;         // session options in force
  // Flink's job-level metric ids and values ("numRestarts", "lastCheckpointDuration", ...).
  std::map<std::string, std::string> Metrics() const;
};

struct JobSummary {
  JobId id;
  std::string name;
  JobState state = JobState::kInitializing;
  int64_t start_time = -1, end_time = -1, last_modification = -1;
  std::array<int, kTaskStates> tasks{};
  int64_t duration_ms() const;
};

}  // namespace tarn::job
