// Writes Parquet files with exactly Flink's physical types. Landlord: only plug/format/parquet sees Parquet's headers.
//
// Threads: one task thread.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "table/format.h"
#include "types/time_zone.h"

namespace tarn::plug::parquet_format {

struct WriteOptions {
  bool int64_timestamps = false;       // write.int64.timestamp
  int timestamp_digits = 6;            // timestamp.time.unit: 3, 6 or 9
  const types::TimeZone* zone = nullptr;   // of INT96 timestamps
  std::string compression = "SNAPPY";
  int64_t row_group_bytes = 128 << 20;
  int64_t page_bytes = 1 << 20;
  bool dictionary = true;
};

Result<std::unique_ptr<table::FileWriter>> MakeParquetWriter(const std::string& path, const RowType& type, const WriteOptions& options);
// kInvalidSql for a codec that Parquet doesn't know, kNotSupported for one that this build lacks.
Status CheckCompression(const std::string& name);

}  // namespace tarn::plug::parquet_format
