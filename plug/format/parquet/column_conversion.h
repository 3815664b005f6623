// From what a file holds to what the table asks: types, nested fields by name, units, zones.
//
// Threads: free functions, const values.
#pragma once

#include <arrow/array.h>
#include <parquet/arrow/schema.h>

#include <memory>

#include "types/logical_type.h"
#include "types/time_zone.h"

namespace tarn::plug::parquet_format {

struct ReadContext {
  const parquet::SchemaDescriptor* descriptor = nullptr;
  const types::TimeZone* zone = nullptr;   // of INT96 and of INT64 instants read as TIMESTAMP; UTC: no conversion
};

// The field of this name among `fields`: exactly, else the only one that differs in case. nullptr: none.
const parquet::arrow::SchemaField* FindField(const std::vector<parquet::arrow::SchemaField>& fields, const std::string& name);

// kInvalidSql when the file's type can't become the table's, naming both.
Result<std::shared_ptr<arrow::Array>> Convert(const ReadContext& context, const std::shared_ptr<arrow::Array>& array,
                                              const parquet::arrow::SchemaField& field, const types::LogicalType& type);

}  // namespace tarn::plug::parquet_format
