#include "job/job_master.h"

#include <fmt/format.h>
#include <pthread.h>

#include "base/log.h"
#include "base/secrets.h"
#include "state/durable_file.h"

namespace tarn::job {
namespace {
constexpr size_t kExceptionsMax = 16;
constexpr int64_t kSampleMs = 1'000;

std::string_view ExceptionName(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidSql: return "org.apache.flink.table.api.TableException";
    case StatusCode::kNotSupported: return "java.lang.UnsupportedOperationException";
    case StatusCode::kNotFound: return "java.io.FileNotFoundException";
    case StatusCode::kUnavailable:
    case StatusCode::kCorrupt:
    case StatusCode::kExhausted: return "java.io.IOException";
    case StatusCode::kDenied: return "java.nio.file.AccessDeniedException";
    case StatusCode::kConflict: return "java.lang.IllegalStateException";
    default: return "java.lang.RuntimeException";
  }
}
bool MayDropLateRows(const plan::Node& n) {
  if (std::holds_alternative<plan::Rank>(n.op)) return n.changelog.insert_only();   // the first row of each key by event time
  return std::holds_alternative<plan::WindowAggregate>(n.op) || std::holds_alternative<plan::Sort>(n.op);
}
}  // namespace

JobMaster::JobMaster(plan::JobPlan plan, JobSpec spec, JobPlaces places, bool recovered, flow::OperatorFactory operators)
    : plan_(std::move(plan)), spec_(std::move(spec)), places_(std::move(places)), recovered_(recovered), operators_(std::move(operators)) {}

JobMaster::~JobMaster() {
  Kill();
  Join();
}

Result<std::shared_ptr<JobMaster>> JobMaster::Make(plan::JobPlan plan, JobSpec spec, JobPlaces places, int64_t recovered_from, flow::OperatorFactory operators) {
  const bool recovered = recovered_from > 0;
  if (plan.roots.empty()) return Status::InvalidSql("a job needs at least one sink");
  std::shared_ptr<JobMaster> m(new JobMaster(std::move(plan), std::move(spec), std::move(places), recovered, std::move(operators)));
  m->streaming_ = m->plan_.streaming;
  m->settings_ = TRY(JobSettings::Read(m->plan_.options, m->streaming_));
  m->graph_ = TRY(flow::BuildGraph(m->plan_));
  m->strategy_ = TRY(RestartStrategy::Make(m->plan_.options, m->settings_.checkpoint.enabled));
  if (!m->spec_.savepoint_path.empty()) m->settings_.restore_path = m->spec_.savepoint_path;
  if (!m->settings_.restore_path.empty()) {
    m->settings_.restore_path = TRY(state::LocalPath(m->settings_.restore_path));
    if (!recovered) {   // tell a wrong path now, to the person who typed it
      auto c = state::ReadCheckpoint(m->settings_.restore_path);
      if (!c.ok() && c.status().code() == StatusCode::kNotFound)
        return Status::NotFound(fmt::format("Cannot find checkpoint or savepoint file/directory '{}' on file system 'file'.", m->settings_.restore_path));
      if (!c.ok()) return c.status();
      TRY(flow::Distribute(c.value(), m->graph_, m->settings_.ignore_unclaimed_state));
    }
  }
  CheckpointConfig& c = m->settings_.checkpoint;
  if (c.enabled || m->recoverable()) {
    std::string folder = c.directory.empty() || !m->streaming_ ? m->places_.checkpoints_folder : TRY(state::LocalPath(c.directory));
    if (!folder.empty()) {
      m->store_.emplace(folder + "/" + m->spec_.id, c.retained);
      c.directory = "file:" + folder;
    }
  }
  flow::ExecutionOptions& e = m->execution_options_;
  e.job_id = m->spec_.id;
  e.streaming = m->streaming_;
  e.always_final = m->streaming_;
  e.batch_rows = m->settings_.batch_rows;
  e.watermark_interval_ms = m->settings_.watermark_interval_ms;
  e.budget = m->places_.budget;
  e.state_budget = m->places_.state_budget;
  e.make_operator = m->operators_;
  e.eval = {.time_zone = m->plan_.time_zone, .batch_mode = !m->streaming_, .query_start_ms = WallClockMs(), .legacy_cast = m->settings_.legacy_cast};
  for (const flow::Vertex& v : m->graph_.vertices) {
    uint8_t sink = 0;
    for (const auto& n : v.nodes) sink |= std::holds_alternative<plan::Sink>(n.node->op);
    m->has_sink_.push_back(sink);
  }

  JobStatus& s = m->status_;
  s.id = m->spec_.id;
  s.name = HideSecrets(m->spec_.name.empty() ? m->plan_.name : m->spec_.name);   // a statement, maybe with options of a table
  s.statement = m->spec_.statement;
  s.streaming = m->streaming_;
  s.stoppable = m->streaming_;
  s.start_time = recovered ? recovered_from : WallClockMs();
  s.checkpoint_config = c;
  s.options = m->plan_.options.values();
  for (const flow::Vertex& v : m->graph_.vertices) s.parallelism = std::max(s.parallelism, v.parallelism);
  // Half as much as all channels together: a file format needs about as much again when it ends a group.
  if (e.budget && e.budget->limit() > 0) e.writer_memory_bytes = std::max<int64_t>(1 << 20, e.budget->limit() / 2 / std::max(1, s.parallelism));
  s.vertices = m->Vertices(nullptr);
  m->SetState(JobState::kInitializing);
  return m;
}

