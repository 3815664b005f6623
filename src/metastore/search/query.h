// The query language: words, "whole values", filters.
//
//   customer ord                 every word must be found; each may be the beginning of a longer one
//   sales.orders, ordersDaily    names split into their words
//   name: column: comment: location: property:WORD      the word in that field only
//   catalog: db: owner: format: type:VALUE              that value exactly (type: table, view, database, function); VALUE* begins with
//   -WORD, -db:VALUE             must not be found
// Case does not matter. Threads: values. Errors: kInvalidSql with Hive's InvalidInputException for an unknown filter or no words.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "metastore/search/document.h"

namespace tarn::metastore::search {

inline constexpr size_t kQueryBytesMax = 1024;
inline constexpr size_t kQueryWordsMax = 8;

struct QueryWord {
  std::string text;              // lower case
  uint8_t fields = 0xff;         // bit of each Field in which it counts
  bool negative = false;
};
struct QueryLabel {
  Label label;
  std::string text;              // lower case
  bool prefix = false, negative = false;
};
struct Query {
  std::vector<QueryWord> words;
  std::vector<QueryLabel> labels;
  std::vector<std::string> wholes;   // pieces that may be a column's whole name: "customer_id", column:email
  bool AsksForWhole() const { return !wholes.empty(); }
  size_t positive_words() const;
};
Result<Query> ParseQuery(std::string_view text, bool split_camel = true);

}  // namespace tarn::metastore::search
