// Time as types, and the one place that reads the machine's clock, so that tests and simulation can hold it.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace tarn {

// Milliseconds since the epoch, in event time (a row's own time) or as a watermark.
struct EventTime {
  int64_t ms = std::numeric_limits<int64_t>::min();
  static constexpr EventTime Min() { return {std::numeric_limits<int64_t>::min()}; }
  static constexpr EventTime Max() { return {std::numeric_limits<int64_t>::max()}; }
  auto operator<=>(const EventTime&) const = default;
};

// Wall clock, milliseconds since the epoch. Threads: any.
int64_t WallClockMs();
// Monotonic, for durations. Threads: any.
int64_t MonotonicMs();
int64_t MonotonicNs();
// CPU time of this process, nanoseconds.
int64_t ProcessCpuNs();

}  // namespace tarn
