// The strict text forms that formats share (json, csv): java.time's ISO_LOCAL_DATE, Flink's SQL time and timestamp forms,
// base64, BigDecimal. Stricter than the casts of types/text_value.h, as Flink's formats are.
//
// Threads: free functions.
#pragma once

#include <arrow/util/decimal.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::table {

// "yyyy-MM-dd". False: not exactly that or no such day.
bool ParseIsoDate(std::string_view text, int32_t* days);
// "HH:mm:ss[.f{0,9}]" to milliseconds of the day (finer digits are dropped). seconds_optional: also "HH:mm".
bool ParseSqlTime(std::string_view text, bool seconds_optional, int32_t* ms_of_day);

struct TimestampForm {
  char separator = ' ';          // 'T' for ISO-8601; 0: either
  bool zulu = false;             // a 'Z' must follow
  bool seconds_optional = false; // ISO-8601 allows "HH:mm"
};
// To a count in the physical unit of `precision` (units a second: types::TimestampUnitsPerSecond); finer digits are dropped.
bool ParseTimestampText(std::string_view text, const TimestampForm& form, int64_t units_per_second, int64_t* value);

// The fraction prints with as many digits as it needs (0..9), as DateTimeFormatter's appendFraction(NANO, 0, 9).
void AppendTimestampText(int64_t value, int64_t units_per_second, char separator, std::string* out);
void AppendTimeText(int32_t ms_of_day, std::string* out);

void AppendBase64(std::string_view bytes, std::string* out);
bool ParseBase64(std::string_view text, std::string* bytes);   // padding optional, as Jackson's and commons-codec's readers

// java.math.BigDecimal(text), rounded HALF_UP to `scale`. kNull: it doesn't fit `precision` (Flink makes it NULL); kBad: not a number.
enum class DecimalParse { kOk, kNull, kBad };
DecimalParse ParseDecimal(std::string_view text, int precision, int scale, arrow::Decimal128* value);
// BigDecimal.toString() ("1.50", "1E+5", "1E-7") or toPlainString().
void AppendDecimal(const arrow::Decimal128& value, int scale, bool plain, std::string* out);
// As BigDecimal.stripTrailingZeros() writes itself, which is what Jackson's trees do: 1.50 as 1.5, 100000 as 1E+5 (plain: 100000), 0.00 as 0.
void AppendDecimalStripped(const arrow::Decimal128& value, int scale, bool plain, std::string* out);

// A JSON/Java number as double: every digit counted, "NaN" and "Infinity" when `names`. False: not a number or trailing characters.
bool ParseDouble(std::string_view text, double* value);
bool ParseInteger(std::string_view text, int64_t* value);   // [+-]digits, as Long.parseLong

// RFC 3629: no overlong forms, no surrogates.
bool ValidUtf8(std::string_view text);

// Cut for an error message: at most `limit` bytes, whole UTF-8 characters, "..." when cut, control characters as "\x0a".
std::string Excerpt(std::string_view text, size_t limit = 120);

}  // namespace tarn::table
