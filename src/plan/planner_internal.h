// What the planner's files share. Not for others.
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "plan/planner.h"

namespace tarn::plan {

template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

NodePtr MakeNode(decltype(Node::op) op, std::vector<NodePtr> inputs, RowType row, types::ChangelogMode changelog, int parallelism);
// kNotSupported naming the feature and its place.
Status Lacks(std::string what, const TextPosition& p);
// A time attribute survives only where a column is passed on as it is; an expression on it is a plain timestamp.
types::LogicalType ProjectedType(const expr::ExprPtr& e);
// a, a -> a, a0: names of a result's columns.
std::vector<std::string> Unique(std::vector<std::string> names);
std::string OutputName(const sql::SelectItem& item, size_t position);
// The options of /*+ OPTIONS(...) */.
config::OptionSet HintOptions(const std::vector<sql::Hint>& hints);
// Is there an aggregate function (not OVER) in it?
bool HasAggregate(const sql::Expr& e);

}  // namespace tarn::plan
