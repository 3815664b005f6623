// The fuzz target's poor sister: deterministic mutations of the corpus, in every run of the unit tests.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "sql/parser.h"
#include "sql/printer.h"

namespace tarn::sql {
namespace {

std::vector<std::string> Seeds(const std::string& name) {
  std::ifstream in(std::string(TARN_SQL_CORPUS) + "/" + name);
  std::ostringstream all;
  all << in.rdbuf();
  std::string text = all.str();
  std::vector<std::string> seeds;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find("\n;;\n", begin);
    seeds.push_back(text.substr(begin, end == std::string::npos ? end : end - begin));
    begin = end == std::string::npos ? text.size() : end + 4;
  }
  return seeds;
}

// Replaces, drops, doubles or moves words; or damages a byte.
std::string Mutate(std::string text, const std::vector<std::string>& seeds, std::mt19937& random) {
  static const std::vector<std::string> kWords = {"(", ")", ",", ".", ";", "'", "`", "-", "*", "[", "]", "<", ">", "NOT", "AS", "SELECT", "FROM",
                                                  "BY", "NULL", "1", "x", "CASE", "END", "IN", "BETWEEN", "AND", "LIKE", "/*", "*/", "--", "U&'", "\\",
                                                  "INTERVAL", "ROW", "TABLE", "\xC3\xA9", "?", "PARTITION", "1e9", "(SELECT 1)", "IS", "ARRAY"};
  for (unsigned i = 0, times = 1 + random() % 2; i < times; ++i) {
    size_t at = text.empty() ? 0 : random() % text.size();
    switch (random() % 12) {
      case 0: text.insert(at, " " + kWords[random() % kWords.size()] + " "); break;
      case 1: text.erase(at, 1 + random() % 8); break;
      case 2: text.insert(at, text.substr(random() % (text.size() + 1), 1 + random() % 20)); break;
      case 3: if (!text.empty()) text[at] = static_cast<char>(random()); break;
      case 4: text.resize(at); break;
      default: {      // a word becomes a word of another statement
        auto word = [&](const std::string& from) {
          size_t begin = from.empty() ? 0 : from.find_first_not_of(" ,()\n", random() % from.size());
          begin = std::min(begin, from.size());
          return std::pair(begin, std::min(from.find_first_of(" ,()\n", begin), from.size()));
        };
        const std::string& other = seeds[random() % seeds.size()];
        auto [begin, end] = word(text);
        auto [other_begin, other_end] = word(other);
        text = text.substr(0, begin) + other.substr(other_begin, other_end - other_begin) + text.substr(end);
        break;
      }
      case 5: {
        const std::string& other = seeds[random() % seeds.size()];
        text = text.substr(0, at) + " " + other.substr(random() % (other.size() + 1));
        break;
      }
    }
  }
  return text;
}

// True: it parsed.
bool Check(const std::string& text, Dialect dialect) {
  Result<Statement> tree = ParseStatement(text, {dialect});
  SplitScript(text);
  if (!tree.ok()) {
    EXPECT_FALSE(tree.status().message().empty());
    EXPECT_TRUE(tree.status().position().known()) << text;
    return false;
  }
  for (NameStyle style : {NameStyle::kCanonical, NameStyle::kReadable}) {
    std::string printed = Print(*tree, {style, dialect});
    Result<Statement> again = ParseStatement(printed, {dialect});
    EXPECT_TRUE(again.ok()) << text << "\n" << printed << "\n" << again.status().ToString();
    if (!again.ok()) continue;
    EXPECT_TRUE(*again == *tree) << text << "\n" << printed << "\n" << Print(*again, {style, dialect});
  }
  return true;
}

TEST(Mutation, ParsesOrFailsCleanly) {
  std::mt19937 random(20240101);
  constexpr int kRuns = 20000;
  for (Dialect dialect : {Dialect::kFlink, Dialect::kHive}) {
    std::vector<std::string> seeds = Seeds(dialect == Dialect::kHive ? "hive.sql" : "statements.sql");
    ASSERT_FALSE(seeds.empty());
    int parsed = 0;
    for (int i = 0; i < kRuns && !HasFailure(); ++i) parsed += Check(Mutate(seeds[random() % seeds.size()], seeds, random), dialect);
    EXPECT_GT(parsed, kRuns / 20);
  }
}

}  // namespace
}  // namespace tarn::sql
