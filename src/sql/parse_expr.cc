// Expressions: operators by precedence climbing with Calcite's precedences, and what stands between them.
#include <array>
#include <charconv>
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {
namespace {

// Calcite's numbers. A higher one binds tighter; all are left-associative.
constexpr int kOrPrecedence = 22;
constexpr int kAndPrecedence = 24;
constexpr int kNotPrecedence = 26;
constexpr int kIsPrecedence = 28;
constexpr int kComparePrecedence = 30;
constexpr int kMatchPrecedence = 32;      // LIKE, IN, BETWEEN, SIMILAR TO
constexpr int kSumPrecedence = 40;
constexpr int kProductPrecedence = 60;
constexpr int kSignPrecedence = 80;

struct SymbolOperator {
  std::string_view symbol;
  BinaryOp op;
  int precedence;
};
constexpr std::array<SymbolOperator, 12> kSymbolOperators = {{
    {"=", BinaryOp::kEqual, kComparePrecedence}, {"<>", BinaryOp::kNotEqual, kComparePrecedence},
    {"<", BinaryOp::kLess, kComparePrecedence}, {"<=", BinaryOp::kLessEqual, kComparePrecedence},
    {">", BinaryOp::kGreater, kComparePrecedence}, {">=", BinaryOp::kGreaterEqual, kComparePrecedence},
    {"+", BinaryOp::kPlus, kSumPrecedence}, {"-", BinaryOp::kMinus, kSumPrecedence},
    {"*", BinaryOp::kMultiply, kProductPrecedence}, {"/", BinaryOp::kDivide, kProductPrecedence},
    {"%", BinaryOp::kModulo, kProductPrecedence}, {"||", BinaryOp::kConcat, kProductPrecedence},
}};

// Digits without a point: INT or BIGINT by size, else DECIMAL.
Literal WholeNumber(std::string_view digits, bool negative) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  std::string text = (negative && digits != "0" ? "-" : "") + std::string(digits);
  Literal literal;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) {
    literal.kind = LiteralKind::kDecimal;
    literal.text = std::move(text);
    return literal;
  }
  literal.kind = value >= INT32_MIN && value <= INT32_MAX ? LiteralKind::kInt : LiteralKind::kBigint;
  literal.integer = value;
  return literal;
}

bool OnlyZeros(std::string_view text) { return text.find_first_of("123456789") == std::string_view::npos; }

// 1.50 stays 1.50, .5 becomes 0.5, 1. is a whole number.
Literal PointNumber(std::string_view text, bool negative) {
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  if (fraction.empty()) return WholeNumber(whole, negative);
  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  Literal literal;
  literal.kind = LiteralKind::kDecimal;
  literal.text = (negative && !OnlyZeros(text) ? "-" : "") + (whole.empty() ? std::string("0") : std::string(whole)) + "." +
                 std::string(fraction);
  return literal;
}

// One digit before the point, as Flink prints it: 100e1 is 1.00E3, .5e0 is 5E-1.
Result<Literal> FloatingNumber(std::string_view text, bool negative) {
  size_t e = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, e);
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  long exponent = 0;
  auto [end, error] = std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (error != std::errc() || exponent > 9999 || exponent < -9999) {
    return Status::InvalidSql("SQL parse failed. Numeric literal '" + std::string(text) + "' out of range");
  }
  size_t point = mantissa.find('.');
  std::string digits(mantissa.substr(0, point));
  if (point != std::string_view::npos) {
    digits += mantissa.substr(point + 1);
    exponent -= static_cast<long>(mantissa.size() - point - 1);
  }
  size_t zeros = digits.find_first_not_of('0');
  digits = zeros == std::string::npos ? "0" : digits.substr(zeros);
  exponent += static_cast<long>(digits.size()) - 1;
  Literal literal;
  literal.kind = LiteralKind::kDouble;
  literal.text = (negative && digits != "0" ? "-" : "") + digits.substr(0, 1) + (digits.size() > 1 ? "." + digits.substr(1) : "") + "E" +
                 std::to_string(exponent);
  return literal;
}

bool IsNumber(const Literal& literal) {
  return literal.kind == LiteralKind::kInt || literal.kind == LiteralKind::kBigint || literal.kind == LiteralKind::kDecimal ||
         literal.kind == LiteralKind::kDouble;
}

