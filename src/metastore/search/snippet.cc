#include "metastore/search/snippet.h"

#include <algorithm>

#include "base/text.h"
#include "metastore/search/match.h"
#include "metastore/search/words.h"

namespace tarn::metastore::search {

namespace {
constexpr size_t kSnippetBytes = 160;

int ScoreOf(const QueryWord& q, std::string_view word, Field field, bool near) {
  const FieldScores& s = kScores[static_cast<int>(field)];
  if (word.starts_with(q.text)) return word.size() == q.text.size() ? s.whole : s.prefix;
  if (!near) return 0;
  int edits = EditsAllowed(q.text.size());
  int distance = edits ? EditDistance(word, q.text, edits) : 1;
  bool inside = q.text.size() >= 4 && word.find(q.text) != std::string_view::npos;
  if (inside || (edits && distance == 1)) return field == Field::kName ? kNearNameScore : kNearScore;
  return edits && distance <= edits ? kFarScore : 0;
}

// About kSnippetBytes around `at`, cut between characters, with dots where something is left out.
std::string Around(std::string_view text, size_t at) {
  if (text.size() <= kSnippetBytes) return std::string(text);
  size_t from = at > kSnippetBytes / 3 ? at - kSnippetBytes / 3 : 0;
  size_t end = std::min(text.size(), from + kSnippetBytes);
  auto inside = [&](size_t i) { return i < text.size() && (text[i] & 0xC0) == 0x80; };
  while (from > 0 && inside(from)) --from;
  while (end < text.size() && inside(end)) ++end;
  return (from ? "..." : "") + std::string(text.substr(from, end - from)) + (end < text.size() ? "..." : "");
}
}  // namespace

std::optional<Found> FindWords(const Document& d, const Query& query, bool near) {
  std::vector<int> best(query.words.size(), 0);
  Found out;
  int best_one = 0, best_sum = 0;
  bool best_whole = false;
  EachText(d, [&](Field field, std::string_view text, std::string_view note) {
    std::vector<int> here(query.words.size(), 0);
    EachWord(text, [&](std::string_view word) {
      for (size_t i = 0; i < here.size(); ++i) {
        const QueryWord& q = query.words[i];
        if (!q.negative && (q.fields >> static_cast<int>(field) & 1)) here[i] = std::max(here[i], ScoreOf(q, word, field, near));
      }
    });
    int one = 0, sum = 0, which = -1;
    for (size_t i = 0; i < here.size(); ++i) {
      if (here[i] > one) { one = here[i]; which = static_cast<int>(i); }
      sum += here[i];
      best[i] = std::max(best[i], here[i]);
    }
    bool whole = field == Field::kColumn && std::any_of(query.wholes.begin(), query.wholes.end(), [&](const std::string& w) { return EqualsIgnoreCase(w, text); });
    out.whole |= whole;
    if (which < 0 || std::tie(one, whole, sum) <= std::tie(best_one, best_whole, best_sum)) return;
    best_one = one;
    best_whole = whole;
    best_sum = sum;
    out.field = field;
    size_t at = ToLower(text).find(query.words[static_cast<size_t>(which)].text);
    std::string piece = Around(text, at == std::string::npos ? 0 : at);
    if (note.empty()) out.snippet = piece;
    else if (field == Field::kColumn) out.snippet = piece + " " + Around(note, 0);
    else if (field == Field::kProperty) out.snippet = piece + " (" + Around(note, 0) + ")";
    else out.snippet = std::string(note) + ": " + piece;
  });
  for (size_t i = 0; i < best.size(); ++i) {
    if (query.words[i].negative) continue;
    if (!best[i]) return std::nullopt;
    out.score += best[i];
  }
  if (best_one == 0) out.snippet = d.name;     // filters only
  return out;
}

}  // namespace tarn::metastore::search
