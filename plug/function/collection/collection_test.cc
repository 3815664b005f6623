#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_collection(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

// ARRAY[...] of INT with NULLs, as a literal.
ExprPtr A(std::vector<std::optional<int32_t>> v) {
  arrow::Int32Builder b;
  for (auto x : v) (void)(x ? b.Append(*x) : b.AppendNull());
  return MakeLiteral(std::make_shared<arrow::ListScalar>(b.Finish().ValueOrDie()), LogicalType::Array(LogicalType::Int()).NotNull());
}
ExprPtr T(std::vector<std::optional<std::string>> v) {
  arrow::StringBuilder b;
  for (auto& x : v) (void)(x ? b.Append(*x) : b.AppendNull());
  return MakeLiteral(std::make_shared<arrow::ListScalar>(b.Finish().ValueOrDie()), LogicalType::Array(LogicalType::String()).NotNull());
}

TEST(Collection, AsFlink) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_collection(registry).ok());
  auto call = [&](const std::string& n, std::vector<ExprPtr> a) { return registry.functions().MakeCall(n, std::move(a)); };
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(call(n, std::move(a))); };
  const auto null = std::nullopt;
  EXPECT_EQ(run("CARDINALITY", {A({1, null})}), "2");
  EXPECT_EQ(run("ELEMENT", {A({7})}), "7");
  EXPECT_EQ(run("ELEMENT", {A({})}), "NULL");
  EXPECT_EQ(run("ELEMENT", {A({1, 2})}), "error: Array has more than one element.");
  EXPECT_EQ(run("ARRAY_APPEND", {A({1}), I(2)}), "[1, 2]");
  EXPECT_EQ(Eval(call("ARRAY_APPEND", {A({1}), N("INT")}), "UTC", false), "[1, NULL]");
  EXPECT_EQ(run("ARRAY_PREPEND", {A({1}), I(2)}), "[2, 1]");
  EXPECT_EQ(run("ARRAY_CONCAT", {A({1}), A({}), A({2, 3})}), "[1, 2, 3]");
  EXPECT_EQ(run("ARRAY_UNION", {A({1, 2, 1}), A({2, 3, null})}), "[1, 2, 3, NULL]");
  EXPECT_EQ(run("ARRAY_EXCEPT", {A({1, 2, 1}), A({2})}), "[1]");
  EXPECT_EQ(run("ARRAY_INTERSECT", {A({1, 2, 2}), A({2})}), "[2]");
  EXPECT_EQ(run("ARRAY_DISTINCT", {A({null, 1, null, 1})}), "[NULL, 1]");
  EXPECT_EQ(run("ARRAY_CONTAINS", {A({1, 2}), I(2)}), "TRUE");
  EXPECT_EQ(Eval(call("ARRAY_CONTAINS", {A({1, null}), N("INT")}), "UTC", false), "TRUE");
  EXPECT_EQ(run("ARRAY_POSITION", {A({7, 8}), I(8)}), "2");
  EXPECT_EQ(run("ARRAY_POSITION", {A({7, 8}), I(9)}), "0");
  EXPECT_EQ(run("ARRAY_POSITION", {A({7, 8}), N("INT")}), "NULL");
  EXPECT_EQ(run("ARRAY_REMOVE", {A({1, 2, 1}), I(1)}), "[2]");
  EXPECT_EQ(run("ARRAY_REVERSE", {A({1, 2, null})}), "[NULL, 2, 1]");
  EXPECT_EQ(run("ARRAY_SLICE", {A({1, 2, 3, 4}), I(-3), I(-1)}), "[2, 3, 4]");
  EXPECT_EQ(run("ARRAY_SLICE", {A({1, 2, 3}), I(3), I(2)}), "[]");
  EXPECT_EQ(run("ARRAY_SLICE", {A({1, 2, 3}), I(0), I(2)}), "[1, 2]");
  EXPECT_EQ(run("ARRAY_SORT", {A({2, null, 1})}), "[NULL, 1, 2]");
  EXPECT_EQ(run("ARRAY_SORT", {A({2, null, 1}), B(false)}), "[2, 1, NULL]");
  EXPECT_EQ(run("ARRAY_SORT", {A({2, null, 1}), B(true), B(false)}), "[1, 2, NULL]");
  EXPECT_EQ(run("ARRAY_MAX", {A({1, null, 3})}), "3");
  EXPECT_EQ(run("ARRAY_MIN", {A({})}), "NULL");
  EXPECT_EQ(run("ARRAY_JOIN", {T({"a", null, "b"}), S("-")}), "a-b");
  EXPECT_EQ(run("ARRAY_JOIN", {T({"a", null, "b"}), S("-"), S("x")}), "a-x-b");
  EXPECT_EQ(run("SPLIT", {S("a,b,"), S(",")}), "[a, b, ]");
  EXPECT_EQ(run("SPLIT", {S("ab"), S("")}), "[a, b]");
  ExprPtr m = *call("MAP_FROM_ARRAYS", {T({"k", "l"}), A({1, 2})});
  EXPECT_EQ(run("MAP_FROM_ARRAYS", {T({"k", "l"}), A({1, 2})}), "{k=1, l=2}");
  EXPECT_EQ(run("MAP_FROM_ARRAYS", {T({"k"}), A({1, 2})}).substr(0, 13), "error: Invali");
  EXPECT_EQ(run("MAP_KEYS", {m}), "[k, l]");
  EXPECT_EQ(run("MAP_VALUES", {m}), "[1, 2]");
  EXPECT_EQ(run("MAP_ENTRIES", {m}), "[(k, 1), (l, 2)]");
  EXPECT_EQ(run("MAP_UNION", {m, *call("MAP_FROM_ARRAYS", {T({"l", "n"}), A({8, 9})})}), "{k=1, l=8, n=9}");
  EXPECT_EQ(run("CARDINALITY", {m}), "2");
}
}  // namespace
}  // namespace tarn::plug
