// Text to tokens. The lexical rules are Flink's (Calcite with backtick quoting): names keep their case, only 'x' is a string.
//
// Tokens point into the text, which must outlive them. A character that starts no token gives a kError token whose value is the
// message; nothing after it is read. Positions count lines from 1 and columns in UTF-16 units from 1, as Flink does.
// Threads: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/keywords.h"

namespace tarn::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,            // unquoted name or keyword; upper
  kQuotedName,      // `a b`; value
  kString,          // 'x', U&'\00e9', _UTF8'x'; value, charset
  kBinary,          // X'0A'; value: the hex digits
  kInteger,         // digits
  kDecimal,         // 1.5, .5, 1.
  kDouble,          // 1e3
  kSymbol,          // ( ) [ ] { } , . ; + - * / % = <> != < <= > >= || => ? : $ ^ | " and so on
  kHintBegin,       // /*+
  kHintEnd,         // */ of a hint
  kComment,         // only with keep_comments
  kError,           // value: message
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  WordClass word_class = WordClass::kName;
  bool open = false;             // kError and kComment: a string, name or comment without its end
  size_t offset = 0;             // of text in the source
  std::string_view text;         // as written
  std::string upper;             // kWord: in upper case
  std::string value;             // kQuotedName, kString, kBinary, kError
  std::string charset;           // kString with _CHARSET
  TextPosition position;

  bool Is(std::string_view upper_word) const { return kind == TokenKind::kWord && upper == upper_word; }
  bool IsSymbol(std::string_view symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
};

struct LexOptions {
  bool hive = false;             // "x" is a string too; backslash escapes in strings
  bool keep_comments = false;    // for highlighting
  bool go_on_after_error = false;
};

// Always ends with kEnd or kError.
std::vector<Token> Lex(std::string_view text, const LexOptions& options = {});

}  // namespace tarn::sql
