#include "flow/operators/group_aggregate.h"

#include <gtest/gtest.h>

#include <random>

#include "batch/hash.h"
#include "flow/operators/script_test.h"

namespace tarn::flow {
namespace {

using expr::AggregateCall;
using expr::AggregateKind;
using testing::Fold;
using testing::MakeNode;
using testing::RunLines;
using testing::RunScript;
using testing::ScriptOptions;
using types::LogicalType;
using Lines = std::vector<std::string>;

static_assert(state::kMaxParallelism == 128, "batch/hash.cc spreads rows over 128 key groups");

RowType Input() {
  RowType t;
  t.Add("k", LogicalType::BigInt());
  t.Add("s", LogicalType::String());
  t.Add("v", LogicalType::Int());
  t.Add("f", LogicalType::Boolean());
  t.Add("d", LogicalType::Decimal(10, 2));
  t.Add("x", LogicalType::Double());
  return t;
}
AggregateCall Call(AggregateKind kind, std::vector<int> args, LogicalType type, bool distinct = false, int filter = -1) {
  return {kind, std::move(args), distinct, filter, std::move(type), "a"};
}
AggregateCall CountStar() { return Call(AggregateKind::kCountStar, {}, LogicalType::BigInt().NotNull()); }

plan::Node Node(std::vector<int> keys, std::vector<AggregateCall> calls, bool input_changes = false, bool mini_batch = false, int64_t size = 0) {
  RowType in = Input(), out;
  for (int k : keys) out.Add(in.names[static_cast<size_t>(k)], in.types[static_cast<size_t>(k)]);
  for (const auto& c : calls) out.Add(c.name, c.type);
  plan::GroupAggregate p;
  p.keys = std::move(keys);
  p.aggregates = std::move(calls);
  p.mini_batch = mini_batch;
  p.mini_batch_size = size;
  return MakeNode(p, in, out, input_changes);
}
Lines Play(const plan::Node& node, const std::string& script, ScriptOptions options = {}) {
  auto r = RunScript(node, script, options);
  EXPECT_TRUE(r.ok()) << r.status().ToString();
  return r.ok() ? *r : Lines{};
}

TEST(GroupAggregate, EachRowChangesItsGroup) {
  auto node = Node({1}, {CountStar(), Call(AggregateKind::kSum, {2}, LogicalType::Int())});
  const char* script = R"(
    +I 1 a 10 true 1 1
    +I 1 b 5 true 1 1
    +I 1 a 7 true 1 1
    +I 1 a null true 1 1
    +I 1 null 3 true 1 1
    +I 1 null 4 true 1 1)";
  Lines want = {"+I[a, 1, 10]", "+I[b, 1, 5]", "-U[a, 1, 10]", "+U[a, 2, 17]", "-U[a, 2, 17]", "+U[a, 3, 17]",
                "+I[null, 1, 3]", "-U[null, 1, 3]", "+U[null, 2, 7]"};
  EXPECT_EQ(Play(node, script), want);
  EXPECT_EQ(Play(node, script, {.batch_rows = 1}), want);
  for (int b = 0; b < 6; ++b) EXPECT_EQ(Play(node, script, {.batch_rows = 2, .barrier_after = b}), want) << b;
  EXPECT_EQ(Play(node, script, {.streaming = false}), (Lines{"+I[a, 3, 17]", "+I[b, 1, 5]", "+I[null, 2, 7]"}));
}

TEST(GroupAggregate, WithoutUpdateBeforeItUpserts) {
  auto node = Node({1}, {CountStar()});
  std::get<plan::GroupAggregate>(node.op).generate_update_before = false;
  EXPECT_EQ(Play(node, "+I 1 a 1 true 1 1\n+I 1 a 1 true 1 1\n+I 1 a 1 true 1 1"), (Lines{"+I[a, 1]", "+U[a, 2]", "+U[a, 3]"}));
}

TEST(GroupAggregate, AnEqualResultIsNotSaidTwice) {
  auto node = Node({1}, {Call(AggregateKind::kMax, {2}, LogicalType::Int())});
  EXPECT_EQ(Play(node, "+I 1 a 5 true 1 1\n+I 1 a 3 true 1 1\n+I 1 a 9 true 1 1"), (Lines{"+I[a, 5]", "-U[a, 5]", "+U[a, 9]"}));
  auto distinct = Node({1}, {});
  EXPECT_EQ(Play(distinct, "+I 1 a 5 true 1 1\n+I 1 b 3 true 1 1\n+I 1 a 9 true 1 1"), (Lines{"+I[a]", "+I[b]"}));
}

TEST(GroupAggregate, RetractionEmptiesAGroup) {
  auto node = Node({1}, {CountStar(), Call(AggregateKind::kSum, {2}, LogicalType::Int()), Call(AggregateKind::kMin, {2}, LogicalType::Int())}, true);
  const char* script = R"(
    -D 1 z 1 true 1 1
    +I 1 a 10 true 1 1
    +I 1 a 7 true 1 1
    -U 1 a 7 true 1 1
    +U 1 a 20 true 1 1
    -D 1 a 10 true 1 1
    -D 1 a 20 true 1 1
    -D 1 a 20 true 1 1
    +I 1 a 1 true 1 1)";
  Lines want = {"+I[a, 1, 10, 10]", "-U[a, 1, 10, 10]", "+U[a, 2, 17, 7]", "-U[a, 2, 17, 7]", "+U[a, 1, 10, 10]", "-U[a, 1, 10, 10]",
                "+U[a, 2, 30, 10]", "-U[a, 2, 30, 10]", "+U[a, 1, 20, 20]", "-D[a, 1, 20, 20]", "+I[a, 1, 1, 1]"};
  EXPECT_EQ(Play(node, script), want);
  EXPECT_EQ(Play(node, script, {.batch_rows = 1}), want);
  for (int b = 0; b < 9; ++b) EXPECT_EQ(Play(node, script, {.batch_rows = 3, .barrier_after = b}), want) << b;
}

