// The contract of a scalar function and the registry that resolves a name and argument types to one.
//
// Functions are registered by plugs (plug/function/*) with documentation and an example in the same place; SHOW FUNCTIONS,
// docs and tests read them from here. Aggregates are a closed list in aggregate.h (the engine owns their accumulators).
// Threads: the registry is filled once at start, then read by any thread.
#pragma once

#include <arrow/datum.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "expr/expr.h"

namespace tarn::expr {

// What a function may ask while it runs. One a task.
struct EvalContext {
  std::string time_zone = "UTC";      // table.local-time-zone
  bool batch_mode = false;
  int64_t query_start_ms = 0;         // CURRENT_TIMESTAMP in batch mode
  bool legacy_cast = false;           // table.exec.legacy-cast-behaviour = ENABLED
  int64_t current_watermark_ms = INT64_MIN;   // CURRENT_WATERMARK
};

// Argument as the binder sees it: the type, and the literal when it is one (formats, units, symbols are literals).
struct Argument {
  types::LogicalType type;
  const arrow::Scalar* literal = nullptr;
  const Expr* expr = nullptr;   // the whole bound argument, where the registry resolves a call
};

// What resolution decides: the type of the result and the type that each argument must be cast to first.
struct Signature {
  types::LogicalType result;
  std::vector<types::LogicalType> arguments;
};

class ScalarFunction {
 public:
  virtual ~ScalarFunction() = default;
  virtual const std::string& name() const = 0;   // upper case
  // kInvalidSql with Flink's text when the arguments don't fit.
  virtual Result<Signature> Resolve(std::span<const Argument> args) const = 0;
  // Each datum is an array of num_rows rows or a scalar (literals stay scalars), of the physical types of the signature.
  // Returns an array or a scalar of ToArrow(result). A bad row: one Status for the batch, naming the first bad value.
  virtual Result<arrow::Datum> Evaluate(const EvalContext& context, std::span<const arrow::Datum> args, const types::LogicalType& result,
                                        int64_t num_rows) const = 0;
  // As Evaluate, with the logical types of the arguments (TIMESTAMP(0) and TIMESTAMP(3) share a physical type). The evaluator
  // calls this one; a function that needs the types overrides it.
  virtual Result<arrow::Datum> EvaluateTyped(const EvalContext& context, std::span<const arrow::Datum> args,
                                             std::span<const types::LogicalType> /*types*/, const types::LogicalType& result, int64_t num_rows) const {
    return Evaluate(context, args, result, num_rows);
  }
  // May Evaluate answer with a failure for some row (division by zero, a cast)? Then a lazy caller gives it only the rows that need it.
  virtual bool MayFail(const std::vector<ExprPtr>& /*args*/, const types::LogicalType& /*result*/) const { return false; }
  virtual bool deterministic() const { return true; }
  // Lazy functions (CASE, IF, COALESCE, AND, OR) evaluate their arguments only for the rows that need them: the evaluator does it.
  virtual bool lazy() const { return false; }
  virtual std::string doc() const { return ""; }
  virtual std::string example() const { return ""; }   // "UPPER('a') -- 'A'"
};

class FunctionRegistry {
 public:
  Status Add(std::unique_ptr<ScalarFunction> function);            // kAlreadyExists
  Status AddAlias(const std::string& alias, const std::string& name);
  const ScalarFunction* Find(std::string_view name) const;         // any case; nullptr: unknown
  // Every function, by name (aliases left out): for the documentation page.
  std::vector<const ScalarFunction*> All() const;
  std::vector<std::string> AliasesOf(const std::string& name) const;
  std::vector<std::string> Names() const;                          // sorted, lower case, as SHOW FUNCTIONS lists them
  // Resolves, inserts casts, makes the call (constant-folds nothing). kInvalidSql: unknown name ("No match found for function
  // signature F(<NUMERIC>, ...)", with the closest name as hint) or arguments that don't fit.
  Result<ExprPtr> MakeCall(std::string_view name, std::vector<ExprPtr> args) const;
  // CAST or TRY_CAST; returns the argument itself when the types are equal. kInvalidSql when Flink refuses the pair.
  Result<ExprPtr> MakeCast(ExprPtr arg, const types::LogicalType& target, bool try_cast = false) const;

 private:
  std::map<std::string, std::unique_ptr<ScalarFunction>> functions_;
  std::map<std::string, std::string> aliases_;
};

// Flink's least restrictive common type (CASE, COALESCE, UNION, IN). kInvalidSql: none.
Result<types::LogicalType> CommonType(const std::vector<types::LogicalType>& types);
// May a query column of type `from` be written into a sink column `to` without an explicit cast? (flink-sql.md, section 4, INSERT)
bool ImplicitlyAssignable(const types::LogicalType& from, const types::LogicalType& to);

}  // namespace tarn::expr
