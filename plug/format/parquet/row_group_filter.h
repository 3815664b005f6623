// Which row groups can't hold a row that passes the filters, by their statistics. Only a hint: what isn't understood keeps the group.
//
// Threads: free functions.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <vector>

#include "batch/batch.h"
#include "expr/expr.h"

namespace tarn::plug::parquet_format {

// filters: conjuncts over `type`; fields[i]: the file's field for column i of `type` or nullptr.
bool MayMatch(const parquet::RowGroupMetaData& group, const RowType& type, const std::vector<const parquet::arrow::SchemaField*>& fields,
              const std::vector<expr::ExprPtr>& filters);

}  // namespace tarn::plug::parquet_format
