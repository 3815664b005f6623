// Columns, logical types and rows as the SQL Gateway protocol writes them: rowFormat JSON and PLAIN_TEXT.
// Rules: Flink 1.20 as observed; a map whose keys are no strings has them as text in JSON (Flink refuses such a row).
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "batch/batch.h"
#include "net/json_writer.h"
#include "session/session.h"
#include "types/logical_type.h"

namespace tarn::gateway {

enum class RowFormat { kJson, kPlainText };

void WriteLogicalType(const types::LogicalType& type, net::JsonWriter* w);
void WriteColumns(const std::vector<session::ResultColumn>& columns, net::JsonWriter* w);   // an array
// {"kind":"INSERT","fields":[...]} for every row of the batch, as elements of the array that is open.
Status WriteRows(const Batch& batch, const std::vector<session::ResultColumn>& columns, RowFormat format, const std::string& time_zone, net::JsonWriter* w);

// java.math.BigDecimal.stripTrailingZeros().toString() of an unscaled number's digits.
std::string StrippedDecimal(std::string_view digits, int scale);

}  // namespace tarn::gateway
