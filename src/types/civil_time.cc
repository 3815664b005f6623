// Dates and times as text, both ways (declared in text_value.h). Flink 1.20's rules for string to DATE, TIME and TIMESTAMP.
#include <algorithm>

#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::types {
namespace {

bool IsLeap(int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }
int DaysOfMonth(int64_t y, int m) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return m == 2 && IsLeap(y) ? 29 : kDays[m - 1];
}

// Reads 1..max digits at *p; false when there is none.
bool Digits(const char** p, const char* end, int min, int max, int64_t* out) {
  int64_t v = 0;
  int n = 0;
  const char* q = *p;
  while (q < end && n < max && *q >= '0' && *q <= '9') v = v * 10 + (*q++ - '0'), ++n;
  if (n < min) return false;
  *p = q;
  *out = v;
  return true;
}

std::string_view TrimBlanks(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  return s;
}

bool WholeNumber(std::string_view s, int64_t* out) {
  s = TrimBlanks(s);
  const char* p = s.data();
  return Digits(&p, p + s.size(), 1, 9, out) && p == s.data() + s.size();
}

char* Two(char* p, int v) {
  p[0] = static_cast<char>('0' + v / 10);
  p[1] = static_cast<char>('0' + v % 10);
  return p + 2;
}

char* Year(char* p, int64_t y) {
  if (y >= 0 && y <= 9999) return Two(Two(p, static_cast<int>(y / 100)), static_cast<int>(y % 100));
  if (y < 0) *p++ = '-', y = -y;
  else *p++ = '+';
  char buffer[20];
  int n = 0;
  while (y > 0 || n < 4) buffer[n++] = static_cast<char>('0' + y % 10), y /= 10;
  while (n > 0) *p++ = buffer[--n];
  return p;
}

char* Date(char* p, int64_t days) {
  int64_t y;
  int m, d;
  CivilFromDays(days, &y, &m, &d);
  p = Year(p, y);
  *p++ = '-';
  p = Two(p, m);
  *p++ = '-';
  return Two(p, d);
}

char* Clock(char* p, int seconds) {
  p = Two(p, seconds / 3600);
  *p++ = ':';
  p = Two(p, seconds / 60 % 60);
  *p++ = ':';
  return Two(p, seconds % 60);
}

// `digits` of a fraction given in nanoseconds, with the dot; nothing for 0 digits.
char* Fraction(char* p, int64_t nanos, int digits) {
  if (digits <= 0) return p;
  *p++ = '.';
  int64_t unit = 100'000'000;
  for (int i = 0; i < digits; ++i, unit /= 10) *p++ = static_cast<char>('0' + nanos / unit % 10);
  return p;
}
}  // namespace

