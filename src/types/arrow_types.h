// The only map between logical types and their physical form in batches. See logical_type.h for the table.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "types/logical_type.h"

namespace tarn::types {

std::shared_ptr<arrow::DataType> ToArrow(const LogicalType& type);
// Field "name" with the type's nullability.
std::shared_ptr<arrow::Field> ToArrowField(const std::string& name, const LogicalType& type);
// The logical type that best describes a foreign Arrow type (a Parquet file's column, say). kNotSupported: none.
Result<LogicalType> FromArrow(const arrow::DataType& type);

// Units in a second of the physical timestamp of this precision: 1'000, 1'000'000 or 1'000'000'000.
inline int64_t TimestampUnitsPerSecond(int precision) { return precision <= 3 ? 1'000 : precision <= 6 ? 1'000'000 : 1'000'000'000; }

}  // namespace tarn::types
