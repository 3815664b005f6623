#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"
#include "table/registry.h"
#include "types/arrow_types.h"

namespace tarn::plug {
Status Register_connector_datagen(table::Registry& registry);
namespace {

using types::LogicalType;
using Event = table::SourceEvent;

class Datagen : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Register_connector_datagen(registry_).ok()); }

  Result<std::unique_ptr<table::Source>> Make(RowType type, std::map<std::string, std::string> options) {
    table::TableContext c;
    options["connector"] = "datagen";
    if (!options.count("rows-per-second")) options["rows-per-second"] = "1000000000";
    c.table.options = std::move(options);
    c.physical = std::move(type);
    return registry_.CreateSource(c);
  }
  // All rows of one subtask as batches.
  static std::vector<Batch> Drain(table::SourceReader& reader) {
    std::vector<Batch> out;
    for (;;) {
      auto e = reader.Poll(std::chrono::milliseconds(50));
      EXPECT_TRUE(e.ok()) << e.status().ToString();
      if (!e.ok() || e->kind == Event::Kind::kEnd) return out;
      if (e->kind == Event::Kind::kBatch) out.push_back(e->batch);
    }
  }
  static std::vector<int64_t> Longs(const std::vector<Batch>& batches, size_t column) {
    std::vector<int64_t> out;
    for (const Batch& b : batches) for (int64_t i = 0; i < b.num_rows(); ++i) out.push_back(static_cast<const arrow::Int64Array&>(*b.column(column)).Value(i));
    return out;
  }
  table::Registry registry_;
};

table::SubtaskContext Subtask(int i, int n, int64_t rows = 4096) {
  table::SubtaskContext c;
  c.subtask = i;
  c.parallelism = n;
  c.batch_rows = rows;
  return c;
}

TEST_F(Datagen, SequenceIsSplitAmongSubtasksAndEnds) {
  RowType type;
  type.Add("a", LogicalType::BigInt());
  type.Add("s", LogicalType::String());
  auto source = Make(type, {{"fields.a.kind", "sequence"}, {"fields.a.start", "5"}, {"fields.a.end", "104"}, {"fields.s.length", "8"}});
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  EXPECT_TRUE((*source)->bounded());
  std::set<int64_t> seen;
  size_t count = 0;
  for (int i = 0; i < 3; ++i) {
    auto reader = (*source)->CreateReader(Subtask(i, 3, 7));
    ASSERT_TRUE((*reader)->Open(std::nullopt).ok());
    for (int64_t v : Longs(Drain(**reader), 0)) { seen.insert(v); ++count; }
  }
  EXPECT_EQ(count, 100u);
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(*seen.begin(), 5);
  EXPECT_EQ(*seen.rbegin(), 104);
}

TEST_F(Datagen, RestoreRepeatsExactlyWhatWasLostAlsoWithAnotherParallelism) {
  RowType type;
  type.Add("a", LogicalType::BigInt());
  type.Add("b", LogicalType::BigInt());
  auto source = Make(type, {{"number-of-rows", "1000"}, {"fields.a.kind", "sequence"}, {"fields.a.start", "1"}, {"fields.a.end", "100000"}});
  ASSERT_TRUE(source.ok());
  std::vector<table::SplitState> states;
  std::map<int64_t, int64_t> before, after;
  for (int i = 0; i < 4; ++i) {
    auto reader = (*source)->CreateReader(Subtask(i, 4, 50));
    ASSERT_TRUE((*reader)->Open(std::nullopt).ok());
    auto e = (*reader)->Poll(std::chrono::milliseconds(50));
    ASSERT_EQ(e->kind, Event::Kind::kBatch);
    auto a = Longs({e->batch}, 0), b = Longs({e->batch}, 1);
    for (size_t k = 0; k < a.size(); ++k) before[a[k]] = b[k];
    auto taken = (*reader)->Snapshot(1);
    ASSERT_TRUE(taken.ok());
    states.insert(states.end(), taken->begin(), taken->end());
  }
  EXPECT_EQ(before.size(), 200u);
  size_t rows = 0;
  for (int i = 0; i < 2; ++i) {
    auto reader = (*source)->CreateReader(Subtask(i, 2));
    ASSERT_TRUE((*reader)->Open(states).ok());
    auto batches = Drain(**reader);
    auto a = Longs(batches, 0), b = Longs(batches, 1);
    rows += a.size();
    for (size_t k = 0; k < a.size(); ++k) after[a[k]] = b[k];
  }
  EXPECT_EQ(rows, 800u);
  for (auto& [k, v] : before) EXPECT_EQ(after.count(k), 0u);
  // The same rows from the start: values belong to rows.
  auto again = (*source)->CreateReader(Subtask(0, 4));
  ASSERT_TRUE((*again)->Open(std::nullopt).ok());
  auto batches = Drain(**again);
  auto a = Longs(batches, 0), b = Longs(batches, 1);
  for (size_t k = 0; k < a.size(); ++k) EXPECT_EQ(before.count(a[k]) ? before[a[k]] : after[a[k]], b[k]);
}

