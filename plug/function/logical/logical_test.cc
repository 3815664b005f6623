#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_logical(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(Logical, KleeneTable) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_logical(registry).ok());
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(registry.functions().MakeCall(n, std::move(a)), "UTC", n.substr(0, 2) != "IS"); };
  ExprPtr t = B(true), f = B(false), n = N("BOOLEAN");
  EXPECT_EQ(run("AND", {t, n}), "NULL");
  EXPECT_EQ(run("AND", {f, n}), "FALSE");
  EXPECT_EQ(run("AND", {t, t}), "TRUE");
  EXPECT_EQ(run("OR", {t, n}), "TRUE");
  EXPECT_EQ(run("OR", {f, n}), "NULL");
  EXPECT_EQ(run("OR", {f, f}), "FALSE");
  EXPECT_EQ(run("NOT", {n}), "NULL");
  EXPECT_EQ(run("NOT", {t}), "FALSE");
  EXPECT_EQ(run("IS TRUE", {n}), "FALSE");
  EXPECT_EQ(run("IS NOT TRUE", {n}), "TRUE");
  EXPECT_EQ(run("IS FALSE", {f}), "TRUE");
  EXPECT_EQ(run("IS NOT FALSE", {n}), "TRUE");
  EXPECT_EQ(run("IS UNKNOWN", {n}), "TRUE");
  EXPECT_EQ(run("IS NOT UNKNOWN", {f}), "TRUE");
}
}  // namespace
}  // namespace tarn::plug
