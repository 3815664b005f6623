#include "flow/operators/window_table_function.h"

#include "flow/operators/changelog.h"
#include "types/arrow_types.h"

namespace tarn::flow {

Result<std::unique_ptr<Operator>> WindowTableFunction::Make(const plan::WindowTableFunction& plan, const RowType& input, const RowType& output) {
  WindowTimes times = TRY(WindowTimes::Make(plan.window, input.types[static_cast<size_t>(plan.window.time_column)]));
  return std::unique_ptr<Operator>(new WindowTableFunction(plan.window, output, std::move(times)));
}

Status WindowTableFunction::Open(const OperatorContext& context) {
  context_ = context;
  return Status::OK();
}

std::shared_ptr<arrow::Array> WindowTableFunction::WindowColumn(const std::vector<int64_t>& times, size_t column) const {
  const types::LogicalType& type = output_.types[column];
  std::vector<int64_t> values(times.size());
  int64_t last = INT64_MIN, last_value = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] != last) {
      last = times[i];
      last_value = times_.ToColumn(last, type);
    }
    values[i] = last_value;
  }
  const int64_t n = static_cast<int64_t>(times.size());
  return arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(type), n, {nullptr, arrow::Buffer::FromVector(std::move(values))}, 0));
}

Status WindowTableFunction::OnBatch(const Batch& batch, Output& output) {
  if (batch.num_rows() == 0) return Status::OK();
  std::vector<int64_t> times;
  bool has_null = false;
  if (spec_.proctime) times.assign(static_cast<size_t>(batch.num_rows()), times_.FromEpoch(WallClockMs()));
  else times_.ToWindowTime(*batch.column(static_cast<size_t>(spec_.time_column)), &times, &has_null);

  std::vector<int64_t> starts, ends, last_ms;
  std::vector<int32_t> rows;
  const size_t n = times.size();
  starts.reserve(n);
  ends.reserve(n);
  rows.reserve(n);
  auto put = [&](size_t row, int64_t start, int64_t end) {
    rows.push_back(static_cast<int32_t>(row));
    starts.push_back(start);
    ends.push_back(end);
    last_ms.push_back(end - 1);
  };
  for (size_t i = 0; i < n; ++i) {
    const int64_t t = times[i];
    if (has_null && t == INT64_MIN) {
      ++null_rows_;
      continue;
    }
    switch (spec_.kind) {
      case plan::WindowSpec::Kind::kTumble: {
        const int64_t start = times_.StartOf(t, spec_.size_ms);
        put(i, start, start + spec_.size_ms);
        break;
      }
      case plan::WindowSpec::Kind::kHop:
        for (int64_t start = times_.StartOf(t, spec_.step_ms); start > t - spec_.size_ms; start -= spec_.step_ms) put(i, start, start + spec_.size_ms);
        break;
      case plan::WindowSpec::Kind::kCumulate: {
        const int64_t start = times_.StartOf(t, spec_.size_ms);
        for (int64_t end = times_.StartOf(t, spec_.step_ms) + spec_.step_ms; end <= start + spec_.size_ms; end += spec_.step_ms) put(i, start, end);
        break;
      }
      case plan::WindowSpec::Kind::kSession: return Status::NotSupported("SESSION windows");
    }
  }
  const bool one_each = rows.size() == n && (spec_.kind == plan::WindowSpec::Kind::kTumble || n == 0);
  Batch taken = one_each ? batch : TRY(TakeRows(batch, *IndexColumn(rows)));
  std::vector<std::shared_ptr<arrow::Array>> columns = taken.columns();
  const size_t at = columns.size();
  columns.push_back(WindowColumn(starts, at));
  columns.push_back(WindowColumn(ends, at + 1));
  columns.push_back(WindowColumn(last_ms, at + 2));
  return EmitInPieces(taken.WithColumns(std::move(columns)), 2 * context_.batch_rows, output);
}

}  // namespace tarn::flow
