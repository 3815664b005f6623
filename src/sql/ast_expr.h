// The tree of a SQL text, part 1: names, literals, data types, expressions.
//
// Plain values: every node copies, moves and compares deeply; comparing ignores positions. An empty Box is "not written".
// Closed lists: Expr::Node is a std::variant; visit it without a default branch.
// Names keep the user's case, without quotes; but a function name of one part is in upper case, since functions ignore case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "sql/box.h"

namespace tarn::sql {

struct Expr;
struct Query;

// Where a node was written. Never takes part in comparisons.
struct Position : TextPosition {
  Position() = default;
  Position(const TextPosition& p) : TextPosition(p) {}   // NOLINT: implicit on purpose
  bool operator==(const Position&) const { return true; }
};

// One part of a name, without its backticks.
struct Identifier {
  std::string name;
  Position position;
  bool operator==(const Identifier&) const = default;
};

// a, d.a, c.d.a: a dotted path of one or more parts. No part: "not written".
struct Name {
  std::vector<Identifier> parts;
  Position position;
  bool empty() const { return parts.empty(); }
  size_t size() const { return parts.size(); }
  const std::string& last() const { return parts.back().name; }
  std::vector<std::string> Strings() const;
  std::string ToString() const;               // a.b.c, for messages
  static Name Of(std::vector<std::string> parts);
  bool operator==(const Name&) const = default;
};

// 'k' = 'v' of WITH (...), SET (...), OPTIONS(...), TBLPROPERTIES (...).
struct Option {
  std::string key, value;
  Position position;
  bool operator==(const Option&) const = default;
};

// ---------------------------------------------------------------------------------------------------------------- types

enum class TimeUnit : uint8_t {
  kYear, kQuarter, kMonth, kWeek, kDay, kHour, kMinute, kSecond, kMillisecond, kMicrosecond, kNanosecond,
  kDow, kIsodow, kDoy, kIsoyear, kEpoch, kDecade, kCentury, kMillennium,
};
std::string_view TimeUnitName(TimeUnit unit);                        // "YEAR"
std::optional<TimeUnit> TimeUnitFromName(std::string_view name);     // any case; also the plural of an interval unit

// DAY(3) TO SECOND(3). end empty: a single unit.
struct IntervalQualifier {
  TimeUnit start = TimeUnit::kSecond;
  std::optional<TimeUnit> end;
  std::optional<int> leading_precision, fraction_precision;
  bool is_year_month() const { return start == TimeUnit::kYear || start == TimeUnit::kQuarter || start == TimeUnit::kMonth; }
  bool operator==(const IntervalQualifier&) const = default;
};

enum class TypeKind : uint8_t {
  kChar, kVarchar, kString,          // STRING = VARCHAR(2147483647)
  kBinary, kVarbinary, kBytes,
  kBoolean, kTinyint, kSmallint, kInt, kBigint, kFloat, kDouble, kDecimal,
  kDate, kTime, kTimestamp, kTimestampLtz, kInterval,
  kArray, kMultiset,                 // children[0]: the element
  kMap,                              // children[0], [1]: key, value
  kRow,                              // fields; Hive: STRUCT<a:INT>
  kRaw,                              // raw_class, raw_snapshot
  kNull,                             // NULL
  kUserDefined,                      // user_name: a catalog's structured type
};

struct DataTypeField;

// A type as written. Defaults (DECIMAL = DECIMAL(10,0), TIMESTAMP = TIMESTAMP(6)) are the types room's business.
struct DataType {
  TypeKind kind = TypeKind::kInt;
  std::optional<int> precision, scale;        // also the length of CHAR, VARCHAR, BINARY, VARBINARY
  std::optional<bool> nullable;               // NULL written: true; NOT NULL: false; nothing written: empty
  std::vector<DataType> children;
  std::vector<DataTypeField> fields;
  std::optional<IntervalQualifier> interval;
  std::string raw_class, raw_snapshot;
  Name user_name;
  Position position;

