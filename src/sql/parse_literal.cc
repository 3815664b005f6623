// Literals: numbers in Flink's types and normal forms, DATE, TIME, TIMESTAMP, INTERVAL, and the words that begin an expression.
#include <array>
#include <charconv>
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {
namespace {

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

}  // namespace

bool Parser::IsNumber(const Literal& literal) {
  return literal.kind == LiteralKind::kInt || literal.kind == LiteralKind::kBigint || literal.kind == LiteralKind::kDecimal ||
         literal.kind == LiteralKind::kDouble;
}

Literal Parser::Negated(const Literal& literal) {
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

// By its first word; each branch is a function of its own, so that nesting takes little stack.
Result<Expr> Parser::ParseWord() {
  const std::string& word = Peek().upper;
  if (word == "CASE") return ParseCase();
  if (word == "INTERVAL") return ParseInterval();
  if (word == "EXISTS") return ParseExists();
  if ((word == "ROW" || word == "PERIOD") && AtSymbol("(", 1)) return ParseRow();      // PERIOD: as Flink prints the sides of OVERLAPS
  if (word == "CAST" || (word == "TRY_CAST" && AtSymbol("(", 1))) return ParseCast(word == "TRY_CAST");
  if (word == "ARRAY") return ParseCollection(CollectionKind::kArray);
  if (word == "MULTISET") return ParseCollection(CollectionKind::kMultiset);
  if (word == "MAP" && (AtSymbol("[", 1) || AtParenthesizedQuery(1))) return ParseCollection(CollectionKind::kMap);
  if (in_match_recognize_ && (word == "RUNNING" || (word == "FINAL" && AtName(1) && AtSymbol("(", 2)))) return ParseRunningOrFinal();
  bool temporal = (word == "DATE" || word == "TIME" || word == "TIMESTAMP") && Peek(1).kind == TokenKind::kString;
  if (temporal || word == "NULL" || word == "UNKNOWN" || word == "TRUE" || word == "FALSE") return ParseLiteralWord();
  return ParseNameOrCall();
}

Result<Expr> Parser::ParseLiteralWord() {
  const Token& token = Peek();
  Position start = token.position;
  Literal literal;
  ++at_;
  if (token.upper == "NULL" || token.upper == "UNKNOWN") return Expr(std::move(literal), start);
  if (token.upper == "TRUE" || token.upper == "FALSE") {
    literal.kind = LiteralKind::kBoolean;
    literal.boolean = token.upper == "TRUE";
    return Expr(std::move(literal), start);
  }
  std::string_view format = "yyyy-MM-dd HH:mm:ss";
  literal.kind = LiteralKind::kTimestamp;
  if (token.upper == "DATE") {
    literal.kind = LiteralKind::kDate;
    format = "yyyy-MM-dd";
  } else if (token.upper == "TIME") {
    literal.kind = LiteralKind::kTime;
    format = "HH:mm:ss";
  }
  literal.text = TRY(ParseStringLiteral());
  std::optional<std::string> read = ReadTemporal(literal.kind, literal.text);
  if (!read) {
    return Invalid("Illegal " + token.upper + " literal '" + literal.text + "': not in format '" + std::string(format) + "'", Since(start));
  }
  literal.text = std::move(*read);
  return Expr(std::move(literal), Since(start));
}

Result<Expr> Parser::ParseExists() {
  Position start = Here();
  ++at_;
  TRY(ExpectSymbol("("));
  Query query = TRY(ParseQuery());
  TRY(ExpectSymbol(")"));
  return Expr(Exists{std::move(query)}, Since(start));
}

Result<Expr> Parser::ParseRow() {
  Position start = Here();
  ++at_;
  RowValue row;
  row.items = TRY(ParseParenthesizedExprList());
  return Expr(std::move(row), Since(start));
}

Result<Expr> Parser::ParseRunningOrFinal() {
  Position start = Here();
  UnaryOp op = At("RUNNING") ? UnaryOp::kRunning : UnaryOp::kFinal;
  ++at_;
  Expr operand = TRY(ParseNameOrCall());
  return Expr(Unary{op, std::move(operand)}, Since(start));
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

}  // namespace tarn::sql::internal
