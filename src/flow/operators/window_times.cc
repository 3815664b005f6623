#include "flow/operators/window_times.h"

namespace tarn::flow {

using Kind = plan::WindowSpec::Kind;

Result<WindowTimes> WindowTimes::Make(const plan::WindowSpec& spec, const types::LogicalType& time_type) {
  WindowTimes w;
  w.spec_ = spec;
  if (spec.kind == Kind::kSession) return Status::NotSupported("SESSION windows");
  if (spec.size_ms <= 0) return Status::InvalidSql("a window needs a size above 0, but got " + std::to_string(spec.size_ms) + " ms");
  switch (spec.kind) {
    case Kind::kTumble:
      w.slice_ = spec.size_ms;
      break;
    case Kind::kHop:
      if (spec.step_ms <= 0 || spec.size_ms % spec.step_ms != 0) {
        return Status::InvalidSql("HOP table function based aggregate requires size must be an integral multiple of slide, but got size " +
                                  std::to_string(spec.size_ms) + " ms and slide " + std::to_string(spec.step_ms) + " ms");
      }
      w.slice_ = spec.step_ms;   // = gcd(size, slide)
      break;
    case Kind::kCumulate:
      if (spec.step_ms <= 0 || spec.size_ms % spec.step_ms != 0) {
        return Status::InvalidSql("CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but got maxSize " +
                                  std::to_string(spec.size_ms) + " ms and step " + std::to_string(spec.step_ms) + " ms");
      }
      w.slice_ = spec.step_ms;
      break;
    case Kind::kSession: break;
  }
  if (time_type.root() == types::TypeRoot::kTimestampLtz || spec.proctime) {
    w.zone_ = TRY(types::TimeZone::Find(spec.zone));
    if (w.zone_->is_utc()) w.zone_ = nullptr;
  }
  if (time_type.is_timestamp() && time_type.precision() > 3) w.units_per_ms_ = time_type.precision() <= 6 ? 1000 : 1000000;
  return w;
}

void WindowTimes::ToWindowTime(const arrow::Array& column, std::vector<int64_t>* out, bool* has_null) const {
  const int64_t n = column.length();
  out->resize(static_cast<size_t>(n));
  const int64_t* values = column.data()->GetValues<int64_t>(1);
  if (units_per_ms_ == 1) std::copy(values, values + n, out->begin());
  else for (int64_t i = 0; i < n; ++i) (*out)[static_cast<size_t>(i)] = FloorDiv(values[i], units_per_ms_);
  *has_null = column.null_count() > 0;
  if (zone_ != nullptr && !rows_are_local_ && n > 0) {
    // Zone rules change a few times a year: one question for each run of rows within the same quarter of an hour.
    int64_t quarter = INT64_MIN, shift = 0;
    for (int64_t& t : *out) {
      const int64_t q = FloorDiv(t, 900'000);
      if (q != quarter) {
        quarter = q;
        shift = 1000LL * zone_->OffsetAtUtc(FloorDiv(t, 1000));
      }
      t += shift;
    }
  }
  if (*has_null) for (int64_t i = 0; i < n; ++i) if (column.IsNull(i)) (*out)[static_cast<size_t>(i)] = INT64_MIN;
}

int64_t WindowTimes::TimerEpoch(int64_t window_ms) const {
  if (zone_ == nullptr || window_ms == INT64_MAX) return window_ms;
  const int64_t local_s = FloorDiv(window_ms, 1000);
  const int64_t first = window_ms - 1000LL * zone_->OffsetAtLocal(local_s);
  // An hour that happens twice: the later one.
  const int64_t second = first + 3'600'000;
  return second + 1000LL * zone_->OffsetAtUtc(FloorDiv(second, 1000)) == window_ms ? second : first;
}

int64_t WindowTimes::ToColumn(int64_t window_ms, const types::LogicalType& type) const {
  int64_t ms = window_ms;
  if (type.root() == types::TypeRoot::kTimestampLtz && zone_ != nullptr) ms -= 1000LL * zone_->OffsetAtLocal(FloorDiv(window_ms, 1000));
  return type.precision() <= 3 ? ms : type.precision() <= 6 ? ms * 1000 : ms * 1'000'000;
}

int64_t WindowTimes::LastWindowEnd(int64_t slice_end) const {
  switch (spec_.kind) {
    case Kind::kHop: return StartOf(slice_end - slice_, spec_.step_ms) + spec_.size_ms;   // the last window starts at or before the slice
    case Kind::kCumulate: return StartOf(slice_end - 1, spec_.size_ms) + spec_.size_ms;
    case Kind::kTumble:
    case Kind::kSession: return slice_end;
  }
  return slice_end;
}

int64_t WindowTimes::WindowStart(int64_t end) const {
  if (spec_.kind == Kind::kCumulate) return StartOf(end - 1, spec_.size_ms);
  return end - spec_.size_ms;
}

}  // namespace tarn::flow
