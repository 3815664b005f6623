#include <gtest/gtest.h>

#include "base/path_name.h"
#include "plug/layout/files/partition_path.h"
#include "plug/layout/files/partition_time.h"

namespace tarn::plug::files {
namespace {

TEST(PartitionPath, EscapesAsHive) {
  EXPECT_EQ(EscapePathName("a b-1.x"), "a b-1.x");
  EXPECT_EQ(EscapePathName("a/b:c=d%e\"f#'*?\\{[]^\x7f\n"), "a%2Fb%3Ac%3Dd%25e%22f%23%27%2A%3F%5C%7B%5B%5D%5E%7F%0A");
  EXPECT_EQ(UnescapePathName("a%2Fb%3ac%zz%"), "a/b:c%zz%");
  EXPECT_EQ(PartitionPath({{"dt", "2024-01-01"}, {"h=", "5/6"}}), "dt=2024-01-01/h%3D=5%2F6");
  auto v = ParsePartitionPath("dt=2024-01-01/h%3D=5%2F6/part-1", {"dt", "h="});
  ASSERT_TRUE(v.ok());
  EXPECT_EQ((*v)[1].second, "5/6");
  EXPECT_FALSE(ParsePartitionPath("x/part", {"dt"}).ok());
}

TEST(PartitionPath, Locations) {
  EXPECT_EQ(*LocalPath("/a/b/"), "/a/b");
  EXPECT_EQ(*LocalPath("file:///a/b"), "/a/b");
  EXPECT_EQ(*LocalPath("file:/a"), "/a");
  EXPECT_EQ(*LocalPath("file://host/a"), "/a");
  EXPECT_EQ(LocalPath("s3a://bucket/x").status().message(), "file system scheme 's3a'");
}

TEST(PartitionTime, Extracts) {
  const int64_t day = 19723 * 86'400'000LL;   // 2024-01-01
  auto get = [](std::string pattern, std::string formatter, PartitionValues v) {
    auto r = PartitionTimeExtractor{pattern, formatter}.Extract(v);
    return r.ok() ? *r : -1;
  };
  EXPECT_EQ(get("", "", {{"dt", "2024-01-01"}}), day);
  EXPECT_EQ(get("", "", {{"dt", "20240101"}}), day);
  EXPECT_EQ(get("", "", {{"dt", "2024-01-01 02:03:04"}}), day + 7'384'000);
  EXPECT_EQ(get("$dt $hour:00:00", "", {{"dt", "2024-01-01"}, {"hour", "05"}}), day + 5 * 3'600'000);
  EXPECT_EQ(get("$year-$month-$day 00:00:00", "", {{"year", "2024"}, {"month", "01"}, {"day", "01"}}), day);
  EXPECT_EQ(get("$dt$d", "yyyyMMddHH", {{"d", "07"}, {"dt", "20240101"}}), day + 7 * 3'600'000);
  EXPECT_EQ(get("$dt", "yyyy/MM/dd 'at' HH:mm", {{"dt", "2024/01/01 at 01:30"}}), day + 5'400'000);
  EXPECT_EQ(get("", "", {{"dt", "yesterday"}}), -1);
  EXPECT_EQ(get("$dt", "yyyyMMdd", {{"dt", "2024"}}), -1);
}

}  // namespace
}  // namespace tarn::plug::files
