// Predicates recorded from hive-exec 2.3.9, 3.1.3 and 4.0.1 (test/peer/metastore_expr): we must keep the partitions that Hive's own pruner keeps.
#include "metastore/expression.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "base/text.h"
#include "metastore/expression_values.h"
#include "metastore/test_small_stack.h"
#include "wire/fault.h"
#include "wire/hms_client.h"

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
      for (const std::string& kv : Split(f[1], '/')) values.push_back(wire::UnescapePathName(kv.substr(kv.find('=') + 1)));
      r.partitions.push_back(std::move(values));
    } else if (f.size() == 4) {
      r.lines.push_back({f[0], Bytes(f[1]), f[2], f[3] == "unknown"});
    }
  }
  return r;
}
const std::vector<wire::FieldSchema> kKeys = {
    {.name = "s", .type = "string"}, {.name = "i", .type = "int"}, {.name = "l", .type = "bigint"}, {.name = "d", .type = "date"}, {.name = "v", .type = "varchar(10)"}};

const std::vector<wire::FieldSchema> kNumberKeys = {{.name = "n", .type = "decimal(10,2)"}, {.name = "t", .type = "timestamp"}, {.name = "d", .type = "date"},
                                                    {.name = "i", .type = "int"}, {.name = "s", .type = "string"}, {.name = "r", .type = "double"}};

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

// Decimals, timestamps, and the dates of Hive 2.3. Where we can't tell, the partition stays and we say so.
class ExpressionNumbersTest : public testing::TestWithParam<const char*> {};

TEST_P(ExpressionNumbersTest, KeepsWhatHiveKeeps) {
  ::setenv("TZ", "UTC", 1);       // as the recorder
  ::tzset();
  std::string release = GetParam();
  Recorded r = Load(release + ".numbers");
  ASSERT_EQ(r.partitions.size(), 120u);
  ASSERT_GT(r.lines.size(), 110u);
  size_t same = 0, all = 0;
  for (const Recorded::Line& line : r.lines) {
    SCOPED_TRACE(line.text);
    auto e = Expression::Decode(line.bytes);
    ASSERT_TRUE(e.ok()) << e.status().ToString();
    ASSERT_TRUE(e->Bind(kNumberKeys).ok());
    SCOPED_TRACE(e->ToText());
    std::string kept, wrong;
    bool unknown = false, more = false;
    for (size_t i = 0; i < r.partitions.size(); ++i) {
      Expression::Answer a = e->Matches(r.partitions[i]);
      kept += a == Expression::Answer::kDrop ? '0' : '1';
      unknown |= a == Expression::Answer::kCannotTell;
      if (kept[i] < line.kept[i]) wrong += " lost " + Join(r.partitions[i], "/");
      if (kept[i] > line.kept[i] && a == Expression::Answer::kKeep) wrong += " kept " + Join(r.partitions[i], "/");
      more |= kept[i] > line.kept[i];
      same += kept[i] == line.kept[i];
      ++all;
    }
    EXPECT_EQ(wrong, "");
    EXPECT_TRUE(unknown || (!more && !line.unknown));
  }
  // What is kept out of caution: java.sql.Timestamp constants of 2.3, and times with digits below the millisecond.
  double exact = static_cast<double>(same) / static_cast<double>(all);
  EXPECT_GE(exact, release == "hive2" ? 0.8 : 0.95) << exact;
}
INSTANTIATE_TEST_SUITE_P(Releases, ExpressionNumbersTest, testing::Values("hive2", "hive3", "hive4"));

