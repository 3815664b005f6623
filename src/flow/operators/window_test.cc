#include <gtest/gtest.h>

#include <map>
#include <random>

#include "flow/operators/script_test.h"
#include "flow/operators/window_aggregate.h"
#include "flow/operators/window_times.h"

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
using types::TimeAttribute;
using Kind = plan::WindowSpec::Kind;
using Property = plan::WindowAggregate::Property;
using Lines = std::vector<std::string>;

RowType Input() {
  RowType t;
  t.Add("k", LogicalType::String());
  t.Add("v", LogicalType::BigInt());
  t.Add("ts", LogicalType::Timestamp(3).WithTimeAttribute(TimeAttribute::kRowtime));
  return t;
}
plan::WindowSpec Spec(Kind kind, int64_t size, int64_t step = 0, int64_t offset = 0) {
  plan::WindowSpec s;
  s.kind = kind;
  s.time_column = 2;
  s.size_ms = size;
  s.step_ms = step;
  s.offset_ms = offset;
  return s;
}
plan::Node Node(plan::WindowSpec spec, bool distinct = false, bool input_changes = false) {
  plan::WindowAggregate p;
  p.window = spec;
  p.keys = {0};
  p.aggregates = {{AggregateKind::kCountStar, {}, false, -1, LogicalType::BigInt().NotNull(), "n"},
                  {AggregateKind::kSum, {1}, distinct, -1, LogicalType::BigInt(), "s"}};
  p.properties = {Property::kStart, Property::kEnd, Property::kTime};
  RowType out;
  out.Add("k", LogicalType::String());
  out.Add("n", LogicalType::BigInt().NotNull());
  out.Add("s", LogicalType::BigInt());
  for (const char* name : {"window_start", "window_end", "window_time"}) out.Add(name, LogicalType::Timestamp(3));
  return MakeNode(p, Input(), out, input_changes, false);
}
Lines Play(const plan::Node& node, const std::string& script, ScriptOptions options = {}) {
  auto r = RunScript(node, script, options);
  EXPECT_TRUE(r.ok()) << r.status().ToString();
  return r.ok() ? *r : Lines{};
}

TEST(Window, TumbleFiresAtTheWatermarkAndDropsLateRows) {
  const char* script = R"(
    +I a 1 1000
    +I b 2 9999
    +I a 3 10000
    W 9998
    +I a 4 0
    W 9999
    +I a 100 9999
    +I a 5 19999
    +I c 6 -1
    W 19999
    +I z 9 19000)";
  Lines want = {"+I[a, 2, 5, 0, 10000, 9999]", "+I[b, 1, 2, 0, 10000, 9999]", "+I[a, 2, 8, 10000, 20000, 19999]"};
  auto node = Node(Spec(Kind::kTumble, 10000));
  EXPECT_EQ(Play(node, script), want);
  EXPECT_EQ(Play(node, script, {.batch_rows = 1}), want);
  for (int b = 0; b < 9; ++b) EXPECT_EQ(Fold(Play(node, script, {.batch_rows = 2, .barrier_after = b})), Fold(want)) << b;
  // In batch mode nothing is late.
  EXPECT_EQ(Play(node, script, {.streaming = false}).size(), 5u);
}

TEST(Window, TumbleWithOffset) {
  EXPECT_EQ(Play(Node(Spec(Kind::kTumble, 10000, 0, 3000)), "+I a 1 2999\n+I a 1 3000"),
            (Lines{"+I[a, 1, 1, -7000, 3000, 2999]", "+I[a, 1, 1, 3000, 13000, 12999]"}));
}

TEST(Window, HopSharesSlices) {
  auto node = Node(Spec(Kind::kHop, 10000, 5000));
  const char* script = R"(
    +I a 1 1000
    +I a 2 6000
    +I b 3 6000
    W 9999
    +I a 10 1000
    +I a 20 6000
    W 14999)";
  Lines want = {"+I[a, 1, 1, -5000, 5000, 4999]", "+I[a, 2, 3, 0, 10000, 9999]", "+I[b, 1, 3, 0, 10000, 9999]",
                "+I[a, 2, 22, 5000, 15000, 14999]", "+I[b, 1, 3, 5000, 15000, 14999]"};
  EXPECT_EQ(Play(node, script), want);
  for (int b = 0; b < 5; ++b) EXPECT_EQ(Fold(Play(node, script, {.batch_rows = 1, .barrier_after = b})), Fold(want)) << b;
}

TEST(Window, CumulateGrowsUntilItsEnd) {
  auto node = Node(Spec(Kind::kCumulate, 15000, 5000));
  const char* script = R"(
    +I a 1 1000
    W 4999
    +I a 2 2000
    +I b 3 11000
    W 14999
    +I a 4 3000
    +I a 5 15000)";
  Lines want = {"+I[a, 1, 1, 0, 5000, 4999]", "+I[a, 2, 3, 0, 10000, 9999]", "+I[a, 2, 3, 0, 15000, 14999]", "+I[b, 1, 3, 0, 15000, 14999]",
                "+I[a, 1, 5, 15000, 20000, 19999]", "+I[a, 1, 5, 15000, 25000, 24999]", "+I[a, 1, 5, 15000, 30000, 29999]"};
  EXPECT_EQ(Play(node, script), want);
  for (int b = 0; b < 5; ++b) EXPECT_EQ(Fold(Play(node, script, {.batch_rows = 1, .barrier_after = b})), Fold(want)) << b;
}

