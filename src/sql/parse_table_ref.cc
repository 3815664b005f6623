// What stands in FROM: tables, joins, table functions, UNNEST, MATCH_RECOGNIZE.
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

// Comma joins bind looser than JOIN.
Result<TableRef> Parser::ParseFrom() {
  Position start = Here();
  TableRef left = TRY(ParseJoins());
  while (AcceptSymbol(",")) {
    JoinedTable join;
    join.kind = JoinKind::kComma;
    join.left = std::move(left);
    join.right = TRY(ParseJoins());
    left = TableRef(std::move(join), Since(start));
    TRY(Higher());
  }
  return left;
}

Result<TableRef> Parser::ParseJoins() {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  TableRef left = TRY(ParseTablePrimary());
  while (true) {
    bool natural = At("NATURAL");
    size_t ahead = natural ? 1 : 0;
    JoinedTable join;
    join.natural = natural;
    if (At("LEFT", ahead) || At("RIGHT", ahead) || At("FULL", ahead)) {
      join.kind = At("LEFT", ahead) ? JoinKind::kLeft : At("RIGHT", ahead) ? JoinKind::kRight : JoinKind::kFull;
      at_ += ahead + 1;
      Accept("OUTER");
    } else if (At("INNER", ahead) || At("CROSS", ahead)) {
      join.kind = At("INNER", ahead) ? JoinKind::kInner : JoinKind::kCross;
      at_ += ahead + 1;
    } else if (At("JOIN", ahead)) {
      at_ += ahead;
    } else {
      if (natural) {
        ++at_;
        return Unexpected("JOIN");
      }
      return left;
    }
    TRY(Expect("JOIN"));
    join.left = std::move(left);
    join.right = TRY(ParseTablePrimary());
    if (Accept("ON")) {
      join.on = TRY(ParseExpr());
    } else if (Accept("USING")) {
      join.join_using = TRY(ParseIdentifierList());
    }
    left = TableRef(std::move(join), Since(start));
    TRY(Higher());
  }
}

Result<TableRef> Parser::ParseTablePrimary() {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  bool joined = AtSymbol("(") && !AtParenthesizedQuery();
  TableRef table = TRY(ParseTableSource());
  if (At("MATCH_RECOGNIZE")) {
    table = TRY(ParseMatchRecognize(std::move(table)));
    joined = false;
  }
  if (At("TABLESAMPLE")) return Unsupported("TABLESAMPLE");
  if ((At("PIVOT") || At("UNPIVOT")) && AtSymbol("(", 1)) return Unsupported(Peek().upper);
  if (!joined) TRY(ParseAlias(table));
  table.position = Since(start);
  return table;
}

Status Parser::ParseAlias(TableRef& table) {
  bool written = Accept("AS");
  if (!written && !AtName()) return Status::OK();
  TableAlias alias;
  alias.name = TRY(ParseIdentifier());
  if (AtSymbol("(")) alias.columns = TRY(ParseIdentifierList());
  table.alias = std::move(alias);
  return Status::OK();
}

Result<TableRef> Parser::ParseTableSource() {
  Position start = Here();
  bool lateral = Accept("LATERAL");
  if (Accept("TABLE")) return ParseTableFunction(lateral);
  if (At("UNNEST") && AtSymbol("(", 1)) {
    ++at_;
    Unnest unnest;
    unnest.arguments = TRY(ParseParenthesizedExprList());
    unnest.with_ordinality = AcceptWords({"WITH", "ORDINALITY"});
    return TableRef(std::move(unnest), Since(start));
  }
  if (AtParenthesizedQuery()) {
    ++at_;
    DerivedTable derived;
    derived.lateral = lateral;
    derived.query = TRY(ParseQuery());
    TRY(ExpectSymbol(")"));
    return TableRef(std::move(derived), Since(start));
  }
  if (lateral) return Unexpected("TABLE");
  if (AcceptSymbol("(")) {      // (a JOIN b ON ...)
    TableRef inner = TRY(ParseJoins());
    TRY(ExpectSymbol(")"));
    return inner;
  }
  NamedTable table;
  table.name = TRY(ParseName(NameKind::kTable));
  if (AtSymbol("(")) return Unexpected();
  table.hints = TRY(ParseHints());
  if (AcceptWords({"FOR", "SYSTEM_TIME"})) {
    TRY(ExpectWords({"AS", "OF"}));
    table.system_time = TRY(ParseExpr());
  }
  return TableRef(std::move(table), Since(start));
}

// After [LATERAL] TABLE: ( f(...) )
Result<TableRef> Parser::ParseTableFunction(bool lateral) {
  Position start = Here();
  TRY(ExpectSymbol("("));
  TextPosition call_position = Here();
  Expr call = TRY(ParseNameOrCall());
  Call* function = call.As<Call>();
  if (!function) return Invalid("Encountered \"" + std::string(Peek().text) + "\" where a table function call was expected", call_position);
  TRY(ExpectSymbol(")"));
  return TableRef(TableFunction{lateral, std::move(*function), call.position}, Since(start));
}

