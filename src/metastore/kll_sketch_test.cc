// Histograms recorded from Apache DataSketches and from Hive 4.0.1's merger and aggregator (test/peer/metastore_stats/record_kll). KLL is
// randomised: what must agree is the number of values, their ends, and ranks within the sketch's error.
#include "metastore/kll_sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/text.h"

namespace tarn::metastore {
namespace {

std::string Bytes(std::string_view hex) {
  std::string out;
  if (hex == "-") return out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}
std::string Hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) { out += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4]; out += "0123456789abcdef"[static_cast<uint8_t>(c) & 15]; }
  return out;
}

// As KllRecorder.values; several specs with commas between.
std::vector<float> Values(const std::string& specs) {
  std::vector<float> out;
  for (const std::string& spec : Split(specs, ',')) {
    auto p = Split(spec, ':');
    auto x = static_cast<uint64_t>(std::stoll(p[1]));
    for (int i = 0; i < std::stoi(p[2]); ++i) {
      x = x * 6364136223846793005u + 1442695040888963407u;
      float u = static_cast<float>(x >> 40) / 16777216.0f;
      out.push_back(p[0] == "even" ? u * 1000.0f - 500.0f : p[0] == "up" ? static_cast<float>(i) : p[0] == "down" ? static_cast<float>(-i) : p[0] == "skewed" ? u * u * u * u * 1e6f
                    : p[0] == "few" ? static_cast<float>(static_cast<int>(u * 7.0f)) : 42.5f);
    }
  }
  return out;
}

double WorstRank(const KllSketch& s, std::vector<float> values) {
  std::sort(values.begin(), values.end());
  double worst = 0;
  for (size_t q = 1; q < 100 && !values.empty(); ++q) {
    float v = values[q * values.size() / 100];
    auto below = static_cast<double>(std::lower_bound(values.begin(), values.end(), v) - values.begin());
    worst = std::max(worst, std::abs(s.Rank(v) - below / static_cast<double>(values.size())));
  }
  return worst;
}

