// Among numbers and BOOLEAN, with Java's conversions: integers wrap, floating point saturates, decimals round half up or go NULL.
#include <charconv>
#include <cmath>
#include <limits>

#include "expr/cast.h"
#include "types/text_value.h"

namespace tarn::expr {
using arrow::Decimal128;
using types::LogicalType;
using types::TypeRoot;

namespace {
const Decimal128& PowerOfTen(int n) { 
  static const auto powers = [] {
    std::array<Decimal128, 39> p;
    p[0] = Decimal128(1);
    for (int i = 1; i < 39; ++i) p[i] = p[i - 1] * Decimal128(10);
    return p;
  }();
  return powers[n];
}

std::shared_ptr<arrow::Array> Wrap(const LogicalType& to, const arrow::Array& in, std::shared_ptr<arrow::Buffer> values) {
  arrow::Datum d(in.data());
  auto validity = IntersectValidity(std::span(&d, 1), in.length());
  return arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(to), in.length(), {validity ? *validity : nullptr, std::move(values)}));
}

// Java's narrowing of floating point to an integer: NaN is 0, too large is the limit; byte and short go through int.
template <typename I, typename F>
inline I FromReal(F v) {
  using Wide = std::conditional_t<sizeof(I) == 8, int64_t, int32_t>;
  if (v != v) return 0;
  if (v >= static_cast<F>(std::numeric_limits<Wide>::max())) return static_cast<I>(std::numeric_limits<Wide>::max());
  if (v <= static_cast<F>(std::numeric_limits<Wide>::min())) return static_cast<I>(std::numeric_limits<Wide>::min());
  return static_cast<I>(static_cast<Wide>(v));
}

template <typename From, typename To>
inline To Convert(From v) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) return FromReal<To>(v);
  else return static_cast<To>(v);
}

template <typename From, typename To>
std::shared_ptr<arrow::Array> Loop(const arrow::Array& in, const LogicalType& to) {
  auto values = NewBuffer(in.length() * sizeof(To));
  const From* from = reinterpret_cast<const From*>(in.data()->buffers[1]->data()) + in.offset();
  To* out = reinterpret_cast<To*>(values->mutable_data());
  for (int64_t i = 0, n = in.length(); i < n; ++i) out[i] = Convert<From, To>(from[i]);
  return Wrap(to, in, std::move(values));
}

template <typename From>
std::shared_ptr<arrow::Array> FromPlain(const arrow::Array& in, const LogicalType& to) {
  switch (to.root()) {
    case TypeRoot::kTinyInt: return Loop<From, int8_t>(in, to);
    case TypeRoot::kSmallInt: return Loop<From, int16_t>(in, to);
    case TypeRoot::kInteger: return Loop<From, int32_t>(in, to);
    case TypeRoot::kBigInt: return Loop<From, int64_t>(in, to);
    case TypeRoot::kFloat: return Loop<From, float>(in, to);
    case TypeRoot::kDouble: return Loop<From, double>(in, to);
    case TypeRoot::kBoolean: {
      arrow::Datum d(in.data());
      Column<From> col(d);
      FixedOutput<bool> out(in.length());
      for (int64_t i = 0; i < in.length(); ++i) {
        if (col.IsNull(i)) out.Null(i);
        else out.Set(i, col[i] != 0);
      }
      return out.Finish(to).make_array();
    }
    default: {
      if constexpr (std::is_integral_v<From>) {
        constexpr int kDigits = std::numeric_limits<From>::digits10 + 1;
        if (to.precision() - to.scale() >= kDigits) {   // always fits
          auto values = NewBuffer(in.length() * 16);
          auto* out = reinterpret_cast<__int128*>(values->mutable_data());
          const From* from = reinterpret_cast<const From*>(in.data()->buffers[1]->data()) + in.offset();
          __int128 unit = 1;
          for (int k = 0; k < to.scale(); ++k) unit *= 10;
          if (unit == 1) for (int64_t i = 0; i < in.length(); ++i) out[i] = from[i];
          else for (int64_t i = 0; i < in.length(); ++i) out[i] = from[i] * unit;
          return Wrap(to, in, std::move(values));
        }
      }
      arrow::Datum d(in.data());
      Column<From> col(d);
      FixedOutput<Decimal128> out(in.length());
      for (int64_t i = 0; i < in.length(); ++i) {
        if (col.IsNull(i)) { out.Null(i); continue; }
        std::optional<Decimal128> v;
        if constexpr (std::is_floating_point_v<From>) {
          if constexpr (std::is_same_v<From, float>) {
            std::string text;
            types::AppendFloat(col[i], &text);
            v = ParseDecimal(text, to.precision(), to.scale());
          } else {
            v = DecimalOfDouble(col[i], to.precision(), to.scale());
          }
        } else {
          v = RescaleDecimal(Decimal128(static_cast<int64_t>(col[i])), 0, to.scale(), to.precision());
        }
        if (v) out.Set(i, *v);
        else out.Null(i);
      }
      return out.Finish(to).make_array();
    }
  }
}

