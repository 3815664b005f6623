// CommonType and ImplicitlyAssignable: Flink's small implicit coercion.
#include <fmt/format.h>

#include <algorithm>

#include "expr/function.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

namespace {
// Digits before the point of an exact number.
int IntegerDigits(const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kTinyInt: return 3;
    case TypeRoot::kSmallInt: return 5;
    case TypeRoot::kInteger: return 10;
    case TypeRoot::kBigInt: return 19;
    default: return t.precision() - t.scale();
  }
}

Result<LogicalType> CommonOfTwo(const LogicalType& a, const LogicalType& b);

Result<LogicalType> CommonNumeric(const LogicalType& a, const LogicalType& b) {
  if (a.is_integer() && b.is_integer()) return a.root() >= b.root() ? a : b;
  if (a.is_approximate() || b.is_approximate()) {
    if (a.is_approximate() && b.is_approximate()) return a;   // as Flink: FLOAT and DOUBLE count as equally precise, the first wins
    const LogicalType &real = a.is_approximate() ? a : b, &other = a.is_approximate() ? b : a;
    return other.root() == TypeRoot::kDecimal ? LogicalType::Double() : real;
  }
  int scale = std::max(a.root() == TypeRoot::kDecimal ? a.scale() : 0, b.root() == TypeRoot::kDecimal ? b.scale() : 0);
  int digits = std::max(IntegerDigits(a), IntegerDigits(b));
  int precision = std::min(38, digits + scale);
  return LogicalType::Decimal(precision, std::min(scale, precision));
}

Status Mismatch(const LogicalType& a, const LogicalType& b) {
  return Status::InvalidSql(fmt::format("no common type of {} and {}", a.ToSummaryString(), b.ToSummaryString()));
}

Result<LogicalType> CommonShape(const LogicalType& a, const LogicalType& b) {
  if (a.root() == TypeRoot::kNull) return b;
  if (b.root() == TypeRoot::kNull) return a;
  if (a.is_numeric() && b.is_numeric()) return CommonNumeric(a, b);
  if (a.is_character() && b.is_character()) {
    if (a.root() == TypeRoot::kChar && b.root() == TypeRoot::kChar && a.length() == b.length()) return a;
    return LogicalType::VarChar(std::max(a.length(), b.length()));
  }
  if (a.is_binary() && b.is_binary()) {
    if (a.root() == TypeRoot::kBinary && b.root() == TypeRoot::kBinary && a.length() == b.length()) return a;
    return LogicalType::VarBinary(std::max(a.length(), b.length()));
  }
  auto is_date_or_timestamp = [](const LogicalType& t) { return t.is_timestamp() || t.root() == TypeRoot::kDate; };
  if (a.root() != b.root() && is_date_or_timestamp(a) && is_date_or_timestamp(b)) {
    if (a.root() == TypeRoot::kDate) return b;
    if (b.root() == TypeRoot::kDate) return a;
    return LogicalType::TimestampLtz(std::max(a.precision(), b.precision()));
  }
  if (a.root() != b.root()) return Mismatch(a, b);
  switch (a.root()) {
    case TypeRoot::kTimestamp: return a.precision() >= b.precision() ? a : b;
    case TypeRoot::kTimestampLtz: return a.precision() >= b.precision() ? a : b;
    case TypeRoot::kTime: return a.precision() >= b.precision() ? a : b;
    case TypeRoot::kIntervalDayTime:
      if (a.resolution() == b.resolution()) return a;
      return LogicalType::IntervalDayTime("DAY TO SECOND", std::max(a.precision(), b.precision()), std::max(a.scale(), b.scale()));
    case TypeRoot::kIntervalYearMonth:
      if (a.resolution() == b.resolution()) return a;
      return LogicalType::IntervalYearMonth("YEAR TO MONTH", std::max(a.precision(), b.precision()));
    case TypeRoot::kArray: return LogicalType::Array(TRY(CommonOfTwo(a.element(), b.element())));
    case TypeRoot::kMultiset: return LogicalType::Multiset(TRY(CommonOfTwo(a.element(), b.element())));
    case TypeRoot::kMap: return LogicalType::Map(TRY(CommonOfTwo(a.key(), b.key())), TRY(CommonOfTwo(a.value(), b.value())));
    case TypeRoot::kRow: {
      if (a.fields().size() != b.fields().size()) return Mismatch(a, b);
      std::vector<types::RowField> fields;
      for (size_t i = 0; i < a.fields().size(); ++i)
        fields.push_back({a.fields()[i].name, TRY(CommonOfTwo(a.fields()[i].type, b.fields()[i].type)), a.fields()[i].comment});
      return LogicalType::Row(std::move(fields));
    }
    case TypeRoot::kRaw: return a == b ? Result<LogicalType>(a) : Mismatch(a, b);
    default: return a;
  }
}

Result<LogicalType> CommonOfTwo(const LogicalType& a, const LogicalType& b) {
  LogicalType t = TRY(CommonShape(a, b));
  return t.WithNullable(a.nullable() || b.nullable());
}
}  // namespace

Result<LogicalType> CommonType(const std::vector<LogicalType>& types) {
  if (types.empty()) return Status::InvalidSql("no type to unify");
  LogicalType t = types[0];
  for (size_t i = 1; i < types.size(); ++i) t = TRY(CommonOfTwo(t, types[i]));
  for (const LogicalType& x : types)
    if (x.time_attribute() != types[0].time_attribute()) t = t.WithTimeAttribute(types::TimeAttribute::kNone);
  return t;
}

bool ImplicitlyAssignable(const LogicalType& from, const LogicalType& to) {
  if (from.root() == TypeRoot::kNull) return true;
  switch (to.root()) {
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt:
    case TypeRoot::kInteger:
    case TypeRoot::kBigInt: return from.is_integer() && from.root() <= to.root();
    case TypeRoot::kFloat: return from.is_integer() || from.root() == TypeRoot::kFloat || from.root() == TypeRoot::kDecimal;
    case TypeRoot::kDouble:
    case TypeRoot::kDecimal: return from.is_numeric();
    case TypeRoot::kChar:
    case TypeRoot::kVarChar: return from.is_character();
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary: return from.is_binary();
    case TypeRoot::kDate: return from.root() == TypeRoot::kDate || from.root() == TypeRoot::kTimestamp;
    case TypeRoot::kTime: return from.root() == TypeRoot::kTime || from.root() == TypeRoot::kTimestamp;
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: return from.is_timestamp();
    case TypeRoot::kArray: return from.root() == TypeRoot::kArray && ImplicitlyAssignable(from.element(), to.element());
    case TypeRoot::kMultiset: return from.root() == TypeRoot::kMultiset && ImplicitlyAssignable(from.element(), to.element());
    case TypeRoot::kMap:
      return from.root() == TypeRoot::kMap && ImplicitlyAssignable(from.key(), to.key()) && ImplicitlyAssignable(from.value(), to.value());
    case TypeRoot::kRow:
      if (from.root() != TypeRoot::kRow || from.fields().size() != to.fields().size()) return false;
      for (size_t i = 0; i < to.fields().size(); ++i)
        if (!ImplicitlyAssignable(from.fields()[i].type, to.fields()[i].type)) return false;
      return true;
    case TypeRoot::kRaw: return from.EqualsIgnoringNullable(to);
    default: return from.root() == to.root();
  }
}

}  // namespace tarn::expr