void ExpectOf(const KllSketch& s, const std::vector<float>& values) {
  ASSERT_EQ(s.n(), values.size());
  if (values.empty()) return;
  EXPECT_EQ(s.min(), *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(s.max(), *std::max_element(values.begin(), values.end()));
  EXPECT_LE(WorstRank(s, values), 1.5 * s.RankError());
  if (values.size() <= static_cast<size_t>(s.k())) { EXPECT_EQ(WorstRank(s, values), 0); }
}

std::vector<std::vector<std::string>> Recorded(const std::string& kind) {
  std::vector<std::vector<std::string>> out;
  std::ifstream in(std::string(TARN_SOURCE_DIR) + "/src/metastore/testdata/stats/kll.txt");
  std::string line;
  while (std::getline(in, line)) if (auto f = Split(line, '\t'); f[0] == kind) out.push_back(std::move(f));
  return out;
}

// For test/peer/metastore_kll.py, which gives them to DataSketches.
void Tell(const std::string& specs, const KllSketch& s) {
  const char* file = std::getenv("TARN_KLL_OUT");
  if (!file) return;
  std::ofstream out(file, std::ios::app);
  out.precision(9);
  out << specs << '\t' << Hex(s.Write()) << '\t' << s.n() << '\t' << s.min() << '\t' << s.max() << '\n';
}

TEST(KllSketchTest, ReadsWhatDataSketchesWrites) {
  auto lines = Recorded("sketch");
  ASSERT_GT(lines.size(), 50u);
  for (const auto& f : lines) {
    SCOPED_TRACE(f[1] + " k=" + f[2]);
    std::string bytes = Bytes(f[3]);
    auto s = KllSketch::Read(bytes);
    ASSERT_TRUE(s.ok()) << s.status().ToString();
    EXPECT_EQ(s->k(), std::stoi(f[2]));
    ExpectOf(*s, Values(f[1]));
    EXPECT_EQ(Hex(s->Write()), f[3]);          // byte for byte what it was
  }
}

TEST(KllSketchTest, SketchesAndMergesWithinTheError) {
  for (int k : {8, 20, 200, 1000}) {
    for (const char* specs : {"even:1:100000", "up:1:30000", "down:1:30000", "skewed:7:50000", "few:3:20000", "same:1:5000", "even:1:1", "even:1:2", "even:9:201"}) {
      SCOPED_TRACE(specs);
      KllSketch s(k);
      for (float v : Values(specs)) s.Update(v);
      ExpectOf(s, Values(specs));
      auto again = KllSketch::Read(s.Write());
      ASSERT_TRUE(again.ok()) << again.status().ToString();
      EXPECT_EQ(again->Write(), s.Write());
      if (k == 200) Tell(specs, s);
    }
  }
  // Many small ones: as many partitions' histograms are.
  std::string specs;
  KllSketch all;
  for (int i = 0; i < 200; ++i) {
    std::string spec = "even:" + std::to_string(i) + ":" + std::to_string(1 + i * 7 % 900);
    KllSketch one;
    for (float v : Values(spec)) one.Update(v);
    all.Merge(*KllSketch::Read(one.Write()));
    specs += (i ? "," : "") + spec;
  }
  ExpectOf(all, Values(specs));
  EXPECT_LT(all.retained(), 700u);
  Tell(specs, all);
}

TEST(KllSketchTest, MergesAsHive) {
  auto lines = Recorded("merge");
  ASSERT_GE(lines.size(), 11u);
  for (const auto& f : lines) {
    SCOPED_TRACE(f[1]);
    std::string into = Bytes(f[2]);
    MergeHistogram(Bytes(f[3]), &into);
    auto ours = KllSketch::Read(into), hives = KllSketch::Read(Bytes(f[4]));
    ASSERT_TRUE(ours.ok() && hives.ok());
    ExpectOf(*hives, Values(f[1]));
    ExpectOf(*ours, Values(f[1]));
    EXPECT_EQ(ours->k(), hives->k());
    Tell(f[1], *ours);
  }
}

TEST(KllSketchTest, AggregatesAsHive) {
  for (const auto& f : Recorded("aggregate")) {
    SCOPED_TRACE(f[1]);
    std::vector<std::string> parts;
    for (const std::string& h : Split(f[2], ',')) parts.push_back(Bytes(h));
    std::string all = MergeHistograms({parts.begin(), parts.end()});
    if (f[3] == "-") { EXPECT_EQ(all, ""); continue; }
    auto ours = KllSketch::Read(all), hives = KllSketch::Read(Bytes(f[3]));
    ASSERT_TRUE(ours.ok() && hives.ok());
    ExpectOf(*hives, Values(f[1]));
    ExpectOf(*ours, Values(f[1]));
    EXPECT_EQ(ours->k(), hives->k());
    Tell(f[1], *ours);
  }
}

TEST(KllSketchTest, TheUpdatableForm) {
  KllSketch s;
  for (float v : Values("even:4:3000")) s.Update(v);
  std::string compact = s.Write(), updatable = compact;
  // All places, and the free items before the first level.
  size_t levels = static_cast<uint8_t>(compact[18]);
  uint32_t first;
  std::memcpy(&first, compact.data() + 20, 4);
  uint32_t end = first + static_cast<uint32_t>(s.retained());
  updatable[1] = 3;
  updatable.insert(20 + 4 * levels + 8, std::string(4 * first, '\x55'));
  updatable.insert(20 + 4 * levels, std::string(reinterpret_cast<char*>(&end), 4));
  auto read = KllSketch::Read(updatable);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Write(), compact);
}

TEST(KllSketchTest, DamagedBytes) {
  KllSketch other;
  for (float v : Values("even:8:500")) other.Update(v);
  for (const auto& f : Recorded("sketch")) {
    std::string bytes = Bytes(f[3]);
    for (size_t i = 0; i < bytes.size(); i += i < 64 ? 1 : 7) {
      EXPECT_FALSE(KllSketch::Read(std::string_view(bytes).substr(0, i)).ok() && i < bytes.size() && bytes.size() > 8);
      for (uint8_t flip : {0x01, 0x80, 0xff}) {
        std::string b = bytes;
        b[i] = static_cast<char>(b[i] ^ flip);
        auto s = KllSketch::Read(b);
        if (!s.ok()) continue;
        s->Merge(other);
        (void)s->Write();
        if (s->n()) (void)s->Rank(1);
      }
    }
  }
  std::string kept = Bytes(Recorded("sketch")[10][3]), before = kept;
  MergeHistogram("nonsense", &kept);
  EXPECT_EQ(kept, before);
  EXPECT_EQ(MergeHistograms({"nonsense", ""}), "");
}

}  // namespace
}  // namespace tarn::metastore