TEST(GroupAggregate, MiniBatchEmitsTheNetChange) {
  auto node = Node({1}, {CountStar(), Call(AggregateKind::kSum, {2}, LogicalType::Int())}, true, true, 4);
  const char* script = R"(
    +I 1 a 10 true 1 1
    +I 1 a 7 true 1 1
    +I 1 b 1 true 1 1
    -D 1 b 1 true 1 1
    ~
    +I 1 a 1 true 1 1
    -D 1 a 1 true 1 1
    +I 1 c 1 true 1 1
    +I 1 c 2 true 1 1
    ~
    -D 1 a 10 true 1 1
    -D 1 a 7 true 1 1)";
  EXPECT_EQ(Play(node, script), (Lines{"+I[a, 2, 17]", "+I[c, 2, 3]", "-D[a, 2, 17]"}));
}

TEST(GroupAggregate, MiniBatchFlushesAtTheTick) {
  auto node = Node({1}, {CountStar()}, false, true, 1000);
  std::get<plan::GroupAggregate>(node.op).mini_batch_latency_ms = 100;
  const std::string later = std::to_string(WallClockMs() + 1000000);
  EXPECT_EQ(Play(node, "+I 1 a 1 true 1 1\nT 0\n+I 1 a 1 true 1 1\nT " + later + "\n+I 1 a 1 true 1 1"), (Lines{"+I[a, 2]", "-U[a, 2]", "+U[a, 3]"}));
}

TEST(GroupAggregate, AnIdleGroupIsForgottenAfterTheTtl) {
  auto node = Node({1}, {CountStar(), Call(AggregateKind::kCount, {2}, LogicalType::BigInt().NotNull(), true), Call(AggregateKind::kMax, {2}, LogicalType::Int())});
  std::get<plan::GroupAggregate>(node.op).state_ttl_ms = 1'000'000;
  const std::string later = std::to_string(WallClockMs() + 5'000'000);
  // Unchanged results are said again while there is a TTL: consumers must keep their rows alive.
  EXPECT_EQ(Play(node, "+I 1 a 5 true 1 1\n+I 1 a 5 true 1 1\nT " + later + "\n+I 1 a 5 true 1 1"),
            (Lines{"+I[a, 1, 1, 5]", "-U[a, 1, 1, 5]", "+U[a, 2, 1, 5]", "+I[a, 1, 1, 5]"}));
  auto distinct = Node({1}, {});
  std::get<plan::GroupAggregate>(distinct.op).state_ttl_ms = 1'000'000;
  EXPECT_EQ(Play(distinct, "+I 1 a 5 true 1 1\n+I 1 a 5 true 1 1").size(), 3u);
}

