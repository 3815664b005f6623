#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_json(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(Json, AsFlink) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_json(registry).ok());
  auto call = [&](const std::string& n, std::vector<ExprPtr> a) { return registry.functions().MakeCall(n, std::move(a)); };
  // The clauses must stay literals: only the first argument becomes a column where there are any.
  auto run = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(call(n, std::move(a)), "UTC", false); };
  auto columns = [&](const std::string& n, std::vector<ExprPtr> a) { return Eval(call(n, std::move(a))); };
  const ExprPtr s = S(R"({"a": {"b": [1, 2.50, "x", null]}, "c": true, "d e": "t", "n": null})");
  EXPECT_EQ(run("IS JSON VALUE", {s}), "TRUE");
  EXPECT_EQ(run("IS JSON VALUE", {S("{")}), "FALSE");
  EXPECT_EQ(run("IS JSON VALUE", {N("STRING")}), "FALSE");
  EXPECT_EQ(run("IS NOT JSON ARRAY", {s}), "TRUE");
  EXPECT_EQ(run("IS JSON SCALAR", {S("1")}), "TRUE");
  EXPECT_EQ(columns("JSON_VALUE", {s, S("$.c")}), "true");
  EXPECT_EQ(columns("JSON_VALUE", {s, S("lax $.a.b[1]")}), "2.5");
  EXPECT_EQ(columns("JSON_VALUE", {s, S("$['d e']")}), "t");
  EXPECT_EQ(columns("JSON_VALUE", {s, S("$.a")}), "NULL");
  EXPECT_EQ(columns("JSON_VALUE", {s, S("$.zz")}), "NULL");
  EXPECT_EQ(columns("JSON_VALUE", {S("no json"), S("$.zz")}), "NULL");
  EXPECT_EQ(run("JSON_VALUE", {s, S("$.a.b[0]"), S("RETURNING"), N("INT")}), "1");
  EXPECT_EQ(TypeOf(call("JSON_VALUE", {s, S("$.a.b[0]"), S("RETURNING"), N("INT")})), "INT");
  EXPECT_EQ(run("JSON_VALUE", {s, S("lax $.zz"), S("RETURNING"), N("INT"), S("DEFAULT ON EMPTY"), I(7)}), "7");
  EXPECT_EQ(run("JSON_VALUE", {s, S("$.a"), S("DEFAULT ON ERROR"), S("oops")}), "oops");
  EXPECT_EQ(run("JSON_VALUE", {s, S("$.a"), S("DEFAULT ON ERROR"), S("NULL")}), "NULL");
  EXPECT_EQ(run("JSON_VALUE", {s, S("lax $.zz"), S("DEFAULT ON EMPTY"), S("ERROR")}), "ERROR");
  EXPECT_EQ(run("JSON_VALUE", {s, S("lax $.zz"), S("ON EMPTY"), S("ERROR")}).substr(0, 12), "error: Empty");
  EXPECT_EQ(columns("JSON_QUERY", {s, S("$.a")}), R"({"b":[1,2.5,"x",null]})");
  EXPECT_EQ(columns("JSON_QUERY", {s, S("$.c")}), "NULL");
  EXPECT_EQ(run("JSON_QUERY", {s, S("$.a.b[0]"), S("WRAPPER"), S("WITH UNCONDITIONAL")}), "[1]");
  EXPECT_EQ(run("JSON_QUERY", {s, S("$.a"), S("WRAPPER"), S("WITH CONDITIONAL")}), R"({"b":[1,2.5,"x",null]})");
  EXPECT_EQ(run("JSON_QUERY", {s, S("$.c"), S("ON ERROR"), S("EMPTY OBJECT")}), "{}");
  EXPECT_EQ(run("JSON_QUERY", {s, S("lax $.zz"), S("ON EMPTY"), S("EMPTY ARRAY")}), "[]");
  EXPECT_EQ(columns("JSON_QUERY", {s, S("$.a.b[*]")}), R"([1,2.5,"x",null])");
  EXPECT_EQ(run("JSON_QUERY", {s, S("$.a.b"), S("RETURNING"), N("ARRAY<STRING>")}), "[1, 2.5, x, NULL]");
  EXPECT_EQ(columns("JSON_EXISTS", {s, S("$.a")}), "TRUE");
  EXPECT_EQ(columns("JSON_EXISTS", {s, S("$.zz")}), "FALSE");
  EXPECT_EQ(run("JSON_EXISTS", {s, S("strict $.zz"), S("ON ERROR"), S("TRUE")}), "TRUE");
  EXPECT_EQ(columns("JSON_STRING", {Dec("1.10", 3, 2)}), "1.1");
  EXPECT_EQ(columns("JSON_STRING", {Ts("2020-01-01 00:00:00.123")}), "\"2020-01-01T00:00:00.123\"");
  EXPECT_EQ(columns("JSON_STRING", {S("a\"b\n")}), R"("a\"b\n")");
  EXPECT_EQ(run("JSON_OBJECT", {S("a"), I(1), S("b"), N("INT"), S("ON NULL"), S("NULL")}), R"({"a":1,"b":null})");
  EXPECT_EQ(run("JSON_OBJECT", {S("a"), I(1), S("b"), N("INT"), S("ON NULL"), S("ABSENT")}), R"({"a":1})");
  EXPECT_EQ(run("JSON_OBJECT", {S("a"), N()}), "error: Illegal use of 'NULL'");
  EXPECT_EQ(run("JSON_ARRAY", {I(1), S("x"), N("INT"), S("ON NULL"), S("ABSENT")}), R"([1,"x"])");
  ExprPtr inner = *call("JSON_ARRAY", {I(1), S("x")});
  EXPECT_EQ(run("JSON_OBJECT", {S("k"), inner}), R"({"k":[1,"x"]})");
}
}  // namespace
}  // namespace tarn::plug
