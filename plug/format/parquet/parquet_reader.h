// Reads the row groups of a Parquet file that lie in a byte range: columns by name, types as the table asks.
//
// Threads: one task thread.
#pragma once

#include <memory>
#include <string>

#include "table/format.h"
#include "types/time_zone.h"

namespace tarn::plug::parquet_format {

Result<std::unique_ptr<table::FileReader>> OpenParquet(const std::string& path, const table::FileRange& range, const RowType& type,
                                                       const std::vector<expr::ExprPtr>& filters, int64_t batch_rows, const types::TimeZone* zone);

}  // namespace tarn::plug::parquet_format