Status JobMaster::Start() {
  if (recoverable() && !recovered_) {
    JobRecord record{.id = spec_.id, .name = status_.name, .statement = spec_.statement, .resubmission = spec_.resubmission,
                     .savepoint_path = spec_.savepoint_path, .submit_time = status_.start_time};
    record.status = Get();
    TRY(WriteRecord(places_.record_folder, record));
  }
  thread_ = std::thread([this] { Run(); });
  return Status::OK();
}

void JobMaster::Join() {
  if (thread_.joinable()) thread_.join();
}

// ---- callers and tasks

void JobMaster::Post(Event event) {
  std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  changed_.notify_all();
}
void JobMaster::OnAck(flow::TaskAck ack) {
  int v = ack.vertex, s = ack.subtask;
  Post({Event::Kind::kAck, v, s, std::move(ack), {}});
}
void JobMaster::OnEnded(int v, int s) { Post({Event::Kind::kEnded, v, s, {}, {}}); }
void JobMaster::OnDone(int v, int s) { Post({Event::Kind::kDone, v, s, {}, {}}); }
void JobMaster::OnFailed(int v, int s, Status status) { Post({Event::Kind::kFailed, v, s, {}, std::move(status)}); }

Result<std::string> JobMaster::Request(Ask ask, const std::string& folder) {
  std::future<Result<std::string>> answer;
  {
    std::lock_guard lock(mutex_);
    if (ended_ || IsTerminal(status_.state))
      return Status::Conflict(fmt::format("job {} has already reached the terminal state {}", spec_.id, JobStateName(status_.state)));
    if (!streaming_) return Status::Conflict(fmt::format("job {} runs in batch mode: it takes no checkpoints or savepoints", spec_.id));
    if (status_.state != JobState::kRunning && status_.state != JobState::kInitializing && status_.state != JobState::kCreated)
      return Status::Conflict(fmt::format("job {} is {}: it must be RUNNING", spec_.id, JobStateName(status_.state)));
    requests_.push_back({ask, folder, {}});
    answer = requests_.back().answer.get_future();
    changed_.notify_all();
  }
  return answer.get();
}

Status JobMaster::Cancel() {
  std::lock_guard lock(mutex_);
  if (IsTerminal(status_.state))
    return Status::Conflict(fmt::format("Job cancellation failed because the job has already reached another terminal state ({}).", JobStateName(status_.state)));
  cancel_ = true;
  changed_.notify_all();
  return Status::OK();
}

void JobMaster::Kill() {
  std::lock_guard lock(mutex_);
  kill_ = true;
  changed_.notify_all();
}

std::optional<Status> JobMaster::WaitFor(std::optional<std::chrono::milliseconds> wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait_for(lock, *wait, [&] { return ended_; });
  else changed_.wait(lock, [&] { return ended_; });
  if (!ended_) return std::nullopt;
  switch (status_.state) {
    case JobState::kFinished: return Status::OK();
    case JobState::kFailed: return status_.failure;
    case JobState::kCanceled: return Status::Cancelled(fmt::format("job {} was cancelled", spec_.id));
    default: return Status::Cancelled(fmt::format("job {} was stopped with the server ({})", spec_.id, JobStateName(status_.state)));
  }
}

