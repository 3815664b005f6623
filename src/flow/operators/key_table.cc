#include "flow/operators/key_table.h"

#include <arrow/type.h>

#include <algorithm>

#include "base/check.h"
#include "batch/hash.h"

namespace tarn::flow {
namespace {

constexpr size_t kFirstSlots = 16;
constexpr int64_t kPrefetchAhead = 16;

// Widens one integer-like column to 64 bits; a pointer into the column where it has them already.
template <typename T>
const int64_t* Widen(const arrow::Array& a, int64_t rows, std::vector<int64_t>* scratch) {
  const T* v = a.data()->GetValues<T>(1);
  if constexpr (sizeof(T) == 8) return reinterpret_cast<const int64_t*>(v);
  scratch->resize(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) (*scratch)[static_cast<size_t>(i)] = static_cast<int64_t>(v[i]);
  return scratch->data();
}

const int64_t* WidenColumn(const arrow::Array& a, int64_t rows, std::vector<int64_t>* scratch) {
  if (a.type_id() == arrow::Type::BOOL) {
    const auto& b = static_cast<const arrow::BooleanArray&>(a);
    scratch->resize(static_cast<size_t>(rows));
    for (int64_t i = 0; i < rows; ++i) (*scratch)[static_cast<size_t>(i)] = b.Value(i);
    return scratch->data();
  }
  switch (FixedWidth(*a.type())) {
    case 1: return Widen<int8_t>(a, rows, scratch);
    case 2: return Widen<int16_t>(a, rows, scratch);
    case 4: return Widen<int32_t>(a, rows, scratch);
    default: return Widen<int64_t>(a, rows, scratch);
  }
}

bool IsWholeNumber(const arrow::DataType& t) {   // DOUBLE and FLOAT too: their bits are the key
  const int w = FixedWidth(t);
  return w > 0 && w <= 8;
}

template <typename T>
Result<std::shared_ptr<arrow::Array>> NarrowKeys(const std::shared_ptr<arrow::DataType>& type, const std::vector<int64_t>& keys,
                                                 uint32_t null_id, std::span<const uint32_t> ids) {
  const int64_t n = static_cast<int64_t>(ids.size());
  std::shared_ptr<arrow::Buffer> values = TRY(arrow::AllocateBuffer(n * static_cast<int64_t>(sizeof(T))));
  T* to = reinterpret_cast<T*>(values->mutable_data());
  int64_t null_at = -1;
  for (int64_t i = 0; i < n; ++i) {
    to[i] = static_cast<T>(keys[ids[static_cast<size_t>(i)]]);
    if (ids[static_cast<size_t>(i)] == null_id) null_at = i;
  }
  std::shared_ptr<arrow::Buffer> validity;
  int64_t nulls = 0;
  if (null_at >= 0) {
    validity = TRY(arrow::AllocateBitmap(n));
    std::memset(validity->mutable_data(), 0xFF, static_cast<size_t>(validity->size()));
    for (int64_t i = 0; i < n; ++i) {
      if (ids[static_cast<size_t>(i)] != null_id) continue;
      validity->mutable_data()[i >> 3] &= static_cast<uint8_t>(~(1u << (i & 7)));
      ++nulls;
    }
  }
  return arrow::MakeArray(arrow::ArrayData::Make(type, n, {std::move(validity), std::move(values)}, nulls));
}

}  // namespace

Result<KeyTable> KeyTable::Make(std::vector<std::shared_ptr<arrow::DataType>> key_types) {
  KeyTable t;
  for (const auto& k : key_types) {
    if (k->id() == arrow::Type::LIST || k->id() == arrow::Type::MAP || k->id() == arrow::Type::STRUCT) {
      return Status::NotSupported("grouping by a column of type " + k->ToString());
    }
    TRY(CheckCellType(*k));
  }
  t.types_ = std::move(key_types);
  if (t.types_.empty()) t.form_ = Form::kNone;
  else if (t.types_.size() == 1 && IsWholeNumber(*t.types_[0])) t.form_ = Form::kInt64;
  else t.form_ = Form::kBytes;
  return t;
}

uint32_t KeyTable::NewId() {
  ++live_;
  if (!free_ids_.empty()) {
    uint32_t id = free_ids_.back();
    free_ids_.pop_back();
    erased_[id] = false;
    return id;
  }
  return id_end_++;
}

bool KeyTable::is_live(uint32_t id) const { return id < id_end_ && (id >= erased_.size() || !erased_[id]); }

std::vector<uint32_t> KeyTable::LiveIds() const {
  std::vector<uint32_t> ids;
  ids.reserve(live_);
  for (uint32_t id = 0; id < id_end_; ++id) if (is_live(id)) ids.push_back(id);
  return ids;
}

Status KeyTable::FindOrAdd(const std::vector<const arrow::Array*>& columns, int64_t rows, uint32_t* ids) {
  switch (form_) {
    case Form::kNone:
      if (rows > 0 && live_ == 0) NewId();
      std::fill(ids, ids + rows, 0);
      return Status::OK();
    case Form::kInt64:
      FindOrAddInts(WidenColumn(*columns[0], rows, &scratch_ints_), *columns[0], rows, ids);
      return Status::OK();
    case Form::kBytes: return FindOrAddBytes(columns, rows, ids);
  }
  return Status::OK();
}

void KeyTable::FindOrAddInts(const int64_t* keys, const arrow::Array& column, int64_t rows, uint32_t* ids) {
  const bool nulls = column.null_count() > 0;
  const bool prefetch = int_slots_.size() * sizeof(IntSlot) > (1u << 19);
  for (int64_t i = 0; i < rows; ++i) {
    if (prefetch && i + kPrefetchAhead < rows) {
      __builtin_prefetch(&int_slots_[HashInt64(keys[i + kPrefetchAhead]) & (int_slots_.size() - 1)]);
    }
    const int64_t key = keys[i];
    if (nulls && column.IsNull(i)) [[unlikely]] {
      if (null_id_ == kNoId) {
        null_id_ = NewId();
        if (int_keys_.size() <= null_id_) int_keys_.resize(null_id_ + 1);
        int_keys_[null_id_] = 0;
      }
      ids[i] = null_id_;
      continue;
    }
    if (static_cast<uint64_t>(key) < direct_.size()) {
      const uint32_t id_plus_1 = direct_[static_cast<size_t>(key)];
      ids[i] = id_plus_1 != 0 ? id_plus_1 - 1 : AddInt(key);
      continue;
    }
    if (int_slots_.empty()) [[unlikely]] {
      ids[i] = AddInt(key);
      continue;
    }
    const size_t mask = int_slots_.size() - 1;
    size_t s = HashInt64(key) & mask;
    while (int_slots_[s].id_plus_1 != 0 && int_slots_[s].key != key) s = (s + 1) & mask;
    ids[i] = int_slots_[s].id_plus_1 != 0 ? int_slots_[s].id_plus_1 - 1 : AddInt(key);
  }
}

uint32_t KeyTable::AddInt(int64_t key) {
  const uint32_t id = NewId();
  if (int_keys_.size() <= id) int_keys_.resize(id + 1);
  int_keys_[id] = key;
  if (static_cast<uint64_t>(key) < static_cast<uint64_t>(kDirectKeys)) {
    if (static_cast<size_t>(key) >= direct_.size()) GrowDirect(key);
    direct_[static_cast<size_t>(key)] = id + 1;
    return id;
  }
  if ((in_slots_ + 1) * 5ull > int_slots_.size() * 3ull) GrowInts();
  const size_t mask = int_slots_.size() - 1;
  size_t s = HashInt64(key) & mask;
  while (int_slots_[s].id_plus_1 != 0) s = (s + 1) & mask;
  int_slots_[s] = {key, id + 1};
  ++in_slots_;
  return id;
}

// Sixteen times the live keys at most, so that a few scattered keys do not cost 256 KB.
void KeyTable::GrowDirect(int64_t key) {
  size_t size = std::max<size_t>(64, direct_.size());
  while (size <= static_cast<size_t>(key)) size *= 2;
  direct_.resize(size, 0);
}

void KeyTable::GrowInts() {
  std::vector<IntSlot> old = std::move(int_slots_);
  int_slots_.assign(std::max(kFirstSlots, old.size() * 2), IntSlot{0, 0});
  const size_t mask = int_slots_.size() - 1;
  for (const IntSlot& o : old) {
    if (o.id_plus_1 == 0) continue;
    size_t s = HashInt64(o.key) & mask;
    while (int_slots_[s].id_plus_1 != 0) s = (s + 1) & mask;
    int_slots_[s] = o;
  }
}

void KeyTable::EraseInt(uint32_t id) {
  if (id == null_id_) {
    null_id_ = kNoId;
    return;
  }
  const int64_t key = int_keys_[id];
  if (static_cast<uint64_t>(key) < direct_.size()) {
    direct_[static_cast<size_t>(key)] = 0;
    return;
  }
  const size_t mask = int_slots_.size() - 1;
  size_t hole = HashInt64(key) & mask;
  while (int_slots_[hole].id_plus_1 != id + 1) hole = (hole + 1) & mask;
  // Moves later keys of the run back, so that no tombstone is needed.
  for (size_t s = (hole + 1) & mask; int_slots_[s].id_plus_1 != 0; s = (s + 1) & mask) {
    const size_t home = HashInt64(int_slots_[s].key) & mask;
    if (((s - home) & mask) >= ((s - hole) & mask)) {
      int_slots_[hole] = int_slots_[s];
      hole = s;
    }
  }
  int_slots_[hole] = {0, 0};
  --in_slots_;
}

Status KeyTable::FindOrAddBytes(const std::vector<const arrow::Array*>& columns, int64_t rows, uint32_t* ids) {
  TRY(EncodeRows(columns, rows, &scratch_rows_));
  scratch_hashes_.resize(static_cast<size_t>(rows));
  for (size_t c = 0; c < columns.size(); ++c) TRY(HashArray(*columns[c], c > 0, scratch_hashes_.data()));
  const bool prefetch = byte_slots_.size() * sizeof(ByteSlot) > (1u << 18);
  for (int64_t i = 0; i < rows; ++i) {
    if (prefetch && i + kPrefetchAhead < rows) {
      __builtin_prefetch(&byte_slots_[scratch_hashes_[static_cast<size_t>(i + kPrefetchAhead)] & (byte_slots_.size() - 1)]);
    }
    if ((live_ + 1) * 5ull > byte_slots_.size() * 3ull) [[unlikely]] GrowBytes();
    const uint64_t hash = scratch_hashes_[static_cast<size_t>(i)];
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    const std::string_view key = scratch_rows_.Row(i);
    const size_t mask = byte_slots_.size() - 1;
    size_t s = hash & mask;
    while (byte_slots_[s].id_plus_1 != 0 && (byte_slots_[s].tag != tag || ArenaKey(byte_slots_[s].id_plus_1 - 1) != key)) s = (s + 1) & mask;
    if (byte_slots_[s].id_plus_1 == 0) {
      const uint32_t id = NewId();
      if (where_.size() <= id) {
        where_.resize(id + 1);
        hashes_.resize(id + 1);
      }
      where_[id] = {arena_.size(), static_cast<uint32_t>(key.size())};
      hashes_[id] = hash;
      arena_.append(key);
      byte_slots_[s] = {id + 1, tag};
    }
    ids[i] = byte_slots_[s].id_plus_1 - 1;
  }
  return Status::OK();
}

void KeyTable::GrowBytes() {
  const size_t size = std::max(kFirstSlots, byte_slots_.size() * 2);
  std::vector<ByteSlot> old = std::move(byte_slots_);
  byte_slots_.assign(size, ByteSlot{0, 0});
  for (const ByteSlot& o : old) {
    if (o.id_plus_1 == 0) continue;
    size_t s = hashes_[o.id_plus_1 - 1] & (size - 1);
    while (byte_slots_[s].id_plus_1 != 0) s = (s + 1) & (size - 1);
    byte_slots_[s] = o;
  }
}

void KeyTable::EraseBytes(uint32_t id) {
  const size_t mask = byte_slots_.size() - 1;
  size_t hole = hashes_[id] & mask;
  while (byte_slots_[hole].id_plus_1 != id + 1) hole = (hole + 1) & mask;
  for (size_t s = (hole + 1) & mask; byte_slots_[s].id_plus_1 != 0; s = (s + 1) & mask) {
    const size_t home = hashes_[byte_slots_[s].id_plus_1 - 1] & mask;
    if (((s - home) & mask) >= ((s - hole) & mask)) {
      byte_slots_[hole] = byte_slots_[s];
      hole = s;
    }
  }
  byte_slots_[hole] = {0, 0};
  arena_dead_ += where_[id].length;
  where_[id] = {0, 0};
}

void KeyTable::CompactArena() {
  std::string packed;
  packed.reserve(arena_.size() - arena_dead_);
  for (uint32_t id = 0; id < id_end_; ++id) {
    if (!is_live(id)) continue;
    std::string_view key = ArenaKey(id);
    where_[id].offset = packed.size();
    packed.append(key);
  }
  arena_ = std::move(packed);
  arena_dead_ = 0;
}

void KeyTable::Erase(uint32_t id) {
  TARN_DCHECK(is_live(id), "erasing a group that is not there");
  if (form_ == Form::kInt64) EraseInt(id);
  else if (form_ == Form::kBytes) EraseBytes(id);
  if (erased_.size() < id_end_) erased_.resize(id_end_, false);
  erased_[id] = true;
  free_ids_.push_back(id);
  --live_;
  if (arena_dead_ > (1u << 20) && arena_dead_ > arena_.size() / 2) CompactArena();
}

void KeyTable::Clear() {
  std::vector<std::shared_ptr<arrow::DataType>> types = std::move(types_);
  Form form = form_;
  *this = KeyTable();
  types_ = std::move(types);
  form_ = form;
}

Result<std::vector<std::shared_ptr<arrow::Array>>> KeyTable::Keys(std::span<const uint32_t> ids) const {
  std::vector<std::shared_ptr<arrow::Array>> out;
  if (form_ == Form::kNone) return out;
  if (form_ == Form::kInt64 && types_[0]->id() != arrow::Type::BOOL) {
    switch (FixedWidth(*types_[0])) {
      case 1: out.push_back(TRY(NarrowKeys<int8_t>(types_[0], int_keys_, null_id_, ids))); break;
      case 2: out.push_back(TRY(NarrowKeys<int16_t>(types_[0], int_keys_, null_id_, ids))); break;
      case 4: out.push_back(TRY(NarrowKeys<int32_t>(types_[0], int_keys_, null_id_, ids))); break;
      default: out.push_back(TRY(NarrowKeys<int64_t>(types_[0], int_keys_, null_id_, ids))); break;
    }
    return out;
  }
  std::vector<ByteReader> rows;
  rows.reserve(ids.size());
  std::string bool_cells;   // a single BOOLEAN key: its few cells
  if (form_ == Form::kBytes) {
    for (uint32_t id : ids) rows.emplace_back(ArenaKey(id));
  } else {
    bool_cells.reserve(ids.size() * 2);   // no reallocation: the readers point into it
    for (uint32_t id : ids) {
      const size_t at = bool_cells.size();
      AppendCells(id, &bool_cells);
      rows.emplace_back(std::string_view(bool_cells).substr(at));
    }
  }
  for (const auto& t : types_) out.push_back(TRY(DecodeColumn(t, &rows)));
  return out;
}

uint64_t KeyTable::HashOf(uint32_t id) const {
  switch (form_) {
    case Form::kNone: return kNullHash;
    case Form::kInt64: return id == null_id_ ? kNullHash : HashInt64(int_keys_[id]);
    case Form::kBytes: return hashes_[id];
  }
  return kNullHash;
}

void KeyTable::AppendCells(uint32_t id, std::string* out) const {
  if (form_ == Form::kBytes) {
    out->append(ArenaKey(id));
  } else if (form_ == Form::kInt64) {
    if (id == null_id_) {
      out->push_back(0);
      return;
    }
    out->push_back(1);
    out->append(reinterpret_cast<const char*>(&int_keys_[id]), static_cast<size_t>(FixedWidth(*types_[0])));   // little endian: the low bytes
  }
}

int64_t KeyTable::bytes() const {
  return static_cast<int64_t>(int_slots_.capacity() * sizeof(IntSlot) + direct_.capacity() * 4 + int_keys_.capacity() * 8 +
                              byte_slots_.capacity() * sizeof(ByteSlot) + where_.capacity() * sizeof(Where) + hashes_.capacity() * 8 +
                              arena_.capacity());
}

}  // namespace tarn::flow
