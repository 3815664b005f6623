// Batches into CSV records, quoted as Jackson's CsvEncoder does (its quick check, not its strict one).
//
// Threads: one task thread.
#pragma once

#include <memory>

#include "plug/format/csv/csv_options.h"
#include "table/format.h"

namespace tarn::plug::csv {

Result<std::unique_ptr<table::Encoder>> MakeCsvEncoder(const RowType& type, const Options& options);

}  // namespace tarn::plug::csv
