// A list of expressions compiled to steps: each distinct deterministic sub-expression once, constants folded, and lazy calls
// (CASE, IF, COALESCE, AND, OR with an argument that may fail) as branches that see only the rows that need them.
// Threads: one program belongs to one task. It keeps nothing between batches but a cache of constant columns.
#pragma once

#include <map>

#include "expr/kernel.h"

namespace tarn::expr {

class Program {
 public:
  static Result<std::unique_ptr<Program>> Compile(const std::vector<ExprPtr>& exprs, const EvalContext& context);
  // columns[i] serves InputRef i; results are arrays of `rows` rows.
  Result<std::vector<std::shared_ptr<arrow::Array>>> Run(const EvalContext& context, const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t rows);

  struct Branch {
    std::unique_ptr<Program> program;   // one output
    std::vector<int> inputs;
  };
  struct Step {
    enum class Kind { kInput, kConstant, kCall, kLazy } kind;
    int input = 0;
    arrow::Datum constant;
    const ScalarFunction* function = nullptr;
    std::vector<int> args;
    std::vector<types::LogicalType> arg_types;
    types::LogicalType type;
    std::vector<Branch> branches;
    int uses = 0;   // as an argument of later steps; outputs are kept
    bool output = false;
  };

 private:
  class Compiler;
  std::vector<Step> steps_;
  std::vector<int> outputs_;
  std::map<std::pair<int, int64_t>, std::shared_ptr<arrow::Array>> constant_columns_;   // (step, rows)
};

// One lazy call over one batch (lazy.cc).
Result<std::shared_ptr<arrow::Array>> RunLazy(const EvalContext& context, Program::Step& step, const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t rows);

}  // namespace tarn::expr
