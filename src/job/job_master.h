// One job's coordinator: starts its tasks, triggers and writes checkpoints, commits, restarts after failures, ends.
//
// One thread (Run) decides everything; tasks and callers only put events and requests into its queue. Status is read under a mutex.
// A checkpoint's life: Trigger -> acks of all live tasks -> committers Prepare -> written, durable -> committers Commit -> tasks
// hear of it. At the end of input each task waits for one last checkpoint (not written when nobody could need it).
// Threads: Make, Start, Join by the owner; the others from any.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "flow/execution.h"
#include "job/checkpoint_store.h"
#include "job/job_manager.h"
#include "job/job_record.h"
#include "job/job_settings.h"
#include "job/restart_strategy.h"

namespace tarn::job {

struct JobPlaces {
  std::string record_folder;        // "" : no record
  std::string checkpoints_folder;   // of all jobs; used unless execution.checkpointing.dir says otherwise
  std::string savepoints_folder;
  flow::MemoryBudget* budget = nullptr;
  flow::StateBudget* state_budget = nullptr;
};

class JobMaster final : private flow::TaskListener {
 public:
  // spec.id is set. recovered_from: when a job that comes back was submitted (its record is there already); 0: a new job.
  static Result<std::shared_ptr<JobMaster>> Make(plan::JobPlan plan, JobSpec spec, JobPlaces places, int64_t recovered_from, flow::OperatorFactory operators);
  ~JobMaster() override;
  Status Start();
  void Join();

  enum class Ask { kCheckpoint, kSavepoint, kStop, kDrain, kSuspend };
  Result<std::string> Request(Ask ask, const std::string& folder);   // waits; the path (kCheckpoint: the id)
  Status Cancel();
  void Kill();
  std::optional<Status> WaitFor(std::optional<std::chrono::milliseconds> wait);
  JobStatus Get() const;
  JobSummary Summary() const;
  JobState state() const;
  bool recoverable() const { return !spec_.resubmission.empty() && !places_.record_folder.empty(); }
  bool streaming() const { return streaming_; }

 private:
  struct Event {
    enum class Kind { kAck, kEnded, kDone, kFailed } kind;
    int vertex = 0, subtask = 0;
    flow::TaskAck ack;
    Status status;
  };
  struct AskedFor {
    Ask ask;
    std::string folder;
    std::promise<Result<std::string>> answer;
  };
  struct SinkCommit {
    std::string uid;
    int vertex = 0;
    const plan::Sink* plan = nullptr;
    std::unique_ptr<table::SinkCommitter> committer;   // may be null
    std::string state;
    std::vector<table::Committable> carried;           // of checkpoints that were given up before Prepare
    bool closed = false;                               // its last commit is done
  };
  struct PendingCheckpoint {
    CheckpointStatus status;
    std::optional<AskedFor> request;
    bool stop = false, suspend = false;
    std::vector<std::vector<uint8_t>> awaited;
    std::vector<flow::TaskAck> acks;
    bool prepared = false;
  };
  // kEnded: waits for its last checkpoint; kClosing: has it, closes.
  enum class TaskPlace : uint8_t { kRunning, kEnded, kClosing, kDone };
  enum class Outcome { kFinished, kFailed, kCanceled, kKilled, kSuspended };

  JobMaster(plan::JobPlan plan, JobSpec spec, JobPlaces places, bool recovered, flow::OperatorFactory operators);

  // flow::TaskListener
  void OnAck(flow::TaskAck ack) override;
  void OnEnded(int vertex, int subtask) override;
  void OnDone(int vertex, int subtask) override;
  void OnFailed(int vertex, int subtask, Status status) override;
  void Post(Event event);

  // job_master.cc, on the coordinator's thread
  void Run();
  Outcome RunAttempt(Status* failure);
  Status RunTasks(Outcome* outcome);
  Status HandleEvent(Event& event);
  void EndAttempt();
  void EndJob(JobState state, const Status& failure);
  bool WaitBackoff(int64_t delay_ms);          // false: cancelled or killed meanwhile
  void SetState(JobState state);
  void AddException(const Status& status, int vertex, int subtask);
  int64_t NextDeadline() const;
  bool AllDone() const;
  void RejectRequests(const Status& why);
  void Sample(int64_t now);
  std::vector<VertexStatus> Vertices(const flow::Execution* execution) const;   // under mutex_

  // job_checkpoint.cc, on the coordinator's thread
  Result<std::vector<std::vector<flow::TaskRestore>>> Restore(bool* nothing_left);
  Status MakeCommitters(const state::Checkpoint* restored);
  Status MaybeTrigger(int64_t now);
  bool SinkWaitsForItsEnd() const;
  void Trigger(std::optional<AskedFor> request, bool stop, bool suspend);
  Status OnAckEvent(flow::TaskAck ack);
  Status CompletePending();
  Status PreparePending(state::Checkpoint* checkpoint);
  Result<int64_t> WritePending(const state::Checkpoint& checkpoint, bool nothing_left, std::string* savepoint_path);
  Status FailPending(const Status& why);
  void ShowCheckpoint(const CheckpointStatus& status);
  std::string SavepointPath(const std::string& folder) const;

  plan::JobPlan plan_;
  const JobSpec spec_;
  const JobPlaces places_;
  const bool recovered_;
  bool streaming_ = true;
  const flow::OperatorFactory operators_;
  JobSettings settings_;
  flow::Graph graph_;
  RestartStrategy strategy_;
  std::optional<CheckpointStore> store_;
  flow::ExecutionOptions execution_options_;

  // of the coordinator's thread
  std::vector<SinkCommit> sinks_;
  std::vector<std::vector<TaskPlace>> tasks_;
  std::vector<uint8_t> has_sink_;                  // per vertex
  std::vector<std::vector<uint8_t>> finished_;     // it had ended for good in a completed checkpoint
  std::optional<PendingCheckpoint> pending_;
  std::optional<AskedFor> drain_;           // sources were told to end
  int64_t next_id_ = 1, next_trigger_ms_ = 0, last_trigger_ms_ = 0;
  int64_t failed_in_row_ = 0;
  int closing_ = 0;                                // tasks
  bool suspended_ = false;
  int64_t next_sample_ms_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::deque<AskedFor> requests_;
  bool cancel_ = false, kill_ = false, ended_ = false;
  JobStatus status_;                               // vertices: as the last attempt left them
  int64_t last_modification_ = 0, attempt_ = 0;
  int64_t base_rows_in_ = 0, base_rows_out_ = 0, base_partitions_ = 0, partitions_ = 0;
  std::shared_ptr<flow::Execution> execution_;     // null between attempts
  struct Rates { int64_t in = 0, out = 0, idle = 0, back = 0; double in_rate = 0, out_rate = 0, idle_ratio = 0, back_ratio = 0; };
  std::vector<std::vector<Rates>> rates_;
  int64_t sampled_at_ns_ = 0;
  std::thread thread_;
};

}  // namespace tarn::job
