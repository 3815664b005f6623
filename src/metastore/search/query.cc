#include "metastore/search/query.h"

#include <algorithm>

#include "base/text.h"
#include "fmt/format.h"
#include "metastore/search/words.h"
#include "wire/fault.h"

namespace tarn::metastore::search {

namespace {
struct FilterName { std::string_view name; bool is_label; int which; };
constexpr uint8_t Bit(Field f) { return static_cast<uint8_t>(1u << static_cast<int>(f)); }
constexpr FilterName kFilters[] = {
    {"name", false, Bit(Field::kName)}, {"table", false, Bit(Field::kName)}, {"column", false, Bit(Field::kColumn)}, {"col", false, Bit(Field::kColumn)},
    {"comment", false, Bit(Field::kComment)}, {"location", false, Bit(Field::kLocation)}, {"property", false, Bit(Field::kProperty)},
    {"catalog", true, static_cast<int>(Label::kCatalog)}, {"db", true, static_cast<int>(Label::kDatabase)}, {"database", true, static_cast<int>(Label::kDatabase)},
    {"owner", true, static_cast<int>(Label::kOwner)}, {"format", true, static_cast<int>(Label::kFormat)}, {"type", true, static_cast<int>(Label::kKind)}};

// Pieces at spaces; "..." keeps its spaces.
std::vector<std::string> Pieces(std::string_view text) {
  std::vector<std::string> out;
  std::string piece;
  bool quoted = false, any = false;
  for (char c : text) {
    if (c == '"') { quoted = !quoted; any = true; continue; }
    if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      if (any) out.push_back(std::move(piece));
      piece.clear();
      any = false;
      continue;
    }
    piece += c;
    any = true;
  }
  if (any) out.push_back(std::move(piece));
  return out;
}
}  // namespace

size_t Query::positive_words() const {
  return static_cast<size_t>(std::count_if(words.begin(), words.end(), [](const QueryWord& w) { return !w.negative; }));
}

Result<Query> ParseQuery(std::string_view text, bool split_camel) {
  if (text.size() > kQueryBytesMax) return wire::InvalidInput(fmt::format("the search is longer than {} bytes", kQueryBytesMax));
  Query q;
  for (std::string& piece : Pieces(text)) {
    std::string_view rest = piece;
    bool negative = rest.size() > 1 && rest[0] == '-';
    if (negative) rest.remove_prefix(1);
    uint8_t fields = 0xff;
    if (size_t colon = rest.find(':'); colon != std::string_view::npos && colon > 0 && !rest.substr(colon).starts_with(":/")) {
      std::string key = ToLower(rest.substr(0, colon));
      auto f = std::find_if(std::begin(kFilters), std::end(kFilters), [&](const FilterName& x) { return x.name == key; });
      if (f == std::end(kFilters)) {
        return wire::InvalidInput(fmt::format("the filter \"{}:\" is not known: there are name, column, comment, location, property, catalog, db, owner, format, type", key));
      }
      rest.remove_prefix(colon + 1);
      if (rest.empty()) return wire::InvalidInput(fmt::format("the filter \"{}:\" has no value", key));
      if (f->is_label) {
        bool prefix = rest.ends_with('*');
        if (prefix) rest.remove_suffix(1);
        q.labels.push_back({static_cast<Label>(f->which), ToLower(rest), prefix, negative});
        continue;
      }
      fields = static_cast<uint8_t>(f->which);
    }
    std::vector<std::string> words = QueryWords(rest, split_camel);
    if (!negative && (fields & Bit(Field::kColumn)) && (words.size() > 1 || fields == Bit(Field::kColumn))) q.wholes.emplace_back(rest);
    for (std::string& w : words) q.words.push_back({std::move(w), fields, negative});
  }
  // A word given twice says nothing new.
  auto same = [](const QueryWord& a, const QueryWord& b) { return a.text == b.text && a.fields == b.fields && a.negative == b.negative; };
  for (size_t i = 0; i < q.words.size(); ++i) {
    for (size_t j = q.words.size() - 1; j > i; --j) if (same(q.words[i], q.words[j])) q.words.erase(q.words.begin() + static_cast<long>(j));
  }
  if (q.words.size() + q.labels.size() > 2 * kQueryWordsMax || q.positive_words() > kQueryWordsMax) {
    return wire::InvalidInput(fmt::format("the search has more than {} words", kQueryWordsMax));
  }
  if (q.words.empty() && q.labels.empty()) return wire::InvalidInput("the search has no words");
  return q;
}

}  // namespace tarn::metastore::search
