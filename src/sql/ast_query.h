// The tree of a SQL text, part 2: queries and the things in FROM.
#pragma once

#include "sql/ast_expr.h"

namespace tarn::sql {

struct TableRef;

// STATE_TTL('t'='1d'), BROADCAST(t1, t2), OPTIONS('k'='v')
struct Hint {
  Identifier name;
  std::vector<Option> options;              // 'k'='v' forms
  std::vector<std::string> arguments;       // plain forms: identifiers, literals
  bool operator==(const Hint&) const = default;
};

struct SelectItem {
  Expr expr;                                // may be a Star
  std::optional<Identifier> alias;
  bool operator==(const SelectItem&) const = default;
};

enum class GroupingKind : uint8_t {
  kExpr,            // exprs[0]
  kTuple,           // (a, b): exprs; (): no exprs
  kGroupingSets,    // elements
  kCube, kRollup,   // elements: kExpr or kTuple
};
struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpr;
  std::vector<Expr> exprs;
  std::vector<GroupingElement> elements;
  Position position;
  bool operator==(const GroupingElement&) const = default;
};

struct NamedWindow {
  Identifier name;
  WindowSpec spec;
  bool operator==(const NamedWindow&) const = default;
};

struct Select {
  std::vector<Hint> hints;
  SetQuantifier quantifier = SetQuantifier::kNone;
  std::vector<SelectItem> items;
  Box<TableRef> from;                       // empty: SELECT 1
  ExprPtr where;
  bool grouped = false;                     // GROUP BY written
  SetQuantifier group_quantifier = SetQuantifier::kNone;
  std::vector<GroupingElement> group_by;
  ExprPtr having;
  std::vector<NamedWindow> windows;
  Position position;
  bool operator==(const Select&) const = default;
};

struct Values {
  std::vector<std::vector<Expr>> rows;
  Position position;
  bool operator==(const Values&) const = default;
};

struct ExplicitTable { Name table; bool operator==(const ExplicitTable&) const = default; };   // TABLE t

enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  Box<Query> left, right;
  bool operator==(const SetOperation&) const = default;
};

struct CommonTable;

// WITH ... body ORDER BY ... OFFSET ... LIMIT ...
// A parenthesised query with clauses of its own inside another query is a body of kind Box<Query>.
struct Query {
  using Body = std::variant<Select, Values, ExplicitTable, SetOperation, Box<Query>>;
  std::vector<CommonTable> with;
  Body body;
  std::vector<OrderItem> order_by;
  ExprPtr limit;                            // LIMIT n, FETCH NEXT n ROWS ONLY; LIMIT ALL is nothing
  ExprPtr offset;
  Position position;

  Query();
  explicit Query(Body body, Position position = {});
  Query(const Query&);
  Query(Query&&) noexcept;
  Query& operator=(const Query&);
  Query& operator=(Query&&) noexcept;
  ~Query();
  bool operator==(const Query&) const;

  template <typename T> const T* As() const { return std::get_if<T>(&body); }
};
using QueryPtr = Box<Query>;

struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  Query query;
  bool operator==(const CommonTable&) const = default;
};

// ----------------------------------------------------------------------------------------------------------------- FROM

struct NamedTable {
  Name name;
  std::vector<Hint> hints;                  // /*+ OPTIONS(...) */
  ExprPtr system_time;                      // FOR SYSTEM_TIME AS OF e
  bool operator==(const NamedTable&) const = default;
};

struct DerivedTable {                       // (query), LATERAL (query); (VALUES ...)
  bool lateral = false;
  Query query;
  bool operator==(const DerivedTable&) const = default;
};

// TABLE(f(...)), LATERAL TABLE(f(...)): also the window functions TUMBLE, HOP, CUMULATE, SESSION.
struct TableFunction {
  bool lateral = false;
  Call call;
  Position call_position;
  bool operator==(const TableFunction&) const = default;
};

struct Unnest {                             // UNNEST(a, ...) [WITH ORDINALITY]; correlates with tables to its left
  std::vector<Expr> arguments;
  bool with_ordinality = false;
  bool operator==(const Unnest&) const = default;
};

enum class JoinKind : uint8_t { kComma, kCross, kInner, kLeft, kRight, kFull };
struct JoinedTable {
  JoinKind kind = JoinKind::kInner;
  bool natural = false;
  Box<TableRef> left, right;
  ExprPtr on;                               // at most one of on and join_using
  std::vector<Identifier> join_using;
  bool operator==(const JoinedTable&) const = default;
};

enum class PatternKind : uint8_t { kVariable, kConcatenation, kAlternation, kQuantified, kPermute, kExclusion };
struct Pattern {
  PatternKind kind = PatternKind::kVariable;
  Identifier variable;                      // kVariable
  std::vector<Pattern> children;            // the others; one for kQuantified and kExclusion
  int minimum = 1;                          // kQuantified: {minimum, maximum}; no maximum: unbounded
  std::optional<int> maximum;
  bool reluctant = false;                   // a trailing ?
  Position position;
  bool operator==(const Pattern&) const = default;
};

struct NamedExpr {                          // MEASURES expr AS name, DEFINE name AS expr
  Identifier name;
  Expr expr;
  bool operator==(const NamedExpr&) const = default;
};
struct PatternSubset {
  Identifier name;
  std::vector<Identifier> variables;
  bool operator==(const PatternSubset&) const = default;
};

enum class AfterMatch : uint8_t { kNotWritten, kPastLastRow, kToNextRow, kToFirst, kToLast };
struct MatchRecognize {
  Box<TableRef> input;
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<NamedExpr> measures;
  std::optional<bool> all_rows_per_match;   // nothing written: empty
  AfterMatch after_match = AfterMatch::kNotWritten;
  std::optional<Identifier> after_match_variable;
  Pattern pattern;
  bool strict_start = false, strict_end = false;   // ^ and $
  ExprPtr within;
  std::vector<PatternSubset> subsets;
  std::vector<NamedExpr> defines;
  bool operator==(const MatchRecognize&) const = default;
};

struct TableAlias {
  Identifier name;
  std::vector<Identifier> columns;
  bool operator==(const TableAlias&) const = default;
};

struct TableRef {
  using Node = std::variant<NamedTable, DerivedTable, TableFunction, Unnest, JoinedTable, MatchRecognize>;
  Node node;
  std::optional<TableAlias> alias;          // never on a JoinedTable
  Position position;

  TableRef();
  explicit TableRef(Node node, Position position = {});
  TableRef(const TableRef&);
  TableRef(TableRef&&) noexcept;
  TableRef& operator=(const TableRef&);
  TableRef& operator=(TableRef&&) noexcept;
  ~TableRef();
  bool operator==(const TableRef&) const;

  template <typename T> const T* As() const { return std::get_if<T>(&node); }
};

}  // namespace tarn::sql
