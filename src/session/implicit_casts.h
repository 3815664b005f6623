// The casts that Flink writes into the expression of a computed column: it stores what its validator made of it.
//
// COALESCE and IFNULL take their arguments in one type, so an argument of another type stands within a CAST; texts of other lengths don't.
// Seen of Flink 1.20's HiveCatalog (test/peer/metastore_flink_tables.py). Threads: none.
#pragma once

#include "plan/bind_expr.h"

namespace tarn::session {

// Adds them, inner calls first. What does not bind is left for the binder to refuse.
Status AddImplicitCasts(sql::Expr* e, plan::ExprBinder& binder);

}  // namespace tarn::session
