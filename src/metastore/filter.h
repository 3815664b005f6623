// The filter language of get_partitions_by_filter and get_table_names_by_filter.
//
//   a = 'x' and (b >= 5 or c like 'pre%') and d between date '2026-01-01' and date '2026-02-01' and (e) not in (1, 2)
//   and (struct(a, b)) in (const struct('x', 1), const struct('y', 2))
// Literals: integers, '…' or "…" with backslash escapes, dates (yyyy-mm-dd, with or without the word DATE). Case of words is free.
// Types as Hive's direct SQL has them: string, integral and date keys, each compared with its own kind of literal only.
// Threads: a bound filter is read-only. Limits: kDepthMax, kLiteralsMax; beyond them MetaException. Its stack is that of kDepthMax levels.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

class Filter {
 public:
  static constexpr int kDepthMax = 200;                // of parentheses
  static constexpr size_t kLiteralsMax = 1'000'000;
  // MetaException "Error parsing partition filter; ..." on bad text. Empty text matches everything.
  // `mixed`: BETWEEN takes literals of two kinds, as in Hive 4; Bind may refuse them.
  static Result<Filter> Parse(std::string_view text, bool mixed = false);
  // Resolves names against partition keys and checks types.
  // `dates_as_text`: a text that is no date is compared with the text of a date, as in Hive 4.
  Status Bind(const std::vector<wire::FieldSchema>& keys, bool dates_as_text = false);
  // Resolves the names of get_table_names_by_filter: owner, last access, parameters.
  // `text_is_code`: the last access is compared with a text by the code of its first character, as Hive 3 does; else none is found.
  Status BindTableFields(bool text_is_code = false);

  bool Matches(const std::vector<std::string>& values) const;
  bool MatchesTable(const wire::Table& table) const;
  bool all() const { return !root_; }
  // The value that the filter demands of the first key, if it demands one: then only names with that prefix can match.
  std::optional<std::string> FirstKeyEquals() const;

  enum class Op : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe, kLike, kIn, kNotIn };
  enum class Type : uint8_t { kString, kInt, kDate };
  struct Literal {
    Type type = Type::kString;
    std::string text;
    int64_t number = 0;
  };
  struct Node {
    enum Kind : uint8_t { kAnd, kOr, kLeaf } kind = kLeaf;
    std::vector<std::unique_ptr<Node>> children;     // of kAnd, kOr: two or more. A chain is one node, so the tree is as deep as its parentheses
    std::string name;
    Op op = Op::kEq;
    std::vector<Literal> literals;
    // after binding
    int index = -1;                                  // key, or a table field
    Type type = Type::kString;
    std::unordered_set<std::string> text_set;        // kIn, kNotIn
    std::unordered_set<int64_t> number_set;
    std::string parameter;                           // of a table
  };
  static bool LeafMatches(const Node& leaf, const std::string& value);   // a bound leaf
  const Node* root() const { return root_.get(); }

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace tarn::metastore
