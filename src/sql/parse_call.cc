// Names and function calls: the special syntaxes are brought to the one form that ast_expr.h describes at Call.
#include <array>
#include <utility>

#include "base/text.h"
#include "sql/parser_internal.h"

namespace tarn::sql::internal {
namespace {

// Functions with a syntax of their own, by their upper-case name. They may stand unquoted though reserved.
constexpr std::array<std::string_view, 21> kSpecialFunctions = {
    "TRIM", "SUBSTRING", "OVERLAY", "POSITION", "EXTRACT", "CEIL", "CEILING", "FLOOR", "TIMESTAMPADD", "TIMESTAMPDIFF", "JSON_EXISTS",
    "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG", "CONVERT", "TRANSLATE", "CLASSIFIER",
    "MATCH_NUMBER"};

bool IsSpecialFunction(std::string_view upper) {
  return std::find(kSpecialFunctions.begin(), kSpecialFunctions.end(), upper) != kSpecialFunctions.end();
}

}  // namespace

// a, a.b.c, a.b.*, f(...), cat.db.f(...), CURRENT_DATE, PI
Result<Expr> Parser::ParseNameOrCall() {
  Position start = Here();
  const Token& token = Peek();
  bool unquoted = token.kind == TokenKind::kWord;
  if (unquoted && token.word_class == WordClass::kReservedContext && !AtSymbol("(", 1)) {
    Call call;
    call.function = Name{{{token.upper, start}}, start};
    call.parens = false;
    ++at_;
    return Expr(std::move(call), start);
  }
  bool callable = unquoted && AtSymbol("(", 1) &&
                  (token.word_class == WordClass::kReservedFunction || token.word_class == WordClass::kReservedContext ||
                   IsSpecialFunction(token.upper) || (in_match_recognize_ && (token.upper == "PREV" || token.upper == "NEXT")));
  if (callable || (unquoted && AtSymbol("(", 1) && AtName())) {
    Name name{{{std::string(token.text), start}}, start};
    ++at_;
    return ParseCall(std::move(name));
  }
  if (!AtName()) return Unexpected();
  if (unquoted && token.upper == "PI" && !AtSymbol(".", 1)) {      // a function without parentheses, before any column
    Call call;
    call.function = Name{{{token.upper, start}}, start};
    call.parens = false;
    ++at_;
    return Expr(std::move(call), start);
  }
  Name name;
  do {
    if (AtSymbol("*") && !name.empty()) {
      ++at_;
      name.position = Since(start);
      return Expr(Star{std::move(name)}, Since(start));
    }
    NoteName(NameKind::kColumn, &name);
    name.parts.push_back(TRY(ParseIdentifier()));
    TRY(Higher());
  } while (AcceptSymbol("."));
  name.position = Since(start);
  if (AtSymbol("(")) return ParseCall(std::move(name));
  return Expr(ColumnRef{std::move(name)}, Since(start));
}

Result<Expr> Parser::ParseCall(Name name) {
  HeightScope scope(*this);
  Position start = name.position;
  Call call;
  call.function = std::move(name);
  std::string upper = call.function.size() == 1 ? ToUpper(call.function.last()) : "";
  bool quoted = tokens_[at_ - 1].kind == TokenKind::kQuotedName;
  if (call.function.size() == 1) {
    call.spelling.text = std::exchange(call.function.parts[0].name, upper);
  }
  TRY(ExpectSymbol("("));
  if (!quoted && upper == "DESCRIPTOR" && AtName()) {
    Descriptor descriptor;
    do {
      descriptor.columns.push_back(TRY(ParseIdentifier()));
    } while (AcceptSymbol(","));
    TRY(ExpectSymbol(")"));
    return Expr(std::move(descriptor), Since(start));
  }
  bool special = !quoted && IsSpecialFunction(upper) && TRY(ParseSpecialCall(upper, call));
  if (!special) TRY(ParseArguments(call));
  TRY(ExpectSymbol(")"));
  if (in_match_recognize_ && call.arguments.size() == 1 && !call.arguments[0].name && call.quantifier == SetQuantifier::kNone) {
    bool logical = upper == "FIRST" || upper == "LAST";
    if (logical || upper == "PREV" || upper == "NEXT") {
      Literal offset;
      offset.kind = LiteralKind::kInt;
      offset.integer = logical ? 0 : 1;
      call.arguments.push_back({std::nullopt, Expr(std::move(offset), Here())});
    }
  }
  TRY(ParseCallTail(call));
  return Expr(std::move(call), Since(start));
}

// Between the parentheses: [DISTINCT | ALL] *, or arguments [RESPECT | IGNORE NULLS]
Status Parser::ParseArguments(Call& call) {
  if (AtSymbol(")")) return Status::OK();
  if (Accept("DISTINCT")) {
    call.quantifier = SetQuantifier::kDistinct;
  } else if (Accept("ALL")) {
    call.quantifier = SetQuantifier::kAll;
  }
  do {
    Argument argument;
    if (AtName() && AtSymbol("=>", 1)) {
      argument.name = TRY(ParseIdentifier());
      ++at_;
    }
    argument.value = TRY(ParseArgumentValue());
    call.arguments.push_back(std::move(argument));
  } while (AcceptSymbol(","));
  if (At("ORDER")) return Invalid("ORDER BY unexpected", Here());
  if (AcceptWords({"RESPECT", "NULLS"})) {
    call.nulls = NullTreatment::kRespect;
  } else if (AcceptWords({"IGNORE", "NULLS"})) {
    call.nulls = NullTreatment::kIgnore;
  }
  return Status::OK();
}

// An argument in parentheses that is a table: (TABLE t), as Flink prints it; or (query) PARTITION BY ...
bool Parser::AtTableInParentheses() const {
  if (!AtSymbol("(")) return false;
  size_t close = matching_[at_];
  if (AtParenthesizedQuery() && (tokens_[close + 1].Is("PARTITION") || tokens_[close + 1].Is("ORDER"))) return true;
  if (!At("TABLE", 1) || close < at_ + 3) return false;
  for (size_t i = at_ + 2; i < close; ++i) {
    bool dot = (i - at_) % 2 == 1;
    if (dot ? !tokens_[i].IsSymbol(".") : !AtName(i - at_)) return false;
  }
  return (close - at_) % 2 == 1;
}

Result<Expr> Parser::ParseArgumentValue() {
  Position start = Here();
  if (AcceptSymbol("*")) return Expr(Star{}, start);
  if (Accept("DEFAULT")) return Expr(DefaultValue{}, start);
  bool parentheses = AtTableInParentheses();
  bool plain = At("TABLE") && !AtSymbol("(", 1);
  if (!parentheses && !plain) return ParseExpr();
  TableArgument argument;
  if (parentheses) ++at_;
  if (Accept("TABLE")) {
    argument.table = TRY(ParseName(NameKind::kTable));
  } else {
    argument.query = TRY(ParseQuery());
  }
  if (parentheses) TRY(ExpectSymbol(")"));
  if (TRY(AcceptBy("PARTITION"))) {
    if (AtSymbol("(")) {
      argument.partition_by = TRY(ParseParenthesizedExprList());
    } else {
      argument.partition_by.push_back(TRY(ParseExpr()));      // a, b, DESCRIPTOR(ts): names go on, a call ends the list
      while (AtSymbol(",") && AtName(1) && (AtSymbol(",", 2) || AtSymbol(")", 2) || AtSymbol(".", 2))) {
        ++at_;
        argument.partition_by.push_back(TRY(ParseExpr()));
      }
    }
  }
  if (TRY(AcceptBy("ORDER"))) {
    bool list = AcceptSymbol("(");
    argument.order_by = TRY(ParseOrderItems());
    if (list) TRY(ExpectSymbol(")"));
  }
  return Expr(std::move(argument), Since(start));
}

// Behind the parentheses: [RESPECT | IGNORE NULLS] [WITHIN GROUP (...)] [FILTER (WHERE ...)] [OVER ...]
Status Parser::ParseCallTail(Call& call) {
  if (AcceptWords({"RESPECT", "NULLS"})) {
    call.nulls = NullTreatment::kRespect;
  } else if (AcceptWords({"IGNORE", "NULLS"})) {
    call.nulls = NullTreatment::kIgnore;
  }
  if (AtWords({"WITHIN", "GROUP"})) {
    at_ += 2;
    TRY(ExpectSymbol("("));
    TRY(ExpectWords({"ORDER", "BY"}));
    call.within_group = TRY(ParseOrderItems());
    TRY(ExpectSymbol(")"));
  }
  if (At("FILTER") && AtSymbol("(", 1)) {
    at_ += 2;
    TRY(Expect("WHERE"));
    call.filter = TRY(ParseExpr());
    TRY(ExpectSymbol(")"));
  }
  if (Accept("OVER")) call.over = TRY(ParseOver());
  return Status::OK();
}

// After the opening parenthesis. False: it turned out to be an ordinary call, nothing has been read.
Result<bool> Parser::ParseSpecialCall(const std::string& function, Call& call) {
  Status status;
  if (function == "TRIM") {
    status = ParseTrim(call);
  } else if (function == "SUBSTRING") {
    status = ParseSubstring(call);
  } else if (function == "OVERLAY") {
    status = ParseOverlay(call);
  } else if (function == "POSITION") {
    status = ParsePosition(call);
  } else if (function == "EXTRACT") {
    status = ParseExtract(call);
  } else if (function == "CEIL" || function == "CEILING" || function == "FLOOR") {
    if (function == "CEILING") call.function.parts[0].name = "CEIL";
    status = ParseRounding(call);
  } else if (function == "TIMESTAMPADD" || function == "TIMESTAMPDIFF") {
    status = ParseTimestampArithmetic(call);
  } else if (function.starts_with("JSON_")) {
    status = ParseJsonCall(function, call);
  } else {
    return false;
  }
  if (!status.ok()) return status;
  return true;
}

namespace {
Expr MakeSymbol(std::string word, const Position& position) { return Expr(Symbol{std::move(word)}, position); }
void AddArgument(Call& call, Expr value) { call.arguments.push_back({std::nullopt, std::move(value)}); }
}  // namespace

// TRIM([[BOTH | LEADING | TRAILING] [chars] FROM] s)
Status Parser::ParseTrim(Call& call) {
  Position start = Here();
  std::string side = "BOTH";
  bool side_written = AtAnyOf({"BOTH", "LEADING", "TRAILING"});
  if (side_written) side = tokens_[at_++].upper;
  Literal blank;
  blank.kind = LiteralKind::kString;
  blank.text = " ";
  Expr characters(std::move(blank), start);
  if (side_written && Accept("FROM")) {
    AddArgument(call, MakeSymbol(side, start));
    AddArgument(call, std::move(characters));
    AddArgument(call, TRY(ParseExpr()));
    return Status::OK();
  }
  Expr first = TRY(ParseExpr());
  if (side_written || At("FROM")) {
    TRY(Expect("FROM"));
    AddArgument(call, MakeSymbol(side, start));
    AddArgument(call, std::move(first));
    AddArgument(call, TRY(ParseExpr()));
    return Status::OK();
  }
  AddArgument(call, MakeSymbol(side, start));
  AddArgument(call, std::move(characters));
  AddArgument(call, std::move(first));
  return Status::OK();
}

// SUBSTRING(s FROM i [FOR n]), SUBSTRING(s, i [, n])
Status Parser::ParseSubstring(Call& call) {
  AddArgument(call, TRY(ParseExpr()));
  if (!Accept("FROM")) TRY(ExpectSymbol(","));
  AddArgument(call, TRY(ParseExpr()));
  if (Accept("FOR") || AcceptSymbol(",")) AddArgument(call, TRY(ParseExpr()));
  return Status::OK();
}

// OVERLAY(s PLACING r FROM i [FOR n]), OVERLAY(s, r, i [, n])
Status Parser::ParseOverlay(Call& call) {
  AddArgument(call, TRY(ParseExpr()));
  if (AcceptSymbol(",")) {
    do {
      AddArgument(call, TRY(ParseExpr()));
    } while (AcceptSymbol(","));
    return Status::OK();
  }
  TRY(Expect("PLACING"));
  AddArgument(call, TRY(ParseExpr()));
  TRY(Expect("FROM"));
  AddArgument(call, TRY(ParseExpr()));
  if (Accept("FOR")) AddArgument(call, TRY(ParseExpr()));
  return Status::OK();
}

// POSITION(a IN b [FROM i]): the a must not swallow the IN
Status Parser::ParsePosition(Call& call) {
  constexpr int kAboveIn = 33;
  AddArgument(call, TRY(ParseOperators(kAboveIn)));
  TRY(Expect("IN"));
  AddArgument(call, TRY(ParseExpr()));
  if (Accept("FROM")) AddArgument(call, TRY(ParseExpr()));
  return Status::OK();
}

Result<Expr> Parser::ParseTimeUnitSymbol() {
  Position position = Here();
  if (Peek().kind != TokenKind::kWord) return Unexpected("<IDENTIFIER>");
  std::string word = Peek().upper;
  if (word.starts_with("SQL_TSI_")) word = word.substr(8);
  if (word == "FRAC_SECOND") word = "MICROSECOND";
  std::optional<TimeUnit> unit = TimeUnitFromName(word);
  if (!unit || TimeUnitName(*unit) != word) {
    return Invalid("'" + std::string(Peek().text) + "' is not a valid datetime format", position);
  }
  ++at_;
  return MakeSymbol(word, position);
}

Status Parser::ParseExtract(Call& call) {
  AddArgument(call, TRY(ParseTimeUnitSymbol()));
  TRY(Expect("FROM"));
  AddArgument(call, TRY(ParseExpr()));
  return Status::OK();
}

// CEIL(x), CEIL(t TO DAY)
Status Parser::ParseRounding(Call& call) {
  AddArgument(call, TRY(ParseExpr()));
  if (Accept("TO")) AddArgument(call, TRY(ParseTimeUnitSymbol()));
  return Status::OK();
}

Status Parser::ParseTimestampArithmetic(Call& call) {
  AddArgument(call, TRY(ParseTimeUnitSymbol()));
  TRY(ExpectSymbol(","));
  AddArgument(call, TRY(ParseExpr()));
  TRY(ExpectSymbol(","));
  AddArgument(call, TRY(ParseExpr()));
  return Status::OK();
}

Status Parser::ParseJsonCall(const std::string& function, Call& call) {
  if (function == "JSON_OBJECT") return ParseJsonPairs(call, "NULL");
  if (function == "JSON_OBJECTAGG") return ParseJsonPairs(call, "NULL");
  if (function == "JSON_ARRAY" || function == "JSON_ARRAYAGG") {
    bool empty = AtSymbol(")") || AtWords({"NULL", "ON", "NULL"}) || AtWords({"ABSENT", "ON", "NULL"});
    while (!empty) {
      AddArgument(call, TRY(ParseExpr()));
      if (!AcceptSymbol(",")) break;
    }
    return ParseJsonOnNull(call, "ABSENT");
  }
  AddArgument(call, TRY(ParseExpr()));      // JSON_EXISTS, JSON_VALUE, JSON_QUERY
  TRY(ExpectSymbol(","));
  AddArgument(call, TRY(ParseExpr()));
  bool query = function == "JSON_QUERY";
  if (function != "JSON_EXISTS" && At("RETURNING")) {
    Position position = Peek(1).position;
    ++at_;
    DataType type = TRY(ParseTypeWithoutNull());
    call.modifiers.push_back({"RETURNING", Expr(TypeArgument{std::move(type)}, position)});
  }
  if (query && AtAnyOf({"WITHOUT", "WITH"})) {
    Position position = Here();
    bool without = Accept("WITHOUT");
    std::string mode = "WITHOUT";
    if (!without) {
      ++at_;
      bool conditional = Accept("CONDITIONAL");
      if (!conditional) Accept("UNCONDITIONAL");
      mode = conditional ? "WITH CONDITIONAL" : "WITH UNCONDITIONAL";
    }
    Accept("ARRAY");
    TRY(Expect("WRAPPER"));
    call.modifiers.push_back({"WRAPPER", MakeSymbol(mode, position)});
  } else if (query) {
    call.modifiers.push_back({"WRAPPER", MakeSymbol("WITHOUT", Here())});
  }
  std::optional<Expr> on_empty, on_error;
  while (!AtSymbol(")")) {      // behaviour ON EMPTY, behaviour ON ERROR
    Position position = Here();
    Expr behaviour;
    if (function == "JSON_EXISTS") {
      if (!AtAnyOf({"TRUE", "FALSE", "UNKNOWN", "ERROR"})) return Unexpected("ERROR");
      behaviour = MakeSymbol(tokens_[at_++].upper, position);
    } else if (!query && Accept("DEFAULT")) {
      behaviour = TRY(ParseExpr());
    } else if (At("NULL") || At("ERROR")) {
      behaviour = MakeSymbol(tokens_[at_++].upper, position);
    } else if (query && Accept("EMPTY")) {
      bool array = Accept("ARRAY");
      if (!array) TRY(Expect("OBJECT"));
      behaviour = MakeSymbol(array ? "EMPTY ARRAY" : "EMPTY OBJECT", position);
    } else {
      return Unexpected();
    }
    TRY(Expect("ON"));
    if (function != "JSON_EXISTS" && Accept("EMPTY")) {
      if (on_empty) return Unexpected();
      on_empty = std::move(behaviour);
    } else {
      TRY(Expect("ERROR"));
      if (on_error) return Unexpected();
      on_error = std::move(behaviour);
    }
  }
  if (query && !on_empty) on_empty = MakeSymbol("NULL", Here());
  if (query && !on_error) on_error = MakeSymbol("NULL", Here());
  if (on_empty) call.modifiers.push_back({"ON EMPTY", std::move(*on_empty)});
  if (on_error) call.modifiers.push_back({"ON ERROR", std::move(*on_error)});
  return Status::OK();
}

// [[KEY] k VALUE v | k : v | k, v], ...
Status Parser::ParseJsonPairs(Call& call, std::string_view default_on_null) {
  bool empty = AtSymbol(")") || AtWords({"NULL", "ON", "NULL"}) || AtWords({"ABSENT", "ON", "NULL"});
  while (!empty) {
    if (At("KEY") && !AtSymbol(",", 1) && !At("VALUE", 1) && !AtSymbol(":", 1) && !AtSymbol(".", 1)) ++at_;
    AddArgument(call, TRY(ParseExpr()));
    if (!Accept("VALUE") && !AcceptSymbol(":")) TRY(ExpectSymbol(","));
    AddArgument(call, TRY(ParseExpr()));
    if (!AcceptSymbol(",")) break;
  }
  return ParseJsonOnNull(call, default_on_null);
}

Status Parser::ParseJsonOnNull(Call& call, std::string_view default_on_null) {
  Position position = Here();
  std::string mode(default_on_null);
  if (AtWords({"NULL", "ON", "NULL"}) || AtWords({"ABSENT", "ON", "NULL"})) {
    mode = Peek().upper;
    at_ += 3;
  }
  call.modifiers.push_back({"ON NULL", MakeSymbol(mode, position)});
  return Status::OK();
}

Result<OverClause> Parser::ParseOver() {
  OverClause over;
  if (AtSymbol("(")) {
    over.spec = TRY(ParseWindowSpec());
  } else {
    over.name = TRY(ParseIdentifier());
  }
  return over;
}

Result<WindowSpec> Parser::ParseWindowSpec() {
  Position start = Here();
  TRY(ExpectSymbol("("));
  WindowSpec spec;
  if (AtName()) spec.base = TRY(ParseIdentifier());
  if (TRY(AcceptBy("PARTITION"))) spec.partition_by = TRY(ParseExprList());
  if (TRY(AcceptBy("ORDER"))) spec.order_by = TRY(ParseOrderItems());
  if (At("ROWS") || At("RANGE")) spec.frame = TRY(ParseFrame());
  TRY(ExpectSymbol(")"));
  spec.position = Since(start);
  return spec;
}

Result<WindowFrame> Parser::ParseFrame() {
  WindowFrame frame;
  frame.rows = At("ROWS");
  ++at_;
  if (Accept("BETWEEN")) {
    frame.start = TRY(ParseFrameBound());
    TRY(Expect("AND"));
    frame.end = TRY(ParseFrameBound());
  } else {
    frame.start = TRY(ParseFrameBound());
  }
  return frame;
}

Result<FrameBound> Parser::ParseFrameBound() {
  FrameBound bound;
  if (AcceptWords({"CURRENT", "ROW"})) return bound;
  if (Accept("UNBOUNDED")) {
    if (Accept("PRECEDING")) {
      bound.kind = FrameBoundKind::kUnboundedPreceding;
    } else {
      TRY(Expect("FOLLOWING"));
      bound.kind = FrameBoundKind::kUnboundedFollowing;
    }
    return bound;
  }
  bound.distance = TRY(ParseExpr());
  if (Accept("PRECEDING")) {
    bound.kind = FrameBoundKind::kPreceding;
  } else {
    TRY(Expect("FOLLOWING"));
    bound.kind = FrameBoundKind::kFollowing;
  }
  return bound;
}

Result<std::vector<OrderItem>> Parser::ParseOrderItems() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    item.expr = TRY(ParseExpr());
    if (Accept("DESC")) {
      item.descending = true;
    } else {
      Accept("ASC");
    }
    if (AcceptWords({"NULLS", "FIRST"})) {
      item.nulls_first = true;
    } else if (AcceptWords({"NULLS", "LAST"})) {
      item.nulls_first = false;
    }
    items.push_back(std::move(item));
  } while (AcceptSymbol(","));
  return items;
}

}  // namespace tarn::sql::internal
