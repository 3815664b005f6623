#include "flow/operators/rank.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "flow/operators/script_test.h"

namespace tarn::flow {
namespace {

using testing::Fold;
using testing::MakeNode;
using testing::RunLines;
using testing::RunScript;
using testing::ScriptOptions;
using types::LogicalType;
using types::TimeAttribute;
using Lines = std::vector<std::string>;

RowType Input(bool time = false) {
  RowType t;
  t.Add("k", LogicalType::String());
  t.Add("v", LogicalType::Int());
  t.Add("ts", time ? LogicalType::Timestamp(3).WithTimeAttribute(TimeAttribute::kRowtime) : LogicalType::Timestamp(3));
  return t;
}
plan::Node RankNode(int64_t limit, bool with_rank, bool input_changes = false, plan::SortKey order = {1, true, false}, bool time = false, bool changes = true) {
  plan::Rank p;
  p.partition = {0};
  p.order = {order};
  p.limit = limit;
  p.with_rank = with_rank;
  RowType out = Input(time);
  if (with_rank) out.Add("rn", LogicalType::BigInt());
  return MakeNode(p, Input(time), out, input_changes, changes);
}
Lines Play(const plan::Node& node, const std::string& script, ScriptOptions options = {}) {
  auto r = RunScript(node, script, options);
  EXPECT_TRUE(r.ok()) << r.status().ToString();
  return r.ok() ? *r : Lines{};
}

TEST(Rank, WithoutTheRankOnlyEnteringAndLeavingRows) {
  EXPECT_EQ(Play(RankNode(2, false), "+I a 1 0\n+I a 3 0\n+I a 2 0\n+I a 0 0\n+I b 1 0\n+I a 2 9"),
            (Lines{"+I[a, 1, 0]", "+I[a, 3, 0]", "-D[a, 1, 0]", "+I[a, 2, 0]", "+I[b, 1, 0]"}));
  EXPECT_EQ(Play(RankNode(1, false), "+I a 1 0\n+I a 3 0\n+I a 3 1\n+I a 2 0"), (Lines{"+I[a, 1, 0]", "-U[a, 1, 0]", "+U[a, 3, 0]"}));
}

TEST(Rank, WithTheRankEachShiftIsAnUpdate) {
  EXPECT_EQ(Play(RankNode(2, true), "+I a 1 0\n+I a 3 0\n+I a 2 0"),
            (Lines{"+I[a, 1, 0, 1]", "-U[a, 1, 0, 1]", "+U[a, 3, 0, 1]", "+I[a, 1, 0, 2]", "-U[a, 1, 0, 2]", "+U[a, 2, 0, 2]"}));
  EXPECT_EQ(Play(RankNode(2, true, true), "+I a 1 0\n+I a 3 0\n+I a 2 0\n-D a 3 0\n-D a 2 0"),
            (Lines{"+I[a, 1, 0, 1]", "-U[a, 1, 0, 1]", "+U[a, 3, 0, 1]", "+I[a, 1, 0, 2]", "-U[a, 1, 0, 2]", "+U[a, 2, 0, 2]", "-U[a, 3, 0, 1]",
                   "+U[a, 2, 0, 1]", "-U[a, 2, 0, 2]", "+U[a, 1, 0, 2]", "-U[a, 2, 0, 1]", "+U[a, 1, 0, 1]", "-D[a, 1, 0, 2]"}));
}

TEST(Rank, DeduplicationToTheLastRowLetsTheNewerWin) {
  EXPECT_EQ(Play(RankNode(1, false, false, {2, true, false}, true), "+I a 1 5\n+I a 2 5\n+I a 3 4"), (Lines{"+I[a, 1, 5]", "-U[a, 1, 5]", "+U[a, 2, 5]"}));
}

TEST(Rank, DeduplicationToTheFirstRowWaitsForTheWatermark) {
  auto node = RankNode(1, false, false, {2, false, true}, true, false);
  const char* script = "+I a 1 5\n+I a 2 3\n+I b 3 8\nW 6\n+I a 9 7\n+I c 4 6\n+I c 5 7";
  EXPECT_EQ(Play(node, script), (Lines{"+I[a, 2, 3]", "+I[c, 5, 7]", "+I[b, 3, 8]"}));
  for (int b = 0; b < 6; ++b) EXPECT_EQ(Play(node, script, {.batch_rows = 1, .barrier_after = b}), (Lines{"+I[a, 2, 3]", "+I[c, 5, 7]", "+I[b, 3, 8]"})) << b;
}

TEST(Rank, LimitOverChangesTakesRowsBack) {
  auto node = MakeNode(plan::Limit{1, 2}, Input(), Input(), true);
  EXPECT_EQ(Fold(Play(node, "+I a 1 0\n+I b 2 0\n+I c 3 0\n+I d 4 0\n-D a 1 0")), (Lines{"[c, 3, 0]", "[d, 4, 0]"}));
  auto plain = MakeNode(plan::Limit{1, 2}, Input(), Input());
  for (int b = -1; b < 4; ++b) EXPECT_EQ(Play(plain, "+I a 1 0\n+I b 2 0\n+I c 3 0\n+I d 4 0", {.batch_rows = 3, .barrier_after = b}), (Lines{"+I[b, 2, 0]", "+I[c, 3, 0]"}));
}

TEST(Sort, OrdersByEveryKeyStably) {
  auto node = [](std::vector<plan::SortKey> keys, int64_t offset = 0, int64_t limit = -1) { return MakeNode(plan::Sort{std::move(keys), offset, limit}, Input(), Input()); };
  const char* rows = "+I b 2 1\n+I a 2 2\n+I null 1 3\n+I a null 4\n+I b -1 5\n+I ab 2 6";
  const ScriptOptions batch{.streaming = false, .batch_rows = 2};
  EXPECT_EQ(Play(node({{0, false, true}, {1, true, false}}), rows, batch),
            (Lines{"+I[null, 1, 3]", "+I[a, 2, 2]", "+I[a, null, 4]", "+I[ab, 2, 6]", "+I[b, 2, 1]", "+I[b, -1, 5]"}));
  EXPECT_EQ(Play(node({{1, true, true}}), rows, batch), (Lines{"+I[a, null, 4]", "+I[b, 2, 1]", "+I[a, 2, 2]", "+I[ab, 2, 6]", "+I[null, 1, 3]", "+I[b, -1, 5]"}));
  EXPECT_EQ(Play(node({{1, true, false}}, 1, 2), rows, batch), (Lines{"+I[a, 2, 2]", "+I[ab, 2, 6]"}));
  EXPECT_EQ(Play(node({{0, true, false}}, 0, 2), rows, batch), (Lines{"+I[b, 2, 1]", "+I[b, -1, 5]"}));
  EXPECT_EQ(Fold(Play(node({{1, true, false}}, 1, 2), rows)), (Lines{"[a, 2, 2]", "[ab, 2, 6]"}));   // streaming: a Top-N
}

TEST(Sort, ByEventTimeFollowsTheWatermark) {
  auto node = MakeNode(plan::Sort{{{2, false, true}, {1, false, true}}, 0, -1}, Input(true), Input(true), false, false);
  const char* script = "+I a 1 9\n+I a 2 5\n+I a 1 5\nW 5\n+I a 7 4\n+I a 8 6";
  for (int b = -1; b < 5; ++b) {
    EXPECT_EQ(Play(node, script, {.batch_rows = 2, .barrier_after = b}), (Lines{"+I[a, 1, 5]", "+I[a, 2, 5]", "+I[a, 8, 6]", "+I[a, 1, 9]"})) << b;
  }
  EXPECT_EQ(RunScript(MakeNode(plan::Sort{{{1, false, true}}, 0, -1}, Input(), Input()), "+I a 1 1").status().code(), StatusCode::kNotSupported);
}

TEST(Rank, RandomChangelogsGiveTheModelsTopN) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    std::mt19937 random(seed);
    const bool changes = seed % 2 == 0;
    struct Row { std::string k; int v; int64_t id; };
    std::vector<Row> live;
    Lines lines;
    auto text = [](const Row& r) { return r.k + " " + std::to_string(r.v) + " " + std::to_string(r.id); };
    for (int i = 0; i < 400; ++i) {
      if (changes && !live.empty() && random() % 3 == 0) {
        const size_t at = random() % live.size();
        lines.push_back("-D " + text(live[at]));
        live.erase(live.begin() + static_cast<ptrdiff_t>(at));
      } else {
        live.push_back({std::string(1, static_cast<char>('a' + random() % 3)), static_cast<int>(random() % 20), i});
        lines.push_back("+I " + text(live.back()));
      }
    }
    for (int64_t limit : {1, 3}) {
      for (bool with_rank : {false, true}) {
        std::map<std::string, std::vector<Row>> parts;
        for (const Row& r : live) parts[r.k].push_back(r);
        Lines want;
        for (auto& [k, rows] : parts) {
          std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.v > b.v; });
          for (size_t i = 0; i < rows.size() && static_cast<int64_t>(i) < limit; ++i) {
            want.push_back("[" + k + ", " + std::to_string(rows[i].v) + ", " + std::to_string(rows[i].id) + (with_rank ? ", " + std::to_string(i + 1) : "") + "]");
          }
        }
        std::sort(want.begin(), want.end());
        for (int64_t batch : {1, 4096}) {
          for (int barrier : {-1, static_cast<int>(random() % 400)}) {
            auto got = RunLines(RankNode(limit, with_rank, changes), lines, {.batch_rows = batch, .barrier_after = barrier});
            ASSERT_TRUE(got.ok()) << got.status().ToString();
            EXPECT_EQ(Fold(*got), want) << seed << " " << limit << " " << with_rank;
          }
        }
        EXPECT_EQ(Fold(RunLines(RankNode(limit, with_rank, changes), lines, {.streaming = false}).value()), want);
      }
    }
  }
}

}  // namespace
}  // namespace tarn::flow
