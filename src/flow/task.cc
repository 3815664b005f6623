#include "flow/task.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "flow/operators/make_operator.h"
#include "flow/task_chain.h"

namespace tarn::flow {
namespace {
constexpr int64_t kTickNs = 50'000'000;       // operators
constexpr int64_t kTicksPerSinkTick = 2;      // sinks: every 100 ms
constexpr std::chrono::milliseconds kWaitMax(50);
}  // namespace

Task::Task(const Vertex& vertex, int subtask, const ExecutionOptions& options, Wiring wiring, TaskRestore restore, TaskListener& listener)
    : vertex_(vertex), subtask_(subtask), options_(options), wiring_(std::move(wiring)), restore_(std::move(restore)), listener_(listener) {
  stats_.late_rows = std::make_unique<std::atomic<int64_t>[]>(vertex.nodes.size());
}

Task::~Task() { Join(); }

void Task::Start() { thread_ = std::thread([this] { Run(); }); }
void Task::Join() {
  if (thread_.joinable()) thread_.join();
}

void Task::Trigger(const Barrier& barrier) {
  std::lock_guard lock(mutex_);
  trigger_ = barrier;
  mail_.store(true, std::memory_order_release);
  mail_came_.notify_one();
}
void Task::Complete(CheckpointId id) {
  {
    std::lock_guard lock(mutex_);
    completed_ = std::max(completed_, id);
    mail_.store(true, std::memory_order_release);
    mail_came_.notify_one();
  }
  if (wiring_.gate) wiring_.gate->Wake();
}
void Task::Drain() {
  std::lock_guard lock(mutex_);
  drain_ = true;
  mail_.store(true, std::memory_order_release);
  mail_came_.notify_one();
}
void Task::Cancel() {
  {
    std::lock_guard lock(mutex_);
    cancelled_.store(true, std::memory_order_release);
    mail_came_.notify_one();
  }
  if (wiring_.gate) wiring_.gate->Cancel();
}

void Task::Run() {
  std::string name = fmt::format("{}.{}", vertex_.uid, subtask_);
  if (!vertex_.nodes.empty()) name += " " + std::string(OperatorName(*vertex_.nodes.back().node));
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  stats_.start_ms = WallClockMs();
  stats_.start_ns = MonotonicNs();
  Status status;
  try {
    status = Body();
  } catch (const std::exception& e) {
    status = Status::Internal(fmt::format("uncaught exception: {}", e.what()));
  }
  UpdateStats();
  stages_.clear();   // readers and writers go before the listener hears of the end: a restart may open the same files
  reader_.reset();
  stats_.end_ms = WallClockMs();
  stats_.end_ns = MonotonicNs();
  if (status.ok()) {
    stats_.phase = TaskPhase::kFinished;
    listener_.OnDone(vertex_.index, subtask_);
  } else if (cancelled()) {
    stats_.phase = TaskPhase::kCanceled;
  } else {
    stats_.phase = TaskPhase::kFailed;
    listener_.OnFailed(vertex_.index, subtask_, std::move(status));
  }
}

Status Task::Body() {
  stats_.phase = TaskPhase::kInitializing;
  if (restore_.finished) {
    for (auto& [node, out] : wiring_.outputs) {
      TRY(out->Broadcast(Watermark{EventTime::Max()}));
      TRY(out->End(false));
    }
    return FinishRestoredWriters();
  }
  TRY(OpenStages());
  stats_.phase = TaskPhase::kRunning;
  next_tick_ns_ = MonotonicNs() + kTickNs;
  Exit exit = Exit::kEnded;
  switch (vertex_.head) {
    case Vertex::Head::kScan: exit = TRY(RunScan()); break;
    case Vertex::Head::kValues: exit = TRY(RunValues()); break;
    case Vertex::Head::kInputs: exit = TRY(RunInputs()); break;
  }
  if (exit == Exit::kEnded) {
    TRY(End());
    TRY(AwaitFinal());
  } else {
    TRY(AwaitComplete(acked_));
  }
  for (auto& s : stages_)
    if (s->sink) TRY(s->sink->writer().Close());
  return Status::OK();
}

Status Task::OpenStages() {
  for (size_t i = 0; i < vertex_.nodes.size(); ++i) {
    stages_.push_back(std::make_unique<Stage>());
    stages_.back()->node = &vertex_.nodes[i];
  }
  for (auto& s : stages_)
    for (int c : s->node->children) s->out.children.push_back(stages_[c].get());
  for (auto& [node, out] : wiring_.outputs) stages_[node]->out.exchanges.push_back(out.get());
  table::SubtaskContext context{.subtask = subtask_, .parallelism = vertex_.parallelism, .job_id = options_.job_id, .operator_name = "",
                                .batch_rows = options_.batch_rows, .writer_memory_bytes = options_.writer_memory_bytes};
  for (size_t i = 1; i < stages_.size(); ++i) {
    Stage& s = *stages_[i];
    if (const auto* sink = std::get_if<plan::Sink>(&s.node->node->op)) {
      has_sink_ = true;
      s.sink = std::make_unique<SinkStage>(*sink, &sink_rows_);
      context.operator_name = s.node->name;
      std::optional<table::SinkWriter::Restored> restored;
      if (restore_.checkpoint > 0) restored = table::SinkWriter::Restored{restore_.checkpoint, std::move(restore_.writers[s.node->uid])};
      TRY(s.sink->Open(context, restored));
      continue;
    }
    s.op = TRY(options_.make_operator ? options_.make_operator(*s.node->node) : MakeOperator(*s.node->node));
    OperatorContext c{.name = s.node->name, .subtask = subtask_, .parallelism = vertex_.parallelism, .streaming = options_.streaming,
                      .eval = options_.eval, .batch_rows = options_.batch_rows, .state_budget = options_.state_budget};
    TRY(s.op->Open(c));
    if (restore_.checkpoint > 0) TRY(s.op->Restore(restore_.operators[s.node->uid]));
  }
  restore_.operators.clear();
  restore_.writers.clear();
  return Status::OK();
}

// A writer that had ended may not have published its last rows yet: those that publish by themselves (Kafka) do it when they open.
Status Task::FinishRestoredWriters() {
  for (const ChainNode& n : vertex_.nodes) {
    const auto* sink = std::get_if<plan::Sink>(&n.node->op);
    std::vector<std::string>& states = restore_.writers[n.uid];
    if (!sink || states.empty()) continue;
    SinkStage stage(*sink, &sink_rows_);
    TRY(stage.Open({.subtask = subtask_, .parallelism = vertex_.parallelism, .job_id = options_.job_id, .operator_name = n.name,
                    .batch_rows = options_.batch_rows, .writer_memory_bytes = options_.writer_memory_bytes},
                   table::SinkWriter::Restored{restore_.checkpoint, std::move(states)}));
    TRY(stage.writer().Close());
  }
  return Status::OK();
}

Result<Task::Exit> Task::RunValues() {
  const Batch& rows = std::get<plan::Values>(vertex_.nodes[0].node->op).rows;
  for (int64_t at = 0; subtask_ == 0 && at < rows.num_rows(); at += options_.batch_rows) {
    if (cancelled()) return Status::Cancelled("the job is being cancelled");
    int64_t n = std::min(options_.batch_rows, rows.num_rows() - at);
    records_in_ += n;
    TRY(EmitFromHead(at == 0 && n == rows.num_rows() ? rows : rows.Slice(at, n)));
  }
  return Exit::kEnded;
}

Result<Task::Exit> Task::RunInputs() {
  Gate& gate = *wiring_.gate;
  while (true) {
    if (mail_.load(std::memory_order_acquire)) TRY(NotifyComplete());
    TRY(TickIfDue());
    auto e = gate.Next(TimeToNextDuty(kWaitMax), &idle_ns_);
    if (cancelled()) return Status::Cancelled("the job is being cancelled");
    if (!e) {
      UpdateStats();
      continue;
    }
    if (auto* b = std::get_if<Batch>(&*e)) {
      records_in_ += b->num_rows();
      bytes_in_ += BytesOf(*b);
      TRY(EmitFromHead(std::move(*b)));
    } else if (auto* w = std::get_if<Watermark>(&*e)) {
      TRY(AdvanceWatermark(w->time));
    } else if (auto* barrier = std::get_if<Barrier>(&*e)) {
      TRY(PassBarrier(*barrier));
      if (barrier->stop) return Exit::kStopped;
    } else if (std::holds_alternative<Idle>(*e)) {
      TRY(GoIdle());
    } else {
      return Exit::kEnded;
    }
    UpdateStats();
  }
}

Status Task::EmitFromHead(Batch batch) { return stages_[0]->out.Emit(std::move(batch)); }

Status Task::AdvanceWatermark(EventTime time) {
  if (time <= watermark_) return Status::OK();
  watermark_ = time;
  stats_.watermark_ms.store(time.ms, std::memory_order_relaxed);
  for (auto& s : stages_) {
    if (s->op) TRY(s->op->OnWatermark(Watermark{time}, s->out));
    if (s->sink) TRY(s->sink->writer().OnWatermark(Watermark{time}));
  }
  for (auto& [node, out] : wiring_.outputs) TRY(out->Broadcast(Watermark{time}));
  return Status::OK();
}

Status Task::GoIdle() {
  for (auto& [node, out] : wiring_.outputs) TRY(out->Broadcast(Idle{}));
  return Status::OK();
}

Status Task::PassBarrier(const Barrier& barrier) {
  for (auto& s : stages_)
    if (s->op) TRY(s->op->BeforeBarrier(s->out));
  for (auto& [node, out] : wiring_.outputs) TRY(out->Broadcast(barrier));
  return Snapshot(barrier.id, false);
}

Status Task::Snapshot(CheckpointId id, bool final) {
  TaskAck ack{.vertex = vertex_.index, .subtask = subtask_, .id = id, .finished = final && !drained_, .end_of_input = final, .watermark = watermark_};
  for (auto& s : stages_) {
    if (s->op && !ack.finished) ack.operators.push_back({s->node->uid, subtask_, TRY(s->op->TakeSnapshot())});
    if (!s->sink) continue;
    SinkAck sink{.uid = s->node->uid};
    sink.committable = TRY(s->sink->writer().PrepareCommit(id, final));
    sink.state = TRY(s->sink->writer().Snapshot(id));
    ack.sinks.push_back(std::move(sink));
  }
  if (reader_)
    for (table::SplitState& split : TRY(reader_->Snapshot(id)))
      ack.splits.push_back({vertex_.nodes[0].uid, subtask_, std::move(split.split_id), std::move(split.bytes)});
  acked_ = id;
  listener_.OnAck(std::move(ack));
  return Status::OK();
}

Status Task::NotifyComplete() {
  CheckpointId id;
  {
    std::lock_guard lock(mutex_);
    mail_.store(false, std::memory_order_release);
    id = completed_;
  }
  if (id <= notified_) return Status::OK();
  notified_ = id;
  if (reader_) TRY(reader_->OnCheckpointComplete(id));
  for (auto& s : stages_)
    if (s->sink) TRY(s->sink->writer().OnCheckpointComplete(id));
  return Status::OK();
}

Status Task::End() {
  TRY(AdvanceWatermark(EventTime::Max()));
  for (auto& s : stages_)
    if (s->op) TRY(s->op->OnEnd(s->out));
  if (wiring_.gate && wiring_.gate->drained()) drained_ = true;
  for (auto& [node, out] : wiring_.outputs) TRY(out->End(drained_));
  UpdateStats();
  return Status::OK();
}

Status Task::AwaitFinal() {
  if (!options_.always_final && !has_sink_) return Status::OK();
  // Operators have nothing left to say: their state may go, unless the job was drained and may go on from its savepoint.
  listener_.OnEnded(vertex_.index, subtask_);
  int64_t waited_from = MonotonicNs();
  while (true) {
    std::optional<Barrier> trigger;
    CheckpointId completed;
    {
      std::unique_lock lock(mutex_);
      mail_came_.wait(lock, [&] { return cancelled() || (trigger_ && trigger_->id > acked_) || completed_ > notified_; });
      if (cancelled()) return Status::Cancelled("the job is being cancelled");
      if (trigger_ && trigger_->id > acked_) trigger = trigger_;
      completed = completed_;
    }
    idle_ns_ += MonotonicNs() - waited_from;
    CheckpointId final_id = final_acked_;
    TRY(NotifyComplete());
    if (final_id > 0 && completed >= final_id) return Status::OK();
    if (trigger) {
      TRY(Snapshot(trigger->id, true));
      final_acked_ = trigger->id;
    }
    waited_from = MonotonicNs();
  }
}

Status Task::AwaitComplete(CheckpointId id) {
  {
    std::unique_lock lock(mutex_);
    mail_came_.wait(lock, [&] { return cancelled() || completed_ >= id; });
    if (cancelled()) return Status::Cancelled("the job is being cancelled");
  }
  return NotifyComplete();
}

Status Task::TickIfDue() {
  int64_t now = MonotonicNs();
  for (auto& [node, out] : wiring_.outputs) TRY(out->FlushOld(now));
  if (now < next_tick_ns_) return Status::OK();
  next_tick_ns_ = now + kTickNs;
  int64_t wall = WallClockMs();
  bool sinks = ++tick_ % kTicksPerSinkTick == 0;
  for (auto& s : stages_) {
    if (s->op) TRY(s->op->OnTick(wall, s->out));
    if (s->sink && sinks) TRY(s->sink->writer().OnProcessingTime(wall));
  }
  return Status::OK();
}

std::chrono::milliseconds Task::TimeToNextDuty(std::chrono::milliseconds at_most) const {
  int64_t now = MonotonicNs(), next = std::min(next_tick_ns_, now + at_most.count() * 1'000'000);
  for (auto& [node, out] : wiring_.outputs) next = std::min(next, out->deadline_ns());
  return std::chrono::milliseconds(next <= now ? 0 : (next - now + 999'999) / 1'000'000);
}

void Task::UpdateStats() {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  int64_t rows = 0, bytes = 0, waited = 0;
  for (auto& [node, out] : wiring_.outputs) {
    rows += out->rows();
    bytes += out->bytes();
    waited += out->waited_ns();
  }
  stats_.records_in.store(records_in_, kRelaxed);
  stats_.bytes_in.store(bytes_in_, kRelaxed);
  stats_.records_out.store(rows, kRelaxed);
  stats_.bytes_out.store(bytes, kRelaxed);
  stats_.idle_ns.store(idle_ns_, kRelaxed);
  stats_.backpressured_ns.store(waited, kRelaxed);
  stats_.sink_rows.store(sink_rows_, kRelaxed);
  if (reader_) stats_.skipped_rows.store(reader_->skipped_rows(), kRelaxed);
  for (size_t i = 0; i < stages_.size(); ++i)
    if (stages_[i]->op) stats_.late_rows[i].store(stages_[i]->op->late_rows(), kRelaxed);
}

}  // namespace tarn::flow
