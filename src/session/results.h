// Result sets: fixed rows of text (DDL, SHOW), and the rows that a query's job makes.
// Threads: see session.h.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "job/job_manager.h"
#include "session/session.h"
#include "table/sink.h"

namespace tarn::session {

// One column `result`, one row OK.
std::unique_ptr<ResultSet> OkResult();
// Rows of nullable strings; a column whose name is in `booleans` gets type BOOLEAN ("true"/"false").
using TextRow = std::vector<std::optional<std::string>>;
std::unique_ptr<ResultSet> TextResult(std::vector<std::string> columns, std::vector<TextRow> rows, std::vector<std::string> booleans = {});
// Any columns, one batch. job_id may be "".
std::unique_ptr<ResultSet> BatchResult(std::vector<ResultColumn> columns, Batch batch, std::string job_id);
// INSERT: column `job id`.
std::unique_ptr<ResultSet> JobResult(const std::string& job_id);

// Rows on their way from a query's job to its reader. Bounded: a slow reader holds the job back.
class CollectBuffer {
 public:
  static constexpr int64_t kRowsMax = 5000;          // Flink's limit of a SELECT's buffer
  // False: cancelled, or abandoned() says that nobody will read.
  bool Push(Batch batch);
  std::optional<Batch> Pop(int64_t wait_ms, bool* finished);
  void Finish();
  void Cancel();
  std::function<bool()> abandoned = [] { return false; };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  int64_t rows_ = 0;
  bool finished_ = false, cancelled_ = false;
};

std::shared_ptr<const table::Sink> MakeCollectSink(std::shared_ptr<CollectBuffer> buffer);
std::unique_ptr<ResultSet> QueryResult(std::vector<ResultColumn> columns, std::shared_ptr<CollectBuffer> buffer, job::JobManager& jobs,
                                       std::string job_id, bool streaming);

}  // namespace tarn::session
