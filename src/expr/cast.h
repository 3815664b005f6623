// CAST and TRY_CAST: which pairs of types may be cast, and the casting itself (Flink 1.20's new cast behaviour).
//
// A failing row makes the whole batch fail with Flink's words (CAST), or that row NULL (TRY_CAST).
#pragma once

#include "expr/kernel.h"

namespace tarn::expr {

// kInvalidSql with Flink's text when CAST(from AS to) is refused.
Status CheckCast(const types::LogicalType& from, const types::LogicalType& to);
// May some row of such a cast fail at run time?
bool CastMayFail(const types::LogicalType& from, const types::LogicalType& to);
// The argument as an array of `rows` rows of ToArrow(to).
Result<std::shared_ptr<arrow::Array>> CastArray(const EvalContext& context, const std::shared_ptr<arrow::Array>& array, const types::LogicalType& from,
                                                const types::LogicalType& to, bool try_cast);

const ScalarFunction* CastFunction(bool try_cast);   // process-wide

namespace internal {
using ArrayResult = Result<std::shared_ptr<arrow::Array>>;
struct CastCall {
  const EvalContext& context;
  const std::shared_ptr<arrow::Array>& array;
  const types::LogicalType& from;
  const types::LogicalType& to;
  bool try_cast;
};
ArrayResult CastNumeric(const CastCall& c);         // number or BOOLEAN -> number or BOOLEAN
ArrayResult CastFromText(const CastCall& c);        // character -> anything
ArrayResult CastToText(const CastCall& c);          // anything -> character
ArrayResult CastTemporal(const CastCall& c);        // among DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ; intervals
ArrayResult CastNested(const CastCall& c);          // ARRAY, MAP, MULTISET, ROW
ArrayResult CastLength(const CastCall& c);          // CHAR/VARCHAR and BINARY/VARBINARY: cut and pad
}  // namespace internal

// A decimal with scale `from` at scale `to`, half up; nullopt when it doesn't fit the precision.
std::optional<arrow::Decimal128> RescaleDecimal(const arrow::Decimal128& v, int from, int to, int precision);
// Reads "[blanks][sign]digits[.digits][E exp]" as a decimal (half up); nullopt: not a number or too big.
std::optional<arrow::Decimal128> ParseDecimal(std::string_view text, int precision, int scale);
// The double nearest to a decimal.
double DoubleOfDecimal(const arrow::Decimal128& v, int scale);
// The nearest decimal of a double through its shortest text, as java.math.BigDecimal.valueOf does.
std::optional<arrow::Decimal128> DecimalOfDouble(double v, int precision, int scale);

}  // namespace tarn::expr
