// One submitted statement: its state machine and the pages of its result.
//
// States as in Flink: INITIALIZED > PENDING > RUNNING > FINISHED; the first three also to CANCELED, ERROR, CLOSED; the ended ones
// to CLOSED only. FINISHED: the result can be fetched, not: its job has ended.
// Pages: the current token makes a new page, the one before gives the same page again; other tokens are refused. The end can be
// fetched again and again. A page waits a moment for rows instead of answering empty at once.
// Threads: any. Run is called by one worker, once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "session/session.h"

namespace tarn::gateway {

enum class OperationStatus { kInitialized, kPending, kRunning, kFinished, kCanceled, kClosed, kError, kTimeout };
std::string_view OperationStatusName(OperationStatus s);

struct ResultPage {
  enum class Kind { kNotReady, kPayload, kEnd };
  Kind kind = Kind::kNotReady;
  std::vector<Batch> batches;
  std::vector<session::ResultColumn> columns;
  session::ResultKind result_kind = session::ResultKind::kSuccess;
  bool is_query = false, is_streaming = false;
  std::string job_id;
  int64_t next_token = 0;
};

inline constexpr int64_t kPageRowsMax = 5000;      // Flink's buffer
inline constexpr int64_t kPageBytesMax = 16 << 20; // of one batch's columns in memory, so that wide rows make smaller pages
inline constexpr int64_t kReadyWaitMs = 200;       // a fetch waits this long for the statement to be ready
inline constexpr int64_t kRowsWaitMs = 100;        // and this long for rows

class Operation {
 public:
  Operation(std::string id, std::string statement, std::map<std::string, std::string> execution_config, std::shared_ptr<session::Session> session);
  const std::string& id() const { return id_; }
  OperationStatus status() const;
  void MarkPending();
  void Run();                          // nothing when it was cancelled or closed before
  Status Cancel();                     // kConflict in Flink's words when it is too late
  void Close();
  Result<std::shared_ptr<const ResultPage>> Fetch(int64_t token);

 private:
  bool Move(OperationStatus to);       // false: not a legal move; mutex_ is held
  Result<std::shared_ptr<const ResultPage>> MakePage(session::ResultSet& result, int64_t token);

  const std::string id_, statement_;
  const std::map<std::string, std::string> execution_config_;
  const std::shared_ptr<session::Session> session_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  OperationStatus status_ = OperationStatus::kInitialized;
  Status error_;
  std::shared_ptr<session::ResultSet> result_;

  std::mutex fetch_mutex_;             // one fetch at a time; guards what follows
  int64_t token_ = 0;
  std::shared_ptr<const ResultPage> previous_;
  std::optional<Batch> rest_;          // rows of a batch that did not fit the page
  bool at_end_ = false;
};

}  // namespace tarn::gateway
