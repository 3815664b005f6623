#include "sql/complete.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sql/highlight.h"

namespace tarn::sql {
namespace {

class FakeNames final : public NameSource {
 public:
  std::vector<std::string> Catalogs() override { return {"default_catalog", "lake"}; }
  std::vector<std::string> Databases(const std::string& catalog) override {
    return catalog == "lake" ? std::vector<std::string>{"web"} : std::vector<std::string>{"default_database"};
  }
  std::vector<std::string> Tables(const std::string& catalog, const std::string& database) override {
    if (catalog == "lake" && database == "web") return {"clicks"};
    if (!catalog.empty() || !database.empty()) return {};
    return {"orders", "order items"};
  }
  std::vector<std::string> Columns(const std::vector<std::string>& table) override {
    if (table.back() == "orders") return {"id", "amount", "timestamp"};
    if (table == std::vector<std::string>{"lake", "web", "clicks"}) return {"url"};
    return {};
  }
  std::vector<std::string> Functions() override { return {"ABS", "AVG"}; }
  std::vector<std::string> Modules() override { return {"core"}; }
  std::vector<std::string> OptionKeys() override { return {"execution.runtime-mode", "execution.checkpointing.interval", "table.dml-sync"}; }
};

// The cursor is at |.
std::vector<std::string> At(std::string text) {
  size_t position = text.find('|');
  text.erase(position, 1);
  FakeNames names;
  return CompleteStatement(text, position, names).candidates;
}

bool Has(const std::vector<std::string>& list, const std::string& item) { return std::find(list.begin(), list.end(), item) != list.end(); }

using Strings = std::vector<std::string>;

TEST(Complete, Words) {
  EXPECT_EQ(At("SEL|"), Strings{"SELECT"});
  EXPECT_EQ(At("sel|"), Strings{"SELECT"});
  EXPECT_TRUE(Has(At("|"), "CREATE"));
  EXPECT_EQ(At("CREATE T|"), (Strings{"TABLE", "TEMPORARY"}));
  EXPECT_TRUE(Has(At("SHOW |"), "CATALOGS"));
  EXPECT_EQ(At("SELECT a FROM t GR|"), Strings{"GROUP"});
  EXPECT_EQ(At("SELECT a FROM t GROUP |"), Strings{"BY"});
  EXPECT_TRUE(Has(At("SELECT a FROM t LEFT |"), "JOIN"));
  EXPECT_TRUE(Has(At("SELECT a FROM t WHERE a |"), "BETWEEN"));
  EXPECT_EQ(At("SELECT 1; SHO|"), Strings{"SHOW"});
}

TEST(Complete, Names) {
  EXPECT_TRUE(Has(At("SELECT * FROM |"), "orders"));
  EXPECT_TRUE(Has(At("SELECT * FROM |"), "LATERAL"));
  EXPECT_TRUE(Has(At("SELECT * FROM |"), "lake"));
  EXPECT_EQ(At("SELECT * FROM ord|"), (Strings{"`order items`", "orders"}));
  EXPECT_EQ(At("SELECT * FROM `ord|"), (Strings{"`order items`", "orders"}));
  EXPECT_EQ(At("SELECT * FROM lake.web.|"), Strings{"clicks"});
  EXPECT_EQ(At("SELECT * FROM lake.w|"), Strings{"web"});
  EXPECT_EQ(At("USE CATALOG l|"), Strings{"lake"});
  EXPECT_EQ(At("DROP TABLE o|"), (Strings{"`order items`", "orders"}));
  EXPECT_EQ(At("INSERT INTO o|"), (Strings{"`order items`", "orders"}));
  EXPECT_EQ(At("SELECT a AS |"), Strings{});
}

TEST(Complete, Columns) {
  EXPECT_EQ(At("SELECT o.| FROM orders AS o"), (Strings{"`timestamp`", "amount", "id"}));
  EXPECT_EQ(At("SELECT am| FROM orders"), Strings{"amount"});
  EXPECT_EQ(At("SELECT id FROM orders WHERE am|; SELECT 1"), Strings{"amount"});
  EXPECT_EQ(At("SELECT c.u| FROM orders o JOIN lake.web.clicks c ON true"), Strings{"url"});
  EXPECT_EQ(At("SELECT AB| FROM orders"), Strings{"ABS"});
  EXPECT_EQ(At("INSERT INTO orders (am|"), Strings{"amount"});
}

TEST(Complete, OptionKeys) {
  EXPECT_EQ(At("SET 'execution.r|"), Strings{"execution.runtime-mode"});
  EXPECT_EQ(At("SET table.d|"), Strings{"table.dml-sync"});
  EXPECT_EQ(At("SET |").size(), 3u);
  EXPECT_EQ(At("RESET 'table|"), Strings{"table.dml-sync"});
}

TEST(Complete, NothingInStringsAndComments) {
  EXPECT_EQ(At("SELECT 'SEL|"), Strings{});
  EXPECT_EQ(At("SELECT a -- SEL|"), Strings{});
  EXPECT_EQ(At("SELECT /* SEL|"), Strings{});
}

TEST(Complete, ReplacesTheWord) {
  FakeNames names;
  Completion completion = CompleteStatement("SELECT * FROM ord", 17, names);
  EXPECT_EQ(completion.begin, 14u);
  EXPECT_EQ(completion.end, 17u);
  EXPECT_EQ(CompleteStatement("SEL", 99, names).end, 3u);
}

TEST(Highlight, Classes) {
  std::vector<TextSpan> spans = Highlight("SELECT t.date, 'x', 1 -- c");
  std::vector<TextClass> classes;
  for (const TextSpan& span : spans) classes.push_back(span.text_class);
  EXPECT_EQ(classes, (std::vector<TextClass>{TextClass::kKeyword, TextClass::kName, TextClass::kOperator, TextClass::kName, TextClass::kOperator,
                                             TextClass::kString, TextClass::kOperator, TextClass::kNumber, TextClass::kComment}));
  EXPECT_EQ(Highlight("SELECT 'open").back(), (TextSpan{7, 12, TextClass::kString}));
  EXPECT_EQ(Highlight("a # b")[1].text_class, TextClass::kError);
  EXPECT_EQ(Highlight("/*+ OPTIONS('a'='b') */").front().text_class, TextClass::kHint);
}

}  // namespace
}  // namespace tarn::sql
