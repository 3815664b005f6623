// Bound expressions: typed, resolved, plain data. Made by plan (from the SQL tree), evaluated by expr/evaluator.h.
//
// All operators are calls too, by Flink's function names in upper case: "+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=",
// "AND", "OR", "NOT", "IS NULL", "IS TRUE", "LIKE", "CASE" (when, then, ..., else), "IF", "COALESCE", "IN", "BETWEEN",
// "CAST", "TRY_CAST" (target = the expression's type), "ITEM" (a[i]), "ROW", "ARRAY", "MAP", "FIELD" (row.f; the index is a literal), ...
// Threads: immutable, shared.
#pragma once

#include <arrow/scalar.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "types/logical_type.h"

namespace tarn::expr {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;
class ScalarFunction;

struct InputRef { int index = 0; };
struct Literal { std::shared_ptr<arrow::Scalar> value; };   // of ToArrow(type); a null scalar for NULL
struct Call {
  const ScalarFunction* function = nullptr;   // lives as long as the registry
  std::vector<ExprPtr> args;
};

struct Expr {
  std::variant<InputRef, Literal, Call> node;
  types::LogicalType type;
};

ExprPtr MakeInputRef(int index, types::LogicalType type);
ExprPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value, types::LogicalType type);
ExprPtr MakeNull(types::LogicalType type);
ExprPtr MakeCall(const ScalarFunction* function, std::vector<ExprPtr> args, types::LogicalType type);

// "`ts` - 5000:INTERVAL SECOND", near Flink's EXPLAIN; input names optional ("$0" without).
std::string ToString(const Expr& e, const std::vector<std::string>* input_names = nullptr);
// All indices of InputRefs, sorted, once each.
std::vector<int> InputsOf(const std::vector<ExprPtr>& exprs);
// The same expression with every InputRef i replaced by replacement[i].
ExprPtr Substitute(const ExprPtr& e, const std::vector<ExprPtr>& replacement);
bool IsDeterministic(const Expr& e);

}  // namespace tarn::expr
