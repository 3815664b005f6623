#include "interval.h"

#include <cmath>

#include "expr/cast.h"
#include "types/text_value.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

namespace {
inline int64_t FloorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}

int64_t AddMonthsToDays(int64_t days, int64_t months) {
  int64_t y;
  int m, d;
  types::CivilFromDays(days, &y, &m, &d);
  int64_t total = y * 12 + (m - 1) + months;
  y = FloorDiv(total, 12);
  m = static_cast<int>(total - y * 12) + 1;
  int64_t next = m == 12 ? types::DaysFromCivil(y + 1, 1, 1) : types::DaysFromCivil(y, m + 1, 1);
  return std::min(types::DaysFromCivil(y, m, d > 28 ? 28 : d) + (d > 28 ? d - 28 : 0), next - 1);
}

template <typename A, typename B, typename R, typename F>
Result<arrow::Datum> Pairs(const CallArgs& c, F f) {
  auto validity = IntersectValidity(c.args, c.rows);
  if (!validity) return AllNull(c.result, c.rows);
  Column<A> a(c.args[0]);
  Column<B> b(c.args[1]);
  auto values = NewBuffer(c.rows * sizeof(R));
  R* out = reinterpret_cast<R*>(values->mutable_data());
  if (b.constant() && !a.constant()) {
    const B v = *b.values();
    for (int64_t i = 0; i < c.rows; ++i) out[i] = static_cast<R>(f(a.values()[i], v));
  } else {
    for (int64_t i = 0; i < c.rows; ++i) out[i] = static_cast<R>(f(a[i], b[i]));
  }
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {*validity, std::move(values)}));
}

// A date, time or timestamp (first argument) plus `sign` times an interval (second).
Result<arrow::Datum> Shift(const CallArgs& c, int sign) {
  const LogicalType& t = c.types[0];
  const bool months = c.types[1].root() == TypeRoot::kIntervalYearMonth;
  switch (t.root()) {
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: {
      const int64_t unit = types::TimestampUnitsPerSecond(t.precision());
      if (months) {
        const int64_t day = unit * 86400;
        return Pairs<int64_t, int32_t, int64_t>(c, [=](int64_t v, int32_t m) {
          int64_t days = FloorDiv(v, day);
          return AddMonthsToDays(days, static_cast<int64_t>(sign) * m) * day + (v - days * day);
        });
      }
      const int64_t per_ms = sign * (unit / 1000);
      return Pairs<int64_t, int64_t, int64_t>(c, [=](int64_t v, int64_t ms) { return v + ms * per_ms; });
    }
    case TypeRoot::kDate:
      if (months) return Pairs<int32_t, int32_t, int32_t>(c, [=](int32_t v, int32_t m) { return AddMonthsToDays(v, static_cast<int64_t>(sign) * m); });
      return Pairs<int32_t, int64_t, int32_t>(c, [=](int32_t v, int64_t ms) { return v + FloorDiv(sign * ms, 86'400'000); });
    default:
      if (months) return Pairs<int32_t, int32_t, int32_t>(c, [](int32_t v, int32_t) { return v; });
      return Pairs<int32_t, int64_t, int32_t>(c, [=](int32_t v, int64_t ms) {
        int64_t r = (v + sign * ms) % 86'400'000;
        return r < 0 ? r + 86'400'000 : r;
      });
  }
}

Result<arrow::Datum> Difference(const CallArgs& c) {
  const LogicalType& t = c.types[0];
  if (t.root() == TypeRoot::kDate) return Pairs<int32_t, int32_t, int64_t>(c, [](int64_t a, int64_t b) { return (a - b) * 86'400'000; });
  if (t.root() == TypeRoot::kTime) return Pairs<int32_t, int32_t, int64_t>(c, [](int64_t a, int64_t b) { return a - b; });
  const int64_t per_ms = types::TimestampUnitsPerSecond(t.precision()) / 1000;
  return Pairs<int64_t, int64_t, int64_t>(c, [=](int64_t a, int64_t b) { return FloorDiv(a, per_ms) - FloorDiv(b, per_ms); });
}
}  // namespace

Result<arrow::Datum> EvaluateInterval(char op, const CallArgs& c) {
  const LogicalType &a = c.types[0], &b = c.types[1];
  auto swapped = [&](auto f) {
    const arrow::Datum args[] = {c.args[1], c.args[0]};
    const LogicalType types[] = {b, a};
    return f(CallArgs{c.context, args, types, c.result, c.rows});
  };
  if (op == '+' && a.is_interval() && !b.is_interval()) return swapped([](const CallArgs& s) { return Shift(s, 1); });
  if (!a.is_interval() && b.is_interval() && op == '*') return swapped([](const CallArgs& s) { return EvaluateInterval('*', s); });
  if (!a.is_interval() && b.is_interval()) return Shift(c, op == '+' ? 1 : -1);
  if (!a.is_interval()) return Difference(c);
  const bool months = a.root() == TypeRoot::kIntervalYearMonth;
  if (b.is_interval()) {
    const int sign = op == '+' ? 1 : -1;
    if (months) return Pairs<int32_t, int32_t, int32_t>(c, [=](int32_t x, int32_t y) { return x + sign * y; });
    return Pairs<int64_t, int64_t, int64_t>(c, [=](int64_t x, int64_t y) { return x + sign * y; });
  }
  auto scale = [op](double x, double y) { return op == '*' ? x * y : x / y; };
  if (months) return Pairs<int32_t, double, int32_t>(c, [=](int32_t x, double y) { return scale(x, y); });
  return Pairs<int64_t, double, int64_t>(c, [=](int64_t x, double y) { return scale(static_cast<double>(x), y); });
}

Result<std::shared_ptr<arrow::Array>> CastNumber(const EvalContext& context, const std::shared_ptr<arrow::Array>& array, const LogicalType& from, const LogicalType& to) {
  return CastArray(context, array, from, to, false);
}

}  // namespace tarn::plug
