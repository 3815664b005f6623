// Queries: WITH, set operations, SELECT, VALUES, TABLE, ORDER BY and limits.
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {
namespace {

constexpr int kUnionPrecedence = 12;
constexpr int kIntersectPrecedence = 14;

bool HasClauses(const Query& query) { return !query.with.empty() || !query.order_by.empty() || query.limit || query.offset; }

}  // namespace

Result<Query> Parser::ParseQuery() {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  std::vector<CommonTable> with;
  if (Accept("WITH")) {
    if (At("RECURSIVE")) return Unexpected();
    do {
      CommonTable table;
      table.name = TRY(ParseIdentifier());
      if (AtSymbol("(")) table.columns = TRY(ParseIdentifierList());
      TRY(Expect("AS"));
      TRY(ExpectSymbol("("));
      table.query = TRY(ParseQuery());
      TRY(ExpectSymbol(")"));
      with.push_back(std::move(table));
    } while (AcceptSymbol(","));
  }
  Query query = TRY(ParseSetOperations(0));
  bool more = !with.empty() || At("ORDER") || At("LIMIT") || At("OFFSET") || At("FETCH");
  if (more && HasClauses(query)) query = Query(Box<Query>(std::move(query)));      // (SELECT ... LIMIT 3) ORDER BY a
  query.with = std::move(with);
  if (TRY(AcceptBy("ORDER"))) query.order_by = TRY(ParseOrderItems());
  TRY(ParseLimits(query));
  query.position = Since(start);
  return query;
}

// [LIMIT n | ALL] [OFFSET n [ROWS]] [FETCH FIRST | NEXT n ROWS ONLY]
Status Parser::ParseLimits(Query& query) {
  auto count = [&]() -> Result<Expr> {
    if (AtSymbol("?")) return ParsePrimary();
    if (Peek().kind != TokenKind::kInteger) return Unexpected("<UNSIGNED_INTEGER_LITERAL>");
    return ParseNumber(false);
  };
  if (Accept("LIMIT") && !Accept("ALL")) {
    query.limit = TRY(count());
    if (AtSymbol(",")) return Invalid("'LIMIT start, count' is not allowed under the current SQL conformance level", Here());
  }
  if (Accept("OFFSET")) {
    query.offset = TRY(count());
    if (!Accept("ROW")) Accept("ROWS");
    if (At("LIMIT")) return Invalid("'OFFSET start LIMIT count' is not allowed under the current SQL conformance level", Here());
  }
  if (!query.limit && Accept("FETCH")) {
    if (!Accept("FIRST")) TRY(Expect("NEXT"));
    query.limit = TRY(count());
    if (!Accept("ROW")) TRY(Expect("ROWS"));
    TRY(Expect("ONLY"));
  }
  return Status::OK();
}

Result<Query> Parser::ParseSetOperations(int min_precedence) {
  HeightScope scope(*this);
  Position start = Here();
  Query left = TRY(ParseQueryLeaf());
  while (true) {
    bool intersect = At("INTERSECT");
    if (At("MINUS")) return Invalid("MINUS is not allowed under the current SQL conformance level", Here());
    if (!intersect && !At("UNION") && !At("EXCEPT")) return left;
    int precedence = intersect ? kIntersectPrecedence : kUnionPrecedence;
    if (precedence < min_precedence) return left;
    SetOperation operation;
    operation.op = intersect ? SetOperator::kIntersect : At("UNION") ? SetOperator::kUnion : SetOperator::kExcept;
    ++at_;
    operation.all = Accept("ALL");
    if (!operation.all) Accept("DISTINCT");
    operation.left = std::move(left);
    operation.right = TRY(ParseSetOperations(precedence + 1));
    left = Query(std::move(operation), Since(start));
    TRY(Higher());
  }
}

Result<Query> Parser::ParseQueryLeaf() {
  Position start = Here();
  if (At("SELECT")) return ParseSelect();
  if (At("VALUES")) return ParseValues();
  if (Accept("TABLE")) {
    ExplicitTable table;
    table.table = TRY(ParseName(NameKind::kTable));
    return Query(std::move(table), Since(start));
  }
  if (AtSymbol("(") && AtQueryStart()) {
    ++at_;
    Query query = TRY(ParseQuery());
    TRY(ExpectSymbol(")"));
    return query;
  }
  return Unexpected();
}

Result<Query> Parser::ParseValues() {
  Position start = Here();
  ++at_;
  Values values;
  do {
    std::vector<Expr>& row = values.rows.emplace_back();
    Accept("ROW");
    if (AtSymbol("(") && !AtParenthesizedQuery()) {
      ++at_;
      do {
        Position item = Here();
        row.push_back(Accept("DEFAULT") ? Expr(DefaultValue{}, item) : TRY(ParseExpr()));
      } while (AcceptSymbol(","));
      TRY(ExpectSymbol(")"));
    } else {
      row.push_back(TRY(ParseExpr()));
    }
  } while (AcceptSymbol(","));
  values.position = Since(start);
  return Query(std::move(values), Since(start));
}

Result<Query> Parser::ParseSelect() {
  TARN_SQL_NEST();
  Position start = Here();
  ++at_;
  Select select;
  select.hints = TRY(ParseHints());
  if (Accept("DISTINCT")) {
    select.quantifier = SetQuantifier::kDistinct;
  } else if (Accept("ALL")) {
    select.quantifier = SetQuantifier::kAll;
  }
  do {
    select.items.push_back(TRY(ParseSelectItem()));
  } while (AcceptSymbol(","));
  if (Accept("FROM")) {
    select.from = TRY(ParseFrom());
    if (Accept("WHERE")) select.where = TRY(ParseExpr());
    if (TRY(AcceptBy("GROUP"))) {
      select.grouped = true;
      if (Accept("DISTINCT")) {
        select.group_quantifier = SetQuantifier::kDistinct;
      } else if (Accept("ALL")) {
        select.group_quantifier = SetQuantifier::kAll;
      }
      do {
        select.group_by.push_back(TRY(ParseGroupingElement(false)));
      } while (AcceptSymbol(","));
    }
    if (Accept("HAVING")) select.having = TRY(ParseExpr());
    if (Accept("WINDOW")) {
      do {
        NamedWindow window;
        window.name = TRY(ParseIdentifier());
        TRY(Expect("AS"));
        window.spec = TRY(ParseWindowSpec());
        select.windows.push_back(std::move(window));
      } while (AcceptSymbol(","));
    }
  }
  select.position = Since(start);
  return Query(std::move(select), Since(start));
}

Result<SelectItem> Parser::ParseSelectItem() {
  SelectItem item;
  Position start = Here();
  if (AcceptSymbol("*")) {
    item.expr = Expr(Star{}, start);
    return item;
  }
  item.expr = TRY(ParseExpr());
  bool as = Accept("AS");
  if (as && !AtString()) {
    item.alias = TRY(ParseIdentifier());
  } else if (AtName()) {
    item.alias = TRY(ParseIdentifier());
  } else if (AtString()) {
    return Invalid("Expecting alias, found character literal", Here());
  }
  return item;
}

Result<GroupingElement> Parser::ParseGroupingElement(bool inside_sets) {
  TARN_SQL_NEST();
  Position start = Here();
  GroupingElement element;
  bool sets = AtWords({"GROUPING", "SETS"});
  if (sets || ((At("CUBE") || At("ROLLUP")) && AtSymbol("(", 1))) {
    element.kind = sets ? GroupingKind::kGroupingSets : At("CUBE") ? GroupingKind::kCube : GroupingKind::kRollup;
    at_ += sets ? 2 : 1;
    TRY(ExpectSymbol("("));
    do {
      element.elements.push_back(TRY(ParseGroupingElement(true)));
    } while (AcceptSymbol(","));
    TRY(ExpectSymbol(")"));
    element.position = Since(start);
    return element;
  }
  if (AtSymbol("(") && AtSymbol(")", 1)) {
    at_ += 2;
    element.kind = GroupingKind::kTuple;
    element.position = Since(start);
    return element;
  }
  bool parentheses = AtSymbol("(");
  Expr expr = TRY(ParseExpr());
  RowValue* row = parentheses ? expr.As<RowValue>() : nullptr;
  if (row && inside_sets) {
    element.kind = GroupingKind::kTuple;
    element.exprs = std::move(row->items);
  } else {
    element.exprs.push_back(std::move(expr));
  }
  element.position = Since(start);
  return element;
}

}  // namespace tarn::sql::internal
