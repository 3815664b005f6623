// A hash table from key rows to dense group ids (0, 1, 2 ...); ids of erased keys are given out again.
//
// Open addressing with linear probing. Three forms, chosen by the key's types:
//   none   no key column: one group, id 0
//   int64  one integer-like column: the key stands in the slot; small non-negative keys go straight to an array
//   bytes  anything else: the row's cells (cell_codec.h) in an arena, compared by hash then bytes
// NULL is a key like any other. A batch is looked up at once: hash all rows, then probe with prefetch.
// Errors: kNotSupported (Make) for a column type that can't be a key.
// Threads: one owner.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "flow/operators/cell_codec.h"

namespace tarn::flow {

class KeyTable {
 public:
  static Result<KeyTable> Make(std::vector<std::shared_ptr<arrow::DataType>> key_types);

  // ids[i]: the group of row i, added when new. `columns`: one a key type, `rows` long each.
  Status FindOrAdd(const std::vector<const arrow::Array*>& columns, int64_t rows, uint32_t* ids);
  void Erase(uint32_t id);
  void Clear();

  uint32_t live() const { return live_; }           // keys in the table
  uint32_t id_end() const { return id_end_; }       // all ids are below it; some may be erased
  bool is_live(uint32_t id) const;
  std::vector<uint32_t> LiveIds() const;            // ascending

  // The key columns of these groups.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Keys(std::span<const uint32_t> ids) const;
  uint64_t HashOf(uint32_t id) const;               // = HashRows of the key columns
  void AppendCells(uint32_t id, std::string* out) const;
  int64_t bytes() const;

 private:
  enum class Form { kNone, kInt64, kBytes };
  struct IntSlot {
    int64_t key;
    uint32_t id_plus_1;   // 0: free
  };
  struct ByteSlot {
    uint32_t id_plus_1;
    uint32_t tag;         // upper half of the hash
  };
  static constexpr uint32_t kNoId = UINT32_MAX;
  static constexpr int64_t kDirectKeys = 1 << 16;

  uint32_t NewId();
  void FindOrAddInts(const int64_t* keys, const arrow::Array& column, int64_t rows, uint32_t* ids);
  uint32_t AddInt(int64_t key);
  void GrowInts();
  void GrowDirect(int64_t key);
  void EraseInt(uint32_t id);
  Status FindOrAddBytes(const std::vector<const arrow::Array*>& columns, int64_t rows, uint32_t* ids);
  void GrowBytes();
  void EraseBytes(uint32_t id);
  void CompactArena();
  std::string_view ArenaKey(uint32_t id) const { return {arena_.data() + where_[id].offset, where_[id].length}; }

  Form form_ = Form::kNone;
  std::vector<std::shared_ptr<arrow::DataType>> types_;
  uint32_t live_ = 0, id_end_ = 0;
  std::vector<uint32_t> free_ids_;
  std::vector<bool> erased_;           // by id; only as long as something was erased

  std::vector<IntSlot> int_slots_;     // a power of two, or empty
  std::vector<uint32_t> direct_;       // id + 1 of key i
  std::vector<int64_t> int_keys_;      // by id
  uint32_t null_id_ = kNoId;
  uint32_t in_slots_ = 0;              // keys in the slots (the others are in direct_)

  struct Where {
    uint64_t offset;
    uint32_t length;
  };
  std::vector<ByteSlot> byte_slots_;
  std::vector<Where> where_;           // by id
  std::vector<uint64_t> hashes_;       // by id
  std::string arena_;
  uint64_t arena_dead_ = 0;

  std::vector<uint64_t> scratch_hashes_;
  std::vector<int64_t> scratch_ints_;
  EncodedRows scratch_rows_;
};

}  // namespace tarn::flow
