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

}  // namespace tarn::sql::internal
