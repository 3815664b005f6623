#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_value(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(Value, MadeAndTakenApart) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_value(registry).ok());
  auto call = [&](const std::string& n, std::vector<ExprPtr> a) { return registry.functions().MakeCall(n, std::move(a)); };
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(call(n, std::move(a))); };
  auto constant = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(call(n, std::move(a)), "UTC", false); };
  EXPECT_EQ(run("ROW", {I(1), S("x")}), "(1, x)");
  EXPECT_EQ(TypeOf(call("ROW", {I(1)})), "ROW<`EXPR$0` INT NOT NULL> NOT NULL");
  EXPECT_EQ(run("ARRAY", {I(1), L(2)}), "[1, 2]");
  EXPECT_EQ(run("ARRAY", {S("a"), N()}), "[a, NULL]");
  EXPECT_EQ(TypeOf(call("ARRAY", {S("a"), S("bc")})), "ARRAY<VARCHAR(2) NOT NULL> NOT NULL");
  EXPECT_EQ(run("ARRAY", {I(1), S("a")}), "error: Parameters must be of the same type");
  EXPECT_EQ(constant("MAP", {S("k"), I(1), S("l"), I(2), S("k"), I(3)}), "{k=3, l=2}");
  ExprPtr array = *call("ARRAY", {I(7), I(8)}), map = *call("MAP", {S("k"), I(1)}), row = *call("ROW", {I(1), S("x")});
  EXPECT_EQ(run("ITEM", {array, I(2)}), "8");
  EXPECT_EQ(run("ITEM", {array, I(3)}), "NULL");
  EXPECT_EQ(run("ITEM", {array, I(0)}).substr(0, 20), "error: Array element");
  EXPECT_EQ(run("ITEM", {map, S("k")}), "1");
  EXPECT_EQ(run("ITEM", {map, S("z")}), "NULL");
  EXPECT_EQ(constant("FIELD", {row, I(1)}), "x");
  EXPECT_EQ(constant("TYPEOF", {I(1)}), "INT NOT NULL");
  EXPECT_EQ(constant("TYPEOF", {Dec("1.5", 2, 1)}), "DECIMAL(2, 1) NOT NULL");
  EXPECT_EQ(run("HASH_CODE", {S("a")}), "97");
}
}  // namespace
}  // namespace tarn::plug