Result<TableRef> Parser::ParseMatchRecognize(TableRef input) {
  Position start = input.position;
  ++at_;
  TRY(ExpectSymbol("("));
  bool outer = std::exchange(in_match_recognize_, true);
  MatchRecognize match;
  match.input = std::move(input);
  if (TRY(AcceptBy("PARTITION"))) match.partition_by = TRY(ParseExprList());
  if (TRY(AcceptBy("ORDER"))) match.order_by = TRY(ParseOrderItems());
  if (Accept("MEASURES")) {
    do {
      NamedExpr measure;
      measure.expr = TRY(ParseExpr());
      TRY(Expect("AS"));
      measure.name = TRY(ParseIdentifier());
      match.measures.push_back(std::move(measure));
    } while (AcceptSymbol(","));
  }
  if (AcceptWords({"ONE", "ROW", "PER", "MATCH"})) {
    match.all_rows_per_match = false;
  } else if (AcceptWords({"ALL", "ROWS", "PER", "MATCH"})) {
    match.all_rows_per_match = true;
  }
  if (Accept("AFTER")) {
    TRY(ExpectWords({"MATCH", "SKIP"}));
    if (AcceptWords({"PAST", "LAST", "ROW"})) {
      match.after_match = AfterMatch::kPastLastRow;
    } else {
      TRY(Expect("TO"));
      if (AcceptWords({"NEXT", "ROW"})) {
        match.after_match = AfterMatch::kToNextRow;
      } else {
        match.after_match = At("FIRST") && AtName(1) ? AfterMatch::kToFirst : AfterMatch::kToLast;
        if ((At("FIRST") || At("LAST")) && AtName(1)) ++at_;      // SKIP TO v is SKIP TO LAST v
        match.after_match_variable = TRY(ParseIdentifier());
      }
    }
  }
  TRY(Expect("PATTERN"));
  TRY(ExpectSymbol("("));
  match.strict_start = AcceptSymbol("^");
  match.pattern = TRY(ParsePattern());
  match.strict_end = AcceptSymbol("$") || (At("$") && (++at_, true));
  TRY(ExpectSymbol(")"));
  if (Accept("WITHIN")) match.within = TRY(ParseInterval());
  if (Accept("SUBSET")) {
    do {
      PatternSubset subset;
      subset.name = TRY(ParseIdentifier());
      TRY(ExpectSymbol("="));
      subset.variables = TRY(ParseIdentifierList());
      match.subsets.push_back(std::move(subset));
    } while (AcceptSymbol(","));
  }
  TRY(Expect("DEFINE"));
  do {
    NamedExpr define;
    define.name = TRY(ParseIdentifier());
    TRY(Expect("AS"));
    define.expr = TRY(ParseExpr());
    match.defines.push_back(std::move(define));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(")"));
  in_match_recognize_ = outer;
  return TableRef(std::move(match), Since(start));
}

// a | b | c
Result<Pattern> Parser::ParsePattern() {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  Pattern first = TRY(ParsePatternTerm());
  if (!AtSymbol("|")) return first;
  Pattern pattern;
  pattern.kind = PatternKind::kAlternation;
  pattern.children.push_back(std::move(first));
  while (AcceptSymbol("|")) pattern.children.push_back(TRY(ParsePatternTerm()));
  pattern.position = Since(start);
  return pattern;
}

// a b c
Result<Pattern> Parser::ParsePatternTerm() {
  Position start = Here();
  Pattern first = TRY(ParsePatternFactor());
  auto goes_on = [&] { return (AtName() && Peek().text != "$") || AtSymbol("(") || AtSymbol("{") || At("PERMUTE"); };
  if (!goes_on()) return first;
  Pattern pattern;
  pattern.kind = PatternKind::kConcatenation;
  pattern.children.push_back(std::move(first));
  while (goes_on()) pattern.children.push_back(TRY(ParsePatternFactor()));
  pattern.position = Since(start);
  return pattern;
}

// variable | (pattern) | PERMUTE(a, b) | {- a -}, then an optional quantifier
Result<Pattern> Parser::ParsePatternFactor() {
  Position start = Here();
  Pattern pattern;
  if (AcceptSymbol("(")) {
    pattern = TRY(ParsePattern());
    TRY(ExpectSymbol(")"));
  } else if (AcceptSymbol("{")) {
    TRY(ExpectSymbol("-"));
    pattern.kind = PatternKind::kExclusion;
    pattern.children.push_back(TRY(ParsePattern()));
    TRY(ExpectSymbol("-"));
    TRY(ExpectSymbol("}"));
  } else if (Accept("PERMUTE")) {
    pattern.kind = PatternKind::kPermute;
    TRY(ExpectSymbol("("));
    do {
      pattern.children.push_back(TRY(ParsePattern()));
    } while (AcceptSymbol(","));
    TRY(ExpectSymbol(")"));
  } else {
    pattern.variable = TRY(ParseIdentifier());
  }
  pattern.position = Since(start);
  Pattern quantified;
  quantified.kind = PatternKind::kQuantified;
  if (AcceptSymbol("*")) {
    quantified.minimum = 0;
  } else if (AcceptSymbol("+")) {
    quantified.minimum = 1;
  } else if (AcceptSymbol("?")) {
    quantified.minimum = 0;
    quantified.maximum = 1;
  } else if (AtSymbol("{") && !AtSymbol("-", 1)) {
    ++at_;
    quantified.minimum = 0;
    if (AcceptSymbol(",")) {
      quantified.maximum = TRY(ParseUnsignedInt());
    } else {
      quantified.minimum = TRY(ParseUnsignedInt());
      if (!AcceptSymbol(",")) {
        quantified.maximum = quantified.minimum;
      } else if (!AtSymbol("}")) {
        quantified.maximum = TRY(ParseUnsignedInt());
      }
    }
    TRY(ExpectSymbol("}"));
  } else {
    return pattern;
  }
  quantified.reluctant = AcceptSymbol("?");
  quantified.children.push_back(std::move(pattern));
  quantified.position = Since(start);
  return quantified;
}

}  // namespace tarn::sql::internal
