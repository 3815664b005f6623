// How a function is written down: one FunctionSpec with its name, its argument shape, its evaluation, its documentation and an
// example. MakeFunction makes the ScalarFunction; constants in, constant out is handled here.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "expr/kernel.h"

namespace tarn::expr {

using Resolver = std::function<Result<Signature>(std::span<const Argument>)>;

struct FunctionSpec {
  std::string name;
  Resolver resolve;
  std::function<Result<arrow::Datum>(const CallArgs&)> evaluate;
  std::string doc;
  std::string example;
  bool deterministic = true;
  bool lazy = false;
  std::function<bool(const std::vector<ExprPtr>&, const types::LogicalType&)> may_fail = nullptr;
};
std::unique_ptr<ScalarFunction> MakeFunction(FunctionSpec spec);
Status Define(FunctionRegistry& registry, FunctionSpec spec);

// What an argument position takes; the arrow says what it is cast to.
enum class Family {
  kAny, kBoolean, kCharacter, kBinary, kText /* character or binary */, kInt /* integer -> INT */, kLong /* integer -> BIGINT */,
  kNumeric, kDouble /* numeric -> DOUBLE */, kDate, kTime, kTimestamp /* TIMESTAMP or _LTZ */, kDatetime /* DATE, TIME, TIMESTAMP* */,
  kInterval, kArray, kMap, kRow, kSymbol /* a text literal */, kComparable,
};

enum class Nulls { kIfAnyArgument, kAlways, kNever };

// Arguments of the given families, the last `optional` of them optional; variadic: the last family repeats.
struct Shape {
  std::vector<Family> families;
  int optional = 0;
  bool variadic = false;
};
using ResultRule = std::function<Result<types::LogicalType>(std::span<const Argument>)>;
Resolver Takes(std::string name, Shape shape, types::LogicalType result, Nulls nulls = Nulls::kIfAnyArgument);
Resolver Takes(std::string name, Shape shape, ResultRule result, Nulls nulls = Nulls::kIfAnyArgument);

bool AnyNullable(std::span<const Argument> args);
bool Fits(Family family, const Argument& arg);

// Flink's (Calcite's) words. SqlTypeName: "INTEGER", "CHAR(1)", "TIMESTAMP_WITH_LOCAL_TIME_ZONE(3)".
std::string SqlTypeName(const types::LogicalType& type);
// "UPPER(<INTEGER>)"; operators infix: "<INTEGER> + <CHAR(1)>".
std::string SignatureText(const std::string& name, const std::vector<types::LogicalType>& types);
std::vector<types::LogicalType> TypesOf(std::span<const Argument> args);
// "Cannot apply 'F' to arguments of type '...'. Supported form(s): ..."
Status CannotApply(const std::string& name, std::span<const Argument> args, const std::string& supported);
Status WrongCount(const std::string& name, size_t expected);

// The text of a literal argument; nullptr when it isn't one (or is NULL).
const std::string* LiteralText(const Argument& arg, std::string* storage);

}  // namespace tarn::expr
