#include "plug/format/json/structural_index.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.h"
#include "table/text_codec.h"

namespace tarn::plug::json {
namespace {

namespace plain {
struct Block {
  explicit Block(const char* p) : p_(p) {}
  template <typename F> uint64_t Mask(F f) const {
    uint64_t m = 0;
    for (int i = 0; i < 64; ++i) m |= static_cast<uint64_t>(f(static_cast<unsigned char>(p_[i]))) << i;
    return m;
  }
  uint64_t Equal(char c) const { return Mask([c](unsigned char b) { return b == static_cast<unsigned char>(c); }); }
  uint64_t Control() const { return Mask([](unsigned char b) { return b < 0x20; }); }
  uint64_t High() const { return Mask([](unsigned char b) { return b >= 0x80; }); }
  uint64_t Operators() const { return Mask([](unsigned char b) { return b == ':' || b == ',' || b == '{' || b == '}' || b == '[' || b == ']'; }); }
  uint64_t Space() const { return Mask([](unsigned char b) { return b == ' ' || b == '\t' || b == '\n' || b == '\r'; }); }
  const char* p_;
};
#include "plug/format/json/structural_scan.inc"
}  // namespace plain

#if defined(__x86_64__)
namespace sse2 {
struct Block {
  explicit Block(const char* p) {
    for (int i = 0; i < 4; ++i) v_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
  }
  static uint64_t Join(__m128i a, __m128i b, __m128i c, __m128i d) {
    return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(a))) | static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(b))) << 16 |
           static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(c))) << 32 | static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(d))) << 48;
  }
  template <typename F> uint64_t Mask(F f) const { return Join(f(v_[0]), f(v_[1]), f(v_[2]), f(v_[3])); }
  static __m128i Is(__m128i v, char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); }
  uint64_t Equal(char c) const { return Mask([c](__m128i v) { return Is(v, c); }); }
  uint64_t Control() const { return Mask([](__m128i v) { return _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8(0x1F)), _mm_set1_epi8(0x1F)); }); }
  uint64_t High() const { return Mask([](__m128i v) { return v; }); }
  // '[' and ']' become '{' and '}' with the bit 0x20; no other character does.
  uint64_t Operators() const {
    return Mask([](__m128i v) {
      const __m128i low = _mm_or_si128(v, _mm_set1_epi8(0x20));
      return _mm_or_si128(_mm_or_si128(Is(low, '{'), Is(low, '}')), _mm_or_si128(Is(v, ':'), Is(v, ',')));
    });
  }
  uint64_t Space() const {
    return Mask([](__m128i v) { return _mm_or_si128(_mm_or_si128(Is(v, ' '), Is(v, '\t')), _mm_or_si128(Is(v, '\n'), Is(v, '\r'))); });
  }
  __m128i v_[4];
};
#include "plug/format/json/structural_scan.inc"
}  // namespace sse2

#pragma GCC push_options
#pragma GCC target("avx2,bmi,popcnt")
namespace avx2 {
struct Block {
  explicit Block(const char* p) : a_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))), b_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))) {}
  static uint64_t Join(__m256i a, __m256i b) {
    return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(a))) | static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(b))) << 32;
  }
  static __m256i Is(__m256i v, char c) { return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)); }
  static __m256i Ctl(__m256i v) { return _mm256_cmpeq_epi8(_mm256_max_epu8(v, _mm256_set1_epi8(0x1F)), _mm256_set1_epi8(0x1F)); }
  static __m256i Op(__m256i v) {
    const __m256i low = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
    return _mm256_or_si256(_mm256_or_si256(Is(low, '{'), Is(low, '}')), _mm256_or_si256(Is(v, ':'), Is(v, ',')));
  }
  static __m256i Sp(__m256i v) { return _mm256_or_si256(_mm256_or_si256(Is(v, ' '), Is(v, '\t')), _mm256_or_si256(Is(v, '\n'), Is(v, '\r'))); }
  uint64_t Equal(char c) const { return Join(Is(a_, c), Is(b_, c)); }
  uint64_t Control() const { return Join(Ctl(a_), Ctl(b_)); }
  uint64_t High() const { return Join(a_, b_); }
  uint64_t Operators() const { return Join(Op(a_), Op(b_)); }
  uint64_t Space() const { return Join(Sp(a_), Sp(b_)); }
  __m256i a_, b_;
};
#include "plug/format/json/structural_scan.inc"
}  // namespace avx2
#pragma GCC pop_options
#endif

}  // namespace

StructuralIndex::StructuralIndex(Machine machine) : scan_(plain::ScanText) {
#if defined(__x86_64__)
  if (machine == Machine::kSse2) scan_ = sse2::ScanText;
  if (machine == Machine::kBest) scan_ = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt") ? avx2::ScanText : sse2::ScanText;
#else
  (void)machine;
#endif
}

bool StructuralIndex::Build(std::string_view text) {
  TARN_CHECK(text.size() <= kIndexBytesMax, "record larger than the index's limit");
  if (text.size() + 64 > capacity_) {   // a position a character at most, and room for a block's last writes
    capacity_ = text.size() * 3 / 2 + 4096;
    positions_ = std::make_unique_for_overwrite<uint32_t[]>(capacity_);
  }
  count_ = 0;
  return scan_(text.data(), text.size(), positions_.get(), &count_);
}

}  // namespace tarn::plug::json
