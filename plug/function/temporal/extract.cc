// EXTRACT(unit FROM t) and its short forms.
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
enum class Field {
  kYear, kQuarter, kMonth, kWeek, kDay, kDow, kIsoDow, kDoy, kIsoYear, kHour, kMinute, kSecond, kMillisecond, kMicrosecond, kNanosecond, kEpoch, kDecade, kCentury,
  kMillennium, kUnknown
};

Field FieldOf(std::string_view name) {
  static constexpr std::pair<std::string_view, Field> kFields[] = {
      {"YEAR", Field::kYear}, {"QUARTER", Field::kQuarter}, {"MONTH", Field::kMonth}, {"WEEK", Field::kWeek}, {"DAY", Field::kDay}, {"DOW", Field::kDow},
      {"ISODOW", Field::kIsoDow}, {"DOY", Field::kDoy}, {"ISOYEAR", Field::kIsoYear}, {"HOUR", Field::kHour}, {"MINUTE", Field::kMinute}, {"SECOND", Field::kSecond},
      {"MILLISECOND", Field::kMillisecond}, {"MICROSECOND", Field::kMicrosecond}, {"NANOSECOND", Field::kNanosecond}, {"EPOCH", Field::kEpoch},
      {"DECADE", Field::kDecade}, {"CENTURY", Field::kCentury}, {"MILLENNIUM", Field::kMillennium}};
  for (const auto& [n, f] : kFields)
    if (EqualsIgnoreCase(n, name)) return f;
  return Field::kUnknown;
}

int64_t Part(Field f, const Moment& m) {
  switch (f) {
    case Field::kHour: return m.nanos / 3'600'000'000'000;
    case Field::kMinute: return m.nanos / 60'000'000'000 % 60;
    case Field::kSecond: return m.nanos / 1'000'000'000 % 60;
    case Field::kMillisecond: return m.nanos / 1'000'000 % 1000;
    case Field::kMicrosecond: return m.nanos / 1'000 % 1'000'000;
    case Field::kNanosecond: return m.nanos % 1'000'000'000;
    case Field::kDow: return IsoDayOfWeek(m.days) % 7 + 1;
    case Field::kIsoDow: return IsoDayOfWeek(m.days);
    case Field::kDoy: return DayOfYear(m.days);
    case Field::kEpoch: return m.days * 86400 + m.nanos / 1'000'000'000;
    case Field::kWeek:
    case Field::kIsoYear: {
      int64_t y;
      int w;
      IsoWeek(m.days, &y, &w);
      return f == Field::kWeek ? w : y;
    }
    default: break;
  }
  Civil c = CivilOf(m.days);
  switch (f) {
    case Field::kYear: return c.year;
    case Field::kQuarter: return (c.month + 2) / 3;
    case Field::kMonth: return c.month;
    case Field::kDay: return c.day;
    case Field::kDecade: return FloorDiv(c.year, 10);
    case Field::kCentury: return c.year > 0 ? (c.year + 99) / 100 : c.year / 100 - 1;
    case Field::kMillennium: return c.year > 0 ? (c.year + 999) / 1000 : c.year / 1000 - 1;
    default: return 0;
  }
}

int64_t IntervalPart(Field f, int64_t v, bool months) {
  if (months) {
    switch (f) {
      case Field::kYear: return v / 12;
      case Field::kMonth: return v % 12;
      case Field::kQuarter: return (v % 12) / 3 + 1;
      default: return 0;
    }
  }
  switch (f) {
    case Field::kDay: return v / 86'400'000;
    case Field::kHour: return v / 3'600'000 % 24;
    case Field::kMinute: return v / 60'000 % 60;
    case Field::kSecond: return v / 1000 % 60;
    case Field::kMillisecond: return v % 1000;
    case Field::kEpoch: return v / 1000;
    default: return 0;
  }
}

