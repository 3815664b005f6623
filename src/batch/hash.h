// 64-bit hashes of key columns: the same for equal keys everywhere and for ever, since checkpoints depend on them.
//
// Used by the exchange (which subtask), by keyed state (which key group) and by hash tables (which slot): all bits are well mixed.
// One pass a column, no call a row. NULL hashes like any other value. All integer-like columns (BOOLEAN, TINYINT..BIGINT, DATE, TIME,
// TIMESTAMP, INTERVAL) hash their value widened to 64 bits, so HashInt64 of the widened value is the hash of a single such key.
// Errors: kNotSupported for a column type that can't be a key. Threads: any; pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "batch/batch.h"

namespace tarn {

inline constexpr uint64_t kNullHash = 0x9E3779B97F4A7C15ull;

inline uint64_t MixHash(uint64_t a, uint64_t b) {   // 64x64 -> 128 bit product, folded
  unsigned __int128 p = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(p) ^ static_cast<uint64_t>(p >> 64);
}
inline uint64_t HashInt64(int64_t v) {
  return MixHash(static_cast<uint64_t>(v) ^ 0xA0761D6478BD642Full, 0xE7037ED1A0B428DBull);
}
// The hash of a row grows column by column from left to right.
inline uint64_t CombineHash(uint64_t hash, uint64_t next) { return MixHash(hash ^ 0x8EBC6AF09C88C6E3ull, next ^ 0x589965CC75374CC3ull); }
uint64_t HashBytes(std::string_view bytes);

// hashes[i] of row i over `keys` (no keys: all rows get the same hash). Resizes `hashes` to the batch's rows.
Status HashRows(const Batch& batch, std::span<const int> keys, std::vector<uint64_t>* hashes);
// One column: writes (combine false) or folds into (true) out[0 .. array.length()).
Status HashArray(const arrow::Array& array, bool combine, uint64_t* out);

// Row indices for each of `targets` subtasks by key group (state::SubtaskOf(KeyGroupOf(hash), targets)); order kept within a target.
// `rows` holds all indices, target t's are rows[offsets[t] .. offsets[t + 1]).
struct RowPartitions {
  std::vector<int32_t> rows;
  std::vector<int32_t> offsets;
  std::span<const int32_t> Of(int target) const {
    return {rows.data() + offsets[target], static_cast<size_t>(offsets[target + 1] - offsets[target])};
  }
};
void PartitionRows(std::span<const uint64_t> hashes, int targets, RowPartitions* out);

}  // namespace tarn
