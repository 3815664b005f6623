// Values as text, the one place: how a value prints in tableau/PLAIN_TEXT, in CAST(x AS STRING), in print's sink, and how
// text becomes a date or a timestamp. Rules: reference/sql-gateway-rest.md 4.2, flink-functions.md 7 (Flink 1.20).
#pragma once

#include <arrow/type_fwd.h>

#include <string>
#include <string_view>

#include "types/logical_type.h"

namespace tarn::types {

enum class TextStyle {
  kPlain,   // gateway PLAIN_TEXT and CAST to STRING: "TRUE", "2020-01-01 00:00:00.123" padded to the precision, "[1, 2]", "{k=1}", "(1, x)", "x'0a1b'"
  kPrint,   // print connector: Row.toString: "true", "2020-01-01T00:00", "null", "+I[..]" is the caller's
};

// Appends row `row` of `array` to `out`. NULL appends "NULL" inside collections; at top level the caller handles NULL.
// `zone`: an IANA id or "GMT+08:00" for TIMESTAMP_LTZ.
void AppendText(const arrow::Array& array, int64_t row, const LogicalType& type, TextStyle style, const std::string& zone, std::string* out);

// Java's Double.toString / Float.toString: "1.0", "1.0E-5", "9.9999999995E9", "NaN", "Infinity".
void AppendDouble(double v, std::string* out);
void AppendFloat(float v, std::string* out);

// Days since the epoch <-> civil date.
int64_t DaysFromCivil(int64_t year, int month, int day);
void CivilFromDays(int64_t days, int64_t* year, int* month, int* day);
void AppendDate(int64_t days, std::string* out);                                           // yyyy-MM-dd
void AppendTimeOfDay(int64_t ms_of_day, int precision, std::string* out);                  // HH:mm:ss[.fff]
// `value` in the physical unit of `precision`. `separator` ' ' or 'T'. Fraction padded to the precision.
void AppendTimestamp(int64_t value, int precision, char separator, std::string* out);

// "yyyy-M-d" (also "yyyy", "yyyy-M", as Flink's string to DATE cast). False: not a date.
bool ParseDate(std::string_view text, int32_t* days);
bool ParseTime(std::string_view text, int32_t* ms_of_day);
// "yyyy-MM-dd[ HH:mm:ss[.fffffffff]]"; `separator_t`: also accept 'T'. Result in nanoseconds-free parts: seconds since the epoch and nanos.
bool ParseTimestamp(std::string_view text, bool separator_t, int64_t* seconds, int32_t* nanos);

}  // namespace tarn::types
