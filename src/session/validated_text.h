// The expression of a computed column or a watermark as Flink stores it: what its validator made of it.
//
// - COALESCE and IFNULL take their arguments in one type: an argument of another type stands within a CAST (texts of other lengths don't).
// - YEAR(x) and its like become EXTRACT(YEAR FROM x), NULLIF(a, b) becomes a CASE.
// - Names of functions that are Flink's own, not Calcite's, are in back quotes (PrintOptions::validated).
// Recorded from Flink 1.20: test/sql/computed/function_names.test, test/peer/metastore_flink_tables.py. Threads: none.
#pragma once

#include <string>

#include "plan/bind_expr.h"

namespace tarn::session {

// What does not bind is written as it is, for the binder to refuse.
Result<std::string> ValidatedText(const std::string& expression, plan::ExprBinder& binder);

}  // namespace tarn::session