TEST(GroupAggregate, GlobalAggregateOfNothing) {
  auto node = Node({}, {CountStar(), Call(AggregateKind::kSum, {2}, LogicalType::Int())});
  EXPECT_EQ(Play(node, ""), Lines{});
  EXPECT_EQ(Play(node, "", {.streaming = false}), Lines{"+I[0, null]"});
  EXPECT_EQ(Play(node, "+I 1 a 4 true 1 1", {.streaming = false}), Lines{"+I[1, 4]"});
}

TEST(GroupAggregate, EveryAggregate) {
  auto node = Node({1}, {
    Call(AggregateKind::kCount, {2}, LogicalType::BigInt().NotNull()),
    Call(AggregateKind::kCount, {2}, LogicalType::BigInt().NotNull(), true),
    Call(AggregateKind::kSum, {2}, LogicalType::Int(), true, 3),
    Call(AggregateKind::kAvg, {2}, LogicalType::Int()),
    Call(AggregateKind::kAvg, {4}, LogicalType::Decimal(38, 6)),
    Call(AggregateKind::kSum, {4}, LogicalType::Decimal(38, 2)),
    Call(AggregateKind::kMax, {4}, LogicalType::Decimal(10, 2)),
    Call(AggregateKind::kMin, {3}, LogicalType::Boolean()),
    Call(AggregateKind::kVarPop, {5}, LogicalType::Double()),
    Call(AggregateKind::kStddevSamp, {5}, LogicalType::Double()),
    Call(AggregateKind::kVarPop, {2}, LogicalType::Int()),
    Call(AggregateKind::kFirstValue, {2}, LogicalType::Int()),
    Call(AggregateKind::kLastValue, {2}, LogicalType::Int()),
    Call(AggregateKind::kCollect, {2}, LogicalType::Multiset(LogicalType::Int())),
    Call(AggregateKind::kArrayAgg, {2}, LogicalType::Array(LogicalType::Int())),
  });
  const char* script = R"(
    +I 1 a null true 1.00 1
    +I 1 a 4 true 1.00 2
    +I 1 a 2 false 0.33 3
    +I 1 a 1 true -2.00 4
    +I 1 a 4 true 1.00 2
    +I 1 b null null null null)";
  Lines want = {"[a, 4, 3, 5, 2, 0.266000, 1.33, 1.00, FALSE, 1.0399999999999998, 1.1401754250991378, 1, 4, 4, {1=1, 2=1, 4=2}, [NULL, 4, 2, 1, 4]]",
                "[b, 0, 0, null, null, null, null, null, null, null, null, null, null, null, null, [NULL]]"};
  EXPECT_EQ(Fold(Play(node, script, {.streaming = false})), want);
  EXPECT_EQ(Fold(Play(node, script)), want);
  for (int b = 0; b < 6; ++b) EXPECT_EQ(Fold(Play(node, script, {.batch_rows = 1, .barrier_after = b})), want) << b;
}

TEST(GroupAggregate, IntegersWrapAndDecimalsOverflowToNull) {
  auto node = Node({}, {Call(AggregateKind::kSum, {2}, LogicalType::Int())});
  EXPECT_EQ(Play(node, "+I 1 a 2147483647 true 1 1\n+I 1 a 1 true 1 1", {.streaming = false}), Lines{"+I[-2147483648]"});
}

TEST(GroupAggregate, ListaggJoinsInOrderOfArrival) {
  RowType in = Input();
  auto node = Node({0}, {Call(AggregateKind::kListagg, {1}, LogicalType::String()), Call(AggregateKind::kListagg, {1}, LogicalType::String(), true)}, true);
  EXPECT_EQ(Fold(Play(node, "+I 1 a 1 true 1 1\n+I 1 b 1 true 1 1\n+I 1 a 1 true 1 1\n-D 1 a 1 true 1 1\n+I 1 null 1 true 1 1")), Lines{"[1, b,a, a,b]"});
}

