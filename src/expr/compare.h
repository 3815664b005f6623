// Comparing values: the type that two sides meet in, the vectorised comparisons, and a total order of single values.
#pragma once

#include "expr/kernel.h"

namespace tarn::expr {

enum class CompareOp { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

// The type to which all arguments of a comparison are cast: numbers widen, text against DATE/TIME/TIMESTAMP is cast to that.
// kInvalidSql with Flink's text otherwise.
Result<types::LogicalType> ComparisonType(const std::string& function, std::span<const Argument> args);

// BOOLEAN, NULL where a side is. Both sides of one physical type.
Result<arrow::Datum> Compare(CompareOp op, const arrow::Datum& a, const arrow::Datum& b, int64_t rows);

// < 0, 0, > 0 for two non-NULL values of one physical type; floating point as Java's compare (NaN largest). Inside collections NULLs come first.
int CompareValues(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j);
// Equality of two values, NULL equal to NULL.
bool SameValue(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j);

}  // namespace tarn::expr
