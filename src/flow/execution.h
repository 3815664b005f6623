// One attempt to run a graph: its gates, its tasks, and the orders that go to all of them.
//
// The listener hears of tasks on their threads. Start once; Cancel makes every task end soon; Join waits for all. The graph, the
// options and the listener must outlive it.
// Threads: Start, Join, Trigger, Complete, Drain from the coordinator; Cancel and stats from any.
#pragma once

#include <memory>
#include <vector>

#include "flow/task.h"

namespace tarn::flow {

class Execution {
 public:
  // restores: for each vertex, for each subtask.
  Execution(const Graph& graph, const ExecutionOptions& options, std::vector<std::vector<TaskRestore>> restores, TaskListener& listener);
  ~Execution();   // cancels and joins

  void Start();
  void Cancel();
  void Join();
  void Trigger(const Barrier& barrier);
  void Complete(CheckpointId id);
  void Drain();
  const TaskStats& stats(int vertex, int subtask) const { return tasks_[vertex][subtask]->stats(); }
  int tasks() const;

 private:
  template <typename F> void Each(F f) {
    for (auto& v : tasks_)
      for (auto& t : v) f(*t);
  }
  const Graph& graph_;
  std::vector<std::vector<std::unique_ptr<Gate>>> gates_;   // before the tasks: they go after them
  std::vector<std::vector<std::unique_ptr<Task>>> tasks_;
};

// Splits a checkpoint's state among the subtasks of the graph: keyed pieces by key group, other pieces and writer states by the
// former subtask's number, split positions to all subtasks of their source.
// kConflict when the checkpoint holds state of an operator that the graph lacks (unless ignore_unclaimed), or for a vertex that has
// partly ended and changed its parallelism.
Result<std::vector<std::vector<TaskRestore>>> Distribute(const state::Checkpoint& checkpoint, const Graph& graph, bool ignore_unclaimed);
// The restores of a fresh start.
std::vector<std::vector<TaskRestore>> NothingToRestore(const Graph& graph);

}  // namespace tarn::flow
