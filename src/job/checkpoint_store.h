// The folder of one job's checkpoints: <dir>/<job id>/chk-<n>/_metadata.
//
// Errors: those of state/durable_file.h and state/checkpoint_file.h. Threads: one owner.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/checkpoint_file.h"

namespace tarn::job {

class CheckpointStore {
 public:
  CheckpointStore(std::string folder, int retained) : folder_(std::move(folder)), retained_(retained < 1 ? 1 : retained) {}

  std::string PathOf(int64_t id) const { return folder_ + "/chk-" + std::to_string(id); }
  const std::string& folder() const { return folder_; }
  Result<int64_t> Write(const state::Checkpoint& checkpoint);   // bytes written
  // Keeps the newest `retained` complete checkpoints up to newest_id; returns the ids that went.
  std::vector<int64_t> Retain(int64_t newest_id);
  Status RemoveAll();

  struct Found {
    state::Checkpoint checkpoint;
    std::string path;
  };
  // The newest that is whole; each corrupt one on the way adds a sentence to warnings. nullopt: there is none at all.
  // kCorrupt: there are some, and none is whole.
  Result<std::optional<Found>> Latest(std::vector<std::string>* warnings) const;
  int64_t highest_id() const;   // 0: none; also incomplete and corrupt ones

 private:
  std::vector<int64_t> Ids() const;   // ascending
  const std::string folder_;
  const int retained_;
};

}  // namespace tarn::job
