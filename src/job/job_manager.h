// Submits jobs, keeps them alive, checkpoints and brings them back. One a process.
//
// A job with a resubmission text and a data directory is recoverable: its record lies in <data>/jobs/<id>/job, its checkpoints in
// <data>/checkpoints/<id>/chk-<n>/ (or execution.checkpointing.dir). After the end of the process, however it ended, Recover()
// brings back every recoverable job that had not reached a terminal state: planned again from its resubmission text, restored from
// its latest good checkpoint, its last commit repeated. Other jobs (SELECT) live only in memory.
// Options read from JobPlan::options: execution.checkpointing.{interval,timeout,min-pause,tolerable-failed-checkpoints,num-retained,dir,
// savepoint-dir,externalized-checkpoint-retention}, execution.savepoint.path, execution.state-recovery.path,
// execution.{savepoint,state-recovery}.ignore-unclaimed-state, restart-strategy.*, pipeline.auto-watermark-interval, tarn.batch.size,
// pipeline.name.
// Threads: every method from any thread. Each job has one coordinator thread and one thread a subtask.
// Errors:  kNotFound for an unknown id; kConflict when the job's state does not allow it (Flink's text); a failed job's own Status
//          from WaitFor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "job/job_status.h"
#include "plan/physical.h"

namespace tarn::job {

struct JobSpec {
  JobId id;                      // "" : a new one
  std::string name;              // "" : the plan's
  std::string statement;         // text for people
  std::string resubmission;      // opaque to this room: everything the session needs to plan the job again; "" : not recoverable
  std::string savepoint_path;    // start from here; "" : execution.savepoint.path / execution.state-recovery.path, else fresh
};

struct JobManagerOptions {
  std::string data_dir;          // "" : no records; checkpoints go to scratch_dir
  std::string scratch_dir;       // "" : the system's temporary directory
  int64_t memory_limit_bytes = 0;   // of all channels' buffers together (a part of tarn.memory.limit); 0: 256 MiB
  int64_t state_memory_bytes = 0;   // of the operators of all jobs together (another part); 0: no limit
  int64_t memory_limit_total = 0;   // the whole of which both are parts, for messages
  int history_max = 200;         // terminal jobs remembered
};

class JobManager {
 public:
  static Result<std::unique_ptr<JobManager>> Make(JobManagerOptions options);
  virtual ~JobManager() = default;   // as Kill()

  // Checks the plan and the savepoint, writes the record, starts. What fails later is the job's failure, not Submit's.
  virtual Result<JobId> Submit(plan::JobPlan plan, JobSpec spec) = 0;

  // Starts cancelling; WaitFor tells when it has ended.
  virtual Status Cancel(const JobId& id) = 0;
  // Takes a savepoint under directory ("" : execution.checkpointing.savepoint-dir, else <data>/savepoints), then ends the job
  // (FINISHED). drain: event time ends first (final watermark), so that everything is emitted. Waits; returns the savepoint's path.
  virtual Result<std::string> Stop(const JobId& id, const std::string& savepoint_dir, bool drain) = 0;
  // A savepoint of a job that goes on. Waits; returns the path.
  virtual Result<std::string> Savepoint(const JobId& id, const std::string& savepoint_dir) = 0;
  // A checkpoint now. Waits; returns its id.
  virtual Result<int64_t> Checkpoint(const JobId& id) = 0;

  // Waits for the terminal state. OK: finished. kCancelled: cancelled. A failed job: its root cause.
  virtual Status WaitFor(const JobId& id) = 0;
  // The same, at most this long; nullopt: still running.
  virtual std::optional<Status> WaitFor(const JobId& id, std::chrono::milliseconds wait) = 0;

  virtual std::vector<JobSummary> List() const = 0;   // newest first
  virtual Result<JobStatus> Get(const JobId& id) const = 0;

  // Called at most once, before any Submit: archived jobs come into the history, running ones are planned and restored.
  // A job that cannot be planned any more becomes FAILED with that error. Returns how many were brought back.
  using Replan = std::function<Result<plan::JobPlan>(const std::string& resubmission)>;
  virtual Result<int> Recover(const Replan& replan) = 0;

  // Ends all jobs. drain: recoverable streaming jobs take a last checkpoint first; they come back at the next start. Without: as
  // Kill(). Jobs that are not recoverable are cancelled. Nothing runs afterwards.
  virtual Status Shutdown(bool drain) = 0;
  // Stops all threads at once and leaves everything on disk as kill -9 would: running jobs stay recoverable.
  virtual void Kill() = 0;
};

}  // namespace tarn::job
