// Where the structure of JSON text lies: positions of { } [ ] : , and of the first character of every string and scalar.
// simdjson's first stage, which also checks UTF-8 and control characters inside strings, runs at several GB/s over many
// records at once. This file's .cc is the landlord of simdjson.
//
// Threads: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace tarn::plug::json {

inline constexpr size_t kIndexBytesMax = 16 << 20;   // one Build; a record is never larger (positions are 32 bits wide)

class StructuralIndex {
 public:
  StructuralIndex();
  ~StructuralIndex();
  // False: somewhere in `text` is an unclosed string, a control character in a string or wrong UTF-8 (positions are then meaningless).
  // text: at most kIndexBytesMax. Positions are relative to text.
  bool Build(std::string_view text);
  const uint32_t* positions() const { return positions_; }
  uint32_t count() const { return count_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  const uint32_t* positions_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace tarn::plug::json
