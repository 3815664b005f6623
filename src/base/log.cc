#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/secrets.h"

namespace tarn {
namespace {
std::atomic<LogLevel> least{LogLevel::kWarn};
std::atomic<bool> json{false};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger>& Logger() {
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto l = std::make_shared<spdlog::logger>("tarn", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    l->set_pattern("%Y-%m-%dT%H:%M:%S.%e %-5l %v");
    l->set_level(spdlog::level::trace);
    l->flush_on(spdlog::level::info);
    return l;
  }();
  return logger;
}

std::string EscapeJson(std::string_view s) {
  std::string out;
  for (char c : s) {
    if (c == '"' || c == '\\') { out += '\\'; out += c; }
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else out += c;
  }
  return out;
}

// One record, one line, whoever chose the words in it: control characters (of ASCII, and U+0080 to U+009F) are shown as escapes.
std::string EscapeControls(std::string s) {
  auto control = [&](size_t i) -> size_t {   // how many bytes it has
    auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x20 || c == 0x7f) return 1;
    if (c != 0xc2 || i + 1 >= s.size()) return 0;
    auto next = static_cast<unsigned char>(s[i + 1]);
    return next >= 0x80 && next < 0xa0 ? 2 : 0;
  };
  size_t i = 0;
  while (i < s.size() && !control(i)) ++i;
  if (i == s.size()) return s;
  std::string out = s.substr(0, i);
  while (i < s.size()) {
    size_t n = control(i);
    if (n == 0) { out += s[i++]; continue; }
    if (n == 1 && s[i] == '\n') out += "\\n";
    else if (n == 1 && s[i] == '\t') out += "\\t";
    else if (n == 1 && s[i] == '\r') out += "\\r";
    else out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(s[i + n - 1])));
    i += n;
  }
  return out;
}
}  // namespace

Status SetUpLog(const LogOptions& o) {
  try {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (o.file.empty()) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(o.file, o.rotate_bytes, o.rotate_files);
    auto l = std::make_shared<spdlog::logger>("tarn", sink);
    l->set_pattern(o.json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%e%z\",\"level\":\"%l\",\"message\":\"%v\"}" : "%Y-%m-%dT%H:%M:%S.%e %-5l %v");
    l->set_level(spdlog::level::trace);
    l->flush_on(spdlog::level::info);
    Logger() = l;
  } catch (const std::exception& e) {
    return Status::Unavailable(fmt::format("log file \"{}\" can't be opened", o.file)).WithDetail(e.what());
  }
  json = o.json;
  least = o.level;
  return Status::OK();
}

bool LogOn(LogLevel level) { return level >= least.load(std::memory_order_relaxed); }

void LogText(LogLevel level, std::string_view text) {
  std::string shown = HideSecrets(text);
  if (json.load(std::memory_order_relaxed)) Logger()->log(ToSpdlog(level), "{}", EscapeJson(shown));
  else Logger()->log(ToSpdlog(level), "{}", EscapeControls(std::move(shown)));
}

}  // namespace tarn
