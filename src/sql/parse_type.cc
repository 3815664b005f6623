// Data types: Flink's, and Hive's names for the same things in the Hive dialect.
#include <array>
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

Result<DataType> Parser::ParseType() {
  DataType type = TRY(ParseTypeWithoutNull());
  if (AcceptWords({"NOT", "NULL"})) {
    type.nullable = false;
  } else if (Accept("NULL")) {
    type.nullable = true;
  }
  return type;
}

// A type name, then any number of postfix ARRAY and MULTISET: INT ARRAY MULTISET, INT NOT NULL ARRAY.
Result<DataType> Parser::ParseTypeWithoutNull() {
  TARN_SQL_NEST();
  HeightScope scope(*this);
  Position start = Here();
  DataType type = TRY(ParseTypeName());
  type.position = Since(start);
  while (true) {
    size_t ahead = 0;
    std::optional<bool> nullable;
    if (At("NOT") && At("NULL", 1)) {
      ahead = 2;
      nullable = false;
    } else if (At("NULL")) {
      ahead = 1;
      nullable = true;
    }
    if (!At("ARRAY", ahead) && !At("MULTISET", ahead)) return type;
    at_ += ahead;
    if (nullable) type.nullable = nullable;
    DataType outer(At("ARRAY") ? TypeKind::kArray : TypeKind::kMultiset);
    ++at_;
    outer.children.push_back(std::move(type));
    outer.position = Since(start);
    type = std::move(outer);
    TRY(Higher());
  }
}

namespace {

struct SimpleType {
  std::string_view word;
  TypeKind kind;
  int arguments;      // how many of (p, s) may follow
  bool hive_only = false;
};

constexpr std::array<SimpleType, 24> kSimpleTypes = {{
    {"VARCHAR", TypeKind::kVarchar, 1}, {"STRING", TypeKind::kString, 0}, {"BINARY", TypeKind::kBinary, 1},
    {"VARBINARY", TypeKind::kVarbinary, 1}, {"BYTES", TypeKind::kBytes, 0}, {"BOOLEAN", TypeKind::kBoolean, 0},
    {"TINYINT", TypeKind::kTinyint, 0}, {"SMALLINT", TypeKind::kSmallint, 0}, {"INT", TypeKind::kInt, 0},
    {"INTEGER", TypeKind::kInt, 0}, {"BIGINT", TypeKind::kBigint, 0}, {"FLOAT", TypeKind::kFloat, 0},
    {"REAL", TypeKind::kFloat, 0}, {"DOUBLE", TypeKind::kDouble, 0}, {"DECIMAL", TypeKind::kDecimal, 2},
    {"DEC", TypeKind::kDecimal, 2}, {"NUMERIC", TypeKind::kDecimal, 2}, {"DATE", TypeKind::kDate, 0},
    {"TIME", TypeKind::kTime, 1}, {"TIMESTAMP", TypeKind::kTimestamp, 1}, {"TIMESTAMP_LTZ", TypeKind::kTimestampLtz, 1},
    {"NULL", TypeKind::kNull, 0}, {"CHAR", TypeKind::kChar, 1}, {"CHARACTER", TypeKind::kChar, 1},
}};

}  // namespace

Result<DataType> Parser::ParseTypeName() {
  if (Peek().kind == TokenKind::kQuotedName) {
    DataType type(TypeKind::kUserDefined);
    type.user_name = TRY(ParseName());
    return type;
  }
  if (Accept("ARRAY") || (At("MULTISET") && (++at_, true))) {
    DataType type(tokens_[at_ - 1].upper == "ARRAY" ? TypeKind::kArray : TypeKind::kMultiset);
    TRY(ExpectSymbol("<"));
    type.children.push_back(TRY(ParseType()));
    TRY(ExpectSymbol(">"));
    return type;
  }
  if (At("MAP") && AtSymbol("<", 1)) {
    at_ += 2;
    DataType type(TypeKind::kMap);
    type.children.push_back(TRY(ParseType()));
    TRY(ExpectSymbol(","));
    type.children.push_back(TRY(ParseType()));
    TRY(ExpectSymbol(">"));
    return type;
  }
  if (At("ROW") || (hive() && At("STRUCT"))) {
    ++at_;
    if (AcceptSymbol("<>")) return DataType(TypeKind::kRow);
    if (AcceptSymbol("<")) return ParseRowType(">");
    TRY(ExpectSymbol("("));
    return ParseRowType(")");
  }
  if (Accept("RAW")) {
    DataType type(TypeKind::kRaw);
    TRY(ExpectSymbol("("));
    type.raw_class = TRY(ParseStringLiteral());
    TRY(ExpectSymbol(","));
    type.raw_snapshot = TRY(ParseStringLiteral());
    TRY(ExpectSymbol(")"));
    return type;
  }
  if (Accept("INTERVAL")) {
    DataType type(TypeKind::kInterval);
    type.interval = TRY(ParseIntervalQualifier());
    return type;
  }
  for (const SimpleType& simple : kSimpleTypes) {
    if (!Accept(simple.word)) continue;
    DataType type(simple.kind);
    if (simple.kind == TypeKind::kChar && Accept("VARYING")) type.kind = TypeKind::kVarchar;
    if (simple.kind == TypeKind::kBinary && Accept("VARYING")) type.kind = TypeKind::kVarbinary;
    if (type.kind == TypeKind::kBinary && hive() && !AtSymbol("(")) type.kind = TypeKind::kBytes;   // Hive's has no length
    if (simple.kind == TypeKind::kDouble) Accept("PRECISION");
    if (simple.arguments > 0 && AcceptSymbol("(")) {
      type.precision = TRY(ParseUnsignedInt());
      if (simple.arguments > 1 && AcceptSymbol(",")) type.scale = TRY(ParseUnsignedInt());
      TRY(ExpectSymbol(")"));
    }
    return ParseTimestampTail(std::move(type));
  }
  if (AtName()) {
    DataType type(TypeKind::kUserDefined);
    type.user_name = TRY(ParseName());
    return type;
  }
  return Unexpected();
}

