#include "flow/operators/calc.h"

namespace tarn::flow {

Status Calc::Open(const OperatorContext& context) {
  if (plan_.filter) filter_ = TRY(expr::Evaluator::Make({plan_.filter}, context.eval));
  for (const expr::ExprPtr& e : plan_.projection) {
    const auto* input = std::get_if<expr::InputRef>(&e->node);
    if (input == nullptr) {
      columns_.clear();
      projection_ = TRY(expr::Evaluator::Make(plan_.projection, context.eval));
      break;
    }
    columns_.push_back(input->index);
  }
  return Status::OK();
}

Status Calc::OnBatch(const Batch& batch, Output& output) {
  Batch rows = batch;
  if (filter_) rows = TRY(expr::FilterBatch(batch, *TRY(filter_->Evaluate(batch))[0]));
  if (rows.num_rows() == 0) return Status::OK();
  if (projection_) return output.Emit(rows.WithColumns(TRY(projection_->Evaluate(rows))));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  columns.reserve(columns_.size());
  for (int c : columns_) columns.push_back(rows.column(static_cast<size_t>(c)));
  return output.Emit(rows.WithColumns(std::move(columns)));
}

Status Calc::OnWatermark(Watermark watermark, Output&) {
  if (filter_) filter_->context().current_watermark_ms = watermark.time.ms;
  if (projection_) projection_->context().current_watermark_ms = watermark.time.ms;
  return Status::OK();
}

}  // namespace tarn::flow