// -x of a number literal x.
Literal Negated(const Literal& literal) {
  if (literal.kind == LiteralKind::kInt || literal.kind == LiteralKind::kBigint) {
    std::string text = std::to_string(literal.integer);
    return text.front() == '-' ? WholeNumber(std::string_view(text).substr(1), false) : WholeNumber(text, true);
  }
  if (literal.kind == LiteralKind::kDecimal && literal.text.find('.') == std::string::npos) {
    return literal.text.front() == '-' ? WholeNumber(std::string_view(literal.text).substr(1), false) : WholeNumber(literal.text, true);
  }
  Literal result = literal;
  if (result.text.front() == '-') {
    result.text.erase(0, 1);
  } else if (!OnlyZeros(std::string_view(result.text).substr(0, result.text.find('E')))) {
    result.text.insert(0, "-");
  }
  return result;
}

}  // namespace

Result<Expr> Parser::ParseExpr() { return ParseOperators(0); }

Result<Expr> Parser::ParseOperators(int min_precedence) {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  Expr left = TRY(ParsePrefix());
  while (TRY(ParseInfix(left, min_precedence, start))) {
    left.position = Since(start);
    TRY(Higher());
  }
  return left;
}

Result<Expr> Parser::ParsePrefix() {
  Position start = Here();
  if (Accept("NOT")) {
    Expr operand = TRY(ParseOperators(kNotPrecedence + 1));
    return Expr(Unary{UnaryOp::kNot, std::move(operand)}, Since(start));
  }
  if (AcceptSymbol("-")) {
    Expr operand = TRY(ParseOperators(kSignPrecedence + 1));
    if (const Literal* literal = operand.As<Literal>(); literal && IsNumber(*literal)) return Expr(Negated(*literal), Since(start));
    return Expr(Unary{UnaryOp::kMinus, std::move(operand)}, Since(start));
  }
  if (AcceptSymbol("+")) {
    Expr operand = TRY(ParseOperators(kSignPrecedence + 1));
    if (const Literal* literal = operand.As<Literal>(); literal && IsNumber(*literal)) return operand;
    return Expr(Unary{UnaryOp::kPlus, std::move(operand)}, Since(start));
  }
  Expr primary = TRY(ParsePrimary());
  return ParsePostfix(std::move(primary), start);
}

// base[index] and base.field, as often as they follow. A path of names is a ColumnRef already.
Result<Expr> Parser::ParsePostfix(Expr base, const Position& start) {
  while (true) {
    if (AcceptSymbol("[")) {
      Expr index = TRY(ParseExpr());
      TRY(ExpectSymbol("]"));
      base = Expr(Subscript{std::move(base), std::move(index)}, Since(start));
    } else if (AtSymbol(".") && !AtSymbol("*", 1)) {
      ++at_;
      Identifier field = TRY(ParseIdentifier());
      base = Expr(FieldAccess{std::move(base), std::move(field)}, Since(start));
    } else {
      return base;
    }
    TRY(Higher());
  }
}

// One infix or postfix operator that binds at least as tight as asked; false: there is none.
Result<bool> Parser::ParseInfix(Expr& left, int min_precedence, const Position& start) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kSymbol) {
    if (token.text == "!=" || token.text == "==") {
      if (!hive()) {
        if (token.text == "==") return Unexpected();
        return Invalid("Bang equal '!=' is not allowed under the current SQL conformance level", token.position);
      }
      if (kComparePrecedence < min_precedence) return false;
      BinaryOp op = token.text == "!=" ? BinaryOp::kNotEqual : BinaryOp::kEqual;
      ++at_;
      left = TRY(ParseComparison(std::move(left), op, kComparePrecedence));
      return true;
    }
    for (const SymbolOperator& candidate : kSymbolOperators) {
      if (token.text != candidate.symbol) continue;
      bool quantified = candidate.precedence == kComparePrecedence && (At("ANY", 1) || At("SOME", 1) || At("ALL", 1)) && AtSymbol("(", 2);
      if ((quantified ? kMatchPrecedence : candidate.precedence) < min_precedence) return false;
      ++at_;
      left = TRY(ParseComparison(std::move(left), candidate.op, candidate.precedence));
      return true;
    }
    return false;
  }
  if (expectation_ && AtEnd()) {
    for (std::string_view operation : {"OR", "AND", "IS", "NOT"}) Note(operation);
    return ParseMatching(left, min_precedence, start);
  }
  if (token.kind != TokenKind::kWord) return false;
  if (token.upper == "OR" || token.upper == "AND") {
    bool is_or = token.upper == "OR";
    int precedence = is_or ? kOrPrecedence : kAndPrecedence;
    if (precedence < min_precedence) return false;
    ++at_;
    Expr right = TRY(ParseOperators(precedence + 1));
    left = Expr(Binary{is_or ? BinaryOp::kOr : BinaryOp::kAnd, std::move(left), std::move(right)});
    return true;
  }
  if (token.upper == "IS") return ParseIs(left, min_precedence, start);
  if (token.upper == "OVERLAPS") {
    if (kComparePrecedence < min_precedence) return false;
    ++at_;
    Expr right = TRY(ParseOperators(kComparePrecedence + 1));
    left = Expr(Binary{BinaryOp::kOverlaps, std::move(left), std::move(right)});
    return true;
  }
  return ParseMatching(left, min_precedence, start);
}

