#include "metastore/table_cache.h"

#include <algorithm>
#include <vector>

namespace tarn::metastore {

std::string TableCache::Key(const TableName& n) {
  std::string k;
  k.reserve(n.catalog.size() + n.db.size() + n.name.size() + 2);
  k.append(n.catalog).append(1, '\0').append(n.db).append(1, '\0').append(n.name);
  return k;
}

bool TableCache::Find(const TableName& name, TableRow* row) {
  std::string key = Key(name);
  std::lock_guard lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) return false;
  it->second.used = ++clock_;
  *row = it->second.row;
  hits_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void TableCache::Put(const TableName& name, TableRow row, uint64_t epoch, size_t bytes) {
  std::string key = Key(name);
  std::lock_guard lock(mutex_);
  if (epoch != epoch_.load(std::memory_order_relaxed) || static_cast<int64_t>(bytes) > bytes_max_ / 2) return;
  Entry& e = entries_[key];
  bytes_ += static_cast<int64_t>(bytes) - static_cast<int64_t>(e.bytes);
  e = {std::move(row), bytes, ++clock_};
  if (bytes_ <= bytes_max_) return;
  std::vector<uint64_t> used;
  for (auto& [k, v] : entries_) used.push_back(v.used);
  std::nth_element(used.begin(), used.begin() + static_cast<long>(used.size() / 2), used.end());
  uint64_t middle = used[used.size() / 2];
  std::erase_if(entries_, [&](auto& kv) {
    if (kv.second.used > middle) return false;
    bytes_ -= static_cast<int64_t>(kv.second.bytes);
    return true;
  });
}

void TableCache::Forget(const TableName& name) {
  std::string key = Key(name);
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_release);
  auto it = entries_.find(key);
  if (it == entries_.end()) return;
  bytes_ -= static_cast<int64_t>(it->second.bytes);
  entries_.erase(it);
}

void TableCache::ForgetAll() {
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_release);
  entries_.clear();
  bytes_ = 0;
}

}  // namespace tarn::metastore
