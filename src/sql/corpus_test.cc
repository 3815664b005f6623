// Every statement of test/sql_parser: Tarn's verdict and canonical text are those of the real Flink parser, as recorded there, but
// for the listed differences; and printing in any style parses back to the same tree.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace tarn::sql {
namespace {

std::string ReadCorpus(const std::string& name) {
  std::ifstream in(std::string(TARN_SQL_CORPUS) + "/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

struct Recorded {
  std::string statement, flink;
};

std::vector<Recorded> ReadRecorded(const std::string& name) {
  std::istringstream in(ReadCorpus(name));
  std::vector<Recorded> all;
  std::string line, statement, flink;
  bool answer = false;
  std::getline(in, line);      // the header
  while (std::getline(in, line)) {
    if (line == ";;") {
      all.push_back({std::string(Trim(statement)), std::string(Trim(flink))});
      statement.clear();
      flink.clear();
      answer = false;
    } else if (line == "->") {
      answer = true;
    } else {
      (answer ? flink : statement) += line + "\n";
    }
  }
  return all;
}

// Before validation Flink prints the functions that Calcite does not know as written, in backticks; after it, and so in what it stores,
// by their upper-case names. Tarn always does the latter.
std::string WithFunctionNames(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = text[i] == '`' ? text.find('`', i + 1) : std::string::npos;
    if (end != std::string::npos && text.compare(end, 2, "`(") == 0 && (i == 0 || text[i - 1] != '.')) {
      out += ToUpper(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else if (end != std::string::npos) {
      out += text.substr(i, end + 1 - i);
      i = end + 1;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::set<std::string> ReadDifferences() {
  std::istringstream in(ReadCorpus("differences.md"));
  std::set<std::string> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("    ")) all.insert(line.substr(4));
  }
  return all;
}

void ExpectRoundTrip(const std::string& text, const ParseOptions& options = {}) {
  Result<Statement> tree = ParseStatement(text, options);
  ASSERT_TRUE(tree.ok()) << text << "\n" << tree.status().ToString();
  for (NameStyle style : {NameStyle::kCanonical, NameStyle::kReadable}) {
    std::string printed = Print(*tree, {style, options.dialect});
    Result<Statement> again = ParseStatement(printed, options);
    ASSERT_TRUE(again.ok()) << text << "\n" << printed << "\n" << again.status().ToString();
    EXPECT_TRUE(*again == *tree) << text << "\n" << printed << "\n" << Print(*again, {style, options.dialect});
  }
}

TEST(Corpus, AgreesWithFlink) {
  std::set<std::string> differences = ReadDifferences();
  std::set<std::string> used;
  size_t count = 0;
  for (const char* file : {"statements.flink", "errors.flink"}) {
    for (const Recorded& recorded : ReadRecorded(file)) {
      ++count;
      Result<Statement> tree = ParseStatement(recorded.statement);
      std::string expected = WithFunctionNames(recorded.flink);
      bool flink_ok = !recorded.flink.starts_with("ERROR ");
      bool same = tree.ok() == flink_ok && (!tree.ok() || Trim(Print(*tree)) == expected);
      if (differences.contains(recorded.statement)) {
        EXPECT_FALSE(same) << "no longer different: " << recorded.statement;
        used.insert(recorded.statement);
      } else if (tree.ok()) {
        EXPECT_EQ(Trim(Print(*tree)), expected) << recorded.statement;
      } else {
        EXPECT_FALSE(flink_ok) << recorded.statement << "\n" << tree.status().ToString();
        EXPECT_TRUE(tree.status().position().known()) << recorded.statement;
      }
      if (tree.ok()) ExpectRoundTrip(recorded.statement);
    }
  }
  EXPECT_GT(count, 350u);
  EXPECT_EQ(used, differences);
}

// The messages of Flink that this parser gives word for word.
TEST(Corpus, ErrorTextsOfFlink) {
  size_t same = 0, all = 0;
  for (const Recorded& recorded : ReadRecorded("errors.flink")) {
    Result<Statement> tree = ParseStatement(recorded.statement);
    if (tree.ok() || !recorded.flink.starts_with("ERROR ")) continue;
    ++all;
    if (tree.status().message() == "SQL parse failed. " + recorded.flink.substr(6)) ++same;
  }
  EXPECT_GE(same * 100, all * 70) << same << " of " << all;
}

TEST(Corpus, HiveDialectRoundTrip) {
  std::string text = ReadCorpus("hive.sql");
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find("\n;;\n", begin);
    std::string statement = text.substr(begin, end == std::string::npos ? end : end - begin);
    ExpectRoundTrip(statement, {Dialect::kHive});
    begin = end == std::string::npos ? text.size() : end + 4;
  }
}

}  // namespace
}  // namespace tarn::sql
