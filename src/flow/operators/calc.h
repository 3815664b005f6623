// Filter, then projection, batch by batch. A row's kind passes through: each change is judged by itself, so a consumer may see a +U
// without its -U (as in Flink). No state. CURRENT_WATERMARK sees the watermark of the task.
// Threads: one task owns it.
#pragma once

#include "expr/evaluator.h"
#include "flow/operator.h"
#include "plan/physical.h"

namespace tarn::flow {

class Calc final : public Operator {
 public:
  explicit Calc(plan::Calc plan) : plan_(std::move(plan)) {}
  Status Open(const OperatorContext& context) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Status OnWatermark(Watermark watermark, Output& output) override;

 private:
  const plan::Calc plan_;
  std::unique_ptr<expr::Evaluator> filter_, projection_;   // projection_ null: columns only
  std::vector<int> columns_;
};

}  // namespace tarn::flow
