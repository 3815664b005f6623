// Sort keys as bytes: comparing the bytes (unsigned) orders the rows as ORDER BY does, whatever the number and types of the keys.
//
// A key: one byte for NULL (its place by nulls_first), then the value big-endian with the sign flipped; text escaped and ended by 0 0;
// everything but the NULL byte inverted when descending. Text orders by UTF-8 bytes, doubles in Java's total order.
// Errors: kNotSupported for a type without an order. Threads: any; pure functions.
#pragma once

#include <arrow/array.h>

#include <string>
#include <vector>

#include "batch/batch.h"
#include "plan/physical.h"

namespace tarn::flow {

Status CheckSortType(const types::LogicalType& type);
void AppendSortKey(const arrow::Array& array, int64_t row, bool descending, bool nulls_first, std::string* out);
void AppendSortKeys(const Batch& batch, const std::vector<plan::SortKey>& keys, int64_t row, std::string* out);

}  // namespace tarn::flow
