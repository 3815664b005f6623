// Evaluates bound expressions over batches.
//
// Make() compiles a list of expressions once (common sub-expressions are computed once a batch, constants folded).
// Threads: one evaluator belongs to one task.
#pragma once

#include "batch/batch.h"
#include "expr/function.h"

namespace tarn::expr {

class Evaluator {
 public:
  static Result<std::unique_ptr<Evaluator>> Make(std::vector<ExprPtr> exprs, EvalContext context);
  virtual ~Evaluator() = default;
  // One array of batch.num_rows() rows for each expression.
  virtual Result<std::vector<std::shared_ptr<arrow::Array>>> Evaluate(const Batch& batch) = 0;
  EvalContext& context() { return context_; }

 protected:
  EvalContext context_;
};

// Rows for which `predicate` (a BOOLEAN array of the batch's length) is TRUE; the batch itself when all are.
Result<Batch> FilterBatch(const Batch& batch, const arrow::Array& predicate);

// The value of an expression without inputs.
Result<std::shared_ptr<arrow::Scalar>> EvaluateConstant(const ExprPtr& e, const EvalContext& context);

}  // namespace tarn::expr
