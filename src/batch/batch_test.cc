#include "batch/batch.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <set>

#include "batch/hash.h"

namespace tarn {
namespace {

using types::LogicalType;

template <typename B, typename T>
std::shared_ptr<arrow::Array> Column(const std::vector<std::optional<T>>& values, B builder) {
  for (const auto& v : values) EXPECT_TRUE((v ? builder.Append(*v) : builder.AppendNull()).ok());
  return builder.Finish().ValueOrDie();
}

Batch Sample(RowType* type) {
  *type = {};
  type->Add("a", LogicalType::BigInt());
  type->Add("s", LogicalType::String());
  type->Add("b", LogicalType::Boolean());
  auto a = Column<arrow::Int64Builder, int64_t>({1, std::nullopt, 3, 4}, arrow::Int64Builder());
  auto s = Column<arrow::StringBuilder, std::string>({"x", "", std::nullopt, "long text over sixteen bytes"}, arrow::StringBuilder());
  auto b = Column<arrow::BooleanBuilder, bool>({true, false, std::nullopt, true}, arrow::BooleanBuilder());
  auto k = Column<arrow::Int8Builder, int8_t>({0, 1, 2, 3}, arrow::Int8Builder());
  return Batch(4, {a, s, b}, std::static_pointer_cast<arrow::Int8Array>(k));
}

void ExpectEqual(const Batch& x, const Batch& y) {
  ASSERT_EQ(x.num_rows(), y.num_rows());
  ASSERT_EQ(x.columns().size(), y.columns().size());
  for (size_t i = 0; i < x.columns().size(); ++i) EXPECT_TRUE(x.column(i)->Equals(y.column(i))) << i << x.column(i)->ToString() << y.column(i)->ToString();
  for (int64_t r = 0; r < x.num_rows(); ++r) EXPECT_EQ(x.kind(r), y.kind(r));
}

TEST(Batch, BytesAndBack) {
  RowType type;
  Batch b = Sample(&type);
  for (const Batch& x : {b, b.Slice(1, 2), b.Slice(0, 0), Batch(b.num_rows(), b.columns())}) {
    auto bytes = SerializeBatch(type, x);
    ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
    auto back = DeserializeBatch(type, *bytes);
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ExpectEqual(x, *back);
  }
}

TEST(Batch, BadBytesAreCorrupt) {
  RowType type;
  Batch b = Sample(&type);
  std::string bytes = SerializeBatch(type, b).value();
  EXPECT_EQ(DeserializeBatch(type, "").status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(DeserializeBatch(type, bytes.substr(0, bytes.size() / 2)).status().code(), StatusCode::kCorrupt);
  type.Add("more", LogicalType::Int());
  type.Add("still more", LogicalType::Int());
  EXPECT_EQ(DeserializeBatch(type, bytes).status().code(), StatusCode::kCorrupt);
}

TEST(Batch, TakeOfASliceAndConcatGiveTheRowsBack) {
  RowType type;
  Batch b = Sample(&type);
  auto idx = Column<arrow::Int32Builder, int32_t>({2, 0, 0, 1}, arrow::Int32Builder());
  Batch taken = TakeRows(b.Slice(1, 3), *idx).value();
  ExpectEqual(taken.Slice(0, 1), b.Slice(3, 1));
  ExpectEqual(taken.Slice(1, 1), b.Slice(1, 1));
  ExpectEqual(taken.Slice(2, 1), b.Slice(1, 1));
  ExpectEqual(taken.Slice(3, 1), b.Slice(2, 1));
  ExpectEqual(ConcatBatches(type, {b.Slice(0, 1), b.Slice(1, 3)}).value(), b);
  EXPECT_EQ(ConcatBatches(type, {}).value().num_rows(), 0);
  Batch mixed = ConcatBatches(type, {Batch(4, b.columns()), b}).value();
  EXPECT_EQ(mixed.kind(3), types::RowKind::kInsert);
  EXPECT_EQ(mixed.kind(7), types::RowKind::kDelete);
}

TEST(Hash, EqualKeysHashEqualInAnyBatchAndWidth) {
  RowType type;
  Batch b = Sample(&type);
  std::vector<uint64_t> whole, part;
  ASSERT_TRUE(HashRows(b, std::vector<int>{0, 1, 2}, &whole).ok());
  ASSERT_TRUE(HashRows(b.Slice(1, 3), std::vector<int>{0, 1, 2}, &part).ok());
  EXPECT_EQ(std::vector<uint64_t>(whole.begin() + 1, whole.end()), part);
  auto narrow = Column<arrow::Int32Builder, int32_t>({1, 3}, arrow::Int32Builder());
  uint64_t h[2];
  ASSERT_TRUE(HashArray(*narrow, false, h).ok());
  EXPECT_EQ(h[0], HashInt64(1));
  EXPECT_EQ(h[1], HashInt64(3));
  EXPECT_EQ(std::set<uint64_t>(whole.begin(), whole.end()).size(), 4u);
}

// Stored in checkpoints: these values may never change.
TEST(Hash, IsStable) {
  EXPECT_EQ(HashInt64(0), 0x1ff5c2923a788d2cull);
  EXPECT_EQ(HashInt64(-1), 0xdff5c05abb606d30ull);
  EXPECT_EQ(HashInt64(1234567890123), 0x2a51ae706f54a9b4ull);
  EXPECT_EQ(HashBytes(""), 0xfdf081286946b73full);
  EXPECT_EQ(HashBytes("tarn"), 0x665ea581e666cfcfull);
  EXPECT_EQ(HashBytes("a lake fed by running streams"), 0x7d97b851c12e5c55ull);
  EXPECT_EQ(CombineHash(HashInt64(1), HashBytes("a")), 0xaf23dd7c2a6aecfaull);
  EXPECT_NE(HashBytes(""), HashBytes(std::string_view("\0", 1)));
  std::set<uint64_t> seen;
  std::string text(40, 'a');
  for (size_t n = 0; n <= text.size(); ++n) seen.insert(HashBytes(std::string_view(text).substr(0, n)));
  EXPECT_EQ(seen.size(), 41u);
}

// Low bits choose the slot, bits 32..38 the key group, for the keys that people have: dense, strided, shifted.
TEST(Hash, SpreadsOverSlotsAndKeyGroups) {
  for (int64_t stride : {int64_t{1}, int64_t{8}, int64_t{1000}, int64_t{1} << 20, int64_t{1} << 32, int64_t{3600000}}) {
    std::vector<int> slots(1024), groups(128);
    const int n = 128 * 1024;
    for (int64_t i = 0; i < n; ++i) {
      uint64_t h = HashInt64(i * stride);
      ++slots[h & 1023];
      ++groups[(h >> 32) % 128];
    }
    EXPECT_LT(*std::max_element(slots.begin(), slots.end()), 2 * n / 1024) << stride;
    EXPECT_LT(*std::max_element(groups.begin(), groups.end()), 5 * n / (128 * 4)) << stride;
    EXPECT_GT(*std::min_element(groups.begin(), groups.end()), 3 * n / (128 * 4)) << stride;
  }
}

TEST(Hash, PartitionKeepsEveryRowOnceInOrder) {
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 1000; ++i) hashes.push_back(HashInt64(i));
  RowPartitions parts;
  PartitionRows(hashes, 5, &parts);
  size_t total = 0;
  for (int t = 0; t < 5; ++t) {
    auto rows = parts.Of(t);
    total += rows.size();
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_GT(rows.size(), 100u);
    for (int32_t r : rows) EXPECT_EQ(static_cast<int>((hashes[static_cast<size_t>(r)] >> 32) % 128) * 5 / 128, t);
  }
  EXPECT_EQ(total, 1000u);
}

}  // namespace
}  // namespace tarn
