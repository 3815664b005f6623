#include "plug/format/json/structural_index.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tarn::plug::json {
namespace {

// The definition, a character at a time.
bool Slow(const std::string& text, std::vector<uint32_t>* positions) {
  bool in_string = false, in_scalar = false, ok = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20) ok = false;
      if (c == '\\') { ++i; if (i < text.size() && static_cast<unsigned char>(text[i]) < 0x20) ok = false; }
      else if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') {
      if (!in_scalar) positions->push_back(static_cast<uint32_t>(i));
      in_string = true;
      in_scalar = false;
    } else if (std::string_view("{}[]:,").find(c) != std::string_view::npos) {
      positions->push_back(static_cast<uint32_t>(i));
      in_scalar = false;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      in_scalar = false;
    } else {
      if (!in_scalar) positions->push_back(static_cast<uint32_t>(i));
      in_scalar = true;
    }
  }
  return ok && !in_string;
}

TEST(StructuralIndex, AgreesWithItsDefinitionOnEveryMachine) {
  std::mt19937 random(7);
  const std::string alphabet = "{}[]:,\"\"\"  \n\tab01-.";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const size_t size = random() % 300;
    while (text.size() < size) text += alphabet[random() % alphabet.size()];
    std::vector<uint32_t> expected;
    const bool ok = Slow(text, &expected);
    for (auto machine : {StructuralIndex::Machine::kBest, StructuralIndex::Machine::kSse2, StructuralIndex::Machine::kPlain}) {
      StructuralIndex index(machine);
      ASSERT_EQ(index.Build(text), ok) << text;
      if (!ok) continue;
      ASSERT_EQ(std::vector<uint32_t>(index.positions(), index.positions() + index.count()), expected) << text;
    }
  }
}

TEST(StructuralIndex, BackslashesAcrossBlocks) {
  for (size_t pad = 0; pad < 140; ++pad) {
    for (size_t run = 0; run < 140; run += 1 + run / 8) {
      const std::string text = "[" + std::string(pad, ' ') + "\"" + std::string(run, '\\') + (run % 2 ? "\"" : "") + "\",1]";
      std::vector<uint32_t> expected;
      ASSERT_TRUE(Slow(text, &expected));
      for (auto machine : {StructuralIndex::Machine::kBest, StructuralIndex::Machine::kSse2, StructuralIndex::Machine::kPlain}) {
        StructuralIndex index(machine);
        ASSERT_TRUE(index.Build(text));
        ASSERT_EQ(std::vector<uint32_t>(index.positions(), index.positions() + index.count()), expected) << pad << " " << run;
      }
    }
  }
}

TEST(StructuralIndex, Utf8) {
  StructuralIndex index;
  for (size_t pad : {0, 50, 61, 62, 63, 64, 127, 128}) {
    const std::string a(pad, ' ');
    for (const char* good : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(index.Build(a + "\"" + good + "\"")) << good;
    for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) EXPECT_FALSE(index.Build(a + "\"" + bad + "\"")) << pad;
  }
  EXPECT_TRUE(index.Build(""));
  EXPECT_EQ(index.count(), 0u);
}

}  // namespace
}  // namespace tarn::plug::json
