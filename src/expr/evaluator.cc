#include "expr/evaluator.h"

#include <arrow/util/bitmap_ops.h>

#include "expr/program.h"

namespace tarn::expr {
namespace {
class ProgramEvaluator final : public Evaluator {
 public:
  ProgramEvaluator(std::unique_ptr<Program> program, EvalContext context) : program_(std::move(program)) { context_ = std::move(context); }
  Result<std::vector<std::shared_ptr<arrow::Array>>> Evaluate(const Batch& batch) override { return program_->Run(context_, batch.columns(), batch.num_rows()); }

 private:
  std::unique_ptr<Program> program_;
};

// Indices of the rows that are TRUE, in 64-row words.
int64_t Selected(const arrow::BooleanArray& predicate, int32_t* out) {
  const int64_t n = predicate.length();
  const auto& data = *predicate.data();
  const uint8_t* values = data.buffers[1]->data();
  const uint8_t* valid = predicate.null_count() == 0 ? nullptr : data.buffers[0]->data();
  int32_t* at = out;
  if (data.offset % 8 != 0) {
    for (int64_t i = 0; i < n; ++i) {
      *at = static_cast<int32_t>(i);
      at += arrow::bit_util::GetBit(values, data.offset + i) && (!valid || arrow::bit_util::GetBit(valid, data.offset + i));
    }
    return at - out;
  }
  values += data.offset / 8;
  if (valid) valid += data.offset / 8;
  for (int64_t base = 0; base < n; base += 64) {
    const int64_t left = std::min<int64_t>(64, n - base);
    const auto bytes = static_cast<size_t>((left + 7) / 8);
    uint64_t word = 0;
    std::memcpy(&word, values + base / 8, bytes);
    if (valid) {
      uint64_t v = 0;
      std::memcpy(&v, valid + base / 8, bytes);
      word &= v;
    }
    if (left < 64) word &= (uint64_t{1} << left) - 1;
    if (word == ~uint64_t{0}) {
      for (int b = 0; b < 64; ++b) at[b] = static_cast<int32_t>(base + b);
      at += 64;
      continue;
    }
    while (word) {
      *at++ = static_cast<int32_t>(base + __builtin_ctzll(word));
      word &= word - 1;
    }
  }
  return at - out;
}
}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::Make(std::vector<ExprPtr> exprs, EvalContext context) {
  auto program = TRY(Program::Compile(exprs, context));
  return std::unique_ptr<Evaluator>(std::make_unique<ProgramEvaluator>(std::move(program), std::move(context)));
}

Result<Batch> FilterBatch(const Batch& batch, const arrow::Array& predicate) {
  const int64_t rows = batch.num_rows();
  if (predicate.length() != rows) return Status::Internal("a filter of another length than its batch");
  int64_t n = 0;
  std::unique_ptr<int32_t[]> indices(new int32_t[rows + 64]);
  if (predicate.type_id() == arrow::Type::BOOL) n = Selected(static_cast<const arrow::BooleanArray&>(predicate), indices.get());
  else if (predicate.type_id() != arrow::Type::NA) return Status::Internal("a filter that is not BOOLEAN");
  if (n == rows) return batch;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  columns.reserve(batch.columns().size());
  for (const auto& c : batch.columns()) columns.push_back(c ? TRY(Gather(*c, indices.get(), n)) : nullptr);
  std::shared_ptr<arrow::Int8Array> kinds;
  if (batch.kinds()) kinds = std::static_pointer_cast<arrow::Int8Array>(TRY(Gather(*batch.kinds(), indices.get(), n)));
  return Batch(n, std::move(columns), std::move(kinds));
}

Result<std::shared_ptr<arrow::Scalar>> EvaluateConstant(const ExprPtr& e, const EvalContext& context) {
  if (!InputsOf({e}).empty()) return Status::InvalidSql("expression " + ToString(*e) + " is not a constant");
  auto program = TRY(Program::Compile({e}, context));
  auto arrays = TRY(program->Run(context, {}, 1));
  return TRY(arrays[0]->GetScalar(0));
}

}  // namespace tarn::expr