// After a symbol operator: the right side, which for comparisons may be ANY | SOME | ALL ( ... ).
Result<Expr> Parser::ParseComparison(Expr left, BinaryOp op, int precedence) {
  if (precedence == kComparePrecedence && AtAnyOf({"ANY", "SOME", "ALL"}) && AtSymbol("(", 1)) {
    Quantified quantified;
    quantified.op = op;
    quantified.all = At("ALL");
    quantified.left = std::move(left);
    ++at_;
    TRY(ParseQueryOrList(quantified.query, quantified.list));
    return Expr(std::move(quantified));
  }
  Expr right = TRY(ParseOperators(precedence + 1));
  return Expr(Binary{op, std::move(left), std::move(right)});
}

Result<bool> Parser::ParseIs(Expr& left, int min_precedence, const Position&) {
  size_t ahead = At("NOT", 1) ? 2 : 1;
  bool negated = ahead == 2;
  if (At("DISTINCT", ahead)) {
    if (kComparePrecedence < min_precedence) return false;
    at_ += ahead + 1;
    TRY(Expect("FROM"));
    Expr right = TRY(ParseOperators(kComparePrecedence + 1));
    left = Expr(Binary{negated ? BinaryOp::kIsNotDistinctFrom : BinaryOp::kIsDistinctFrom, std::move(left), std::move(right)});
    return true;
  }
  if (kIsPrecedence < min_precedence) return false;
  at_ += ahead;
  auto make = [&](UnaryOp plain, UnaryOp inverse) { left = Expr(Unary{negated ? inverse : plain, std::move(left)}); };
  if (Accept("NULL")) {
    make(UnaryOp::kIsNull, UnaryOp::kIsNotNull);
  } else if (Accept("TRUE")) {
    make(UnaryOp::kIsTrue, UnaryOp::kIsNotTrue);
  } else if (Accept("FALSE")) {
    make(UnaryOp::kIsFalse, UnaryOp::kIsNotFalse);
  } else if (Accept("UNKNOWN")) {
    make(UnaryOp::kIsUnknown, UnaryOp::kIsNotUnknown);
  } else if (Accept("JSON")) {
    if (Accept("OBJECT")) {
      make(UnaryOp::kIsJsonObject, UnaryOp::kIsNotJsonObject);
    } else if (Accept("ARRAY")) {
      make(UnaryOp::kIsJsonArray, UnaryOp::kIsNotJsonArray);
    } else if (Accept("SCALAR")) {
      make(UnaryOp::kIsJsonScalar, UnaryOp::kIsNotJsonScalar);
    } else {
      Accept("VALUE");
      make(UnaryOp::kIsJsonValue, UnaryOp::kIsNotJsonValue);
    }
  } else {
    return Unexpected("NULL");
  }
  return true;
}

