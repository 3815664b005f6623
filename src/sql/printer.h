// Tree to text. Two faces of the same tree:
//
//   kCanonical  Flink's stored form, as SHOW CREATE and catalogs hold it: every name in backticks, upper-case functions and keywords,
//               Calcite's line breaks (SELECT, FROM, WHERE ... each on a line).
//   kReadable   the same, but names get backticks only where they need them.
//
// Promise: ParseStatement(Print(tree)) == tree for every tree that the parser makes, in both forms, with the dialect given.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "sql/ast.h"
#include "sql/parser.h"

namespace tarn::sql {

enum class NameStyle : uint8_t { kCanonical, kReadable };

struct PrintOptions {
  NameStyle names = NameStyle::kCanonical;
  Dialect dialect = Dialect::kFlink;
  bool validated = false;   // as Flink prints what it has validated: `IFNULL`(a, b), SUBSTRING(a, 1, 2); the tree read back is the same
};

std::string Print(const Statement& statement, const PrintOptions& options = {});
std::string Print(const Query& query, const PrintOptions& options = {});
std::string Print(const Expr& expr, const PrintOptions& options = {});
std::string Print(const DataType& type, const PrintOptions& options = {});
std::string Print(const Name& name, const PrintOptions& options = {});

std::string QuoteName(std::string_view name);        // `a``b`
std::string QuoteString(std::string_view text);      // 'it''s'

}  // namespace tarn::sql
