#include "types/text_value.h"

#include <arrow/array.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "types/arrow_types.h"
#include "types/time_zone.h"

namespace tarn::types {
namespace {

// The decimal digits of v > 0 and its exponent: d.ddd * 10^exponent.
template <typename F>
void ShortestDigits(F v, char* digits, int* n, int* exponent) {
  char text[64];
  auto r = std::to_chars(text, text + sizeof text, v, std::chars_format::scientific);
  const char* p = text;
  for (; p < r.ptr && *p != 'e'; ++p)
    if (*p != '.') digits[(*n)++] = *p;
  if (p < r.ptr) {
    ++p;
    if (*p == '+') ++p;
    std::from_chars(p, r.ptr, *exponent);
  }
}

// Whole numbers below 2^63 print with all their digits in Java before 19 (Flink runs on 8, 11 and 17), but for those that a
// number of this size can't carry: FLOAT 123456789 is 1.23456792E8, not the shortest 1.2345679E8.
template <typename F>
bool JavaInteger(F v, char* digits, int* n, int* exponent) {
  if (v < 1 || v >= static_cast<F>(9.2e18) || v != std::trunc(v)) return false;
  auto whole = static_cast<int64_t>(v);
  const int bits = 63 - __builtin_clzll(static_cast<uint64_t>(whole));   // the binary exponent
  constexpr int kSignificand = sizeof(F) == 4 ? 24 : 53;
  int dropped = 0;
  if (bits > kSignificand) {   // log10(2^p), as the table of java's FloatingDecimal
    const int p = bits - kSignificand - 1;
    if (p > 1) dropped = static_cast<int>(p * 0.30103);
    int64_t unit = 1;
    for (int i = 0; i < dropped; ++i) unit *= 10;
    const int64_t rest = whole % unit;
    whole /= unit;
    if (dropped && rest >= unit / 2) ++whole;
  }
  char text[24];
  const char* end = std::to_chars(text, text + sizeof text, whole).ptr;
  *n = static_cast<int>(end - text);
  std::memcpy(digits, text, static_cast<size_t>(end - text));
  *exponent = *n - 1 + dropped;
  while (*n > 1 && digits[*n - 1] == '0') --*n;
  return true;
}

// Java's layout of a shortest decimal: plain between 1e-3 and 1e7, otherwise d.dddE<exp>.
template <typename F>
void AppendJavaReal(F v, std::string* out) {
  if (std::isnan(v)) { *out += "NaN"; return; }
  if (std::isinf(v)) { *out += v < 0 ? "-Infinity" : "Infinity"; return; }
  if (v == 0) { *out += std::signbit(v) ? "-0.0" : "0.0"; return; }
  if (v < 0) *out += '-', v = -v;
  char digits[32];
  int n = 0, exponent = 0;
  if (!JavaInteger(v, digits, &n, &exponent)) ShortestDigits(v, digits, &n, &exponent);
  if (v >= static_cast<F>(1e-3) && v < static_cast<F>(1e7)) {
    if (exponent < 0) {
      *out += "0.";
      out->append(static_cast<size_t>(-exponent - 1), '0');
      out->append(digits, n);
    } else {
      for (int i = 0; i <= exponent; ++i) *out += i < n ? digits[i] : '0';
      *out += '.';
      if (n > exponent + 1) out->append(digits + exponent + 1, n - exponent - 1);
      else *out += '0';
    }
    return;
  }
  *out += digits[0];
  *out += '.';
  if (n > 1) out->append(digits + 1, n - 1);
  else *out += '0';
  *out += 'E';
  *out += std::to_string(exponent);
}

void AppendDecimal(const arrow::Array& array, int64_t row, int scale, std::string* out) {
  const auto& a = static_cast<const arrow::Decimal128Array&>(array);
  arrow::Decimal128 v(a.GetValue(row));
  if (scale == 0) { *out += v.ToIntegerString(); return; }
  std::string digits = v.ToIntegerString();
  bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1), *out += '-';
  if (digits.size() <= static_cast<size_t>(scale)) digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
  out->append(digits, 0, digits.size() - scale);
  *out += '.';
  out->append(digits, digits.size() - scale, std::string::npos);
}

int64_t ToZone(int64_t value, int precision, const std::string& zone) {
  auto tz = TimeZone::Find(zone);
  if (!tz.ok() || (*tz)->is_utc()) return value;
  int64_t unit = TimestampUnitsPerSecond(precision);
  int64_t seconds = value >= 0 ? value / unit : -((-value + unit - 1) / unit);
  return value + (*tz)->OffsetAtUtc(seconds) * unit;
}

// java.time's toString: seconds left out when zero, fraction of 3, 6 or 9 digits.
void AppendJavaClock(int64_t second_of_day, int64_t nanos, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60);
  if (second_of_day % 60 == 0 && nanos == 0) return;
  fmt::format_to(std::back_inserter(*out), ":{:02}", second_of_day % 60);
  if (nanos == 0) return;
  if (nanos % 1'000'000 == 0) fmt::format_to(std::back_inserter(*out), ".{:03}", nanos / 1'000'000);
  else if (nanos % 1'000 == 0) fmt::format_to(std::back_inserter(*out), ".{:06}", nanos / 1'000);
  else fmt::format_to(std::back_inserter(*out), ".{:09}", nanos);
}

