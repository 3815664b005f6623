#include "base/clock.h"

#include <ctime>

namespace tarn {
namespace {
int64_t Read(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}
}  // namespace
int64_t WallClockMs() { return Read(CLOCK_REALTIME) / 1'000'000; }
int64_t MonotonicMs() { return Read(CLOCK_MONOTONIC) / 1'000'000; }
int64_t MonotonicNs() { return Read(CLOCK_MONOTONIC); }
int64_t ProcessCpuNs() { return Read(CLOCK_PROCESS_CPUTIME_ID); }
}  // namespace tarn
