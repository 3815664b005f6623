// The coordinator's part about checkpoints: trigger, collect, prepare, write, commit; and restore.
#include <fmt/format.h>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/text.h"
#include "job/job_master.h"
#include "state/durable_file.h"

namespace tarn::job {
namespace {
constexpr size_t kHistoryMax = 10;   // web.checkpoints.history
bool IsSavepoint(JobMaster::Ask ask) { return ask == JobMaster::Ask::kSavepoint || ask == JobMaster::Ask::kStop || ask == JobMaster::Ask::kDrain; }
}  // namespace

// ---- restore

Status JobMaster::MakeCommitters(const state::Checkpoint* restored) {
  sinks_.clear();
  for (const flow::Vertex& v : graph_.vertices) {
    for (const flow::ChainNode& n : v.nodes) {
      const auto* plan = std::get_if<plan::Sink>(&n.node->op);
      if (!plan) continue;
      SinkCommit sink{.uid = n.uid, .vertex = v.index, .plan = plan};
      table::SubtaskContext context{.subtask = 0, .parallelism = v.parallelism, .job_id = spec_.id, .operator_name = n.name, .batch_rows = settings_.batch_rows};
      sink.committer = TRY(plan->sink->CreateCommitter(context));
      std::optional<std::string> state;
      if (restored)
        for (const state::CommitterState& c : restored->committers)
          if (c.uid == n.uid) state = c.bytes;
      if (sink.committer) TRY(sink.committer->Open(state));
      sink.state = state.value_or("");
      sinks_.push_back(std::move(sink));
    }
  }
  return Status::OK();
}

Result<std::vector<std::vector<flow::TaskRestore>>> JobMaster::Restore(bool* nothing_left) {
  finished_.clear();
  for (const flow::Vertex& v : graph_.vertices) finished_.emplace_back(v.parallelism, 0);
  std::vector<std::string> warnings;
  std::optional<CheckpointStore::Found> found;
  if (store_) {
    found = TRY(store_->Latest(&warnings));
    next_id_ = std::max(next_id_, store_->highest_id() + 1);
  }
  bool own = found.has_value();
  if (!found && !settings_.restore_path.empty()) {
    state::Checkpoint c = TRY(state::ReadCheckpoint(settings_.restore_path));
    if (c.job_id != spec_.id) c.final = false;   // a savepoint, or another job's last checkpoint: this job goes on from there
    found = CheckpointStore::Found{std::move(c), settings_.restore_path};
  }
  for (const std::string& w : warnings) {
    LogWarn("job {}: {}", spec_.id, w);
    std::lock_guard lock(mutex_);
    status_.warnings.push_back(w);
  }
  if (!found) {
    TRY(MakeCommitters(nullptr));
    return flow::NothingToRestore(graph_);
  }
  TARN_CRASH_POINT("restore.begin");
  const state::Checkpoint& c = found->checkpoint;
  next_id_ = std::max(next_id_, c.id + 1);
  auto restores = TRY(flow::Distribute(c, graph_, settings_.ignore_unclaimed_state));
  for (const flow::Vertex& v : graph_.vertices)
    for (int s = 0; s < v.parallelism; ++s) {
      restores[v.index][s].finished = restores[v.index][s].finished || c.final;
      finished_[v.index][s] = restores[v.index][s].finished;
    }
  TRY(MakeCommitters(&c));
  TARN_CRASH_POINT("restore.committing");
  for (SinkCommit& sink : sinks_) {
    bool all = true;
    for (uint8_t f : finished_[sink.vertex]) all = all && f;
    sink.closed = all;
    if (sink.committer) TRY(sink.committer->Commit(c.id));
  }
  LogInfo("job {} ({}) restored from checkpoint {} at {}", spec_.id, status_.name, c.id, found->path);
  // After the last checkpoint no task has rows left, but a writer with state may have to publish: it is opened once more, and no more.
  bool writers = false;
  for (auto& tasks : restores)
    for (flow::TaskRestore& t : tasks) {
      for (const auto& [uid, states] : t.writers)
        for (const std::string& s : states) writers = writers || !s.empty();
    }
  *nothing_left = c.final && !writers;
  std::lock_guard lock(mutex_);
  status_.restored = RestoredCheckpoint{.id = c.id, .restore_time = WallClockMs(), .is_savepoint = c.savepoint && !own, .external_path = "file:" + found->path};
  ++status_.checkpoint_counts.restored;
  return restores;
}

// ---- trigger

Status JobMaster::MaybeTrigger(int64_t now) {
  if (pending_) {
    if (now - last_trigger_ms_ < settings_.checkpoint.timeout_ms) return Status::OK();
    return FailPending(Status::Unavailable("Checkpoint expired before completing."));
  }
  int running = 0, ended = 0;
  closing_ = 0;
  for (const auto& v : tasks_) {
    for (TaskPlace t : v) {
      running += t == TaskPlace::kRunning;
      ended += t == TaskPlace::kEnded;
      closing_ += t == TaskPlace::kClosing;
    }
  }
  if (running + ended == 0) RejectRequests(Status::Conflict("the job is about to end"));
  // A closing task may still publish what only the last checkpoint holds: no newer one may take its place before it has.
  if (running + ended == 0 || closing_ > 0) return Status::OK();
  if (running == 0 && ended > 0) {
    if (drain_) {
      std::optional<AskedFor> request = std::move(drain_);
      drain_.reset();
      Trigger(std::move(request), false, false);
    } else {
      Trigger(std::nullopt, false, false);
    }
    return Status::OK();
  }
  if (drain_) return Status::OK();
  std::optional<AskedFor> request;
  {
    std::lock_guard lock(mutex_);
    if (!requests_.empty()) {
      request = std::move(requests_.front());
      requests_.pop_front();
    }
  }
  if (request && request->ask == Ask::kDrain) {
    drain_ = std::move(request);
    execution_->Drain();
    return Status::OK();
  }
  if (request) {
    bool suspend = request->ask == Ask::kSuspend;
    bool stop = suspend || request->ask == Ask::kStop;
    Trigger(std::move(request), stop, suspend);
  } else if (settings_.checkpoint.enabled ? now >= next_trigger_ms_ : SinkWaitsForItsEnd()) {
    Trigger(std::nullopt, false, false);
  }
  return Status::OK();
}

// Without checkpointing: a sink whose input has ended publishes now, though other parts of the job (a statement set) go on.
bool JobMaster::SinkWaitsForItsEnd() const {
  if (!streaming_) return false;
  for (const SinkCommit& sink : sinks_) {
    bool ended = false, running = false;
    for (TaskPlace t : tasks_[sink.vertex]) {
      ended = ended || t == TaskPlace::kEnded;
      running = running || t == TaskPlace::kRunning;
    }
    if (ended && !running) return true;
  }
  return false;
}

void JobMaster::Trigger(std::optional<AskedFor> request, bool stop, bool suspend) {
  pending_.emplace();
  PendingCheckpoint& p = *pending_;
  CheckpointStatus& c = p.status;
  c.id = next_id_++;
  c.trigger_time = WallClockMs();
  c.is_savepoint = request && IsSavepoint(request->ask);
  c.stop = stop;
  p.request = std::move(request);
  p.stop = stop;
  p.suspend = suspend;
  for (const auto& v : tasks_) {
    auto& row = p.awaited.emplace_back();
    for (TaskPlace t : v) {
      bool awaited = t == TaskPlace::kRunning || t == TaskPlace::kEnded;
      row.push_back(awaited);
      c.num_subtasks += awaited;
    }
  }
  int64_t now = MonotonicMs();
  last_trigger_ms_ = now;
  next_trigger_ms_ = std::max(next_trigger_ms_ + settings_.checkpoint.interval_ms, now);
  ShowCheckpoint(c);
  execution_->Trigger(Barrier{.id = c.id, .savepoint = c.is_savepoint, .stop = stop});
}

// ---- collect

Status JobMaster::OnAckEvent(flow::TaskAck ack) {
  if (!pending_ || ack.id != pending_->status.id) {   // of a checkpoint that was given up: its rows belong to the next one
    for (flow::SinkAck& s : ack.sinks)
      for (SinkCommit& sink : sinks_)
        if (sink.uid == s.uid && !s.committable.empty()) sink.carried.push_back({ack.subtask, std::move(s.committable)});
    return Status::OK();
  }
  PendingCheckpoint& p = *pending_;
  uint8_t& awaited = p.awaited[ack.vertex][ack.subtask];
  if (!awaited) return Status::OK();
  awaited = 0;
  p.status.latest_ack_time = WallClockMs();
  ++p.status.num_acknowledged;
  p.acks.push_back(std::move(ack));
  return p.status.num_acknowledged < p.status.num_subtasks ? Status::OK() : CompletePending();
}

Status JobMaster::PreparePending(state::Checkpoint* c) {
  PendingCheckpoint& p = *pending_;
  c->job_id = spec_.id;
  c->job_name = status_.name;
  c->id = p.status.id;
  c->time_ms = p.status.trigger_time;
  auto finished = finished_;
  for (flow::TaskAck& a : p.acks) {
    if (a.finished) finished[a.vertex][a.subtask] = 1;
    for (auto& o : a.operators) c->operators.push_back(std::move(o));
    if (!a.finished)
      for (auto& s : a.splits) c->splits.push_back(std::move(s));
    for (flow::SinkAck& s : a.sinks)
      if (!s.state.empty()) c->writers.push_back({s.uid, a.subtask, std::move(s.state)});
  }
  for (const flow::Vertex& v : graph_.vertices) c->vertices.push_back({v.uid, v.name, v.parallelism, finished[v.index]});
  p.prepared = true;
  for (SinkCommit& sink : sinks_) {
    if (!sink.committer) continue;
    if (!sink.closed) {
      std::vector<table::Committable> all = std::move(sink.carried);
      sink.carried.clear();
      EventTime watermark = EventTime::Max();
      size_t ended = 0;
      for (uint8_t f : finished_[sink.vertex]) ended += f;
      for (flow::TaskAck& a : p.acks) {
        if (a.vertex != sink.vertex) continue;
        watermark = std::min(watermark, a.watermark);
        ended += a.end_of_input;
        for (flow::SinkAck& s : a.sinks)
          if (s.uid == sink.uid && !s.committable.empty()) all.push_back({a.subtask, std::move(s.committable)});
      }
      sink.state = TRY(sink.committer->Prepare(p.status.id, all, watermark, ended == finished_[sink.vertex].size()));
    }
    c->committers.push_back({sink.uid, sink.state});
  }
  return Status::OK();
}

std::string JobMaster::SavepointPath(const std::string& folder) const {
  return fmt::format("{}/savepoint-{}-{}", folder, spec_.id.substr(0, 6), RandomHex32().substr(0, 12));
}

// The savepoint's copy first: when the job's own is there, the commit must follow.
Result<int64_t> JobMaster::WritePending(const state::Checkpoint& c, bool nothing_left, std::string* path) {
  PendingCheckpoint& p = *pending_;
  int64_t bytes = 0;
  if (p.status.is_savepoint) {
    std::string folder = p.request->folder.empty() ? settings_.savepoint_dir : p.request->folder;
    folder = folder.empty() ? places_.savepoints_folder : TRY(state::LocalPath(folder));
    if (folder.empty()) return Status::InvalidSql("no savepoint directory is configured").WithHint("name one, or set 'execution.checkpointing.savepoint-dir'");
    *path = SavepointPath(folder);
    state::Checkpoint copy = c;
    copy.savepoint = true;
    bytes = TRY(state::WriteCheckpoint(*path, copy));
  }
  bool committer = false;
  for (const SinkCommit& s : sinks_) committer = committer || s.committer;
  if (store_ && (recoverable() || !nothing_left || committer)) {
    state::Checkpoint own = c;
    own.final = nothing_left;
    bytes = TRY(store_->Write(own));
    if (path->empty()) *path = store_->PathOf(c.id);
  }
  return bytes;
}

Status JobMaster::CompletePending() {
  PendingCheckpoint& p = *pending_;
  const CheckpointId id = p.status.id;
  state::Checkpoint c;
  TRY(PreparePending(&c));
  bool drained = p.request && p.request->ask == Ask::kDrain;
  bool nothing_left = drained || (p.stop && !p.suspend);
  if (!nothing_left) {
    nothing_left = true;
    for (const state::VertexState& v : c.vertices)
      for (size_t s = 0; s < v.finished.size(); ++s)
        nothing_left = nothing_left && (v.finished[s] || tasks_[&v - c.vertices.data()][s] == TaskPlace::kDone);
  }
  std::string path;
  auto written = WritePending(c, nothing_left, &path);
  if (!written.ok()) return FailPending(written.status());
  TARN_CRASH_POINT("checkpoint.durable");
  for (SinkCommit& sink : sinks_)
    if (sink.committer && !sink.closed) TRY(sink.committer->Commit(id));
  TARN_CRASH_POINT("checkpoint.committed");
  for (size_t v = 0; v < c.vertices.size(); ++v) finished_[v] = c.vertices[v].finished;
  for (const flow::TaskAck& a : p.acks)
    if (p.stop || a.end_of_input) tasks_[a.vertex][a.subtask] = TaskPlace::kClosing;
  int64_t partitions = 0;
  for (SinkCommit& sink : sinks_) {
    bool open = false;
    for (TaskPlace t : tasks_[sink.vertex]) open = open || t == TaskPlace::kRunning || t == TaskPlace::kEnded;
    sink.closed = sink.closed || !open;
    if (sink.committer) partitions += sink.committer->partitions_committed();
  }
  suspended_ = p.suspend && !nothing_left;
  execution_->Complete(id);

  CheckpointStatus done = p.status;
  done.state = CheckpointStatus::State::kCompleted;
  done.size_bytes = written.value();
  done.duration_ms = WallClockMs() - done.trigger_time;
  if (!path.empty()) done.external_path = "file:" + path;
  std::optional<AskedFor> request = std::move(p.request);
  pending_.reset();
  failed_in_row_ = 0;
  next_trigger_ms_ = std::max(next_trigger_ms_, MonotonicMs() + settings_.checkpoint.min_pause_ms);
  ShowCheckpoint(done);
  std::vector<int64_t> gone;
  if (store_ && written.value() > 0) gone = store_->Retain(id);
  {
    std::lock_guard lock(mutex_);
    partitions_ = partitions;
    for (CheckpointStatus& h : status_.checkpoints)
      for (int64_t g : gone)
        if (h.id == g && !h.is_savepoint) h.discarded = true;
  }
  if (request) request->answer.set_value(request->ask == Ask::kCheckpoint ? std::to_string(id) : path);
  return Status::OK();
}

Status JobMaster::FailPending(const Status& why) {
  PendingCheckpoint& p = *pending_;
  LogWarn("job {}: checkpoint {} failed: {}", spec_.id, p.status.id, why.ToString());
  if (!p.prepared)
    for (flow::TaskAck& a : p.acks)
      for (flow::SinkAck& s : a.sinks)
        for (SinkCommit& sink : sinks_)
          if (sink.uid == s.uid && !s.committable.empty()) sink.carried.push_back({a.subtask, std::move(s.committable)});
  CheckpointStatus failed = p.status;
  failed.state = CheckpointStatus::State::kFailed;
  failed.failure_time = WallClockMs();
  failed.failure = why.message();
  std::optional<AskedFor> request = std::move(p.request);
  bool ends_tasks = p.stop || (request && request->ask == Ask::kDrain);
  pending_.reset();
  next_trigger_ms_ = std::max(next_trigger_ms_, MonotonicMs() + settings_.checkpoint.min_pause_ms);
  ShowCheckpoint(failed);
  if (request) request->answer.set_value(why);
  // The tasks stand still after a stopping barrier: only a restart from the last checkpoint brings them back.
  if (ends_tasks) return Status(why.code(), "stop with savepoint failed, the job goes on from its last checkpoint").WithDetail(why.message());
  if (failed.is_savepoint || ++failed_in_row_ <= settings_.checkpoint.tolerable_failed) return Status::OK();
  return Status(why.code(), "Exceeded checkpoint tolerable failure threshold.").WithDetail(why.message()).WithHint(why.hint());
}

// Puts the checkpoint into the history, or updates it there. The last commit of a job without checkpointing is not shown.
void JobMaster::ShowCheckpoint(const CheckpointStatus& c) {
  using State = CheckpointStatus::State;
  std::lock_guard lock(mutex_);
  CheckpointCounts& n = status_.checkpoint_counts;
  auto& history = status_.checkpoints;
  auto it = std::find_if(history.begin(), history.end(), [&](const CheckpointStatus& h) { return h.id == c.id; });
  if (it == history.end() && !settings_.checkpoint.enabled && !(pending_ && pending_->request)) return;
  if (c.state == State::kInProgress) {
    ++n.total, ++n.in_progress;
    history.insert(history.begin(), c);
    if (history.size() > kHistoryMax) history.pop_back();
    return;
  }
  if (it == history.end()) return;
  *it = c;
  --n.in_progress;
  if (c.state == State::kCompleted) {
    ++n.completed;
    (c.is_savepoint ? status_.latest_savepoint : status_.latest_completed) = c;
  } else {
    ++n.failed;
    status_.latest_failed = c;
  }
}

}  // namespace tarn::job
