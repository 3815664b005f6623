#include "batch/hash.h"

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstring>

namespace tarn {
namespace {

constexpr int kKeyGroups = 128;   // = state::kMaxParallelism (a room above this one; flow's tests hold the two together)

inline uint64_t Load8(const char* p) { uint64_t v; std::memcpy(&v, p, 8); return v; }
inline uint64_t Load4(const char* p) { uint32_t v; std::memcpy(&v, p, 4); return v; }

// One column: `hash_at(i)` for valid rows, kNullHash for the others.
template <typename F>
void HashColumn(const arrow::Array& array, bool combine, uint64_t* out, F hash_at) {
  const int64_t n = array.length();
  if (array.null_count() == 0) {
    if (combine) for (int64_t i = 0; i < n; ++i) out[i] = CombineHash(out[i], hash_at(i));
    else for (int64_t i = 0; i < n; ++i) out[i] = hash_at(i);
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    uint64_t h = array.IsNull(i) ? kNullHash : hash_at(i);
    out[i] = combine ? CombineHash(out[i], h) : h;
  }
}

template <typename T>
void HashFixed(const arrow::Array& array, bool combine, uint64_t* out) {
  const T* values = array.data()->GetValues<T>(1);
  HashColumn(array, combine, out, [values](int64_t i) { return HashInt64(static_cast<int64_t>(values[i])); });
}

}  // namespace

uint64_t HashBytes(std::string_view bytes) {
  const char* p = bytes.data();
  size_t n = bytes.size();
  uint64_t h = MixHash(n ^ 0xA0761D6478BD642Full, 0x2D358DCCAA6C78A5ull);
  while (n > 16) {
    h = MixHash(h ^ Load8(p), 0x8BB84B93962EACC9ull ^ Load8(p + 8));
    p += 16;
    n -= 16;
  }
  uint64_t a = 0, b = 0;
  if (n >= 8) {
    a = Load8(p);
    b = Load8(p + n - 8);
  } else if (n >= 4) {
    a = Load4(p);
    b = Load4(p + n - 4);
  } else if (n > 0) {
    a = static_cast<uint8_t>(p[0]) | static_cast<uint64_t>(static_cast<uint8_t>(p[n >> 1])) << 8 |
        static_cast<uint64_t>(static_cast<uint8_t>(p[n - 1])) << 16;
  }
  return MixHash(h ^ a ^ 0xE7037ED1A0B428DBull, b ^ 0x589965CC75374CC3ull ^ (h >> 32));
}

Status HashArray(const arrow::Array& array, bool combine, uint64_t* out) {
  using arrow::Type;
  switch (array.type_id()) {
    case Type::BOOL: {
      const auto& a = static_cast<const arrow::BooleanArray&>(array);
      HashColumn(array, combine, out, [&a](int64_t i) { return HashInt64(a.Value(i)); });
      return Status::OK();
    }
    case Type::INT8: HashFixed<int8_t>(array, combine, out); return Status::OK();
    case Type::INT16: HashFixed<int16_t>(array, combine, out); return Status::OK();
    case Type::INT32:
    case Type::DATE32:
    case Type::TIME32:
    case Type::INTERVAL_MONTHS:
    case Type::FLOAT: HashFixed<int32_t>(array, combine, out); return Status::OK();
    case Type::INT64:
    case Type::TIMESTAMP:
    case Type::DURATION:
    case Type::TIME64:
    case Type::DATE64:
    case Type::DOUBLE: HashFixed<int64_t>(array, combine, out); return Status::OK();
    case Type::DECIMAL128: {
      const auto& a = static_cast<const arrow::Decimal128Array&>(array);
      const char* values = reinterpret_cast<const char*>(a.raw_values());
      HashColumn(array, combine, out, [values](int64_t i) { return CombineHash(Load8(values + 16 * i), Load8(values + 16 * i + 8)); });
      return Status::OK();
    }
    case Type::STRING:
    case Type::BINARY: {
      const auto& a = static_cast<const arrow::BinaryArray&>(array);
      HashColumn(array, combine, out, [&a](int64_t i) { return HashBytes(a.GetView(i)); });
      return Status::OK();
    }
    case Type::NA:
      for (int64_t i = 0; i < array.length(); ++i) out[i] = combine ? CombineHash(out[i], kNullHash) : kNullHash;
      return Status::OK();
    default: return Status::NotSupported("a column of Arrow type " + array.type()->ToString() + " as a key");
  }
}

Status HashRows(const Batch& batch, std::span<const int> keys, std::vector<uint64_t>* hashes) {
  hashes->resize(static_cast<size_t>(batch.num_rows()));
  if (keys.empty()) std::fill(hashes->begin(), hashes->end(), kNullHash);
  bool combine = false;
  for (int k : keys) {
    TRY(HashArray(*batch.column(static_cast<size_t>(k)), combine, hashes->data()));
    combine = true;
  }
  return Status::OK();
}

void PartitionRows(std::span<const uint64_t> hashes, int targets, RowPartitions* out) {
  const size_t n = hashes.size();
  out->rows.resize(n);
  out->offsets.assign(static_cast<size_t>(targets) + 1, 0);
  uint16_t target_of[kKeyGroups];
  for (int g = 0; g < kKeyGroups; ++g) target_of[g] = static_cast<uint16_t>(g * targets / kKeyGroups);
  int32_t* counts = out->offsets.data() + 1;
  for (uint64_t h : hashes) ++counts[target_of[(h >> 32) % kKeyGroups]];
  for (int t = 0; t < targets; ++t) out->offsets[t + 1] += out->offsets[t];
  std::vector<int32_t> next(out->offsets.begin(), out->offsets.end() - 1);
  for (size_t i = 0; i < n; ++i) out->rows[static_cast<size_t>(next[target_of[(hashes[i] >> 32) % kKeyGroups]]++)] = static_cast<int32_t>(i);
}

}  // namespace tarn
