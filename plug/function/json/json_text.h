// Values as JSON text: for JSON_STRING, JSON_OBJECT, JSON_ARRAY; and a parsed document printed compactly.
#pragma once

#include <arrow/array.h>
#include <simdjson.h>

#include <string>

#include "types/logical_type.h"

namespace tarn::plug {

void AppendJsonText(std::string_view s, std::string* out);   // quoted and escaped
// One value; NULL is null.
void AppendJsonValue(const arrow::Array& a, int64_t row, const types::LogicalType& type, const std::string& zone, std::string* out);
void AppendJsonElement(simdjson::dom::element e, std::string* out);
// A scalar as JSON_VALUE gives it: text without quotes.
void AppendScalarText(simdjson::dom::element e, std::string* out);

}  // namespace tarn::plug