TEST(ExpressionValues, Decimals) {
  for (auto [text, want] : std::initializer_list<std::pair<const char*, const char*>>{
           {"1.50", "1.5"}, {"-0.0", "0"}, {" 007 ", "7"}, {"-.5", "-0.5"}, {"2E3", "2000"}, {"25e-1", "2.5"}, {"+3.", "3"}, {"0.001", "0.001"}, {"", "-"}, {"x", "-"}, {"1.2.3", "-"}, {"--1", "-"},
           {"1e", "-"}, {"1e999", "-"}, {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"}, {"999999999999999999999999999999999999999", "-"}}) {
    EXPECT_EQ(DecimalOf(text).value_or("-"), want) << text;
  }
  const char* ordered[] = {"-100", "-99.5", "-1.01", "-1", "-0.2", "0", "0.1", "0.11", "0.2", "1", "1.5", "2", "10", "99.99", "100"};
  for (size_t i = 0; i < std::size(ordered); ++i) {
    for (size_t j = 0; j < std::size(ordered); ++j) EXPECT_EQ(CompareDecimals(ordered[i], ordered[j]), i < j ? -1 : i > j) << ordered[i] << " " << ordered[j];
  }
  EXPECT_EQ(RoundDecimal("1.505", 10, 2), "1.51");
  EXPECT_EQ(RoundDecimal("-1.505", 10, 2), "-1.51");
  EXPECT_EQ(RoundDecimal("9.995", 3, 2), std::nullopt);
  EXPECT_EQ(RoundDecimal("0.004", 3, 2), "0");
  EXPECT_EQ(RoundDecimal("0.5", 1, 0), "1");
  EXPECT_EQ(RoundDecimal("0.25", 2, 2), "0.25");
  EXPECT_EQ(WholePart("-12.9"), -12);
  EXPECT_EQ(WholePart("99999999999999999999"), std::nullopt);
}

TEST(ExpressionValues, Timestamps) {
  bool other = false;
  for (const char* same : {"2024-02-29 23:59:59.123456789", "1969-12-31 23:59:59.25", "0001-01-01 00:00:00", "2024-01-02 03:04:05"}) {
    auto t = TimestampOf(same, &other);
    ASSERT_TRUE(t) << same;
    EXPECT_EQ(TimestampText(*t), same);
  }
  EXPECT_EQ(TimestampText(*TimestampOf("2024-01-02", &other)), "2024-01-02 00:00:00");
  EXPECT_FALSE(other);
  for (const char* none : {"2024-13-01 00:00:00", "2024-01-01T00:00:00Z", "2024-1-1", "2024-01-01 24:00:00", "2024-01-01 1:00:00", "2024-01-01 00:00:00.1234567890"}) {
    other = false;
    EXPECT_FALSE(TimestampOf(none, &other)) << none;
    EXPECT_TRUE(other) << none;
  }
  other = false;
  EXPECT_FALSE(TimestampOf("no time", &other));
  EXPECT_FALSE(other);
}

// Whatever the bytes: an answer or an error, in bounded time.
TEST(ExpressionDamageTest, CutsAndFlips) {
  for (const char* release : {"hive3", "hive4", "hive2.numbers", "hive3.numbers", "hive4.numbers"}) {
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

// Kryo 5: not(not(...(column s))), `levels` functions in all; docs/format/hive-expressions.md.
std::string NotNot(size_t levels) {
  std::vector<std::string> names;
  auto begin = [&](std::string name) {   // class and reference mark of a new object
    auto it = std::find(names.begin(), names.end(), name);
    std::string out = "\x01";
    out += static_cast<char>(it - names.begin());
    if (it == names.end()) {
      names.push_back(name);
      name.back() = static_cast<char>(name.back() | 0x80);
      out += name;
    }
    return out + "\x01";
  };
  const std::string kPlan = "org.apache.hadoop.hive.ql.plan.", kNull(1, '\0');
  std::string out;
  for (size_t i = 0; i < levels; ++i) {
    out += begin(kPlan + "ExprNodeGenericFuncDesc");
    out += begin("java.util.ArrayList");
    out += '\x02';
  }
  out += begin(kPlan + "ExprNodeColumnDesc");
  out += "\x01\x82s" + std::string(4, '\0');
  for (size_t i = 0; i < levels; ++i) out += begin("org.apache.hadoop.hive.ql.udf.generic.GenericUDFOPNot") + kNull + kNull + kNull;
  return out;
}

TEST(ExpressionDamageTest, DeepChains) {
  OnSmallStack([] {
    constexpr size_t kLevels = Expression::kDepthMax / 2 - 1;   // a function is an object and a list
    auto e = Expression::Decode(NotNot(kLevels));
    ASSERT_TRUE(e.ok()) << e.status().ToString();
    ASSERT_TRUE(e->Bind(kKeys).ok());
    e->Matches({"a", "1", "2", "2024-01-01", "x"});
    EXPECT_FALSE(e->ToText().empty());
    for (size_t levels : {kLevels + 1, size_t{1'000'000}}) EXPECT_EQ(Expression::Decode(NotNot(levels)).status().code(), StatusCode::kExhausted) << levels;
  });
}

// Two bytes a number: their objects are counted, too.
TEST(ExpressionDamageTest, LongListOfNumbers) {
  std::string numbers;
  for (int i = 0; i < 1'000'000; ++i) numbers += "\x02\x01";
  std::string b = NotNot(1);
  size_t at = b.find('\x02');
  b = b.substr(0, at) + "\x7f\xff\x7f" + numbers;
  EXPECT_EQ(Expression::Decode(b).status().code(), StatusCode::kExhausted);
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
