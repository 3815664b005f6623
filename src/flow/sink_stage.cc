#include <arrow/builder.h>
#include <fmt/format.h>

#include "expr/evaluator.h"
#include "flow/task_chain.h"
#include "types/arrow_try.h"

namespace tarn::flow {

Status SinkStage::Open(const table::SubtaskContext& context, const std::optional<table::SinkWriter::Restored>& restored) {
  writer_ = TRY(plan_.sink->CreateWriter(context));
  return writer_->Open(restored);
}

Status SinkStage::Write(Batch batch) {
  for (int c : plan_.not_null) {
    const arrow::Array& column = *batch.column(static_cast<size_t>(c));
    if (column.null_count() == 0) continue;
    if (!plan_.drop_null_rows) {
      std::string name = static_cast<size_t>(c) < plan_.column_names.size() ? plan_.column_names[c] : fmt::format("f{}", c);
      return Status::InvalidSql(fmt::format(
          "Column '{}' is NOT NULL, however, a null value is being written into it. You can set job configuration "
          "'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records silently.", name));
    }
    arrow::BooleanBuilder keep;
    TRY(keep.Reserve(column.length()));
    for (int64_t i = 0; i < column.length(); ++i) keep.UnsafeAppend(column.IsValid(i));
    std::shared_ptr<arrow::Array> mask;
    TRY(keep.Finish(&mask));
    batch = TRY(expr::FilterBatch(batch, *mask));
  }
  if (batch.num_rows() == 0) return Status::OK();
  *rows_ += batch.num_rows();
  return writer_->Write(batch);
}

}  // namespace tarn::flow
