#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_comparison(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

class Comparison : public ::testing::Test {
 protected:
  Comparison() { EXPECT_TRUE(Register_function_comparison(registry_).ok()); }
  std::string Run(const std::string& name, std::vector<ExprPtr> args) { return Eval(registry_.functions().MakeCall(name, std::move(args))); }
  table::Registry registry_;
};

TEST_F(Comparison, ThreeValued) {
  EXPECT_EQ(Run("=", {N("INT"), N("INT")}), "NULL");
  EXPECT_EQ(Run("=", {I(1), L(1)}), "TRUE");
  EXPECT_EQ(Run("<", {I(1), Dec("1.5", 2, 1)}), "TRUE");
  EXPECT_EQ(Run(">", {D(1.5), I(1)}), "TRUE");
  EXPECT_EQ(Run("=", {S("a"), S("a  ")}), "FALSE");
  EXPECT_EQ(Run("<", {S("a"), S("b")}), "TRUE");
  EXPECT_EQ(Run("=", {Date("2020-01-01"), S("2020-01-01")}), "TRUE");
  EXPECT_EQ(Run("=", {I(1), S("1")}), "error: implicit type conversion between INTEGER and CHAR is not supported now");
  EXPECT_EQ(Run("=", {Ts("2020-01-01 00:00:00", 3), Ts("2020-01-01 00:00:00", 6)}), "TRUE");
}

TEST_F(Comparison, DistinctBetweenIn) {
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(registry_.functions().MakeCall(n, std::move(a)), "UTC", false); };
  EXPECT_EQ(run("IS DISTINCT FROM", {I(1), N("INT")}), "TRUE");
  EXPECT_EQ(run("IS NOT DISTINCT FROM", {N("INT"), N("INT")}), "TRUE");
  EXPECT_EQ(Run("BETWEEN", {I(2), I(1), I(3)}), "TRUE");
  EXPECT_EQ(Run("BETWEEN", {I(12), I(15), I(10)}), "FALSE");
  EXPECT_EQ(Run("BETWEEN SYMMETRIC", {I(12), I(15), I(10)}), "TRUE");
  EXPECT_EQ(Run("IN", {I(1), I(2), N()}), "NULL");
  EXPECT_EQ(Run("IN", {I(2), I(2), N()}), "TRUE");
  EXPECT_EQ(Run("IN", {S("b"), S("a"), S("bb")}), "FALSE");
  EXPECT_EQ(run("IS NULL", {N("INT")}), "TRUE");
  EXPECT_EQ(run("IS NOT NULL", {I(1)}), "TRUE");
}

TEST_F(Comparison, Like) {
  EXPECT_EQ(Run("LIKE", {S("abc"), S("a%")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("abc"), S("%c")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("abc"), S("%b%")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("abc"), S("a_c")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("a\xc3\xa9" "c"), S("a_c")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("abcbd"), S("a%b_")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("abc"), S("")}), "FALSE");
  EXPECT_EQ(Run("LIKE", {S("10%"), S("10!%"), S("!")}), "TRUE");
  EXPECT_EQ(Run("LIKE", {S("100"), S("10!%"), S("!")}), "FALSE");
}
}  // namespace
}  // namespace tarn::plug
