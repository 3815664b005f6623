// Where the structure of JSON text lies: positions of { } [ ] : , and of the first character of every string and scalar.
//
// The idea of simdjson's first stage (64 bytes at a time as bit masks, no branch a character), written anew: Arrow's libparquet
// exports another version of simdjson's symbols, and two versions in one process end badly (docs/decisions). AVX2 where the machine
// has it, else SSE2, else plain code. Checks UTF-8 and control characters inside strings on the way.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace tarn::plug::json {

inline constexpr size_t kIndexBytesMax = 16 << 20;   // one Build; a record is never larger (positions are 32 bits wide)

class StructuralIndex {
 public:
  enum class Machine { kBest, kSse2, kPlain };   // others than kBest: for tests
  explicit StructuralIndex(Machine machine = Machine::kBest);
  // False: somewhere in `text` is an unclosed string, a control character in a string or wrong UTF-8 (positions are then meaningless).
  // text: at most kIndexBytesMax. Positions are relative to text.
  bool Build(std::string_view text);
  const uint32_t* positions() const { return positions_.get(); }
  uint32_t count() const { return count_; }

 private:
  using Scan = bool (*)(const char* text, size_t size, uint32_t* positions, uint32_t* count);
  Scan scan_;
  std::unique_ptr<uint32_t[]> positions_;
  size_t capacity_ = 0;
  uint32_t count_ = 0;
};

}  // namespace tarn::plug::json
