#include "table/text_codec.h"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "types/text_value.h"

namespace tarn::table {
namespace {

inline bool Digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
inline bool TwoDigits(const char* p, int* v) {
  if (!Digit(p[0]) || !Digit(p[1])) return false;
  *v = (p[0] - '0') * 10 + (p[1] - '0');
  return true;
}

bool LeapYear(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
int DaysIn(int y, int m) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return m == 2 && LeapYear(y) ? 29 : kDays[m - 1];
}

// Days from civil, for the four-digit years that the formats know (Howard Hinnant's algorithm).
int32_t CivilDays(int y, int m, int d) {
  y -= m <= 2;
  const int era = y / 400;   // y >= -1 only for year 0, month <= 2
  const int era_floor = y >= 0 ? era : (y - 399) / 400;
  const unsigned yoe = static_cast<unsigned>(y - era_floor * 400);
  const unsigned doy = static_cast<unsigned>((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1);
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era_floor * 146097 + static_cast<int32_t>(doe) - 719468;
}

// Time of day at the start of `text`; `*used` characters taken. nanos of the fraction are separate.
bool TakeTime(std::string_view text, bool seconds_optional, int* seconds_of_day, int32_t* nanos, size_t* used) {
  const char* p = text.data();
  int h = 0, m = 0, s = 0;
  if (text.size() < 5 || !TwoDigits(p, &h) || p[2] != ':' || !TwoDigits(p + 3, &m) || h > 23 || m > 59) return false;
  *nanos = 0;
  size_t at = 5;
  if (text.size() >= 8 && p[5] == ':') {
    if (!TwoDigits(p + 6, &s) || s > 59) return false;
    at = 8;
    if (at < text.size() && p[at] == '.') {
      ++at;
      int32_t fraction = 0;
      int digits = 0;
      while (at < text.size() && digits < 9 && Digit(p[at])) { fraction = fraction * 10 + (p[at] - '0'); ++digits; ++at; }
      if (digits == 0) return false;
      for (; digits < 9; ++digits) fraction *= 10;
      *nanos = fraction;
    }
  } else if (!seconds_optional) {
    return false;
  }
  *seconds_of_day = h * 3600 + m * 60 + s;
  *used = at;
  return true;
}

void AppendFraction(int64_t nanos, std::string* out) {
  if (nanos == 0) return;
  char digits[10];
  digits[0] = '.';
  for (int i = 9; i >= 1; --i) { digits[i] = static_cast<char>('0' + nanos % 10); nanos /= 10; }
  int n = 10;
  while (digits[n - 1] == '0') --n;
  out->append(digits, static_cast<size_t>(n));
}

void AppendTwo(int v, std::string* out) {
  out->push_back(static_cast<char>('0' + v / 10));
  out->push_back(static_cast<char>('0' + v % 10));
}

void AppendClock(int seconds_of_day, std::string* out) {
  AppendTwo(seconds_of_day / 3600, out);
  out->push_back(':');
  AppendTwo(seconds_of_day / 60 % 60, out);
  out->push_back(':');
  AppendTwo(seconds_of_day % 60, out);
}

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<int8_t, 256> kBase64Value = [] {
  std::array<int8_t, 256> t{};
  for (auto& v : t) v = -1;
  for (int i = 0; i < 64; ++i) t[static_cast<unsigned char>(kBase64[i])] = static_cast<int8_t>(i);
  return t;
}();

// Digits of |value| without sign.
std::string Digits(const arrow::Decimal128& value, bool* negative) {
  *negative = value.high_bits() < 0;
  return arrow::Decimal128(*negative ? -value : arrow::BasicDecimal128(value)).ToIntegerString();
}

// BigDecimal.toString(): the layout of (unscaled digits, scale).
void Layout(const std::string& digits, int scale, bool negative, bool plain, std::string* out) {
  if (negative) out->push_back('-');
  const int n = static_cast<int>(digits.size());
  const int adjusted = -scale + (n - 1);
  if (scale == 0) {
    *out += digits;
  } else if (plain || (scale > 0 && adjusted >= -6)) {
    if (scale < 0) {
      *out += digits;
      if (digits != "0") out->append(static_cast<size_t>(-scale), '0');
    } else if (n > scale) {
      out->append(digits, 0, static_cast<size_t>(n - scale));
      out->push_back('.');
      out->append(digits, static_cast<size_t>(n - scale));
    } else {
      *out += "0.";
      out->append(static_cast<size_t>(scale - n), '0');
      *out += digits;
    }
  } else {
    out->push_back(digits[0]);
    if (n > 1) {
      out->push_back('.');
      out->append(digits, 1);
    }
    if (adjusted != 0) {
      out->push_back('E');
      if (adjusted > 0) out->push_back('+');
      *out += std::to_string(adjusted);
    }
  }
}

}  // namespace

bool ParseIsoDate(std::string_view text, int32_t* days) {
  int y1 = 0, y2 = 0, m = 0, d = 0;
  const char* p = text.data();
  if (text.size() != 10 || p[4] != '-' || p[7] != '-' || !TwoDigits(p, &y1) || !TwoDigits(p + 2, &y2) || !TwoDigits(p + 5, &m) || !TwoDigits(p + 8, &d)) return false;
  const int y = y1 * 100 + y2;
  if (m < 1 || m > 12 || d < 1 || d > DaysIn(y, m)) return false;
  *days = CivilDays(y, m, d);
  return true;
}

bool ParseSqlTime(std::string_view text, bool seconds_optional, int32_t* ms_of_day) {
  int seconds = 0;
  int32_t nanos = 0;
  size_t used = 0;
  if (!TakeTime(text, seconds_optional, &seconds, &nanos, &used) || used != text.size()) return false;
  *ms_of_day = seconds * 1000 + nanos / 1'000'000;
  return true;
}

bool ParseTimestampText(std::string_view text, const TimestampForm& form, int64_t units_per_second, int64_t* value) {
  if (form.zulu) {
    if (!text.ends_with('Z')) return false;
    text.remove_suffix(1);
  }
  if (text.size() < 16) return false;
  const char separator = text[10];
  if (form.separator ? separator != form.separator : (separator != ' ' && separator != 'T')) return false;
  int32_t days = 0, nanos = 0;
  int seconds = 0;
  size_t used = 0;
  if (!ParseIsoDate(text.substr(0, 10), &days)) return false;
  if (!TakeTime(text.substr(11), form.seconds_optional, &seconds, &nanos, &used) || used != text.size() - 11) return false;
  const int64_t epoch = static_cast<int64_t>(days) * 86400 + seconds;
  int64_t scaled = 0;
  if (__builtin_mul_overflow(epoch, units_per_second, &scaled)) return false;   // nanoseconds hold 1677-2262 only
  *value = scaled + nanos / (1'000'000'000 / units_per_second);
  return true;
}

void AppendTimestampText(int64_t value, int64_t units_per_second, char separator, std::string* out) {
  int64_t seconds = value / units_per_second, rest = value % units_per_second;
  if (rest < 0) { rest += units_per_second; --seconds; }
  int64_t days = seconds / 86400, in_day = seconds % 86400;
  if (in_day < 0) { in_day += 86400; --days; }
  types::AppendDate(days, out);
  out->push_back(separator);
  AppendClock(static_cast<int>(in_day), out);
  AppendFraction(rest * (1'000'000'000 / units_per_second), out);
}

void AppendTimeText(int32_t ms_of_day, std::string* out) {
  AppendClock(ms_of_day / 1000, out);
  AppendFraction(static_cast<int64_t>(ms_of_day % 1000) * 1'000'000, out);
}

void AppendBase64(std::string_view bytes, std::string* out) {
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t v = static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 16 | static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 1])) << 8 | static_cast<uint8_t>(bytes[i + 2]);
    const char group[4] = {kBase64[v >> 18], kBase64[v >> 12 & 63], kBase64[v >> 6 & 63], kBase64[v & 63]};
    out->append(group, 4);
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t v = static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 16 | (left == 2 ? static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 1])) << 8 : 0);
  const char group[4] = {kBase64[v >> 18], kBase64[v >> 12 & 63], left == 2 ? kBase64[v >> 6 & 63] : '=', '='};
  out->append(group, 4);
}

