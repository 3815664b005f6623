// CEIL and FLOOR: of numbers, and of dates, times and timestamps to a unit.
#include <fmt/format.h>

#include "base/text.h"
#include "expr/define.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

Result<arrow::Datum> NumericCeilFloor(const CallArgs& c, bool ceil);
Resolver NumericRounding(const char* name);

namespace {
inline int64_t FloorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}

enum class Unit { kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear, kDecade, kCentury, kMillennium, kUnknown };

Unit UnitOf(std::string_view name) {
  static constexpr std::pair<std::string_view, Unit> kUnits[] = {
      {"MILLISECOND", Unit::kMillisecond}, {"SECOND", Unit::kSecond}, {"MINUTE", Unit::kMinute}, {"HOUR", Unit::kHour}, {"DAY", Unit::kDay},
      {"WEEK", Unit::kWeek}, {"MONTH", Unit::kMonth}, {"QUARTER", Unit::kQuarter}, {"YEAR", Unit::kYear}, {"DECADE", Unit::kDecade},
      {"CENTURY", Unit::kCentury}, {"MILLENNIUM", Unit::kMillennium}};
  for (const auto& [n, u] : kUnits)
    if (EqualsIgnoreCase(n, name)) return u;
  return Unit::kUnknown;
}

// The first day of the unit that holds `days`, and of the next one.
std::pair<int64_t, int64_t> DayRange(int64_t days, Unit unit) {
  if (unit == Unit::kWeek) {   // weeks begin on Sunday
    int64_t first = FloorDiv(days + 4, 7) * 7 - 4;
    return {first, first + 7};
  }
  int64_t y;
  int m, d;
  types::CivilFromDays(days, &y, &m, &d);
  auto years = [](int64_t first, int64_t length) { return std::pair(types::DaysFromCivil(first, 1, 1), types::DaysFromCivil(first + length, 1, 1)); };
  switch (unit) {
    case Unit::kMonth: return {types::DaysFromCivil(y, m, 1), m == 12 ? types::DaysFromCivil(y + 1, 1, 1) : types::DaysFromCivil(y, m + 1, 1)};
    case Unit::kQuarter: {
      int q = (m - 1) / 3 * 3 + 1;
      return {types::DaysFromCivil(y, q, 1), q == 10 ? types::DaysFromCivil(y + 1, 1, 1) : types::DaysFromCivil(y, q + 3, 1)};
    }
    case Unit::kYear: return years(y, 1);
    case Unit::kDecade: return years(FloorDiv(y, 10) * 10, 10);
    case Unit::kCentury: return years(FloorDiv(y - 1, 100) * 100 + 1, 100);
    case Unit::kMillennium: return years(FloorDiv(y - 1, 1000) * 1000 + 1, 1000);
    default: return {days, days + 1};
  }
}

int64_t UnitMillis(Unit u) {
  switch (u) {
    case Unit::kMillisecond: return 1;
    case Unit::kSecond: return 1000;
    case Unit::kMinute: return 60'000;
    case Unit::kHour: return 3'600'000;
    case Unit::kDay: return 86'400'000;
    default: return 0;
  }
}

// v counts `per_ms` units a millisecond of wall clock time.
int64_t RoundWall(int64_t v, int64_t per_ms, Unit unit, bool ceil) {
  if (int64_t ms = UnitMillis(unit)) {
    int64_t step = ms * per_ms, low = FloorDiv(v, step) * step;
    return ceil && low != v ? low + step : low;
  }
  const int64_t day = 86'400'000 * per_ms;
  auto [low, high] = DayRange(FloorDiv(v, day), unit);
  return ceil && low * day != v ? high * day : low * day;
}

Result<arrow::Datum> Temporal(const CallArgs& c, bool ceil) {
  Column<std::string_view> symbol(c.args[1]);
  const Unit unit = UnitOf(symbol[0]);
  const LogicalType& t = c.types[0];
  const arrow::Datum one[] = {c.args[0]};
  const CallArgs call{c.context, one, c.types.subspan(0, 1), c.result, c.rows};
  if (t.root() == TypeRoot::kDate) {
    return MapFixed<int32_t, int32_t>(call, [=](int32_t days) -> int32_t {
      if (UnitMillis(unit)) return days;
      auto [low, high] = DayRange(days, unit);
      return static_cast<int32_t>(ceil && low != days ? high : low);
    });
  }
  if (t.root() == TypeRoot::kTime) {
    return MapFixed<int32_t, int32_t>(call, [=](int32_t ms) -> int32_t {
      if (!UnitMillis(unit)) return 0;
      return static_cast<int32_t>(RoundWall(ms, 1, unit, ceil) % 86'400'000);
    });
  }
  const int64_t per_second = types::TimestampUnitsPerSecond(t.precision()), per_ms = per_second / 1000;
  if (t.root() == TypeRoot::kTimestamp) return MapFixed<int64_t, int64_t>(call, [=](int64_t v) { return RoundWall(v, per_ms, unit, ceil); });
  const types::TimeZone* zone = TRY(types::TimeZone::Find(c.context.time_zone));
  return MapFixed<int64_t, int64_t>(call, [=](int64_t v) {
    int64_t wall = v + zone->OffsetAtUtc(FloorDiv(v, per_second)) * per_second;
    int64_t r = RoundWall(wall, per_ms, unit, ceil);
    return r - zone->OffsetAtLocal(FloorDiv(r, per_second)) * per_second;
  });
}

FunctionSpec Rounding(const char* name, bool ceil, const char* doc, const char* example) {
  Resolver numeric = NumericRounding(name);
  return {name,
          [name, numeric](std::span<const Argument> args) -> Result<Signature> {
            if (args.size() != 2) return numeric(args);
            std::string text;
            if (!Fits(Family::kDatetime, args[0]) || !LiteralText(args[1], &text))
              return CannotApply(name, args, fmt::format("'{0}(<NUMERIC>)'\n'{0}(<DATETIME> TO <TIME_UNIT>)'", name));
            if (UnitOf(text) == Unit::kUnknown) return Status::InvalidSql(fmt::format("'{}' is not a valid time frame", text));
            LogicalType t = args[0].type.root() == TypeRoot::kNull ? LogicalType::Timestamp(3) : args[0].type;
            return Signature{t.WithTimeAttribute(types::TimeAttribute::kNone), {t, args[1].type}};
          },
          [ceil](const CallArgs& c) { return c.size() == 2 ? Temporal(c, ceil) : NumericCeilFloor(c, ceil); }, doc, example};
}
}  // namespace

Status RegisterRoundingToUnit(FunctionRegistry& r) {
  TRY(Define(r, Rounding("CEIL", true, "Rounds up: a number to a whole one, a time to a unit (CEIL(t TO HOUR)).", "CEIL(-1.5) -- -1")));
  TRY(Define(r, Rounding("FLOOR", false, "Rounds down: a number to a whole one, a time to a unit (FLOOR(t TO HOUR)); weeks begin on Sunday.", "FLOOR(-1.5) -- -2")));
  return r.AddAlias("CEILING", "CEIL");
}
}  // namespace tarn::plug
