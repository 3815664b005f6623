// An in-memory index of a large table's partition names, so that a filter looks at columns of values instead of a million names.
//
// Built from the store when a filter had to scan a large table; kept true by what commits afterwards: PartitionWriter reports it, or,
// when other processes write the same database, the change log does, for all of them and for us.
// A result names partitions that were there when it was made: the caller reads them and leaves out what has gone since.
// Threads: any. Memory: names, and 8 bytes (numbers) or 4 (codes of texts) for each key; kIndexBytesMax for all tables together.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "metastore/filter.h"
#include "metastore/store/change_log.h"
#include "metastore/store/store.h"

namespace tarn::metastore {

class PartitionIndexes {
 public:
  static constexpr size_t kPartitionsMin = 20'000;      // below, scanning names is quick enough
  static constexpr size_t kMatchesMax = 1'000;          // more: the reply costs more than the scan
  static constexpr size_t kIndexBytesMax = 256 << 20;
  static constexpr size_t kChangesMax = 50'000;         // then the index is built anew

  explicit PartitionIndexes(Store& store, ChangeLog* log = nullptr) : store_(store), log_(log) {}
  // Names that match, in order; nothing when the table has no index or too many match.
  std::optional<std::vector<std::string>> Select(int64_t table_id, const Filter& filter);
  // Makes the index if it is not there. Filter results until then come from a scan.
  Status Build(int64_t table_id, const std::vector<wire::FieldSchema>& keys);
  void OnChange(int64_t table_id, const std::vector<std::string>& added, const std::vector<std::string>& removed);
  void OnChange(int64_t table_id, std::string_view names);   // as ChangeLog::Listener::partitions
  void Forget(int64_t table_id);
  void ForgetAll();

 private:
  struct Column {
    bool number = false;
    std::vector<int64_t> numbers;                       // kNoNumber: null or no number
    std::vector<uint32_t> codes;
    std::vector<std::string> texts;                     // by code
  };
  struct Index {
    std::vector<wire::FieldSchema> keys;
    std::string names;                                  // one after the other
    std::vector<uint32_t> ends;
    std::vector<Column> columns;
    size_t bytes = 0;
    std::string_view name(size_t i) const {
      size_t from = i ? ends[i - 1] : 0;
      return std::string_view(names).substr(from, ends[i] - from);
    }
  };
  struct Entry {
    std::shared_ptr<const Index> base;
    std::map<std::string, bool, std::less<>> changed;   // name -> there; whatever the base says
  };
  using Mask = std::vector<uint8_t>;
  static Mask Evaluate(const Index& index, const Filter::Node& node);

  Store& store_;
  ChangeLog* const log_;
  std::mutex mutex_;
  std::unordered_map<int64_t, std::shared_ptr<Entry>> entries_;
  std::unordered_map<int64_t, bool> building_;          // true: something changed meanwhile
  size_t bytes_ = 0;
};

}  // namespace tarn::metastore
