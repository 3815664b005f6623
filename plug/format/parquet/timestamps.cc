#include "plug/format/parquet/timestamps.h"

#include <arrow/buffer.h>
#include <arrow/util/bitmap_ops.h>

#include <climits>
#include <cstdlib>
#include <filesystem>

#include "types/arrow_try.h"

namespace tarn::plug::parquet_format {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

int64_t UnitsPerSecond(const arrow::DataType& type) {
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND: return 1;
    case arrow::TimeUnit::MILLI: return 1'000;
    case arrow::TimeUnit::MICRO: return 1'000'000;
    case arrow::TimeUnit::NANO: return 1'000'000'000;
  }
  return 1;
}

template <bool kToUtc>
Result<ArrayPtr> ShiftLeaf(const ArrayPtr& array, const types::TimeZone& zone) {
  const auto& in = static_cast<const arrow::TimestampArray&>(*array);
  const int64_t units = UnitsPerSecond(*array->type()), n = in.length();
  std::shared_ptr<arrow::Buffer> buffer(TRY(arrow::AllocateBuffer(n * 8)));
  auto* out = reinterpret_cast<int64_t*>(buffer->mutable_data());
  // The offset of a quarter of an hour is constant in every zone: rows near each other ask once.
  int64_t quarter = INT64_MIN, offset = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t v = in.Value(i);
    int64_t seconds = v / units;
    if (v % units < 0) --seconds;
    const int64_t q = seconds >= 0 ? seconds / 900 : (seconds - 899) / 900;
    if (q != quarter) {
      quarter = q;
      if (in.IsNull(i)) offset = 0, quarter = INT64_MIN;
      else offset = kToUtc ? -zone.OffsetAtLocal(seconds) : zone.OffsetAtUtc(seconds);
    }
    out[i] = v + offset * units;
  }
  std::shared_ptr<arrow::Buffer> nulls;
  if (in.null_count() > 0) nulls = TRY(arrow::internal::CopyBitmap(arrow::default_memory_pool(), in.null_bitmap_data(), in.offset(), n));
  return arrow::MakeArray(arrow::ArrayData::Make(array->type(), n, {std::move(nulls), std::move(buffer)}, in.null_count()));
}

bool HasTimestamp(const arrow::DataType& type) {
  if (type.id() == arrow::Type::TIMESTAMP) return true;
  for (const auto& f : type.fields()) if (HasTimestamp(*f->type())) return true;
  return false;
}

template <bool kToUtc>
Result<ArrayPtr> Shift(const ArrayPtr& array, const types::TimeZone& zone) {
  if (!HasTimestamp(*array->type())) return array;
  if (array->type_id() == arrow::Type::TIMESTAMP) return ShiftLeaf<kToUtc>(array, zone);
  auto data = array->data()->Copy();
  for (auto& child : data->child_data) child = TRY(Shift<kToUtc>(arrow::MakeArray(child), zone))->data();
  return arrow::MakeArray(std::move(data));
}

}  // namespace

Result<const types::TimeZone*> MachineZone() {
  if (const char* tz = std::getenv("TZ"); tz != nullptr && *tz != '\0') return types::TimeZone::Find(*tz == ':' ? tz + 1 : tz);
  std::error_code error;
  const std::string target = std::filesystem::read_symlink("/etc/localtime", error).string();
  const size_t at = target.find("zoneinfo/");
  if (error || at == std::string::npos) return types::TimeZone::Find("UTC");
  const std::string id = target.substr(at + 9);
  return types::TimeZone::Find(id == "Etc/UTC" || id == "UCT" || id == "Zulu" ? "UTC" : id);
}

Result<ArrayPtr> LocalToUtc(const ArrayPtr& array, const types::TimeZone& zone) {
  if (zone.is_utc()) return array;
  return Shift<true>(array, zone);
}
Result<ArrayPtr> UtcToLocal(const ArrayPtr& array, const types::TimeZone& zone) {
  if (zone.is_utc()) return array;
  return Shift<false>(array, zone);
}

}  // namespace tarn::plug::parquet_format
