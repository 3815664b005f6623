#include "types/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <vector>

#include "base/text.h"
#include "types/text_value.h"

namespace tarn::types {
namespace {

class FixedZone : public TimeZone {
 public:
  FixedZone(std::string id, int32_t offset) : offset_(offset) {
    id_ = std::move(id);
    is_utc_ = offset == 0;
  }
  int32_t OffsetAtUtc(int64_t) const override { return offset_; }
  int32_t OffsetAtLocal(int64_t) const override { return offset_; }

 private:
  int32_t offset_;
};

// Rules of a zone file, with the footer's yearly rule unrolled for one full cycle of the calendar (400 years) beyond the last
// transition of the file. Later times are moved back by whole cycles.
class RuleZone : public TimeZone {
 public:
  struct Transition { int64_t at; int32_t offset; };   // from `at` (UTC) on
  RuleZone(std::string id, int32_t first, std::vector<Transition> transitions, bool cyclic) : first_(first), transitions_(std::move(transitions)), cyclic_(cyclic) {
    id_ = std::move(id);
    is_utc_ = transitions_.empty() && first_ == 0;
  }
  int32_t OffsetAtUtc(int64_t t) const override {
    static constexpr int64_t kCycle = 146097LL * 86400;
    if (transitions_.empty() || t < transitions_.front().at) return first_;
    if (cyclic_ && t >= transitions_.back().at) t -= ((t - transitions_.back().at) / kCycle + 1) * kCycle;
    auto it = std::upper_bound(transitions_.begin(), transitions_.end(), t, [](int64_t v, const Transition& x) { return v < x.at; });
    return it == transitions_.begin() ? first_ : std::prev(it)->offset;
  }
  int32_t OffsetAtLocal(int64_t local) const override {
    int32_t before = OffsetAtUtc(local - 86400), after = OffsetAtUtc(local + 86400);
    if (before == after) return before;
    if (OffsetAtUtc(local - before) == before) return before;   // overlap: the earlier offset
    if (OffsetAtUtc(local - after) == after) return after;
    return before;                                               // gap
  }

 private:
  int32_t first_;
  std::vector<Transition> transitions_;
  bool cyclic_;
};

// --- the footer: a POSIX TZ text such as "CET-1CEST,M3.5.0,M10.5.0/3" ---
struct PosixRule {
  int32_t standard = 0, summer = 0;
  bool has_summer = false;
  struct Day { char kind = 'M'; int month = 0, week = 0, day = 0; int32_t second = 7200; } start, end;
};

class PosixParser {
 public:
  explicit PosixParser(const std::string& s) : p_(s.c_str()) {}
  std::optional<PosixRule> Parse() {
    PosixRule r;
    if (!Name()) return std::nullopt;
    r.standard = -Time();
    if (!*p_) return r;
    r.has_summer = true;
    if (!Name()) return std::nullopt;
    r.summer = *p_ && *p_ != ',' ? -Time() : r.standard + 3600;
    if (*p_ != ',') return std::nullopt;
    ++p_;
    if (!ParseDay(&r.start) || *p_ != ',') return std::nullopt;
    ++p_;
    if (!ParseDay(&r.end)) return std::nullopt;
    return r;
  }

