// The program's own settings: each key once, with type, default and sentence; from one YAML file, the environment and flags.
//
// Key "log.level" is `log.level:` or nested `log: {level:}` in the file, TARN_LOG_LEVEL in the environment, --log-level as a flag.
// A flag wins over the environment, the environment over the file, the file over the default. In the file a leading "tarn." may
// be written before any key. What stands under `session:` (flag: -D key=value) are options that every new SQL session starts with.
// kInvalidSql for an unknown key (with the closest name) and for a value that doesn't fit its type, naming where it was said.
// Threads: values.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/options.h"

namespace tarn::config {

struct ConfigKey {
  const char* key;
  const char* type;       // string, boolean, integer, duration, size, list, enum a|b
  const char* fallback;
  const char* sentence;
};
std::span<const ConfigKey> ConfigKeys();
const ConfigKey* FindConfigKey(std::string_view key);
std::string FlagName(std::string_view key);          // "log.level" -> "log-level"
std::string EnvironmentName(std::string_view key);   // "log.level" -> "TARN_LOG_LEVEL"

class ServerConfig {
 public:
  using Environment = std::function<const char*(const char*)>;   // getenv
  // flags: keys as in ConfigKeys(). session: from -D. file: "" for none.
  static Result<ServerConfig> Load(const std::string& file, const std::map<std::string, std::string>& flags,
                                   const std::map<std::string, std::string>& session, const Environment& environment);

  // The key must be one of ConfigKeys(); the value was checked by Load.
  std::string Text(std::string_view key) const;
  int64_t Integer(std::string_view key) const;
  bool Boolean(std::string_view key) const;
  int64_t DurationMs(std::string_view key) const;
  int64_t Bytes(std::string_view key) const;
  std::vector<std::string> List(std::string_view key) const;
  bool IsSet(std::string_view key) const;            // by anything but the default
  std::string Source(std::string_view key) const;    // "default", "file", "environment", "flag"
  const std::map<std::string, std::string>& session() const { return session_; }

 private:
  struct Value { std::string text, source; };
  Status Set(const std::string& key, const std::string& value, const std::string& source, const std::string& said);
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, std::string> session_;
};

}  // namespace tarn::config