  DataType();
  explicit DataType(TypeKind kind);
  DataType(const DataType&);
  DataType(DataType&&) noexcept;
  DataType& operator=(const DataType&);
  DataType& operator=(DataType&&) noexcept;
  ~DataType();
  bool operator==(const DataType&) const;
};

struct DataTypeField {
  Identifier name;
  DataType type;
  std::optional<std::string> comment;
  bool operator==(const DataTypeField&) const = default;
};

// ----------------------------------------------------------------------------------------------------------- expressions

enum class LiteralKind : uint8_t {
  kNull, kBoolean,
  kInt, kBigint,        // integer, signed: -1 is one literal; a bigger whole number is kDecimal
  kDecimal,             // text: sign and digits, such as -1.50
  kDouble,              // text: scientific, such as 1.5E3
  kString,              // text: the value, UTF-8
  kBinary,              // text: upper-case hex digits as written; an odd number of them is refused later
  kDate, kTime, kTimestamp,   // text: yyyy-MM-dd HH:mm:ss[.fraction as written]; a real day and time
  kInterval,            // text: between the quotes; interval, negative
};

struct Literal {
  LiteralKind kind = LiteralKind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  std::string text;
  std::optional<std::string> charset;             // _UTF8'x'
  std::optional<IntervalQualifier> interval;
  bool negative = false;                          // INTERVAL -'1' DAY
  bool operator==(const Literal&) const = default;
};

// A column, t.column, t.row.field, or a pattern variable's column: only the binder knows.
struct ColumnRef { Name name; bool operator==(const ColumnRef&) const = default; };

// * or t.* (qualifier). Also the argument of COUNT(*).
struct Star { Name qualifier; bool operator==(const Star&) const = default; };

enum class UnaryOp : uint8_t {
  kNot, kPlus, kMinus,
  kIsNull, kIsNotNull, kIsTrue, kIsNotTrue, kIsFalse, kIsNotFalse, kIsUnknown, kIsNotUnknown,
  kIsJsonValue, kIsNotJsonValue, kIsJsonObject, kIsNotJsonObject, kIsJsonArray, kIsNotJsonArray, kIsJsonScalar, kIsNotJsonScalar,
  kRunning, kFinal,      // MATCH_RECOGNIZE: RUNNING LAST(a.x), FINAL ...
};
struct Unary { UnaryOp op; Box<Expr> operand; bool operator==(const Unary&) const = default; };

enum class BinaryOp : uint8_t {
  kOr, kAnd,
  kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIsDistinctFrom, kIsNotDistinctFrom,
  kPlus, kMinus, kMultiply, kDivide, kModulo, kConcat,
  kOverlaps,             // operands: rows of (start, end)
};
struct Binary { BinaryOp op; Box<Expr> left, right; bool operator==(const Binary&) const = default; };

enum class LikeKind : uint8_t { kLike, kSimilarTo, kIlike, kRlike };     // the last two: no function of Flink 1.20
struct Like {
  LikeKind kind = LikeKind::kLike;
  bool negated = false;
  Box<Expr> operand, pattern, escape;
  bool operator==(const Like&) const = default;
};

struct Between {
  bool negated = false, symmetric = false;
  Box<Expr> operand, low, high;
  bool operator==(const Between&) const = default;
};

// operand IN (list) or IN (query): exactly one of the two.
struct In {
  bool negated = false;
  Box<Expr> operand;
  std::vector<Expr> list;
  Box<Query> query;
  bool operator==(const In&) const = default;
};

// left < ALL (query), left = ANY (query | list); SOME = ANY.
struct Quantified {
  BinaryOp op = BinaryOp::kEqual;
  bool all = false;
  Box<Expr> left;
  std::vector<Expr> list;
  Box<Query> query;
  bool operator==(const Quantified&) const = default;
};

struct Exists { Box<Query> query; bool operator==(const Exists&) const = default; };
struct ScalarSubquery { Box<Query> query; bool operator==(const ScalarSubquery&) const = default; };

// CASE WHEN c THEN r ... ELSE e END. As in Flink, CASE x WHEN v THEN is brought to WHEN x = v, CASE x WHEN v1, v2 to
// WHEN x IN (v1, v2), and a missing ELSE to ELSE NULL.
struct CaseBranch;
struct Case {
  std::vector<CaseBranch> branches;
  Box<Expr> otherwise;              // never empty
  bool operator==(const Case&) const = default;
};

struct Cast {
  bool is_try = false;              // TRY_CAST
  Box<Expr> operand;
  DataType type;
  bool operator==(const Cast&) const = default;
};

// (a, b) and ROW(a, b): the same thing.
struct RowValue { std::vector<Expr> items; bool operator==(const RowValue&) const = default; };

// ARRAY[...], MAP[k, v, ...], MULTISET[...]; or of a query: ARRAY(SELECT ...).
enum class CollectionKind : uint8_t { kArray, kMap, kMultiset };
struct Collection {
  CollectionKind kind = CollectionKind::kArray;
  std::vector<Expr> items;
  Box<Query> query;
  bool operator==(const Collection&) const = default;
};

struct Subscript { Box<Expr> base, index; bool operator==(const Subscript&) const = default; };        // a[i], m['k']
struct FieldAccess { Box<Expr> base; Identifier field; bool operator==(const FieldAccess&) const = default; };  // (t.r).f, a[1].f

struct OrderItem;

enum class FrameBoundKind : uint8_t { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  Box<Expr> distance;               // kPreceding, kFollowing
  bool operator==(const FrameBound&) const = default;
};
struct WindowFrame {
  bool rows = false;                // ROWS, else RANGE
  FrameBound start;
  std::optional<FrameBound> end;    // BETWEEN start AND end
  bool operator==(const WindowFrame&) const = default;
};

// ( [base] [PARTITION BY ...] [ORDER BY ...] [frame] )
struct WindowSpec {
  std::optional<Identifier> base;
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
  Position position;
  bool operator==(const WindowSpec&) const = default;
};

// OVER w, or OVER (...)
struct OverClause {
  std::optional<Identifier> name;
  Box<WindowSpec> spec;
  bool operator==(const OverClause&) const = default;
};

struct Argument;
struct CallModifier;

enum class SetQuantifier : uint8_t { kNone, kDistinct, kAll };
enum class NullTreatment : uint8_t { kNone, kRespect, kIgnore };

// A name's letters as they were written, which do not count when trees are compared.
struct Spelling { std::string text; bool operator==(const Spelling&) const { return true; } };

// A function call. JSON_QUERY always has its three behaviours as modifiers. The special syntaxes are brought to this one form:
//   TRIM(BOTH x FROM s)               TRIM(Symbol BOTH, x, s); always three arguments, x is ' ' when not written
//   SUBSTRING(s FROM i FOR n)         SUBSTRING(s, i, n)
//   OVERLAY(s PLACING r FROM i FOR n) OVERLAY(s, r, i, n)
//   POSITION(a IN b FROM i)           POSITION(a, b[, i])
//   EXTRACT(u FROM t)                 EXTRACT(Symbol u, t)
//   CEIL(t TO u), FLOOR(t TO u)       CEIL(t, Symbol u)        CEILING is CEIL
//   TIMESTAMPADD(u, i, t)             TIMESTAMPADD(Symbol u, i, t); the same for TIMESTAMPDIFF
//   FIRST(x), LAST(x) in MATCH_RECOGNIZE  FIRST(x, 0); PREV(x), NEXT(x): PREV(x, 1)
//   CURRENT_DATE, LOCALTIME, PI, ...  no arguments, parens = false
//   JSON_OBJECT(KEY k VALUE v, ...)   JSON_OBJECT(k, v, ...) with modifier "ON NULL", always; JSON_OBJECTAGG, JSON_ARRAY,
//                                     JSON_ARRAYAGG the same
//   JSON_VALUE(s, p ...)              JSON_VALUE(s, p) with modifiers "RETURNING", "ON EMPTY", "ON ERROR", "WRAPPER"
struct Call {
  Name function;                            // of one part: upper case
  Spelling spelling;                        // of a function of one part
  std::vector<Argument> arguments;
  bool parens = true;
  SetQuantifier quantifier = SetQuantifier::kNone;
  NullTreatment nulls = NullTreatment::kNone;
  std::vector<CallModifier> modifiers;
  std::vector<OrderItem> within_group;      // WITHIN GROUP (ORDER BY ...)
  Box<Expr> filter;                         // FILTER (WHERE ...)
  std::optional<OverClause> over;
  bool operator==(const Call&) const = default;
};

// A keyword as an argument: YEAR, BOTH, NULL, ABSENT, EMPTY ARRAY ... Upper case.
struct Symbol { std::string word; bool operator==(const Symbol&) const = default; };

// A type as an argument: RETURNING INT.
struct TypeArgument { DataType type; bool operator==(const TypeArgument&) const = default; };

// TABLE t [PARTITION BY ...] [ORDER BY ...], or (query) PARTITION BY ..., as an argument of a table function. A (query) with nothing
// behind it is a ScalarSubquery there too: only the function knows that it wants a table.
struct TableArgument {
  Name table;                               // exactly one of table and query
  Box<Query> query;
  std::vector<Expr> partition_by;
  std::vector<OrderItem> order_by;
  bool operator==(const TableArgument&) const = default;
};

struct Descriptor { std::vector<Identifier> columns; bool operator==(const Descriptor&) const = default; };   // DESCRIPTOR(ts)
struct DefaultValue { bool operator==(const DefaultValue&) const = default; };                               // DEFAULT in VALUES
struct Parameter { int index = 0; bool operator==(const Parameter&) const = default; };                      // ?
// (t1 - t2) DAY TO SECOND
struct IntervalDifference { Box<Expr> left, right; IntervalQualifier unit; bool operator==(const IntervalDifference&) const = default; };
// INTERVAL expr DAY, where expr is no string literal
struct IntervalOf { Box<Expr> operand; IntervalQualifier unit; bool operator==(const IntervalOf&) const = default; };

struct Expr {
  using Node = std::variant<Literal, ColumnRef, Star, Unary, Binary, Like, Between, In, Quantified, Exists, ScalarSubquery, Case, Cast,
                            RowValue, Collection, Subscript, FieldAccess, Call, Symbol, TypeArgument, TableArgument, Descriptor,
                            DefaultValue, Parameter, IntervalDifference, IntervalOf>;
  Node node;
  Position position;

