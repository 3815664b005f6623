// What an operator gives to a checkpoint and gets back from one.
//
// A piece has a name, a version and bytes; keyed state comes in one piece a key group, so that it can be spread over another
// number of subtasks later. The byte format of every piece is documented in docs/format/.
// Threads: belongs to the task that calls the operator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace tarn::state {

inline constexpr int kMaxParallelism = 128;   // number of key groups (Flink's default for small jobs)
inline constexpr int kNotKeyed = -1;

struct Piece {
  std::string name;
  int version = 1;
  int key_group = kNotKeyed;
  std::string bytes;
};

using Snapshot = std::vector<Piece>;   // of one operator in one subtask

// The key group of a row's key hash (any 64-bit hash, the same everywhere: batch/hash.h), and the subtask that owns a key group (Flink's formula).
inline int KeyGroupOf(uint64_t hash) { return static_cast<int>((hash >> 32) % kMaxParallelism); }
inline int SubtaskOf(int key_group, int parallelism) { return key_group * parallelism / kMaxParallelism; }

}  // namespace tarn::state
