#include "job/checkpoint_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "state/durable_file.h"

namespace tarn::job {

Result<int64_t> CheckpointStore::Write(const state::Checkpoint& c) { return state::WriteCheckpoint(PathOf(c.id), c); }

std::vector<int64_t> CheckpointStore::Ids() const {
  std::vector<int64_t> ids;
  for (const std::string& name : state::ListFolder(folder_)) {
    if (!name.starts_with("chk-")) continue;
    int64_t id = 0;
    auto [end, error] = std::from_chars(name.data() + 4, name.data() + name.size(), id);
    if (error == std::errc() && end == name.data() + name.size()) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

int64_t CheckpointStore::highest_id() const {
  auto ids = Ids();
  return ids.empty() ? 0 : ids.back();
}

std::vector<int64_t> CheckpointStore::Retain(int64_t newest_id) {
  std::vector<int64_t> gone, ids = Ids();
  int kept = 0;
  for (auto it = ids.rbegin(); it != ids.rend(); ++it) {
    if (*it > newest_id) continue;
    if (kept < retained_ && state::PathExists(PathOf(*it) + "/_metadata")) {
      ++kept;
      continue;
    }
    if (state::RemoveTree(PathOf(*it)).ok()) gone.push_back(*it);
  }
  return gone;
}

Status CheckpointStore::RemoveAll() { return state::RemoveTree(folder_); }

Result<std::optional<CheckpointStore::Found>> CheckpointStore::Latest(std::vector<std::string>* warnings) const {
  auto ids = Ids();
  Status last;
  std::string bad;
  for (auto it = ids.rbegin(); it != ids.rend(); ++it) {
    auto read = state::ReadCheckpoint(PathOf(*it));
    if (read.ok()) {
      if (!bad.empty())
        warnings->push_back(fmt::format("{}; fell back to checkpoint {}: what was committed after it may be committed again", bad, *it));
      return std::optional<Found>(Found{std::move(read).value(), PathOf(*it)});
    }
    if (read.status().code() == StatusCode::kNotFound) continue;   // never completed
    if (read.status().code() != StatusCode::kCorrupt) return read.status();
    last = read.status();
    bad += (bad.empty() ? "" : "; ") + last.message();
  }
  if (!last.ok()) return std::move(last).WithDetail("no older checkpoint is left to fall back to");
  return std::optional<Found>();
}

}  // namespace tarn::job
