#include "flow/channel.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <thread>

namespace tarn::flow {
namespace {
using namespace std::chrono_literals;

Batch Rows(int64_t n) {
  arrow::Int64Builder b;
  for (int64_t i = 0; i < n; ++i) (void)b.Append(i);
  return Batch(n, {b.Finish().ValueOrDie()});
}

struct GateTest : ::testing::Test {
  MemoryBudget budget{0};
  int64_t waited = 0;
  std::optional<StreamElement> Next(Gate& g) { return g.Next(0ms, &waited); }
  template <typename T> T As(std::optional<StreamElement> e) {
    EXPECT_TRUE(e && std::holds_alternative<T>(*e));
    return e && std::holds_alternative<T>(*e) ? std::get<T>(*e) : T{};
  }
};

TEST_F(GateTest, WatermarkIsTheLowestOverActiveInputs) {
  Gate g(3, {}, &budget);
  g.PushControl(0, Watermark{{10}});
  g.PushControl(1, Watermark{{20}});
  EXPECT_FALSE(Next(g));
  g.PushControl(2, Idle{});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 10);
  g.PushControl(0, Watermark{{30}});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 20);
  g.PushControl(2, Watermark{{5}});   // active again, behind: holds, but nothing falls
  EXPECT_FALSE(Next(g));
  g.PushControl(1, Watermark{{40}});
  EXPECT_FALSE(Next(g));
  g.PushControl(2, Watermark{{25}});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 25);
  g.PushControl(2, EndOfInput{});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 30);
  g.PushControl(0, Idle{});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 40);
  g.PushControl(1, Idle{});
  As<Idle>(Next(g));
  g.PushControl(0, Watermark{{60}});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 60);
  g.PushControl(1, Watermark{{60}});
  g.PushControl(0, Watermark{{70}});   // held back by 1
  EXPECT_FALSE(Next(g));
  g.PushControl(0, Idle{});
  EXPECT_FALSE(Next(g));
  g.PushControl(1, Idle{});
  EXPECT_EQ(As<Watermark>(Next(g)).time.ms, 70);
  As<Idle>(Next(g));
  g.PushControl(0, Watermark{EventTime::Max()});
  EXPECT_EQ(As<Watermark>(Next(g)).time, EventTime::Max());
  g.PushControl(0, EndOfInput{});
  As<Idle>(Next(g));
  g.PushControl(1, EndOfInput{});
  As<EndOfInput>(Next(g));
  EXPECT_FALSE(Next(g));
}

TEST_F(GateTest, BarriersAlignUnequalChannels) {
  Gate g(2, {}, &budget);
  int64_t w = 0;
  g.PushControl(0, Barrier{1});
  g.PushBatch(0, Rows(1), &w);   // after the barrier: must wait
  for (int i = 0; i < 5; ++i) g.PushBatch(1, Rows(10), &w);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(As<Batch>(Next(g)).num_rows(), 10);
  EXPECT_FALSE(Next(g));
  g.PushControl(1, Barrier{1});
  g.PushBatch(1, Rows(2), &w);
  EXPECT_EQ(As<Barrier>(Next(g)).id, 1);
  int64_t rows = As<Batch>(Next(g)).num_rows() + As<Batch>(Next(g)).num_rows();
  EXPECT_EQ(rows, 3);
}

TEST_F(GateTest, AnEndedChannelIsNotWaitedFor) {
  Gate g(2, {}, &budget);
  g.PushControl(0, Barrier{3});
  EXPECT_FALSE(Next(g));
  g.PushControl(1, Watermark{EventTime::Max()});
  g.PushControl(1, EndOfInput{});
  EXPECT_EQ(As<Barrier>(Next(g)).id, 3);
  g.PushControl(0, Barrier{4});
  EXPECT_EQ(As<Barrier>(Next(g)).id, 4);
}

TEST_F(GateTest, ANewerBarrierGivesUpTheOlder) {
  Gate g(2, {}, &budget);
  g.PushControl(0, Barrier{1});
  g.PushControl(0, Barrier{2});
  g.PushControl(1, Barrier{2});   // channel 1 never saw 1
  EXPECT_EQ(As<Barrier>(Next(g)).id, 2);
  EXPECT_FALSE(Next(g));
  g.PushControl(1, Barrier{3});
  g.PushControl(0, Barrier{3});
  EXPECT_EQ(As<Barrier>(Next(g)).id, 3);
}

TEST_F(GateTest, AFullChannelMakesTheProducerWaitAndControlPasses) {
  Gate g(1, {.batches_max = 2}, &budget);
  std::atomic<int> sent{0};
  int64_t w = 0;
  std::thread producer([&] {
    for (int i = 0; i < 10; ++i) {
      if (!g.PushBatch(0, Rows(3), &w)) return;
      ++sent;
    }
  });
  int rows = 0;
  while (rows < 30) {
    auto e = g.Next(100ms, &waited);
    if (e) rows += static_cast<int>(std::get<Batch>(*e).num_rows());
    EXPECT_LE(sent - rows / 3, 4);
  }
  producer.join();
  EXPECT_EQ(budget.used(), 0);
  g.PushBatch(0, Rows(1), &w);
  g.PushBatch(0, Rows(1), &w);
  EXPECT_TRUE(g.PushControl(0, Watermark{{1}}));   // full, and yet
  EXPECT_GT(budget.used(), 0);
  std::thread waiting([&] { EXPECT_FALSE(g.PushBatch(0, Rows(1), &w)); });
  g.Cancel();
  waiting.join();
  EXPECT_FALSE(Next(g));
}

TEST_F(GateTest, OverBudgetEachChannelTakesOne) {
  MemoryBudget small(1);
  Gate g(2, {}, &small);
  int64_t w = 0;
  EXPECT_TRUE(g.PushBatch(0, Rows(5), &w));
  EXPECT_TRUE(g.PushBatch(1, Rows(5), &w));
  EXPECT_TRUE(small.exceeded());
  std::thread waiting([&] { EXPECT_TRUE(g.PushBatch(0, Rows(5), &w)); });
  EXPECT_TRUE(g.Next(100ms, &waited));
  EXPECT_TRUE(g.Next(100ms, &waited));
  waiting.join();
  EXPECT_GE(w, 0);
}
}  // namespace
}  // namespace tarn::flow