// [NOT] LIKE | SIMILAR TO | IN | BETWEEN
Result<bool> Parser::ParseMatching(Expr& left, int min_precedence, const Position&) {
  size_t ahead = At("NOT") ? 1 : 0;
  const Token& word = Peek(ahead);
  if (expectation_ && word.kind == TokenKind::kEnd) {
    for (std::string_view operation : {"LIKE", "SIMILAR", "IN", "BETWEEN"}) Note(operation);
  }
  bool like = word.Is("LIKE"), similar = word.Is("SIMILAR"), rlike = word.Is("RLIKE") || (hive() && word.Is("REGEXP"));
  bool ilike = word.Is("ILIKE");
  if (!like && !similar && !rlike && !ilike && !word.Is("IN") && !word.Is("BETWEEN")) return false;
  // LIKE leans right: a LIKE b IN (c) is a LIKE (b IN (c)), and a BETWEEN b AND c LIKE d is a BETWEEN b AND (c LIKE d).
  bool leans_right = !word.Is("IN") && !word.Is("BETWEEN");
  if ((leans_right ? kMatchPrecedence + 1 : kMatchPrecedence) < min_precedence) return false;
  bool negated = ahead == 1;
  at_ += ahead;
  if (At("IN")) {
    ++at_;
    left = TRY(ParseIn(std::move(left), negated));
    return true;
  }
  if (At("BETWEEN")) {
    ++at_;
    Between between;
    between.negated = negated;
    between.operand = std::move(left);
    between.symmetric = Accept("SYMMETRIC");
    if (!between.symmetric) Accept("ASYMMETRIC");
    between.low = TRY(ParseOperators(kAndPrecedence + 1));
    TRY(Expect("AND"));
    between.high = TRY(ParseOperators(kMatchPrecedence + 1));
    left = Expr(std::move(between));
    return true;
  }
  Like match;
  match.kind = similar ? LikeKind::kSimilarTo : rlike ? LikeKind::kRlike : ilike ? LikeKind::kIlike : LikeKind::kLike;
  match.negated = negated;
  ++at_;
  if (similar) TRY(Expect("TO"));
  match.operand = std::move(left);
  match.pattern = TRY(ParseOperators(kMatchPrecedence));
  if (Accept("ESCAPE")) match.escape = TRY(ParseOperators(kMatchPrecedence));
  left = Expr(std::move(match));
  return true;
}

Result<Expr> Parser::ParseIn(Expr left, bool negated) {
  In in;
  in.negated = negated;
  in.operand = std::move(left);
  TRY(ParseQueryOrList(in.query, in.list));
  return Expr(std::move(in));
}

Status Parser::ParseQueryOrList(Box<Query>& query, std::vector<Expr>& list) {
  if (AtParenthesizedQuery()) {
    ++at_;
    query = TRY(ParseQuery());
    return ExpectSymbol(")");
  }
  list = TRY(ParseParenthesizedExprList());
  if (list.size() == 1) {      // IN ((SELECT 1))
    if (ScalarSubquery* only = list[0].As<ScalarSubquery>()) {
      Box<Query> inner = std::move(only->query);
      list.clear();
      query = std::move(inner);
    }
  }
  return Status::OK();
}

Result<std::vector<Expr>> Parser::ParseExprList() {
  std::vector<Expr> list;
  do {
    list.push_back(TRY(ParseExpr()));
  } while (AcceptSymbol(","));
  return list;
}

Result<std::vector<Expr>> Parser::ParseParenthesizedExprList() {
  TRY(ExpectSymbol("("));
  std::vector<Expr> list = TRY(ParseExprList());
  TRY(ExpectSymbol(")"));
  return list;
}

// A query in parentheses may itself begin with one: ((SELECT 1) UNION (SELECT 2)), but ((SELECT 1) + 1) is an expression. What
// follows each inner parenthesis decides.
bool Parser::AtParenthesizedQuery(size_t ahead) const {
  if (!AtSymbol("(", ahead) || !AtQueryStart(ahead)) return false;
  for (size_t inner = ahead + 1; AtSymbol("(", inner); ++inner) {
    const Token& next = tokens_[std::min(matching_[at_ + inner] + 1, tokens_.size() - 1)];
    bool goes_on = next.IsSymbol(")") || next.Is("UNION") || next.Is("EXCEPT") || next.Is("INTERSECT") || next.Is("MINUS") ||
                   next.Is("ORDER") || next.Is("LIMIT") || next.Is("OFFSET") || next.Is("FETCH");
    if (!goes_on) return false;
  }
  return true;
}

