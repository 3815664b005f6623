#include "decimal.h"

#include <arrow/util/decimal.h>

namespace tarn::plug {
using namespace tarn::expr;
using arrow::Decimal128;
using Decimal256 = arrow::BasicDecimal256;   // has no binary minus: a + -b
using types::LogicalType;
using types::TypeRoot;

Int128 PowerOfTen(int n) {
  static const auto powers = [] {
    std::array<Int128, 39> p;
    p[0] = 1;
    for (int i = 1; i < 39; ++i) p[i] = p[i - 1] * 10;
    return p;
  }();
  return powers[static_cast<size_t>(n)];
}

LogicalType AsDecimal(const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kTinyInt: return LogicalType::Decimal(3, 0).WithNullable(t.nullable());
    case TypeRoot::kSmallInt: return LogicalType::Decimal(5, 0).WithNullable(t.nullable());
    case TypeRoot::kInteger: return LogicalType::Decimal(10, 0).WithNullable(t.nullable());
    case TypeRoot::kBigInt: return LogicalType::Decimal(19, 0).WithNullable(t.nullable());
    default: return t;
  }
}

LogicalType DecimalResult(DecimalOp op, const LogicalType& x, const LogicalType& y) {
  const LogicalType a = AsDecimal(x), b = AsDecimal(y);
  const int p1 = a.precision(), s1 = a.scale(), p2 = b.precision(), s2 = b.scale();
  int p = 0, s = 0;
  switch (op) {
    case DecimalOp::kPlus:
    case DecimalOp::kMinus: s = std::max(s1, s2); p = std::max(p1 - s1, p2 - s2) + s + 1; break;
    case DecimalOp::kTimes: s = s1 + s2; p = p1 + p2 + 1; break;
    case DecimalOp::kDivide: s = std::max(6, s1 + p2 + 1); p = p1 - s1 + s2 + s; break;
    case DecimalOp::kModulo: s = std::max(s1, s2); p = std::min(p1 - s1, p2 - s2) + s; break;
  }
  if (p > 38) {
    int digits = p - s;
    s = std::max(38 - digits, std::min(s, 6));
    p = 38;
  }
  return LogicalType::Decimal(std::max(p, 1), s);
}

