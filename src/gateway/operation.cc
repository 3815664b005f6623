#include "gateway/operation.h"

#include <arrow/array.h>
#include <arrow/util/byte_size.h>

#include <algorithm>

namespace tarn::gateway {
namespace {
// How many rows of the batch fit a page of kPageBytesMax, at least one.
int64_t RowsThatFit(const Batch& batch) {
  int64_t bytes = 0;
  for (const auto& column : batch.columns()) {
    auto size = arrow::util::ReferencedBufferSize(*column);
    if (size.ok()) bytes += *size;
  }
  if (bytes <= kPageBytesMax) return batch.num_rows();
  return std::max<int64_t>(1, batch.num_rows() * kPageBytesMax / bytes);
}
}  // namespace

std::string_view OperationStatusName(OperationStatus s) {
  switch (s) {
    case OperationStatus::kInitialized: return "INITIALIZED";
    case OperationStatus::kPending: return "PENDING";
    case OperationStatus::kRunning: return "RUNNING";
    case OperationStatus::kFinished: return "FINISHED";
    case OperationStatus::kCanceled: return "CANCELED";
    case OperationStatus::kClosed: return "CLOSED";
    case OperationStatus::kError: return "ERROR";
    case OperationStatus::kTimeout: return "TIMEOUT";
  }
  return "ERROR";
}

Operation::Operation(std::string id, std::string statement, std::map<std::string, std::string> execution_config, std::shared_ptr<session::Session> session)
    : id_(std::move(id)), statement_(std::move(statement)), execution_config_(std::move(execution_config)), session_(std::move(session)) {}

OperationStatus Operation::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

bool Operation::Move(OperationStatus to) {
  using S = OperationStatus;
  bool live = status_ == S::kInitialized || status_ == S::kPending || status_ == S::kRunning;
  bool legal = false;
  switch (to) {
    case S::kInitialized: break;
    case S::kPending: legal = status_ == S::kInitialized; break;
    case S::kRunning: legal = status_ == S::kInitialized || status_ == S::kPending; break;
    case S::kFinished: legal = status_ == S::kRunning; break;
    case S::kCanceled:
    case S::kError:
    case S::kTimeout: legal = live; break;
    case S::kClosed: legal = status_ != S::kClosed; break;
  }
  if (!legal) return false;
  status_ = to;
  changed_.notify_all();
  return true;
}

void Operation::MarkPending() {
  std::lock_guard lock(mutex_);
  Move(OperationStatus::kPending);
}

void Operation::Run() {
  {
    std::lock_guard lock(mutex_);
    if (!Move(OperationStatus::kRunning)) return;
  }
  auto result = session_->Execute(statement_, execution_config_);
  std::shared_ptr<session::ResultSet> unwanted;   // destroyed without the lock
  std::lock_guard lock(mutex_);
  if (status_ != OperationStatus::kRunning) {
    if (result.ok()) unwanted = std::move(result).value();
    return;
  }
  if (result.ok()) {
    result_ = std::move(result).value();
    Move(OperationStatus::kFinished);
  } else {
    error_ = result.status();
    Move(OperationStatus::kError);
  }
}

Status Operation::Cancel() {
  std::unique_lock lock(mutex_);
  bool running = status_ == OperationStatus::kRunning;
  std::string from(OperationStatusName(status_));
  if (!Move(OperationStatus::kCanceled)) return Status::Conflict("Failed to convert the Operation Status from " + from + " to CANCELED for " + id_ + ".");
  lock.unlock();
  if (running) session_->Interrupt();
  return Status::OK();
}

void Operation::Close() {
  std::shared_ptr<session::ResultSet> result;
  bool running = false;
  {
    std::lock_guard lock(mutex_);
    running = status_ == OperationStatus::kRunning;
    Move(OperationStatus::kClosed);
    result = std::move(result_);
  }
  if (running) session_->Interrupt();
  if (result && result->is_query()) result->Cancel();
}

Result<std::shared_ptr<const ResultPage>> Operation::Fetch(int64_t token) {
  std::lock_guard one_fetch(fetch_mutex_);
  std::shared_ptr<session::ResultSet> result;
  {
    std::unique_lock lock(mutex_);
    auto live = [&] { return status_ == OperationStatus::kInitialized || status_ == OperationStatus::kPending || status_ == OperationStatus::kRunning; };
    changed_.wait_for(lock, std::chrono::milliseconds(kReadyWaitMs), [&] { return !live(); });
    if (status_ == OperationStatus::kError) return error_;
    if (live()) {
      auto page = std::make_shared<ResultPage>();
      page->next_token = token;
      return std::shared_ptr<const ResultPage>(std::move(page));
    }
    if (status_ != OperationStatus::kFinished || !result_)
      return Status::Conflict("Can not fetch results from the " + id_ + " in " + std::string(OperationStatusName(status_)) + " status.");
    result = result_;
  }
  if (token == token_) return MakePage(*result, token);
  if (token == token_ - 1 && previous_) return previous_;
  if (token_ == 0) return Status::InvalidSql("Expecting token to be 0, but found " + std::to_string(token) + ".");
  return Status::InvalidSql("Expecting token to be " + std::to_string(token_) + " or " + std::to_string(token_ - 1) + ", but found " + std::to_string(token) + ".");
}

Result<std::shared_ptr<const ResultPage>> Operation::MakePage(session::ResultSet& result, int64_t token) {
  auto page = std::make_shared<ResultPage>();
  int64_t rows = 0;
  auto add = [&](const Batch& batch) {
    int64_t room = std::min(kPageRowsMax - rows, RowsThatFit(batch));
    if (batch.num_rows() <= room) {
      if (batch.num_rows() > 0) page->batches.push_back(batch);
      rows += batch.num_rows();
      return;
    }
    page->batches.push_back(batch.Slice(0, room));
    rest_ = batch.Slice(room, batch.num_rows() - room);
    rows += room;
  };   // a batch too large for the page ends it: rest_ is then set
  if (rest_) {
    Batch left = std::move(*rest_);
    rest_.reset();
    add(left);
  }
  while (!rest_ && !at_end_ && rows < kPageRowsMax) {
    auto next = result.Next(rows == 0 ? kRowsWaitMs : 0);
    if (!next.ok()) {
      if (rows > 0) break;   // hand out what there is; the error comes again with the next page
      return next.status();
    }
    if (!next->has_value()) { at_end_ = true; break; }
    if ((*next)->num_rows() == 0) break;
    add(**next);
  }
  page->columns = result.columns();
  page->result_kind = result.kind();
  page->is_query = result.is_query();
  page->is_streaming = result.is_streaming();
  page->job_id = result.job_id();
  bool end = at_end_ && rows == 0 && !rest_;
  page->kind = end ? ResultPage::Kind::kEnd : ResultPage::Kind::kPayload;
  page->next_token = token + 1;
  std::shared_ptr<const ResultPage> shared = std::move(page);
  if (!end) {
    previous_ = shared;
    ++token_;
  }
  return shared;
}

}  // namespace tarn::gateway
