#include "table/text_codec.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

int64_t Ts(std::string_view text, TimestampForm form, int64_t units = 1000) {
  int64_t v = -1;
  return ParseTimestampText(text, form, units, &v) ? v : -999;
}
std::string Dec(std::string_view text, int p, int s) {
  arrow::Decimal128 v;
  switch (ParseDecimal(text, p, s, &v)) {
    case DecimalParse::kBad: return "bad";
    case DecimalParse::kNull: return "null";
    case DecimalParse::kOk: break;
  }
  std::string out;
  AppendDecimal(v, s, true, &out);
  return out;
}

TEST(TextCodec, DatesAndTimes) {
  int32_t d = 0;
  EXPECT_TRUE(ParseIsoDate("2024-02-29", &d));
  EXPECT_EQ(d, 19782);
  EXPECT_TRUE(ParseIsoDate("0000-01-01", &d));
  EXPECT_EQ(d, -719528);
  EXPECT_TRUE(ParseIsoDate("0001-03-01", &d));
  EXPECT_EQ(d, -719103);
  for (auto bad : {"2023-02-29", "2024-2-29", "2024-13-01", "2024-00-01", "20240229", "2024-02-29 "}) EXPECT_FALSE(ParseIsoDate(bad, &d)) << bad;
  EXPECT_TRUE(ParseSqlTime("01:02:03.5", false, &d));
  EXPECT_EQ(d, 3'723'500);
  EXPECT_FALSE(ParseSqlTime("01:02", false, &d));
  EXPECT_TRUE(ParseSqlTime("01:02", true, &d));
  EXPECT_FALSE(ParseSqlTime("24:00:00", false, &d));
  EXPECT_FALSE(ParseSqlTime("01:02:03.", false, &d));
}

TEST(TextCodec, Timestamps) {
  EXPECT_EQ(Ts("1970-01-01 00:00:01.234567", {}), 1234);
  EXPECT_EQ(Ts("1970-01-01 00:00:01.234567", {}, 1'000'000), 1'234'567);
  EXPECT_EQ(Ts("1969-12-31 23:59:59.5", {}), -500);
  EXPECT_EQ(Ts("1970-01-01T00:00:01", {}), -999);
  EXPECT_EQ(Ts("1970-01-01T00:00:01", {.separator = 'T'}), 1000);
  EXPECT_EQ(Ts("1970-01-01T00:01", {.separator = 'T', .seconds_optional = true}), 60000);
  EXPECT_EQ(Ts("1970-01-01 00:00:01Z", {.zulu = true}), 1000);
  EXPECT_EQ(Ts("1970-01-01 00:00:01", {.zulu = true}), -999);
  EXPECT_EQ(Ts("9999-01-01 00:00:01", {}, 1'000'000'000), -999);
  std::string s;
  AppendTimestampText(-500, 1000, ' ', &s);
  EXPECT_EQ(s, "1969-12-31 23:59:59.5");
  s.clear();
  AppendTimestampText(1'000'000, 1'000'000, 'T', &s);
  EXPECT_EQ(s, "1970-01-01T00:00:01");
}

TEST(TextCodec, Decimals) {
  EXPECT_EQ(Dec("1.005", 10, 2), "1.01");
  EXPECT_EQ(Dec("-1.005", 10, 2), "-1.01");
  EXPECT_EQ(Dec("0.004", 10, 2), "0.00");
  EXPECT_EQ(Dec("1e3", 10, 2), "1000.00");
  EXPECT_EQ(Dec("1.5E-1", 10, 2), "0.15");
  EXPECT_EQ(Dec("123456789.99", 10, 2), "null");
  EXPECT_EQ(Dec("99.999", 4, 2), "null");
  EXPECT_EQ(Dec("1e999999", 38, 0), "null");
  EXPECT_EQ(Dec("1e-999999", 38, 0), "0");
  EXPECT_EQ(Dec("99999999999999999999999999999999999999", 38, 0), "99999999999999999999999999999999999999");
  for (auto bad : {"", "-", ".", "1.2.3", "1e", "abc", "1 "}) EXPECT_EQ(Dec(bad, 10, 2), "bad") << bad;
  auto text = [](int64_t v, int scale, bool plain) { std::string s; AppendDecimal(arrow::Decimal128(v), scale, plain, &s); return s; };
  EXPECT_EQ(text(150, 2, false), "1.50");
  EXPECT_EQ(text(1, 7, false), "1E-7");
  EXPECT_EQ(text(27, 9, false), "2.7E-8");
  EXPECT_EQ(text(27, 9, true), "0.000000027");
  EXPECT_EQ(text(-5, 3, false), "-0.005");
  EXPECT_EQ(text(0, 2, false), "0.00");
  std::string s;
  AppendDecimalStripped(arrow::Decimal128(10000000), 2, false, &s);
  s += ' ';
  AppendDecimalStripped(arrow::Decimal128(10000000), 2, true, &s);
  s += ' ';
  AppendDecimalStripped(arrow::Decimal128(0), 2, false, &s);
  EXPECT_EQ(s, "1E+5 100000 0");
}

TEST(TextCodec, Base64AndNumbers) {
  for (std::string bytes : {std::string(), std::string("a"), std::string("ab"), std::string("abc"), std::string("\0\xff\x80z", 4)}) {
    std::string text, back;
    AppendBase64(bytes, &text);
    EXPECT_TRUE(ParseBase64(text, &back));
    EXPECT_EQ(back, bytes);
  }
  std::string out;
  EXPECT_FALSE(ParseBase64("a*b=", &out));
  double d = 0;
  EXPECT_TRUE(ParseDouble("1e999", &d));
  EXPECT_EQ(d, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(ParseDouble("-1.5e2", &d));
  EXPECT_EQ(d, -150);
  EXPECT_FALSE(ParseDouble("1.5x", &d));
  EXPECT_FALSE(ParseDouble("inf", &d));
  int64_t i = 0;
  EXPECT_TRUE(ParseInteger("+7", &i));
  EXPECT_FALSE(ParseInteger("+-7", &i));
  EXPECT_FALSE(ParseInteger("9223372036854775808", &i));
  EXPECT_EQ(Excerpt("a\nb\xc3\xa4xyz", 4), "a\\x0ab...");
}

}  // namespace
}  // namespace tarn::table
