#include "flow/operators/key_table.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "batch/hash.h"

namespace tarn::flow {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Random keys (also NULL), in batches, with erasures between: ids stay those of a std::map, keys come back, hashes are the exchange's.
void PlayRandom(const std::vector<std::shared_ptr<arrow::DataType>>& types, int64_t range, uint32_t seed) {
  std::mt19937_64 random(seed);
  KeyTable table = KeyTable::Make(types).value();
  std::map<std::string, uint32_t> model;
  for (int round = 0; round < 60; ++round) {
    const int64_t n = 1 + static_cast<int64_t>(random() % 200);
    std::vector<ArrayPtr> columns;
    std::vector<const arrow::Array*> pointers;
    for (const auto& t : types) {
      std::unique_ptr<arrow::ArrayBuilder> b = arrow::MakeBuilder(t).ValueOrDie();
      for (int64_t i = 0; i < n + 2; ++i) {
        const int64_t v = static_cast<int64_t>(random()) % range;
        if (random() % 17 == 0) ASSERT_TRUE(b->AppendNull().ok());
        else if (t->id() == arrow::Type::STRING) ASSERT_TRUE(static_cast<arrow::StringBuilder*>(b.get())->Append("key" + std::to_string(v)).ok());
        else if (t->id() == arrow::Type::INT64) ASSERT_TRUE(static_cast<arrow::Int64Builder*>(b.get())->Append(v).ok());
        else if (t->id() == arrow::Type::BOOL) ASSERT_TRUE(static_cast<arrow::BooleanBuilder*>(b.get())->Append(v % 2 == 0).ok());
        else if (t->id() == arrow::Type::DOUBLE) ASSERT_TRUE(static_cast<arrow::DoubleBuilder*>(b.get())->Append(static_cast<double>(v) / 3).ok());
        else ASSERT_TRUE(static_cast<arrow::Int16Builder*>(b.get())->Append(static_cast<int16_t>(v)).ok());
      }
      columns.push_back(b->Finish().ValueOrDie()->Slice(1, n));   // offsets in arrays are tried too
    }
    for (const auto& c : columns) pointers.push_back(c.get());
    std::vector<uint32_t> ids(static_cast<size_t>(n));
    ASSERT_TRUE(table.FindOrAdd(pointers, n, ids.data()).ok());
    std::vector<uint64_t> hashes(static_cast<size_t>(n));
    for (size_t c = 0; c < columns.size(); ++c) ASSERT_TRUE(HashArray(*columns[c], c > 0, hashes.data()).ok());
    for (int64_t i = 0; i < n; ++i) {
      std::string cells, stored;
      for (const auto* c : pointers) EncodeCell(*c, i, &cells);
      const uint32_t id = ids[static_cast<size_t>(i)];
      auto [it, fresh] = model.emplace(cells, id);
      ASSERT_EQ(it->second, id);
      table.AppendCells(id, &stored);
      ASSERT_EQ(stored, cells);
      ASSERT_EQ(table.HashOf(id), hashes[static_cast<size_t>(i)]);
    }
    std::vector<ArrayPtr> back = table.Keys(ids).value();
    ASSERT_EQ(back.size(), columns.size());
    for (size_t c = 0; c < columns.size(); ++c) ASSERT_TRUE(back[c]->Equals(*columns[c])) << back[c]->ToString() << columns[c]->ToString();
    ASSERT_EQ(table.live(), model.size());
    ASSERT_EQ(table.LiveIds().size(), model.size());
    for (auto it = model.begin(); it != model.end();) {
      if (random() % 3 != 0) {
        ++it;
        continue;
      }
      table.Erase(it->second);
      it = model.erase(it);
    }
  }
}

TEST(KeyTable, BehavesAsAMap) {
  for (uint32_t seed = 0; seed < 3; ++seed) {
    PlayRandom({arrow::int64()}, 500, seed);                  // small: straight to the array
    PlayRandom({arrow::int64()}, int64_t{1} << 60, seed);
    PlayRandom({arrow::int64()}, 100'000, seed);              // both
    PlayRandom({arrow::int16()}, 300, seed);
    PlayRandom({arrow::boolean()}, 10, seed);
    PlayRandom({arrow::float64()}, 500, seed);
    PlayRandom({arrow::utf8()}, 500, seed);
    PlayRandom({arrow::int64(), arrow::utf8(), arrow::boolean()}, 20, seed);
  }
}

TEST(KeyTable, NoKeyIsOneGroup) {
  KeyTable table = KeyTable::Make({}).value();
  uint32_t ids[3] = {7, 7, 7};
  ASSERT_TRUE(table.FindOrAdd({}, 3, ids).ok());
  EXPECT_EQ(ids[2], 0u);
  EXPECT_EQ(table.live(), 1u);
  EXPECT_EQ(table.HashOf(0), kNullHash);
}

TEST(KeyTable, NestedKeysAreRefused) {
  EXPECT_EQ(KeyTable::Make({arrow::list(arrow::int32())}).status().code(), StatusCode::kNotSupported);
}

TEST(CellCodec, NestedCellsComeBack) {
  auto value = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), value);
  ASSERT_TRUE(lists.Append().ok());
  ASSERT_TRUE(value->Append(1).ok());
  ASSERT_TRUE(value->AppendNull().ok());
  ASSERT_TRUE(lists.AppendNull().ok());
  ASSERT_TRUE(lists.Append().ok());
  auto keys = std::make_shared<arrow::StringBuilder>();
  auto items = std::make_shared<arrow::Int32Builder>();
  arrow::MapBuilder maps(arrow::default_memory_pool(), keys, items);
  ASSERT_TRUE(maps.Append().ok());
  ASSERT_TRUE(keys->Append("a").ok());
  ASSERT_TRUE(items->Append(1).ok());
  ASSERT_TRUE(maps.Append().ok());
  ASSERT_TRUE(maps.AppendNull().ok());
  ArrayPtr list = lists.Finish().ValueOrDie(), map = maps.Finish().ValueOrDie();
  ArrayPtr row = arrow::StructArray::Make({list, map}, std::vector<std::string>{"l", "m"}).ValueOrDie();
  for (const ArrayPtr& a : {list, map, row}) {
    std::string bytes;
    for (int64_t i = 0; i < a->length(); ++i) EncodeCell(*a, i, &bytes);
    auto builder = arrow::MakeBuilder(a->type()).ValueOrDie();
    ByteReader in(bytes), skip(bytes);
    for (int64_t i = 0; i < a->length(); ++i) {
      ASSERT_TRUE(DecodeCell(&in, builder.get()).ok());
      ASSERT_TRUE(SkipCell(&skip, *a->type()).ok());
    }
    EXPECT_TRUE(in.done() && skip.done());
    EXPECT_TRUE(builder->Finish().ValueOrDie()->Equals(*a)) << a->ToString();
    for (size_t cut = 0; cut < bytes.size(); ++cut) {   // every cut is said, none read beyond
      ByteReader shorter(std::string_view(bytes).substr(0, cut));
      Status s;
      auto b = arrow::MakeBuilder(a->type()).ValueOrDie();
      for (int64_t i = 0; i < a->length() && s.ok(); ++i) s = DecodeCell(&shorter, b.get());
      EXPECT_EQ(s.code(), StatusCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace tarn::flow
