// The one door to the operators: a plan node in, the operator that runs it out.
//
// Scan, Values, Exchange, UnionAll and Sink belong to the runtime (tasks and channels): asking for one is our bug, kInternal.
// The operator keeps what it needs of the node; the node may go away. Call Open before anything else (operator.h says the order).
// Errors: kNotSupported naming the feature for what a node can say and no operator does yet.
// Threads: any; the operator it returns belongs to one task.
#pragma once

#include <memory>

#include "flow/operator.h"
#include "plan/physical.h"

namespace tarn::flow {

Result<std::unique_ptr<Operator>> MakeOperator(const plan::Node& node);

}  // namespace tarn::flow