bool ParseBase64(std::string_view text, std::string* bytes) {
  bytes->clear();
  while (text.ends_with('=')) text.remove_suffix(1);
  uint32_t accumulated = 0;
  int bits = 0;
  for (char c : text) {
    const int8_t v = kBase64Value[static_cast<unsigned char>(c)];
    if (v < 0) return false;
    accumulated = accumulated << 6 | static_cast<uint32_t>(v);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes->push_back(static_cast<char>(accumulated >> bits & 0xFF));
    }
  }
  return bits < 6;
}

DecimalParse ParseDecimal(std::string_view text, int precision, int scale, arrow::Decimal128* value) {
  // Collects significant digits; position of the point and exponent give the scale.
  bool negative = false;
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  std::string digits;
  int64_t text_scale = 0;
  bool point = false, any = false;
  for (; i < text.size(); ++i) {
    if (Digit(text[i])) {
      any = true;
      if (point) ++text_scale;
      if (!digits.empty() || text[i] != '0') digits.push_back(text[i]);
    } else if (text[i] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (!any) return DecimalParse::kBad;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return DecimalParse::kBad;
    std::string_view exponent = text.substr(i + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int32_t e = 0;
    auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), e);
    if (error != std::errc() || end != exponent.data() + exponent.size() || exponent.empty()) return DecimalParse::kBad;
    text_scale -= e;
  }
  if (digits.empty()) {
    *value = 0;
    return DecimalParse::kOk;
  }
  // To the wanted scale: drop digits with HALF_UP or append zeros.
  const int64_t drop = text_scale - scale;
  bool round_up = false;
  if (drop > 0) {
    const int64_t keep = static_cast<int64_t>(digits.size()) - drop;
    if (keep < 0) digits.clear();
    else {
      round_up = digits[static_cast<size_t>(keep)] >= '5';
      digits.resize(static_cast<size_t>(keep));
    }
  } else {
    if (static_cast<int64_t>(digits.size()) - drop > precision) return DecimalParse::kNull;
    digits.append(static_cast<size_t>(-drop), '0');
  }
  if (static_cast<int>(digits.size()) > precision) return DecimalParse::kNull;
  unsigned __int128 v = 0;
  for (char c : digits) v = v * 10 + static_cast<unsigned>(c - '0');
  v += round_up;
  arrow::Decimal128 d(static_cast<int64_t>(v >> 64), static_cast<uint64_t>(v));
  if (round_up && d > arrow::Decimal128::GetMaxValue(precision)) return DecimalParse::kNull;
  *value = negative ? arrow::Decimal128(-d) : d;
  return DecimalParse::kOk;
}