TEST_F(Datagen, EveryTypeIsValid) {
  RowType type;
  auto add = [&](const char* name, LogicalType t) { type.Add(name, std::move(t)); };
  add("b", LogicalType::Boolean());
  add("i1", LogicalType::TinyInt());
  add("i2", LogicalType::SmallInt());
  add("i4", LogicalType::Int());
  add("f", LogicalType::Float());
  add("d", LogicalType::Double());
  add("dec", LogicalType::Decimal(10, 2));
  add("big", LogicalType::Decimal(38, 10));
  add("c", LogicalType::Char(5));
  add("v", LogicalType::VarChar(7));
  add("s", LogicalType::String());
  add("y", LogicalType::Bytes());
  add("dt", LogicalType::Date());
  add("t", LogicalType::Time());
  add("ts", LogicalType::Timestamp(3));
  add("tz", LogicalType::TimestampLtz(9));
  add("ym", LogicalType::IntervalYearMonth());
  add("ds", LogicalType::IntervalDayTime());
  add("arr", LogicalType::Array(LogicalType::Int()));
  add("m", LogicalType::Map(LogicalType::TinyInt(), LogicalType::String()));
  add("ms", LogicalType::Multiset(LogicalType::TinyInt()));
  add("r", LogicalType::Row({{"x", LogicalType::Int(), ""}, {"y", LogicalType::Boolean(), ""}}));
  auto source = Make(type, {{"number-of-rows", "100"}, {"fields.arr.length", "3"}, {"fields.m.length", "300"}, {"fields.ms.length", "5"}, {"fields.s.null-rate", "0.5"},
                            {"fields.r.x.min", "1"}, {"fields.r.x.max", "3"}, {"fields.dec.min", "0"}, {"fields.dec.max", "9.99"}, {"fields.y.var-len", "true"},
                            {"fields.arr.element.max", "9"}, {"fields.arr.element.min", "0"}, {"fields.ts.max-past", "1 h"}, {"fields.m.value.length", "2"}});
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  auto reader = (*source)->CreateReader(Subtask(0, 1));
  ASSERT_TRUE((*reader)->Open(std::nullopt).ok());
  auto batches = Drain(**reader);
  ASSERT_EQ(batches.size(), 1u);
  const Batch& b = batches[0];
  for (size_t i = 0; i < type.size(); ++i) {
    EXPECT_TRUE(b.column(i)->ValidateFull().ok()) << type.names[i] << b.column(i)->ValidateFull().ToString();
    EXPECT_TRUE(b.column(i)->type()->Equals(*types::ToArrow(type.types[i]))) << type.names[i] << " " << b.column(i)->type()->ToString();
    EXPECT_EQ(b.column(i)->length(), 100);
  }
  const auto& s = static_cast<const arrow::StringArray&>(*b.column(10));
  EXPECT_GT(s.null_count(), 20);
  EXPECT_LT(s.null_count(), 80);
  for (int64_t i = 0; i < 100; ++i) {
    if (s.IsValid(i)) {
      EXPECT_EQ(s.GetView(i).find_first_not_of("0123456789abcdef"), std::string_view::npos);
      EXPECT_EQ(s.GetView(i).size(), 100u);
    }
    const auto& x = static_cast<const arrow::Int32Array&>(*static_cast<const arrow::StructArray&>(*b.column(21)).field(0));
    EXPECT_TRUE(x.Value(i) >= 1 && x.Value(i) <= 3);
    EXPECT_LE(static_cast<const arrow::MapArray&>(*b.column(19)).value_length(i), 256);
    EXPECT_EQ(static_cast<const arrow::StringArray&>(*b.column(9)).GetView(i).size(), 7u);
  }
}

