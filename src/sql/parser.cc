#include "sql/parser.h"

#include <utility>

#include "base/text.h"
#include "sql/parser_internal.h"

namespace tarn::sql {
namespace internal {

Parser::Parser(std::string_view text, const ParseOptions& options)
    : text_(text), options_(options), tokens_(Lex(text, {.hive = options.dialect == Dialect::kHive})), matching_(tokens_.size(), tokens_.size() - 1) {
  std::vector<size_t> open;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].IsSymbol("(")) {
      open.push_back(i);
    } else if (tokens_[i].IsSymbol(")") && !open.empty()) {
      matching_[open.back()] = i;
      open.pop_back();
    }
  }
}

bool Parser::AtWords(std::initializer_list<std::string_view> words) const {
  size_t ahead = 0;
  for (std::string_view word : words) {
    if (!At(word, ahead++)) return false;
  }
  return true;
}

bool Parser::AtAnyOf(std::initializer_list<std::string_view> words) const {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return At(word); });
}

bool Parser::AtName(size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind == TokenKind::kQuotedName) return true;
  if (token.kind != TokenKind::kWord) return false;
  return hive() ? !IsHiveReserved(token.upper) : !IsReserved(token.word_class);
}

bool Parser::AtQueryStart(size_t ahead) const {
  while (AtSymbol("(", ahead)) ++ahead;
  return At("SELECT", ahead) || At("VALUES", ahead) || At("WITH", ahead) || At("TABLE", ahead);
}

bool Parser::Accept(std::string_view word) {
  if (!At(word)) return false;
  ++at_;
  return true;
}

bool Parser::AcceptSymbol(std::string_view symbol) {
  if (!AtSymbol(symbol)) return false;
  ++at_;
  return true;
}

bool Parser::AcceptWords(std::initializer_list<std::string_view> words) {
  if (!AtWords(words)) return false;
  at_ += words.size();
  return true;
}

Result<bool> Parser::AcceptBy(std::string_view word) {
  if (!Accept(word)) return false;
  TRY(Expect("BY"));
  return true;
}

Status Parser::Expect(std::string_view word) { return Accept(word) ? Status::OK() : Unexpected(word); }

Status Parser::ExpectWords(std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) TRY(Expect(word));
  return Status::OK();
}

Status Parser::ExpectSymbol(std::string_view symbol) { return AcceptSymbol(symbol) ? Status::OK() : Unexpected(symbol); }

Status Parser::Unexpected(std::string_view expected) const {
  const Token& token = Peek();
  TextPosition position = token.position;
  if (token.kind == TokenKind::kEnd && at_ > 0) {      // Flink names the end of the last token
    const TextPosition& last = tokens_[tokens_.size() > 1 ? tokens_.size() - 2 : 0].position;
    position = {last.end_line, last.end_column, last.end_line, last.end_column};
  }
  std::string where = " at line " + std::to_string(position.line) + ", column " + std::to_string(position.column) + ".";
  if (token.kind == TokenKind::kError && !token.open) {
    if (token.value.starts_with("Lexical error.")) {
      return Invalid("Lexical error" + where + token.value.substr(sizeof("Lexical error.") - 1), position);
    }
    return Invalid(token.value, position);
  }
  std::string shown = token.kind == TokenKind::kEnd || token.open ? "<EOF>" : std::string(token.text);
  if (shown == "\"") shown = "\\\"";
  Status status = Invalid("Encountered \"" + shown + "\"" + where, position);
  if (expected.empty()) return status;
  return std::move(status).WithDetail("was expecting \"" + std::string(expected) + "\"");
}

Status Parser::Invalid(std::string message, const TextPosition& position) const {
  return Status::InvalidSql("SQL parse failed. " + std::move(message)).WithPosition(position);
}

Status Parser::Unsupported(std::string_view feature) const {
  return Status::NotSupported(std::string(feature)).WithPosition(Peek().position);
}

Status Parser::ExpectEnd() {
  AcceptSymbol(";");
  return AtEnd() ? Status::OK() : Unexpected();
}

Position Parser::Since(const Position& start) const {
  Position position = start;
  if (at_ > 0) {
    position.end_line = tokens_[at_ - 1].position.end_line;
    position.end_column = tokens_[at_ - 1].position.end_column;
  }
  return position;
}

Status Parser::CheckDepth() const {
  if (depth_ <= kNestingMax) return Status::OK();
  return Status(StatusCode::kExhausted, "SQL parse failed. The statement nests deeper than " + std::to_string(kNestingMax) + " levels")
      .WithPosition(Peek().position);
}

Status Parser::Higher() {
  if (++height_ <= kHeightMax) return Status::OK();
  return Status(StatusCode::kExhausted,
                "SQL parse failed. The statement chains more than " + std::to_string(kHeightMax) + " operators or joins")
      .WithPosition(Peek().position);
}

void Parser::NoteName(NameKind kind, const Name* path) const {
  if (!expectation_ || !AtEnd()) return;
  if (kind != NameKind::kNew) expectation_->names.insert(kind);
  if (path) expectation_->path = path->Strings();
}

Expectation Parser::WholeExpectation() {
  Expectation expectation;
  expectation_ = &expectation;
  (void)ParseStatementNode().ok();
  expectation_ = nullptr;
  return expectation;
}

Result<Identifier> Parser::ParseIdentifier(NameKind kind) {
  NoteName(kind);
  if (!AtName()) return Unexpected("<IDENTIFIER>");
  const Token& token = Peek();
  Identifier identifier;
  identifier.name = token.kind == TokenKind::kQuotedName ? token.value : std::string(token.text);
  identifier.position = token.position;
  ++at_;
  return identifier;
}

