// Which windows a time belongs to, and when they fire: Flink's rules for TUMBLE, HOP and CUMULATE.
//
// All window arithmetic is in "window time": the row's own milliseconds for TIMESTAMP, local wall-clock milliseconds for TIMESTAMP_LTZ
// (windows align in the session's zone). Watermarks and processing time are epoch milliseconds: Fires() translates.
// Slices: the pieces that windows share. A row adds to one slice; a window is made of slices. TUMBLE: the window itself; HOP: the slide
// (the size is a multiple of it); CUMULATE: the step.
// Threads: immutable after Make.
#pragma once

#include <arrow/array.h>

#include "plan/physical.h"
#include "types/time_zone.h"

namespace tarn::flow {

class WindowTimes {
 public:
  // time_type: of the time column. kInvalidSql with Flink's words when size and slide or step don't fit; kNotSupported for SESSION.
  static Result<WindowTimes> Make(const plan::WindowSpec& spec, const types::LogicalType& time_type);

  // Window time of each row. A NULL gives INT64_MIN and *has_null.
  void ToWindowTime(const arrow::Array& column, std::vector<int64_t>* out, bool* has_null) const;
  int64_t FromEpoch(int64_t epoch_ms) const { return zone_ == nullptr ? epoch_ms : epoch_ms + 1000LL * zone_->OffsetAtUtc(FloorDiv(epoch_ms, 1000)); }
  // The instant at which the last millisecond before a window time has passed everywhere: Flink's toEpochMillsForTimer.
  int64_t TimerEpoch(int64_t window_ms) const;
  // Is a window that ends at `end` complete when time has come to `epoch_ms` (a watermark or the wall clock)?
  bool Fires(int64_t end, int64_t epoch_ms) const { return TimerEpoch(end - 1) <= epoch_ms; }
  // Value of a window column in its own type.
  int64_t ToColumn(int64_t window_ms, const types::LogicalType& type) const;

  int64_t SliceEnd(int64_t time) const { return StartOf(time, slice_) + slice_; }
  // Windows that hold a slice have the ends slice_end, + slice(), ... LastWindowEnd.
  int64_t LastWindowEnd(int64_t slice_end) const;
  int64_t slice() const { return slice_; }
  int64_t size() const { return spec_.size_ms; }
  // Start of the window that ends at `end`.
  int64_t WindowStart(int64_t end) const;
  // For a cascade over plain TIMESTAMP window columns of an instant: rows are in window time already, timers are not.
  void UseZoneForTimersOnly(const types::TimeZone* zone) {
    zone_ = zone->is_utc() ? nullptr : zone;
    rows_are_local_ = true;
  }
  const plan::WindowSpec& spec() const { return spec_; }

  int64_t StartOf(int64_t time, int64_t width) const {
    int64_t r = (time - spec_.offset_ms) % width;
    return time - (r < 0 ? r + width : r);
  }
  static int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

 private:
  plan::WindowSpec spec_;
  const types::TimeZone* zone_ = nullptr;   // null: window time = epoch time
  bool rows_are_local_ = false;
  int64_t slice_ = 0;
  int64_t units_per_ms_ = 1;                // of the time column
};

}  // namespace tarn::flow
