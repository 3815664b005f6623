// The parts of a task's chain: a stage for each node, and the output that hands a batch to the stages and exchanges behind it.
// Private to the task. Threads: the task's.
#pragma once

#include "flow/task.h"

namespace tarn::flow {

// Checks NOT NULL columns, counts, writes.
class SinkStage {
 public:
  SinkStage(const plan::Sink& plan, int64_t* rows) : plan_(plan), rows_(rows) {}
  Status Open(const table::SubtaskContext& context, const std::optional<table::SinkWriter::Restored>& restored);
  Status Write(Batch batch);
  table::SinkWriter& writer() { return *writer_; }

 private:
  const plan::Sink& plan_;
  int64_t* const rows_;
  std::unique_ptr<table::SinkWriter> writer_;
};

class Task::ChainOutput final : public Output {
 public:
  Status Emit(Batch batch) override;
  std::vector<Stage*> children;
  std::vector<ExchangeWriter*> exchanges;
};

struct Task::Stage {
  const ChainNode* node = nullptr;
  std::unique_ptr<Operator> op;       // neither op nor sink: the head
  std::unique_ptr<SinkStage> sink;
  ChainOutput out;
  Status Take(Batch batch) { return sink ? sink->Write(std::move(batch)) : op->OnBatch(batch, out); }
};

inline Status Task::ChainOutput::Emit(Batch batch) {
  if (batch.num_rows() == 0) return Status::OK();
  size_t left = children.size() + exchanges.size();
  for (Stage* s : children) TRY(s->Take(--left == 0 ? std::move(batch) : batch));
  for (ExchangeWriter* e : exchanges) TRY(e->Emit(--left == 0 ? std::move(batch) : batch));
  return Status::OK();
}

}  // namespace tarn::flow