  Expr();                                   // NULL
  Expr(Node node, Position position = {});  // NOLINT: implicit on purpose
  Expr(const Expr&);
  Expr(Expr&&) noexcept;
  Expr& operator=(const Expr&);
  Expr& operator=(Expr&&) noexcept;
  ~Expr();
  bool operator==(const Expr&) const;

  template <typename T> const T* As() const { return std::get_if<T>(&node); }
  template <typename T> T* As() { return std::get_if<T>(&node); }
};
using ExprPtr = Box<Expr>;

struct CaseBranch {
  Expr condition;
  Expr result;
  bool operator==(const CaseBranch&) const = default;
};

// value, or name => value
struct Argument {
  std::optional<Identifier> name;
  Expr value;
  bool operator==(const Argument&) const = default;
};

struct CallModifier {
  std::string name;                         // "RETURNING", "WRAPPER", "ON EMPTY", "ON ERROR", "ON NULL"
  Expr value;                               // a Symbol, a TypeArgument, or the expression of DEFAULT e ON ...
  bool operator==(const CallModifier&) const = default;
};

struct OrderItem {
  Expr expr;
  bool descending = false;
  std::optional<bool> nulls_first;          // NULLS FIRST: true, NULLS LAST: false, nothing written: empty
  bool operator==(const OrderItem&) const = default;
};

}  // namespace tarn::sql
