#include "sql/lexer.h"

#include <array>
#include <optional>

#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"

namespace tarn::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Every byte of a multi-byte character counts as a letter: Flink allows nearly all of Unicode in names.
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

// \00e9 and surrogate pairs; the escape character twice is itself. Nothing: a malformed escape.
std::optional<std::string> DecodeUnicodeEscapes(std::string_view s, char escape) {
  std::string out;
  uint32_t high = 0;
  for (size_t i = 0; i < s.size();) {
    if (s[i] != escape) {
      if (high) return std::nullopt;
      out += s[i++];
      continue;
    }
    if (i + 1 < s.size() && s[i + 1] == escape && !high) {
      out += escape;
      i += 2;
      continue;
    }
    if (i + 4 >= s.size()) return std::nullopt;
    uint32_t code = 0;
    for (size_t j = i + 1; j <= i + 4; ++j) {
      int digit = HexDigitValue(s[j]);
      if (digit < 0) return std::nullopt;
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    i += 5;
    if (high) {
      if (code < 0xDC00 || code > 0xDFFF) return std::nullopt;
      AppendUtf8(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), &out);
      high = 0;
    } else if (code >= 0xD800 && code <= 0xDBFF) {
      high = code;
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return std::nullopt;
    } else {
      AppendUtf8(code, &out);
    }
  }
  if (high) return std::nullopt;
  return out;
}

class Lexer {
 public:
  Lexer(std::string_view text, const LexOptions& options) : text_(text), options_(options) {}