int64_t DaysFromCivil(int64_t y, int m, int d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void CivilFromDays(int64_t z, int64_t* year, int* month, int* day) {
  z += 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  auto doe = static_cast<uint32_t>(z - era * 146097);
  uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  uint32_t mp = (5 * doy + 2) / 153;
  *day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  *month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  *year = static_cast<int64_t>(yoe) + era * 400 + (*month <= 2);
}

void AppendDate(int64_t days, std::string* out) {
  char b[40];
  out->append(b, Date(b, days) - b);
}

void AppendTimeOfDay(int64_t ms, int precision, std::string* out) {
  char b[40];
  char* p = Clock(b, static_cast<int>(ms / 1000));
  p = Fraction(p, ms % 1000 * 1'000'000, precision);
  out->append(b, p - b);
}

void AppendTimestamp(int64_t value, int precision, char separator, std::string* out) {
  const int64_t unit = TimestampUnitsPerSecond(precision);
  int64_t seconds = value / unit, fraction = value % unit;
  if (fraction < 0) fraction += unit, --seconds;
  int64_t days = seconds / 86400, second = seconds % 86400;
  if (second < 0) second += 86400, --days;
  char b[64];
  char* p = Date(b, days);
  *p++ = separator;
  p = Clock(p, static_cast<int>(second));
  p = Fraction(p, fraction * (1'000'000'000 / unit), precision);
  out->append(b, p - b);
}

bool ParseDate(std::string_view s, int32_t* days) {
  size_t blank = s.find(' ');
  if (blank != std::string_view::npos && blank > 0) s = s.substr(0, blank);
  size_t dash1 = s.find('-');
  int64_t y, m = 1, d = 1;
  if (dash1 == std::string_view::npos) {
    if (!WholeNumber(s, &y)) return false;
  } else {
    if (!WholeNumber(s.substr(0, dash1), &y)) return false;
    size_t dash2 = s.find('-', dash1 + 1);
    if (dash2 == std::string_view::npos) {
      if (!WholeNumber(s.substr(dash1 + 1), &m)) return false;
    } else if (!WholeNumber(s.substr(dash1 + 1, dash2 - dash1 - 1), &m) || !WholeNumber(s.substr(dash2 + 1), &d)) {
      return false;
    }
  }
  if (y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > DaysOfMonth(y, static_cast<int>(m))) return false;
  *days = static_cast<int32_t>(DaysFromCivil(y, static_cast<int>(m), static_cast<int>(d)));
  return true;
}

bool ParseTime(std::string_view s, int32_t* ms) {
  s = TrimBlanks(s);
  int64_t h, m = 0, sec = 0, milli = 0;
  const char* p = s.data();
  const char* end = p + s.size();
  if (!Digits(&p, end, 1, 2, &h)) return false;
  if (p < end) {
    if (*p++ != ':' || !Digits(&p, end, 1, 2, &m)) return false;
    if (p < end) {
      if (*p++ != ':' || !Digits(&p, end, 1, 2, &sec)) return false;
      if (p < end) {
        if (*p++ != '.') return false;
        int64_t scale = 100;
        while (p < end && *p >= '0' && *p <= '9') milli += (*p++ - '0') * scale, scale /= 10;
        if (p < end) return false;
      }
    }
  }
  if (h > 23 || m > 59 || sec > 59) return false;
  *ms = static_cast<int32_t>(((h * 60 + m) * 60 + sec) * 1000 + milli);
  return true;
}

// java.time's pattern yyyy-[MM][M]-[dd][d][ [HH][H]:[mm][m]:[ss][s][.n{0,9}]], resolved SMART: day 30 of February is its last day.
bool ParseTimestamp(std::string_view s, bool separator_t, int64_t* seconds, int32_t* nanos) {
  const char* p = s.data();
  const char* end = p + s.size();
  bool negative = p < end && *p == '-';
  if (negative || (p < end && *p == '+')) ++p;
  int64_t y, mo, d, h = 0, mi = 0, sec = 0;
  if (!Digits(&p, end, 4, 9, &y) || p >= end || *p++ != '-' || !Digits(&p, end, 1, 2, &mo) || p >= end || *p++ != '-' || !Digits(&p, end, 1, 2, &d))
    return false;
  if (mo < 1 || mo > 12 || d < 1 || d > 31) return false;
  if (negative) y = -y;
  *nanos = 0;
  if (p < end) {
    char c = *p++;
    if (c != ' ' && !(separator_t && c == 'T')) return false;
    if (!Digits(&p, end, 1, 2, &h) || p >= end || *p++ != ':' || !Digits(&p, end, 1, 2, &mi)) return false;
    if (p < end && *p == ':') {
      ++p;
      if (!Digits(&p, end, 1, 2, &sec)) return false;
    } else if (!separator_t) {
      return false;
    }
    if (p < end && *p == '.') {
      ++p;
      int32_t scale = 100'000'000;
      int n = 0;
      while (p < end && *p >= '0' && *p <= '9' && n < 9) *nanos += (*p++ - '0') * scale, scale /= 10, ++n;
    }
    if (p < end || h > 23 || mi > 59 || sec > 59) return false;
  }
  d = std::min<int64_t>(d, DaysOfMonth(y, static_cast<int>(mo)));
  *seconds = DaysFromCivil(y, static_cast<int>(mo), static_cast<int>(d)) * 86400 + (h * 60 + mi) * 60 + sec;
  return true;
}

}  // namespace tarn::types