JobState JobMaster::state() const {
  std::lock_guard lock(mutex_);
  return status_.state;
}

std::vector<VertexStatus> JobMaster::Vertices(const flow::Execution* execution) const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  std::vector<VertexStatus> out;
  for (const flow::Vertex& v : graph_.vertices) {
    VertexStatus x{.id = v.id, .name = v.name, .description = v.description, .parallelism = v.parallelism,
                   .max_parallelism = state::kMaxParallelism, .source = v.in_edges.empty()};
    for (int e : v.in_edges)
      x.inputs.push_back({graph_.vertices[graph_.edges[e].from_vertex].id, std::string(flow::ShipStrategy(graph_.edges[e].exchange.kind))});
    for (int s = 0; s < v.parallelism; ++s) {
      SubtaskStatus t{.subtask = s, .attempt = static_cast<int>(attempt_ > 0 ? attempt_ - 1 : 0)};
      if (execution) {
        const flow::TaskStats& stats = execution->stats(v.index, s);
        switch (stats.phase.load()) {
          case flow::TaskPhase::kCreated: t.state = TaskState::kCreated; break;
          case flow::TaskPhase::kInitializing: t.state = TaskState::kInitializing; break;
          case flow::TaskPhase::kRunning: t.state = TaskState::kRunning; break;
          case flow::TaskPhase::kFinished: t.state = TaskState::kFinished; break;
          case flow::TaskPhase::kCanceled: t.state = TaskState::kCanceled; break;
          case flow::TaskPhase::kFailed: t.state = TaskState::kFailed; break;
        }
        bool stopping = status_.state == JobState::kCancelling || status_.state == JobState::kFailing;
        if (stopping && (t.state == TaskState::kRunning || t.state == TaskState::kInitializing)) t.state = TaskState::kCanceling;
        t.start_time = stats.start_ms, t.end_time = stats.end_ms;
        t.records_in = stats.records_in.load(kRelaxed), t.records_out = stats.records_out.load(kRelaxed);
        t.bytes_in = stats.bytes_in.load(kRelaxed), t.bytes_out = stats.bytes_out.load(kRelaxed);
        int64_t start = stats.start_ns, end = stats.end_ns, idle = stats.idle_ns.load(kRelaxed), back = stats.backpressured_ns.load(kRelaxed);
        if (start > 0) t.busy_ms = std::max<int64_t>(0, (end > 0 ? end : MonotonicNs()) - start - idle - back) / 1'000'000;
        t.idle_ms = idle / 1'000'000, t.backpressured_ms = back / 1'000'000;
        t.watermark_ms = stats.watermark_ms.load(kRelaxed);
        t.lag_rows = stats.lag_rows.load(kRelaxed);
        t.skipped_rows = stats.skipped_rows.load(kRelaxed);
        for (size_t n = 0; streaming_ && n < v.nodes.size(); ++n)
          if (MayDropLateRows(*v.nodes[n].node)) t.late_rows.emplace_back(v.nodes[n].name, stats.late_rows[n].load(kRelaxed));
        if (!rates_.empty()) {
          const Rates& r = rates_[v.index][s];
          t.records_in_per_second = r.in_rate, t.records_out_per_second = r.out_rate;
          t.idle_ratio = r.idle_ratio, t.backpressured_ratio = r.back_ratio;
          t.busy_ratio = std::max(0.0, 1 - r.idle_ratio - r.back_ratio);
        }
      }
      x.subtasks.push_back(t);
    }
    out.push_back(std::move(x));
  }
  return out;
}

