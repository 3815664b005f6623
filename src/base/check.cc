#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tarn {
void CheckFailed(const char* file, int line, const char* expression, const char* message) {
  std::fprintf(stderr, "tarn: internal promise broken: %s (%s) at %s:%d\n", message, expression, file, line);
  std::abort();
}
}  // namespace tarn
