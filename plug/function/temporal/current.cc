// The clock: CURRENT_TIMESTAMP, NOW, CURRENT_DATE, LOCALTIME, PROCTIME ... and the watermark functions.
#include "base/clock.h"
#include "temporal.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TimeZone;
using types::TypeRoot;

namespace {
template <typename T>
Result<arrow::Datum> Repeat(const CallArgs& c, T v) {
  FixedOutput<T> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) out.Set(i, v);
  return out.Finish(c.result);
}

// Per row in streaming (one reading a batch: its rows arrived together), once per query in batch mode.
int64_t QueryTime(const EvalContext& context) { return context.batch_mode && context.query_start_ms > 0 ? context.query_start_ms : WallClockMs(); }

Result<int64_t> LocalMs(const CallArgs& c) {
  int64_t now = QueryTime(c.context);
  return now + TRY(TimeZone::Find(c.context.time_zone))->OffsetAtUtc(FloorDiv(now, 1000)) * int64_t{1000};
}

Status DefineClock(FunctionRegistry& r, const char* name, LogicalType type, std::function<Result<arrow::Datum>(const CallArgs&)> f, const char* doc, const char* example) {
  FunctionSpec s{name, [name, type](std::span<const Argument> args) -> Result<Signature> {
                   if (!args.empty()) return WrongCount(name, 0);
                   return Signature{type, {}};
                 },
                 std::move(f), doc, example};
  s.deterministic = false;
  return Define(r, std::move(s));
}

Result<arrow::Datum> CurrentWatermark(const CallArgs& c) {
  if (c.context.current_watermark_ms == INT64_MIN) return AllNull(c.result, c.rows);
  return Repeat<int64_t>(c, c.context.current_watermark_ms * (types::TimestampUnitsPerSecond(c.result.precision()) / 1000));
}
}  // namespace

Status RegisterCurrent(FunctionRegistry& r) {
  const LogicalType ltz = LogicalType::TimestampLtz(3).NotNull();
  auto now = [](const CallArgs& c) { return Repeat<int64_t>(c, QueryTime(c.context)); };
  auto row_now = [](const CallArgs& c) { return Repeat<int64_t>(c, WallClockMs()); };
  TRY(DefineClock(r, "CURRENT_TIMESTAMP", ltz, now, "Now, in the session time zone.", "CURRENT_TIMESTAMP -- 2024-01-31 10:11:12.123"));
  TRY(r.AddAlias("NOW", "CURRENT_TIMESTAMP"));
  TRY(DefineClock(r, "CURRENT_ROW_TIMESTAMP", ltz, row_now, "Now, for each row in both modes.", "CURRENT_ROW_TIMESTAMP() -- 2024-01-31 10:11:12.123"));
  TRY(DefineClock(r, "PROCTIME", ltz.WithTimeAttribute(types::TimeAttribute::kProctime), row_now, "The processing time attribute.", "PROCTIME() -- 2024-01-31 10:11:12.123"));
  TRY(DefineClock(r, "LOCALTIMESTAMP", LogicalType::Timestamp(3).NotNull(), [](const CallArgs& c) -> Result<arrow::Datum> { return Repeat<int64_t>(c, TRY(LocalMs(c))); },
                  "Now, as wall clock time of the session time zone.", "LOCALTIMESTAMP -- 2024-01-31 10:11:12.123"));
  TRY(DefineClock(r, "CURRENT_DATE", LogicalType::Date().NotNull(),
                  [](const CallArgs& c) -> Result<arrow::Datum> { return Repeat<int32_t>(c, static_cast<int32_t>(FloorDiv(TRY(LocalMs(c)), 86'400'000))); },
                  "Today, in the session time zone.", "CURRENT_DATE -- 2024-01-31"));
  TRY(DefineClock(r, "LOCALTIME", LogicalType::Time(0).NotNull(),
                  [](const CallArgs& c) -> Result<arrow::Datum> {
                    int64_t ms = TRY(LocalMs(c));
                    int64_t of_day = ms - FloorDiv(ms, 86'400'000) * 86'400'000;
                    return Repeat<int32_t>(c, static_cast<int32_t>(of_day / 1000 * 1000));
                  },
                  "The time of day, in the session time zone.", "LOCALTIME -- 10:11:12"));
  TRY(r.AddAlias("CURRENT_TIME", "LOCALTIME"));
  FunctionSpec watermark{"CURRENT_WATERMARK",
                         [](std::span<const Argument> args) -> Result<Signature> {
                           if (args.size() != 1) return WrongCount("CURRENT_WATERMARK", 1);
                           if (!args[0].type.is_rowtime()) return Status::InvalidSql("The argument of CURRENT_WATERMARK() must be a rowtime attribute.");
                           LogicalType t = args[0].type.root() == TypeRoot::kTimestampLtz ? LogicalType::TimestampLtz(3) : LogicalType::Timestamp(3);
                           return Signature{t, {args[0].type}};
                         },
                         CurrentWatermark, "The current watermark of a rowtime attribute; NULL until one has arrived.", "CURRENT_WATERMARK(ts) -- 2024-01-31 10:11:12.123"};
  watermark.deterministic = false;
  TRY(Define(r, std::move(watermark)));
  return DefineClock(r, "SOURCE_WATERMARK", LogicalType::TimestampLtz(3),
                     [](const CallArgs&) -> Result<arrow::Datum> { return Status::NotSupported("SOURCE_WATERMARK() outside of a WATERMARK declaration"); },
                     "In a WATERMARK declaration: the source makes the watermarks.", "WATERMARK FOR ts AS SOURCE_WATERMARK()");
}

}  // namespace tarn::plug
