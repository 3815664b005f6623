// The time that a partition's values stand for (Flink's DefaultPartTimeExtractor), and when a partition is ready to be committed.
//
// Threads: immutable values.
#pragma once

#include <cstdint>
#include <string>

#include "plug/layout/files/partition_path.h"

namespace tarn::plug::files {

struct PartitionTimeExtractor {
  std::string pattern;     // "$dt $hour:00:00"; "": the first partition value
  std::string formatter;   // DateTimeFormatter pattern of the result; "": yyyy-MM-dd[ HH:mm:ss] or yyyyMMdd
  // Local date and time as milliseconds since 1970-01-01T00:00 of the same wall clock. kInvalidSql: can't be read.
  Result<int64_t> Extract(const PartitionValues& values) const;
};

}  // namespace tarn::plug::files
