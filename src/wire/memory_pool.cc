#include "wire/memory_pool.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tarn::wire {

uint64_t DefaultTotalMemory() {
  constexpr uint64_t kLeast = 256ull << 20, kMost = 16ull << 30;
  uint64_t have = static_cast<uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES))) * static_cast<uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    uint64_t limit = 0;
    if (std::ifstream in(file); in >> limit && limit > 0) have = std::min(have, limit);   // "max" is no number
  }
  return std::clamp(have / 2, kLeast, kMost);
}

}  // namespace tarn::wire
