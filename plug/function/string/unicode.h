// UTF-8 by code points, and simple case mapping.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::plug {

inline bool IsAscii(std::string_view s) {
  size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    uint64_t w;
    __builtin_memcpy(&w, s.data() + i, 8);
    if (w & 0x8080808080808080ULL) return false;
  }
  for (; i < s.size(); ++i)
    if (static_cast<unsigned char>(s[i]) & 0x80) return false;
  return true;
}

// Number of code points; a byte that continues none counts with its neighbour.
inline int64_t CodePoints(std::string_view s) {
  int64_t n = 0;
  for (unsigned char c : s) n += (c & 0xc0) != 0x80;
  return n;
}

// Byte offset of code point `index` (0-based), or the size when there are fewer.
inline size_t OffsetOf(std::string_view s, int64_t index) {
  if (index <= 0) return 0;
  size_t i = 0;
  while (i < s.size()) {
    ++i;
    while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) ++i;
    if (--index == 0) return i;
  }
  return s.size();
}

std::u32string Decode(std::string_view s);

void AppendUpper(std::string_view s, std::string* out);
void AppendLower(std::string_view s, std::string* out);
void AppendInitCap(std::string_view s, std::string* out);

}  // namespace tarn::plug
