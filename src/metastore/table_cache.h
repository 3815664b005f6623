// Tables that were read recently, so that get_table costs no SQL. Coherent inside the process: a change forgets before it is
// acknowledged, and a read that began before a change can't put the old table back. When other processes write the same database,
// what is found counts only after the change log has been caught up with, which forgets what they changed.
//
// Threads: any. Ownership: shared, immutable tables. Limit: bytes (estimated); the oldest half goes when it is reached.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "metastore/names.h"
#include "metastore/store/change_log.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

struct TableRow {
  int64_t id = 0;
  int64_t db_id = 0;
  std::shared_ptr<const wire::Table> table;
};

class TableCache {
 public:
  explicit TableCache(int64_t bytes_max, ChangeLog* log = nullptr) : bytes_max_(bytes_max), log_(log) {}
  // False when it is not there, or when nobody can say that it is still true (the database is away).
  bool Find(const TableName& name, TableRow* row);
  // Taken before the read; Put does nothing when a change came between.
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  void Put(const TableName& name, TableRow row, uint64_t epoch, size_t bytes);
  void Forget(const TableName& name);
  void ForgetId(int64_t tbl_id);
  void ForgetAll();
  int64_t hits() const { return hits_.load(std::memory_order_relaxed); }

 private:
  struct Entry { TableRow row; size_t bytes = 0; uint64_t used = 0; };
  static std::string Key(const TableName& n);
  void EraseLocked(std::unordered_map<std::string, Entry>::iterator it);

  const int64_t bytes_max_;
  ChangeLog* const log_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<int64_t, std::string> keys_;   // by table id
  int64_t bytes_ = 0;
  uint64_t clock_ = 0;
  std::atomic<uint64_t> epoch_{0};
  std::atomic<int64_t> hits_{0};
};

}  // namespace tarn::metastore
