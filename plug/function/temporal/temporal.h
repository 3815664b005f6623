// The families of temporal functions, one file each.
#pragma once

#include "expr/define.h"
#include "types/time_zone.h"

namespace tarn::plug {

Status RegisterExtract(expr::FunctionRegistry& r);    // EXTRACT, YEAR, HOUR ...
Status RegisterFormat(expr::FunctionRegistry& r);     // DATE_FORMAT, TO_TIMESTAMP, UNIX_TIMESTAMP ...
Status RegisterCurrent(expr::FunctionRegistry& r);    // NOW, CURRENT_DATE, PROCTIME ...
Status RegisterDistance(expr::FunctionRegistry& r);   // TIMESTAMPADD, TIMESTAMPDIFF, OVERLAPS

inline int64_t FloorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}

// A value of any temporal type as wall clock: days and nanoseconds of the day. zone: for TIMESTAMP_LTZ, else null.
struct Moment { int64_t days; int64_t nanos; };
inline Moment MomentOf(int64_t v, const types::LogicalType& t, const types::TimeZone* zone) {
  switch (t.root()) {
    case types::TypeRoot::kDate: return {v, 0};
    case types::TypeRoot::kTime: return {0, v * 1'000'000};
    default: break;
  }
  const int64_t unit = types::TimestampUnitsPerSecond(t.precision());
  int64_t seconds = FloorDiv(v, unit), fraction = v - seconds * unit;
  if (zone && t.root() == types::TypeRoot::kTimestampLtz) seconds += zone->OffsetAtUtc(seconds);
  int64_t days = FloorDiv(seconds, 86400);
  return {days, (seconds - days * 86400) * 1'000'000'000 + fraction * (1'000'000'000 / unit)};
}

// Reads DATE and TIME (32 bits) and timestamps (64 bits) alike.
class TemporalColumn {
 public:
  TemporalColumn(const arrow::Datum& d, const types::LogicalType& type) : narrow_(type.root() == types::TypeRoot::kDate || type.root() == types::TypeRoot::kTime) {
    if (narrow_) small_.emplace(d);
    else large_.emplace(d);
  }
  bool IsNull(int64_t i) const { return narrow_ ? small_->IsNull(i) : large_->IsNull(i); }
  int64_t operator[](int64_t i) const { return narrow_ ? (*small_)[i] : (*large_)[i]; }

 private:
  bool narrow_;
  std::optional<expr::Column<int32_t>> small_;
  std::optional<expr::Column<int64_t>> large_;
};

// The session zone when the type is TIMESTAMP_LTZ; null otherwise.
inline Result<const types::TimeZone*> ZoneFor(const types::LogicalType& t, const expr::EvalContext& context) {
  if (t.root() != types::TypeRoot::kTimestampLtz) return static_cast<const types::TimeZone*>(nullptr);
  return types::TimeZone::Find(context.time_zone);
}

}  // namespace tarn::plug