  std::vector<Token> Run() {
    while (true) {
      SkipBlanks();
      if (at_ >= text_.size()) break;
      size_t before = at_;
      Token token = Next();
      Finish(before, token);
      bool failed = token.kind == TokenKind::kError;
      if (token.kind != TokenKind::kComment || options_.keep_comments || token.open) tokens_.push_back(std::move(token));
      if (failed && !options_.go_on_after_error) return std::move(tokens_);
    }
    Token end;
    Finish(at_, end);
    tokens_.push_back(std::move(end));
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool PeekIs(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

  void SkipBlanks() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  // Fills text and position of the token that spans [begin, at_).
  void Finish(size_t begin, Token& token) {
    token.offset = begin;
    token.text = text_.substr(begin, at_ - begin);
    AdvancePosition(begin);
    token.position.line = line_;
    token.position.column = column_;
    if (at_ > begin) {
      AdvancePosition(at_ - 1);
      token.position.end_line = line_;
      token.position.end_column = column_;
    } else {
      token.position.end_line = line_;
      token.position.end_column = column_;
    }
  }

  // Moves the line and column counters forward to the byte `to`.
  void AdvancePosition(size_t to) {
    for (; counted_ < to; ++counted_) {
      unsigned char c = static_cast<unsigned char>(text_[counted_]);
      if (c == '\n') {
        ++line_;
        column_ = 1;
      } else if (c == '\r') {
        if (counted_ + 1 >= text_.size() || text_[counted_ + 1] != '\n') {
          ++line_;
          column_ = 1;
        }
      } else if ((c & 0xC0) != 0x80) {
        column_ += c >= 0xF0 ? 2 : 1;      // UTF-16 units
      }
    }
  }

  Token Error(std::string message, bool open = false) {
    Token token;
    token.kind = TokenKind::kError;
    token.value = std::move(message);
    token.open = open;
    return token;
  }

  Token Simple(TokenKind kind) {
    Token token;
    token.kind = kind;
    return token;
  }

  Token Next() {
    char c = text_[at_];
    if (PeekIs("/*+")) {
      at_ += 3;
      in_hint_ = true;
      return Simple(TokenKind::kHintBegin);
    }
    if (in_hint_ && PeekIs("*/")) {
      at_ += 2;
      in_hint_ = false;
      return Simple(TokenKind::kHintEnd);
    }
    if (PeekIs("--") || PeekIs("//")) {
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      return Simple(TokenKind::kComment);
    }
    if (PeekIs("/*")) return BlockComment();
    if (c == '\'') return String("");
    if (options_.hive && c == '"') return String("", '"');
    if ((c == 'x' || c == 'X') && Peek(1) == '\'') return Binary();
    if ((c == 'u' || c == 'U') && Peek(1) == '&' && Peek(2) == '\'') return UnicodeString();
    if (!options_.hive && (c == 'n' || c == 'N') && Peek(1) == '\'') {
      ++at_;
      return String("ISO-8859-1");
    }
    if (c == '_') {
      if (std::optional<Token> token = CharsetString()) return std::move(*token);
    }
    if (c == '`') return QuotedName();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (IsNameStart(c)) return Word();
    return SymbolToken();
  }

  Token BlockComment() {
    size_t end = text_.find("*/", at_ + 2);
    Token token = Simple(TokenKind::kComment);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      if (options_.keep_comments) {
        token.open = true;
        return token;
      }
      return Error("Encountered \"<EOF>\"", true);
    }
    at_ = end + 2;
    return token;
  }

  // At a quote: reads to its end; two quotes are one. False: no end.
  bool Quoted(char quote, std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == quote) {
        if (Peek(1) != quote) {
          ++at_;
          return true;
        }
        ++at_;
      }
      out += text_[at_++];
    }
    return false;
  }

  // Hive: backslash escapes; a doubled quote is no escape but two strings side by side, which Hive joins: the same value without it.
  bool HiveQuoted(char quote, std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == quote) return true;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) return false;
      HiveEscape(out);
    }
    return false;
  }

  // After a backslash: \n, \t, \001 (octal), \u0001, and any other character as itself; \% and \_ keep the backslash, for LIKE.
  void HiveEscape(std::string& out) {
    if (IsDigit(Peek()) && IsDigit(Peek(1)) && IsDigit(Peek(2)) && Peek() <= '1' && Peek(1) <= '7' && Peek(2) <= '7') {
      out += static_cast<char>((Peek() - '0') * 64 + (Peek(1) - '0') * 8 + (Peek(2) - '0'));
      at_ += 3;
      return;
    }
    if (Peek() == 'u') {
      uint32_t code = 0;
      size_t digits = 0;
      while (digits < 4 && HexDigitValue(Peek(1 + digits)) >= 0) code = code * 16 + static_cast<uint32_t>(HexDigitValue(Peek(1 + digits++)));
      if (digits == 4) {
        AppendUtf8(code, &out);
        at_ += 5;
        return;
      }
    }
    char c = text_[at_++];
    switch (c) {
      case '0': out += '\0'; return;
      case 'n': out += '\n'; return;
      case 't': out += '\t'; return;
      case 'r': out += '\r'; return;
      case 'b': out += '\b'; return;
      case 'Z': out += '\x1A'; return;
      case '%': case '_': out += '\\'; out += c; return;
      default: out += c; return;
    }
  }

  Token String(std::string charset, char quote = '\'') {
    Token token = Simple(TokenKind::kString);
    token.charset = std::move(charset);
    if (options_.hive ? !HiveQuoted(quote, token.value) : !Quoted(quote, token.value)) return Error("Encountered \"<EOF>\"", true);
    return token;
  }

  std::optional<Token> CharsetString() {
    size_t end = at_ + 1;
    while (end < text_.size() && (IsNamePart(text_[end]) || text_[end] == '-' || text_[end] == ':' || text_[end] == '.')) ++end;
    if (end >= text_.size() || text_[end] != '\'' || end == at_ + 1) return std::nullopt;
    std::string charset(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end;
    return String(std::move(charset));
  }

  Token UnicodeString() {
    at_ += 2;
    std::string raw;
    if (!Quoted('\'', raw)) return Error("Encountered \"<EOF>\"", true);
    char escape = '\\';
    size_t after = at_;
    SkipBlanks();
    if (EqualsIgnoreCase(text_.substr(at_, 7), "UESCAPE")) {      // U&'a!00e9' UESCAPE '!'
      at_ += 7;
      SkipBlanks();
      if (Peek() != '\'' || Peek(2) != '\'' || Peek(1) == '\0') return Error("UESCAPE must be followed by one character in quotes");
      escape = Peek(1);
      at_ += 3;
    } else {
      at_ = after;
    }
    std::optional<std::string> value = DecodeUnicodeEscapes(raw, escape);
    if (!value) return Error("Unicode escape sequence of the string literal is malformed");
    Token token = Simple(TokenKind::kString);
    token.value = std::move(*value);
    return token;
  }

  Token Binary() {
    ++at_;
    Token token = Simple(TokenKind::kBinary);
    if (!Quoted('\'', token.value)) return Error("Encountered \"<EOF>\"", true);
    for (char c : token.value) {
      if (HexDigitValue(c) < 0) return Error("Binary literal string must contain only characters '0' - '9', 'A' - 'F'");
    }
    return token;
  }

  Token QuotedName() {
    Token token = Simple(TokenKind::kQuotedName);
    if (!Quoted('`', token.value)) return Error("Encountered \"<EOF>\"", true);
    if (token.value.empty()) return Error("Encountered \"``\"");
    return token;
  }

  Token Number() {
    TokenKind kind = TokenKind::kInteger;
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.') {
      kind = TokenKind::kDecimal;
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      size_t digits = Peek(1) == '+' || Peek(1) == '-' ? 2 : 1;
      if (IsDigit(Peek(digits))) {
        kind = TokenKind::kDouble;
        at_ += digits;
        while (IsDigit(Peek())) ++at_;
      }
    }
    return Simple(kind);
  }

  Token Word() {
    size_t begin = at_;
    while (at_ < text_.size() && IsNamePart(text_[at_])) ++at_;
    Token token = Simple(TokenKind::kWord);
    token.upper = ToUpper(text_.substr(begin, at_ - begin));
    token.word_class = ClassOf(token.upper);
    return token;
  }

  Token SymbolToken() {
    static constexpr std::array<std::string_view, 8> kTwo = {"<>", "<=", ">=", "!=", "||", "=>", "==", ".."};
    for (std::string_view s : kTwo) {
      if (PeekIs(s)) {
        at_ += 2;
        return Simple(TokenKind::kSymbol);
      }
    }
    static constexpr std::string_view kOne = "()[]{},.;+-*/%=<>?:^|\"";
    if (kOne.find(text_[at_]) != std::string_view::npos) {
      ++at_;
      return Simple(TokenKind::kSymbol);
    }
    std::string shown(1, text_[at_]);
    ++at_;
    return Error("Lexical error. Encountered: \"" + shown + "\"");
  }

  std::string_view text_;
  LexOptions options_;
  size_t at_ = 0;
  bool in_hint_ = false;
  size_t counted_ = 0;       // bytes that line_ and column_ have counted
  int line_ = 1, column_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Lex(std::string_view text, const LexOptions& options) { return Lexer(text, options).Run(); }

}  // namespace tarn::sql