Result<Expr> Parser::ParseParenthesized() {
  Position start = Here();
  if (AtParenthesizedQuery()) {
    ++at_;
    Query query = TRY(ParseQuery());
    TRY(ExpectSymbol(")"));
    return Expr(ScalarSubquery{std::move(query)}, Since(start));
  }
  std::vector<Expr> items = TRY(ParseParenthesizedExprList());
  if (items.size() > 1) return Expr(RowValue{std::move(items)}, Since(start));
  if (const Binary* minus = items[0].As<Binary>(); minus && minus->op == BinaryOp::kMinus && Peek().kind == TokenKind::kWord) {
    std::optional<TimeUnit> unit = TimeUnitFromName(Peek().upper);      // (t1 - t2) DAY
    if (unit && *unit <= TimeUnit::kSecond && !AtName()) {
      IntervalDifference difference;
      difference.unit = TRY(ParseIntervalQualifier());
      Binary operands = std::move(*items[0].As<Binary>());
      difference.left = std::move(operands.left);
      difference.right = std::move(operands.right);
      return Expr(std::move(difference), Since(start));
    }
  }
  return std::move(items[0]);
}

Result<Expr> Parser::ParseNumber(bool negative) {
  const Token& token = Peek();
  Position position = token.position;
  Literal literal;
  if (token.kind == TokenKind::kInteger) {
    literal = WholeNumber(token.text, negative);
  } else if (token.kind == TokenKind::kDecimal) {
    literal = PointNumber(token.text, negative);
  } else {
    Result<Literal> parsed = FloatingNumber(token.text, negative);
    if (!parsed.ok()) return parsed.status().WithPosition(position);
    literal = std::move(*parsed);
  }
  ++at_;
  return Expr(std::move(literal), position);
}

Result<Expr> Parser::ParsePrimary() {
  const Token& token = Peek();
  if (expectation_ && AtEnd()) {
    NoteName(NameKind::kColumn);
    NoteName(NameKind::kFunction);
    for (std::string_view word : {"CASE", "CAST", "TRY_CAST", "EXISTS", "NOT", "NULL", "TRUE", "FALSE", "INTERVAL", "DATE", "TIME", "TIMESTAMP",
                                  "ARRAY", "MAP", "ROW", "CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP"}) {
      Note(word);
    }
  }
  Position start = token.position;
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble:
      return ParseNumber(false);
    case TokenKind::kString: {
      Literal literal;
      literal.kind = LiteralKind::kString;
      if (!token.charset.empty()) literal.charset = token.charset;
      while (AtString()) {      // 'a' 'b' is one literal
        literal.text += Peek().value;
        ++at_;
      }
      return Expr(std::move(literal), Since(start));
    }
    case TokenKind::kBinary: {
      Literal literal;
      literal.kind = LiteralKind::kBinary;
      for (char c : token.value) literal.text += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
      ++at_;
      return Expr(std::move(literal), start);
    }
    case TokenKind::kSymbol:
      if (token.text == "(") return ParseParenthesized();
      if (token.text == "?") {
        ++at_;
        return Expr(Parameter{parameters_++}, start);
      }
      return Unexpected();
    case TokenKind::kWord:
      return ParseLiteralWord();
    case TokenKind::kQuotedName:
      return ParseNameOrCall();
    case TokenKind::kEnd:
    case TokenKind::kHintBegin:
    case TokenKind::kHintEnd:
    case TokenKind::kComment:
    case TokenKind::kError:
      break;
  }
  return Unexpected();
}

namespace {

// Reads 1 to `width` digits at `at`; -1: there are none.
int ReadNumber(std::string_view text, size_t& at, size_t width) {
  int value = 0;
  size_t begin = at;
  while (at < text.size() && at - begin < width && text[at] >= '0' && text[at] <= '9') value = value * 10 + (text[at++] - '0');
  return at == begin ? -1 : value;
}

std::string Padded(int value, size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

// y-M-d with leading zeros optional, as Flink reads it; brought to yyyy-MM-dd.
std::optional<std::string> ReadDate(std::string_view text, size_t& at) {
  int year = ReadNumber(text, at, 4);
  if (year < 0 || at >= text.size() || text[at++] != '-') return std::nullopt;
  int month = ReadNumber(text, at, 2);
  if (month < 1 || month > 12 || at >= text.size() || text[at++] != '-') return std::nullopt;
  int day = ReadNumber(text, at, 2);
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  return Padded(year, 4) + "-" + Padded(month, 2) + "-" + Padded(day, 2);
}

// H:m:s[.fraction], brought to HH:mm:ss[.fraction]
std::optional<std::string> ReadTime(std::string_view text, size_t& at) {
  int hour = ReadNumber(text, at, 2);
  if (hour < 0 || hour > 23 || at >= text.size() || text[at++] != ':') return std::nullopt;
  int minute = ReadNumber(text, at, 2);
  if (minute < 0 || minute > 59 || at >= text.size() || text[at++] != ':') return std::nullopt;
  int second = ReadNumber(text, at, 2);
  if (second < 0 || second > 59) return std::nullopt;
  std::string result = Padded(hour, 2) + ":" + Padded(minute, 2) + ":" + Padded(second, 2);
  if (at < text.size() && text[at] == '.') {
    size_t begin = at++;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at - begin > 1) result += text.substr(begin, at - begin);
  }
  return result;
}

std::optional<std::string> ReadTemporal(LiteralKind kind, std::string_view text) {
  size_t at = 0;
  std::optional<std::string> result;
  if (kind == LiteralKind::kTime) {
    result = ReadTime(text, at);
  } else {
    result = ReadDate(text, at);
    if (result && kind == LiteralKind::kTimestamp) {
      if (at == text.size()) return *result + " 00:00:00";
      if (text[at++] != ' ') return std::nullopt;
      std::optional<std::string> time = ReadTime(text, at);
      result = time ? std::optional(*result + " " + *time) : std::nullopt;
    }
  }
  if (!result || at != text.size()) return std::nullopt;
  return result;
}

}  // namespace

