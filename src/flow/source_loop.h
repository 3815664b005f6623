// The head of a scan's task: polls the reader, projects, takes the watermark, filters, acts on triggers.
//
// Two ways to make watermarks, as in Flink. Per split (Source::watermark_per_split): the lowest over the splits, sent on a timer,
// or after every row (on-event, or interval 0). Eager: one over all rows of the subtask, which starts at 0 and is sent
// after a row that raised it by more than the interval in event time, or on the timer. Which rows are late must not depend on how
// rows are cut into batches: so a batch is cut, and the watermark sent, before a row that a due watermark has passed.
// Private to the task. Threads: the task's.
#pragma once

#include "expr/evaluator.h"
#include "flow/split_watermarks.h"
#include "flow/task_chain.h"

namespace tarn::flow {

class Task::SourceLoop {
 public:
  SourceLoop(Task& task, const plan::Scan& scan) : task_(task), scan_(scan), watermarks_(scan.idle_timeout_ms, MonotonicMs()) {}
  Result<Exit> Run();

 private:
  Status Open();
  // What the mailbox asks for: nullopt: go on.
  Result<std::optional<Exit>> HandleMail();
  Status OnRows(int split, Batch batch);
  Status OnRowsExactly(int split, const Batch& batch, const arrow::Array& watermarks);
  bool AfterRow(int split, int64_t watermark_ms, int64_t now_ms);   // true: a watermark is due
  Status EmitFiltered(Batch batch);
  Status UpdateWatermark();
  Result<table::SourceEvent> Poll();

  Task& task_;
  const plan::Scan& scan_;
  SplitWatermarks watermarks_;
  std::unique_ptr<expr::Evaluator> projection_, watermark_, filter_;
  bool has_watermark_ = false, eager_ = false, exactly_ = false;
  int64_t generated_ms_ = 0, sent_ms_ = 0;            // eager: highest so far, and of it what was sent
  int64_t due_ms_ = EventTime::Min().ms;              // to be sent before any row that it has passed, and at the end of the batch
  int64_t interval_ns_ = 0, next_emit_ns_ = 0;
  bool idle_sent_ = false;
};

}  // namespace tarn::flow