JobStatus JobMaster::Get() const {
  std::lock_guard lock(mutex_);
  JobStatus s = status_;
  if (execution_) s.vertices = Vertices(execution_.get());
  s.rows_in = base_rows_in_, s.rows_out = base_rows_out_;
  s.partitions_committed = base_partitions_ + partitions_;
  bool any = false;
  for (const flow::Vertex& v : graph_.vertices) {
    for (int i = 0; i < v.parallelism; ++i) {
      if (execution_ && v.head != flow::Vertex::Head::kInputs) s.rows_in += execution_->stats(v.index, i).records_in.load(std::memory_order_relaxed);
      if (execution_) s.rows_out += execution_->stats(v.index, i).sink_rows.load(std::memory_order_relaxed);
      if (!has_sink_[v.index]) continue;
      int64_t w = s.vertices[v.index].subtasks[i].watermark_ms;
      s.watermark_ms = any ? std::min(s.watermark_ms, w) : w;
      any = true;
    }
  }
  return s;
}

JobSummary JobMaster::Summary() const {
  std::lock_guard lock(mutex_);
  JobSummary s{.id = status_.id, .name = status_.name, .state = status_.state, .start_time = status_.start_time, .end_time = status_.end_time,
               .last_modification = last_modification_};
  for (const VertexStatus& v : execution_ ? Vertices(execution_.get()) : status_.vertices)
    for (const SubtaskStatus& t : v.subtasks) ++s.tasks[static_cast<int>(t.state)];
  return s;
}

// ---- the coordinator

void JobMaster::SetState(JobState state) {
  std::lock_guard lock(mutex_);
  status_.state = state;
  last_modification_ = WallClockMs();
  status_.timestamps[static_cast<int>(state)] = last_modification_;
}

void JobMaster::AddException(const Status& status, int vertex, int subtask) {
  JobException e{.time = WallClockMs(), .name = std::string(ExceptionName(status.code()))};
  e.text = status.message();
  if (!status.detail().empty()) e.text += "\n" + status.detail();
  if (!status.hint().empty()) e.text += "\nhint: " + status.hint();
  if (vertex >= 0) {
    e.task_name = fmt::format("{} ({}/{})", graph_.vertices[vertex].name, subtask + 1, graph_.vertices[vertex].parallelism);
    e.subtask = subtask;
  }
  std::lock_guard lock(mutex_);
  status_.exceptions.insert(status_.exceptions.begin(), std::move(e));
  if (status_.exceptions.size() > kExceptionsMax) status_.exceptions.pop_back();
}

void JobMaster::Run() {
  pthread_setname_np(pthread_self(), ("job-" + spec_.id.substr(0, 6)).c_str());
  SetState(JobState::kCreated);
  while (true) {
    Status failure;
    Outcome outcome = RunAttempt(&failure);
    EndAttempt();
    RejectRequests(outcome == Outcome::kFailed ? Status::Conflict("the job failed meanwhile").WithDetail(failure.message())
                                               : Status::Conflict("the job ended meanwhile"));
    if (outcome == Outcome::kFinished) return EndJob(JobState::kFinished, {});
    if (outcome == Outcome::kCanceled) return EndJob(JobState::kCanceled, {});
    if (outcome == Outcome::kSuspended || outcome == Outcome::kKilled) return EndJob(JobState::kSuspended, {});
    auto delay = strategy_.OnFailure(WallClockMs());
    if (!delay) return EndJob(JobState::kFailed, failure);
    LogWarn("job {} ({}) failed, starts again in {} ms: {}", spec_.id, status_.name, *delay, failure.ToString());
    {
      std::lock_guard lock(mutex_);
      ++status_.restarts;
    }
    SetState(JobState::kRestarting);
    if (!WaitBackoff(*delay)) {
      std::unique_lock lock(mutex_);
      bool killed = kill_;
      lock.unlock();
      return EndJob(killed ? JobState::kSuspended : JobState::kCanceled, {});
    }
  }
}

bool JobMaster::WaitBackoff(int64_t delay_ms) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(delay_ms), [&] { return cancel_ || kill_; });
}

