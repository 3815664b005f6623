// Literals: text to typed scalars.
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <charconv>

#include "plan/bind_expr.h"
#include "plan/bind_type.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plan {
using expr::ExprPtr;
using expr::MakeLiteral;
using types::LogicalType;

namespace {
int CodePoints(std::string_view s) {
  int n = 0;
  for (char c : s) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}
bool AllDigits(std::string_view s) {
  if (s.empty()) return false;
  for (char c : s) if (c < '0' || c > '9') return false;
  return true;
}
int64_t ToNumber(std::string_view s) {
  int64_t v = 0;
  std::from_chars(s.data(), s.data() + s.size(), v);
  return v;
}
}  // namespace

ExprPtr StringLiteral(std::string_view text) {
  int n = CodePoints(text);
  return MakeLiteral(std::make_shared<arrow::StringScalar>(std::string(text)), LogicalType::Char(n).NotNull());
}

ExprPtr IntLiteral(int64_t v) {
  if (v >= INT32_MIN && v <= INT32_MAX) return MakeLiteral(std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(v)), LogicalType::Int().NotNull());
  return MakeLiteral(std::make_shared<arrow::Int64Scalar>(v), LogicalType::BigInt().NotNull());
}

Result<int64_t> IntervalValue(const sql::Literal& l, const sql::Position& position) {
  const sql::IntervalQualifier q = l.interval.value_or(sql::IntervalQualifier{});
  auto wrong = [&] {
    return Status::InvalidSql("Illegal interval literal format '" + l.text + "' for INTERVAL " + std::string(sql::TimeUnitName(q.start)) +
                              (q.end ? " TO " + std::string(sql::TimeUnitName(*q.end)) : "")).WithPosition(position);
  };
  std::string_view text = l.text;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  bool negative = l.negative;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    if (text[0] == '-') negative = !negative;
    text.remove_prefix(1);
  }
  // Cut at the separators that the units ask for: "d hh:mm:ss.fff", "y-m".
  static constexpr sql::TimeUnit kOrder[] = {sql::TimeUnit::kDay, sql::TimeUnit::kHour, sql::TimeUnit::kMinute, sql::TimeUnit::kSecond};
  if (q.is_year_month()) {
    int64_t months;
    if (q.start == sql::TimeUnit::kYear && q.end == sql::TimeUnit::kMonth) {
      size_t dash = text.find('-');
      if (dash == std::string_view::npos || !AllDigits(text.substr(0, dash)) || !AllDigits(text.substr(dash + 1))) return wrong();
      months = ToNumber(text.substr(0, dash)) * 12 + ToNumber(text.substr(dash + 1));
    } else {
      if (!AllDigits(text)) return wrong();
      months = ToNumber(text) * (q.start == sql::TimeUnit::kYear ? 12 : q.start == sql::TimeUnit::kQuarter ? 3 : 1);
    }
    return negative ? -months : months;
  }
  auto unit_ms = [](sql::TimeUnit u) -> int64_t {
    switch (u) {
      case sql::TimeUnit::kWeek: return 7 * 86'400'000LL;
      case sql::TimeUnit::kDay: return 86'400'000;
      case sql::TimeUnit::kHour: return 3'600'000;
      case sql::TimeUnit::kMinute: return 60'000;
      case sql::TimeUnit::kSecond: return 1'000;
      default: return 0;
    }
  };
  auto seconds = [&](std::string_view s, int64_t* ms) {   // "5", "5.25"
    size_t dot = s.find('.');
    std::string_view whole = s.substr(0, dot);
    if (!AllDigits(whole)) return false;
    *ms = ToNumber(whole) * 1000;
    if (dot == std::string_view::npos) return true;
    std::string fraction(s.substr(dot + 1));
    if (!AllDigits(fraction) || fraction.size() > 9) return false;
    fraction.resize(3, '0');
    *ms += ToNumber(fraction);
    return true;
  };
  int64_t total = 0;
  if (!q.end) {
    if (unit_ms(q.start) == 0) return Status::NotSupported("INTERVAL " + std::string(sql::TimeUnitName(q.start))).WithPosition(position);
    if (q.start == sql::TimeUnit::kSecond) {
      if (!seconds(text, &total)) return wrong();
    } else {
      if (!AllDigits(text)) return wrong();
      total = ToNumber(text) * unit_ms(q.start);
    }
    return negative ? -total : total;
  }
  int from = -1, to = -1;
  for (int i = 0; i < 4; ++i) {
    if (kOrder[i] == q.start) from = i;
    if (kOrder[i] == *q.end) to = i;
  }
  if (from < 0 || to <= from) return wrong();
  for (int i = from; i <= to; ++i) {
    char separator = i == 0 ? ' ' : ':';
    size_t end = i == to ? text.size() : text.find(separator);
    if (end == std::string_view::npos) return wrong();
    std::string_view piece = text.substr(0, end);
    int64_t ms = 0;
    if (kOrder[i] == sql::TimeUnit::kSecond) {
      if (!seconds(piece, &ms)) return wrong();
    } else {
      if (!AllDigits(piece)) return wrong();
      ms = ToNumber(piece) * unit_ms(kOrder[i]);
    }
    total += ms;
    text.remove_prefix(i == to ? end : end + 1);
  }
  return negative ? -total : total;
}

