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
  std::unique_lock lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) return false;
  if (log_) {
    lock.unlock();
    if (!log_->CatchUp().ok()) return false;
    lock.lock();
    it = entries_.find(key);
    if (it == entries_.end()) return false;
  }
  it->second.used = ++clock_;
  *row = it->second.row;
  hits_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void TableCache::Put(const TableName& name, TableRow row, uint64_t epoch, size_t bytes) {
  std::string key = Key(name);
  std::lock_guard lock(mutex_);
  if (epoch != epoch_.load(std::memory_order_relaxed) || static_cast<int64_t>(bytes) > bytes_max_ / 2) return;
  if (auto old = entries_.find(key); old != entries_.end()) EraseLocked(old);
  if (auto other = keys_.find(row.id); other != keys_.end()) {   // renamed
    if (auto old = entries_.find(other->second); old != entries_.end()) EraseLocked(old);
  }
  keys_[row.id] = key;
  bytes_ += static_cast<int64_t>(bytes);
  entries_[key] = {std::move(row), bytes, ++clock_};
  if (bytes_ <= bytes_max_) return;
  std::vector<uint64_t> used;
  for (auto& [k, v] : entries_) used.push_back(v.used);
  std::nth_element(used.begin(), used.begin() + static_cast<long>(used.size() / 2), used.end());
  uint64_t middle = used[used.size() / 2];
  std::erase_if(entries_, [&](auto& kv) {
    if (kv.second.used > middle) return false;
    bytes_ -= static_cast<int64_t>(kv.second.bytes);
    keys_.erase(kv.second.row.id);
    return true;
  });
}

void TableCache::EraseLocked(std::unordered_map<std::string, Entry>::iterator it) {
  bytes_ -= static_cast<int64_t>(it->second.bytes);
  keys_.erase(it->second.row.id);
  entries_.erase(it);
}

void TableCache::Forget(const TableName& name) {
  std::string key = Key(name);
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_release);
  if (auto it = entries_.find(key); it != entries_.end()) EraseLocked(it);
}

void TableCache::ForgetId(int64_t tbl_id) {
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_release);
  auto key = keys_.find(tbl_id);
  if (key == keys_.end()) return;
  if (auto it = entries_.find(key->second); it != entries_.end()) EraseLocked(it);
}

void TableCache::ForgetAll() {
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_release);
  entries_.clear();
  keys_.clear();
  bytes_ = 0;
}

}  // namespace tarn::metastore
