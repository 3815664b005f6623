#include <arrow/builder.h>
#include <gtest/gtest.h>

#include "types/arrow_types.h"
#include "types/logical_type.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::types {

TEST(LogicalType, PrintsAsFlinkDoes) {
  EXPECT_EQ(LogicalType::String().NotNull().ToString(), "VARCHAR(2147483647) NOT NULL");
  EXPECT_EQ(LogicalType::String().ToSummaryString(), "STRING");
  EXPECT_EQ(LogicalType::TimestampLtz(3).ToString(), "TIMESTAMP(3) WITH LOCAL TIME ZONE");
  EXPECT_EQ(LogicalType::TimestampLtz(3).WithTimeAttribute(TimeAttribute::kProctime).ToSummaryString(), "TIMESTAMP_LTZ(3) *PROCTIME*");
  EXPECT_EQ(LogicalType::Row({{"a", LogicalType::Int(), ""}, {"b`", LogicalType::Bytes().NotNull(), "it's"}}).ToString(),
            "ROW<`a` INT, `b``` VARBINARY(2147483647) NOT NULL 'it''s'>");
  EXPECT_EQ(LogicalType::IntervalDayTime("DAY TO SECOND").ToString(), "INTERVAL DAY(2) TO SECOND(3)");
}

TEST(LogicalType, ParsesEverySpelling) {
  auto round = [](std::string_view text) {
    auto t = ParseType(text);
    return t.ok() ? t->ToString() : t.status().ToString();
  };
  EXPECT_EQ(round("int"), "INT");
  EXPECT_EQ(round("STRING NOT NULL"), "VARCHAR(2147483647) NOT NULL");
  EXPECT_EQ(round("ROW<a INT, b ARRAY<STRING>>"), "ROW<`a` INT, `b` ARRAY<VARCHAR(2147483647)>>");
  EXPECT_EQ(round("ROW(a INT NOT NULL 'c')"), "ROW<`a` INT NOT NULL 'c'>");
  EXPECT_EQ(round("DECIMAL(10, 2)"), "DECIMAL(10, 2)");
  EXPECT_EQ(round("NUMERIC"), "DECIMAL(10, 0)");
  EXPECT_EQ(round("TIMESTAMP(3) WITH LOCAL TIME ZONE"), "TIMESTAMP(3) WITH LOCAL TIME ZONE");
  EXPECT_EQ(round("TIMESTAMP_LTZ"), "TIMESTAMP(6) WITH LOCAL TIME ZONE");
  EXPECT_EQ(round("INT ARRAY"), "ARRAY<INT>");
  EXPECT_EQ(round("MAP<STRING, ROW<>>"), "MAP<VARCHAR(2147483647), ROW<>>");
  EXPECT_EQ(round("INTERVAL DAY(3) TO SECOND(3)"), "INTERVAL DAY(3) TO SECOND(3)");
  EXPECT_FALSE(ParseType("DECIMAL(39, 0)").ok());
  EXPECT_FALSE(ParseType("MAP<INT>").ok());
  EXPECT_FALSE(ParseType("FOO").ok());
}

TEST(ArrowTypes, RoundTrips) {
  for (const char* text : {"INT", "BIGINT", "DECIMAL(10, 2)", "VARCHAR(2147483647)", "TIMESTAMP(6)", "TIMESTAMP(3) WITH LOCAL TIME ZONE", "ARRAY<INT>", "DATE"}) {
    LogicalType t = *ParseType(text);
    EXPECT_EQ(FromArrow(*ToArrow(t))->ToString(), text);
  }
}

TEST(TextValue, DoublesAsJava) {
  auto text = [](double v) { std::string s; AppendDouble(v, &s); return s; };
  EXPECT_EQ(text(1.0), "1.0");
  EXPECT_EQ(text(1e-5), "1.0E-5");
  EXPECT_EQ(text(9999999999.5), "9.9999999995E9");
  EXPECT_EQ(text(0.001), "0.001");
  EXPECT_EQ(text(123456.789), "123456.789");
  EXPECT_EQ(text(1e7), "1.0E7");
  EXPECT_EQ(text(9999999), "9999999.0");
  EXPECT_EQ(text(-0.05), "-0.05");
  EXPECT_EQ(text(NAN), "NaN");
  std::string f;
  AppendFloat(3.4f, &f);
  EXPECT_EQ(f, "3.4");
  f.clear();
  AppendFloat(123456789.0f, &f);
  EXPECT_EQ(f, "1.23456792E8");
  EXPECT_EQ(text(1152921504606846976.0), "1.15292150460684698E18");
  EXPECT_EQ(text(1e17), "1.0E17");
  EXPECT_EQ(text(100), "100.0");
}

