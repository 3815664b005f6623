// The zone rule of Parquet timestamps: Flink (and Hive) store a TIMESTAMP's wall clock as the instant it names in the machine's
// zone, unless `utc-timezone`; reading does the reverse. Both directions, nested arrays included.
//
// Threads: free functions.
#pragma once

#include <arrow/array.h>

#include <memory>

#include "base/status.h"
#include "types/time_zone.h"

namespace tarn::plug::parquet_format {

// The machine's zone as a JVM would see it: the environment variable TZ, else /etc/localtime.
Result<const types::TimeZone*> MachineZone();

// Every timestamp in `array` (of any unit) from wall clock in `zone` to the instant, or back; the type is kept.
Result<std::shared_ptr<arrow::Array>> LocalToUtc(const std::shared_ptr<arrow::Array>& array, const types::TimeZone& zone);
Result<std::shared_ptr<arrow::Array>> UtcToLocal(const std::shared_ptr<arrow::Array>& array, const types::TimeZone& zone);

}  // namespace tarn::plug::parquet_format
