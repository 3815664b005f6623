// For unit tests of functions: literals in one word each, and Eval, which resolves a call, runs it on constants and on columns
// of three rows (the second row all NULL), checks that both agree, and returns the value as text (PLAIN_TEXT; NULL as "NULL").
#pragma once

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <fmt/format.h>

#include "expr/cast.h"
#include "expr/evaluator.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::expr::testing {

using types::LogicalType;

// A literal of any type out of its text, by the cast rules.
inline ExprPtr Of(const std::string& text, const std::string& type) {
  LogicalType t = *types::ParseType(type);
  EvalContext context;
  ExprPtr s = MakeLiteral(std::make_shared<arrow::StringScalar>(text), LogicalType::String().NotNull());
  if (t.is_character() && t.EqualsIgnoringNullable(LogicalType::String())) return s;
  ExprPtr cast = *FunctionRegistry().MakeCast(s, t.NotNull());
  return MakeLiteral(*EvaluateConstant(cast, context), t.NotNull());
}
inline ExprPtr I(int32_t v) { return MakeLiteral(std::make_shared<arrow::Int32Scalar>(v), LogicalType::Int().NotNull()); }
inline ExprPtr L(int64_t v) { return MakeLiteral(std::make_shared<arrow::Int64Scalar>(v), LogicalType::BigInt().NotNull()); }
inline ExprPtr D(double v) { return MakeLiteral(std::make_shared<arrow::DoubleScalar>(v), LogicalType::Double().NotNull()); }
inline ExprPtr B(bool v) { return MakeLiteral(std::make_shared<arrow::BooleanScalar>(v), LogicalType::Boolean().NotNull()); }
inline ExprPtr S(const std::string& v) {
  int n = 0;
  for (unsigned char c : v) n += (c & 0xc0) != 0x80;
  return MakeLiteral(std::make_shared<arrow::StringScalar>(v), LogicalType::Char(n).NotNull());
}
inline ExprPtr N(const std::string& type = "NULL") { return MakeNull(*types::ParseType(type)); }
inline ExprPtr Dec(const std::string& text, int p, int s) { return Of(text, fmt::format("DECIMAL({}, {})", p, s)); }
inline ExprPtr Ts(const std::string& text, int p = 3) { return Of(text, fmt::format("TIMESTAMP({})", p)); }
inline ExprPtr Date(const std::string& text) { return Of(text, "DATE"); }
inline ExprPtr Days(int64_t ms) {
  return MakeLiteral(std::make_shared<arrow::DurationScalar>(ms, arrow::duration(arrow::TimeUnit::MILLI)), LogicalType::IntervalDayTime().NotNull());
}
inline ExprPtr Months(int32_t n) { return MakeLiteral(std::make_shared<arrow::MonthIntervalScalar>(n), LogicalType::IntervalYearMonth().NotNull()); }

inline std::string Text(const arrow::Array& a, int64_t row, const LogicalType& type, const std::string& zone) {
  if (a.IsNull(row)) return "NULL";
  std::string out;
  types::AppendText(a, row, type, types::TextStyle::kPlain, zone, &out);
  return out;
}

inline std::string TypeOf(const Result<ExprPtr>& e) { return e.ok() ? (*e)->type.ToString() : e.status().message(); }

// keep: argument positions that stay literals in the column run (formats, units).
inline std::string Eval(const Result<ExprPtr>& e, const std::string& zone = "UTC", bool columns = true) {
  if (!e.ok()) return "error: " + e.status().message();
  EvalContext context;
  context.time_zone = zone;
  auto scalar = EvaluateConstant(*e, context);
  if (!scalar.ok()) return "error: " + scalar.status().message();
  auto one = *arrow::MakeArrayFromScalar(**scalar, 1);
  if (!one->type()->Equals(types::ToArrow((*e)->type))) return fmt::format("physical type {} for {}", one->type()->ToString(), (*e)->type.ToString());
  std::string text = Text(*one, 0, (*e)->type, zone);
  if (!columns) return text;
  const auto* call = std::get_if<Call>(&(*e)->node);
  if (!call || call->args.empty()) return text;
  // The same with every argument a column [value, value, NULL, value], sliced so that its offset is not 0.
  std::vector<std::shared_ptr<arrow::Array>> in;
  std::vector<ExprPtr> refs;
  for (size_t i = 0; i < call->args.size(); ++i) {
    const ExprPtr& a = call->args[i];
    auto value = EvaluateConstant(a, context);
    if (!value.ok()) return "error: " + value.status().message();
    auto type = types::ToArrow(a->type);
    auto single = *arrow::MakeArrayFromScalar(**value, 1);
    auto none = *arrow::MakeArrayOfNull(type, 1);
    in.push_back((*arrow::Concatenate({single, single, none, single}))->Slice(1));
    refs.push_back(MakeInputRef(static_cast<int>(i), a->type.WithNullable(true)));
  }
  auto evaluator = Evaluator::Make({MakeCall(call->function, refs, (*e)->type.WithNullable(true))}, context);
  if (!evaluator.ok()) return "error: " + evaluator.status().message();
  auto out = (*evaluator)->Evaluate(Batch(3, in));
  if (!out.ok()) return "column error: " + out.status().message();
  for (int64_t row : {0, 2}) {
    std::string again = Text(*(*out)[0], row, (*e)->type, zone);
    if (again != text) return fmt::format("constant {} but column {}", text, again);
  }
  return text;
}

}  // namespace tarn::expr::testing