// [WITHOUT TIME ZONE | WITH [LOCAL] TIME ZONE]
Result<DataType> Parser::ParseTimestampTail(DataType type) {
  if (type.kind != TypeKind::kTimestamp && type.kind != TypeKind::kTime) return type;
  if (AcceptWords({"WITHOUT", "TIME", "ZONE"})) return type;
  if (At("WITH") && At("LOCAL", 1)) {
    if (type.kind == TypeKind::kTime) return Unsupported("TIME WITH LOCAL TIME ZONE");
    at_ += 2;
    TRY(ExpectWords({"TIME", "ZONE"}));
    type.kind = TypeKind::kTimestampLtz;
    return type;
  }
  if (At("WITH") && At("TIME", 1)) {
    ++at_;
    return Unexpected("LOCAL");
  }
  return type;
}

// name type ['comment'], ... ; Hive: name : type [COMMENT 'c']
Result<DataType> Parser::ParseRowType(std::string_view close) {
  DataType type(TypeKind::kRow);
  if (AcceptSymbol(close)) return type;
  do {
    DataTypeField field;
    field.name = TRY(ParseIdentifier());
    if (hive()) AcceptSymbol(":");
    field.type = TRY(ParseType());
    if (hive() && Accept("COMMENT")) {
      field.comment = TRY(ParseStringLiteral());
    } else if (AtString()) {
      field.comment = TRY(ParseStringLiteral());
    }
    type.fields.push_back(std::move(field));
  } while (AcceptSymbol(","));
  TRY(ExpectSymbol(close));
  return type;
}

// DAY[(p)] [TO SECOND[(f)]]; SECOND[(p[, f])]
Result<IntervalQualifier> Parser::ParseIntervalQualifier() {
  auto unit = [&]() -> Result<TimeUnit> {
    if (Peek().kind == TokenKind::kWord) {
      std::optional<TimeUnit> found = TimeUnitFromName(Peek().upper);
      bool allowed = found && *found <= TimeUnit::kSecond && *found != TimeUnit::kQuarter && *found != TimeUnit::kWeek;
      if (allowed) {
        ++at_;
        return *found;
      }
    }
    return Unexpected("DAY");
  };
  IntervalQualifier qualifier;
  qualifier.start = TRY(unit());
  if (AcceptSymbol("(")) {
    qualifier.leading_precision = TRY(ParseUnsignedInt());
    if (qualifier.start == TimeUnit::kSecond && AcceptSymbol(",")) qualifier.fraction_precision = TRY(ParseUnsignedInt());
    TRY(ExpectSymbol(")"));
  }
  if (At("TO")) {
    ++at_;
    qualifier.end = TRY(unit());
    bool same_family = qualifier.is_year_month() == (*qualifier.end <= TimeUnit::kMonth);
    if (!same_family || *qualifier.end <= qualifier.start || *qualifier.end == TimeUnit::kYear) {
      --at_;
      return Unexpected();
    }
    if (*qualifier.end == TimeUnit::kSecond && AcceptSymbol("(")) {
      qualifier.fraction_precision = TRY(ParseUnsignedInt());
      TRY(ExpectSymbol(")"));
    }
  }
  return qualifier;
}

}  // namespace tarn::sql::internal
