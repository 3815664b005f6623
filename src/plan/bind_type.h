// Types as written in SQL to logical types: the defaults and limits of Flink.
// Threads: pure functions.
#pragma once

#include "base/status.h"
#include "sql/ast_expr.h"
#include "types/logical_type.h"

namespace tarn::plan {

// kInvalidSql with position: a precision out of range, an unknown type.
Result<types::LogicalType> BindType(const sql::DataType& type);
// The type of an interval with this qualifier.
types::LogicalType IntervalType(const sql::IntervalQualifier& q);

}  // namespace tarn::plan
