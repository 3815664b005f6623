// TABLE(TUMBLE | HOP | CUMULATE(...)): each row with window_start, window_end and window_time, once for each of its windows.
//
// Rows keep their kinds and order; a row's windows follow one another, HOP's from the latest, CUMULATE's from the shortest (as Flink).
// Event time: a row whose time is NULL is dropped and counted. Processing time: the wall clock when the row arrives. No state.
// Threads: one task owns it.
#pragma once

#include "flow/operator.h"
#include "flow/operators/window_times.h"

namespace tarn::flow {

class WindowTableFunction final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> Make(const plan::WindowTableFunction& plan, const RowType& input, const RowType& output);
  Status Open(const OperatorContext& context) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  int64_t null_rows_dropped() const { return null_rows_; }

 private:
  WindowTableFunction(plan::WindowSpec spec, RowType output, WindowTimes times)
      : spec_(std::move(spec)), output_(std::move(output)), times_(std::move(times)) {}
  std::shared_ptr<arrow::Array> WindowColumn(const std::vector<int64_t>& times, size_t column) const;

  const plan::WindowSpec spec_;
  const RowType output_;
  const WindowTimes times_;
  OperatorContext context_;
  int64_t null_rows_ = 0;
};

}  // namespace tarn::flow
