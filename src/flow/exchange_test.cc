#include "flow/exchange.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "flow/split_watermarks.h"
#include "types/arrow_types.h"

namespace tarn::flow {
namespace {
using namespace std::chrono_literals;
using types::LogicalType;

struct Fan {
  explicit Fan(int targets, ChannelLimits limits = {}) {
    for (int i = 0; i < targets; ++i) gates.push_back(std::make_unique<Gate>(1, limits, &budget));
  }
  std::vector<ExchangeTarget> targets() {
    std::vector<ExchangeTarget> t;
    for (auto& g : gates) t.push_back({g.get(), 0});
    return t;
  }
  std::vector<Batch> Drain(int target) {
    std::vector<Batch> out;
    int64_t w = 0;
    while (auto e = gates[target]->Next(0ms, &w))
      if (auto* b = std::get_if<Batch>(&*e)) out.push_back(*b);
    return out;
  }
  MemoryBudget budget{0};
  std::vector<std::unique_ptr<Gate>> gates;
};

plan::Exchange Hash(std::vector<int> keys) {
  plan::Exchange e;
  e.keys = std::move(keys);
  return e;
}

RowType AllTypes() {
  RowType t;
  t.Add("k", LogicalType::BigInt());
  t.Add("b", LogicalType::Boolean());
  t.Add("s", LogicalType::String());
  t.Add("i", LogicalType::Int());
  t.Add("t", LogicalType::TinyInt());
  t.Add("m", LogicalType::SmallInt());
  t.Add("d", LogicalType::Decimal(20, 2));
  t.Add("ts", LogicalType::Timestamp(3));
  t.Add("a", LogicalType::Array(LogicalType::Int()));
  return t;
}

Batch MakeAllTypes(int64_t from, int64_t n, bool kinds) {
  arrow::Int64Builder k;
  arrow::BooleanBuilder b;
  arrow::StringBuilder s;
  arrow::Int32Builder i;
  arrow::Int8Builder t, kind;
  arrow::Int16Builder m;
  arrow::Decimal128Builder d(arrow::decimal128(20, 2));
  arrow::TimestampBuilder ts(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  auto item = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder a(arrow::default_memory_pool(), item, types::ToArrow(LogicalType::Array(LogicalType::Int())));
  for (int64_t r = from; r < from + n; ++r) {
    (void)k.Append(r);
    (void)(r % 3 ? b.Append(r % 2 == 1) : b.AppendNull());
    (void)(r % 5 ? s.Append("text " + std::to_string(r)) : s.AppendNull());
    (void)i.Append(static_cast<int32_t>(r));
    (void)(r > 10 && r % 7 == 0 ? t.AppendNull() : t.Append(static_cast<int8_t>(r)));
    (void)m.Append(static_cast<int16_t>(r));
    (void)d.Append(arrow::Decimal128(r * 100));
    (void)ts.Append(r * 1000);
    (void)a.Append();
    for (int64_t x = 0; x < r % 4; ++x) (void)item->Append(static_cast<int32_t>(r + x));
    (void)kind.Append(static_cast<int8_t>(r % 4));
  }
  std::vector<std::shared_ptr<arrow::Array>> columns{k.Finish().ValueOrDie(), b.Finish().ValueOrDie(), s.Finish().ValueOrDie(), i.Finish().ValueOrDie(),
      t.Finish().ValueOrDie(), m.Finish().ValueOrDie(), d.Finish().ValueOrDie(), ts.Finish().ValueOrDie(), a.Finish().ValueOrDie()};
  auto kk = std::static_pointer_cast<arrow::Int8Array>(kind.Finish().ValueOrDie());
  return Batch(n, std::move(columns), kinds ? kk : nullptr);
}

TEST(Exchange, HashKeepsEveryRowWholeAndEqualKeysTogether) {
  Fan fan(3);
  ExchangeWriter out(Hash({0}), AllTypes(), fan.targets(), 0, 64);
  int64_t total = 0;
  for (int round = 0; round < 6; ++round) {
    Batch b = MakeAllTypes(round * 40, 50, round % 2 == 1).Slice(round, 40);   // offsets; kinds come and go
    total += b.num_rows();
    ASSERT_TRUE(out.Emit(b).ok());
  }
  ASSERT_TRUE(out.Flush().ok());
  EXPECT_EQ(out.deadline_ns(), INT64_MAX);
  EXPECT_EQ(out.rows(), total);
  std::map<int64_t, int> owner;
  int64_t seen = 0;
  for (int t = 0; t < 3; ++t) {
    for (const Batch& b : fan.Drain(t)) {
      EXPECT_LE(b.num_rows(), 64);
      for (const auto& c : b.columns()) ASSERT_TRUE(c->ValidateFull().ok()) << c->ValidateFull().ToString();
      for (int64_t r = 0; r < b.num_rows(); ++r, ++seen) {
        int64_t k = static_cast<const arrow::Int64Array&>(*b.column(0)).Value(r);
        auto [it, fresh] = owner.try_emplace(k, t);
        EXPECT_EQ(it->second, t);
        EXPECT_EQ(t, state::SubtaskOf(state::KeyGroupOf(HashInt64(k)), 3));
        Batch want = MakeAllTypes(k, 1, true);
        for (size_t c = 0; c < b.columns().size(); ++c) {
          auto got = b.column(c)->Slice(r, 1);
          EXPECT_TRUE(got->Equals(want.column(c))) << c << ": " << got->ToString() << want.column(c)->ToString();
        }
        EXPECT_EQ(b.column(4)->IsNull(r), k > 10 && k % 7 == 0);
        if (b.kind(r) != types::RowKind::kInsert) {
          EXPECT_EQ(static_cast<int64_t>(b.kind(r)), k % 4);
        }
      }
    }
  }
  EXPECT_EQ(seen, total);
}

TEST(Exchange, RebalanceSpreadsAndControlGoesToAll) {
  Fan fan(3);
  plan::Exchange e;
  e.kind = plan::Exchange::Kind::kRebalance;
  ExchangeWriter out(e, AllTypes(), fan.targets(), 1, 64);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(out.Emit(MakeAllTypes(0, 2, false)).ok());
  ASSERT_TRUE(out.Broadcast(Watermark{{7}}).ok());
  for (auto& g : fan.gates) {
    int64_t w = 0;
    EXPECT_TRUE(std::holds_alternative<Batch>(*g->Next(0ms, &w)));
    EXPECT_TRUE(std::holds_alternative<Batch>(*g->Next(0ms, &w)));
    EXPECT_EQ(std::get<Watermark>(*g->Next(0ms, &w)).time.ms, 7);
  }
}

TEST(Exchange, AfterIdlenessEveryTargetCountsTheInputAgain) {
  MemoryBudget budget{0};
  Gate a(2, {}, &budget), b(2, {}, &budget);
  ExchangeWriter out(Hash({0}), AllTypes(), {{&a, 0}, {&b, 0}}, 0, 1);
  int64_t w = 0;
  ASSERT_TRUE(out.Broadcast(Watermark{{5}}).ok());
  ASSERT_TRUE(out.Broadcast(Idle{}).ok());
  ASSERT_TRUE(out.Emit(MakeAllTypes(1, 1, false)).ok());   // one row: only one target gets it
  for (Gate* g : {&a, &b}) {
    while (g->Next(0ms, &w)) continue;
    g->PushControl(1, Watermark{{50}});
    while (auto e = g->Next(0ms, &w))
      if (auto* x = std::get_if<Watermark>(&*e)) {
        EXPECT_EQ(x->time.ms, 5);
      }
  }
}

TEST(SplitWatermarks, LowestOverOpenSplits) {
  SplitWatermarks w(0, 0);
  w.OnRows(0, 1);
  w.Raise(0, 100);
  w.Update(2, 1);
  EXPECT_EQ(w.current(), EventTime::Min());   // the second split has given nothing yet
  w.OnRows(1, 2);
  w.Raise(1, 40);
  w.Update(2, 2);
  EXPECT_EQ(w.current().ms, 40);
  w.Raise(1, 30);
  w.Update(2, 2);
  EXPECT_EQ(w.current().ms, 40);
  w.OnSplitEnd(1, 1);
  w.Update(1, 3);
  EXPECT_EQ(w.current().ms, 100);
  w.OnRows(0, 3);
  w.Raise(0, 120);
  w.OnSplitEnd(0, 0);   // the last: what it reached stays
  EXPECT_EQ(w.current().ms, 120);
}

TEST(SplitWatermarks, IdleAfterTheTimeout) {
  SplitWatermarks w(10, 0);
  w.OnRows(0, 0);
  w.Raise(0, 5);
  w.OnRows(1, 8);
  w.Raise(1, 50);
  w.Update(-1, 9);
  EXPECT_EQ(w.current().ms, 5);
  w.Update(-1, 12);
  EXPECT_EQ(w.current().ms, 50);
  EXPECT_FALSE(w.idle());
  w.Update(-1, 30);
  EXPECT_TRUE(w.idle());
  w.OnRows(0, 31);
  EXPECT_FALSE(w.idle());
}

// 4 numeric columns, two producers, two consumers: rows per CPU-second of the whole process.
TEST(ExchangeSpeed, KeyedByHash) {
  RowType type;
  for (const char* n : {"k", "a", "b", "c"}) type.Add(n, LogicalType::BigInt());
  constexpr int64_t kRows = 4096;
  std::vector<Batch> batches;
  uint64_t x = 88172645463325252ull;
  for (int i = 0; i < 64; ++i) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int c = 0; c < 4; ++c) {
      arrow::Int64Builder b;
      for (int64_t r = 0; r < kRows; ++r) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        (void)b.Append(static_cast<int64_t>(x >> 20));
      }
      columns.push_back(b.Finish().ValueOrDie());
    }
    batches.emplace_back(kRows, std::move(columns));
  }
  MemoryBudget budget{0};
  std::vector<std::unique_ptr<Gate>> gates;
  for (int i = 0; i < 2; ++i) gates.push_back(std::make_unique<Gate>(2, ChannelLimits{}, &budget));
  constexpr int kRounds = 40;
  int64_t cpu = ProcessCpuNs();
  std::vector<std::thread> threads;
  std::atomic<int64_t> received{0};
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      ExchangeWriter out(Hash({0}), type, {{gates[0].get(), p}, {gates[1].get(), p}}, p, kRows);
      for (int i = 0; i < kRounds; ++i)
        for (const Batch& b : batches) ASSERT_TRUE(out.Emit(b).ok());
      ASSERT_TRUE(out.Broadcast(EndOfInput{}).ok());
    });
    threads.emplace_back([&, p] {
      int64_t waited = 0, sum = 0;
      while (true) {
        auto e = gates[p]->Next(50ms, &waited);
        if (!e) continue;
        if (std::holds_alternative<EndOfInput>(*e)) break;
        if (auto* b = std::get_if<Batch>(&*e)) {
          received += b->num_rows();
          sum += static_cast<const arrow::Int64Array&>(*b->column(3)).Value(0);
        }
      }
      EXPECT_NE(sum, 0);
    });
  }
  for (auto& t : threads) t.join();
  double seconds = static_cast<double>(ProcessCpuNs() - cpu) / 1e9;
  EXPECT_EQ(received, 2 * kRounds * 64 * kRows);
  std::cout << "keyed exchange, 4 BIGINT columns: " << static_cast<double>(received) / seconds / 1e6 << " M rows per CPU-second\n";
}
}  // namespace
}  // namespace tarn::flow
