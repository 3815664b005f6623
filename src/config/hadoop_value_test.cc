#include "config/hadoop_value.h"

#include <gtest/gtest.h>

namespace tarn::config {
namespace {

TEST(HadoopValue, BooleansAsHadoopReadsThem) {
  for (const char* yes : {"true", "TRUE", " True "}) EXPECT_TRUE(*ReadHadoopBoolean("k", yes)) << yes;
  for (const char* no : {"false", "False"}) EXPECT_FALSE(*ReadHadoopBoolean("k", no)) << no;
  for (const char* wrong : {"yes", "1", "on", "no", "0", "", "truee"}) {
    Status s = ReadHadoopBoolean("metastore.use.SSL", wrong).status();
    EXPECT_EQ(s.code(), StatusCode::kInvalidSql) << wrong;
    EXPECT_EQ(s.message(), "metastore.use.SSL = \"" + std::string(wrong) + "\" is not a boolean");
    EXPECT_EQ(s.hint(), "true or false");
  }
}

TEST(HadoopValue, NumbersWithinTheirBounds) {
  EXPECT_EQ(*ReadHadoopNumber("k", " -1 ", -1, 100), -1);
  EXPECT_EQ(*ReadHadoopNumber("k", "100", -1, 100), 100);
  for (const char* wrong : {"abc", "", "1x", "0x1", "101", "-2", "1.5", "+1", "99999999999999999999"}) {
    EXPECT_EQ(ReadHadoopNumber("k", wrong, -1, 100).status().message(), "k = \"" + std::string(wrong) + "\" is not a number from -1 to 100");
  }
  EXPECT_EQ(*ReadHadoopDecimal("k", "0.25", 0, 1), 0.25);
  for (const char* wrong : {"high", "1.1", "-0.1", "nan", "", "0.5 x"}) EXPECT_FALSE(ReadHadoopDecimal("k", wrong, 0, 1).ok()) << wrong;
}

TEST(HadoopValue, TimesWithHivesUnits) {
  auto ms = [](const char* v) { return *ReadHadoopTimeMs("k", v, 1000, 0, int64_t{1} << 50); };
  EXPECT_EQ(ms("300"), 300'000);
  EXPECT_EQ(ms("300L"), 300'000);
  EXPECT_EQ(ms("300s"), 300'000);
  EXPECT_EQ(ms("300 sec"), 300'000);
  EXPECT_EQ(ms("1d"), 86'400'000);
  EXPECT_EQ(ms("2 days"), 172'800'000);
  EXPECT_EQ(ms("24h"), 86'400'000);
  EXPECT_EQ(ms("1 hour"), 3'600'000);
  EXPECT_EQ(ms("5 MINUTES"), 300'000);
  EXPECT_EQ(ms("5m"), 300'000);
  EXPECT_EQ(ms("1500ms"), 1500);
  EXPECT_EQ(ms("7 msec"), 7);
  EXPECT_EQ(ms("9000us"), 9);
  EXPECT_EQ(ms("3000000 nsec"), 3);
  EXPECT_EQ(*ReadHadoopTimeMs("k", "7", 1, 0, 100), 7);
  for (const char* wrong : {"abc", "", "s", "1 fortnight", "1.5h", "1w", "-1s", "1 s s", "9223372036854775807d", "month"}) EXPECT_FALSE(ReadHadoopTimeMs("k", wrong, 1000, 0, 1000'000).ok()) << wrong;
  EXPECT_EQ(ReadHadoopTimeMs("metastore.txn.timeout", "1 fortnight", 1000, 1000, 1'000'000).status().message(), "metastore.txn.timeout = \"1 fortnight\" is not a time from 1 s to 1000 s");
}

}  // namespace
}  // namespace tarn::config
