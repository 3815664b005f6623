// Decimals and timestamps of partition predicates: from text and back, rounded and compared as Hive's types do it.
// A decimal is its canonical text ("-3.25", "0"): any precision, no arithmetic. Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::metastore {

constexpr int kDecimalDigitsMax = 38;

// "1.50", "-.5", "2E3", blanks around; nothing when it is no number. More than 38 digits: not told from one that is none.
std::optional<std::string> DecimalOf(std::string_view text);
// unscaled * 10^-scale.
std::string DecimalOf(bool negative, std::string digits, int scale);
int CompareDecimals(std::string_view a, std::string_view b);
// Half up, away from zero; nothing when it has more than precision - scale digits before the point.
std::optional<std::string> RoundDecimal(std::string_view decimal, int precision, int scale);
// Towards zero; nothing beyond 64 bits.
std::optional<int64_t> WholePart(std::string_view decimal);

struct TimestampValue {
  int64_t seconds = 0;         // since 1970 of a calendar without zones
  int32_t nanos = 0;
};
// "2024-01-02 03:04:05[.123456789]", "2024-01-02"; what else Hive may understand is not told: *other.
std::optional<TimestampValue> TimestampOf(std::string_view text, bool* other);
std::string TimestampText(const TimestampValue& t);

std::optional<int64_t> DateOf(std::string_view text);   // yyyy-mm-dd; what follows a blank or a T is ignored
std::string DateText(int64_t days);

}  // namespace tarn::metastore