TEST_F(Datagen, BadOptionsAreNamed) {
  RowType type;
  type.Add("a", LogicalType::Int());
  type.Add("v", LogicalType::VarChar(5));
  auto text = [&](std::map<std::string, std::string> o) { return Make(type, std::move(o)).status().ToString(); };
  EXPECT_NE(text({{"fields.a.kind", "sequence"}}).find("Could not find required property 'fields.a.start' for sequence generator."), std::string::npos);
  EXPECT_NE(text({{"fields.b.min", "1"}}).find("Unsupported options: fields.b.min"), std::string::npos);
  EXPECT_NE(text({{"fields.a.mn", "1"}}).find("did you mean 'fields.a.min'?"), std::string::npos);
  EXPECT_NE(text({{"fields.a.kind", "sequense"}}).find("Unsupported generator kind: sequense"), std::string::npos);
  EXPECT_NE(text({{"fields.a.min", "5000000000"}}).find("outside of INT"), std::string::npos);
  EXPECT_NE(text({{"fields.v.length", "6"}}).find("should be shorter than '5'"), std::string::npos);
  EXPECT_NE(text({{"fields.a.null-rate", "2"}}).find("must be from 0 to 1"), std::string::npos);
  EXPECT_NE(text({{"rows-per-secon", "2"}}).find("did you mean 'rows-per-second'"), std::string::npos);
}

TEST_F(Datagen, RateIsLimitedAndProjectionPushed) {
  RowType type;
  type.Add("a", LogicalType::BigInt());
  type.Add("b", LogicalType::String());
  auto source = Make(type, {{"rows-per-second", "1000"}});
  ASSERT_TRUE(source.ok());
  EXPECT_FALSE((*source)->bounded());
  ASSERT_TRUE((*source)->ApplyProjection({0}));
  EXPECT_EQ((*source)->row_type().names, std::vector<std::string>{"a"});
  auto reader = (*source)->CreateReader(Subtask(0, 1));
  ASSERT_TRUE((*reader)->Open(std::nullopt).ok());
  const int64_t start = MonotonicMs();
  int64_t rows = 0;
  while (rows < 100) {
    auto e = (*reader)->Poll(std::chrono::milliseconds(20));
    ASSERT_TRUE(e.ok());
    if (e->kind == Event::Kind::kBatch) {
      rows += e->batch.num_rows();
      EXPECT_EQ(e->batch.columns().size(), 1u);
    }
  }
  EXPECT_GE(MonotonicMs() - start, 80);
}

TEST_F(Datagen, SeedRepeats) {
  RowType type;
  type.Add("a", LogicalType::BigInt());
  auto values = [&] {
    auto source = Make(type, {{"number-of-rows", "10"}, {"tarn.seed", "7"}});
    auto reader = (*source)->CreateReader(Subtask(0, 1));
    EXPECT_TRUE((*reader)->Open(std::nullopt).ok());
    return Longs(Drain(**reader), 0);
  };
  EXPECT_EQ(values(), values());
}

TEST_F(Datagen, Speed) {
  RowType type;
  type.Add("a", LogicalType::BigInt());
  type.Add("b", LogicalType::Int());
  type.Add("c", LogicalType::Double());
  auto source = Make(type, {{"number-of-rows", "4000000"}, {"fields.b.min", "0"}, {"fields.b.max", "999"}});
  auto reader = (*source)->CreateReader(Subtask(0, 1));
  ASSERT_TRUE((*reader)->Open(std::nullopt).ok());
  const int64_t cpu = ProcessCpuNs();
  int64_t rows = 0;
  for (auto e = (*reader)->Poll(std::chrono::milliseconds(50)); e->kind != Event::Kind::kEnd; e = (*reader)->Poll(std::chrono::milliseconds(50))) {
    ASSERT_TRUE(e.ok());
    rows += e->kind == Event::Kind::kBatch ? e->batch.num_rows() : 0;
  }
  EXPECT_EQ(rows, 4'000'000);
  printf("datagen: %.1f M rows of 3 columns per CPU second\n", 4e3 * 1e6 / static_cast<double>(ProcessCpuNs() - cpu));
}

}  // namespace
}  // namespace tarn::plug
