// Text to tree: the whole statement grammar of Flink SQL 1.20 and the table part of the Hive dialect.
//
// Errors: InvalidSql with a position and Flink's words, `SQL parse failed. Encountered "X" at line L, column C.`; a text that stops
// too early says `Encountered "<EOF>"`. What the grammar knows but 1.20 refuses later (UNIQUE, explicit CTAS columns, several
// watermarks) is left in the tree for the binder. Nesting beyond kNestingMax and trees beyond kHeightMax give Exhausted.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"

namespace tarn::sql {

enum class Dialect : uint8_t { kFlink, kHive };

// Hostile texts end here with an error, not with the stack: whoever walks a tree recursively needs no limit of its own.
// Nesting: parentheses, nested calls; a subquery counts several times. At 300 levels the parser takes less than 2 MB of stack.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int kNestingMax = 75;       // its frames are many times larger
#else
inline constexpr int kNestingMax = 300;
#endif
inline constexpr int kHeightMax = 1000;      // of the tree: a + b + c ..., AND, OR, UNION, joins lean left

struct ParseOptions {
  Dialect dialect = Dialect::kFlink;
};

// One statement, with an optional ; at its end.
Result<Statement> ParseStatement(std::string_view text, const ParseOptions& options = {});
// Texts stored in catalogs: views; computed columns and watermarks; types.
Result<Query> ParseQuery(std::string_view text, const ParseOptions& options = {});
Result<Expr> ParseExpression(std::string_view text, const ParseOptions& options = {});
Result<DataType> ParseDataType(std::string_view text, const ParseOptions& options = {});
// a, d.a, `c`.d.a
Result<Name> ParseName(std::string_view text, const ParseOptions& options = {});

// One statement of a script: its text without the ; and where that text stands in the script.
struct ScriptPart {
  std::string_view text;         // into the script; starts at the statement's first token
  TextPosition position;
  bool terminated = false;       // a ; followed
};

// Splits at the ; between statements: not at those in strings, quoted names, comments, or between BEGIN and END of a statement set
// written as one statement (EXECUTE STATEMENT SET BEGIN ... END). BEGIN STATEMENT SET; is a statement of its own, as in Flink.
// Empty statements are dropped. An open string or comment makes the rest one unterminated part.
std::vector<ScriptPart> SplitScript(std::string_view script);

// For the interactive client: would Enter send this, or does more have to follow? True for a text without its ; (outside strings,
// comments, statement sets), for an open string or comment, and for nothing at all.
bool IsIncomplete(std::string_view text);

}  // namespace tarn::sql
