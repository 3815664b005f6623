// Casts from and to text, and the lengths of text and binary.
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/text.h"
#include "expr/cast.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::expr {
using arrow::Decimal128;
using types::LogicalType;
using types::TypeRoot;

namespace {
std::string_view TrimBlanks(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  return s;
}

// "[+-]digits[.digits]": the fraction is dropped, as Flink does.
template <typename I>
bool ParseInteger(std::string_view s, I* out) {
  s = TrimBlanks(s);
  if (s.empty()) return false;
  if (s.size() > 1 && s[0] == '+' && s[1] != '-') s.remove_prefix(1);
  size_t point = s.find('.');
  if (point != std::string_view::npos) {
    for (char c : s.substr(point + 1))
      if (c < '0' || c > '9') return false;
    if (point == 0 || (point == 1 && s[0] == '-')) {   // ".5" is 0
      *out = 0;
      return s.size() > point + 1;
    }
    s = s.substr(0, point);
  }
  auto r = std::from_chars(s.data(), s.data() + s.size(), *out);
  return r.ec == std::errc() && r.ptr == s.data() + s.size();
}

// Java's Double.parseDouble: a trailing d or f is taken, NaN and Infinity are words.
template <typename F>
bool ParseReal(std::string_view s, F* out) {
  s = TrimBlanks(s);
  if (s.empty()) return false;
  bool negative = false;
  std::string_view body = s;
  if (body[0] == '+' || body[0] == '-') negative = body[0] == '-', body.remove_prefix(1);
  if (body == "NaN") { *out = std::numeric_limits<F>::quiet_NaN(); return true; }
  if (body == "Infinity") { *out = negative ? -std::numeric_limits<F>::infinity() : std::numeric_limits<F>::infinity(); return true; }
  if (!body.empty() && (body.back() == 'd' || body.back() == 'D' || body.back() == 'f' || body.back() == 'F')) body.remove_suffix(1);
  if (body.empty() || !((body[0] >= '0' && body[0] <= '9') || body[0] == '.')) return false;
  auto r = std::from_chars(body.data(), body.data() + body.size(), *out);
  if (r.ptr != body.data() + body.size()) return false;
  if (r.ec == std::errc::result_out_of_range) *out = static_cast<F>(std::strtod(std::string(body).c_str(), nullptr));
  else if (r.ec != std::errc()) return false;
  if (negative) *out = -*out;
  return true;
}

bool ParseBoolean(std::string_view s, bool* out) {
  s = TrimBlanks(s);
  for (const char* t : {"t", "true", "y", "yes", "1"})
    if (EqualsIgnoreCase(s, t)) { *out = true; return true; }
  for (const char* f : {"f", "false", "n", "no", "0"})
    if (EqualsIgnoreCase(s, f)) { *out = false; return true; }
  return false;
}

int64_t Truncated(int64_t seconds, int32_t nanos, int precision) {
  static constexpr int32_t kUnit[] = {1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  nanos = nanos / kUnit[precision] * kUnit[precision];
  int64_t unit = types::TimestampUnitsPerSecond(precision);
  return seconds * unit + nanos / (1'000'000'000 / unit);
}

// Runs parse(text, &value) over all rows; a failing row is NULL or the batch's failure.
template <typename T, typename P>
internal::ArrayResult ParseAll(const internal::CastCall& c, const char* what, P parse) {
  arrow::Datum d(c.array);
  Column<std::string_view> in(d);
  FixedOutput<T> out(c.array->length());
  for (int64_t i = 0; i < c.array->length(); ++i) {
    if (in.IsNull(i)) { out.Null(i); continue; }
    T v{};
    int r = parse(in[i], &v);   // 1 value, 0 not of the type, -1 NULL
    if (r == 1) {
      out.Set(i, v);
    } else if (r == -1 || c.try_cast) {
      out.Null(i);
    } else {
      return Status::InvalidSql(fmt::format("{}: '{}'", what, in[i].substr(0, 200)))
          .WithDetail(fmt::format("while casting {} to {}", c.from.ToSummaryString(false), c.to.ToSummaryString(false)))
          .WithHint("TRY_CAST gives NULL instead of failing");
    }
  }
  return out.Finish(c.to).make_array();
}
}  // namespace

namespace internal {

ArrayResult CastFromText(const CastCall& c) {
  static constexpr char kNumber[] = "For input string";
  switch (c.to.root()) {
    case TypeRoot::kBoolean: return ParseAll<bool>(c, "Cannot parse as BOOLEAN", [](std::string_view s, bool* v) { return ParseBoolean(s, v) ? 1 : 0; });
    case TypeRoot::kTinyInt: return ParseAll<int8_t>(c, kNumber, [](std::string_view s, int8_t* v) { return ParseInteger(s, v) ? 1 : 0; });
    case TypeRoot::kSmallInt: return ParseAll<int16_t>(c, kNumber, [](std::string_view s, int16_t* v) { return ParseInteger(s, v) ? 1 : 0; });
    case TypeRoot::kInteger: return ParseAll<int32_t>(c, kNumber, [](std::string_view s, int32_t* v) { return ParseInteger(s, v) ? 1 : 0; });
    case TypeRoot::kBigInt: return ParseAll<int64_t>(c, kNumber, [](std::string_view s, int64_t* v) { return ParseInteger(s, v) ? 1 : 0; });
    case TypeRoot::kFloat: return ParseAll<float>(c, kNumber, [](std::string_view s, float* v) { return ParseReal(s, v) ? 1 : 0; });
    case TypeRoot::kDouble: return ParseAll<double>(c, kNumber, [](std::string_view s, double* v) { return ParseReal(s, v) ? 1 : 0; });
    case TypeRoot::kDecimal:
      return ParseAll<Decimal128>(c, kNumber, [&c](std::string_view s, Decimal128* v) {
        if (auto d = ParseDecimal(s, c.to.precision(), c.to.scale())) { *v = *d; return 1; }
        double real;   // a number, but too big for the type: NULL
        return ParseReal(s, &real) && real == real && s.find_first_of("dDfFN") == std::string_view::npos ? -1 : 0;
      });
    case TypeRoot::kDate: return ParseAll<int32_t>(c, kNumber, [](std::string_view s, int32_t* v) { return types::ParseDate(s, v) ? 1 : 0; });
    case TypeRoot::kTime: return ParseAll<int32_t>(c, kNumber, [](std::string_view s, int32_t* v) { return types::ParseTime(s, v) ? 1 : 0; });
    case TypeRoot::kTimestamp:
      return ParseAll<int64_t>(c, kNumber, [&c](std::string_view s, int64_t* v) {
        int64_t seconds;
        int32_t nanos;
        if (!types::ParseTimestamp(TrimBlanks(s), false, &seconds, &nanos)) return 0;
        *v = Truncated(seconds, nanos, c.to.precision());
        return 1;
      });
    case TypeRoot::kTimestampLtz: {
      const types::TimeZone* zone = TRY(types::TimeZone::Find(c.context.time_zone));
      return ParseAll<int64_t>(c, kNumber, [&c, zone](std::string_view s, int64_t* v) {
        int64_t seconds;
        int32_t nanos;
        if (!types::ParseTimestamp(TrimBlanks(s), false, &seconds, &nanos)) return 0;
        *v = Truncated(seconds - zone->OffsetAtLocal(seconds), nanos, c.to.precision());
        return 1;
      });
    }
    default: return Status::NotSupported("cast from text to " + c.to.ToSummaryString());
  }
}

namespace {
// Bytes of the first `n` code points.
size_t PrefixOf(std::string_view s, int n, int* found) {
  size_t i = 0;
  int k = 0;
  while (i < s.size() && k < n) {
    ++i;
    while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) ++i;
    ++k;
  }
  *found = k;
  return i;
}

void AppendSized(std::string_view s, const LogicalType& to, std::string* out) {
  if (to.is_character()) {
    int found = 0;
    size_t bytes = PrefixOf(s, to.length(), &found);
    out->append(s.substr(0, bytes));
    if (to.root() == TypeRoot::kChar) out->append(static_cast<size_t>(to.length() - found), ' ');
  } else {
    size_t n = std::min(s.size(), static_cast<size_t>(to.length()));
    out->append(s.substr(0, n));
    if (to.root() == TypeRoot::kBinary) out->append(static_cast<size_t>(to.length()) - n, '\0');
  }
}

bool NeedsSizing(const LogicalType& from, const LogicalType& to) {
  if (to.root() == TypeRoot::kChar || to.root() == TypeRoot::kBinary) return true;
  if (to.length() == types::kMaxLength) return false;
  if (from.is_character() != to.is_character()) return true;
  return !((from.is_character() || from.is_binary()) && from.length() <= to.length());
}
}  // namespace

ArrayResult CastLength(const CastCall& c) {
  if (!NeedsSizing(c.from, c.to)) {
    auto data = c.array->data()->Copy();
    data->type = types::ToArrow(c.to);
    return arrow::MakeArray(data);
  }
  arrow::Datum d(c.array);
  Column<std::string_view> in(d);
  TextOutput out(c.array->length());
  for (int64_t i = 0; i < c.array->length(); ++i) {
    if (in.IsNull(i)) { out.Null(); continue; }
    AppendSized(in[i], c.to, out.text());
    TRY(out.Done());
  }
  return out.Finish(c.to).make_array();
}

ArrayResult CastToText(const CastCall& c) {
  const bool sized = NeedsSizing(c.from, c.to);
  if (c.from.is_binary()) {   // the bytes are taken as UTF-8
    auto data = c.array->data()->Copy();
    data->type = types::ToArrow(c.to);
    auto text = arrow::MakeArray(data);
    if (!sized) return text;
    return CastLength({c.context, text, LogicalType::String(), c.to, c.try_cast});
  }
  TextOutput out(c.array->length());
  std::string scratch;
  for (int64_t i = 0; i < c.array->length(); ++i) {
    if (c.array->IsNull(i)) { out.Null(); continue; }
    if (sized) {
      scratch.clear();
      types::AppendText(*c.array, i, c.from, types::TextStyle::kPlain, c.context.time_zone, &scratch);
      AppendSized(scratch, c.to, out.text());
    } else {
      types::AppendText(*c.array, i, c.from, types::TextStyle::kPlain, c.context.time_zone, out.text());
    }
    TRY(out.Done());
  }
  return out.Finish(c.to).make_array();
}

}  // namespace internal
}  // namespace tarn::expr