TEST(TextValue, DatesAndTimestamps) {
  int32_t d;
  EXPECT_TRUE(ParseDate("2020-1-1", &d));
  EXPECT_EQ(d, 18262);
  EXPECT_FALSE(ParseDate("2020-02-30", &d));
  EXPECT_TRUE(ParseDate("2020", &d));
  int64_t s;
  int32_t n;
  EXPECT_TRUE(ParseTimestamp("2020-01-01 00:00:00.123", false, &s, &n));
  EXPECT_EQ(n, 123000000);
  std::string out;
  AppendTimestamp(s * 1000 + 123, 3, ' ', &out);
  EXPECT_EQ(out, "2020-01-01 00:00:00.123");
  EXPECT_TRUE(ParseTimestamp("2023-02-30 00:00:00", false, &s, &n));
  out.clear();
  AppendTimestamp(s * 1000, 0, ' ', &out);
  EXPECT_EQ(out, "2023-02-28 00:00:00");
  EXPECT_FALSE(ParseTimestamp("2020-01-01T00:00:00", false, &s, &n));
  EXPECT_TRUE(ParseTimestamp("2020-01-01", false, &s, &n));
  EXPECT_FALSE(ParseTimestamp("2020-01-01 25:00:00", false, &s, &n));
  for (int64_t day = -800000; day < 800000; day += 97) {
    int64_t y;
    int m, dd;
    CivilFromDays(day, &y, &m, &dd);
    EXPECT_EQ(DaysFromCivil(y, m, dd), day);
  }
}

TEST(TextValue, PrintStyle) {
  arrow::TimestampBuilder b(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  (void)b.Append(1577836800000);
  (void)b.Append(1577836801120);
  auto a = b.Finish().ValueOrDie();
  std::string s;
  AppendText(*a, 0, LogicalType::Timestamp(3), TextStyle::kPrint, "UTC", &s);
  EXPECT_EQ(s, "2020-01-01T00:00");
  s.clear();
  AppendText(*a, 1, LogicalType::Timestamp(3), TextStyle::kPrint, "UTC", &s);
  EXPECT_EQ(s, "2020-01-01T00:00:01.120");
}

TEST(TimeZone, RulesOfTheSystem) {
  const TimeZone* berlin = *TimeZone::Find("Europe/Berlin");
  EXPECT_EQ(berlin->OffsetAtUtc(1577836800), 3600);
  EXPECT_EQ(berlin->OffsetAtUtc(1593561600), 7200);
  EXPECT_EQ(berlin->OffsetAtUtc(DaysFromCivil(2199, 7, 1) * 86400), 7200);
  EXPECT_EQ(berlin->OffsetAtUtc(DaysFromCivil(2899, 7, 1) * 86400), 7200);
  EXPECT_EQ(berlin->OffsetAtUtc(DaysFromCivil(2899, 1, 1) * 86400), 3600);
  EXPECT_EQ(berlin->OffsetAtLocal(DaysFromCivil(2024, 3, 31) * 86400 + 9000), 3600);    // gap
  EXPECT_EQ(berlin->OffsetAtLocal(DaysFromCivil(2024, 10, 27) * 86400 + 9000), 7200);   // overlap
  EXPECT_EQ((*TimeZone::Find("GMT+08:00"))->OffsetAtUtc(0), 28800);
  EXPECT_EQ((*TimeZone::Find("-03:30"))->OffsetAtUtc(0), -12600);
  EXPECT_TRUE((*TimeZone::Find("UTC"))->is_utc());
  EXPECT_FALSE(TimeZone::Find("Nowhere/Land").ok());
  EXPECT_FALSE(TimeZone::Find("../../etc/passwd").ok());
}

}  // namespace tarn::types