namespace {
inline Int128 Load(const Decimal128& d) { return static_cast<Int128>(static_cast<unsigned __int128>(static_cast<uint64_t>(d.high_bits())) << 64 | d.low_bits()); }
inline Decimal128 Store(Int128 v) { return Decimal128(static_cast<int64_t>(v >> 64), static_cast<uint64_t>(v)); }

inline bool Scaled(Int128 v, int by, Int128* out) { return by == 0 ? (*out = v, true) : !__builtin_mul_overflow(v, PowerOfTen(by), out); }

inline Int128 DivideHalfUp(Int128 a, Int128 b) {
  Int128 q = a / b, r = a % b;
  if (r != 0) {
    Int128 ar = r < 0 ? -r : r, ab = b < 0 ? -b : b;
    if (ar >= ab - ar) q += (a < 0) == (b < 0) ? 1 : -1;
  }
  return q;
}

// The slow way round: any operation in 256 bits, half up to `scale`.
std::optional<Int128> Wide(DecimalOp op, Int128 x, int sx, Int128 y, int sy, int scale) {
  Decimal256 a{Store(x)}, b{Store(y)}, v;
  auto power = [](int n) {
    Decimal256 p(1);
    for (int i = 0; i < n; ++i) p = p * Decimal256(10);
    return p;
  };
  auto reduce = [&](const Decimal256& value, int by) {
    Decimal256 unit = power(by), q, r;
    q = value / unit;
    r = value + -(q * unit);
    if (r < Decimal256(0)) r = -r;
    if (r >= unit + -r) q += value < Decimal256(0) ? Decimal256(-1) : Decimal256(1);
    return q;
  };
  int s = 0;
  switch (op) {
    case DecimalOp::kPlus:
    case DecimalOp::kMinus:
    case DecimalOp::kModulo:
      s = std::max(sx, sy);
      a = a * power(s - sx);
      b = b * power(s - sy);
      v = op == DecimalOp::kPlus ? a + b : op == DecimalOp::kMinus ? a + -b : a + -((a / b) * b);
      break;
    case DecimalOp::kTimes:
      s = sx + sy;
      v = a * b;
      break;
    case DecimalOp::kDivide: {
      s = scale;
      int up = scale - sx + sy;   // may be negative for extreme scales
      if (up >= 0) a = a * power(std::min(up, 76));
      else b = b * power(std::min(-up, 76));
      Decimal256 q = a / b, r = a + -(q * b);
      if (r < Decimal256(0)) r = -r;
      Decimal256 ab = b < Decimal256(0) ? -b : b;
      if (r >= ab + -r && r > Decimal256(0)) q += (x < 0) == (y < 0) ? Decimal256(1) : Decimal256(-1);
      v = q;
      break;
    }
  }
  if (s > scale) v = reduce(v, s - scale);
  else if (s < scale) v = v * power(scale - s);
  Decimal256 limit{Store(PowerOfTen(38))};
  if (v >= limit || v <= -limit) return std::nullopt;
  auto words = v.little_endian_array();
  return static_cast<Int128>(static_cast<unsigned __int128>(words[1]) << 64 | words[0]);
}

inline std::optional<Int128> One(DecimalOp op, Int128 x, int sx, Int128 y, int sy, int scale, int precision) {
  Int128 v = 0;
  bool exact = true;
  switch (op) {
    case DecimalOp::kPlus:
    case DecimalOp::kMinus: {
      int s = std::max(sx, sy);
      Int128 a, b;
      exact = Scaled(x, s - sx, &a) && Scaled(y, s - sy, &b) &&
              !(op == DecimalOp::kPlus ? __builtin_add_overflow(a, b, &v) : __builtin_sub_overflow(a, b, &v));
      if (exact && s > scale) v = DivideHalfUp(v, PowerOfTen(s - scale));
      break;
    }
    case DecimalOp::kTimes: {
      exact = !__builtin_mul_overflow(x, y, &v);
      if (exact && sx + sy > scale) {
        if (sx + sy - scale > 38) exact = false;
        else v = DivideHalfUp(v, PowerOfTen(sx + sy - scale));
      }
      break;
    }
    case DecimalOp::kDivide: {
      int up = scale - sx + sy;
      Int128 a;
      exact = up >= 0 && up <= 38 && Scaled(x, up, &a);
      if (exact) v = DivideHalfUp(a, y);
      break;
    }
    case DecimalOp::kModulo: {
      int s = std::max(sx, sy);
      Int128 a, b;
      exact = Scaled(x, s - sx, &a) && Scaled(y, s - sy, &b);
      if (exact) v = a % b;
      if (exact && s > scale) v = DivideHalfUp(v, PowerOfTen(s - scale));
      break;
    }
  }
  if (!exact) {
    auto w = Wide(op, x, sx, y, sy, scale);
    if (!w) return std::nullopt;
    v = *w;
  }
  const Int128 limit = PowerOfTen(precision);
  if (v >= limit || v <= -limit) return std::nullopt;
  return v;
}

// + - * whose exact result fits 38 digits by its types: no check a row.
template <typename F>
Result<arrow::Datum> Exact(const CallArgs& c, F f) {
  auto validity = IntersectValidity(c.args, c.rows);
  if (!validity) return AllNull(c.result, c.rows);
  Column<Decimal128> a(c.args[0]), b(c.args[1]);
  const int64_t sa = a.constant() ? 0 : 1, sb = b.constant() ? 0 : 1;
  auto values = NewBuffer(c.rows * static_cast<int64_t>(sizeof(Int128)));
  auto* out = reinterpret_cast<Int128*>(values->mutable_data());
  const Decimal128 *x = a.values(), *y = b.values();   // eight-byte aligned only: an __int128 may not be read from there
  if (sb == 0) {
    const Int128 v = Load(*y);
    for (int64_t i = 0; i < c.rows; ++i) out[i] = f(Load(x[i * sa]), v);
  } else if (sa == 0) {
    const Int128 v = Load(*x);
    for (int64_t i = 0; i < c.rows; ++i) out[i] = f(v, Load(y[i]));
  } else {
    for (int64_t i = 0; i < c.rows; ++i) out[i] = f(Load(x[i]), Load(y[i]));
  }
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {*validity, std::move(values)}));
}
}  // namespace

Result<arrow::Datum> EvaluateDecimal(DecimalOp op, const CallArgs& c) {
  const LogicalType &ta = c.types[0], &tb = c.types[1];
  if (op == DecimalOp::kTimes && ta.precision() + tb.precision() <= 37 && ta.scale() + tb.scale() == c.result.scale())
    return Exact(c, [](Int128 x, Int128 y) { return static_cast<Int128>(static_cast<unsigned __int128>(x) * static_cast<unsigned __int128>(y)); });
  if ((op == DecimalOp::kPlus || op == DecimalOp::kMinus) && std::max(ta.scale(), tb.scale()) == c.result.scale() && c.result.precision() < 38) {
    const Int128 ua = PowerOfTen(c.result.scale() - ta.scale()), ub = PowerOfTen(c.result.scale() - tb.scale()) * (op == DecimalOp::kPlus ? 1 : -1);
    if (ua == 1 && ub == 1) return Exact(c, [](Int128 x, Int128 y) { return x + y; });
    return Exact(c, [ua, ub](Int128 x, Int128 y) { return x * ua + y * ub; });
  }
  Column<Decimal128> a(c.args[0]), b(c.args[1]);
  const int sx = c.types[0].scale(), sy = c.types[1].scale(), scale = c.result.scale(), precision = c.result.precision();
  const bool divides = op == DecimalOp::kDivide || op == DecimalOp::kModulo;
  FixedOutput<Decimal128> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (a.IsNull(i) || b.IsNull(i)) { out.Null(i); continue; }
    Int128 y = Load(b[i]);
    if (divides && y == 0) return Status::InvalidSql("/ by zero");
    auto v = One(op, Load(a[i]), sx, y, sy, scale, precision);
    if (v) out.Set(i, Store(*v));
    else out.Null(i);
  }
  return out.Finish(c.result);
}

}  // namespace tarn::plug
