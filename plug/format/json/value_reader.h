// One JSON value into one Arrow column: Flink's JsonToRowDataConverters, straight into builders.
//
// The text has been walked before (record_walker.h): structure and tokens are sound, so a reader only converts.
// Lenient as Flink: "1" reads as INT, 1 as STRING, any text but "true" as FALSE.
// Threads: one decoder owns its readers.
#pragma once

#include <arrow/builder.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "types/logical_type.h"

namespace tarn::plug::json {

// One record in a text: where it ends and the positions of the structure of the whole text.
struct Document {
  const char* text = nullptr;
  const uint32_t* positions = nullptr;
  uint32_t count = 0;   // of positions
  uint32_t limit = 0;   // end of the record in text
  // The position of structure i, or limit.
  uint32_t at(uint32_t i) const { return i < count && positions[i] < limit ? positions[i] : limit; }
};

enum class ValueKind : uint8_t { kNull, kTrue, kFalse, kString, kEscapedString, kInteger, kReal, kArray, kObject };

// A value in a document. begin..end: the token without quotes (scalars); index: its place in positions.
struct Value {
  ValueKind kind = ValueKind::kNull;
  uint32_t index = 0, begin = 0, end = 0;
};

struct ReadOptions {
  bool fail_on_missing_field = false, ignore_parse_errors = false, iso_timestamps = false;
};

// What went wrong, for the message: "field: why".
struct ReadError {
  std::string field, why;
};

class ValueReader {
 public:
  virtual ~ValueReader() = default;
  // Appends exactly one value to the builder. False: it couldn't be converted; error says why (nothing was appended, or, for nested
  // values, the builder is left inconsistent and must be reset). With ignore_parse_errors scalars append NULL instead and say true.
  virtual bool Append(const Document& doc, const Value& value, ReadError* error) = 0;
  virtual void AppendNull() = 0;
  virtual Status Reserve(int64_t rows, int64_t text_bytes) = 0;
  virtual arrow::ArrayBuilder* builder() = 0;
};

// kNotSupported: a type that JSON can't carry (MAP with keys that aren't strings).
Result<std::unique_ptr<ValueReader>> MakeValueReader(const types::LogicalType& type, const ReadOptions& options);

// The text of a string value with its escapes resolved. False: a wrong escape.
bool Unescape(std::string_view raw, std::string* out);

}  // namespace tarn::plug::json
