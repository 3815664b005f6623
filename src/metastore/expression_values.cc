#include "metastore/expression_values.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "fmt/format.h"

namespace tarn::metastore {

std::string DecimalOf(bool negative, std::string digits, int scale) {
  if (scale < 0) {
    digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  size_t s = static_cast<size_t>(scale);
  if (digits.size() <= s) digits.insert(0, s + 1 - digits.size(), '0');
  while (s > 0 && digits.back() == '0') { digits.pop_back(); --s; }
  size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - s - 1);   // one stays before the point
  digits.erase(0, zeros);
  if (digits.find_first_not_of('0') == std::string::npos) return "0";
  if (s) digits.insert(digits.size() - s, ".");
  return (negative ? "-" : "") + digits;
}

std::optional<std::string> DecimalOf(std::string_view text) {
  constexpr size_t kTextMax = 200;
  text = Trim(text);
  if (text.empty() || text.size() > kTextMax) return std::nullopt;
  bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  std::string digits;
  int scale = 0;
  bool point = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) { point = true; continue; }
    if (text[i] < '0' || text[i] > '9') break;
    digits += text[i];
    scale += point;
  }
  if (digits.empty()) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    std::string exponent(text.substr(i + 1));
    char* end = nullptr;
    if (exponent.empty() || exponent.find_first_not_of("+-0123456789") != std::string::npos || exponent.size() > 4) return std::nullopt;
    long e = std::strtol(exponent.c_str(), &end, 10);
    if (*end || e > 2 * kDecimalDigitsMax || e < -2 * kDecimalDigitsMax) return std::nullopt;
    scale -= static_cast<int>(e);
  }
  std::string out = DecimalOf(negative, std::move(digits), scale);
  size_t n = static_cast<size_t>(std::count_if(out.begin(), out.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (n > kDecimalDigitsMax + (out.find("0.") != std::string::npos)) return std::nullopt;
  return out;
}

namespace {
struct Parts { bool negative; std::string_view whole, fraction; };
Parts PartsOf(std::string_view d) {
  Parts p{d.starts_with('-'), {}, {}};
  if (p.negative) d.remove_prefix(1);
  size_t point = d.find('.');
  p.whole = d.substr(0, point);
  if (point != std::string_view::npos) p.fraction = d.substr(point + 1);
  return p;
}
}  // namespace

int CompareDecimals(std::string_view a, std::string_view b) {
  Parts x = PartsOf(a), y = PartsOf(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order = x.whole.size() != y.whole.size() ? (x.whole.size() < y.whole.size() ? -1 : 1) : x.whole.compare(y.whole);
  if (order == 0) order = x.fraction.compare(y.fraction);   // no zeros at the end
  order = order < 0 ? -1 : order > 0;
  return x.negative ? -order : order;
}

std::optional<std::string> RoundDecimal(std::string_view d, int precision, int scale) {
  Parts p = PartsOf(d);
  size_t s = static_cast<size_t>(std::max(scale, 0));
  std::string digits(p.whole);
  digits += p.fraction.substr(0, s);
  int have = static_cast<int>(std::min(p.fraction.size(), s));
  if (p.fraction.size() > s && p.fraction[s] >= '5') {
    size_t i = digits.size();
    while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
    if (i > 0) ++digits[i - 1];
    else digits.insert(0, "1");
  }
  std::string out = DecimalOf(p.negative, std::move(digits), have);
  Parts rounded = PartsOf(out);
  if (rounded.whole != "0" && static_cast<int>(rounded.whole.size()) > precision - scale) return std::nullopt;
  return out;
}

std::optional<int64_t> WholePart(std::string_view d) {
  Parts p = PartsOf(d);
  int64_t v = 0;
  for (char c : p.whole) if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, c - '0', &v)) return std::nullopt;
  return p.negative ? -v : v;
}

std::optional<int64_t> DateOf(std::string_view s) {   // yyyy-mm-dd, what follows a blank or a T is ignored
  int y = 0, m = 0, d = 0, n = 0;
  std::string text(s.substr(0, 32));
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || m < 1 || m > 12 || d < 1 || d > 31) return std::nullopt;
  if (static_cast<size_t>(n) < text.size() && text[static_cast<size_t>(n)] != ' ' && text[static_cast<size_t>(n)] != 'T') return std::nullopt;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
  if (d > kDays[m - 1] + (m == 2 && leap)) return std::nullopt;
  int64_t yy = y - (m <= 2), era = yy / 400, yoe = yy - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
std::string DateText(int64_t days) {
  int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp + (mp < 10 ? 3 : -9), y = yoe + era * 400 + (m <= 2);
  return fmt::format("{:04}-{:02}-{:02}", y, m, d);
}

std::optional<TimestampValue> TimestampOf(std::string_view text, bool* other) {
  text = Trim(text);
  auto days = DateOf(text.substr(0, 10));
  if (!days || text.size() < 10) {
    // Years of five digits, months of one, and what begins otherwise: Hive's parser is lenient.
    *other = !text.empty() && text.find_first_of("0123456789") != std::string_view::npos;
    return std::nullopt;
  }
  TimestampValue out{.seconds = *days * 86400};
  if (text.size() == 10) return out;
  auto two = [&](size_t at) { return at + 1 < text.size() && text[at] >= '0' && text[at] <= '9' && text[at + 1] >= '0' && text[at + 1] <= '9' ? (text[at] - '0') * 10 + (text[at + 1] - '0') : -1; };
  int h = two(11), m = two(14), s = two(17);
  bool plain = text.size() >= 19 && text[10] == ' ' && text[13] == ':' && text[16] == ':' && h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s < 60;
  if (plain && text.size() > 19) {
    plain = text[19] == '.' && text.size() >= 21 && text.size() <= 29;
    int32_t unit = 100'000'000;
    for (size_t i = 20; plain && i < text.size(); ++i, unit /= 10) {
      plain = text[i] >= '0' && text[i] <= '9';
      out.nanos += (text[i] - '0') * unit;
    }
  }
  if (!plain) { *other = true; return std::nullopt; }
  out.seconds += h * 3600 + m * 60 + s;
  return out;
}

std::string TimestampText(const TimestampValue& t) {
  int64_t days = t.seconds >= 0 ? t.seconds / 86400 : -((-t.seconds + 86399) / 86400), rest = t.seconds - days * 86400;
  std::string out = fmt::format("{} {:02}:{:02}:{:02}", DateText(days), rest / 3600, rest / 60 % 60, rest % 60);
  if (!t.nanos) return out;
  out += fmt::format(".{:09}", t.nanos);
  while (out.back() == '0') out.pop_back();
  return out;
}

}  // namespace tarn::metastore
