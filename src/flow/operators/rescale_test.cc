// A snapshot of one subtask, spread over three by key group, goes on as if nothing had happened.
#include <gtest/gtest.h>

#include "batch/hash.h"
#include "flow/operators/script_test.h"

namespace tarn::flow {
namespace {

using types::LogicalType;

class Collected final : public Output {
 public:
  Status Emit(Batch batch) override {
    batches.push_back(std::move(batch));
    return Status::OK();
  }
  // The table behind the changelog: number of rows, and the sum of column `c` over them.
  std::pair<int64_t, int64_t> Total(size_t c) const {
    int64_t rows = 0, sum = 0;
    for (const Batch& b : batches) {
      const int64_t* v = b.column(c)->data()->GetValues<int64_t>(1);
      for (int64_t i = 0; i < b.num_rows(); ++i) {
        const int64_t sign = types::IsAccumulate(b.kind(i)) ? 1 : -1;
        rows += sign;
        sum += sign * v[i];
      }
    }
    return {rows, sum};
  }
  std::vector<Batch> batches;
};

Batch Rows(int64_t from, int64_t n) {
  arrow::Int64Builder k, v;
  arrow::TimestampBuilder ts(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  for (int64_t i = from; i < from + n; ++i) {
    EXPECT_TRUE(k.Append((i * 7919) % 500).ok());
    EXPECT_TRUE(v.Append(i).ok());
    EXPECT_TRUE(ts.Append(i).ok());
  }
  return Batch(n, {k.Finish().ValueOrDie(), v.Finish().ValueOrDie(), ts.Finish().ValueOrDie()});
}

RowType Input() {
  RowType t;
  t.Add("k", LogicalType::BigInt());
  t.Add("v", LogicalType::BigInt());
  t.Add("ts", LogicalType::Timestamp(3));
  return t;
}

std::unique_ptr<Operator> Open(const plan::Node& node) {
  auto op = MakeOperator(node).value();
  OperatorContext context;
  EXPECT_TRUE(op->Open(context).ok());
  return op;
}

void OneThenThree(const plan::Node& node, int64_t groups, int64_t total) {
  Collected out;
  auto first = Open(node);
  ASSERT_TRUE(first->OnBatch(Rows(0, 2000), out).ok());
  ASSERT_TRUE(first->BeforeBarrier(out).ok());
  state::Snapshot snapshot = first->TakeSnapshot().value();
  ASSERT_GT(snapshot.size(), 64u);   // many key groups
  Batch rest = Rows(2000, 2000);
  std::vector<uint64_t> hashes;
  ASSERT_TRUE(HashRows(rest, std::vector<int>{0}, &hashes).ok());
  RowPartitions parts;
  PartitionRows(hashes, 3, &parts);
  for (int subtask = 0; subtask < 3; ++subtask) {
    auto op = Open(node);
    state::Snapshot own;
    for (const state::Piece& p : snapshot) if (state::SubtaskOf(p.key_group, 3) == subtask) own.push_back(p);
    ASSERT_TRUE(op->Restore(own).ok());
    auto rows = parts.Of(subtask);
    arrow::Int32Builder index;
    ASSERT_TRUE(index.AppendValues(rows.data(), static_cast<int64_t>(rows.size())).ok());
    ASSERT_TRUE(op->OnBatch(TakeRows(rest, *index.Finish().ValueOrDie()).value(), out).ok());
    ASSERT_TRUE(op->OnWatermark({EventTime::Max()}, out).ok());
    ASSERT_TRUE(op->OnEnd(out).ok());
  }
  EXPECT_EQ(out.Total(1), (std::pair<int64_t, int64_t>{groups, total}));
}

TEST(Rescale, GroupsFindTheirSubtask) {
  plan::GroupAggregate g;
  g.keys = {0};
  g.aggregates = {{expr::AggregateKind::kSum, {1}, false, -1, LogicalType::BigInt(), "s"}};
  RowType out;
  out.Add("k", LogicalType::BigInt());
  out.Add("s", LogicalType::BigInt());
  OneThenThree(testing::MakeNode(g, Input(), out), 500, 3999 * 4000 / 2);
  g.mini_batch = true;
  OneThenThree(testing::MakeNode(g, Input(), out), 500, 3999 * 4000 / 2);
}

TEST(Rescale, WindowsFindTheirSubtask) {
  plan::WindowAggregate w;
  w.window.time_column = 2;
  w.window.size_ms = 4000;
  w.keys = {0};
  w.aggregates = {{expr::AggregateKind::kSum, {1}, false, -1, LogicalType::BigInt(), "s"}};
  w.properties = {plan::WindowAggregate::Property::kEnd};
  RowType out;
  out.Add("k", LogicalType::BigInt());
  out.Add("s", LogicalType::BigInt());
  out.Add("window_end", LogicalType::Timestamp(3));
  OneThenThree(testing::MakeNode(w, Input(), out, false, false), 500, 3999 * 4000 / 2);
}

TEST(Rescale, RanksFindTheirSubtask) {
  plan::Rank r;
  r.partition = {0};
  r.order = {{1, true, false}};
  auto node = testing::MakeNode(r, Input(), Input());
  OneThenThree(node, 500, 499 * 500 / 2 + 3500 * 500);   // the last 500 rows are the greatest of their keys
}

}  // namespace
}  // namespace tarn::flow
