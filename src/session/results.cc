#include "session/results.h"

#include <arrow/builder.h>

#include <algorithm>
#include <chrono>

#include "types/arrow_try.h"

namespace tarn::session {
namespace {

class FixedResult final : public ResultSet {
 public:
  FixedResult(std::vector<ResultColumn> columns, Batch batch, ResultKind kind, std::string job_id)
      : columns_(std::move(columns)), batch_(std::move(batch)), kind_(kind), job_id_(std::move(job_id)) {}
  const std::vector<ResultColumn>& columns() const override { return columns_; }
  ResultKind kind() const override { return kind_; }
  bool is_query() const override { return false; }
  bool is_streaming() const override { return false; }
  std::string job_id() const override { return job_id_; }
  Result<std::optional<Batch>> Next(int64_t) override {
    if (done_) return std::optional<Batch>();
    done_ = true;
    return std::optional<Batch>(batch_);
  }
  void Cancel() override {}

 private:
  std::vector<ResultColumn> columns_;
  Batch batch_;
  ResultKind kind_;
  std::string job_id_;
  bool done_ = false;
};

class CollectWriter final : public table::SinkWriter {
 public:
  explicit CollectWriter(std::shared_ptr<CollectBuffer> buffer) : buffer_(std::move(buffer)) {}
  Status Open(const std::optional<Restored>&) override { return Status::OK(); }
  Status Write(const Batch& batch) override {
    if (batch.num_rows() == 0) return Status::OK();
    return buffer_->Push(batch) ? Status::OK() : Status::Cancelled("the reader of this query has gone");
  }
  Result<std::string> PrepareCommit(CheckpointId, bool end_of_input) override {
    if (end_of_input) buffer_->Finish();
    return std::string();
  }

 private:
  std::shared_ptr<CollectBuffer> buffer_;
};

class CollectSink final : public table::Sink {
 public:
  explicit CollectSink(std::shared_ptr<CollectBuffer> buffer) : buffer_(std::move(buffer)) {}
  types::ChangelogMode AcceptedMode(const types::ChangelogMode&) const override { return types::ChangelogMode::All(); }
  std::string Describe() const override { return "collect"; }
  int wished_parallelism() const override { return 1; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext&) const override {
    return std::unique_ptr<table::SinkWriter>(std::make_unique<CollectWriter>(buffer_));
  }

 private:
  std::shared_ptr<CollectBuffer> buffer_;
};

class QueryResultSet final : public ResultSet {
 public:
  QueryResultSet(std::vector<ResultColumn> columns, std::shared_ptr<CollectBuffer> buffer, job::JobManager& jobs, std::string id, bool streaming)
      : columns_(std::move(columns)), buffer_(std::move(buffer)), jobs_(jobs), id_(std::move(id)), streaming_(streaming) {}
  ~QueryResultSet() override { Cancel(); }
  const std::vector<ResultColumn>& columns() const override { return columns_; }
  ResultKind kind() const override { return ResultKind::kSuccessWithContent; }
  bool is_query() const override { return true; }
  bool is_streaming() const override { return streaming_; }
  std::string job_id() const override { return id_; }
  Result<std::optional<Batch>> Next(int64_t wait_ms) override {
    if (!failed_.ok()) return failed_;
    if (ended_) return std::optional<Batch>();
    auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    for (;;) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      bool finished = false;
      std::optional<Batch> b = buffer_->Pop(std::clamp<int64_t>(left, 0, 50), &finished);
      if (b) return b;
      if (finished) {
        Status s = jobs_.WaitFor(id_);
        if (!s.ok() && s.code() != StatusCode::kCancelled) return failed_ = s;
        ended_ = true;
        return std::optional<Batch>();
      }
      if (std::optional<Status> s = jobs_.WaitFor(id_, std::chrono::milliseconds(0))) {
        if ((b = buffer_->Pop(0, &finished))) return b;
        if (s->ok() || s->code() == StatusCode::kCancelled) {
          ended_ = true;
          if (s->ok()) return std::optional<Batch>();
        }
        return failed_ = *s;
      }
      if (left <= 0) return std::optional<Batch>(Batch());
    }
  }
  void Cancel() override {
    buffer_->Cancel();
    if (!jobs_.WaitFor(id_, std::chrono::milliseconds(0))) (void)jobs_.Cancel(id_).ok();
  }

