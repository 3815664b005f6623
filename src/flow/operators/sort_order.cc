#include "flow/operators/sort_order.h"

#include <arrow/type.h>

#include <bit>

#include "flow/operators/cell_codec.h"

namespace tarn::flow {
namespace {

template <typename U>
void AppendBigEndian(U v, char* out) {
  for (size_t i = 0; i < sizeof(U); ++i) out[i] = static_cast<char>(v >> (8 * (sizeof(U) - 1 - i)));
}

template <typename U>
void AppendSigned(const arrow::Array& a, int64_t row, uint8_t invert, std::string* out) {
  U v = a.data()->GetValues<U>(1)[row] ^ (U{1} << (8 * sizeof(U) - 1));
  if (invert) v = static_cast<U>(~v);
  char b[sizeof(U)];
  AppendBigEndian(v, b);
  out->append(b, sizeof(U));
}

template <typename F, typename U>
void AppendFloating(const arrow::Array& a, int64_t row, uint8_t invert, std::string* out) {
  F f = a.data()->GetValues<F>(1)[row];
  if (f != f) f = std::numeric_limits<F>::quiet_NaN();   // one NaN, above infinity
  U v = std::bit_cast<U>(f);
  v = (v >> (8 * sizeof(U) - 1)) != 0 ? static_cast<U>(~v) : static_cast<U>(v | (U{1} << (8 * sizeof(U) - 1)));
  if (invert) v = static_cast<U>(~v);
  char b[sizeof(U)];
  AppendBigEndian(v, b);
  out->append(b, sizeof(U));
}

}  // namespace

Status CheckSortType(const types::LogicalType& type) {
  using types::TypeRoot;
  switch (type.root()) {
    case TypeRoot::kArray:
    case TypeRoot::kMap:
    case TypeRoot::kMultiset:
    case TypeRoot::kRow:
    case TypeRoot::kRaw: return Status::NotSupported("ordering by a column of type " + type.ToString());
    default: return Status::OK();
  }
}

void AppendSortKey(const arrow::Array& a, int64_t row, bool descending, bool nulls_first, std::string* out) {
  const bool null = a.IsNull(row);
  out->push_back(static_cast<char>(null == nulls_first ? 0 : 1));
  if (null) return;
  const uint8_t invert = descending ? 0xFF : 0;
  switch (a.type_id()) {
    case arrow::Type::BOOL:
      out->push_back(static_cast<char>(static_cast<uint8_t>(static_cast<const arrow::BooleanArray&>(a).Value(row)) ^ invert));
      return;
    case arrow::Type::FLOAT: AppendFloating<float, uint32_t>(a, row, invert, out); return;
    case arrow::Type::DOUBLE: AppendFloating<double, uint64_t>(a, row, invert, out); return;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      for (char c : static_cast<const arrow::BinaryArray&>(a).GetView(row)) {
        out->push_back(static_cast<char>(static_cast<uint8_t>(c) ^ invert));
        if (c == 0) out->push_back(static_cast<char>(0xFF ^ invert));
      }
      out->push_back(static_cast<char>(invert));
      out->push_back(static_cast<char>(invert));
      return;
    }
    default: break;
  }
  switch (FixedWidth(*a.type())) {
    case 1: AppendSigned<uint8_t>(a, row, invert, out); return;
    case 2: AppendSigned<uint16_t>(a, row, invert, out); return;
    case 4: AppendSigned<uint32_t>(a, row, invert, out); return;
    case 8: AppendSigned<uint64_t>(a, row, invert, out); return;
    case 16: AppendSigned<unsigned __int128>(a, row, invert, out); return;
    default: return;   // CheckSortType refused it
  }
}

void AppendSortKeys(const Batch& batch, const std::vector<plan::SortKey>& keys, int64_t row, std::string* out) {
  for (const plan::SortKey& k : keys) AppendSortKey(*batch.column(static_cast<size_t>(k.column)), row, k.descending, k.nulls_first, out);
}

}  // namespace tarn::flow
