// TARN_CHECK: our own promises. A broken one is a bug of ours: say the place and stop the process.
// TARN_CHECK is always on; TARN_DCHECK only in builds without NDEBUG.
#pragma once

namespace tarn {
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression, const char* message);
}  // namespace tarn

#define TARN_CHECK(cond, message) \
  do { if (!(cond)) [[unlikely]] ::tarn::CheckFailed(__FILE__, __LINE__, #cond, message); } while (false)
#ifdef NDEBUG
#define TARN_DCHECK(cond, message) do { } while (false)
#else
#define TARN_DCHECK(cond, message) TARN_CHECK(cond, message)
#endif
