// For each row the value of one of several columns: CASE, IF, COALESCE, GREATEST.
#pragma once

#include "expr/kernel.h"

namespace tarn::expr {

// choice[i]: the column for row i, or -1 for NULL. All columns have the physical type of `type`.
Result<arrow::Datum> Select(const std::vector<int16_t>& choice, std::span<const arrow::Datum> columns, const types::LogicalType& type, int64_t rows);

}  // namespace tarn::expr
