// Comparing and assembling changelog rows column by column, for operators that turn old and new results into -U, +U, +I, -D.
// Threads: any; pure functions, and a builder with one owner.
#pragma once

#include <vector>

#include "batch/batch.h"
#include "flow/operator.h"

namespace tarn::flow {

// different[i] |= a[ai[i]] is not b[bi[i]] (NULL equals NULL; doubles by their bits).
void MarkDifferent(const arrow::Array& a, const int32_t* ai, const arrow::Array& b, const int32_t* bi, int64_t n, uint8_t* different);

// Signs (+1, -1) of a batch's rows; false when there is nothing to retract.
bool SignsOf(const Batch& batch, std::vector<int8_t>* signs);

std::shared_ptr<arrow::Int8Array> KindColumn(const std::vector<int8_t>& kinds);
std::shared_ptr<arrow::Array> IndexColumn(const std::vector<int32_t>& indices);   // borrows the vector

// Emits in pieces of at most `rows`.
Status EmitInPieces(const Batch& batch, int64_t rows, Output& output);

}  // namespace tarn::flow
