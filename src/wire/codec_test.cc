#include "wire/codec.h"

#include <gtest/gtest.h>

#include "wire/fault.h"
#include "wire/hms_calls.h"

namespace tarn::wire {
namespace {

Table SomeTable() {
  Table t;
  t.tableName = "orders";
  t.dbName = "lake";
  t.createTime = 1700000000;
  StorageDescriptor& sd = t.sd.Make();
  for (int i = 0; i < 20; ++i) sd.cols.push_back({.name = "c" + std::to_string(i), .type = "bigint"});
  sd.location = "file:/lake/orders";
  sd.serdeInfo.Make().set_parameters({{"serialization.format", "1"}});
  sd.skewedInfo.Make().skewedColValueLocationMaps[{"a", "b"}] = "loc";
  t.set_partitionKeys({});
  t.parameters = {{"EXTERNAL", "TRUE"}, {"comment", ""}};
  t.set_temporary(false);
  t.privileges.Make().userPrivileges["me"].push_back({.privilege = "ALL", .createTime = 5, .grantOption = true});
  return t;
}

class CodecTest : public testing::TestWithParam<Protocol> {};

TEST_P(CodecTest, RoundTrip) {
  Table t = SomeTable();
  auto back = Decode<Table>(Encode(t, GetParam()), GetParam());
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_TRUE(Same(t, *back));
  EXPECT_TRUE(back->has_temporary());
  EXPECT_TRUE(back->has_partitionKeys());
  EXPECT_FALSE(back->has_owner());
  back->sd->cols[3].comment = "x";
  EXPECT_FALSE(Same(t, *back));
}

TEST_P(CodecTest, UnknownFieldsAreSkipped) {
  // A Table's bytes read as a Database: same ids, often other types; nothing may break.
  auto d = Decode<Database>(Encode(SomeTable(), GetParam()), GetParam());
  ASSERT_TRUE(d.ok()) << d.status().ToString();
  EXPECT_EQ(d->name, "orders");
  EXPECT_FALSE(d->has_parameters());
}

TEST_P(CodecTest, MissingRequiredFieldIsAnError) {
  FieldSchema empty;
  auto r = Decode<LockRequest>(Encode(empty, GetParam()), GetParam());
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.status().code(), StatusCode::kCorrupt);
}

TEST_P(CodecTest, EveryPrefixFailsCleanly) {
  std::string bytes = Encode(SomeTable(), GetParam());
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(Decode<Table>(std::string_view(bytes).substr(0, n), GetParam()).ok()) << n;
}

TEST_P(CodecTest, DepthIsLimited) {
  std::string bytes;   // an unknown field holding structs in structs
  for (int i = 0; i < 1000; ++i) bytes += GetParam() == Protocol::kBinary ? std::string("\x0c\x03\xe7", 3) : std::string("\x0c\xce\x0f", 3);
  auto r = Decode<Table>(bytes, GetParam());
  EXPECT_EQ(r.status().code(), StatusCode::kExhausted);
}

TEST_P(CodecTest, MemoryIsLimited) {
  PartitionListComposingSpec spec;
  spec.partitions.resize(1000);
  std::string bytes = Encode(spec, GetParam());
  MemorySource in(bytes);
  WireLimits limits;
  limits.memory_bytes_max = 10'000;
  ReadBudget budget(limits);
  PartitionListComposingSpec out;
  EXPECT_EQ(ReadStruct(GetParam(), in, budget, PartitionListComposingSpec::desc(), &out).code(), StatusCode::kExhausted);
}

TEST_P(CodecTest, Reply) {
  OutBuffer out;
  NoSuchObjectException e{.message = "hive.default.nope table not found"};
  WriteThrow(GetParam(), out, call::get_table::desc(), NoSuchObjectException::desc(), &e);
  MemorySource in(out.view());
  ReadBudget budget{WireLimits{}};
  Table t;
  Status s = ReadReply(GetParam(), in, budget, call::get_table::desc(), MessageType::kReply, &t);
  EXPECT_EQ(s.code(), StatusCode::kNotFound);
  EXPECT_EQ(FaultName(s), "NoSuchObjectException");
  EXPECT_EQ(s.message(), "hive.default.nope table not found");
}

TEST_P(CodecTest, SetIsReadAsList) {   // 2.3.9 writes open_txns as a set
  GetOpenTxnsResponse r;
  r.open_txns = {1, 2};
  r.set_abortedBits("");
  auto back = Decode<GetOpenTxnsResponse>(Encode(r, GetParam()), GetParam());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->open_txns.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Protocols, CodecTest, testing::Values(Protocol::kBinary, Protocol::kCompact));

// A list may not take more than the message's memory, however few bytes its elements have; the part of the pool comes back.
TEST(Memory, EmptyStructsAreCharged) {
  constexpr uint32_t kElements = 200'000;
  std::string list("\x0f\x00\x01\x0c", 4);   // field 1 of add_partitions: a list of structs
  for (int shift = 24; shift >= 0; shift -= 8) list += static_cast<char>(kElements >> shift & 0xff);
  list.append(kElements + 1, '\0');
  auto read = [&](uint64_t of_message, uint64_t of_all) {
    MemoryPool pool(of_all);
    WireLimits limits;
    limits.memory_bytes_max = of_message;
    Status s;
    {
      ReadBudget budget(limits, &pool);
      MemorySource in(list);
      add_partitions_args args;
      s = ReadStruct(Protocol::kBinary, in, budget, add_partitions_args::desc(), &args);
      EXPECT_LE(pool.used(), of_all);
      EXPECT_TRUE(s.ok() || args.new_parts.capacity() * sizeof(Partition) <= std::min(of_message, of_all));
    }
    EXPECT_EQ(pool.used(), 0u);
    return s;
  };
  constexpr uint64_t kPlenty = uint64_t{4} << 30;
  EXPECT_TRUE(read(kPlenty, kPlenty).ok());
  Status one = read(8 << 20, kPlenty), all = read(kPlenty, 8 << 20);
  EXPECT_EQ(one.code(), StatusCode::kExhausted);
  EXPECT_NE(one.message().find("wire.memory-bytes-max"), std::string::npos);
  EXPECT_EQ(all.code(), StatusCode::kExhausted);
  EXPECT_NE(all.message().find("wire.total-memory-bytes-max"), std::string::npos);
}

TEST(Schema, EveryCallIsFound) {
  EXPECT_EQ(AllCalls().size(), 308u);   // Hive's 307 and tarn_search
  for (const CallDesc* c : AllCalls()) EXPECT_EQ(FindCall(c->name), c);
  EXPECT_EQ(FindCall("nope"), nullptr);
  EXPECT_EQ(FindCall(""), nullptr);
}

TEST(Schema, EveryEmptyStructReadsOrSaysWhatIsMissing) {
  for (const StructDesc* d : AllStructs()) {
    void* p = d->make();
    for (Protocol protocol : {Protocol::kBinary, Protocol::kCompact}) {
      std::string bytes = EncodeStruct(protocol, *d, p);
      void* q = d->make();
      Status s = DecodeStruct(protocol, bytes, *d, q);
      EXPECT_TRUE(s.ok() || s.message().find("Required field") == 0) << d->name << s.ToString();
      d->destroy(q);
    }
    d->destroy(p);
  }
}

}  // namespace
}  // namespace tarn::wire