Result<Name> Parser::ParseName(NameKind kind) {
  Position start = Here();
  Name name;
  do {
    NoteName(kind, &name);
    name.parts.push_back(TRY(ParseIdentifier()));
  } while (AcceptSymbol("."));
  name.position = Since(start);
  return name;
}

Result<std::vector<Identifier>> Parser::ParseIdentifierList() {
  TRY(ExpectSymbol("("));
  std::vector<Identifier> list;
  do {
    list.push_back(TRY(ParseIdentifier()));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  return list;
}

Result<std::string> Parser::ParseStringLiteral() {
  if (!AtString()) return Unexpected("<QUOTED_STRING>");
  std::string value = Peek().value;
  ++at_;
  return value;
}

Result<int> Parser::ParseUnsignedInt() {
  const Token& token = Peek();
  if (token.kind != TokenKind::kInteger) return Unexpected("<UNSIGNED_INTEGER_LITERAL>");
  if (token.text.size() > 10 || std::stoll(std::string(token.text)) > INT32_MAX) return Invalid("Number '" + std::string(token.text) + "' is too large here", token.position);
  int value = std::stoi(std::string(token.text));
  ++at_;
  return value;
}

Result<Options> Parser::ParseWithOptions() {
  TRY(ExpectSymbol("("));
  Options options;
  if (AcceptSymbol(")")) return options;
  do {
    Option option;
    option.position = Here();
    option.key = TRY(ParseStringLiteral());
    TRY(ExpectSymbol("="));
    option.value = TRY(ParseStringLiteral());
    option.position = Since(option.position);
    options.push_back(std::move(option));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  return options;
}

Result<std::vector<std::string>> Parser::ParseKeys() {
  TRY(ExpectSymbol("("));
  std::vector<std::string> keys;
  if (AcceptSymbol(")")) return keys;
  do {
    keys.push_back(TRY(ParseStringLiteral()));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  return keys;
}

Result<Text> Parser::ParseOptionalComment() {
  if (!Accept("COMMENT")) return Text();
  return Text(TRY(ParseStringLiteral()));
}

Result<PartitionSpec> Parser::ParsePartitionSpec(bool values_optional) {
  TRY(ExpectSymbol("("));
  PartitionSpec spec;
  do {
    PartitionItem item;
    item.column = TRY(ParseIdentifier(NameKind::kColumn));
    if (!values_optional || AtSymbol("=")) {
      TRY(ExpectSymbol("="));
      item.value = TRY(ParseExpr());
    }
    spec.push_back(std::move(item));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  return spec;
}

Result<PartitionSpec> Parser::ParseOptionalPartition(bool values_optional) {
  if (!Accept("PARTITION")) return PartitionSpec();
  return ParsePartitionSpec(values_optional);
}

Result<std::vector<Hint>> Parser::ParseHints() {
  std::vector<Hint> hints;
  if (Peek().kind != TokenKind::kHintBegin) return hints;
  ++at_;
  while (Peek().kind != TokenKind::kHintEnd) {
    Hint hint;
    hint.name = TRY(ParseIdentifier());
    if (AcceptSymbol("(")) {
      while (!AtSymbol(")")) {
        if (AtString() && AtSymbol("=", 1)) {
          Option option;
          option.position = Here();
          option.key = TRY(ParseStringLiteral());
          ++at_;
          option.value = TRY(ParseStringLiteral());
          option.position = Since(option.position);
          hint.options.push_back(std::move(option));
        } else if (AtString() || Peek().kind == TokenKind::kInteger) {
          hint.arguments.push_back(AtString() ? Peek().value : std::string(Peek().text));
          ++at_;
        } else {
          hint.arguments.push_back(TRY(ParseName()).ToString());
        }
        if (!AcceptSymbol(",")) break;
      }
      TRY(ExpectSymbol(")"));
    }
    hints.push_back(std::move(hint));
    if (!AcceptSymbol(",") && Peek().kind != TokenKind::kHintEnd) return Unexpected("*/");
  }
  ++at_;
  return hints;
}

Result<Statement> Parser::WholeStatement() {
  Position start = Here();
  Statement::Node node = TRY(ParseStatementNode());
  Position position = Since(start);
  TRY(ExpectEnd());
  return Statement(std::move(node), position);
}

Result<Query> Parser::WholeQuery() {
  Query query = TRY(ParseQuery());
  TRY(ExpectEnd());
  return query;
}

Result<Expr> Parser::WholeExpr() {
  Expr expr = TRY(ParseExpr());
  if (!AtEnd()) return Unexpected();
  return expr;
}

Result<DataType> Parser::WholeType() {
  DataType type = TRY(ParseType());
  if (!AtEnd()) return Unexpected();
  return type;
}

Result<Name> Parser::WholeName() {
  Name name = TRY(ParseName());
  if (!AtEnd()) return Unexpected();
  return name;
}

}  // namespace internal

Result<Statement> ParseStatement(std::string_view text, const ParseOptions& options) {
  return internal::Parser(text, options).WholeStatement();
}
Result<Query> ParseQuery(std::string_view text, const ParseOptions& options) { return internal::Parser(text, options).WholeQuery(); }
Result<Expr> ParseExpression(std::string_view text, const ParseOptions& options) {
  return internal::Parser(text, options).WholeExpr();
}
Result<DataType> ParseDataType(std::string_view text, const ParseOptions& options) {
  return internal::Parser(text, options).WholeType();
}
Result<Name> ParseName(std::string_view text, const ParseOptions& options) { return internal::Parser(text, options).WholeName(); }

}  // namespace tarn::sql