JobMaster::Outcome JobMaster::RunAttempt(Status* failure) {
  auto fail = [&](Status s) {
    AddException(s, -1, -1);
    *failure = std::move(s);
    return Outcome::kFailed;
  };
  bool nothing_left = false;
  auto restores = Restore(&nothing_left);
  if (!restores.ok()) return fail(std::move(restores).status());
  if (nothing_left) return Outcome::kFinished;
  tasks_.clear();
  for (const flow::Vertex& v : graph_.vertices) {
    tasks_.emplace_back(v.parallelism, TaskPlace::kRunning);
    for (int i = 0; i < v.parallelism; ++i)
      if (finished_[v.index][i]) tasks_[v.index][i] = TaskPlace::kClosing;   // it only passes on that it has ended
  }
  std::shared_ptr<flow::Execution> execution(new flow::Execution(graph_, execution_options_, std::move(restores).value(), *this));
  {
    std::lock_guard lock(mutex_);
    events_.clear();
    rates_.assign(graph_.vertices.size(), {});
    for (const flow::Vertex& v : graph_.vertices) rates_[v.index].resize(v.parallelism);
    sampled_at_ns_ = MonotonicNs();
    ++attempt_;
    execution_ = execution;
  }
  int64_t now = MonotonicMs();
  closing_ = 0;
  next_trigger_ms_ = now + settings_.checkpoint.interval_ms;
  next_sample_ms_ = now + kSampleMs;
  execution->Start();
  SetState(JobState::kRunning);
  Outcome outcome = Outcome::kFinished;
  Status s = RunTasks(&outcome);
  if (!s.ok()) {
    SetState(JobState::kFailing);
    *failure = std::move(s);
    outcome = Outcome::kFailed;
  }
  // A writer that waits for its reader looks at the state to see that it need not.
  if (outcome == Outcome::kCanceled || outcome == Outcome::kKilled) SetState(JobState::kCancelling);
  execution->Cancel();
  execution->Join();
  return outcome;
}

Status JobMaster::RunTasks(Outcome* outcome) {
  while (!AllDone()) {
    std::deque<Event> events;
    {
      std::unique_lock lock(mutex_);
      auto ready = [&] { return !events_.empty() || cancel_ || kill_ || (!requests_.empty() && !pending_ && !drain_ && closing_ == 0); };
      int64_t wait = NextDeadline() - MonotonicMs();
      changed_.wait_for(lock, std::chrono::milliseconds(std::max<int64_t>(wait, 1)), ready);
      if (kill_ || cancel_) {
        *outcome = kill_ ? Outcome::kKilled : Outcome::kCanceled;
        return Status::OK();
      }
      events.swap(events_);
    }
    for (Event& e : events) TRY(HandleEvent(e));
    int64_t now = MonotonicMs();
    TRY(MaybeTrigger(now));
    if (now >= next_sample_ms_) Sample(now);
  }
  *outcome = suspended_ ? Outcome::kSuspended : Outcome::kFinished;
  return Status::OK();
}

Status JobMaster::HandleEvent(Event& e) {
  switch (e.kind) {
    case Event::Kind::kAck: {
      Status s = OnAckEvent(std::move(e.ack));
      if (!s.ok()) AddException(s, -1, -1);
      return s;
    }
    case Event::Kind::kEnded:
      if (tasks_[e.vertex][e.subtask] == TaskPlace::kRunning) tasks_[e.vertex][e.subtask] = TaskPlace::kEnded;
      return Status::OK();
    case Event::Kind::kDone: tasks_[e.vertex][e.subtask] = TaskPlace::kDone; return Status::OK();
    case Event::Kind::kFailed:
      LogError("job {}: task {}[{}] failed: {}", spec_.id, graph_.vertices[e.vertex].name, e.subtask, e.status.ToString());
      AddException(e.status, e.vertex, e.subtask);
      return e.status;
  }
  return Status::OK();
}

bool JobMaster::AllDone() const {
  for (const auto& v : tasks_)
    for (TaskPlace t : v)
      if (t != TaskPlace::kDone) return false;
  return true;
}

int64_t JobMaster::NextDeadline() const {
  int64_t next = next_sample_ms_;
  if (pending_) return std::min(next, last_trigger_ms_ + settings_.checkpoint.timeout_ms);
  if (settings_.checkpoint.enabled && !drain_ && closing_ == 0) next = std::min(next, next_trigger_ms_);
  return next;
}