Result<ExprPtr> ExprBinder::BindLiteral(const sql::Literal& l, const sql::Expr& e) {
  switch (l.kind) {
    case sql::LiteralKind::kNull: return expr::MakeNull(LogicalType::Null());
    case sql::LiteralKind::kBoolean: return MakeLiteral(std::make_shared<arrow::BooleanScalar>(l.boolean), LogicalType::Boolean().NotNull());
    case sql::LiteralKind::kInt: return MakeLiteral(std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(l.integer)), LogicalType::Int().NotNull());
    case sql::LiteralKind::kBigint: return MakeLiteral(std::make_shared<arrow::Int64Scalar>(l.integer), LogicalType::BigInt().NotNull());
    case sql::LiteralKind::kDecimal: {
      arrow::Decimal128 value;
      int32_t precision = 0, scale = 0;
      arrow::Status s = arrow::Decimal128::FromString(l.text, &value, &precision, &scale);
      if (!s.ok() || precision > 38) return Status::InvalidSql("Numeric literal '" + l.text + "' out of range").WithPosition(e.position);
      int digits = 0;   // the leading zero of 0.10 counts: DECIMAL(3, 2)
      for (char c : l.text) digits += c >= '0' && c <= '9';
      precision = std::max({precision, scale, l.text.find_first_of("eE") == std::string::npos ? std::min(digits, 38) : 0});
      if (scale < 0) {
        value = TRY(value.Rescale(scale, 0));
        precision -= scale;
        scale = 0;
      }
      if (precision < 1) precision = 1;
      LogicalType t = LogicalType::Decimal(precision, scale).NotNull();
      return MakeLiteral(std::make_shared<arrow::Decimal128Scalar>(value, types::ToArrow(t)), t);
    }
    case sql::LiteralKind::kDouble: {
      double v = 0;
      auto r = std::from_chars(l.text.data(), l.text.data() + l.text.size(), v);
      if (r.ec != std::errc()) return Status::InvalidSql("Numeric literal '" + l.text + "' out of range").WithPosition(e.position);
      return MakeLiteral(std::make_shared<arrow::DoubleScalar>(v), LogicalType::Double().NotNull());
    }
    case sql::LiteralKind::kString: return StringLiteral(l.text);
    case sql::LiteralKind::kBinary: {
      std::string bytes;
      for (size_t i = 0; i + 1 < l.text.size(); i += 2) bytes.push_back(static_cast<char>(std::stoi(l.text.substr(i, 2), nullptr, 16)));
      return MakeLiteral(std::make_shared<arrow::BinaryScalar>(bytes), LogicalType::Binary(static_cast<int>(bytes.size())).NotNull());
    }
    case sql::LiteralKind::kDate: {
      int32_t days;
      if (!types::ParseDate(l.text, &days)) return Status::InvalidSql("Illegal DATE literal '" + l.text + "': not in format 'yyyy-MM-dd'").WithPosition(e.position);
      return MakeLiteral(std::make_shared<arrow::Date32Scalar>(days), LogicalType::Date().NotNull());
    }
    case sql::LiteralKind::kTime: {
      int32_t ms;
      if (!types::ParseTime(l.text, &ms)) return Status::InvalidSql("Illegal TIME literal '" + l.text + "': not in format 'HH:mm:ss'").WithPosition(e.position);
      size_t dot = l.text.find('.');
      int p = dot == std::string::npos ? 0 : std::min<int>(3, static_cast<int>(l.text.size() - dot - 1));
      LogicalType t = LogicalType::Time(p).NotNull();
      return MakeLiteral(std::make_shared<arrow::Time32Scalar>(ms, types::ToArrow(t)), t);
    }
    case sql::LiteralKind::kTimestamp: {
      int64_t seconds;
      int32_t nanos;
      if (!types::ParseTimestamp(l.text, false, &seconds, &nanos))
        return Status::InvalidSql("Illegal TIMESTAMP literal '" + l.text + "': not in format 'yyyy-MM-dd HH:mm:ss'").WithPosition(e.position);
      size_t dot = l.text.find('.');
      int p = dot == std::string::npos ? 0 : std::min<int>(9, static_cast<int>(l.text.size() - dot - 1));
      LogicalType t = LogicalType::Timestamp(p).NotNull();
      int64_t units = types::TimestampUnitsPerSecond(p);
      int64_t v = seconds * units + nanos / (1'000'000'000 / units);
      return MakeLiteral(std::make_shared<arrow::TimestampScalar>(v, types::ToArrow(t)), t);
    }
    case sql::LiteralKind::kInterval: {
      int64_t v = TRY(IntervalValue(l, e.position));
      // A literal's type keeps no finer qualifier: SECOND or MONTH, as Flink has it.
      bool months = l.interval && l.interval->is_year_month();
      LogicalType t = (months ? LogicalType::IntervalYearMonth() : LogicalType::IntervalDayTime()).NotNull();
      if (t.root() == types::TypeRoot::kIntervalYearMonth)
        return MakeLiteral(std::make_shared<arrow::MonthIntervalScalar>(static_cast<int32_t>(v), types::ToArrow(t)), t);
      return MakeLiteral(std::make_shared<arrow::DurationScalar>(v, types::ToArrow(t)), t);
    }
  }
  return Status::Internal("unknown literal kind");
}

}  // namespace tarn::plan
