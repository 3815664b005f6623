// Batches into JSON records: Flink's RowDataToJsonConverters and Jackson's way of writing.
//
// Threads: one task thread.
#pragma once

#include <memory>

#include "table/format.h"

namespace tarn::plug::json {

struct WriteOptions {
  enum class NullKey { kFail, kDrop, kLiteral };
  bool iso_timestamps = false, plain_decimals = false, ignore_null_fields = false;
  NullKey null_key = NullKey::kFail;
  std::string null_key_literal = "null";
};

Result<std::unique_ptr<table::Encoder>> MakeJsonEncoder(const RowType& type, const WriteOptions& options);

}  // namespace tarn::plug::json