void JobMaster::Sample(int64_t now) {
  next_sample_ms_ = now + kSampleMs;
  std::lock_guard lock(mutex_);
  int64_t ns = MonotonicNs();
  double seconds = static_cast<double>(ns - sampled_at_ns_) / 1e9;
  sampled_at_ns_ = ns;
  for (size_t v = 0; v < rates_.size(); ++v) {
    for (size_t s = 0; s < rates_[v].size(); ++s) {
      const flow::TaskStats& t = execution_->stats(static_cast<int>(v), static_cast<int>(s));
      Rates& r = rates_[v][s];
      auto step = [&](int64_t& last, const std::atomic<int64_t>& value) {
        int64_t x = value.load(std::memory_order_relaxed);
        return static_cast<double>(x - std::exchange(last, x)) / seconds;
      };
      r.in_rate = step(r.in, t.records_in);
      r.out_rate = step(r.out, t.records_out);
      r.idle_ratio = std::min(1.0, step(r.idle, t.idle_ns) / 1e9);
      r.back_ratio = std::min(1.0, step(r.back, t.backpressured_ns) / 1e9);
    }
  }
}

// The attempt's tasks have ended: what they counted stays in the status.
void JobMaster::EndAttempt() {
  std::shared_ptr<flow::Execution> last;
  {
    std::lock_guard lock(mutex_);
    if (execution_) {
      status_.vertices = Vertices(execution_.get());
      for (const flow::Vertex& v : graph_.vertices) {
        for (int i = 0; i < v.parallelism; ++i) {
          if (v.head != flow::Vertex::Head::kInputs) base_rows_in_ += execution_->stats(v.index, i).records_in.load();
          base_rows_out_ += execution_->stats(v.index, i).sink_rows.load();
        }
      }
    }
    last.swap(execution_);
    events_.clear();
    base_partitions_ += std::exchange(partitions_, 0);
  }
  if (pending_) {
    CheckpointStatus& c = pending_->status;
    c.state = CheckpointStatus::State::kFailed;
    c.failure_time = WallClockMs();
    c.failure = "the job ended or failed while the checkpoint was in progress";
    ShowCheckpoint(c);
    if (pending_->request) pending_->request->answer.set_value(Status::Conflict(c.failure));
    pending_.reset();
  }
  if (drain_) drain_->answer.set_value(Status::Conflict("the job ended or failed while it was drained"));
  drain_.reset();
  sinks_.clear();
}

void JobMaster::RejectRequests(const Status& why) {
  std::lock_guard lock(mutex_);
  for (AskedFor& r : requests_) r.answer.set_value(why);
  requests_.clear();
}

void JobMaster::EndJob(JobState state, const Status& failure) {
  {
    std::lock_guard lock(mutex_);
    status_.end_time = state == JobState::kSuspended ? -1 : WallClockMs();
    status_.failure = failure;
  }
  if (state != JobState::kSuspended) {
    if (recoverable()) {
      JobRecord record{.id = spec_.id, .name = status_.name, .statement = spec_.statement, .resubmission = spec_.resubmission,
                       .savepoint_path = spec_.savepoint_path, .submit_time = status_.start_time, .ended = true, .status = Get()};
      record.status.state = state;
      record.status.timestamps[static_cast<int>(state)] = WallClockMs();
      if (Status s = WriteRecord(places_.record_folder, record); !s.ok()) LogError("job {}: its end could not be recorded: {}", spec_.id, s.ToString());
    }
    bool keep = state == JobState::kFailed || (state == JobState::kCanceled && !settings_.checkpoint.delete_on_cancellation);
    if (store_ && (!keep || !recoverable()))
      if (Status s = store_->RemoveAll(); !s.ok()) LogWarn("job {}: {}", spec_.id, s.ToString());
  }
  SetState(state);
  if (state == JobState::kFailed) LogError("job {} ({}) failed: {}", spec_.id, status_.name, failure.ToString());
  else LogDebug("job {} ({}) is {}", spec_.id, status_.name, JobStateName(state));
  std::lock_guard lock(mutex_);
  plan_.roots.clear();   // sources and sinks go with the job, not with its history
  for (flow::Vertex& v : graph_.vertices)
    for (flow::ChainNode& n : v.nodes) n.node.reset();
  for (AskedFor& r : requests_) r.answer.set_value(Status::Conflict("the job ended meanwhile"));
  requests_.clear();
  ended_ = true;
  changed_.notify_all();
}

}  // namespace tarn::job
