// Expressions: operators by precedence climbing with Calcite's precedences, and what stands between them.
#include <array>
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

Result<Expr> Parser::ParseQuoted() {
  Position start = Here();
  Literal literal;
  if (Peek().kind == TokenKind::kBinary) {
    literal.kind = LiteralKind::kBinary;
    for (char c : Peek().value) literal.text += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    ++at_;
    return Expr(std::move(literal), start);
  }
  literal.kind = LiteralKind::kString;
  if (!Peek().charset.empty()) literal.charset = Peek().charset;
  while (AtString()) {      // 'a' 'b' is one literal
    literal.text += Peek().value;
    ++at_;
  }
  return Expr(std::move(literal), Since(start));
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
    case TokenKind::kString:
    case TokenKind::kBinary:
      return ParseQuoted();
    case TokenKind::kSymbol:
      if (token.text == "(") return ParseParenthesized();
      if (token.text == "?") {
        ++at_;
        return Expr(Parameter{parameters_++}, start);
      }
      return Unexpected();
    case TokenKind::kWord:
      return ParseWord();
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

Result<Expr> Parser::ParseCase() {
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
