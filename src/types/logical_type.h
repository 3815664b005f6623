// Flink's logical types (org.apache.flink.table.types.logical): what a column or an expression is.
//
// A small value; nested types share their children. Nullable unless said otherwise.
// The physical form in a batch (ToArrow, arrow_types.h) follows from it:
//   BOOLEAN bool | TINYINT..BIGINT int8..int64 | FLOAT, DOUBLE | DECIMAL decimal128 | CHAR, VARCHAR utf8 | BINARY, VARBINARY binary
//   DATE date32 | TIME time32[ms] | TIMESTAMP(p), TIMESTAMP_LTZ(p): p <= 3 timestamp[ms], <= 6 [us], else [ns] (LTZ: zone "UTC")
//   INTERVAL YEAR TO MONTH int32 months (arrow month_interval) | INTERVAL DAY TO SECOND duration[ms]
//   ARRAY list | MAP map | MULTISET map<T,int32> | ROW struct | NULL null
// A TIMESTAMP of precision 7-9 holds the years 1677-2262 only (64-bit nanoseconds).
// Threads: immutable values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace tarn::types {

enum class TypeRoot : uint8_t {
  kBoolean, kTinyInt, kSmallInt, kInteger, kBigInt, kFloat, kDouble, kDecimal,
  kChar, kVarChar, kBinary, kVarBinary,
  kDate, kTime, kTimestamp, kTimestampLtz, kIntervalYearMonth, kIntervalDayTime,
  kArray, kMap, kMultiset, kRow, kNull, kRaw,
};

// A column of type TIMESTAMP(3)/TIMESTAMP_LTZ(3) may be a time attribute. It is part of the type as in Flink.
enum class TimeAttribute : uint8_t { kNone, kRowtime, kProctime };

inline constexpr int kMaxLength = 2147483647;   // STRING = VARCHAR(kMaxLength), BYTES = VARBINARY(kMaxLength)

class LogicalType;
struct RowField;

class LogicalType {
 public:
  LogicalType() = default;   // NULL
  static LogicalType Of(TypeRoot root) { LogicalType t; t.root_ = root; return t; }   // roots without parameters
  static LogicalType Boolean() { return Of(TypeRoot::kBoolean); }
  static LogicalType TinyInt() { return Of(TypeRoot::kTinyInt); }
  static LogicalType SmallInt() { return Of(TypeRoot::kSmallInt); }
  static LogicalType Int() { return Of(TypeRoot::kInteger); }
  static LogicalType BigInt() { return Of(TypeRoot::kBigInt); }
  static LogicalType Float() { return Of(TypeRoot::kFloat); }
  static LogicalType Double() { return Of(TypeRoot::kDouble); }
  static LogicalType Date() { return Of(TypeRoot::kDate); }
  static LogicalType Null() { return Of(TypeRoot::kNull); }
  static LogicalType Decimal(int precision, int scale);
  static LogicalType Char(int length);
  static LogicalType VarChar(int length);
  static LogicalType String() { return VarChar(kMaxLength); }
  static LogicalType Binary(int length);
  static LogicalType VarBinary(int length);
  static LogicalType Bytes() { return VarBinary(kMaxLength); }
  static LogicalType Time(int precision = 0);
  static LogicalType Timestamp(int precision = 6);
  static LogicalType TimestampLtz(int precision = 6);
  // resolution: as written, e.g. "SECOND", "DAY TO SECOND", "YEAR", "YEAR TO MONTH".
  static LogicalType IntervalDayTime(std::string resolution = "SECOND", int day_precision = 2, int fraction = 3);
  static LogicalType IntervalYearMonth(std::string resolution = "MONTH", int year_precision = 2);
  static LogicalType Array(LogicalType element);
  static LogicalType Map(LogicalType key, LogicalType value);
  static LogicalType Multiset(LogicalType element);
  static LogicalType Row(std::vector<RowField> fields);
  static LogicalType Raw(std::string class_name, std::string serializer);

  TypeRoot root() const { return root_; }
  bool nullable() const { return nullable_; }
  TimeAttribute time_attribute() const { return time_attribute_; }
  bool is_rowtime() const { return time_attribute_ == TimeAttribute::kRowtime; }
  bool is_proctime() const { return time_attribute_ == TimeAttribute::kProctime; }
  int length() const { return precision_; }      // CHAR, VARCHAR, BINARY, VARBINARY
  int precision() const { return precision_; }   // DECIMAL, TIME, TIMESTAMP*, INTERVAL (years or days)
  int scale() const { return scale_; }           // DECIMAL; INTERVAL_DAY_TIME: fractional precision
  const std::string& resolution() const;         // INTERVAL; RAW: the class
  const std::string& raw_serializer() const;     // RAW
  const LogicalType& element() const;            // ARRAY, MULTISET
  const LogicalType& key() const;                // MAP
  const LogicalType& value() const;              // MAP
  const std::vector<RowField>& fields() const;   // ROW

  LogicalType WithNullable(bool nullable) const { LogicalType t = *this; t.nullable_ = nullable; return t; }
  LogicalType NotNull() const { return WithNullable(false); }
  LogicalType WithTimeAttribute(TimeAttribute a) const { LogicalType t = *this; t.time_attribute_ = a; return t; }

  bool is_integer() const { return root_ >= TypeRoot::kTinyInt && root_ <= TypeRoot::kBigInt; }
  bool is_approximate() const { return root_ == TypeRoot::kFloat || root_ == TypeRoot::kDouble; }
  bool is_numeric() const { return root_ >= TypeRoot::kTinyInt && root_ <= TypeRoot::kDecimal; }
  bool is_character() const { return root_ == TypeRoot::kChar || root_ == TypeRoot::kVarChar; }
  bool is_binary() const { return root_ == TypeRoot::kBinary || root_ == TypeRoot::kVarBinary; }
  bool is_timestamp() const { return root_ == TypeRoot::kTimestamp || root_ == TypeRoot::kTimestampLtz; }
  bool is_interval() const { return root_ == TypeRoot::kIntervalYearMonth || root_ == TypeRoot::kIntervalDayTime; }

  // Flink's serialisable form: "VARCHAR(2147483647) NOT NULL", "TIMESTAMP(3) WITH LOCAL TIME ZONE", "ROW<`a` INT>".
  std::string ToString() const;
  // Flink's summary form as DESCRIBE shows it: "STRING", "BYTES", "TIMESTAMP_LTZ(3) *PROCTIME*", "TIMESTAMP(3) *ROWTIME*"; NOT NULL only if with_null.
  std::string ToSummaryString(bool with_null = true) const;

  // Equal in everything, nullability included; the time attribute is ignored.
  bool operator==(const LogicalType& o) const;
  // Equal but for nullability (at every level when deep).
  bool EqualsIgnoringNullable(const LogicalType& o) const;

 private:
  struct Nested;
  TypeRoot root_ = TypeRoot::kNull;
  bool nullable_ = true;
  TimeAttribute time_attribute_ = TimeAttribute::kNone;
  int precision_ = 0, scale_ = 0;
  std::shared_ptr<const Nested> nested_;   // children, field names, interval resolution, RAW class
};

struct RowField {
  std::string name;
  LogicalType type;
  std::string comment;
};

// Parses the serialisable form and every DDL spelling ("INT", "STRING NOT NULL", "ROW<a INT, b ARRAY<STRING>>", "DECIMAL(10, 2)").
Result<LogicalType> ParseType(std::string_view text);

}  // namespace tarn::types