Result<Expr> Parser::ParseLiteralWord() {
  const Token& token = Peek();
  Position start = token.position;
  Literal literal;
  if (token.upper == "NULL" || token.upper == "UNKNOWN") {
    ++at_;
    return Expr(std::move(literal), start);
  }
  if (token.upper == "TRUE" || token.upper == "FALSE") {
    literal.kind = LiteralKind::kBoolean;
    literal.boolean = token.upper == "TRUE";
    ++at_;
    return Expr(std::move(literal), start);
  }
  struct Temporal { std::string_view word; LiteralKind kind; std::string_view format; };
  static constexpr std::array<Temporal, 3> kTemporal = {{{"DATE", LiteralKind::kDate, "yyyy-MM-dd"},
                                                         {"TIME", LiteralKind::kTime, "HH:mm:ss"},
                                                         {"TIMESTAMP", LiteralKind::kTimestamp, "yyyy-MM-dd HH:mm:ss"}}};
  for (const Temporal& temporal : kTemporal) {
    if (token.upper != temporal.word || Peek(1).kind != TokenKind::kString) continue;
    ++at_;
    literal.kind = temporal.kind;
    literal.text = TRY(ParseStringLiteral());
    std::optional<std::string> read = ReadTemporal(temporal.kind, literal.text);
    if (!read) {
      return Invalid("Illegal " + std::string(temporal.word) + " literal '" + literal.text + "': not in format '" +
                         std::string(temporal.format) + "'",
                     Since(start));
    }
    literal.text = std::move(*read);
    return Expr(std::move(literal), Since(start));
  }
  if (token.upper == "INTERVAL") return ParseInterval();
  if (token.upper == "CASE") return ParseCase();
  if (token.upper == "EXISTS") {
    ++at_;
    TRY(ExpectSymbol("("));
    Query query = TRY(ParseQuery());
    TRY(ExpectSymbol(")"));
    return Expr(Exists{std::move(query)}, Since(start));
  }
  if (token.upper == "ROW" && AtSymbol("(", 1)) {
    ++at_;
    RowValue row;
    row.items = TRY(ParseParenthesizedExprList());
    return Expr(std::move(row), Since(start));
  }
  if (token.upper == "PERIOD" && AtSymbol("(", 1)) {      // as Flink prints the sides of OVERLAPS
    ++at_;
    RowValue row;
    row.items = TRY(ParseParenthesizedExprList());
    return Expr(std::move(row), Since(start));
  }
  if (token.upper == "CAST" || (token.upper == "TRY_CAST" && AtSymbol("(", 1))) return ParseCast(token.upper == "TRY_CAST");
  if (token.upper == "ARRAY") return ParseCollection(CollectionKind::kArray);
  if (token.upper == "MULTISET") return ParseCollection(CollectionKind::kMultiset);
  if (token.upper == "MAP" && (AtSymbol("[", 1) || AtParenthesizedQuery(1))) return ParseCollection(CollectionKind::kMap);
  if (in_match_recognize_ && (token.upper == "RUNNING" || (token.upper == "FINAL" && AtName(1) && AtSymbol("(", 2)))) {
    UnaryOp op = token.upper == "RUNNING" ? UnaryOp::kRunning : UnaryOp::kFinal;
    ++at_;
    Expr operand = TRY(ParsePrimary());
    return Expr(Unary{op, std::move(operand)}, Since(start));
  }
  return ParseNameOrCall();
}

