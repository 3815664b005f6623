// Values of Hadoop's and Hive's settings, read as Hadoop and Hive read them, but never guessed: what can't be read is kInvalidSql that
// names the key, the value and what is allowed. White space around a value counts for nothing. Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace tarn::config {

// "true" or "false" in any case (Configuration.getBoolean takes every other word for the default).
Result<bool> ReadHadoopBoolean(std::string_view key, std::string_view value);
Result<int64_t> ReadHadoopNumber(std::string_view key, std::string_view value, int64_t from, int64_t to);
Result<double> ReadHadoopDecimal(std::string_view key, std::string_view value, double from, double to);
// In milliseconds. A whole number and a unit (MetastoreConf.unitFor): d or day..., h or hour..., m or min..., s or sec..., ms or msec...,
// us or usec..., ns or nsec..., in any case; without one, or with "l", of `unit_ms`.
Result<int64_t> ReadHadoopTimeMs(std::string_view key, std::string_view value, int64_t unit_ms, int64_t from_ms, int64_t to_ms);

}  // namespace tarn::config
