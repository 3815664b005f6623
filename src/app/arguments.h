// The command line of a verb: flags, what is left, and the configuration that follows from both.
// Threads: values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "config/server_config.h"

namespace tarn::app {

struct FlagSpec {
  std::string name;        // "file"
  char letter = 0;         // 'f'
  bool takes_value = true;
  std::string value_name;  // "FILE"
  std::string sentence;
};

struct Arguments {
  config::ServerConfig config;
  std::map<std::string, std::string> flags;    // the verb's own; a flag without value holds "true"
  std::vector<std::string> rest;
  bool help = false;
  bool Has(const std::string& name) const { return flags.count(name) > 0; }
  std::string Get(const std::string& name, const std::string& fallback = "") const { auto it = flags.find(name); return it == flags.end() ? fallback : it->second; }
};

// Every verb also takes --config FILE, -D key=value, -h/--help and a flag for each configuration key. Unknown flags: kInvalidSql
// with the closest name. rest_max: how many words without a dash are allowed.
Result<Arguments> ParseArguments(int argc, char** argv, const std::vector<FlagSpec>& specs, size_t rest_max);

// Usage line, the verb's flags, then the configuration keys (only those named, all when empty).
std::string HelpText(const std::string& usage, const std::vector<FlagSpec>& specs, const std::vector<std::string>& keys);

// "error: [CODE] message", place with a caret under `text`, detail, hint; as standard error shows it.
std::string ErrorText(const Status& error, std::string_view text = {});

}  // namespace tarn::app
