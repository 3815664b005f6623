#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_regex(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(Regex, AsFlink) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_regex(registry).ok());
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(registry.functions().MakeCall(n, std::move(a))); };
  EXPECT_EQ(run("REGEXP", {S("abc"), S("b+")}), "TRUE");
  EXPECT_EQ(run("REGEXP", {S("abc"), S("")}), "FALSE");
  EXPECT_EQ(run("REGEXP", {S("abc"), S("(")}), "FALSE");
  EXPECT_EQ(run("REGEXP_REPLACE", {S("foobar"), S("oo|ar"), S("")}), "fb");
  EXPECT_EQ(run("REGEXP_REPLACE", {S("abc"), S("b"), S("[$1]")}), "a[$1]c");
  EXPECT_EQ(run("REGEXP_REPLACE", {S("abc"), S("("), S("x")}), "NULL");
  EXPECT_EQ(run("REGEXP_REPLACE", {S("ab"), S("x*"), S("-")}), "-a-b-");
  EXPECT_EQ(run("REGEXP_EXTRACT", {S("foothebar"), S("foo(.*?)(bar)"), I(2)}), "bar");
  EXPECT_EQ(run("REGEXP_EXTRACT", {S("foothebar"), S("foo(.*?)(bar)")}), "foothebar");
  EXPECT_EQ(run("REGEXP_EXTRACT", {S("foothebar"), S("foo(.*?)(bar)"), I(3)}), "NULL");
  EXPECT_EQ(run("REGEXP_EXTRACT", {S("x"), S("y")}), "NULL");
  EXPECT_EQ(run("SIMILAR TO", {S("abc"), S("(a|b)%")}), "TRUE");
  EXPECT_EQ(run("SIMILAR TO", {S("cbc"), S("(a|b)%")}), "FALSE");
  EXPECT_EQ(run("SIMILAR TO", {S("a.c"), S("a.c")}), "TRUE");
  EXPECT_EQ(run("SIMILAR TO", {S("abc"), S("a.c")}), "FALSE");
  EXPECT_EQ(run("SIMILAR TO", {S("a5"), S("a[0-9]+")}), "TRUE");
  EXPECT_EQ(run("STR_TO_MAP", {S("k1=v1,k2,k3=v=3")}), "{k1=v1, k2=NULL, k3=v=3}");
  EXPECT_EQ(run("STR_TO_MAP", {S("k1:v1;k2:v2"), S("[;]"), S(":")}), "{k1=v1, k2=v2}");
}
}  // namespace
}  // namespace tarn::plug
