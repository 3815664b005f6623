#include "flow/source_loop.h"

#include <arrow/array/array_primitive.h>
#include <arrow/type.h>

#include <ctime>

#include "types/arrow_try.h"

namespace tarn::flow {
namespace {
// How long a source may sit in Poll: a checkpoint's trigger waits for it.
constexpr std::chrono::milliseconds kPollMax(20);

int64_t ThreadCpuNs() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

// Milliseconds of a timestamp array's value.
class Millis {
 public:
  explicit Millis(const arrow::Array& a) : values_(a.data()->GetValues<int64_t>(1)) {
    if (a.type_id() != arrow::Type::TIMESTAMP) return;
    auto unit = static_cast<const arrow::TimestampType&>(*a.type()).unit();
    divisor_ = unit == arrow::TimeUnit::MICRO ? 1'000 : unit == arrow::TimeUnit::NANO ? 1'000'000 : 1;
  }
  int64_t At(int64_t i) const {
    int64_t v = values_[i];
    if (divisor_ == 1) return v;
    int64_t q = v / divisor_;
    return v % divisor_ < 0 ? q - 1 : q;
  }

 private:
  const int64_t* values_;
  int64_t divisor_ = 1;
};
}  // namespace

Result<Task::Exit> Task::RunScan() { return SourceLoop(*this, std::get<plan::Scan>(vertex_.nodes[0].node->op)).Run(); }

Status Task::SourceLoop::Open() {
  const ExecutionOptions& o = task_.options_;
  table::SubtaskContext context{.subtask = task_.subtask_, .parallelism = std::min(task_.vertex_.parallelism, scan_.source->max_parallelism()),
                                .job_id = o.job_id, .operator_name = task_.vertex_.nodes[0].name, .batch_rows = o.batch_rows};
  if (task_.subtask_ < context.parallelism) {
    task_.reader_ = TRY(scan_.source->CreateReader(context));
    std::optional<std::vector<table::SplitState>> restored;
    if (task_.restore_.checkpoint > 0) restored = std::move(task_.restore_.splits);
    TRY(task_.reader_->Open(restored));
  }
  if (!scan_.projection.empty()) projection_ = TRY(expr::Evaluator::Make(scan_.projection, o.eval));
  if (scan_.filter) filter_ = TRY(expr::Evaluator::Make({scan_.filter}, o.eval));
  has_watermark_ = o.streaming && scan_.watermark != nullptr;
  if (has_watermark_) watermark_ = TRY(expr::Evaluator::Make({scan_.watermark}, o.eval));
  bool rowtime = has_watermark_ && scan_.rowtime >= 0;
  eager_ = rowtime && !scan_.source->watermark_per_split();
  exactly_ = rowtime && (eager_ || scan_.watermark_on_event || o.watermark_interval_ms == 0);
  interval_ns_ = o.watermark_interval_ms * 1'000'000;
  next_emit_ns_ = MonotonicNs() + interval_ns_;
  return Status::OK();
}

Result<Task::Exit> Task::SourceLoop::Run() {
  TRY(Open());
  if (!task_.reader_) {   // more subtasks than the source can use
    if (scan_.source->bounded()) return Exit::kEnded;
    TRY(task_.GoIdle());
  }
  while (true) {
    if (task_.cancelled()) return Status::Cancelled("the job is being cancelled");
    if (task_.mail_.load(std::memory_order_acquire))
      if (auto exit = TRY(HandleMail())) return *exit;
    TRY(task_.TickIfDue());
    table::SourceEvent event = TRY(Poll());
    switch (event.kind) {
      case table::SourceEvent::Kind::kBatch:
        if (event.batch.num_rows() > 0) TRY(OnRows(event.split, std::move(event.batch)));
        break;
      case table::SourceEvent::Kind::kNothing: break;
      case table::SourceEvent::Kind::kIdleSplits:
        if (task_.reader_) watermarks_.ReaderHasNothing(task_.reader_->open_splits(), MonotonicMs());
        break;
      case table::SourceEvent::Kind::kSplitEnd:
        if (!eager_) watermarks_.OnSplitEnd(event.split, task_.reader_->open_splits());
        break;
      case table::SourceEvent::Kind::kEnd: return Exit::kEnded;
    }
    TRY(UpdateWatermark());
    task_.UpdateStats();
  }
}

Result<table::SourceEvent> Task::SourceLoop::Poll() {
  auto wait = task_.TimeToNextDuty(kPollMax);
  bool waits = eager_ ? generated_ms_ > sent_ms_ : has_watermark_ && !exactly_ && watermarks_.current() > task_.watermark_;
  if (waits && interval_ns_ > 0) {
    int64_t left = (next_emit_ns_ - MonotonicNs() + 999'999) / 1'000'000;
    wait = std::min(wait, std::chrono::milliseconds(std::max<int64_t>(left, 0)));
  }
  int64_t start = MonotonicNs(), cpu = ThreadCpuNs();
  table::SourceEvent event;
  if (task_.reader_) event = TRY(task_.reader_->Poll(wait));
  bool nothing = event.kind == table::SourceEvent::Kind::kNothing || event.kind == table::SourceEvent::Kind::kIdleSplits;
  if (!nothing) {   // a reader may have waited for its rows: only its work counts as busy
    task_.idle_ns_ += std::max<int64_t>(0, MonotonicNs() - start - (ThreadCpuNs() - cpu));
    return event;
  }
  // A reader that came back early has nothing to wait for: wait here, so that nobody spins; mail ends it.
  int64_t left = wait.count() * 1'000'000 - (MonotonicNs() - start);
  if (left > 1'000'000) {
    std::unique_lock lock(task_.mutex_);
    task_.mail_came_.wait_for(lock, std::chrono::nanoseconds(left),
                              [&] { return task_.cancelled() || task_.mail_.load(std::memory_order_acquire); });
  }
  task_.idle_ns_ += MonotonicNs() - start;
  if (task_.reader_) task_.stats_.lag_rows.store(task_.reader_->lag_rows(), std::memory_order_relaxed);
  return event;
}

Result<std::optional<Task::Exit>> Task::SourceLoop::HandleMail() {
  std::optional<Barrier> trigger;
  bool drain;
  TRY(task_.NotifyComplete());   // clears the flag: what comes after is looked at next time
  {
    std::lock_guard lock(task_.mutex_);
    if (task_.trigger_ && task_.trigger_->id > task_.acked_) trigger = task_.trigger_;
    drain = task_.drain_;
  }
  if (trigger && !drain) {
    TRY(task_.PassBarrier(*trigger));
    if (trigger->stop) return std::optional<Exit>(Exit::kStopped);
  }
  if (drain) {
    task_.drained_ = true;
    return std::optional<Exit>(Exit::kEnded);
  }
  return std::optional<Exit>();
}

Status Task::SourceLoop::OnRows(int split, Batch batch) {
  task_.records_in_ += batch.num_rows();
  task_.bytes_in_ += BytesOf(batch);
  if (projection_) batch = batch.WithColumns(TRY(projection_->Evaluate(batch)));
  idle_sent_ = false;   // the exchanges tell the others
  if (eager_) split = 0;   // one for all
  watermarks_.OnRows(split, MonotonicMs());
  if (has_watermark_) {
    if (scan_.rowtime >= 0 && batch.column(static_cast<size_t>(scan_.rowtime))->null_count() > 0) {
      return Status::InvalidSql("RowTime field should not be null, please convert it to a non-null long value.");   // Flink's text
    }
    auto column = TRY(watermark_->Evaluate(batch))[0];
    if (exactly_) return OnRowsExactly(split, batch, *column);
    Millis ms(*column);
    int64_t high = EventTime::Min().ms;
    if (column->null_count() == 0) {
      for (int64_t i = 0; i < column->length(); ++i) high = std::max(high, ms.At(i));
    } else {
      for (int64_t i = 0; i < column->length(); ++i)
        if (column->IsValid(i)) high = std::max(high, ms.At(i));
    }
    watermarks_.Raise(split, high);
  }
  return EmitFiltered(std::move(batch));
}

bool Task::SourceLoop::AfterRow(int split, int64_t watermark_ms, int64_t now_ms) {
  if (eager_) {
    generated_ms_ = std::max(generated_ms_, watermark_ms);
    if (generated_ms_ - sent_ms_ <= task_.options_.watermark_interval_ms) return false;
    sent_ms_ = due_ms_ = generated_ms_;
    return true;
  }
  watermarks_.Raise(split, watermark_ms);
  watermarks_.Update(task_.reader_->open_splits(), now_ms);
  due_ms_ = watermarks_.current().ms;
  return true;
}

Status Task::SourceLoop::OnRowsExactly(int split, const Batch& batch, const arrow::Array& column) {
  const arrow::Array& rowtime = *batch.column(static_cast<size_t>(scan_.rowtime));
  if (eager_ && rowtime.null_count() > 0)
    return Status::InvalidSql("RowTime field should not be null, please convert it to a non-null long value.")
        .WithDetail("table " + scan_.name + ", column " + std::to_string(scan_.rowtime + 1));
  Millis ms(column), time(rowtime);
  const bool nulls = column.null_count() + rowtime.null_count() > 0;
  int64_t from = 0, now = MonotonicMs(), due = due_ms_ > task_.watermark_.ms ? due_ms_ : EventTime::Min().ms;   // min: nothing to send
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    if (time.At(i) <= due && (!nulls || rowtime.IsValid(i)) && due > task_.watermark_.ms) {
      TRY(EmitFiltered(batch.Slice(from, i - from)));
      from = i;
      TRY(task_.AdvanceWatermark(EventTime{due}));
    }
    if (nulls && !column.IsValid(i)) continue;
    if (AfterRow(split, ms.At(i), now)) due = due_ms_;
  }
  TRY(EmitFiltered(from == 0 ? batch : batch.Slice(from, batch.num_rows() - from)));
  return due_ms_ > task_.watermark_.ms ? task_.AdvanceWatermark(EventTime{due_ms_}) : Status::OK();
}

Status Task::SourceLoop::EmitFiltered(Batch batch) {
  if (filter_ && batch.num_rows() > 0) {
    auto keep = TRY(filter_->Evaluate(batch))[0];
    batch = TRY(expr::FilterBatch(batch, *keep));
  }
  return batch.num_rows() > 0 ? task_.EmitFromHead(std::move(batch)) : Status::OK();
}

Status Task::SourceLoop::UpdateWatermark() {
  if (!has_watermark_ || !task_.reader_) return Status::OK();
  watermarks_.Update(eager_ ? -1 : task_.reader_->open_splits(), MonotonicMs());
  int64_t clock = MonotonicNs();
  if (eager_ && interval_ns_ > 0 && generated_ms_ > sent_ms_ && clock >= next_emit_ns_) sent_ms_ = due_ms_ = generated_ms_;
  EventTime due = eager_ ? EventTime{due_ms_} : watermarks_.current();
  if (due > task_.watermark_ && (exactly_ || clock >= next_emit_ns_)) {
    next_emit_ns_ = clock + interval_ns_;
    TRY(task_.AdvanceWatermark(due));
    idle_sent_ = false;
  }
  if (watermarks_.idle() && !idle_sent_) {
    idle_sent_ = true;
    TRY(task_.GoIdle());
  }
  return Status::OK();
}

}  // namespace tarn::flow
