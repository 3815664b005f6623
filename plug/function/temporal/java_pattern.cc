#include "java_pattern.h"

#include <fmt/format.h>

#include "base/text.h"
#include "types/text_value.h"

namespace tarn::plug {
namespace {
constexpr const char* kMonths[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
constexpr const char* kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr char kLetters[] = "GyYuMLdDHhKkmsSaEeFwWQqnNAzZXxOV";

void AppendNumber(int64_t v, int width, std::string* out) {
  char b[24];
  int n = 0;
  bool negative = v < 0;
  if (negative) v = -v;
  do b[n++] = static_cast<char>('0' + v % 10), v /= 10;
  while (v);
  if (negative) *out += '-';
  for (int i = n; i < width; ++i) *out += '0';
  while (n) *out += b[--n];
}

bool IsNumeric(char letter, int count) {
  switch (letter) {
    case 'M':
    case 'L': return count < 3;
    case 'G':
    case 'a':
    case 'E':
    case 'z':
    case 'Z':
    case 'X':
    case 'x':
    case 'O':
    case 'V': return false;
    default: return true;
  }
}

void AppendOffset(int32_t seconds, bool colon, std::string* out) {
  *out += seconds < 0 ? '-' : '+';
  seconds = std::abs(seconds);
  AppendNumber(seconds / 3600, 2, out);
  if (colon) *out += ':';
  AppendNumber(seconds / 60 % 60, 2, out);
}

bool ParseOffset(std::string_view* s, int32_t* out) {
  for (std::string_view name : {"UTC", "GMT", "Z"})
    if (s->starts_with(name)) {
      s->remove_prefix(name.size());
      if (name == "Z" || s->empty() || (s->front() != '+' && s->front() != '-')) {
        *out = 0;
        return true;
      }
      break;
    }
  if (s->empty() || (s->front() != '+' && s->front() != '-')) return false;
  int sign = s->front() == '-' ? -1 : 1;
  s->remove_prefix(1);
  int digits[4], n = 0;
  while (n < 4 && !s->empty()) {
    if (s->front() == ':' && n == 2) {
      s->remove_prefix(1);
      continue;
    }
    if (s->front() < '0' || s->front() > '9') break;
    digits[n++] = s->front() - '0';
    s->remove_prefix(1);
  }
  if (n != 2 && n != 4) return false;
  *out = sign * ((digits[0] * 10 + digits[1]) * 3600 + (n == 4 ? (digits[2] * 10 + digits[3]) * 60 : 0));
  return true;
}

bool TakeName(std::string_view* s, const char* const* names, int n, int* index) {
  for (int i = 0; i < n; ++i) {
    std::string_view full = names[i], brief = full.substr(0, 3);
    for (std::string_view candidate : {full, brief})
      if (s->size() >= candidate.size() && EqualsIgnoreCase(s->substr(0, candidate.size()), candidate)) {
        s->remove_prefix(candidate.size());
        *index = i;
        return true;
      }
  }
  return false;
}
}  // namespace

Civil CivilOf(int64_t days) {
  Civil c{};
  types::CivilFromDays(days, &c.year, &c.month, &c.day);
  return c;
}
int DayOfYear(int64_t days) { return static_cast<int>(days - types::DaysFromCivil(CivilOf(days).year, 1, 1)) + 1; }
int IsoDayOfWeek(int64_t days) { return static_cast<int>(((days + 3) % 7 + 7) % 7) + 1; }
void IsoWeek(int64_t days, int64_t* year, int* week) {
  int64_t thursday = days - IsoDayOfWeek(days) + 4;
  *year = CivilOf(thursday).year;
  *week = static_cast<int>(thursday - types::DaysFromCivil(*year, 1, 1)) / 7 + 1;
}

Result<JavaPattern> JavaPattern::Compile(std::string_view p) {
  JavaPattern out;
  auto literal = [&out](std::string_view text) {
    if (out.parts_.empty() || out.parts_.back().letter) out.parts_.push_back({0, 0, "", false});
    out.parts_.back().text += text;
  };
  for (size_t i = 0; i < p.size();) {
    char c = p[i];
    if (c == '\'') {
      if (i + 1 < p.size() && p[i + 1] == '\'') {
        literal("'");
        i += 2;
        continue;
      }
      size_t j = i + 1;
      for (;; ++j) {
        if (j >= p.size()) return Status::InvalidSql(fmt::format("Unterminated quote in date pattern '{}'", p));
        if (p[j] != '\'') {
          literal(p.substr(j, 1));
        } else if (j + 1 < p.size() && p[j + 1] == '\'') {
          literal("'");
          ++j;
        } else {
          break;
        }
      }
      i = j + 1;
    } else if (std::isalpha(static_cast<unsigned char>(c))) {
      if (!std::strchr(kLetters, c)) return Status::InvalidSql(fmt::format("Illegal pattern character '{}' in date pattern '{}'", c, p));
      size_t j = i;
      while (j < p.size() && p[j] == c) ++j;
      out.parts_.push_back({c, static_cast<int>(j - i), "", false});
      if (std::strchr("zZXxOV", c)) out.has_zone_ = true;
      if (std::strchr("SnNA", c)) out.fraction_ = true;
      i = j;
    } else if (c == '[' || c == ']') {   // optional sections: all parts are formatted; parsing wants them
      ++i;
    } else {
      literal(p.substr(i++, 1));
    }
  }
  for (size_t i = 0; i + 1 < out.parts_.size(); ++i) {
    Part &a = out.parts_[i], &b = out.parts_[i + 1];
    a.adjacent = a.letter && b.letter && IsNumeric(a.letter, a.count) && IsNumeric(b.letter, b.count);
  }
  return out;
}

void JavaPattern::Format(const WallClock& t, const std::string& zone, std::string* out) const {
  const Civil c = CivilOf(t.days);
  const int hour = t.second / 3600, minute = t.second / 60 % 60, second = t.second % 60;
  for (const Part& p : parts_) {
    const int n = p.count;
    switch (p.letter) {
      case 0: *out += p.text; break;
      case 'G': *out += c.year > 0 ? "AD" : "BC"; break;
      case 'y':
      case 'u': AppendNumber(n == 2 ? ((c.year % 100) + 100) % 100 : c.year, n, out); break;
      case 'Y': {
        int64_t y;
        int w;
        IsoWeek(t.days, &y, &w);
        AppendNumber(n == 2 ? y % 100 : y, n, out);
        break;
      }
      case 'M':
      case 'L':
        if (n >= 4) *out += kMonths[c.month - 1];
        else if (n == 3) out->append(kMonths[c.month - 1], 3);
        else AppendNumber(c.month, n, out);
        break;
      case 'd': AppendNumber(c.day, n, out); break;
      case 'D': AppendNumber(DayOfYear(t.days), n, out); break;
      case 'H': AppendNumber(hour, n, out); break;
      case 'k': AppendNumber(hour == 0 ? 24 : hour, n, out); break;
      case 'K': AppendNumber(hour % 12, n, out); break;
      case 'h': AppendNumber(hour % 12 == 0 ? 12 : hour % 12, n, out); break;
      case 'm': AppendNumber(minute, n, out); break;
      case 's': AppendNumber(second, n, out); break;
      case 'S': {
        int64_t unit = 100'000'000;
        for (int k = 0; k < n; ++k) *out += k < 9 ? static_cast<char>('0' + t.nanos / unit % 10) : '0', unit = unit > 1 ? unit / 10 : 1;
        break;
      }
      case 'n': AppendNumber(t.nanos, n, out); break;
      case 'N': AppendNumber(static_cast<int64_t>(t.second) * 1'000'000'000 + t.nanos, n, out); break;
      case 'A': AppendNumber(static_cast<int64_t>(t.second) * 1000 + t.nanos / 1'000'000, n, out); break;
      case 'a': *out += hour < 12 ? "AM" : "PM"; break;
      case 'E':
        if (n >= 4) *out += kDays[IsoDayOfWeek(t.days) - 1];
        else out->append(kDays[IsoDayOfWeek(t.days) - 1], 3);
        break;
      case 'e': AppendNumber(IsoDayOfWeek(t.days) % 7 + 1, n, out); break;
      case 'F': AppendNumber((c.day - 1) / 7 + 1, n, out); break;
      case 'w': {
        int64_t y;
        int w;
        IsoWeek(t.days, &y, &w);
        AppendNumber(w, n, out);
        break;
      }
      case 'W': AppendNumber((c.day + 12 - IsoDayOfWeek(t.days) % 7) / 7, n, out); break;
      case 'Q':
      case 'q': AppendNumber((c.month + 2) / 3, n, out); break;
      case 'V':
      case 'z': *out += zone; break;
      case 'Z': AppendOffset(t.offset, n == 5, out); break;
      case 'O': *out += "GMT"; if (t.offset) AppendOffset(t.offset, true, out); break;
      case 'X':
      case 'x':
        if (t.offset == 0 && p.letter == 'X') *out += 'Z';
        else if (n == 1) *out += t.offset < 0 ? '-' : '+', AppendNumber(std::abs(t.offset) / 3600, 2, out);
        else AppendOffset(t.offset, n == 3 || n == 5, out);
        break;
      default: break;
    }
  }
}

bool JavaPattern::Parse(std::string_view s, bool trailing, WallClock* out) const {
  int64_t year = 1970, month = 1, day = 1, hour = -1, half_hour = -1, minute = 0, second = 0, nanos = 0, day_of_year = -1;
  int half = -1;
  for (const Part& p : parts_) {
    if (p.letter == 0) {
      if (!s.starts_with(p.text)) return false;
      s.remove_prefix(p.text.size());
      continue;
    }
    int index = 0;
    if ((p.letter == 'M' || p.letter == 'L') && p.count >= 3) {
      if (!TakeName(&s, kMonths, 12, &index)) return false;
      month = index + 1;
      continue;
    }
    if (p.letter == 'E') {
      if (!TakeName(&s, kDays, 7, &index)) return false;
      continue;
    }
    if (p.letter == 'a') {
      if (s.size() < 2 || (!EqualsIgnoreCase(s.substr(0, 2), "AM") && !EqualsIgnoreCase(s.substr(0, 2), "PM"))) return false;
      half = s[0] == 'P' || s[0] == 'p';
      s.remove_prefix(2);
      continue;
    }
    if (p.letter == 'G') {
      if (s.size() < 2) return false;
      s.remove_prefix(2);
      continue;
    }
    if (std::strchr("zZXxOV", p.letter)) {
      if (!ParseOffset(&s, &out->offset)) return false;
      out->has_offset = true;
      continue;
    }
    // A number: of exactly `count` digits when a number follows at once, otherwise as many as there are.
    bool negative = !s.empty() && s.front() == '-' && std::strchr("yu", p.letter);
    if (negative) s.remove_prefix(1);
    int64_t v = 0;
    int n = 0;
    const int most = p.adjacent || p.letter == 'S' ? p.count : p.letter == 'y' || p.letter == 'u' || p.letter == 'Y' ? 9 : std::max(p.count, 2) + (p.letter == 'D');
    while (n < most && !s.empty() && s.front() >= '0' && s.front() <= '9') {
      v = v * 10 + (s.front() - '0');
      s.remove_prefix(1);
      ++n;
    }
    if (n == 0) return false;
    if (!trailing && n < p.count && p.count > 1 && p.letter != 'S') return false;   // DateTimeFormatter: "MM" wants two digits
    switch (p.letter) {
      case 'y':
      case 'u':
      case 'Y': year = p.count == 2 && n == 2 ? 2000 + v : negative ? -v : v; break;
      case 'M':
      case 'L': month = v; break;
      case 'd': day = v; break;
      case 'D': day_of_year = v; break;
      case 'H': hour = v; break;
      case 'k': hour = v % 24; break;
      case 'K': half_hour = v; break;
      case 'h': half_hour = v % 12; break;
      case 'm': minute = v; break;
      case 's': second = v; break;
      case 'S':
        if (!trailing && n < p.count) return false;
        nanos = v;
        if (trailing) nanos *= 1'000'000;   // SimpleDateFormat: milliseconds as a number
        else for (int k = n; k < 9; ++k) nanos *= 10;
        break;
      case 'n': nanos = v; break;
      default: break;
    }
  }
  if (!trailing && !s.empty()) return false;
  if (hour < 0) hour = half_hour < 0 ? 0 : half_hour + (half == 1 ? 12 : 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    if (!trailing) return false;
  }
  // SimpleDateFormat is lenient: days and months roll over. DateTimeFormatter takes the last day of the month.
  int64_t y = year + (month - 1) / 12;
  int m = static_cast<int>((month - 1) % 12) + 1;
  if (m < 1) m += 12, --y;
  int64_t first = types::DaysFromCivil(y, m, 1);
  int64_t next = m == 12 ? types::DaysFromCivil(y + 1, 1, 1) : types::DaysFromCivil(y, m + 1, 1);
  int64_t days = first + day - 1;
  if (!trailing) days = std::min(days, next - 1);
  if (day_of_year > 0) days = types::DaysFromCivil(year, 1, 1) + day_of_year - 1;
  int64_t seconds = (hour * 60 + minute) * 60 + second;
  days += seconds / 86400;
  seconds %= 86400;
  out->days = days;
  out->second = static_cast<int32_t>(seconds);
  out->nanos = static_cast<int32_t>(nanos);
  return true;
}

}  // namespace tarn::plug
