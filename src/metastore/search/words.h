// How text becomes the words that search compares, and how far two words are apart.
//
// A word is a run of letters and digits (bytes from 0x80 on count as letters), in ASCII lower case. snake_case splits at its marks;
// inside a run camelCase and the border between letters and digits split too, and then the whole run is a word as well:
// "userOrders2" gives userorders2, user, orders, 2. Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::metastore::search {

inline constexpr size_t kWordBytesMax = 64;    // the rest of a longer word is not looked at

// Calls on_word(std::string_view) for each word of `text`; a word may come more than once.
template <typename F> void EachWord(std::string_view text, F&& on_word);
// The words of a query: split at marks and camelCase, not between letters and digits (the whole run is indexed).
std::vector<std::string> QueryWords(std::string_view text, bool split_camel);
// Words of the whole name, for the rank of a document.
int CountWords(std::string_view text);

// Optimal string alignment (a swap of neighbours is one edit) of a and b; anything above `max` is max + 1.
int EditDistance(std::string_view a, std::string_view b, int max);
// How many edits a word of this length may be away.
inline int EditsAllowed(size_t length) { return length < 4 ? 0 : length < 8 ? 1 : 2; }

namespace internal {
enum class Char : uint8_t { kMark, kLower, kUpper, kDigit };
inline Char KindOf(char c) {
  if ((c >= 'a' && c <= 'z') || (c & 0x80)) return Char::kLower;
  if (c >= 'A' && c <= 'Z') return Char::kUpper;
  if (c >= '0' && c <= '9') return Char::kDigit;
  return Char::kMark;
}
// True when a new part begins at i, inside a run.
inline bool PartBegins(std::string_view run, size_t i, bool camel, bool digits) {
  Char before = KindOf(run[i - 1]), now = KindOf(run[i]);
  if (digits && (before == Char::kDigit) != (now == Char::kDigit)) return true;
  if (!camel || now != Char::kUpper) return false;
  if (before == Char::kLower) return true;                                                            // userOrders
  return before == Char::kUpper && i + 1 < run.size() && KindOf(run[i + 1]) == Char::kLower;          // HTTPServer
}
}  // namespace internal

template <typename F> void EachWord(std::string_view text, F&& on_word) {
  using internal::Char;
  char lower[kWordBytesMax];
  for (size_t at = 0; at < text.size();) {
    if (internal::KindOf(text[at]) == Char::kMark) { ++at; continue; }
    size_t end = at;
    while (end < text.size() && internal::KindOf(text[end]) != Char::kMark) ++end;
    std::string_view run = text.substr(at, end - at);
    at = end;
    if (run.size() > kWordBytesMax) run = run.substr(0, kWordBytesMax);
    for (size_t i = 0; i < run.size(); ++i) lower[i] = static_cast<char>(run[i] >= 'A' && run[i] <= 'Z' ? run[i] + 32 : run[i]);
    on_word(std::string_view(lower, run.size()));
    size_t part = 0;
    for (size_t i = 1; i < run.size(); ++i) {
      if (!internal::PartBegins(run, i, true, true)) continue;
      on_word(std::string_view(lower + part, i - part));
      part = i;
    }
    if (part) on_word(std::string_view(lower + part, run.size() - part));
  }
}

}  // namespace tarn::metastore::search
