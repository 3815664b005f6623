#include "session/defaults.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "base/text.h"
#include "config/options.h"
#include "types/time_zone.h"

namespace tarn::session {

std::map<std::string, std::string> DefaultConfig() {
  return {
      {"execution.runtime-mode", "STREAMING"},
      {"execution.attached", "true"},
      {"execution.shutdown-on-attached-exit", "false"},
      {"execution.target", "remote"},
      {"parallelism.default", "1"},
      {"table.local-time-zone", "default"},
      {"table.sql-dialect", "default"},
      {"table.dml-sync", "false"},
      {"table.display.max-column-width", "30"},
      {"sql-client.execution.result-mode", "TABLE"},
      {"sql-client.execution.max-table-result.rows", "1000000"},
      {"sql-client.display.color-schema", "DEFAULT"},
      {"sql-client.display.show-line-numbers", "false"},
      {"sql-client.display.print-time-cost", "true"},
      {"sql-client.verbose", "false"},
  };
}

Status CheckOption(const std::string& key, const std::string& value) {
  auto one_of = [&](std::initializer_list<const char*> values) -> Status {
    std::string all;
    for (const char* v : values) {
      if (EqualsIgnoreCase(v, value)) return Status::OK();
      all += (all.empty() ? "" : ", ") + std::string(v);
    }
    return Status::InvalidSql("Could not parse value '" + value + "' for key '" + key + "'.").WithHint("expected one of: " + all);
  };
  if (key == "execution.runtime-mode") return one_of({"STREAMING", "BATCH", "AUTOMATIC"});
  if (key == "table.sql-dialect") return one_of({"default", "hive"});
  if (key == "sql-client.execution.result-mode") return one_of({"TABLE", "CHANGELOG", "TABLEAU"});
  if (key == "execution.checkpointing.mode") return one_of({"EXACTLY_ONCE", "AT_LEAST_ONCE"});
  if (key == "table.exec.sink.not-null-enforcer") return one_of({"ERROR", "DROP"});
  if (key == "table.dml-sync" || key == "table.exec.mini-batch.enabled" || key == "table.dynamic-table-options.enabled") {
    Result<bool> b = config::ParseBoolean(value);
    return b.ok() ? Status::OK() : Status::InvalidSql("Could not parse value '" + value + "' for key '" + key + "'.").WithHint("expected true or false");
  }
  if (key == "execution.checkpointing.interval" || key == "execution.checkpointing.timeout" || key == "table.exec.state.ttl" ||
      key == "table.exec.source.idle-timeout" || key == "table.exec.mini-batch.allow-latency" || key == "pipeline.auto-watermark-interval") {
    Result<config::Milliseconds> d = config::ParseDuration(value);
    if (!d.ok()) return Status::InvalidSql("Could not parse value '" + value + "' for key '" + key + "'.").WithHint("a duration such as '10 s', '500 ms', '1 min'");
    return Status::OK();
  }
  if (key == "parallelism.default") {
    Result<int64_t> n = config::ParseInteger(value);
    if (!n.ok() || *n < 1 || *n > 128) return Status::InvalidSql("Could not parse value '" + value + "' for key '" + key + "'.").WithHint("a number from 1 to 128");
    return Status::OK();
  }
  if (key == "table.local-time-zone" && value != "default") {
    Result<const types::TimeZone*> z = types::TimeZone::Find(value);
    if (!z.ok()) return Status::InvalidSql("Invalid time zone '" + value + "'. The value should be a Time Zone Database (TZDB) ID such as 'America/Los_Angeles' to include "
                                           "daylight saving time. Fixed offsets are supported using 'GMT-03:00' or 'GMT+03:00'. Or use 'UTC' without time zone and daylight saving time.");
    return Status::OK();
  }
  return Status::OK();
}

std::string SystemTimeZone() {
  if (const char* tz = std::getenv("TZ"); tz && *tz && types::TimeZone::Find(tz).ok()) return tz;
  char link[PATH_MAX];
  ssize_t n = ::readlink("/etc/localtime", link, sizeof(link));
  if (n > 0) {
    std::string target(link, static_cast<size_t>(n));
    if (size_t at = target.find("zoneinfo/"); at != std::string::npos) {
      std::string id = target.substr(at + 9);
      if (id == "Etc/UTC" || id == "UTC") return "UTC";
      if (types::TimeZone::Find(id).ok()) return id;
    }
  }
  return "UTC";
}

}  // namespace tarn::session
