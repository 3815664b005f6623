#include "expr/compare.h"

#include <arrow/compare.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include "expr/define.h"

namespace tarn::expr {
using arrow::Decimal128;
using types::LogicalType;
using types::TypeRoot;

Result<LogicalType> ComparisonType(const std::string& function, std::span<const Argument> args) {
  LogicalType text, other;
  bool has_text = false, has_other = false;
  std::vector<LogicalType> others;
  for (const Argument& a : args) {
    if (a.type.root() == TypeRoot::kNull) continue;
    if (a.type.is_character()) text = a.type, has_text = true;
    else others.push_back(a.type), has_other = true;
  }
  auto unfit = [&]() -> Status {
    return CannotApply(function, args, fmt::format("'<COMPARABLE_TYPE> {} <COMPARABLE_TYPE>'", function));
  };
  if (!has_other) return has_text ? LogicalType::String() : LogicalType::String();
  auto common = CommonType(others);
  if (!common.ok()) {
    if (others.size() >= 2 && others[0].is_numeric() != others[1].is_numeric() && (others[0].is_numeric() || others[1].is_numeric()))
      return Status::InvalidSql(fmt::format("implicit type conversion between {} and {} is not supported now", SqlTypeName(others[0]), SqlTypeName(others[1])));
    return unfit();
  }
  other = *common;
  for (const LogicalType& t : others)   // compared as Java does, not in the common type of + and CASE
    if (t.root() == TypeRoot::kDouble && other.root() == TypeRoot::kFloat) other = LogicalType::Double();
  if (has_text) {
    bool temporal = other.root() == TypeRoot::kDate || other.root() == TypeRoot::kTime || other.is_timestamp();
    if (!temporal) {
      auto root_only = [](const LogicalType& t) { std::string n = SqlTypeName(t); return n.substr(0, n.find('(')); };
      return Status::InvalidSql(fmt::format("implicit type conversion between {} and {} is not supported now",
                                            root_only(args[0].type), root_only(args.size() > 1 ? args[1].type : args[0].type)));
    }
  }
  return other;
}

namespace {
// Eight bytes of 0/1 to eight bits.
inline uint8_t Pack8(const uint8_t* bytes) {
  uint64_t w;
  std::memcpy(&w, bytes, 8);
  return static_cast<uint8_t>((w * 0x0102040810204080ULL) >> 56);
}

template <typename F>
inline void FillBits(int64_t n, uint8_t* bits, F f) {
  alignas(16) uint8_t block[64];
  int64_t i = 0;
  for (; i + 64 <= n; i += 64, bits += 8) {
    for (int j = 0; j < 64; ++j) block[j] = f(i + j);
    for (int k = 0; k < 8; ++k) bits[k] = Pack8(block + 8 * k);
  }
  for (; i < n; i += 8, ++bits) {
    uint8_t byte = 0;
    for (int64_t j = 0; j < 8 && i + j < n; ++j) byte = static_cast<uint8_t>(byte | f(i + j) << j);
    *bits = byte;
  }
}

template <CompareOp op, typename T>
inline uint8_t Holds(const T& a, const T& b) {
  if constexpr (op == CompareOp::kEqual) return a == b;
  else if constexpr (op == CompareOp::kNotEqual) return a != b;
  else if constexpr (op == CompareOp::kLess) return a < b;
  else if constexpr (op == CompareOp::kLessOrEqual) return a <= b;
  else if constexpr (op == CompareOp::kGreater) return a > b;
  else return a >= b;
}

template <CompareOp op, typename T>
void CompareFixed(const T* a, int64_t stride_a, const T* b, int64_t stride_b, int64_t n, uint8_t* bits) {
  if (stride_a == 0) {   // the caller puts a constant on the right
    const T v = *a;
    const T w = *b;
    FillBits(n, bits, [v, w](int64_t) { return Holds<op>(v, w); });
  } else if (stride_b == 0) {
    const T v = *b;
    FillBits(n, bits, [a, v](int64_t i) { return Holds<op>(a[i], v); });
  } else {
    FillBits(n, bits, [a, b](int64_t i) { return Holds<op>(a[i], b[i]); });
  }
}

template <typename T>
void ByOp(CompareOp op, const T* a, int64_t sa, const T* b, int64_t sb, int64_t n, uint8_t* bits) {
  switch (op) {
    case CompareOp::kEqual: return CompareFixed<CompareOp::kEqual>(a, sa, b, sb, n, bits);
    case CompareOp::kNotEqual: return CompareFixed<CompareOp::kNotEqual>(a, sa, b, sb, n, bits);
    case CompareOp::kLess: return CompareFixed<CompareOp::kLess>(a, sa, b, sb, n, bits);
    case CompareOp::kLessOrEqual: return CompareFixed<CompareOp::kLessOrEqual>(a, sa, b, sb, n, bits);
    case CompareOp::kGreater: return CompareFixed<CompareOp::kGreater>(a, sa, b, sb, n, bits);
    case CompareOp::kGreaterOrEqual: return CompareFixed<CompareOp::kGreaterOrEqual>(a, sa, b, sb, n, bits);
  }
}

CompareOp Mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::kLess: return CompareOp::kGreater;
    case CompareOp::kLessOrEqual: return CompareOp::kGreaterOrEqual;
    case CompareOp::kGreater: return CompareOp::kLess;
    case CompareOp::kGreaterOrEqual: return CompareOp::kLessOrEqual;
    default: return op;
  }
}