TEST(GroupAggregate, TheMemoryLimitIsAnError) {
  auto node = Node({0}, {CountStar()});
  StateBudget budget(1 << 20);
  auto op = MakeOperator(node).value();
  OperatorContext context;
  context.state_budget = &budget;
  ASSERT_TRUE(op->Open(context).ok());
  struct Nowhere : Output { Status Emit(Batch) override { return Status::OK(); } } out;
  Status s;
  for (int64_t b = 0; b < 100 && s.ok(); ++b) {
    arrow::Int64Builder k;
    for (int64_t i = 0; i < 4096; ++i) ASSERT_TRUE(k.Append((b * 4096 + i) << 20).ok());
    auto keys = k.Finish().ValueOrDie();
    auto none = [](auto builder) { EXPECT_TRUE(builder.AppendNulls(4096).ok()); return builder.Finish().ValueOrDie(); };
    s = op->OnBatch(Batch(4096, {keys, none(arrow::StringBuilder()), none(arrow::Int32Builder()), none(arrow::BooleanBuilder()),
                                 none(arrow::Decimal128Builder(arrow::decimal128(10, 2))), none(arrow::DoubleBuilder())}), out);
  }
  EXPECT_EQ(s.code(), StatusCode::kExhausted) << s.ToString();
}

// Random changelogs: whatever the batches, barriers, mini-batches and mode, the folded result is that of a naive model.
TEST(GroupAggregate, RandomChangelogsGiveTheModelsTable) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    std::vector<int> keys = seed % 3 == 0 ? std::vector<int>{0} : seed % 3 == 1 ? std::vector<int>{0, 1} : std::vector<int>{1};
    std::vector<AggregateCall> calls = {CountStar(), Call(AggregateKind::kSum, {2}, LogicalType::Int()), Call(AggregateKind::kMax, {2}, LogicalType::Int()),
                                        Call(AggregateKind::kMin, {1}, LogicalType::String()),
                                        Call(AggregateKind::kCount, {2}, LogicalType::BigInt().NotNull(), true, 3)};
    struct Row { int64_t k; std::string s; int v; bool f; };
    std::vector<Row> live;
    Lines lines;
    auto text = [](const Row& r) {
      return std::to_string(r.k) + " " + r.s + " " + (r.v < 0 ? "null" : std::to_string(r.v)) + " " + (r.f ? "true" : "false") + " 1 1";
    };
    for (int i = 0; i < 600; ++i) {
      if (!live.empty() && random() % 3 == 0) {
        size_t at = random() % live.size();
        lines.push_back("-D " + text(live[at]));
        live.erase(live.begin() + static_cast<ptrdiff_t>(at));
      } else {
        live.push_back({static_cast<int64_t>(random() % 7) * 100000007, std::string(1, static_cast<char>('a' + random() % 3)), static_cast<int>(random() % 6) - 1, random() % 2 == 0});
        lines.push_back("+I " + text(live.back()));
      }
    }
    std::map<std::string, std::vector<Row>> groups;
    for (const Row& r : live) {
      std::string key;
      for (int k : keys) key += (key.empty() ? "" : ", ") + (k == 0 ? std::to_string(r.k) : r.s);
      groups[key].push_back(r);
    }
    Lines want;
    for (const auto& [key, rows] : groups) {
      int64_t sum = 0;
      int n = 0, max = -1;
      std::string min = "z";
      std::set<int> distinct;
      for (const Row& r : rows) {
        if (r.v >= 0) sum += r.v, ++n, max = std::max(max, r.v);
        if (r.v >= 0 && r.f) distinct.insert(r.v);
        min = std::min(min, r.s);
      }
      want.push_back("[" + key + ", " + std::to_string(rows.size()) + ", " + (n ? std::to_string(sum) : "null") + ", " + (n ? std::to_string(max) : "null") +
                     ", " + min + ", " + std::to_string(distinct.size()) + "]");
    }
    std::sort(want.begin(), want.end());
    for (bool mini : {false, true}) {
      auto node = Node(keys, calls, true, mini, 50);
      for (int64_t batch : {1, 7, 4096}) {
        for (int barrier : {-1, static_cast<int>(random() % 600)}) {
          auto got = RunLines(node, lines, {.batch_rows = batch, .barrier_after = barrier});
          ASSERT_TRUE(got.ok()) << got.status().ToString();
          EXPECT_EQ(Fold(*got), want) << seed << " " << mini << " " << batch << " " << barrier;
        }
      }
      if (!mini) {
        EXPECT_EQ(Fold(RunLines(node, lines, {.streaming = false}).value()), want);
      }
    }
    auto exact = RunLines(Node(keys, calls, true), lines, {.batch_rows = 1}).value();
    EXPECT_EQ(RunLines(Node(keys, calls, true), lines, {.batch_rows = 4096}).value(), exact);   // the operations too, not only their sum
  }
}

}  // namespace
}  // namespace tarn::flow