TEST(Window, DistinctMergesAcrossSlices) {
  auto node = Node(Spec(Kind::kHop, 10000, 5000), true);
  EXPECT_EQ(Fold(Play(node, "+I a 1 1000\n+I a 1 6000\n+I a 2 6000\n+I a 2 7000")),
            Fold({"+I[a, 1, 1, -5000, 5000, 4999]", "+I[a, 4, 3, 0, 10000, 9999]", "+I[a, 3, 3, 5000, 15000, 14999]"}));
}

TEST(Window, RetractedRowsLeaveNoWindow) {
  EXPECT_EQ(Play(Node(Spec(Kind::kTumble, 1000), false, true), "+I a 1 1\n+I b 2 1\n-D a 1 1\n-U b 2 1\n+U b 3 1"), Lines{"+I[b, 1, 3, 0, 1000, 999]"});
}

TEST(Window, ANullTimeIsAnError) {
  EXPECT_EQ(RunScript(Node(Spec(Kind::kTumble, 1000)), "+I a 1 null").status().code(), StatusCode::kInvalidSql);
}

TEST(Window, SizesThatDoNotFitAreRefused) {
  EXPECT_EQ(MakeOperator(Node(Spec(Kind::kHop, 10000, 3000))).status().code(), StatusCode::kInvalidSql);
  EXPECT_EQ(MakeOperator(Node(Spec(Kind::kCumulate, 10000, 3000))).status().code(), StatusCode::kInvalidSql);
  EXPECT_EQ(MakeOperator(Node(Spec(Kind::kSession, 10000))).status().code(), StatusCode::kNotSupported);
}

TEST(Window, CascadeTakesTheInputsWindows) {
  RowType in;
  in.Add("n", LogicalType::BigInt());
  in.Add("window_start", LogicalType::Timestamp(3));
  in.Add("window_end", LogicalType::Timestamp(3));
  in.Add("window_time", LogicalType::Timestamp(3).WithTimeAttribute(TimeAttribute::kRowtime));
  plan::WindowAggregate p;
  p.window = Spec(Kind::kTumble, 1000);
  p.window.time_column = 3;
  p.input_windowed = true;
  p.window_start_column = 1;
  p.window_end_column = 2;
  p.aggregates = {{AggregateKind::kMax, {0}, false, -1, LogicalType::BigInt(), "m"}};
  p.properties = {Property::kStart, Property::kEnd};
  RowType out;
  out.Add("m", LogicalType::BigInt());
  out.Add("window_start", LogicalType::Timestamp(3));
  out.Add("window_end", LogicalType::Timestamp(3));
  EXPECT_EQ(Play(MakeNode(p, in, out, false, false), "+I 3 0 1000 999\n+I 7 0 1000 999\n+I 1 0 2000 1999\nW 999\n+I 9 0 1000 999\n+I 2 1000 2000 1999"),
            (Lines{"+I[7, 0, 1000]", "+I[1, 0, 2000]", "+I[2, 1000, 2000]"}));
  // Edges in local time: they fire by the session's zone, eight hours earlier.
  p.window.zone = "Asia/Shanghai";
  EXPECT_EQ(Play(MakeNode(p, in, out, false, false), "+I 3 0 1000 999\nW -28799002\n+I 7 0 1000 999\nW -28799001\n+I 9 0 1000 999"), Lines{"+I[7, 0, 1000]"});
}

TEST(Window, LtzWindowsAlignInTheSessionZone) {
  RowType in = Input();
  in.types[2] = LogicalType::TimestampLtz(3).WithTimeAttribute(TimeAttribute::kRowtime);
  auto node = Node(Spec(Kind::kTumble, 86400000));
  std::get<plan::WindowAggregate>(node.op).window.zone = "Asia/Shanghai";
  auto source = std::make_shared<plan::Node>(*node.inputs[0]);
  source->row_type = in;
  node.inputs = {source};
  node.row_type.types[5] = LogicalType::TimestampLtz(3);
  // 1970-01-01 16:00 UTC is midnight there: the day [1970-01-02, 01-03) starts.
  EXPECT_EQ(Play(node, "+I a 1 57599999\n+I a 1 57600000\nW 57599999\n+I a 1 57599999"),
            (Lines{"+I[a, 1, 1, 0, 86400000, 57599999]", "+I[a, 1, 1, 86400000, 172800000, 143999999]"}));
}

