// Hexadecimal digits, as the lexer, URLs, escaped names and JSON read them. Pure functions: any thread.
#pragma once

namespace tarn {

// 0..15, or -1 when `c` is no hexadecimal digit; both cases are taken.
constexpr int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace tarn
