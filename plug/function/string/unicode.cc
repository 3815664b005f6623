#include "unicode.h"

#include <arrow/util/utf8.h>

#include <cwctype>
#include <locale.h>

#include "base/utf8.h"

namespace tarn::plug {

std::u32string Decode(std::string_view s) {
  std::u32string out;
  out.reserve(s.size());
  for (size_t i = 0; i < s.size();) {
    auto c = static_cast<unsigned char>(s[i]);
    int n = c < 0x80 ? 1 : (c >> 5) == 6 ? 2 : (c >> 4) == 14 ? 3 : (c >> 3) == 30 ? 4 : 0;
    if (n == 0 || i + n > s.size()) {
      out += U'\xfffd';
      ++i;
      continue;
    }
    char32_t v = n == 1 ? c : c & (0xff >> (n + 1));
    for (int k = 1; k < n; ++k) v = v << 6 | (static_cast<unsigned char>(s[i + k]) & 0x3f);
    out += v;
    i += n;
  }
  return out;
}

namespace {
// The C library's tables, in the one UTF-8 locale that every Debian has without installing any.
locale_t Utf8Locale() {
  static const locale_t locale = [] {
    locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return l ? l : newlocale(LC_CTYPE_MASK, "C", nullptr);
  }();
  return locale;
}
}  // namespace

void AppendUpper(std::string_view s, std::string* out) {
  if (IsAscii(s)) {
    size_t at = out->size();
    out->append(s);
    for (; at < out->size(); ++at) {
      char& c = (*out)[at];
      c = static_cast<char>(c - ((c >= 'a' && c <= 'z') << 5));
    }
    return;
  }
  for (char32_t c : Decode(s)) {
    if (c == U'\u00df') *out += "SS";   // Java's full mapping; the only common letter that grows
    else AppendUtf8(static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), Utf8Locale())), out);
  }
}

void AppendLower(std::string_view s, std::string* out) {
  if (IsAscii(s)) {
    size_t at = out->size();
    out->append(s);
    for (; at < out->size(); ++at) {
      char& c = (*out)[at];
      c = static_cast<char>(c + ((c >= 'A' && c <= 'Z') << 5));
    }
    return;
  }
  for (char32_t c : Decode(s)) AppendUtf8(static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), Utf8Locale())), out);
}

void AppendInitCap(std::string_view s, std::string* out) {
  bool start = true;   // only ASCII letters and digits make words, as in Flink
  for (char c : s) {
    const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    if (start && lower) *out += static_cast<char>(c - 32);
    else if (!start && upper) *out += static_cast<char>(c + 32);
    else *out += c;
    start = !lower && !upper && !digit;
  }
}

}  // namespace tarn::plug
