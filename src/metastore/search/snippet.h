// Where in a document the words of a query stand: the field to name in a result and a piece of its text.
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>

#include "metastore/search/query.h"

namespace tarn::metastore::search {

struct Found {
  Field field = Field::kName;
  std::string snippet;
  int score = 0;                  // as kScores has it, over all words
  bool whole = false;             // a column is one of Query::wholes
};
// Nothing when a word is not there (the document has changed since it was indexed). `near`: typos count.
std::optional<Found> FindWords(const Document& d, const Query& query, bool near);

}  // namespace tarn::metastore::search