double ToDouble(const Decimal128& v, int scale) { return DoubleOfDecimal(v, scale); }

std::shared_ptr<arrow::Array> FromDecimal(const arrow::Array& in, int scale, const LogicalType& to) {
  arrow::Datum d(in.data());
  Column<Decimal128> col(d);
  auto each = [&]<typename T>(T, auto convert) {
    FixedOutput<T> out(in.length());
    for (int64_t i = 0; i < in.length(); ++i) {
      if (col.IsNull(i)) { out.Null(i); continue; }
      std::optional<T> v = convert(col[i]);
      if (v) out.Set(i, *v);
      else out.Null(i);
    }
    return out.Finish(to).make_array();
  };
  auto whole = [&](const Decimal128& v) { return static_cast<int64_t>((v / PowerOfTen(scale)).low_bits()); };
  switch (to.root()) {
    case TypeRoot::kTinyInt: return each(int8_t{}, [&](const Decimal128& v) { return std::optional(static_cast<int8_t>(whole(v))); });
    case TypeRoot::kSmallInt: return each(int16_t{}, [&](const Decimal128& v) { return std::optional(static_cast<int16_t>(whole(v))); });
    case TypeRoot::kInteger: return each(int32_t{}, [&](const Decimal128& v) { return std::optional(static_cast<int32_t>(whole(v))); });
    case TypeRoot::kBigInt: return each(int64_t{}, [&](const Decimal128& v) { return std::optional(whole(v)); });
    case TypeRoot::kFloat: return each(float{}, [&](const Decimal128& v) { return std::optional(static_cast<float>(ToDouble(v, scale))); });
    case TypeRoot::kDouble: return each(double{}, [&](const Decimal128& v) { return std::optional(ToDouble(v, scale)); });
    case TypeRoot::kBoolean: return each(bool{}, [&](const Decimal128& v) { return std::optional(v != Decimal128(0)); });
    default: return each(Decimal128{}, [&](const Decimal128& v) { return RescaleDecimal(v, scale, to.scale(), to.precision()); });
  }
}

std::shared_ptr<arrow::Array> FromBoolean(const arrow::Array& in, const LogicalType& to) {
  arrow::Datum d(in.data());
  Column<bool> col(d);
  auto bytes = NewBuffer(in.length());
  for (int64_t i = 0; i < in.length(); ++i) bytes->mutable_data()[i] = col[i];
  arrow::Datum plain(in.data());
  auto validity = IntersectValidity(std::span(&plain, 1), in.length());
  auto tiny = arrow::MakeArray(arrow::ArrayData::Make(arrow::int8(), in.length(), {validity ? *validity : nullptr, std::move(bytes)}));
  return to.root() == TypeRoot::kTinyInt ? tiny : FromPlain<int8_t>(*tiny, to);
}
}  // namespace

