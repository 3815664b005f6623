#include <gtest/gtest.h>

#include "sql/parser.h"

namespace tarn::sql {
namespace {

std::vector<std::string> Parts(std::string_view script) {
  std::vector<std::string> out;
  for (const ScriptPart& part : SplitScript(script)) out.emplace_back(part.text);
  return out;
}

using Strings = std::vector<std::string>;

TEST(SplitScript, AtSemicolonsOfStatementsOnly) {
  EXPECT_EQ(Parts("SELECT 1; SELECT 2"), (Strings{"SELECT 1", "SELECT 2"}));
  EXPECT_EQ(Parts("SELECT ';', `a;b` -- ; c\n, 1 /* ; */;;\n ; SELECT 2;"), (Strings{"SELECT ';', `a;b` -- ; c\n, 1", "SELECT 2"}));
  EXPECT_EQ(Parts("-- only a comment;"), Strings{});
  EXPECT_EQ(Parts(""), Strings{});
}

TEST(SplitScript, StatementSets) {
  std::string set = "EXECUTE STATEMENT SET BEGIN\nINSERT INTO a SELECT CASE WHEN x THEN 1 END FROM t;\nINSERT INTO b SELECT 2;\nEND";
  EXPECT_EQ(Parts("SET 'a'='b';" + set + "; SELECT 1;"), (Strings{"SET 'a'='b'", set, "SELECT 1"}));
  EXPECT_EQ(Parts("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;"), (Strings{"BEGIN STATEMENT SET", "INSERT INTO a SELECT 1", "END"}));
  EXPECT_TRUE(ParseStatement(set).ok());
}

TEST(SplitScript, Positions) {
  std::vector<ScriptPart> parts = SplitScript("SELECT 1;\n\n  SELECT\n 2");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].position, (TextPosition{3, 3, 4, 2}));
  EXPECT_TRUE(parts[0].terminated);
  EXPECT_FALSE(parts[1].terminated);
}

TEST(IsIncomplete, AsTheClientNeeds) {
  for (std::string_view text : {"", "  -- c", "SELECT 1", "SELECT ';", "SELECT 1; SELECT 2", "SELECT /* ;", "SELECT `a;",
                                "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;"}) {
    EXPECT_TRUE(IsIncomplete(text)) << text;
  }
  for (std::string_view text : {"SELECT 1;", "SELECT ';';  ", "SELECT 1; -- done", "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;",
                                "BEGIN STATEMENT SET;", "QUIT;", "nonsense $ % ;"}) {
    EXPECT_FALSE(IsIncomplete(text)) << text;
  }
}

}  // namespace
}  // namespace tarn::sql
