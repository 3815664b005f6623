// Keeps what this process has cached true while other processes write the same database.
//
// Every writing transaction leaves a row in `table_changes` for each table it touched, numbered without gaps in the order of commits.
// CatchUp reads what is new and tells the listeners: after it, nothing is cached that was changed before it was called. All callers
// that wait at one time share one question to the database, so that a busy server asks seldom (docs/decisions/0007).
//
// Threads: any. Errors: kUnavailable while the database is away: then nothing cached may be used.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>

#include "metastore/store/store.h"

namespace tarn::metastore {

class ChangeLog {
 public:
  struct Listener {
    std::function<void()> all;                                                      // forget everything
    std::function<void(int64_t tbl_id)> table;                                      // the table, its partitions too
    // Lines "+name" or "-name"; empty: too many to list.
    std::function<void(int64_t tbl_id, std::string_view names)> partitions;
  };
  explicit ChangeLog(Store& store) : store_(store) {}
  void SetListener(Listener listener) { listener_ = std::move(listener); }
  // Waits for a round that began after this call.
  Status CatchUp();
  int64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

 private:
  Status Round();
  Status Restart();

  Store& store_;
  Listener listener_;
  std::mutex mutex_;
  std::condition_variable finished_;
  uint64_t begun_ = 0, ended_ = 0;      // rounds
  bool running_ = false;
  Status last_;                         // of round ended_
  std::atomic<int64_t> rounds_{0};
  // Of the round that runs:
  std::unique_ptr<SqlConnection> connection_;
  int64_t epoch_ = -1;                  // the last change that was told; -1: none yet
  uint64_t reconnects_ = 0;
};

}  // namespace tarn::metastore
