// Java's date and time patterns ("yyyy-MM-dd HH:mm:ss"), compiled once: formatting and parsing of wall clock times.
// Threads: immutable after Compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::plug {

struct WallClock {
  int64_t days = 0;        // since the epoch
  int32_t second = 0;      // of the day
  int32_t nanos = 0;
  int32_t offset = 0;      // seconds east of UTC, for zone letters
  bool has_offset = false; // parsing: the text named a zone
};

class JavaPattern {
 public:
  static Result<JavaPattern> Compile(std::string_view pattern);
  void Format(const WallClock& t, const std::string& zone, std::string* out) const;
  // False when the text doesn't match. trailing: text behind the match is ignored, as SimpleDateFormat does.
  bool Parse(std::string_view text, bool trailing, WallClock* out) const;
  bool has_zone() const { return has_zone_; }
  bool finer_than_seconds() const { return fraction_; }

 private:
  struct Part { char letter; int count; std::string text; bool adjacent; };   // letter 0: literal text
  std::vector<Part> parts_;
  bool has_zone_ = false, fraction_ = false;
};

// Fields of a day.
struct Civil { int64_t year; int month, day; };
Civil CivilOf(int64_t days);
int DayOfYear(int64_t days);
int IsoDayOfWeek(int64_t days);   // Monday = 1
void IsoWeek(int64_t days, int64_t* year, int* week);

}  // namespace tarn::plug
