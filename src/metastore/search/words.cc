#include "metastore/search/words.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tarn::metastore::search {

std::vector<std::string> QueryWords(std::string_view text, bool split_camel) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    if (internal::KindOf(text[at]) == internal::Char::kMark) { ++at; continue; }
    size_t end = at + 1;
    while (end < text.size() && internal::KindOf(text[end]) != internal::Char::kMark &&
           !(split_camel && internal::PartBegins(text.substr(at, std::min(text.size(), end + 2) - at), end - at, true, false))) ++end;
    out.push_back(ToLower(text.substr(at, std::min(end - at, kWordBytesMax))));
    at = end;
  }
  return out;
}

int CountWords(std::string_view text) { return static_cast<int>(QueryWords(text, true).size()); }

int EditDistance(std::string_view a, std::string_view b, int max) {
  if (a.size() > kWordBytesMax || b.size() > kWordBytesMax) return a == b ? 0 : max + 1;
  size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > static_cast<size_t>(max)) return max + 1;
  using Row = std::array<int, kWordBytesMax + 1>;
  Row before_last{}, last{}, now{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = now;
  }
  return std::min(last[b.size()], max + 1);
}

}  // namespace tarn::metastore::search
