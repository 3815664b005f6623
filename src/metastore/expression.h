// The predicate of get_partitions_by_expr as Hive's clients send it: an ExprNodeGenericFuncDesc in Kryo's format, of 2.3/3.x (Kryo 3,
// the object alone) or 4.x (Kryo 5, its class before it). docs/format/hive-expressions.md describes the bytes.
//
// Understood: columns, constants, and/or/not, = <> < <= > >= <=>, in, between, is [not] null, like, casts between strings, numbers,
// decimals, dates and timestamps, upper, lower, length. A java.sql.Date (Hive 2.3) is the start of a day in the planner's time zone: it counts
// when it is one in ours, too; a java.sql.Timestamp can't be told. Values and null are compared as Hive's partition pruner does it; what this can't tell (a type or a
// character that it doesn't know) keeps the partition and says so, which the interface allows.
// Threads: a bound expression is read-only. Errors: NotSupported names what is not understood; bytes that are no expression are kCorrupt.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

class Expression {
 public:
  static constexpr int kDepthMax = 400;          // of objects in the bytes
  static constexpr size_t kObjectsMax = 200'000;
  static constexpr size_t kNodesMax = 100'000;   // of the predicate

  static Result<Expression> Decode(std::string_view bytes);
  // Resolves columns against partition keys. A column that is none: NotSupported.
  Status Bind(const std::vector<wire::FieldSchema>& keys);

  enum class Answer : uint8_t { kDrop, kKeep, kCannotTell };   // kCannotTell: keep, and let the client know
  Answer Matches(const std::vector<std::string>& values) const;
  // The value that the predicate demands of the first key, if it demands one and that is a string.
  std::optional<std::string> FirstKeyEquals() const;
  std::string ToText() const;

  enum class Kind : uint8_t { kColumn, kConstant, kAnd, kOr, kNot, kCompare, kIsNull, kIsNotNull, kIn, kBetween, kLike, kCast, kUpper, kLower, kLength };
  enum class Op : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe, kEqNullSafe };
  enum class Type : uint8_t { kNull, kBool, kInt, kDouble, kString, kDate, kDecimal, kTimestamp, kOther };
  struct Value {
    Type type = Type::kNull;
    int64_t number = 0;     // kBool, kInt, kDate (days), kTimestamp (seconds)
    int32_t nanos = 0;      // kTimestamp
    double real = 0;
    std::string text;       // kDecimal: without zeros that say nothing: "-3.25", "0"
  };
  struct Node {
    Kind kind = Kind::kConstant;
    Op op = Op::kEq;
    Type type = Type::kOther;           // of a column, or what a cast gives
    int64_t low = 0, high = 0;          // range of an integral type
    size_t length = 0;                  // of varchar, char; 0: any
    int precision = 0, scale = 0;       // of decimal
    std::string name;                   // column
    int index = -1;                     // after binding
    Value value;                        // constant
    std::vector<std::unique_ptr<Node>> children;
  };

 private:
  static void TypeOf(std::string_view name, Node* node);

  std::unique_ptr<Node> root_;
  friend class ExpressionBuilder;
};

}  // namespace tarn::metastore