std::optional<Decimal128> RescaleDecimal(const Decimal128& v, int from, int to, int precision) {
  Decimal128 out = v;
  if (to > from) {
    if (to - from > 38) return std::nullopt;
    Decimal128 limit = PowerOfTen(38 - (to - from));
    if (v >= limit || v <= -limit) return std::nullopt;
    out = v * PowerOfTen(to - from);
  } else if (to < from) {
    if (from - to > 38) return Decimal128(0);
    const Decimal128& unit = PowerOfTen(from - to);
    Decimal128 quotient = v / unit;
    Decimal128 rest = v - quotient * unit;
    if (rest < Decimal128(0)) rest = -rest;
    if (rest >= unit - rest) quotient += v < Decimal128(0) ? Decimal128(-1) : Decimal128(1);
    out = quotient;
  }
  if (precision < 38 ? (out >= PowerOfTen(precision) || out <= -PowerOfTen(precision)) : (out >= PowerOfTen(38) || out <= -PowerOfTen(38))) return std::nullopt;
  return out;
}

std::optional<Decimal128> ParseDecimal(std::string_view s, int precision, int scale) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  size_t i = 0;
  bool negative = false;
  if (i < s.size() && (s[i] == '-' || s[i] == '+')) negative = s[i++] == '-';
  std::string digits;
  int point = -1, count = 0;
  bool any = false;
  for (; i < s.size(); ++i) {
    if (s[i] >= '0' && s[i] <= '9') {
      any = true;
      if (!digits.empty() || s[i] != '0') digits += s[i];
      if (point >= 0) ++count;
    } else if (s[i] == '.' && point < 0) {
      point = static_cast<int>(i);
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  int exponent = 0;
  if (i < s.size()) {
    if (s[i] != 'e' && s[i] != 'E') return std::nullopt;
    ++i;
    if (i < s.size() && s[i] == '+') ++i;
    auto r = std::from_chars(s.data() + i, s.data() + s.size(), exponent);
    if (r.ec != std::errc() || r.ptr != s.data() + s.size()) return std::nullopt;
  }
  // value = digits * 10^(exponent - count); wanted: digits at `scale`.
  int shift = exponent - count + scale;
  if (digits.empty()) return Decimal128(0);
  bool up = false;
  if (shift >= 0) {
    if (shift > 38 || digits.size() + static_cast<size_t>(shift) > 38) return std::nullopt;
    for (int k = 0; k < shift; ++k) digits += '0';
  } else {
    size_t cut = static_cast<size_t>(-shift);
    if (cut > digits.size()) return Decimal128(0);
    up = digits[digits.size() - cut] >= '5';
    digits.erase(digits.size() - cut);
  }
  if (digits.size() > 38) return std::nullopt;
  Decimal128 v(0);
  for (char c : digits) v = v * Decimal128(10) + Decimal128(c - '0');
  if (up) v += Decimal128(1);
  if (negative) v = -v;
  return RescaleDecimal(v, scale, scale, precision);
}

double DoubleOfDecimal(const Decimal128& v, int scale) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const auto low = static_cast<int64_t>(v.low_bits());
  if (v.high_bits() == (low < 0 ? -1 : 0) && low > -(int64_t{1} << 53) && low < (int64_t{1} << 53) && scale <= 22)
    return static_cast<double>(low) / kPowers[scale];   // both exact, so the quotient is rounded once
  std::string text = v.ToIntegerString() + "e-" + std::to_string(scale);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::optional<Decimal128> DecimalOfDouble(double v, int precision, int scale) {
  if (!std::isfinite(v)) return std::nullopt;
  char text[64];
  auto r = std::to_chars(text, text + sizeof text, v, std::chars_format::scientific);
  return ParseDecimal({text, static_cast<size_t>(r.ptr - text)}, precision, scale);
}

namespace internal {
ArrayResult CastNumeric(const CastCall& c) {
  switch (c.from.root()) {
    case TypeRoot::kBoolean: return FromBoolean(*c.array, c.to);
    case TypeRoot::kTinyInt: return FromPlain<int8_t>(*c.array, c.to);
    case TypeRoot::kSmallInt: return FromPlain<int16_t>(*c.array, c.to);
    case TypeRoot::kInteger: return FromPlain<int32_t>(*c.array, c.to);
    case TypeRoot::kBigInt: return FromPlain<int64_t>(*c.array, c.to);
    case TypeRoot::kFloat: return FromPlain<float>(*c.array, c.to);
    case TypeRoot::kDouble: return FromPlain<double>(*c.array, c.to);
    default: return FromDecimal(*c.array, c.from.scale(), c.to);
  }
}
}  // namespace internal
}  // namespace tarn::expr
