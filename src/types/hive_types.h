// Hive's type names to logical types and back, as Flink's HiveTypeUtil maps them.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "types/logical_type.h"

namespace tarn::types {

// "array<struct<a:int,b:string>>". kNotSupported names the type: uniontype, timestamp with local time zone, void.
Result<LogicalType> FromHive(std::string_view type);
// kNotSupported with Flink's text: TIMESTAMP of a precision other than 9, BINARY(n), TIME, TIMESTAMP_LTZ, MULTISET ...
Result<std::string> ToHive(const LogicalType& type);

}  // namespace tarn::types
