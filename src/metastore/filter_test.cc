#include "metastore/filter.h"

#include <gtest/gtest.h>

#include "metastore/test_small_stack.h"
#include "wire/fault.h"

namespace tarn::metastore {
namespace {

const std::vector<wire::FieldSchema> kKeys = {{.name = "s", .type = "string"}, {.name = "n", .type = "int"}, {.name = "d", .type = "date"}};

bool Match(const std::string& text, const std::vector<std::string>& values) {
  auto f = Filter::Parse(text);
  EXPECT_TRUE(f.ok()) << text << ": " << f.status().ToString();
  if (!f.ok()) return false;
  Status s = f->Bind(kKeys);
  EXPECT_TRUE(s.ok()) << text << ": " << s.ToString();
  return s.ok() && f->Matches(values);
}
std::string Fails(const std::string& text) {
  auto f = Filter::Parse(text);
  Status s = f.ok() ? f->Bind(kKeys) : f.status();
  return std::string(wire::FaultName(s));
}

const std::vector<std::string> kRow = {"it's", "12", "2026-03-04"};

TEST(Filter, Comparisons) {
  EXPECT_TRUE(Match("n = 12", kRow));
  EXPECT_TRUE(Match("12 = n", kRow));
  EXPECT_TRUE(Match("N <> 13", kRow));
  EXPECT_TRUE(Match("n != 13 and n > 2 and n >= 12 and n < 100 and n <= 12", kRow));
  EXPECT_TRUE(Match("5 < n", kRow));
  EXPECT_FALSE(Match("5 > n", kRow));
  EXPECT_TRUE(Match("n > -3", kRow));
  EXPECT_TRUE(Match("s = \"it's\"", kRow));
  EXPECT_TRUE(Match("s = 'it\\'s'", {R"(it\'s)", "1", "x"}));   // a backslash stays in the text: Hive's lexer only looks past what follows it
  EXPECT_FALSE(Match("s = 'it\\'s'", kRow));
  EXPECT_TRUE(Match("n > 12", {"a", "99999999999999999999", "x"}));   // Hive compares decimal(21,0)
  EXPECT_TRUE(Match("d = date '2026-03-04' and d > 2026-03-03 and d < '2026-03-05'", kRow));
}

TEST(Filter, LogicAndLists) {
  EXPECT_TRUE(Match("(n = 1 or n = 12) and (s like 'it%')", kRow));
  EXPECT_TRUE(Match("n = 1 and n = 2 or n = 12", kRow));
  EXPECT_FALSE(Match("n = 1 and (n = 2 or n = 12)", kRow));
  EXPECT_TRUE(Match("n between 10 and 12", kRow));
  EXPECT_FALSE(Match("n not between 10 and 12", kRow));
  EXPECT_TRUE(Match("(n) in (1, 12)", kRow));
  EXPECT_TRUE(Match("(n) IN (12)", kRow));
  EXPECT_TRUE(Match("(s) not in ('a', 'b')", kRow));
  EXPECT_TRUE(Match("(struct(n, d)) in (const struct(1, 2026-01-01), const struct(12, 2026-03-04))", kRow));
  EXPECT_FALSE(Match("(struct(n, d)) in (const struct(12, 2026-01-01))", kRow));
  EXPECT_TRUE(Match("((((n = 12))))", kRow));
  EXPECT_TRUE(Match("", kRow));
}

TEST(Filter, NoNumberMatchesNothing) {
  EXPECT_FALSE(Match("n <> 5", {"a", "__HIVE_DEFAULT_PARTITION__", "x"}));
  EXPECT_TRUE(Match("s <> 'b'", {"__HIVE_DEFAULT_PARTITION__", "1", "x"}));
}

TEST(Filter, Refused) {
  for (const char* bad : {"n", "n =", "= 5", "n == == 5", "(n = 5", "n = 5)", "not (n = 5)", "n is null", "s = 'open", "n = 5 6", "n between 5", "in (5)",
                          "x = 5", "s = 5", "n = 'a'", "n like 'a'", "d = 'nodate'", "-", "n = -", "n in (12)", "d = date 2026-03-04", "  "}) {
    EXPECT_EQ(Fails(bad), "MetaException") << bad;
  }
  EXPECT_EQ(Fails(std::string(100'000, '(')), "MetaException");   // depth is limited
}

std::string Chain(const std::string& term, const std::string& between, size_t n, const std::string& last) {
  std::string out;
  out.reserve(n * (term.size() + between.size()) + last.size());
  for (size_t i = 0; i + 1 < n; ++i) { out += term; out += between; }
  return out + last;
}

// On the stack of a connection's thread: neither reading, nor asking, nor throwing away follows a chain downwards.
TEST(Filter, ChainsOfAMillionTerms) {
  OnSmallStack([] {
    constexpr size_t kTerms = Filter::kLiteralsMax;
    EXPECT_TRUE(Match(Chain("n=1", " or ", kTerms, "n=12"), kRow));
    EXPECT_FALSE(Match(Chain("n=1", " or ", kTerms, "n=2"), kRow));
    EXPECT_TRUE(Match(Chain("n=12", " and ", kTerms, "n<13"), kRow));
    EXPECT_FALSE(Match(Chain("n=12", " and ", kTerms, "n=2"), kRow));
    EXPECT_TRUE(Match(Chain("n=1 or n=2 and n=12", " or ", kTerms / 3, "n=12"), kRow));
    EXPECT_TRUE(Match("(n=1 or " + Chain("n=1", " or ", kTerms - 1, "n=12") + ")", kRow));
    auto f = Filter::Parse(Chain("n=1", " and ", kTerms, "s='a'"));
    ASSERT_TRUE(f.ok() && f->Bind(kKeys).ok());
    EXPECT_EQ(f->FirstKeyEquals(), "a");
    EXPECT_EQ(Fails(Chain("n=1", " or ", kTerms + 1, "n=1")), "MetaException");
    EXPECT_EQ(Fails("(n) in (" + Chain("1", ",", kTerms + 1, "1") + ")"), "MetaException");
    EXPECT_EQ(Fails("struct(" + std::string(1 << 20, 'n') + ") in (" + Chain("struct(1)", ",", 1000, "struct(1)") + ")"), "MetaException");
  });
}

TEST(Filter, DepthOfParentheses) {
  OnSmallStack([] {
    for (const std::string& open : {std::string("("), std::string("(n=12 and ("), std::string("(n=1 or n=12 and (")}) {
      size_t pairs = static_cast<size_t>(std::count(open.begin(), open.end(), '('));
      auto nested = [&](size_t times) {
        std::string text;
        for (size_t i = 0; i < times; ++i) text += open;
        return text + "n=12" + std::string(times * pairs, ')');
      };
      EXPECT_TRUE(Match(nested(Filter::kDepthMax / pairs), kRow)) << open;
      EXPECT_EQ(Fails(nested(Filter::kDepthMax / pairs + 1)), "MetaException") << open;
      EXPECT_EQ(Fails(nested(1'000'000)), "MetaException") << open;
    }
  });
}

TEST(Filter, LastAccessAgainstAText) {
  auto finds = [](std::string_view text, int32_t last_access, bool text_is_code) {
    auto f = Filter::Parse("hive_filter_field_last_access__ = " + std::string(text));
    EXPECT_TRUE(f.ok() && f->BindTableFields(text_is_code).ok()) << text;
    wire::Table t;
    t.lastAccessTime = last_access;
    return f->MatchesTable(t);
  };
  EXPECT_TRUE(finds("'xy'", 'x', true));   // the first character's code, as the real 3.1.3 answers
  EXPECT_FALSE(finds("'x'", 'x', false));
  EXPECT_FALSE(finds("'2000'", 2000, true));
  EXPECT_TRUE(finds("2000", 2000, true));
  EXPECT_TRUE(finds("'\u00e9'", 0xE9, true));
  EXPECT_TRUE(finds("'\u20ac'", 0x20AC, true));
  EXPECT_TRUE(finds("'\U0001f600'", 0xD83D, true));
  auto empty = Filter::Parse("hive_filter_field_last_access__ = ''");
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(wire::FaultName(empty->BindTableFields(true)), "MetaException");
}

TEST(Filter, FirstKey) {
  auto f = Filter::Parse("n > 5 and s = 'a' and d = 2026-01-01");
  ASSERT_TRUE(f.ok() && f->Bind(kKeys).ok());
  EXPECT_EQ(f->FirstKeyEquals(), "a");
  f = Filter::Parse("s = 'a' or n = 5");
  ASSERT_TRUE(f.ok() && f->Bind(kKeys).ok());
  EXPECT_FALSE(f->FirstKeyEquals().has_value());
}

}  // namespace
}  // namespace tarn::metastore
