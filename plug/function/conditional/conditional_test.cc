#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_conditional(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

class Conditional : public ::testing::Test {
 protected:
  Conditional() { EXPECT_TRUE(Register_function_conditional(registry_).ok()); }
  Result<ExprPtr> Call(const std::string& name, std::vector<ExprPtr> args) { return registry_.functions().MakeCall(name, std::move(args)); }
  std::string Run(const std::string& name, std::vector<ExprPtr> args) { return Eval(Call(name, std::move(args)), "UTC"); }
  table::Registry registry_;
};

TEST_F(Conditional, Cases) {
  EXPECT_EQ(Run("CASE", {B(true), S("a"), S("bc")}), "a");
  EXPECT_EQ(TypeOf(Call("CASE", {B(true), S("a"), S("bc")})), "VARCHAR(2) NOT NULL");
  EXPECT_EQ(TypeOf(Call("CASE", {B(true), I(1), Dec("1.5", 2, 1)})), "DECIMAL(11, 1) NOT NULL");
  EXPECT_EQ(TypeOf(Call("CASE", {B(true), I(1)})), "INT");
  EXPECT_EQ(Run("CASE", {B(false), I(1), N("BOOLEAN"), I(2), I(3)}), "3");
  EXPECT_EQ(Run("CASE", {B(true), I(1), S("a")}), "error: Illegal mixing of types in CASE or COALESCE statement");
  EXPECT_EQ(Run("IF", {B(false), I(1), L(2)}), "2");
  EXPECT_EQ(Run("IF", {N(), I(1), I(2)}).substr(0, 24), "error: Cannot apply 'IF'");
  EXPECT_EQ(Run("COALESCE", {N(), I(5)}), "5");
  EXPECT_EQ(TypeOf(Call("IFNULL", {N("INT"), I(5)})), "INT NOT NULL");
  EXPECT_EQ(Run("NULLIF", {I(5), I(5)}), "NULL");
  EXPECT_EQ(Run("NULLIF", {I(5), Dec("5.1", 2, 1)}), "5");
  EXPECT_EQ(Run("GREATEST", {I(1), I(3), I(2)}), "3");
  EXPECT_EQ(Run("LEAST", {S("b"), S("a")}), "a");
  EXPECT_EQ(Run("GREATEST", {I(1), N("INT")}), "NULL");
  EXPECT_EQ(Run("IS_ALPHA", {S("")}), "FALSE");
  EXPECT_EQ(Run("IS_DECIMAL", {S("1.2e3")}), "TRUE");
  EXPECT_EQ(Run("IS_DIGIT", {S("12a")}), "FALSE");
}
}  // namespace
}  // namespace tarn::plug
