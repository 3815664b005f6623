#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_temporal(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

TEST(Temporal, AsFlink) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_temporal(registry).ok());
  auto run = [&](const std::string& n, std::vector<ExprPtr> a, const std::string& zone = "UTC") {
    bool columns = n != "EXTRACT" && n != "TIMESTAMPADD" && n != "TIMESTAMPDIFF";
    return Eval(registry.functions().MakeCall(n, std::move(a)), zone, columns);
  };
  const ExprPtr t = Ts("2024-01-17 01:02:01.234");
  EXPECT_EQ(run("EXTRACT", {S("SECOND"), t}), "1");
  EXPECT_EQ(run("EXTRACT", {S("MILLISECOND"), t}), "234");
  EXPECT_EQ(run("EXTRACT", {S("DECADE"), t}), "202");
  EXPECT_EQ(run("EXTRACT", {S("EPOCH"), t}), "1705453321");
  EXPECT_EQ(run("EXTRACT", {S("DAY"), Days(90000000)}), "1");
  EXPECT_EQ(run("WEEK", {Date("2024-12-30")}), "1");
  EXPECT_EQ(run("DAYOFWEEK", {Date("2024-01-07")}), "1");
  EXPECT_EQ(run("EXTRACT", {S("ISODOW"), Date("2024-01-07")}), "7");
  EXPECT_EQ(run("QUARTER", {Date("2024-05-07")}), "2");
  EXPECT_EQ(run("DAYOFYEAR", {Date("2024-03-01")}), "61");
  EXPECT_EQ(run("HOUR", {Of("1970-01-01 00:00:00", "TIMESTAMP_LTZ(3)")}, "GMT+08:00"), "8");

  EXPECT_EQ(run("DATE_FORMAT", {t, S("yyyy-MM-dd HH:mm")}), "2024-01-17 01:02");
  EXPECT_EQ(run("DATE_FORMAT", {t, S("yy MMM E h a SSS 'x'''")}), "24 Jan Wed 1 AM 234 x'");
  EXPECT_EQ(run("DATE_FORMAT", {S("2024-01-07"), S("yyyy")}), "NULL");
  EXPECT_EQ(run("DATE_FORMAT", {S("2024-01-07 10:11:12"), S("HHmmss")}), "101112");
  EXPECT_EQ(run("DATE_FORMAT", {Date("2024-01-07"), S("yyyy")}).substr(0, 33), "error: Cannot apply 'DATE_FORMAT'");
  EXPECT_EQ(run("FROM_UNIXTIME", {I(44)}), "1970-01-01 00:00:44");
  EXPECT_EQ(run("FROM_UNIXTIME", {I(44), S("yyyy:MM:dd")}, "Asia/Tokyo"), "1970:01:01");
  EXPECT_EQ(run("UNIX_TIMESTAMP", {S("1970-01-01 08:00:44")}, "GMT+08:00"), "44");
  EXPECT_EQ(run("UNIX_TIMESTAMP", {S("1970-01-01 08:00:44.000 +0800"), S("yyyy-MM-dd HH:mm:ss.SSS X")}), "44");
  EXPECT_EQ(run("UNIX_TIMESTAMP", {S("x")}), "-9223372036854775808");
  EXPECT_EQ(run("TO_DATE", {S("2020-1-1")}), "2020-01-01");
  EXPECT_EQ(run("TO_DATE", {S("01/02/2020"), S("MM/dd/yyyy")}), "2020-01-02");
  EXPECT_EQ(run("TO_DATE", {S("x")}), "NULL");
  EXPECT_EQ(run("TO_TIMESTAMP", {S("2020-01-01")}), "2020-01-01 00:00:00.000");
  EXPECT_EQ(run("TO_TIMESTAMP", {S("2020-01-01T00:00:00")}), "NULL");
  EXPECT_EQ(run("TO_TIMESTAMP", {S("2020-01-01 00:00:00.12345")}), "2020-01-01 00:00:00.123");
  EXPECT_EQ(run("TO_TIMESTAMP", {S("2024-02-30 00:00:00")}), "2024-02-29 00:00:00.000");
  EXPECT_EQ(run("TO_TIMESTAMP", {S("20200102030405"), S("yyyyMMddHHmmss")}), "2020-01-02 03:04:05.000");
  EXPECT_EQ(run("TO_TIMESTAMP_LTZ", {I(44), I(0)}, "GMT+08:00"), "1970-01-01 08:00:44.000");
  EXPECT_EQ(run("TO_TIMESTAMP_LTZ", {L(44123), I(3)}), "1970-01-01 00:00:44.123");
  EXPECT_EQ(run("TO_TIMESTAMP_LTZ", {L(44123), I(6)}).substr(0, 31), "error: The precision value '6' ");
  EXPECT_EQ(run("CONVERT_TZ", {S("1970-01-01 00:00:00"), S("UTC"), S("America/Los_Angeles")}), "1969-12-31 16:00:00");
  EXPECT_EQ(run("CONVERT_TZ", {S("x"), S("UTC"), S("UTC")}), "NULL");

  EXPECT_EQ(run("TIMESTAMPADD", {S("MONTH"), I(1), Date("2024-01-31")}), "2024-02-29");
  EXPECT_EQ(run("TIMESTAMPADD", {S("HOUR"), I(-1), Ts("2024-01-31 00:00:00")}), "2024-01-30 23:00:00.000");
  EXPECT_EQ(run("TIMESTAMPADD", {S("HOUR"), I(1), Date("2024-01-31")}), "2024-01-31 01:00:00");
  EXPECT_EQ(run("TIMESTAMPDIFF", {S("DAY"), Ts("2024-01-01 23:59:59"), Ts("2024-01-02 00:00:00")}), "0");
  EXPECT_EQ(run("TIMESTAMPDIFF", {S("MONTH"), Date("2024-01-31"), Date("2024-02-29")}), "1");
  EXPECT_EQ(run("TIMESTAMPDIFF", {S("SECOND"), Ts("2024-01-02 00:00:00"), Ts("2024-01-01 23:59:58.5")}), "-1");
  EXPECT_EQ(Eval(registry.functions().MakeCall("TIMESTAMP DIFFERENCE", {S("DAY"), Date("2024-01-31"), Date("2024-01-01")}), "UTC", false), "+30 00:00:00.000");
  EXPECT_EQ(run("OVERLAPS", {Of("2:55:00", "TIME"), Days(3600000), Of("3:30:00", "TIME"), Days(7200000)}), "TRUE");
  EXPECT_EQ(run("OVERLAPS", {Of("9:00:00", "TIME"), Of("9:30:00", "TIME"), Of("10:29:00", "TIME"), Days(3600000)}), "FALSE");
  EXPECT_EQ(TypeOf(registry.functions().MakeCall("PROCTIME", {})), "TIMESTAMP(3) WITH LOCAL TIME ZONE NOT NULL");
  EXPECT_TRUE((*registry.functions().MakeCall("PROCTIME", {}))->type.is_proctime());
  EXPECT_EQ(TypeOf(registry.functions().MakeCall("now", {})), "TIMESTAMP(3) WITH LOCAL TIME ZONE NOT NULL");
  EXPECT_EQ(run("CURRENT_DATE", {}).size(), 10u);
}
}  // namespace
}  // namespace tarn::plug
