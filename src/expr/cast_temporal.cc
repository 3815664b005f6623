// Among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; intervals from and to numbers.
#include "expr/cast.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

namespace {
inline int64_t FloorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}

// Digits finer than the precision are cut within the physical unit.
int64_t CutUnit(int precision) {
  static constexpr int64_t kCut[] = {1000, 100, 10, 1, 100, 10, 1, 100, 10, 1};
  return kCut[precision];
}

template <typename From, typename To, typename F>
std::shared_ptr<arrow::Array> Each(const internal::CastCall& c, F f) {
  arrow::Datum d(c.array);
  auto validity = IntersectValidity(std::span(&d, 1), c.array->length());
  const From* in = reinterpret_cast<const From*>(c.array->data()->buffers[1]->data()) + c.array->offset();
  auto values = NewBuffer(c.array->length() * sizeof(To));
  To* out = reinterpret_cast<To*>(values->mutable_data());
  for (int64_t i = 0, n = c.array->length(); i < n; ++i) out[i] = static_cast<To>(f(in[i]));
  return arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(c.to), c.array->length(), {validity ? *validity : nullptr, std::move(values)}));
}

internal::ArrayResult FromTimestamp(const internal::CastCall& c, const types::TimeZone* zone) {
  const int64_t unit = types::TimestampUnitsPerSecond(c.from.precision());
  const bool from_ltz = c.from.root() == TypeRoot::kTimestampLtz;
  const bool shift = zone && !zone->is_utc();
  // wall clock of an instant, in the unit of the argument
  auto local = [=](int64_t v) { return from_ltz && shift ? v + zone->OffsetAtUtc(FloorDiv(v, unit)) * unit : v; };
  switch (c.to.root()) {
    case TypeRoot::kDate: return Each<int64_t, int32_t>(c, [=](int64_t v) { return FloorDiv(local(v), unit * 86400); });
    case TypeRoot::kTime: {
      int64_t day = unit * 86400, per_ms = unit / 1000, cut = c.to.precision() >= 3 ? 1 : CutUnit(c.to.precision());
      return Each<int64_t, int32_t>(c, [=](int64_t v) {
        int64_t l = local(v);
        int64_t ms = (l - FloorDiv(l, day) * day) / per_ms;
        return ms / cut * cut;
      });
    }
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: {
      const bool to_ltz = c.to.root() == TypeRoot::kTimestampLtz;
      const int64_t to_unit = types::TimestampUnitsPerSecond(c.to.precision());
      const int64_t cut = CutUnit(c.to.precision());
      const bool finer = c.from.precision() > c.to.precision();
      auto convert = [=](int64_t v) {
        if (to_unit >= unit) v *= to_unit / unit;
        else v = FloorDiv(v, unit / to_unit);
        if (finer && cut > 1) v = FloorDiv(v, cut) * cut;
        if (from_ltz != to_ltz && shift) {
          int64_t s = FloorDiv(v, to_unit);
          v += (from_ltz ? zone->OffsetAtUtc(s) : -zone->OffsetAtLocal(s)) * to_unit;
        }
        return v;
      };
      if (unit == to_unit && !(finer && cut > 1) && (from_ltz == to_ltz || !shift)) {   // only the name of the type changes
        auto data = c.array->data()->Copy();
        data->type = types::ToArrow(c.to);
        return arrow::MakeArray(data);
      }
      return Each<int64_t, int64_t>(c, convert);
    }
    default: return Status::NotSupported("cast from " + c.from.ToSummaryString() + " to " + c.to.ToSummaryString());
  }
}
}  // namespace

namespace internal {
ArrayResult CastTemporal(const CastCall& c) {
  const types::TimeZone* zone = nullptr;
  if (c.from.root() == TypeRoot::kTimestampLtz || c.to.root() == TypeRoot::kTimestampLtz) zone = TRY(types::TimeZone::Find(c.context.time_zone));
  if (c.from.is_timestamp()) return FromTimestamp(c, zone);
  if (c.to.is_timestamp()) {
    const bool date = c.from.root() == TypeRoot::kDate;
    const int64_t unit = types::TimestampUnitsPerSecond(c.to.precision());
    const bool shift = c.to.root() == TypeRoot::kTimestampLtz && !zone->is_utc();
    return Each<int32_t, int64_t>(c, [=](int32_t v) {
      int64_t out = date ? static_cast<int64_t>(v) * 86400 * unit : static_cast<int64_t>(v) * (unit / 1000);
      if (shift) out -= zone->OffsetAtLocal(FloorDiv(out, unit)) * unit;
      return out;
    });
  }
  if (c.from.root() == TypeRoot::kTime && c.to.root() == TypeRoot::kTime) {
    int64_t cut = c.to.precision() >= 3 ? 1 : CutUnit(c.to.precision());
    return Each<int32_t, int32_t>(c, [=](int32_t v) { return v / cut * cut; });
  }
  if (c.from.root() == c.to.root()) {   // intervals of another resolution
    auto data = c.array->data()->Copy();
    data->type = types::ToArrow(c.to);
    return arrow::MakeArray(data);
  }
  const bool months_from = c.from.root() == TypeRoot::kIntervalYearMonth, months_to = c.to.root() == TypeRoot::kIntervalYearMonth;
  if (c.from.is_interval() && c.to.is_numeric()) {
    LogicalType plain = months_from ? LogicalType::Int() : LogicalType::BigInt();
    auto data = c.array->data()->Copy();
    data->type = types::ToArrow(plain);
    return CastArray(c.context, arrow::MakeArray(data), plain, c.to, c.try_cast);
  }
  if (c.to.is_interval() && c.from.is_integer()) {
    LogicalType plain = months_to ? LogicalType::Int() : LogicalType::BigInt();
    auto number = TRY(CastArray(c.context, c.array, c.from, plain, c.try_cast));
    auto data = number->data()->Copy();
    data->type = types::ToArrow(c.to);
    return arrow::MakeArray(data);
  }
  return Status::NotSupported("cast from " + c.from.ToSummaryString() + " to " + c.to.ToSummaryString());
}
}  // namespace internal
}  // namespace tarn::expr