TEST(Window, DaysOfAZoneWithSummerTime) {
  plan::WindowSpec spec = Spec(Kind::kTumble, 3600000);
  spec.zone = "America/Los_Angeles";
  WindowTimes t = WindowTimes::Make(spec, LogicalType::TimestampLtz(3)).value();
  // 2021-11-07 01:30 happens twice: the window [01:00, 02:00) ends after the second one.
  const int64_t first = 1636273800000, second = first + 3600000;
  EXPECT_EQ(t.FromEpoch(first), t.FromEpoch(second));
  EXPECT_FALSE(t.Fires(t.SliceEnd(t.FromEpoch(first)), first + 3500000));
  EXPECT_TRUE(t.Fires(t.SliceEnd(t.FromEpoch(first)), second + 1800000));
}

TEST(Window, TableFunctionRepeatsRows) {
  RowType out = Input();
  for (const char* name : {"window_start", "window_end", "window_time"}) out.Add(name, LogicalType::Timestamp(3));
  auto node = [&](plan::WindowSpec s) { return MakeNode(plan::WindowTableFunction{s}, Input(), out, true); };
  EXPECT_EQ(Play(node(Spec(Kind::kTumble, 1000)), "+I a 1 1500\n-D a 1 null\n-D b 1 -1"),
            (Lines{"+I[a, 1, 1500, 1000, 2000, 1999]", "-D[b, 1, -1, -1000, 0, -1]"}));
  EXPECT_EQ(Play(node(Spec(Kind::kHop, 1000, 500)), "+I a 1 600"), (Lines{"+I[a, 1, 600, 500, 1500, 1499]", "+I[a, 1, 600, 0, 1000, 999]"}));
  EXPECT_EQ(Play(node(Spec(Kind::kCumulate, 1500, 500)), "+I a 1 600"), (Lines{"+I[a, 1, 600, 0, 1000, 999]", "+I[a, 1, 600, 0, 1500, 1499]"}));
}

// Out-of-order rows behind a lagging watermark, so that nothing is late: every window of a naive model, in order of window end.
TEST(Window, RandomRowsGiveTheModelsWindows) {
  struct Case { plan::WindowSpec spec; } cases[] = {{Spec(Kind::kTumble, 100)}, {Spec(Kind::kHop, 300, 100)}, {Spec(Kind::kHop, 100, 100, 30)},
                                                    {Spec(Kind::kHop, 400, 200, 50)}, {Spec(Kind::kCumulate, 300, 100)}, {Spec(Kind::kCumulate, 300, 100, 70)}};
  for (const Case& c : cases) {
    for (uint32_t seed = 0; seed < 4; ++seed) {
      std::mt19937 random(seed);
      std::map<std::tuple<int64_t, int64_t, std::string>, std::pair<int64_t, int64_t>> model;   // end, start, key
      Lines lines;
      const int64_t jump = seed < 2 ? 20 : 400;
      for (int64_t i = 0, now = 0; i < 300; ++i, now += static_cast<int64_t>(random()) % jump) {
        const int64_t t = now - static_cast<int64_t>(random() % 150), v = static_cast<int64_t>(random() % 100);
        const std::string key(1, static_cast<char>('a' + random() % 4));
        lines.push_back("+I " + key + " " + std::to_string(v) + " " + std::to_string(t));
        if (i % 7 == 0) lines.push_back("W " + std::to_string(now - 200));
        const auto& s = c.spec;
        for (int64_t start = -3000; start < now + 1000; ++start) {
          if (t < start) break;
          const int64_t grid = s.kind == Kind::kHop ? s.step_ms : s.size_ms;
          if ((start - s.offset_ms) % grid != 0 || t >= start + s.size_ms) continue;
          for (int64_t end = start + (s.kind == Kind::kCumulate ? s.step_ms : s.size_ms); end <= start + s.size_ms; end += std::max<int64_t>(1, s.step_ms)) {
            if (t >= end) continue;
            auto& m = model[{end, start, key}];
            ++m.first;
            m.second += v;
            if (s.kind != Kind::kCumulate) break;
          }
        }
      }
      Lines want;
      for (const auto& [w, m] : model) {
        const auto& [end, start, key] = w;
        want.push_back("+I[" + key + ", " + std::to_string(m.first) + ", " + std::to_string(m.second) + ", " + std::to_string(start) + ", " +
                       std::to_string(end) + ", " + std::to_string(end - 1) + "]");
      }
      for (int64_t batch : {1, 16, 4096}) {
        for (int barrier : {-1, static_cast<int>(random() % 300)}) {
          for (bool streaming : {true, false}) {
            if (!streaming && barrier >= 0) continue;
            auto got = RunLines(Node(c.spec), lines, {.streaming = streaming, .batch_rows = batch, .barrier_after = barrier});
            ASSERT_TRUE(got.ok()) << got.status().ToString();
            ASSERT_EQ(Fold(*got), Fold(want)) << static_cast<int>(c.spec.kind) << " " << c.spec.size_ms << " seed " << seed << " " << batch << " " << barrier;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tarn::flow
