// TIMESTAMPADD, TIMESTAMPDIFF, OVERLAPS.
#include <fmt/format.h>

#include "base/text.h"
#include "java_pattern.h"
#include "temporal.h"
#include "types/text_value.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

namespace {
struct UnitSize { std::string_view name; int months; int64_t ms; };
constexpr UnitSize kUnits[] = {{"YEAR", 12, 0}, {"QUARTER", 3, 0}, {"MONTH", 1, 0}, {"WEEK", 0, 604'800'000}, {"DAY", 0, 86'400'000}, {"HOUR", 0, 3'600'000},
                               {"MINUTE", 0, 60'000}, {"SECOND", 0, 1000}, {"MILLISECOND", 0, 1}, {"MICROSECOND", 0, 0}};

const UnitSize* UnitOf(std::string_view name) {
  if (name.size() > 8 && EqualsIgnoreCase(name.substr(0, 8), "SQL_TSI_")) name.remove_prefix(8);
  for (const UnitSize& u : kUnits)
    if (EqualsIgnoreCase(u.name, name)) return &u;
  return nullptr;
}

Result<const UnitSize*> UnitArgument(const char* function, std::span<const Argument> args) {
  std::string text;
  if (!LiteralText(args[0], &text)) return CannotApply(function, args, fmt::format("'{}(<TIME_UNIT>, ...)'", function));
  const UnitSize* u = UnitOf(text);
  if (!u || (u->months == 0 && u->ms == 0)) return Status::InvalidSql(fmt::format("'{}' is not a valid time frame", text));
  return u;
}

int64_t AddMonths(int64_t days, int64_t months) {
  Civil c = CivilOf(days);
  int64_t total = c.year * 12 + c.month - 1 + months, y = FloorDiv(total, 12);
  int m = static_cast<int>(total - y * 12) + 1;
  int64_t next = m == 12 ? types::DaysFromCivil(y + 1, 1, 1) : types::DaysFromCivil(y, m + 1, 1);
  return std::min(types::DaysFromCivil(y, m, 1) + c.day - 1, next - 1);
}

bool DayOrLarger(const UnitSize& u) { return u.months > 0 || u.ms >= 86'400'000; }

Result<Signature> ResolveAdd(std::span<const Argument> args) {
  if (args.size() != 3) return WrongCount("TIMESTAMPADD", 3);
  const UnitSize* u = TRY(UnitArgument("TIMESTAMPADD", args));
  if (!Fits(Family::kLong, args[1]) || !Fits(Family::kDatetime, args[2])) return CannotApply("TIMESTAMPADD", args, "'TIMESTAMPADD(<TIME_UNIT>, <INTEGER>, <DATETIME>)'");
  LogicalType t = args[2].type.root() == TypeRoot::kNull ? LogicalType::Timestamp(3) : args[2].type.WithTimeAttribute(types::TimeAttribute::kNone);
  LogicalType result = t.root() == TypeRoot::kDate && !DayOrLarger(*u) ? LogicalType::Timestamp(0) : t;
  if (result.is_timestamp() && u->ms == 1 && result.precision() < 3) result = result.root() == TypeRoot::kTimestamp ? LogicalType::Timestamp(3) : LogicalType::TimestampLtz(3);
  LogicalType argument = t.root() == TypeRoot::kDate && !DayOrLarger(*u) ? LogicalType::Timestamp(0).WithNullable(t.nullable()) : t;
  return Signature{result.WithNullable(args[1].type.nullable() || t.nullable()), {args[0].type, LogicalType::BigInt().WithNullable(args[1].type.nullable()), argument}};
}

Result<arrow::Datum> Add(const CallArgs& c) {
  const UnitSize u = *UnitOf(Column<std::string_view>(c.args[0])[0]);
  const arrow::Datum two[] = {c.args[1], c.args[2]};
  const CallArgs call{c.context, two, c.types.subspan(1), c.result, c.rows};
  const LogicalType& t = c.types[2];
  if (t.root() == TypeRoot::kDate)
    return MapFixed<int32_t, int64_t, int32_t>(call, [u](int64_t n, int32_t d) { return static_cast<int32_t>(u.months ? AddMonths(d, n * u.months) : d + n * (u.ms / 86'400'000)); });
  if (t.root() == TypeRoot::kTime)
    return MapFixed<int32_t, int64_t, int32_t>(call, [u](int64_t n, int32_t ms) { return static_cast<int32_t>(((ms + n * u.ms) % 86'400'000 + 86'400'000) % 86'400'000); });
  const int64_t unit = types::TimestampUnitsPerSecond(t.precision()), day = unit * 86400;
  return MapFixed<int64_t, int64_t, int64_t>(call, [=](int64_t n, int64_t v) {
    if (!u.months) return v + n * u.ms * (unit / 1000);
    int64_t days = FloorDiv(v, day);
    return AddMonths(days, n * u.months) * day + (v - days * day);
  });
}

Result<Signature> ResolveDiff(std::span<const Argument> args) {
  if (args.size() != 3) return WrongCount("TIMESTAMPDIFF", 3);
  (void)TRY(UnitArgument("TIMESTAMPDIFF", args));
  auto fits = [](const Argument& a) { return Fits(Family::kDatetime, a) && a.type.root() != TypeRoot::kTime; };
  if (!fits(args[1]) || !fits(args[2])) return CannotApply("TIMESTAMPDIFF", args, "'TIMESTAMPDIFF(<TIME_UNIT>, <DATETIME>, <DATETIME>)'");
  LogicalType t = TRY(CommonType({args[1].type, args[2].type}));
  if (t.root() == TypeRoot::kNull) t = LogicalType::Timestamp(3);
  return Signature{LogicalType::Int().WithNullable(args[1].type.nullable() || args[2].type.nullable()),
                   {args[0].type, t.WithNullable(args[1].type.nullable()), t.WithNullable(args[2].type.nullable())}};
}

// Whole months from a to b, as Calcite counts them: the end of a month counts as full.
int64_t MonthsBetween(const Moment& a, const Moment& b) {
  if (b.days < a.days || (b.days == a.days && b.nanos < a.nanos)) return -MonthsBetween(b, a);
  Civil x = CivilOf(a.days), y = CivilOf(b.days);
  int64_t m = (y.year - x.year) * 12 + y.month - x.month;
  int64_t reached = AddMonths(a.days, m);
  if (reached > b.days || (reached == b.days && a.nanos > b.nanos)) --m;
  return m;
}

Result<arrow::Datum> Diff(const CallArgs& c) {
  const UnitSize u = *UnitOf(Column<std::string_view>(c.args[0])[0]);
  const LogicalType& t = c.types[1];
  const types::TimeZone* zone = u.months ? TRY(ZoneFor(t, c.context)) : nullptr;
  TemporalColumn a(c.args[1], t), b(c.args[2], t);
  const int64_t per_ms = t.root() == TypeRoot::kDate ? 0 : types::TimestampUnitsPerSecond(t.precision()) / 1000;
  FixedOutput<int32_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (a.IsNull(i) || b.IsNull(i)) { out.Null(i); continue; }
    if (u.months) {
      out.Set(i, static_cast<int32_t>(MonthsBetween(MomentOf(a[i], t, zone), MomentOf(b[i], t, zone)) / u.months));
    } else {
      int64_t ms = per_ms ? (b[i] - a[i]) / per_ms : (b[i] - a[i]) * 86'400'000;
      out.Set(i, static_cast<int32_t>(ms / u.ms));
    }
  }
  return out.Finish(c.result);
}

// (start1, end1, start2, end2): ends are times, or intervals that are added to the start.
Result<Signature> ResolveOverlaps(std::span<const Argument> args) {
  if (args.size() != 4) return WrongCount("OVERLAPS", 4);
  for (size_t i = 0; i < 4; ++i)
    if (!Fits(Family::kDatetime, args[i]) && !(i % 2 == 1 && args[i].type.is_interval()))
      return CannotApply("OVERLAPS", args, "'(<DATETIME>, <DATETIME>) OVERLAPS (<DATETIME>, <DATETIME>)'\n'(<DATETIME>, <INTERVAL>) OVERLAPS (<DATETIME>, <INTERVAL>)'");
  std::vector<LogicalType> times;
  for (const Argument& a : args)
    if (!a.type.is_interval()) times.push_back(a.type);
  LogicalType t = TRY(CommonType(times));
  Signature s;
  for (const Argument& a : args) s.arguments.push_back(a.type.is_interval() ? a.type : t.WithNullable(a.type.nullable()));
  s.result = LogicalType::Boolean().WithNullable(AnyNullable(args));
  return s;
}

Result<arrow::Datum> Overlaps(const CallArgs& c) {
  const LogicalType& t = c.types[0];
  std::vector<TemporalColumn> in;
  for (size_t i = 0; i < 4; ++i) in.emplace_back(c.args[i], c.types[i].root() == TypeRoot::kIntervalYearMonth ? LogicalType::Date() : c.types[i]);
  auto end_of = [&](int64_t start, int64_t v, const LogicalType& type) {
    if (!type.is_interval()) return v;
    if (type.root() == TypeRoot::kIntervalYearMonth) {
      if (t.root() == TypeRoot::kDate) return AddMonths(start, v);
      int64_t day = types::TimestampUnitsPerSecond(t.precision()) * 86400, d = FloorDiv(start, day);
      return AddMonths(d, v) * day + (start - d * day);
    }
    if (t.root() == TypeRoot::kDate) return start + FloorDiv(v, 86'400'000);
    if (t.root() == TypeRoot::kTime) return start + v;
    return start + v * (types::TimestampUnitsPerSecond(t.precision()) / 1000);
  };
  FixedOutput<bool> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in[0].IsNull(i) || in[1].IsNull(i) || in[2].IsNull(i) || in[3].IsNull(i)) { out.Null(i); continue; }
    int64_t a = in[0][i], b = end_of(a, in[1][i], c.types[1]), x = in[2][i], y = end_of(x, in[3][i], c.types[3]);
    if (a > b) std::swap(a, b);
    if (x > y) std::swap(x, y);
    out.Set(i, b >= x && y >= a);
  }
  return out.Finish(c.result);
}

