#include "state/checkpoint_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "state/bytes.h"
#include "state/durable_file.h"

namespace tarn::state {
namespace {
std::string Scratch() { return ::testing::TempDir() + "/ckpt-" + RandomHex32(); }

Checkpoint Sample() {
  Checkpoint c;
  c.job_id = RandomHex32();
  c.job_name = "insert";
  c.id = 7;
  c.time_ms = 123;
  c.savepoint = true;
  c.vertices.push_back({"v0", "Source: a", 2, {0, 1}});
  c.operators.push_back({"v1.1.Agg", 0, {{"acc", 1, 5, std::string(3'000'000, 'x')}, {"acc", 1, 6, ""}, {"timers", 2, kNotKeyed, "t"}}});
  c.operators.push_back({"v1.1.Agg", 1, {}});
  c.splits.push_back({"v0.0.Scan", 1, "file-1", std::string("\0\1\2", 3)});
  c.writers.push_back({"v1.2.Sink", 0, "w"});
  c.committers.push_back({"v1.2.Sink", "c"});
  return c;
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(Crc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(Crc32c(0, "1234"), "56789"), 0xe3069283u);
}

TEST(CheckpointFile, RoundTrip) {
  std::string dir = Scratch();
  Checkpoint a = Sample();
  ASSERT_TRUE(WriteCheckpoint(dir, a).ok());
  auto r = ReadCheckpoint(dir);
  ASSERT_TRUE(r.ok()) << r.status().ToString();
  const Checkpoint& b = r.value();
  EXPECT_EQ(b.job_id, a.job_id);
  EXPECT_EQ(b.id, 7);
  EXPECT_TRUE(b.savepoint);
  EXPECT_FALSE(b.final);
  ASSERT_EQ(b.vertices.size(), 1u);
  EXPECT_EQ(b.vertices[0].finished, a.vertices[0].finished);
  ASSERT_EQ(b.operators.size(), 2u);
  ASSERT_EQ(b.operators[0].pieces.size(), 3u);
  EXPECT_EQ(b.operators[0].pieces[0].bytes, a.operators[0].pieces[0].bytes);
  EXPECT_EQ(b.operators[0].pieces[2].key_group, kNotKeyed);
  EXPECT_EQ(b.splits[0].bytes, a.splits[0].bytes);
  EXPECT_EQ(b.writers[0].bytes, "w");
  EXPECT_EQ(b.committers[0].uid, "v1.2.Sink");
}

TEST(CheckpointFile, EveryChangedOrMissingByteIsTold) {
  std::string dir = Scratch();
  Checkpoint a = Sample();
  a.operators[0].pieces[0].bytes = "small";
  ASSERT_TRUE(WriteCheckpoint(dir, a).ok());
  std::string whole = ReadWholeFile(dir + "/_metadata").value();
  auto put = [&](const std::string& s) { std::ofstream(dir + "/_metadata", std::ios::binary | std::ios::trunc) << s; };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string s = whole;
    s[i] = static_cast<char>(s[i] ^ 0x20);
    put(s);
    EXPECT_FALSE(ReadCheckpoint(dir).ok()) << i;
    put(whole.substr(0, i));
    EXPECT_EQ(ReadCheckpoint(dir).status().code(), StatusCode::kCorrupt) << i;
  }
  put(whole);
  EXPECT_TRUE(ReadCheckpoint(dir).ok());
  EXPECT_EQ(ReadCheckpoint(dir + "/absent").status().code(), StatusCode::kNotFound);
}

TEST(LocalPath, Schemes) {
  EXPECT_EQ(LocalPath("file:///a/b/").value(), "/a/b");
  EXPECT_EQ(LocalPath("file:/a").value(), "/a");
  EXPECT_EQ(LocalPath("/a/../b").value(), "/b");
  EXPECT_EQ(LocalPath("s3://x/y").status().code(), StatusCode::kNotSupported);
}
}  // namespace
}  // namespace tarn::state
