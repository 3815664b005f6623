// Values as JSON text: for JSON_STRING, JSON_OBJECT, JSON_ARRAY; and a parsed document printed compactly.
#pragma once

#include <arrow/array.h>
#include <nlohmann/json.hpp>
#include <string>

#include "types/logical_type.h"

namespace tarn::plug {

using Json = nlohmann::ordered_json;   // keeps the order of members; not simdjson: Arrow's libparquet exports another version of it

void AppendJsonText(std::string_view s, std::string* out);   // quoted and escaped
// One value; NULL is null.
void AppendJsonValue(const arrow::Array& a, int64_t row, const types::LogicalType& type, const std::string& zone, std::string* out);
void AppendJsonElement(const Json& e, std::string* out);
// A scalar as JSON_VALUE gives it: text without quotes.
void AppendScalarText(const Json& e, std::string* out);

}  // namespace tarn::plug
