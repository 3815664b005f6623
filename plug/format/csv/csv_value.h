// One CSV field into one Arrow column (Flink's CsvToRowDataConverters).
//
// Threads: one decoder owns its readers.
#pragma once

#include <arrow/builder.h>

#include <memory>
#include <string_view>

#include "plug/format/csv/csv_options.h"
#include "types/logical_type.h"

namespace tarn::plug::csv {

class FieldReader {
 public:
  virtual ~FieldReader() = default;
  // Appends one value. False: it isn't a value of the type (nothing was appended).
  virtual bool Append(std::string_view text) = 0;
  virtual arrow::ArrayBuilder* builder() = 0;
  const types::LogicalType& type() const { return type_; }

 protected:
  explicit FieldReader(types::LogicalType type) : type_(std::move(type)) {}
  const types::LogicalType type_;
};

// kNotSupported: MAP and other types that a line can't carry.
Result<std::unique_ptr<FieldReader>> MakeFieldReader(const types::LogicalType& type, const Options& options);

}  // namespace tarn::plug::csv