Result<arrow::Datum> Run(const CallArgs& c, Field f, size_t at) {
  const LogicalType& t = c.types[at];
  FixedOutput<int64_t> out(c.rows);
  if (t.is_interval()) {
    const bool months = t.root() == TypeRoot::kIntervalYearMonth;
    std::optional<Column<int32_t>> m;
    std::optional<Column<int64_t>> d;
    if (months) m.emplace(c.args[at]);
    else d.emplace(c.args[at]);
    for (int64_t i = 0; i < c.rows; ++i) {
      if (months ? m->IsNull(i) : d->IsNull(i)) out.Null(i);
      else out.Set(i, IntervalPart(f, months ? (*m)[i] : (*d)[i], months));
    }
    return out.Finish(c.result);
  }
  const types::TimeZone* zone = TRY(ZoneFor(t, c.context));
  TemporalColumn in(c.args[at], t);
  // Rows of a stream come mostly in order of time: the date's field is kept from row to row.
  const bool of_day = f != Field::kHour && f != Field::kMinute && f != Field::kSecond && f != Field::kMillisecond && f != Field::kMicrosecond &&
                      f != Field::kNanosecond && f != Field::kEpoch;
  int64_t last_day = INT64_MIN, last = 0;
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) { out.Null(i); continue; }
    Moment m = MomentOf(in[i], t, zone);
    if (of_day && m.days == last_day) { out.Set(i, last); continue; }
    int64_t v = f == Field::kEpoch && zone ? FloorDiv(in[i], types::TimestampUnitsPerSecond(t.precision())) : Part(f, m);
    last_day = m.days;
    last = v;
    out.Set(i, v);
  }
  return out.Finish(c.result);
}

FunctionSpec Short(const char* name, Field f, const char* doc, const char* example) {
  return {name,
          [name](std::span<const Argument> args) -> Result<Signature> {
            if (args.size() != 1) return WrongCount(name, 1);
            if (!Fits(Family::kDatetime, args[0]) && !args[0].type.is_interval()) return CannotApply(name, args, fmt::format("'{}(<DATETIME>)'", name));
            LogicalType t = args[0].type.root() == TypeRoot::kNull ? LogicalType::Timestamp(3) : args[0].type;
            return Signature{LogicalType::BigInt().WithNullable(t.nullable()), {t}};
          },
          [f](const CallArgs& c) { return Run(c, f, 0); }, doc, example};
}
}  // namespace

Status RegisterExtract(FunctionRegistry& r) {
  TRY(Define(r, {"EXTRACT",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.size() != 2) return WrongCount("EXTRACT", 2);
                   std::string unit;
                   if (!LiteralText(args[0], &unit) || (!Fits(Family::kDatetime, args[1]) && !args[1].type.is_interval()))
                     return CannotApply("EXTRACT", args, "'EXTRACT(<DATETIME_INTERVAL> FROM <DATETIME>)'");
                   if (FieldOf(unit) == Field::kUnknown) return Status::InvalidSql(fmt::format("'{}' is not a valid time frame", unit));
                   LogicalType t = args[1].type.root() == TypeRoot::kNull ? LogicalType::Timestamp(3) : args[1].type;
                   return Signature{LogicalType::BigInt().WithNullable(t.nullable()), {args[0].type, t}};
                 },
                 [](const CallArgs& c) { return Run(c, FieldOf(Column<std::string_view>(c.args[0])[0]), 1); },
                 "A field of a date, time, timestamp or interval: YEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOW (Sunday = 1), ISODOW, DOY, HOUR, MINUTE, SECOND, MILLISECOND, EPOCH ...",
                 "EXTRACT(YEAR FROM DATE '2024-01-31') -- 2024"}));
  TRY(Define(r, Short("YEAR", Field::kYear, "Year.", "YEAR(DATE '2024-01-31') -- 2024")));
  TRY(Define(r, Short("QUARTER", Field::kQuarter, "Quarter, 1 to 4.", "QUARTER(DATE '2024-01-31') -- 1")));
  TRY(Define(r, Short("MONTH", Field::kMonth, "Month, 1 to 12.", "MONTH(DATE '2024-01-31') -- 1")));
  TRY(Define(r, Short("WEEK", Field::kWeek, "ISO week of the year.", "WEEK(DATE '2024-12-30') -- 1")));
  TRY(Define(r, Short("DAYOFYEAR", Field::kDoy, "Day of the year, 1 to 366.", "DAYOFYEAR(DATE '2024-02-01') -- 32")));
  TRY(Define(r, Short("DAYOFMONTH", Field::kDay, "Day of the month.", "DAYOFMONTH(DATE '2024-01-31') -- 31")));
  TRY(Define(r, Short("DAYOFWEEK", Field::kDow, "Day of the week, Sunday = 1.", "DAYOFWEEK(DATE '2024-01-07') -- 1")));
  TRY(Define(r, Short("HOUR", Field::kHour, "Hour, 0 to 23.", "HOUR(TIMESTAMP '2024-01-31 10:11:12') -- 10")));
  TRY(Define(r, Short("MINUTE", Field::kMinute, "Minute, 0 to 59.", "MINUTE(TIMESTAMP '2024-01-31 10:11:12') -- 11")));
  return Define(r, Short("SECOND", Field::kSecond, "Second, 0 to 59, without its fraction.", "SECOND(TIMESTAMP '2024-01-31 10:11:12') -- 12"));
}

}  // namespace tarn::plug
