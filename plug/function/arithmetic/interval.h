// Dates, times and timestamps plus and minus intervals; intervals among themselves and with numbers.
#pragma once

#include "expr/kernel.h"

namespace tarn::plug {

Result<arrow::Datum> EvaluateInterval(char op, const expr::CallArgs& c);
// A numeric array cast to a numeric type.
Result<std::shared_ptr<arrow::Array>> CastNumber(const expr::EvalContext& context, const std::shared_ptr<arrow::Array>& array, const types::LogicalType& from,
                                                 const types::LogicalType& to);

}  // namespace tarn::plug
