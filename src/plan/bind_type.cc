#include "plan/bind_type.h"

namespace tarn::plan {
using sql::TypeKind;
using types::LogicalType;

namespace {
Status OutOfRange(const sql::DataType& t, std::string what) { return Status::InvalidSql(std::move(what)).WithPosition(t.position); }

Result<LogicalType> Length(const sql::DataType& t, int fallback, LogicalType (*make)(int), const char* name) {
  int n = t.precision.value_or(fallback);
  if (n < 1) return OutOfRange(t, fmt::format("{} length must be between 1 and {} (both inclusive)", name, types::kMaxLength));
  return make(n);
}

// A ROW that may be NULL has no fields that may not (Calcite's rule, so Flink's); elements of arrays and maps keep what they said.
LogicalType WithNullableFields(const LogicalType& t) {
  if (t.root() != types::TypeRoot::kRow || !t.nullable()) return t;
  std::vector<types::RowField> fields = t.fields();
  for (types::RowField& f : fields) f.type = WithNullableFields(f.type.WithNullable(true));
  return LogicalType::Row(std::move(fields));
}

Result<LogicalType> BindBare(const sql::DataType& t) {
  switch (t.kind) {
    case TypeKind::kChar: return Length(t, 1, &LogicalType::Char, "character string");
    case TypeKind::kVarchar: return Length(t, types::kMaxLength, &LogicalType::VarChar, "variable character string");   // without a length: STRING, as Flink's parser has it
    case TypeKind::kString: return LogicalType::String();
    case TypeKind::kBinary: return Length(t, 1, &LogicalType::Binary, "binary string");
    case TypeKind::kVarbinary: return Length(t, types::kMaxLength, &LogicalType::VarBinary, "variable binary string");
    case TypeKind::kBytes: return LogicalType::Bytes();
    case TypeKind::kBoolean: return LogicalType::Boolean();
    case TypeKind::kTinyint: return LogicalType::TinyInt();
    case TypeKind::kSmallint: return LogicalType::SmallInt();
    case TypeKind::kInt: return LogicalType::Int();
    case TypeKind::kBigint: return LogicalType::BigInt();
    case TypeKind::kFloat: return LogicalType::Float();
    case TypeKind::kDouble: return LogicalType::Double();
    case TypeKind::kDecimal: {
      int p = t.precision.value_or(10), s = t.scale.value_or(0);
      if (p < 1 || p > 38) return OutOfRange(t, "decimal precision must be between 1 and 38 (both inclusive)");
      if (s < 0 || s > p) return OutOfRange(t, fmt::format("decimal scale must be between 0 and the precision {} (both inclusive)", p));
      return LogicalType::Decimal(p, s);
    }
    case TypeKind::kDate: return LogicalType::Date();
    case TypeKind::kTime: return LogicalType::Time(0);   // Flink reads a declared precision as 0 in DDL
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      int p = t.precision.value_or(6);
      if (p < 0 || p > 9) return OutOfRange(t, "timestamp precision must be between 0 and 9 (both inclusive)");
      return t.kind == TypeKind::kTimestamp ? LogicalType::Timestamp(p) : LogicalType::TimestampLtz(p);
    }
    case TypeKind::kInterval: return IntervalType(t.interval.value_or(sql::IntervalQualifier{}));
    case TypeKind::kArray: return LogicalType::Array(TRY(BindType(t.children.at(0))));
    case TypeKind::kMultiset: return LogicalType::Multiset(TRY(BindType(t.children.at(0))));
    case TypeKind::kMap: return LogicalType::Map(TRY(BindType(t.children.at(0))), TRY(BindType(t.children.at(1))));
    case TypeKind::kRow: {   // a field's comment goes no further than the parser, as in Flink
      std::vector<types::RowField> fields;
      for (const sql::DataTypeField& f : t.fields) fields.push_back({f.name.name, TRY(BindType(f.type)), ""});
      return LogicalType::Row(std::move(fields));
    }
    case TypeKind::kRaw: return LogicalType::Raw(t.raw_class, t.raw_snapshot);
    case TypeKind::kNull: return LogicalType::Null();
    case TypeKind::kUserDefined:
      return Status::InvalidSql("Unknown identifier '" + t.user_name.ToString() + "'").WithPosition(t.position);
  }
  return Status::Internal("unknown type kind");
}
}  // namespace

LogicalType IntervalType(const sql::IntervalQualifier& q) {
  std::string resolution(sql::TimeUnitName(q.start));
  if (q.end) resolution += " TO " + std::string(sql::TimeUnitName(*q.end));
  if (q.is_year_month()) return LogicalType::IntervalYearMonth(resolution, q.leading_precision.value_or(2));
  return LogicalType::IntervalDayTime(resolution, q.leading_precision.value_or(2), q.fraction_precision.value_or(3));
}

Result<LogicalType> BindType(const sql::DataType& t) {
  LogicalType type = TRY(BindBare(t));
  return t.nullable == false ? type.NotNull() : WithNullableFields(type);
}

}  // namespace tarn::plan
