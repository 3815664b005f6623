// DECIMAL arithmetic on 128-bit integers, with 256 bits where a step needs them. A result that doesn't fit its type is NULL.
#pragma once

#include "expr/kernel.h"

namespace tarn::plug {

using Int128 = __int128;

enum class DecimalOp { kPlus, kMinus, kTimes, kDivide, kModulo };

// Flink's result type of an operation on two exact numbers, reduced to 38 digits as Flink does (the scale gives way, down to 6).
types::LogicalType DecimalResult(DecimalOp op, const types::LogicalType& a, const types::LogicalType& b);
// The DECIMAL that an integer type is treated as next to a DECIMAL.
types::LogicalType AsDecimal(const types::LogicalType& t);
// c.types are the DECIMAL types of the two arguments.
Result<arrow::Datum> EvaluateDecimal(DecimalOp op, const expr::CallArgs& c);

Int128 PowerOfTen(int n);   // 0..38

}  // namespace tarn::plug