 private:
  std::vector<ResultColumn> columns_;
  std::shared_ptr<CollectBuffer> buffer_;
  job::JobManager& jobs_;
  std::string id_;
  bool streaming_, ended_ = false;
  Status failed_;
};

}  // namespace

bool CollectBuffer::Push(Batch batch) {
  std::unique_lock lock(mutex_);
  while (rows_ >= kRowsMax && !cancelled_) {
    changed_.wait_for(lock, std::chrono::milliseconds(100));
    if (rows_ >= kRowsMax && !cancelled_) {
      lock.unlock();
      bool gone = abandoned();
      lock.lock();
      if (gone) return false;
    }
  }
  if (cancelled_) return false;
  rows_ += batch.num_rows();
  batches_.push_back(std::move(batch));
  changed_.notify_all();
  return true;
}

std::optional<Batch> CollectBuffer::Pop(int64_t wait_ms, bool* finished) {
  std::unique_lock lock(mutex_);
  if (wait_ms > 0) changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return !batches_.empty() || finished_ || cancelled_; });
  if (batches_.empty()) {
    *finished = finished_;
    return std::nullopt;
  }
  Batch b = std::move(batches_.front());
  batches_.pop_front();
  rows_ -= b.num_rows();
  changed_.notify_all();
  return b;
}

void CollectBuffer::Finish() {
  std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void CollectBuffer::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

std::shared_ptr<const table::Sink> MakeCollectSink(std::shared_ptr<CollectBuffer> buffer) { return std::make_shared<CollectSink>(std::move(buffer)); }

std::unique_ptr<ResultSet> QueryResult(std::vector<ResultColumn> columns, std::shared_ptr<CollectBuffer> buffer, job::JobManager& jobs,
                                       std::string job_id, bool streaming) {
  return std::make_unique<QueryResultSet>(std::move(columns), std::move(buffer), jobs, std::move(job_id), streaming);
}

std::unique_ptr<ResultSet> BatchResult(std::vector<ResultColumn> columns, Batch batch, std::string job_id) {
  return std::make_unique<FixedResult>(std::move(columns), std::move(batch), ResultKind::kSuccessWithContent, std::move(job_id));
}

std::unique_ptr<ResultSet> TextResult(std::vector<std::string> names, std::vector<TextRow> rows, std::vector<std::string> booleans) {
  std::vector<ResultColumn> columns;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t c = 0; c < names.size(); ++c) {
    bool is_boolean = std::find(booleans.begin(), booleans.end(), names[c]) != booleans.end();
    std::shared_ptr<arrow::Array> array;
    if (is_boolean) {
      arrow::BooleanBuilder b;
      for (const TextRow& r : rows) if (!(r[c] ? b.Append(*r[c] == "true") : b.AppendNull()).ok()) break;
      if (b.Finish(&array).ok()) columns.push_back({names[c], types::LogicalType::Boolean(), ""});
    } else {
      arrow::StringBuilder b;
      for (const TextRow& r : rows) if (!(r[c] ? b.Append(*r[c]) : b.AppendNull()).ok()) break;
      if (b.Finish(&array).ok()) columns.push_back({names[c], types::LogicalType::String(), ""});
    }
    arrays.push_back(std::move(array));
  }
  return std::make_unique<FixedResult>(std::move(columns), Batch(static_cast<int64_t>(rows.size()), std::move(arrays)), ResultKind::kSuccessWithContent, "");
}

std::unique_ptr<ResultSet> OkResult() {
  arrow::StringBuilder b;
  std::shared_ptr<arrow::Array> array;
  if (b.Append("OK").ok() && b.Finish(&array).ok()) {}
  return std::make_unique<FixedResult>(std::vector<ResultColumn>{{"result", types::LogicalType::String(), ""}}, Batch(1, {array}), ResultKind::kSuccess, "");
}

std::unique_ptr<ResultSet> JobResult(const std::string& job_id) {
  arrow::StringBuilder b;
  std::shared_ptr<arrow::Array> array;
  if (b.Append(job_id).ok() && b.Finish(&array).ok()) {}
  return BatchResult({{"job id", types::LogicalType::String(), ""}}, Batch(1, {array}), job_id);
}

}  // namespace tarn::session