void AppendJavaTimestamp(int64_t value, int precision, bool instant, std::string* out) {
  int64_t unit = TimestampUnitsPerSecond(precision);
  int64_t seconds = value / unit, fraction = value % unit;
  if (fraction < 0) fraction += unit, --seconds;
  int64_t days = seconds / 86400, second = seconds % 86400;
  if (second < 0) second += 86400, --days;
  AppendDate(days, out);
  *out += 'T';
  std::string clock;
  AppendJavaClock(second, fraction * (1'000'000'000 / unit), &clock);
  if (instant && clock.size() == 5) clock += ":00";   // Instant.toString always shows seconds
  *out += clock;
  if (instant) *out += 'Z';
}

void AppendDayTime(int64_t ms, TextStyle style, std::string* out) {
  auto to = std::back_inserter(*out);
  if (style == TextStyle::kPrint) {   // Duration.toString
    if (ms == 0) { *out += "PT0S"; return; }
    int64_t hours = ms / 3'600'000, minutes = ms / 60'000 % 60, rest = ms % 60'000;
    *out += "PT";
    if (hours) fmt::format_to(to, "{}H", hours);
    if (minutes) fmt::format_to(to, "{}M", minutes);
    if (rest) {
      if (rest < 0) *out += '-', rest = -rest;
      fmt::format_to(to, "{}", rest / 1000);
      if (rest % 1000) {
        std::string f = fmt::format("{:03}", rest % 1000);
        while (f.back() == '0') f.pop_back();
        *out += '.' + f;
      }
      *out += 'S';
    }
    return;
  }
  *out += ms < 0 ? '-' : '+';
  if (ms < 0) ms = -ms;
  fmt::format_to(to, "{} {:02}:{:02}:{:02}.{:03}", ms / 86'400'000, ms / 3'600'000 % 24, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

void AppendYearMonth(int32_t months, TextStyle style, std::string* out) {
  auto to = std::back_inserter(*out);
  if (style == TextStyle::kPrint) {   // Period.toString
    if (months == 0) { *out += "P0D"; return; }
    *out += 'P';
    if (months / 12) fmt::format_to(to, "{}Y", months / 12);
    if (months % 12) fmt::format_to(to, "{}M", months % 12);
    return;
  }
  *out += months < 0 ? '-' : '+';
  months = std::abs(months);
  fmt::format_to(to, "{}-{:02}", months / 12, months % 12);
}

void AppendBytes(std::string_view bytes, TextStyle style, std::string* out) {
  if (style == TextStyle::kPrint) {
    *out += '[';
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (i) *out += ", ";
      *out += std::to_string(static_cast<int>(static_cast<signed char>(bytes[i])));
    }
    *out += ']';
    return;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  *out += "x'";
  for (unsigned char c : bytes) *out += kHex[c >> 4], *out += kHex[c & 15];
  *out += '\'';
}

void AppendElement(const arrow::Array& a, int64_t i, const LogicalType& t, TextStyle style, const std::string& zone, std::string* out) {
  if (a.IsNull(i)) *out += style == TextStyle::kPlain ? "NULL" : "null";
  else AppendText(a, i, t, style, zone, out);
}
}  // namespace

void AppendDouble(double v, std::string* out) { AppendJavaReal(v, out); }
void AppendFloat(float v, std::string* out) { AppendJavaReal(v, out); }

void AppendText(const arrow::Array& array, int64_t row, const LogicalType& type, TextStyle style, const std::string& zone, std::string* out) {
  if (array.IsNull(row)) {
    *out += style == TextStyle::kPlain ? "NULL" : "null";
    return;
  }
  const bool plain = style == TextStyle::kPlain;
  auto integer = [&](auto v) {
    char b[24];
    out->append(b, std::to_chars(b, b + sizeof b, v).ptr - b);
  };
  switch (type.root()) {
    case TypeRoot::kBoolean: {
      bool v = static_cast<const arrow::BooleanArray&>(array).Value(row);
      *out += plain ? (v ? "TRUE" : "FALSE") : (v ? "true" : "false");
      return;
    }
    case TypeRoot::kTinyInt: return integer(static_cast<int>(static_cast<const arrow::Int8Array&>(array).Value(row)));
    case TypeRoot::kSmallInt: return integer(static_cast<int>(static_cast<const arrow::Int16Array&>(array).Value(row)));
    case TypeRoot::kInteger: return integer(static_cast<const arrow::Int32Array&>(array).Value(row));
    case TypeRoot::kBigInt: return integer(static_cast<const arrow::Int64Array&>(array).Value(row));
    case TypeRoot::kFloat: return AppendFloat(static_cast<const arrow::FloatArray&>(array).Value(row), out);
    case TypeRoot::kDouble: return AppendDouble(static_cast<const arrow::DoubleArray&>(array).Value(row), out);
    case TypeRoot::kDecimal: return AppendDecimal(array, row, type.scale(), out);
    case TypeRoot::kChar:
    case TypeRoot::kVarChar: out->append(static_cast<const arrow::BinaryArray&>(array).GetView(row)); return;
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary:
    case TypeRoot::kRaw: return AppendBytes(static_cast<const arrow::BinaryArray&>(array).GetView(row), style, out);
    case TypeRoot::kDate: return AppendDate(static_cast<const arrow::Date32Array&>(array).Value(row), out);
    case TypeRoot::kTime: {
      int32_t v = static_cast<const arrow::Time32Array&>(array).Value(row);
      if (plain) AppendTimeOfDay(v, type.precision(), out);
      else AppendJavaClock(v / 1000, v % 1000 * 1'000'000, out);
      return;
    }
    case TypeRoot::kTimestamp: {
      int64_t v = static_cast<const arrow::TimestampArray&>(array).Value(row);
      if (plain) AppendTimestamp(v, type.precision(), ' ', out);
      else AppendJavaTimestamp(v, type.precision(), false, out);
      return;
    }
    case TypeRoot::kTimestampLtz: {
      int64_t v = static_cast<const arrow::TimestampArray&>(array).Value(row);
      if (plain) AppendTimestamp(ToZone(v, type.precision(), zone), type.precision(), ' ', out);
      else AppendJavaTimestamp(v, type.precision(), true, out);
      return;
    }
    case TypeRoot::kIntervalYearMonth: return AppendYearMonth(static_cast<const arrow::MonthIntervalArray&>(array).Value(row), style, out);
    case TypeRoot::kIntervalDayTime: return AppendDayTime(static_cast<const arrow::DurationArray&>(array).Value(row), style, out);
    case TypeRoot::kArray: {
      const auto& a = static_cast<const arrow::ListArray&>(array);
      *out += '[';
      for (int64_t i = a.value_offset(row); i < a.value_offset(row + 1); ++i) {
        if (i > a.value_offset(row)) *out += ", ";
        AppendElement(*a.values(), i, type.element(), style, zone, out);
      }
      *out += ']';
      return;
    }
    case TypeRoot::kMap:
    case TypeRoot::kMultiset: {
      const auto& a = static_cast<const arrow::MapArray&>(array);
      const bool map = type.root() == TypeRoot::kMap;
      static const LogicalType kCount = LogicalType::Int();
      *out += '{';
      for (int64_t i = a.value_offset(row); i < a.value_offset(row + 1); ++i) {
        if (i > a.value_offset(row)) *out += ", ";
        AppendElement(*a.keys(), i, map ? type.key() : type.element(), style, zone, out);
        *out += '=';
        AppendElement(*a.items(), i, map ? type.value() : kCount, style, zone, out);
      }
      *out += '}';
      return;
    }
    case TypeRoot::kRow: {
      const auto& a = static_cast<const arrow::StructArray&>(array);
      *out += plain ? "(" : "+I[";
      for (size_t f = 0; f < type.fields().size(); ++f) {
        if (f) *out += plain ? ", " : ", ";
        AppendElement(*a.field(static_cast<int>(f)), row, type.fields()[f].type, style, zone, out);
      }
      *out += plain ? ')' : ']';
      return;
    }
    case TypeRoot::kNull: *out += plain ? "NULL" : "null"; return;
  }
}

}  // namespace tarn::types
