// Time zone rules: an IANA id ("Europe/Berlin"), "UTC", "GMT+08:00", "+08:00". Uses the system's zone files. Threads: any (cached).
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace tarn::types {

class TimeZone {
 public:
  // kInvalidSql for an unknown id. The pointer lives as long as the process.
  static Result<const TimeZone*> Find(const std::string& id);
  // Offset from UTC in seconds at an instant / at a wall-clock time (gap: the offset before it; overlap: the earlier, as java.time does).
  virtual int32_t OffsetAtUtc(int64_t epoch_seconds) const = 0;
  virtual int32_t OffsetAtLocal(int64_t local_seconds) const = 0;
  bool is_utc() const { return is_utc_; }
  const std::string& id() const { return id_; }
  virtual ~TimeZone() = default;

 protected:
  std::string id_;
  bool is_utc_ = false;
};

}  // namespace tarn::types
