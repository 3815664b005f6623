#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_string(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(String, AsFlink) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_string(registry).ok());
  struct Case { const char* name; std::vector<ExprPtr> args; const char* expected; };
  const Case cases[] = {
      {"||", {S("a"), S("b")}, "ab"},
      {"||", {S("a"), N("STRING")}, "NULL"},
      {"CONCAT", {S("a"), N()}, "error: Illegal use of 'NULL'"},
      {"CONCAT_WS", {S("~"), S("a"), S(""), S("b")}, "a~~b"},
      {"CHAR_LENGTH", {S("a\xf0\x9f\x98\x80")}, "2"},
      {"UPPER", {S("a\xc3\xa9")}, "A\xc3\x89"},
      {"INITCAP", {S("hello world-foo")}, "Hello World-Foo"},
      {"POSITION", {S("b"), S("abc")}, "2"},
      {"POSITION", {S("x"), S("abc")}, "0"},
      {"LOCATE", {S("b"), S("abcb"), I(3)}, "4"},
      {"INSTR", {S("abcb"), S("b"), I(1), I(2)}, "4"},
      {"TRIM", {S("LEADING"), S("ab"), S("abac")}, "c"},
      {"TRIM", {S("BOTH"), S(" "), S("  a ")}, "a"},
      {"LTRIM", {S("  a ")}, "a "},
      {"RTRIM", {S("abxx"), S("x")}, "ab"},
      {"REPEAT", {S("ab"), I(0)}, ""},
      {"REPEAT", {S("ab"), I(2)}, "abab"},
      {"REPLACE", {S("hello"), S("l"), S("LL")}, "heLLLLo"},
      {"OVERLAY", {S("xxxxxtest"), S("xxxx"), I(6)}, "xxxxxxxxx"},
      {"OVERLAY", {S("xxxxxtest"), S("xxxx"), I(6), I(2)}, "xxxxxxxxxst"},
      {"SUBSTRING", {S("hello"), I(-3), I(2)}, "ll"},
      {"SUBSTRING", {S("hello"), I(0), I(2)}, "he"},
      {"SUBSTRING", {S("hi"), I(-3), I(2)}, ""},
      {"SUBSTRING", {S("hello"), I(2)}, "ello"},
      {"SUBSTRING", {S("hello"), I(2), I(-1)}, "NULL"},
      {"SUBSTRING", {S("hello"), I(9)}, ""},
      {"SUBSTRING", {S("h\xc3\xa9llo"), I(2), I(2)}, "\xc3\xa9l"},
      {"LEFT", {S("hello"), I(-1)}, ""},
      {"RIGHT", {S("hello"), I(2)}, "lo"},
      {"LPAD", {S("hi"), I(5), S("ab")}, "abahi"},
      {"LPAD", {S("hi"), I(1), S("ab")}, "h"},
      {"LPAD", {S("hi"), I(-1), S("ab")}, "NULL"},
      {"RPAD", {S("hi"), I(5), S("")}, "NULL"},
      {"REVERSE", {S("ab\xc3\xa9")}, "\xc3\xa9" "ba"},
      {"ASCII", {S("")}, "0"},
      {"ASCII", {S("\xc3\xa9")}, "-61"},
      {"CHR", {I(353)}, "a"},
      {"CHR", {I(-1)}, ""},
      {"TO_BASE64", {S("hello")}, "aGVsbG8="},
      {"FROM_BASE64", {S("aGVsbG8=")}, "hello"},
      {"FROM_BASE64", {S("?")}, "error: Illegal base64 text '?'"},
      {"ENCODE", {S("a\xc3\xa9"), S("UTF-16")}, "x'feff006100e9'"},
      {"SPLIT_INDEX", {S("a|b"), I(124), I(0)}, "a"},
      {"SPLIT_INDEX", {S("a,,b"), S(","), I(1)}, ""},
      {"SPLIT_INDEX", {S("a,b"), S(","), I(2)}, "NULL"},
      {"SPLIT_INDEX", {S("a,b"), S(","), I(-1)}, "NULL"},
      {"PARSE_URL", {S("http://u:p@h.org:80/a/b.php?k1=v1&k2=v2#Ref1"), S("QUERY"), S("k2")}, "v2"},
      {"PARSE_URL", {S("http://u:p@h.org:80/a/b.php?k1=v1&k2=v2#Ref1"), S("HOST")}, "h.org"},
      {"PARSE_URL", {S("http://u:p@h.org:80/a/b.php?k1=v1&k2=v2#Ref1"), S("FILE")}, "/a/b.php?k1=v1&k2=v2"},
      {"PARSE_URL", {S("http://u:p@h.org:80/a/b.php"), S("USERINFO")}, "u:p"},
      {"PARSE_URL", {S("nonsense"), S("HOST")}, "NULL"},
  };
  for (const Case& c : cases) EXPECT_EQ(Eval(registry.functions().MakeCall(c.name, c.args), "UTC", std::string(c.name) != "TRIM"), c.expected) << c.name;
  EXPECT_EQ(TypeOf(registry.functions().MakeCall("||", {S("a"), S("b")})), "CHAR(2) NOT NULL");
  EXPECT_EQ(TypeOf(registry.functions().MakeCall("UPPER", {S("ab")})), "CHAR(2) NOT NULL");
}
}  // namespace
}  // namespace tarn::plug
