#include "sql/highlight.h"

#include "sql/lexer.h"

namespace tarn::sql {
namespace {

TextClass ClassOfToken(const Token& token, bool after_dot, bool in_hint) {
  switch (token.kind) {
    case TokenKind::kWord:
      if (in_hint) return TextClass::kHint;
      if (after_dot || token.word_class == WordClass::kName) return TextClass::kName;
      return TextClass::kKeyword;
    case TokenKind::kQuotedName: return TextClass::kQuotedName;
    case TokenKind::kString:
    case TokenKind::kBinary: return TextClass::kString;
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble: return TextClass::kNumber;
    case TokenKind::kSymbol: return TextClass::kOperator;
    case TokenKind::kHintBegin:
    case TokenKind::kHintEnd: return TextClass::kHint;
    case TokenKind::kComment: return TextClass::kComment;
    case TokenKind::kEnd:
    case TokenKind::kError: break;
  }
  if (!token.open) return TextClass::kError;      // an open string or name: still being typed
  return token.text.starts_with("`") ? TextClass::kQuotedName : TextClass::kString;
}

}  // namespace

std::vector<TextSpan> Highlight(std::string_view text, const ParseOptions& options) {
  std::vector<TextSpan> spans;
  bool after_dot = false, in_hint = false;
  LexOptions lex{.hive = options.dialect == Dialect::kHive, .keep_comments = true, .go_on_after_error = true};
  for (const Token& token : Lex(text, lex)) {
    if (token.kind == TokenKind::kEnd) break;
    if (token.kind == TokenKind::kHintBegin) in_hint = true;
    spans.push_back({token.offset, token.offset + token.text.size(), ClassOfToken(token, after_dot, in_hint)});
    if (token.kind == TokenKind::kHintEnd) in_hint = false;
    if (token.kind != TokenKind::kComment) after_dot = token.IsSymbol(".");
  }
  return spans;
}

}  // namespace tarn::sql