void AppendDecimal(const arrow::Decimal128& value, int scale, bool plain, std::string* out) {
  bool negative = false;
  const std::string digits = Digits(value, &negative);
  Layout(digits, scale, negative, plain, out);
}

void AppendDecimalStripped(const arrow::Decimal128& value, int scale, bool plain, std::string* out) {
  bool negative = false;
  std::string digits = Digits(value, &negative);
  if (digits == "0") { out->push_back('0'); return; }
  while (digits.size() > 1 && digits.back() == '0') { digits.pop_back(); --scale; }
  Layout(digits, scale, negative, plain, out);
}

bool ParseDouble(std::string_view text, double* value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string_view body = text.starts_with('-') ? text.substr(1) : text;
  if (body.empty()) return false;
  if (!Digit(body[0]) && body[0] != '.') {
    if (body == "NaN") { *value = std::numeric_limits<double>::quiet_NaN(); return true; }
    if (body == "Infinity") { *value = text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(); return true; }
    return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (end != text.data() + text.size()) return false;
  if (error == std::errc::result_out_of_range) {   // Java: an infinity or zero
    const size_t e = text.find_first_of("eE");
    const bool tiny = e != std::string_view::npos ? text[e + 1] == '-' : body[0] == '0';
    *value = (text[0] == '-' ? -1.0 : 1.0) * (tiny ? 0.0 : std::numeric_limits<double>::infinity());
    return true;
  }
  return error == std::errc();
}

bool ParseInteger(std::string_view text, int64_t* value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool ValidUtf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  while (p < end) {
    if (end - p >= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ull) == 0) { p += 8; continue; }
    }
    const unsigned a = *p;
    if (a < 0x80) { ++p; continue; }
    const auto next = [&](int i) { return end - p > i ? static_cast<unsigned>(p[i]) : 0u; };
    const auto tail = [&](int i) { return (next(i) & 0xC0) == 0x80; };
    if (a >= 0xC2 && a <= 0xDF && tail(1)) {
      p += 2;
    } else if (a >= 0xE0 && a <= 0xEF && tail(1) && tail(2) && (a != 0xE0 || next(1) >= 0xA0) && (a != 0xED || next(1) < 0xA0)) {
      p += 3;
    } else if (a >= 0xF0 && a <= 0xF4 && tail(1) && tail(2) && tail(3) && (a != 0xF0 || next(1) >= 0x90) && (a != 0xF4 || next(1) < 0x90)) {
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

std::string Excerpt(std::string_view text, size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string out;
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7F) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\x";
      out += kHex[u >> 4];
      out += kHex[u & 15];
    } else {
      out += c;
    }
  }
  return cut ? out + "..." : out;
}

}  // namespace tarn::table
