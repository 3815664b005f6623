// Structs as JSON and back; the file's promises; text that is not what it should be.
#include <gtest/gtest.h>

#include "metastore/dump.h"
#include "metastore/dump_json.h"
#include "metastore/search/segment.h"
#include "wire/codec.h"

namespace tarn::metastore {
namespace {

using namespace wire;

Table Sample() {
  Table t;
  t.tableName = "t";
  t.dbName = "d";
  t.set_owner("");                                       // set, and empty
  t.createTime = -5;
  t.parameters = {{"a", "\xff\xfe raw"}, {"quote", "\"\\\n\x01"}, {"größe", "✓"}};
  t.set_partitionKeys({});
  StorageDescriptor& sd = t.sd.Make();
  sd.cols = {{.name = "id", .type = "int"}, {.name = "v", .type = "string", .comment = "c"}};
  sd.location = "file:/w/t";
  sd.skewedInfo.Make().skewedColValueLocationMaps = {{{"x", "y"}, "there"}};
  sd.serdeInfo.Make().parameters = {{"field.delim", "\t"}};
  return t;
}

TEST(DumpJson, StructsComeBackAsTheyWere) {
  Table t = Sample();
  std::string json = StructJson(t);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  auto back = FromStructJson<Table>(json);
  ASSERT_TRUE(back.ok()) << back.status().ToString() << json;
  EXPECT_TRUE(Same(t, *back)) << json;
  EXPECT_TRUE(back->has_owner());
  EXPECT_FALSE(back->has_viewOriginalText());
  ColumnStatisticsObj o{.colName = "c", .colType = "double"};
  DoubleColumnStatsData& d = o.statsData.Make().doubleStats.Make();
  d.set_lowValue(-0.1).set_highValue(1e300);
  d.set_bitVectors(std::string("HL\0\x80", 4));
  auto stats = FromStructJson<ColumnStatisticsObj>(StructJson(o));
  ASSERT_TRUE(stats.ok());
  EXPECT_TRUE(Same(o, *stats));
  for (const StructDesc* s : AllStructs()) {             // each empty one, and as far as it goes
    std::unique_ptr<void, void (*)(void*)> a(s->make(), s->destroy), b(s->make(), s->destroy);
    std::string text;
    AppendStructJson(*s, a.get(), &text);
    Status read = ReadStructJson(text, *s, b.get());
    EXPECT_TRUE(read.ok()) << s->name << read.ToString();
    EXPECT_EQ(EncodeStruct(Protocol::kCompact, *s, a.get()), EncodeStruct(Protocol::kCompact, *s, b.get())) << s->name;
  }
}

TEST(DumpJson, WrongTextIsRefusedOrReadButNeverHarms) {
  for (const char* bad : {"", "[]", "1", "{\"tableName\":1}", "{\"sd\":[]}", "{\"createTime\":\"x\"}", "{\"createTime\":99999999999}", "{\"parameters\":1}", "{\"tableName\":{\"hex\":\"0\"}}",
                          "{\"tableName\":{\"hex\":\"zz\"}}", "{\"rewriteEnabled\":1}", "{\"partitionKeys\":{}}"}) {
    EXPECT_FALSE(FromStructJson<Table>(bad).ok()) << bad;
  }
  EXPECT_TRUE(FromStructJson<Table>("{\"nobody\":{\"knows\":[1,2]},\"tableName\":\"t\"}").ok());
  std::string json = StructJson(Sample());
  uint32_t seed = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string broken = json;
    for (int k = 0; k < 3; ++k) {
      seed = seed * 1664525 + 1013904223;
      broken[seed / 7 % broken.size()] = "{}[]\",:\\x0\xff\n"[seed / 64 % 13];
    }
    (void)FromStructJson<Table>(broken).ok();
  }
}

TEST(DumpFile, PartitionsLeanOnTheirTable) {
  std::FILE* f = std::tmpfile();
  DumpWriter w(f);
  ASSERT_TRUE(w.Begin("here").ok());
  Table t = Sample();
  t.partitionKeys = {{.name = "dt", .type = "string"}};
  Record table{{"hive", "d", "t", ""}, t};
  ASSERT_TRUE(w.Write(table).ok());
  std::vector<Partition> parts(3);
  for (size_t i = 0; i < 3; ++i) {
    parts[i].values = {std::to_string(i)};
    parts[i].sd = *t.sd;
    parts[i].sd->location = i == 1 ? "file:/elsewhere" : "file:/w/t/dt=" + std::to_string(i);
  }
  parts[2].sd->cols.pop_back();
  for (size_t i = 0; i < 3; ++i) {
    Record r{{"hive", "d", "t", "dt=" + std::to_string(i)}, parts[i]};
    ASSERT_TRUE(w.Write(r).ok());
  }
  ASSERT_TRUE(w.End().ok());
  std::rewind(f);
  RecordCounts counts;
  size_t n = 0;
  Status s = ReadDump(f, [&](Record& r) {
    if (auto* p = std::get_if<Partition>(&r.value)) { EXPECT_TRUE(Same(*p, parts[n++])); }
    return Status::OK();
  }, &counts);
  EXPECT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(n, 3u);
  EXPECT_EQ(counts[2], 1);
  EXPECT_EQ(counts[5], 3);
  std::fclose(f);
}

Status ReadText(const std::string& text, RecordCounts* counts) {
  std::FILE* f = std::tmpfile();
  std::fwrite(text.data(), 1, text.size(), f);
  std::rewind(f);
  Status s = ReadDump(f, nullptr, counts);
  std::fclose(f);
  return s;
}

TEST(DumpFile, OneOfTheFirstVersion) {
  const std::string lines[] = {R"({"tarn_dump":1,"created":"2026-01-01T00:00:00Z","source":"thrift://old:9083"})", R"({"kind":"role","name":"analyst"})",
                               R"({"kind":"database","catalog":"hive","db":"d","doc":{"name":"d"}})"};
  std::string text;
  uint64_t checksum = 0;
  for (const std::string& l : lines) {
    checksum = search::Checksum(l, checksum);
    text += l + "\n";
  }
  char trailer[400];
  std::snprintf(trailer, sizeof(trailer), R"({"trailer":{"counts":{"catalog":0,"database":1,"table":0,"constraints":0,"statistics":0,"partition":0,"function":0,"role":1,"role_grant":0,"privilege":0},"checksum":"%016lx"}})", checksum);
  RecordCounts counts;
  Status s = ReadText(text + trailer + "\n", &counts);
  EXPECT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(counts[1], 1);
  EXPECT_EQ(counts[7], 1);
}

TEST(DumpFile, SaysWhereItIsDamaged) {
  std::FILE* f = std::tmpfile();
  DumpWriter w(f);
  ASSERT_TRUE(w.Begin("").ok());
  for (int i = 0; i < 3500; ++i) {
    Record r{{"", "", "", ""}, RoleRecord{"role" + std::to_string(i)}};
    ASSERT_TRUE(w.Write(r).ok());
  }
  Record ids{{"hive", "d", "t", ""}, TableValidWriteIds{.fullTableName = "d.t", .writeIdHighWaterMark = 7, .invalidWriteIds = {3, 5}}};
  ASSERT_TRUE(w.Write(ids).ok());
  ASSERT_TRUE(w.End({{"locks", 2, "detail", "hint"}}).ok());
  std::string text(static_cast<size_t>(std::ftell(f)), '\0');
  std::rewind(f);
  ASSERT_EQ(std::fread(text.data(), 1, text.size(), f), text.size());
  std::fclose(f);
  RecordCounts counts;
  Status s = ReadText(text, &counts);
  EXPECT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(counts[7], 3500);
  EXPECT_NE(text.find(R"("left_behind":[{"what":"locks","count":2,"detail":"detail","hint":"hint"}])"), std::string::npos);
  std::string changed = text;
  changed[changed.find("role1500") + 4] = '2';
  s = ReadText(changed, &counts);
  EXPECT_EQ(s.code(), StatusCode::kCorrupt);
  EXPECT_NE(s.message().find("between line 1003 and line 2003"), std::string::npos) << s.ToString();
  EXPECT_FALSE(s.hint().empty());
  std::string cut = text.substr(0, text.find("role3000"));
  s = ReadText(cut, &counts);
  EXPECT_NE(s.message().find("cut short"), std::string::npos) << s.ToString();
  uint32_t seed = 11;
  for (int i = 0; i < 300; ++i) {            // whatever is changed, it is noticed
    std::string broken = text;
    seed = seed * 1664525 + 1013904223;
    size_t at = seed / 3 % (broken.size() - 1);
    broken[at] = static_cast<char>(broken[at] ^ (1 + seed / 64 % 7));
    s = ReadText(broken, &counts);
    // In the trailer the name of a count of 0, and what was left behind, don't matter.
    EXPECT_TRUE(!s.ok() || at > text.rfind("\n{")) << at;
  }
}

}  // namespace
}  // namespace tarn::metastore
