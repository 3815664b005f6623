// The head of a scan's task: polls the reader, projects, takes the watermark per split, filters, acts on triggers.
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
  Status EmitFiltered(Batch batch);
  Status UpdateWatermark(bool now);
  Result<table::SourceEvent> Poll();

  Task& task_;
  const plan::Scan& scan_;
  SplitWatermarks watermarks_;
  std::unique_ptr<expr::Evaluator> projection_, watermark_, filter_;
  bool has_watermark_ = false, exactly_ = false;
  int64_t interval_ns_ = 0, next_emit_ns_ = 0;
  bool idle_sent_ = false;
};

}  // namespace tarn::flow
