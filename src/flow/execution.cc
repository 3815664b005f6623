#include "flow/execution.h"

#include <fmt/format.h>

#include <set>

namespace tarn::flow {

Execution::Execution(const Graph& graph, const ExecutionOptions& options, std::vector<std::vector<TaskRestore>> restores, TaskListener& listener)
    : graph_(graph) {
  // Channels of a gate: for each in-edge, one a producer (forward: just the same subtask).
  std::vector<std::vector<int>> first_channel(graph.vertices.size());   // vertex -> in_edge place -> first channel number
  for (const Vertex& v : graph.vertices) {
    int channels = 0;
    for (int e : v.in_edges) {
      first_channel[v.index].push_back(channels);
      const Edge& edge = graph.edges[e];
      channels += edge.exchange.kind == plan::Exchange::Kind::kForward ? 1 : graph.vertices[edge.from_vertex].parallelism;
    }
    gates_.emplace_back();
    if (v.head != Vertex::Head::kInputs) continue;
    for (int s = 0; s < v.parallelism; ++s) gates_.back().push_back(std::make_unique<Gate>(channels, options.channel, options.budget));
  }
  for (const Vertex& v : graph.vertices) {
    tasks_.emplace_back();
    for (int s = 0; s < v.parallelism; ++s) {
      Task::Wiring wiring;
      if (v.head == Vertex::Head::kInputs) wiring.gate = gates_[v.index][s].get();
      for (size_t n = 0; n < v.nodes.size(); ++n) {
        for (int e : v.nodes[n].out_edges) {
          const Edge& edge = graph.edges[e];
          const Vertex& to = graph.vertices[edge.to_vertex];
          size_t place = 0;
          while (to.in_edges[place] != e) ++place;
          int channel = first_channel[to.index][place];
          std::vector<ExchangeTarget> targets;
          if (edge.exchange.kind == plan::Exchange::Kind::kForward) {
            targets.push_back({gates_[to.index][s].get(), channel});
          } else {
            for (int t = 0; t < to.parallelism; ++t) targets.push_back({gates_[to.index][t].get(), channel + s});
          }
          wiring.outputs.emplace_back(static_cast<int>(n), std::make_unique<ExchangeWriter>(edge.exchange, edge.row_type, std::move(targets), s, options.batch_rows));
        }
      }
      tasks_.back().push_back(std::make_unique<Task>(v, s, options, std::move(wiring), std::move(restores[v.index][s]), listener));
    }
  }
}

Execution::~Execution() {
  Cancel();
  Join();
}

// Consumers first: a source that starts at once finds them there.
void Execution::Start() {
  for (size_t v = tasks_.size(); v-- > 0;)
    for (auto& t : tasks_[v]) t->Start();
}
void Execution::Cancel() {
  Each([](Task& t) { t.Cancel(); });
}
void Execution::Join() {
  Each([](Task& t) { t.Join(); });
}
void Execution::Trigger(const Barrier& barrier) {
  Each([&](Task& t) { t.Trigger(barrier); });
}
void Execution::Complete(CheckpointId id) {
  Each([&](Task& t) { t.Complete(id); });
}
void Execution::Drain() {
  for (const Vertex& v : graph_.vertices)
    if (v.head == Vertex::Head::kScan)
      for (auto& t : tasks_[v.index]) t->Drain();
}
int Execution::tasks() const {
  int n = 0;
  for (auto& v : tasks_) n += static_cast<int>(v.size());
  return n;
}

std::vector<std::vector<TaskRestore>> NothingToRestore(const Graph& graph) {
  std::vector<std::vector<TaskRestore>> out;
  for (const Vertex& v : graph.vertices) out.emplace_back(v.parallelism);
  return out;
}

Result<std::vector<std::vector<TaskRestore>>> Distribute(const state::Checkpoint& c, const Graph& graph, bool ignore_unclaimed) {
  auto out = NothingToRestore(graph);
  std::map<std::string, const Vertex*> owner;   // node uid -> its vertex
  std::map<std::string, const Vertex*> by_uid;
  for (const Vertex& v : graph.vertices) {
    by_uid[v.uid] = &v;
    for (const ChainNode& n : v.nodes) owner[n.uid] = &v;
    for (TaskRestore& r : out[v.index]) r.checkpoint = c.id;
  }
  auto unclaimed = [&](const std::string& uid) {
    if (ignore_unclaimed) return Status::OK();
    return Status::Conflict(fmt::format("checkpoint {} of job {} holds state of {}, which this job does not have", c.id, c.job_id, uid))
        .WithDetail("the SQL must be the same as when the checkpoint was taken")
        .WithHint("'execution.state-recovery.ignore-unclaimed-state' = 'true' starts without that state");
  };
  for (const state::VertexState& v : c.vertices) {
    auto it = by_uid.find(v.uid);
    if (it == by_uid.end()) {
      TRY(unclaimed(v.uid));
      continue;
    }
    auto& tasks = out[it->second->index];
    size_t finished = 0;
    for (uint8_t f : v.finished) finished += f;
    if (finished == v.finished.size()) {
      for (TaskRestore& r : tasks) r.finished = finished > 0;
    } else if (finished > 0) {
      if (tasks.size() != v.finished.size())
        return Status::Conflict(fmt::format("vertex {} had partly ended at parallelism {}: it cannot go on at {}", v.name, v.finished.size(), tasks.size()));
      for (size_t s = 0; s < tasks.size(); ++s) tasks[s].finished = v.finished[s];
    }
  }
  for (const state::OperatorState& o : c.operators) {
    auto it = owner.find(o.uid);
    if (it == owner.end()) {
      if (!o.pieces.empty()) TRY(unclaimed(o.uid));
      continue;
    }
    auto& tasks = out[it->second->index];
    auto p = static_cast<int>(tasks.size());
    for (const state::Piece& piece : o.pieces) {
      int s = piece.key_group == state::kNotKeyed ? o.subtask % p : state::SubtaskOf(piece.key_group, p);
      tasks[s].operators[o.uid].push_back(piece);
    }
  }
  for (const state::SplitPosition& split : c.splits) {
    auto it = owner.find(split.uid);
    if (it == owner.end()) {
      TRY(unclaimed(split.uid));
      continue;
    }
    for (TaskRestore& r : out[it->second->index]) r.splits.push_back({split.split_id, split.bytes});
  }
  for (const state::WriterState& w : c.writers) {
    auto it = owner.find(w.uid);
    if (it == owner.end()) {
      if (!w.bytes.empty()) TRY(unclaimed(w.uid));
      continue;
    }
    auto& tasks = out[it->second->index];
    tasks[static_cast<size_t>(w.subtask) % tasks.size()].writers[w.uid].push_back(w.bytes);
  }
  return out;
}

}  // namespace tarn::flow
