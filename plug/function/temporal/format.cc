// Between times and text: DATE_FORMAT, FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE, TO_TIMESTAMP, TO_TIMESTAMP_LTZ, CONVERT_TZ.
#include <fmt/format.h>

#include "base/clock.h"
#include "java_pattern.h"
#include "temporal.h"
#include "types/text_value.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TimeZone;
using types::TypeRoot;
using View = std::string_view;

namespace {
// The pattern of a row, compiled anew only when its text changes.
class PatternColumn {
 public:
  PatternColumn(const CallArgs& c, size_t at) {
    if (at < c.size()) in_.emplace(c.args[at]);
  }
  bool IsNull(int64_t i) const { return in_ && in_->IsNull(i); }
  Result<const JavaPattern*> At(int64_t i, const char* absent) {
    View text = in_ ? (*in_)[i] : View(absent);
    if (!compiled_ || text != last_) {
      compiled_ = TRY(JavaPattern::Compile(text));
      last_ = text;
      changed_ = true;
    }
    return &*compiled_;
  }
  bool TakeChanged() { return std::exchange(changed_, false); }

 private:
  std::optional<Column<View>> in_;
  std::optional<JavaPattern> compiled_;
  std::string last_;
  bool changed_ = false;
};

WallClock ClockOf(const Moment& m) { return {m.days, static_cast<int32_t>(m.nanos / 1'000'000'000), static_cast<int32_t>(m.nanos % 1'000'000'000), 0, false}; }

constexpr char kDefault[] = "yyyy-MM-dd HH:mm:ss";

// The text argument of DATE_FORMAT and CONVERT_TZ: "yyyy-MM-dd HH:mm:ss", months and days beyond their range roll over.
bool ParseFullTimestamp(View s, int64_t* seconds) {
  static const JavaPattern pattern = JavaPattern::Compile(kDefault).value();
  WallClock w;
  if (!pattern.Parse(s, true, &w)) return false;
  *seconds = w.days * 86400 + w.second;
  return true;
}

Result<arrow::Datum> DateFormat(const CallArgs& c) {
  const LogicalType& t = c.types[0];
  PatternColumn patterns(c, 1);
  TextOutput out(c.rows);
  if (t.is_character()) {
    Column<View> in(c.args[0]);
    for (int64_t i = 0; i < c.rows; ++i) {
      int64_t seconds;
      if (in.IsNull(i) || patterns.IsNull(i) || !ParseFullTimestamp(in[i], &seconds)) { out.Null(); continue; }
      int64_t days = FloorDiv(seconds, 86400);
      TRY(patterns.At(i, kDefault))->Format({days, static_cast<int32_t>(seconds - days * 86400), 0}, "UTC", out.text());
      TRY(out.Done());
    }
    return out.Finish(c.result);
  }
  const TimeZone* zone = TRY(ZoneFor(t, c.context));
  const int64_t unit = types::TimestampUnitsPerSecond(t.precision());
  Column<int64_t> in(c.args[0]);
  // Neighbouring rows often fall into the same second (or minute): their text is copied.
  int64_t last = INT64_MIN;
  std::string last_text;
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || patterns.IsNull(i)) { out.Null(); continue; }
    const JavaPattern* p = TRY(patterns.At(i, kDefault));
    const int64_t v = in[i], key = p->finer_than_seconds() ? v : FloorDiv(v, unit);
    if (patterns.TakeChanged() || key != last) {
      WallClock w = ClockOf(MomentOf(v, t, zone));
      if (zone) w.offset = zone->OffsetAtUtc(FloorDiv(v, unit));
      last_text.clear();
      p->Format(w, zone ? zone->id() : "UTC", &last_text);
      last = key;
    }
    out.text()->append(last_text);
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> FromUnixTime(const CallArgs& c) {
  const TimeZone* zone = TRY(TimeZone::Find(c.context.time_zone));
  PatternColumn patterns(c, 1);
  Column<int64_t> in(c.args[0]);
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || patterns.IsNull(i)) { out.Null(); continue; }
    int32_t offset = zone->OffsetAtUtc(in[i]);
    int64_t local = in[i] + offset, days = FloorDiv(local, 86400);
    TRY(patterns.At(i, kDefault))->Format({days, static_cast<int32_t>(local - days * 86400), 0, offset}, zone->id(), out.text());
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> UnixTimestamp(const CallArgs& c) {
  if (c.size() == 0) {
    FixedOutput<int64_t> now(c.rows);
    int64_t seconds = WallClockMs() / 1000;
    for (int64_t i = 0; i < c.rows; ++i) now.Set(i, seconds);
    return now.Finish(c.result);
  }
  const TimeZone* zone = TRY(TimeZone::Find(c.context.time_zone));
  PatternColumn patterns(c, 1);
  Column<View> in(c.args[0]);
  FixedOutput<int64_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || patterns.IsNull(i)) { out.Null(i); continue; }
    WallClock w;
    if (!TRY(patterns.At(i, kDefault))->Parse(in[i], true, &w)) {
      out.Set(i, INT64_MIN);   // as Flink: not NULL
      continue;
    }
    int64_t local = w.days * 86400 + w.second;
    out.Set(i, local - (w.has_offset ? w.offset : zone->OffsetAtLocal(local)));
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> ToDate(const CallArgs& c) {
  if (c.size() == 1)
    return MapFixed<int32_t, View>(c, [](View s) -> std::optional<int32_t> {
      int32_t days;
      return types::ParseDate(s, &days) ? std::optional(days) : std::nullopt;
    });
  PatternColumn patterns(c, 1);
  Column<View> in(c.args[0]);
  FixedOutput<int32_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    WallClock w;
    if (in.IsNull(i) || patterns.IsNull(i) || !TRY(patterns.At(i, "yyyy-MM-dd"))->Parse(in[i], true, &w)) out.Null(i);
    else out.Set(i, static_cast<int32_t>(w.days));
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> ToTimestamp(const CallArgs& c) {
  PatternColumn patterns(c, 1);
  Column<View> in(c.args[0]);
  FixedOutput<int64_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || patterns.IsNull(i)) { out.Null(i); continue; }
    int64_t seconds;
    int32_t nanos;
    WallClock w;
    if (c.size() > 1 && TRY(patterns.At(i, kDefault))->Parse(in[i], false, &w)) {
      out.Set(i, (w.days * 86400 + w.second - (w.has_offset ? w.offset : 0)) * 1000 + w.nanos / 1'000'000);
    } else if (types::ParseTimestamp(in[i], false, &seconds, &nanos)) {   // Flink falls back to the plain form
      out.Set(i, seconds * 1000 + nanos / 1'000'000);
    } else {
      out.Null(i);
    }
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> ToTimestampLtz(const CallArgs& c) {
  Column<int32_t> precision(c.args[1]);
  auto scale_of = [](int32_t p) -> Result<int64_t> {
    if (p == 0) return 1000;
    if (p == 3) return 1;
    return Status::InvalidSql(fmt::format("The precision value '{}' for function TO_TIMESTAMP_LTZ(numeric, precision) is unsupported, the supported value is '0' for second or '3' for millisecond.", p));
  };
  FixedOutput<int64_t> out(c.rows);
  const bool real = c.types[0].is_approximate();
  std::optional<Column<double>> d;
  std::optional<Column<int64_t>> n;
  if (real) d.emplace(c.args[0]);
  else n.emplace(c.args[0]);
  for (int64_t i = 0; i < c.rows; ++i) {
    if ((real ? d->IsNull(i) : n->IsNull(i)) || precision.IsNull(i)) { out.Null(i); continue; }
    int64_t scale = TRY(scale_of(precision[i]));
    out.Set(i, real ? static_cast<int64_t>((*d)[i] * static_cast<double>(scale)) : (*n)[i] * scale);
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> ConvertTz(const CallArgs& c) {
  return MapText<View, View, View>(c, [](std::string* out, View s, View from, View to) -> bool {
    int64_t seconds;
    if (!ParseFullTimestamp(s, &seconds)) return false;
    // An unknown id means GMT in java.util.TimeZone.
    auto a = TimeZone::Find(std::string(from)), b = TimeZone::Find(std::string(to));
    int64_t utc = seconds - (a.ok() ? (*a)->OffsetAtLocal(seconds) : 0);
    types::AppendTimestamp((utc + (b.ok() ? (*b)->OffsetAtUtc(utc) : 0)) * 1000, 0, ' ', out);
    return true;
  });
}
}  // namespace

Status RegisterFormat(FunctionRegistry& r) {
  constexpr Family kC = Family::kCharacter;
  auto pattern_may_fail = [](const std::vector<ExprPtr>& args, const LogicalType&) {
    return args.size() > 1 && !std::holds_alternative<Literal>(args[1]->node);
  };
  FunctionSpec format{"DATE_FORMAT",
                      [](std::span<const Argument> args) -> Result<Signature> {
                        if (args.size() != 2) return WrongCount("DATE_FORMAT", 2);
                        LogicalType t = args[0].type.root() == TypeRoot::kNull ? LogicalType::String() : args[0].type;
                        if ((!t.is_timestamp() && !t.is_character()) || !Fits(Family::kCharacter, args[1]))
                          return CannotApply("DATE_FORMAT", args, "'DATE_FORMAT(<TIMESTAMP>, <CHARACTER>)'\n'DATE_FORMAT(<CHARACTER>, <CHARACTER>)'");
                        LogicalType p = args[1].type.root() == TypeRoot::kNull ? LogicalType::String() : args[1].type;
                        std::string text;
                        if (LiteralText(args[1], &text)) (void)TRY(JavaPattern::Compile(text));
                        bool nullable = t.nullable() || p.nullable() || t.is_character();
                        return Signature{LogicalType::String().WithNullable(nullable), {t, p}};
                      },
                      DateFormat, "A timestamp, or text of the form yyyy-MM-dd HH:mm:ss, written by a Java date pattern.",
                      "DATE_FORMAT(TIMESTAMP '2024-01-31 10:11:12', 'yyyy-MM-dd HH:mm') -- '2024-01-31 10:11'"};
  format.may_fail = pattern_may_fail;
  TRY(Define(r, std::move(format)));
  FunctionSpec from{"FROM_UNIXTIME", Takes("FROM_UNIXTIME", {{Family::kLong, kC}, 1}, LogicalType::String()), FromUnixTime,
                    "Seconds since the epoch as text in the session time zone, by a Java date pattern (yyyy-MM-dd HH:mm:ss).", "FROM_UNIXTIME(44) -- '1970-01-01 00:00:44'"};
  from.may_fail = pattern_may_fail;
  TRY(Define(r, std::move(from)));
  FunctionSpec unix_timestamp{"UNIX_TIMESTAMP", Takes("UNIX_TIMESTAMP", {{kC, kC}, 2}, LogicalType::BigInt()), UnixTimestamp,
                              "Seconds since the epoch: now, or of a text read by a Java date pattern in the session time zone; -9223372036854775808 where it can't be read.",
                              "UNIX_TIMESTAMP('1970-01-01 00:00:44') -- 44"};
  unix_timestamp.may_fail = pattern_may_fail;
  unix_timestamp.deterministic = true;   // with arguments; the argument-free form is never folded, having no constant argument
  TRY(Define(r, std::move(unix_timestamp)));
  TRY(Define(r, {"TO_DATE", Takes("TO_DATE", {{kC, kC}, 1}, LogicalType::Date(), Nulls::kAlways), ToDate, "The date in a text, by a Java date pattern (yyyy-MM-dd); NULL where it can't be read.",
                 "TO_DATE('2024-01-31') -- 2024-01-31"}));
  TRY(Define(r, {"TO_TIMESTAMP", Takes("TO_TIMESTAMP", {{kC, kC}, 1}, LogicalType::Timestamp(3), Nulls::kAlways), ToTimestamp,
                 "The timestamp in a text, by a Java date pattern (yyyy-MM-dd HH:mm:ss); NULL where it can't be read.", "TO_TIMESTAMP('2024-01-31 10:11:12') -- 2024-01-31 10:11:12.000"}));
  FunctionSpec ltz{"TO_TIMESTAMP_LTZ",
                   [](std::span<const Argument> args) -> Result<Signature> {
                     if (args.size() != 2) return WrongCount("TO_TIMESTAMP_LTZ", 2);
                     if (!Fits(Family::kNumeric, args[0]) || !Fits(Family::kInt, args[1])) return CannotApply("TO_TIMESTAMP_LTZ", args, "'TO_TIMESTAMP_LTZ(<NUMERIC>, <INTEGER>)'");
                     LogicalType n = args[0].type.is_approximate() || args[0].type.root() == TypeRoot::kDecimal ? LogicalType::Double() : LogicalType::BigInt();
                     return Signature{LogicalType::TimestampLtz(3),
                                      {n.WithNullable(args[0].type.nullable()), LogicalType::Int().WithNullable(args[1].type.nullable())}};
                   },
                   ToTimestampLtz, "The instant of a number of seconds (precision 0) or milliseconds (precision 3) since the epoch.",
                   "TO_TIMESTAMP_LTZ(44, 0) -- 1970-01-01 00:00:44.000"};
  ltz.may_fail = [](const std::vector<ExprPtr>& args, const LogicalType&) { return !std::holds_alternative<Literal>(args[1]->node); };
  TRY(Define(r, std::move(ltz)));
  return Define(r, {"CONVERT_TZ", Takes("CONVERT_TZ", {{kC, kC, kC}}, LogicalType::String(), Nulls::kAlways), ConvertTz,
                    "A timestamp as text, from one time zone to another; NULL where it can't be read.",
                    "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles') -- '1969-12-31 16:00:00'"});
}

}  // namespace tarn::plug
