#include "base/crash_point.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace tarn::internal {
namespace {
struct Points {
  std::mutex mutex;
  std::map<std::string, int, std::less<>> left;   // name -> passes until the end
  Points() {
    const char* text = std::getenv("TARN_CRASH");
    if (!text) return;
    std::string s(text);
    for (size_t at = 0; at < s.size();) {
      size_t end = s.find(',', at);
      if (end == std::string::npos) end = s.size();
      std::string one = s.substr(at, end - at);
      int n = 1;
      if (size_t colon = one.rfind(':'); colon != std::string::npos) {
        n = std::atoi(one.c_str() + colon + 1);
        one.resize(colon);
      }
      if (!one.empty()) left[one] = n < 1 ? 1 : n;
      at = end + 1;
    }
  }
};
Points& points() {
  static Points p;
  return p;
}
}  // namespace

std::atomic<bool> crash_points_on{std::getenv("TARN_CRASH") != nullptr};

void PassCrashPoint(std::string_view name) {
  Points& p = points();
  std::lock_guard lock(p.mutex);
  auto it = p.left.find(name);
  if (it == p.left.end() || --it->second > 0) return;
  std::fprintf(stderr, "tarn: crash point %.*s\n", static_cast<int>(name.size()), name.data());
  ::_exit(137);
}
}  // namespace tarn::internal
