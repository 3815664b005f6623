// Predicates recorded from hive-exec 3.1.3 and 4.0.1 (test/peer/metastore_expr): we must keep the partitions that Hive's own pruner keeps.
#include "metastore/expression.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "wire/fault.h"

namespace tarn::metastore {
namespace {

std::string Bytes(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

struct Recorded {
  std::vector<std::vector<std::string>> partitions;
  struct Line { std::string text, bytes, kept; bool unknown; };
  std::vector<Line> lines;
};
Recorded Load(const std::string& release) {
  Recorded r;
  std::ifstream in(std::string(TARN_SOURCE_DIR) + "/src/metastore/testdata/expressions/" + release + ".txt");
  std::string line;
  while (std::getline(in, line)) {
    std::vector<std::string> f = Split(line, '\t');
    if (f.size() == 2 && f[0] == "partition") {
      std::vector<std::string> values;
      for (const std::string& kv : Split(f[1], '/')) values.push_back(kv.substr(kv.find('=') + 1));
      r.partitions.push_back(std::move(values));
    } else if (f.size() == 4) {
      r.lines.push_back({f[0], Bytes(f[1]), f[2], f[3] == "unknown"});
    }
  }
  return r;
}
const std::vector<wire::FieldSchema> kKeys = {
    {.name = "s", .type = "string"}, {.name = "i", .type = "int"}, {.name = "l", .type = "bigint"}, {.name = "d", .type = "date"}, {.name = "v", .type = "varchar(10)"}};

class ExpressionTest : public testing::TestWithParam<const char*> {};

TEST_P(ExpressionTest, KeepsWhatHiveKeeps) {
  Recorded r = Load(GetParam());
  ASSERT_EQ(r.partitions.size(), 60u);
  ASSERT_GT(r.lines.size(), 75u);
  for (const Recorded::Line& line : r.lines) {
    SCOPED_TRACE(line.text);
    auto e = Expression::Decode(line.bytes);
    ASSERT_TRUE(e.ok()) << e.status().ToString();
    ASSERT_TRUE(e->Bind(kKeys).ok());
    SCOPED_TRACE(e->ToText());
    if (line.kept == "-") continue;   // 3.1.3 itself fails on it
    std::string kept;
    bool unknown = false;
    for (const auto& values : r.partitions) {
      Expression::Answer a = e->Matches(values);
      kept += a == Expression::Answer::kDrop ? '0' : '1';
      unknown |= a == Expression::Answer::kCannotTell;
    }
    if (line.text == "upper(s) = 'B'") {   // letters beyond ASCII: we can't tell, and say so
      for (size_t i = 0; i < kept.size(); ++i) EXPECT_GE(kept[i], line.kept[i]);
      EXPECT_TRUE(unknown);
      continue;
    }
    EXPECT_EQ(kept, line.kept);
    EXPECT_EQ(unknown, line.unknown);
    if (auto first = e->FirstKeyEquals()) {
      for (size_t i = 0; i < r.partitions.size(); ++i) EXPECT_TRUE(kept[i] == '0' || r.partitions[i][0] == *first);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Releases, ExpressionTest, testing::Values("hive3", "hive4"));

// Whatever the bytes: an answer or an error, in bounded time.
TEST(ExpressionDamageTest, CutsAndFlips) {
  for (const char* release : {"hive3", "hive4"}) {
    for (const Recorded::Line& line : Load(release).lines) {
      for (size_t n = 0; n < line.bytes.size(); n += 3) EXPECT_FALSE(Expression::Decode(std::string_view(line.bytes).substr(0, n)).ok());
      for (size_t i = 0; i < line.bytes.size(); ++i) {
        std::string b = line.bytes;
        b[i] = static_cast<char>(b[i] ^ (i % 2 ? 0x01 : 0x82));
        auto e = Expression::Decode(b);
        if (e.ok() && e->Bind(kKeys).ok()) e->Matches({"a", "1", "2", "2024-01-01", "x"});
      }
    }
  }
}

TEST(ExpressionDamageTest, NamesWhatItLacks) {
  std::string b = Load("hive3").lines.front().bytes;
  size_t at = b.find("GenericUDFOP");
  ASSERT_NE(at, std::string::npos);
  b.replace(at, 12, "GenericUDFXX");
  Status s = Expression::Decode(b).status();
  EXPECT_EQ(s.code(), StatusCode::kNotSupported);
  EXPECT_NE(s.message().find("GenericUDFXX"), std::string::npos) << s.message();
}

}  // namespace
}  // namespace tarn::metastore
