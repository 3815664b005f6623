// UTF-8 of one code point. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tarn {

// Appends the one to four bytes of `code`, which must be at most U+10FFFF. A lone surrogate gets its three bytes: whoever must not
// have one checks before.
inline void AppendUtf8(uint32_t code, std::string* out) {
  auto tail = [&](int shift) { out->push_back(static_cast<char>(0x80 | (code >> shift & 0x3F))); };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return;
  }
  if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | code >> 6));
  } else {
    if (code < 0x10000) {
      out->push_back(static_cast<char>(0xE0 | code >> 12));
    } else {
      out->push_back(static_cast<char>(0xF0 | code >> 18));
      tail(12);
    }
    tail(6);
  }
  tail(0);
}

}  // namespace tarn