 private:
  bool Name() {
    const char* b = p_;
    if (*p_ == '<') {
      while (*p_ && *p_ != '>') ++p_;
      if (!*p_) return false;
      ++p_;
      return true;
    }
    while (std::isalpha(static_cast<unsigned char>(*p_))) ++p_;
    return p_ > b;
  }
  int Number() {
    int v = 0;
    while (std::isdigit(static_cast<unsigned char>(*p_))) v = v * 10 + (*p_++ - '0');
    return v;
  }
  int32_t Time() {
    int sign = 1;
    if (*p_ == '-') sign = -1, ++p_;
    else if (*p_ == '+') ++p_;
    int32_t v = Number() * 3600;
    if (*p_ == ':') ++p_, v += Number() * 60;
    if (*p_ == ':') ++p_, v += Number();
    return sign * v;
  }
  bool ParseDay(PosixRule::Day* d) {
    if (*p_ == 'M') {
      ++p_;
      d->month = Number();
      if (*p_++ != '.') return false;
      d->week = Number();
      if (*p_++ != '.') return false;
      d->day = Number();
    } else if (*p_ == 'J') {
      ++p_;
      d->kind = 'J';
      d->day = Number();
    } else {
      d->kind = 'N';
      d->day = Number();
    }
    if (*p_ == '/') ++p_, d->second = Time();
    return true;
  }
  const char* p_;
};

int64_t LocalSecond(const PosixRule::Day& d, int64_t year) {
  int64_t days;
  if (d.kind == 'M') {
    int64_t first = DaysFromCivil(year, d.month, 1);
    int weekday = static_cast<int>(((first + 4) % 7 + 7) % 7);   // 0 = Sunday
    days = first + (d.day - weekday + 7) % 7 + (d.week - 1) * 7;
    int64_t next = d.month == 12 ? DaysFromCivil(year + 1, 1, 1) : DaysFromCivil(year, d.month + 1, 1);
    while (days >= next) days -= 7;
  } else {
    days = DaysFromCivil(year, 1, 1) + d.day - (d.kind == 'J' ? 1 : 0);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (d.kind == 'J' && leap && d.day >= 60) ++days;
  }
  return days * 86400 + d.second;
}

int64_t BigEndian(const char* p, int bytes) {
  uint64_t v = 0;
  for (int i = 0; i < bytes; ++i) v = v << 8 | static_cast<unsigned char>(p[i]);
  return bytes == 4 ? static_cast<int32_t>(v) : static_cast<int64_t>(v);
}

std::unique_ptr<TimeZone> FromZoneFile(const std::string& id, const std::string& bytes) {
  struct Header { int64_t isut, isstd, leap, time, type, chars; };
  auto read = [&](size_t at) {
    const char* p = bytes.data() + at + 20;
    return Header{BigEndian(p, 4), BigEndian(p + 4, 4), BigEndian(p + 8, 4), BigEndian(p + 12, 4), BigEndian(p + 16, 4), BigEndian(p + 20, 4)};
  };
  if (bytes.size() < 44 || bytes.compare(0, 4, "TZif") != 0) return nullptr;
  size_t at = 0;
  int width = 4;
  Header h = read(0);
  auto size_of = [](const Header& x, int w) { return static_cast<size_t>(x.time * w + x.time + x.type * 6 + x.chars + x.leap * (w + 4) + x.isstd + x.isut); };
  if (bytes[4] >= '2') {
    at = 44 + size_of(h, 4);
    if (bytes.size() < at + 44) return nullptr;
    h = read(at);
    width = 8;
  }
  const size_t body = at + 44;
  if (h.type < 1 || bytes.size() < body + size_of(h, width)) return nullptr;
  const char* times = bytes.data() + body;
  const char* indices = times + h.time * width;
  const char* type_records = indices + h.time;
  auto offset_of = [&](int i) { return static_cast<int32_t>(BigEndian(type_records + i * 6, 4)); };
  std::vector<RuleZone::Transition> transitions;
  for (int64_t i = 0; i < h.time; ++i) {
    int type = static_cast<unsigned char>(indices[i]);
    if (type >= h.type) return nullptr;
    transitions.push_back({BigEndian(times + i * width, width), offset_of(type)});
  }
  int32_t first = offset_of(0);
  bool cyclic = false;
  if (width == 8) {
    size_t footer = body + size_of(h, 8);
    if (footer < bytes.size() && bytes[footer] == '\n') {
      size_t end = bytes.find('\n', footer + 1);
      std::string text = bytes.substr(footer + 1, end == std::string::npos ? end : end - footer - 1);
      if (auto rule = PosixParser(text).Parse(); rule && rule->has_summer) {
        int64_t last = transitions.empty() ? INT64_MIN : transitions.back().at;
        int64_t year = 1970;
        if (!transitions.empty()) {
          int m, d;
          CivilFromDays(transitions.back().at / 86400, &year, &m, &d);
        }
        for (int64_t y = year; y <= year + 402; ++y) {
          RuleZone::Transition a{LocalSecond(rule->start, y) - rule->standard, rule->summer}, b{LocalSecond(rule->end, y) - rule->summer, rule->standard};
          if (a.at > b.at) std::swap(a, b);
          if (a.at > last) transitions.push_back(a);
          if (b.at > last) transitions.push_back(b);
        }
        cyclic = true;
      }
    }
  }
  return std::make_unique<RuleZone>(id, first, std::move(transitions), cyclic);
}

// "+08:00", "GMT+8", "UTC-03:30", "Z".
std::optional<int32_t> FixedOffset(std::string_view id) {
  if (id == "Z" || id == "UTC" || id == "GMT" || id == "UT" || id == "Etc/UTC") return 0;
  for (std::string_view prefix : {"UTC", "GMT", "UT"})
    if (id.starts_with(prefix)) { id.remove_prefix(prefix.size()); break; }
  if (id.size() < 2 || (id[0] != '+' && id[0] != '-')) return std::nullopt;
  int sign = id[0] == '-' ? -1 : 1;
  std::string digits;
  std::vector<int> parts;
  for (char c : id.substr(1)) {
    if (c == ':') {
      if (digits.empty()) return std::nullopt;
      parts.push_back(std::atoi(digits.c_str()));
      digits.clear();
    } else if (c >= '0' && c <= '9' && digits.size() < 6) {
      digits += c;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  if (parts.empty() && digits.size() == 4) {
    parts = {std::atoi(digits.substr(0, 2).c_str()), std::atoi(digits.substr(2).c_str())};
  } else if (digits.size() > 2) {
    return std::nullopt;
  } else {
    parts.push_back(std::atoi(digits.c_str()));
  }
  parts.resize(3, 0);
  if (parts[0] > 18 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
}

std::string SystemZone() {
  if (const char* tz = std::getenv("TZ"); tz && *tz) return *tz == ':' ? tz + 1 : tz;
  std::ifstream f("/etc/timezone");
  std::string id;
  if (f && std::getline(f, id) && !id.empty()) return std::string(Trim(id));
  return "UTC";
}

Result<std::unique_ptr<TimeZone>> Load(const std::string& id) {
  if (id.empty() || id == "default") {
    std::string system = SystemZone();
    return system.empty() || system == "default" ? Result<std::unique_ptr<TimeZone>>(std::make_unique<FixedZone>("UTC", 0)) : Load(system);
  }
  if (auto offset = FixedOffset(id)) return std::unique_ptr<TimeZone>(std::make_unique<FixedZone>(id, *offset));
  bool sane = id.front() != '/' && id.find("..") == std::string::npos;
  for (char c : id) sane = sane && (std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' || c == '+');
  const char* directory = std::getenv("TZDIR");
  std::string root = directory && *directory ? directory : "/usr/share/zoneinfo";
  if (sane) {
    std::ifstream f(root + "/" + id, std::ios::binary);
    if (f) {
      std::stringstream bytes;
      bytes << f.rdbuf();
      if (auto zone = FromZoneFile(id, bytes.str())) return zone;
    }
  }
  if (!std::ifstream(root + "/Europe/London"))
    return Status::InvalidSql("time zone \"" + id + "\" can't be looked up: the system has no time zone files")
        .WithDetail("looked in " + root)
        .WithHint("install the package tzdata, or set TZDIR to a directory of zone files");
  return Status::InvalidSql("unknown time zone \"" + id + "\"")
      .WithHint("the supported zones are IANA names such as 'Europe/Berlin', 'UTC', and custom ids such as 'GMT+08:00'");
}
}  // namespace

Result<const TimeZone*> TimeZone::Find(const std::string& id) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<TimeZone>> zones;
  std::lock_guard lock(mutex);
  auto it = zones.find(id);
  if (it != zones.end()) return it->second.get();
  std::unique_ptr<TimeZone> zone = TRY(Load(id));
  const TimeZone* p = zone.get();
  zones.emplace(id, std::move(zone));
  return p;
}

}  // namespace tarn::types