inline bool Meets(CompareOp op, int order) {
  switch (op) {
    case CompareOp::kEqual: return order == 0;
    case CompareOp::kNotEqual: return order != 0;
    case CompareOp::kLess: return order < 0;
    case CompareOp::kLessOrEqual: return order <= 0;
    case CompareOp::kGreater: return order > 0;
    case CompareOp::kGreaterOrEqual: return order >= 0;
  }
  return false;
}

template <typename T>
void CompareColumns(CompareOp op, const arrow::Datum& a, const arrow::Datum& b, int64_t n, uint8_t* bits) {
  Column<T> x(a), y(b);
  ByOp<T>(op, x.values(), x.constant() ? 0 : 1, y.values(), y.constant() ? 0 : 1, n, bits);
}

inline int Order(std::string_view a, std::string_view b) {
  size_t n = std::min(a.size(), b.size());
  int r = n ? std::memcmp(a.data(), b.data(), n) : 0;
  return r ? r : a.size() < b.size() ? -1 : a.size() > b.size();
}

void CompareText(CompareOp op, const arrow::Datum& a, const arrow::Datum& b, int64_t n, uint8_t* bits) {
  Column<std::string_view> x(a), y(b);
  if (op == CompareOp::kEqual || op == CompareOp::kNotEqual) {
    const bool wanted = op == CompareOp::kEqual;
    if (y.constant()) {
      const std::string_view v = y[0];
      FillBits(n, bits, [&x, v, wanted](int64_t i) -> uint8_t {
        std::string_view s = x[i];
        return (s.size() == v.size() && std::memcmp(s.data(), v.data(), v.size()) == 0) == wanted;
      });
    } else {
      FillBits(n, bits, [&](int64_t i) -> uint8_t {
        std::string_view s = x[i], t = y[i];
        return (s.size() == t.size() && std::memcmp(s.data(), t.data(), t.size()) == 0) == wanted;
      });
    }
    return;
  }
  FillBits(n, bits, [&](int64_t i) -> uint8_t { return Meets(op, Order(x[i], y[i])); });
}

template <typename A>
int Plain(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  auto x = static_cast<const A&>(a).Value(i);
  auto y = static_cast<const A&>(b).Value(j);
  return x < y ? -1 : x > y ? 1 : 0;
}

template <typename A>
int Real(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  auto x = static_cast<const A&>(a).Value(i);
  auto y = static_cast<const A&>(b).Value(j);
  if (x < y) return -1;
  if (x > y) return 1;
  if (x == y) return 0;
  return (x != x) - (y != y);
}

int CompareChild(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  bool an = a.IsNull(i), bn = b.IsNull(j);
  if (an || bn) return an && bn ? 0 : an ? -1 : 1;
  return CompareValues(a, i, b, j);
}
}  // namespace

