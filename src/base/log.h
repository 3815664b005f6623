// The log: LogInfo("opened {}", path). Levels: debug (a developer), info (an operator's story), warn (look at it today),
// error (something was lost or stopped). Text or JSON lines, to stderr or a rotated file; set once by SetUpLog.
// Threads: any.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool json = false;
  std::string file;                 // empty: stderr
  int64_t rotate_bytes = 64 << 20;
  int rotate_files = 5;
};
Status SetUpLog(const LogOptions& options);
bool LogOn(LogLevel level);
void LogText(LogLevel level, std::string_view text);

template <typename... A> void LogDebug(fmt::format_string<A...> f, A&&... a) {
  if (LogOn(LogLevel::kDebug)) LogText(LogLevel::kDebug, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A> void LogInfo(fmt::format_string<A...> f, A&&... a) {
  if (LogOn(LogLevel::kInfo)) LogText(LogLevel::kInfo, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A> void LogWarn(fmt::format_string<A...> f, A&&... a) {
  if (LogOn(LogLevel::kWarn)) LogText(LogLevel::kWarn, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A> void LogError(fmt::format_string<A...> f, A&&... a) {
  if (LogOn(LogLevel::kError)) LogText(LogLevel::kError, fmt::format(f, std::forward<A>(a)...));
}

}  // namespace tarn
