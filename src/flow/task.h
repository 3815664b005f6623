// One subtask of a vertex on its own thread: head (scan, values or gate), the chain of operators behind it, sink writers, exchanges.
//
// Life: Start; the thread opens everything, restores, runs to the end of its input (or a stopping barrier), waits for the final
// commit where one is needed, closes. It tells the listener what happened; the coordinator decides.
//   OnAck     the snapshot for a barrier, or (finished) the last one after the end of input
//   OnEnded   all input is consumed and passed on; the task waits for a Trigger to give its last snapshot, then for Complete
//   OnDone    the thread ends well        OnFailed  the thread ends badly (never called once Cancel was)
// Threads: Trigger, Complete, Drain, Cancel and stats from any; Start and Join from the coordinator; the listener is called on the
// task's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "flow/exchange.h"
#include "flow/graph.h"
#include "state/checkpoint_file.h"
#include "table/sink.h"
#include "table/source.h"

namespace tarn::flow {

struct SinkAck {
  std::string uid, committable, state;
};
struct TaskAck {
  int vertex = 0, subtask = 0;
  CheckpointId id = 0;
  bool finished = false;              // nothing will ever follow
  bool end_of_input = false;          // the sinks' last committables (also of a drained job, which is not finished)
  EventTime watermark;
  std::vector<state::OperatorState> operators;
  std::vector<state::SplitPosition> splits;
  std::vector<SinkAck> sinks;
};

class TaskListener {
 public:
  virtual ~TaskListener() = default;
  virtual void OnAck(TaskAck ack) = 0;
  virtual void OnEnded(int vertex, int subtask) = 0;
  virtual void OnDone(int vertex, int subtask) = 0;
  virtual void OnFailed(int vertex, int subtask, Status status) = 0;
};

// What a subtask gets back of a checkpoint; the pieces are already its own share.
struct TaskRestore {
  CheckpointId checkpoint = 0;        // 0: fresh start
  bool finished = false;
  std::map<std::string, state::Snapshot> operators;                 // by uid
  std::vector<table::SplitState> splits;                            // of all former subtasks
  std::map<std::string, std::vector<std::string>> writers;          // by uid
};

enum class TaskPhase : uint8_t { kCreated, kInitializing, kRunning, kFinished, kCanceled, kFailed };

// Written by the task's thread, read by any.
struct TaskStats {
  std::atomic<TaskPhase> phase{TaskPhase::kCreated};
  std::atomic<int64_t> start_ms{-1}, end_ms{-1};
  std::atomic<int64_t> records_in{0}, records_out{0}, bytes_in{0}, bytes_out{0};
  std::atomic<int64_t> idle_ns{0}, backpressured_ns{0}, start_ns{0}, end_ns{0};
  std::atomic<int64_t> sink_rows{0}, lag_rows{-1}, skipped_rows{0};
  std::unique_ptr<std::atomic<int64_t>[]> late_rows;   // of each node of the chain
  std::atomic<int64_t> watermark_ms{EventTime::Min().ms};
};

using OperatorFactory = std::function<Result<std::unique_ptr<Operator>>(const plan::Node&)>;

struct ExecutionOptions {
  std::string job_id;
  bool streaming = true;
  bool always_final = false;                  // tasks without a sink wait for the final snapshot too
  int64_t batch_rows = 4096;
  int64_t writer_memory_bytes = 64 << 20;     // of the files that one subtask writes
  int64_t watermark_interval_ms = 200;
  StateBudget* state_budget = nullptr;
  ChannelLimits channel;
  MemoryBudget* budget = nullptr;
  expr::EvalContext eval;
  OperatorFactory make_operator;              // empty: MakeOperator
};

class Task {
 public:
  struct Wiring {
    Gate* gate = nullptr;
    std::vector<std::pair<int, std::unique_ptr<ExchangeWriter>>> outputs;   // node in the chain, writer
  };
  Task(const Vertex& vertex, int subtask, const ExecutionOptions& options, Wiring wiring, TaskRestore restore, TaskListener& listener);
  ~Task();
  Task(const Task&) = delete;

  void Start();
  void Join();
  void Trigger(const Barrier& barrier);     // sources act on it; others only once their input has ended
  void Complete(CheckpointId id);
  void Drain();                             // sources: end now, as at the end of bounded input, but not for good
  void Cancel();
  const TaskStats& stats() const { return stats_; }

 private:
  struct Stage;
  class ChainOutput;
  class SourceLoop;
  enum class Exit { kEnded, kStopped };

  void Run();
  Status Body();
  Status OpenStages();
  Status FinishRestoredWriters();
  Result<Exit> RunValues();
  Result<Exit> RunScan();
  Result<Exit> RunInputs();
  Status End();
  Status AwaitFinal();
  Status AwaitComplete(CheckpointId id);

  Status EmitFromHead(Batch batch);
  Status AdvanceWatermark(EventTime time);
  Status GoIdle();
  Status PassBarrier(const Barrier& barrier);
  Status Snapshot(CheckpointId id, bool final);
  Status NotifyComplete();
  Status TickIfDue();
  std::chrono::milliseconds TimeToNextDuty(std::chrono::milliseconds at_most) const;
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  void UpdateStats();

  const Vertex& vertex_;
  const int subtask_;
  const ExecutionOptions& options_;
  Wiring wiring_;
  TaskRestore restore_;
  TaskListener& listener_;
  TaskStats stats_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::unique_ptr<table::SourceReader> reader_;
  bool has_sink_ = false, has_exchange_ = false;
  EventTime watermark_ = EventTime::Min();
  int64_t records_in_ = 0, bytes_in_ = 0, idle_ns_ = 0, sink_rows_ = 0;
  int64_t next_tick_ns_ = 0, tick_ = 0;
  bool drained_ = false;
  CheckpointId acked_ = 0, final_acked_ = 0, notified_ = 0;

  std::atomic<bool> cancelled_{false}, mail_{false};
  std::mutex mutex_;                          // mailbox
  std::condition_variable mail_came_;
  std::optional<Barrier> trigger_;
  CheckpointId completed_ = 0;
  bool drain_ = false;
  std::thread thread_;
};

}  // namespace tarn::flow