Result<Expr> Parser::ParseInterval() {
  Position start = Here();
  ++at_;
  bool signed_ = AtSymbol("-") || AtSymbol("+");
  bool negative = AtSymbol("-");
  if (signed_ && Peek(1).kind == TokenKind::kString) ++at_;
  if (AtString()) {
    Literal literal;
    literal.kind = LiteralKind::kInterval;
    literal.negative = negative;
    literal.text = TRY(ParseStringLiteral());
    literal.interval = TRY(ParseIntervalQualifier());
    return Expr(std::move(literal), Since(start));
  }
  IntervalOf interval;
  if (AtSymbol("(")) {
    interval.operand = TRY(ParseParenthesized());
  } else if (Peek().kind == TokenKind::kInteger || Peek().kind == TokenKind::kDecimal) {
    interval.operand = TRY(ParseNumber(false));
  } else if (AtName()) {
    Position name_start = Here();
    Name name = TRY(ParseName());
    interval.operand = Expr(ColumnRef{std::move(name)}, Since(name_start));
  } else {
    return Unexpected("<QUOTED_STRING>");
  }
  interval.unit = TRY(ParseIntervalQualifier());
  return Expr(std::move(interval), Since(start));
}

Result<Expr> Parser::ParseCase() {
  TARN_SQL_NEST();
  Position start = Here();
  ++at_;
  Case result;
  std::optional<Expr> operand;
  size_t size_before = at_ + copied_;
  if (!At("WHEN")) operand = TRY(ParseExpr());
  size_t operand_size = at_ + copied_ - size_before;      // in tokens, with what its own CASEs have copied
  while (Accept("WHEN")) {
    CaseBranch branch;
    Position branch_start = Here();
    if (operand) copied_ += operand_size;
    if (copied_ > kCaseCopiesMax) {
      return Status(StatusCode::kExhausted, "SQL parse failed. The operands of CASE are too large to be compared with each branch")
          .WithPosition(Here());
    }
    std::vector<Expr> values = TRY(ParseExprList());
    if (!operand) {
      if (values.size() > 1) return Unexpected("THEN");
      branch.condition = std::move(values[0]);
    } else if (values.size() == 1) {
      branch.condition = Expr(Binary{BinaryOp::kEqual, *operand, std::move(values[0])}, Since(branch_start));
    } else {
      In in;
      in.operand = *operand;
      in.list = std::move(values);
      branch.condition = Expr(std::move(in), Since(branch_start));
    }
    TRY(Expect("THEN"));
    branch.result = TRY(ParseExpr());
    result.branches.push_back(std::move(branch));
  }
  if (result.branches.empty()) return Unexpected("WHEN");
  result.otherwise = Accept("ELSE") ? TRY(ParseExpr()) : Expr(Literal{}, Here());
  TRY(Expect("END"));
  return Expr(std::move(result), Since(start));
}

Result<Expr> Parser::ParseCast(bool is_try) {
  Position start = Here();
  ++at_;
  Cast cast;
  cast.is_try = is_try;
  TRY(ExpectSymbol("("));
  cast.operand = TRY(ParseExpr());
  TRY(Expect("AS"));
  cast.type = TRY(ParseTypeWithoutNull());
  TRY(ExpectSymbol(")"));
  return Expr(std::move(cast), Since(start));
}

Result<Expr> Parser::ParseCollection(CollectionKind kind) {
  Position start = Here();
  ++at_;
  Collection collection;
  collection.kind = kind;
  if (AcceptSymbol("[")) {
    if (!AtSymbol("]")) collection.items = TRY(ParseExprList());
    if (kind == CollectionKind::kMap && collection.items.size() % 2 != 0) {
      return Invalid("Map requires an even number of arguments", Since(start));
    }
    TRY(ExpectSymbol("]"));
  } else if (AtParenthesizedQuery()) {
    ++at_;
    collection.query = TRY(ParseQuery());
    TRY(ExpectSymbol(")"));
  } else {
    return Unexpected("[");
  }
  return Expr(std::move(collection), Since(start));
}

}  // namespace tarn::sql::internal