int CompareValues(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  switch (a.type_id()) {
    case arrow::Type::BOOL: return Plain<arrow::BooleanArray>(a, i, b, j);
    case arrow::Type::INT8: return Plain<arrow::Int8Array>(a, i, b, j);
    case arrow::Type::INT16: return Plain<arrow::Int16Array>(a, i, b, j);
    case arrow::Type::INT32: return Plain<arrow::Int32Array>(a, i, b, j);
    case arrow::Type::INT64: return Plain<arrow::Int64Array>(a, i, b, j);
    case arrow::Type::FLOAT: return Real<arrow::FloatArray>(a, i, b, j);
    case arrow::Type::DOUBLE: return Real<arrow::DoubleArray>(a, i, b, j);
    case arrow::Type::DATE32: return Plain<arrow::Date32Array>(a, i, b, j);
    case arrow::Type::TIME32: return Plain<arrow::Time32Array>(a, i, b, j);
    case arrow::Type::TIMESTAMP: return Plain<arrow::TimestampArray>(a, i, b, j);
    case arrow::Type::DURATION: return Plain<arrow::DurationArray>(a, i, b, j);
    case arrow::Type::INTERVAL_MONTHS: return Plain<arrow::MonthIntervalArray>(a, i, b, j);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return Order(static_cast<const arrow::BinaryArray&>(a).GetView(i), static_cast<const arrow::BinaryArray&>(b).GetView(j));
    case arrow::Type::DECIMAL128: {
      Decimal128 x(static_cast<const arrow::Decimal128Array&>(a).GetValue(i)), y(static_cast<const arrow::Decimal128Array&>(b).GetValue(j));
      return x < y ? -1 : x > y ? 1 : 0;
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP: {
      const auto& x = static_cast<const arrow::ListArray&>(a);
      const auto& y = static_cast<const arrow::ListArray&>(b);
      int64_t n = std::min(x.value_length(i), y.value_length(j));
      for (int64_t k = 0; k < n; ++k)
        if (int r = CompareChild(*x.values(), x.value_offset(i) + k, *y.values(), y.value_offset(j) + k)) return r;
      return x.value_length(i) < y.value_length(j) ? -1 : x.value_length(i) > y.value_length(j);
    }
    case arrow::Type::STRUCT: {
      const auto& x = static_cast<const arrow::StructArray&>(a);
      const auto& y = static_cast<const arrow::StructArray&>(b);
      for (int f = 0; f < x.num_fields(); ++f)
        if (int r = CompareChild(*x.field(f), i, *y.field(f), j)) return r;
      return 0;
    }
    default: return 0;
  }
}

bool SameValue(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) { return CompareChild(a, i, b, j) == 0; }

Result<arrow::Datum> Compare(CompareOp op, const arrow::Datum& a, const arrow::Datum& b, int64_t rows) {
  if (a.is_scalar() && b.is_array()) return Compare(Mirrored(op), b, a, rows);
  const arrow::Datum both[] = {a, b};
  auto validity = IntersectValidity(both, rows);
  if (!validity) return AllNull(LogicalType::Boolean(), rows);
  auto values = NewBuffer(arrow::bit_util::BytesForBits(rows));
  uint8_t* bits = values->mutable_data();
  switch (a.type()->id()) {
    case arrow::Type::BOOL: {
      Column<bool> x(a), y(b);
      FillBits(rows, bits, [&](int64_t i) -> uint8_t { return Meets(op, static_cast<int>(x[i]) - static_cast<int>(y[i])); });
      break;
    }
    case arrow::Type::INT8: CompareColumns<int8_t>(op, a, b, rows, bits); break;
    case arrow::Type::INT16: CompareColumns<int16_t>(op, a, b, rows, bits); break;
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::INTERVAL_MONTHS: CompareColumns<int32_t>(op, a, b, rows, bits); break;
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION: CompareColumns<int64_t>(op, a, b, rows, bits); break;
    case arrow::Type::FLOAT: CompareColumns<float>(op, a, b, rows, bits); break;
    case arrow::Type::DOUBLE: CompareColumns<double>(op, a, b, rows, bits); break;
    case arrow::Type::DECIMAL128: CompareColumns<Decimal128>(op, a, b, rows, bits); break;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: CompareText(op, a, b, rows, bits); break;
    default: {
      auto x = AsArray(a), y = AsArray(b);
      const int64_t sx = a.is_scalar() ? 0 : 1, sy = b.is_scalar() ? 0 : 1;
      const uint8_t* valid = *validity ? (*validity)->data() : nullptr;
      FillBits(rows, bits, [&](int64_t i) -> uint8_t {
        if (valid && !arrow::bit_util::GetBit(valid, i)) return 0;
        return Meets(op, CompareValues(*x, i * sx, *y, i * sy));
      });
    }
  }
  return arrow::Datum(arrow::ArrayData::Make(arrow::boolean(), rows, {*validity, std::move(values)}));
}

}  // namespace tarn::expr
