#include <gtest/gtest.h>

#include "base/queue.h"
#include "base/status.h"
#include "base/text.h"

namespace tarn {
namespace {

Result<int> Half(int n) {
  if (n % 2) return Status::InvalidSql("odd").WithHint("add one");
  return n / 2;
}
Result<int> Quarter(int n) { return TRY(Half(TRY(Half(n)))); }
Status OnlyEven(int n) {
  TRY(Half(n));
  return Status::OK();
}

TEST(Status, TryPassesOnValueAndFailure) {
  EXPECT_EQ(*Quarter(8), 2);
  Status s = Quarter(6).status();
  EXPECT_EQ(s.code(), StatusCode::kInvalidSql);
  EXPECT_EQ(s.ToString(), "INVALID_SQL: odd | hint: add one");
  EXPECT_TRUE(OnlyEven(4).ok());
  EXPECT_FALSE(OnlyEven(3).ok());
}

TEST(Text, ClosestNameFindsASlipOnly) {
  std::vector<std::string> names{"connector", "format", "path"};
  EXPECT_EQ(ClosestName("conector", names), "connector");
  EXPECT_EQ(ClosestName("FORMAT", names), "format");
  EXPECT_EQ(ClosestName("zebra-crossing", names), "");
}

TEST(Queue, ClosedQueueDrainsThenEnds) {
  BoundedQueue<int> q(2);
  EXPECT_TRUE(q.Push(1));
  q.Close();
  EXPECT_FALSE(q.Push(2));
  EXPECT_EQ(q.Pop(), 1);
  EXPECT_EQ(q.Pop(), std::nullopt);
}

}  // namespace
}  // namespace tarn