// (t1 - t2) UNIT: an interval of that unit.
Result<Signature> ResolveDifference(std::span<const Argument> args) {
  if (args.size() != 3) return WrongCount("TIMESTAMP DIFFERENCE", 3);
  const UnitSize* u = TRY(UnitArgument("TIMESTAMP DIFFERENCE", args));
  if (!Fits(Family::kDatetime, args[1]) || !Fits(Family::kDatetime, args[2])) return CannotApply("-", args.subspan(1), "'(<DATETIME> - <DATETIME>) <INTERVAL>'");
  LogicalType t = TRY(CommonType({args[1].type, args[2].type}));
  if (t.root() == TypeRoot::kNull) t = LogicalType::Timestamp(3);
  const bool nullable = args[1].type.nullable() || args[2].type.nullable();
  LogicalType result = u->months ? LogicalType::IntervalYearMonth(std::string(u->name)) : LogicalType::IntervalDayTime(std::string(u->name));
  return Signature{result.WithNullable(nullable), {args[0].type, t.WithNullable(args[1].type.nullable()), t.WithNullable(args[2].type.nullable())}};
}

Result<arrow::Datum> Difference(const CallArgs& c) {
  const UnitSize u = *UnitOf(Column<std::string_view>(c.args[0])[0]);
  const LogicalType& t = c.types[1];
  const types::TimeZone* zone = u.months ? TRY(ZoneFor(t, c.context)) : nullptr;
  TemporalColumn a(c.args[1], t), b(c.args[2], t);
  auto each = [&](auto zero, auto f) -> Result<arrow::Datum> {
    FixedOutput<decltype(zero)> out(c.rows);
    for (int64_t i = 0; i < c.rows; ++i) {
      if (a.IsNull(i) || b.IsNull(i)) out.Null(i);
      else out.Set(i, f(a[i], b[i]));
    }
    return out.Finish(c.result);
  };
  if (u.months) return each(int32_t{0}, [&](int64_t x, int64_t y) { return static_cast<int32_t>(MonthsBetween(MomentOf(y, t, zone), MomentOf(x, t, zone))); });
  if (t.root() == TypeRoot::kDate) return each(int64_t{0}, [](int64_t x, int64_t y) { return (x - y) * 86'400'000; });
  const int64_t per_ms = t.root() == TypeRoot::kTime ? 1 : types::TimestampUnitsPerSecond(t.precision()) / 1000;
  return each(int64_t{0}, [per_ms](int64_t x, int64_t y) { return (x - y) / per_ms; });
}
}  // namespace

Status RegisterDistance(FunctionRegistry& r) {
  TRY(Define(r, {"TIMESTAMPADD", ResolveAdd, Add, "A time plus a number of units; a DATE plus days or more stays a DATE.", "TIMESTAMPADD(MONTH, 1, DATE '2024-01-31') -- 2024-02-29"}));
  TRY(Define(r, {"TIMESTAMPDIFF", ResolveDiff, Diff, "Whole units from the first time to the second.", "TIMESTAMPDIFF(DAY, DATE '2024-01-01', DATE '2024-01-31') -- 30"}));
  TRY(Define(r, {"TIMESTAMP DIFFERENCE", ResolveDifference, Difference, "(t1 - t2) UNIT: the interval between two times.",
                 "(DATE '2024-01-31' - DATE '2024-01-01') DAY -- +30 00:00:00.000"}));
  return Define(r, {"OVERLAPS", ResolveOverlaps, Overlaps, "Do two periods share a moment?", "(TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '3:30:00', INTERVAL '2' HOUR) -- TRUE"});
}

}  // namespace tarn::plug
