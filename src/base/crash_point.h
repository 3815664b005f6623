// Named places in the code where a test may make the process die, as kill -9 would.
//
// TARN_CRASH_POINT("file-sink.before-rename") costs one relaxed load when no test asked for it.
// A test sets the environment variable TARN_CRASH="<name>[:<n>]": the process calls _exit(137) at the n-th pass (default 1).
// Several are separated by commas. Threads: any.
#pragma once

#include <atomic>
#include <string_view>

namespace tarn {
namespace internal {
extern std::atomic<bool> crash_points_on;
void PassCrashPoint(std::string_view name);
}  // namespace internal
}  // namespace tarn

#define TARN_CRASH_POINT(name) \
  do { if (::tarn::internal::crash_points_on.load(std::memory_order_relaxed)) ::tarn::internal::PassCrashPoint(name); } while (false)
