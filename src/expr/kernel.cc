#include "expr/kernel.h"

#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/util/bitmap_ops.h>

#include <mutex>

#include "base/check.h"

namespace tarn::expr {
namespace {
const uint8_t kZeroBits[16] = {};
const int32_t kZeroOffsets[2] = {0, 0};
}  // namespace

std::shared_ptr<arrow::Buffer> NewBuffer(int64_t bytes) {
  auto r = arrow::AllocateBuffer(bytes);
  TARN_CHECK(r.ok(), "out of memory");
  return std::shared_ptr<arrow::Buffer>(std::move(r).ValueUnsafe());
}

namespace {
// A constant's own bytes as an array of one row, without a builder: small batches meet their constants often.
std::shared_ptr<arrow::Array> OneRow(const std::shared_ptr<arrow::Scalar>& scalar) {
  if (!scalar->is_valid) return nullptr;
  const auto id = scalar->type->id();
  if (id == arrow::Type::STRING || id == arrow::Type::BINARY) {
    const auto& text = static_cast<const arrow::BaseBinaryScalar&>(*scalar).value;
    if (text->size() > INT32_MAX) return nullptr;
    const int32_t offsets[] = {0, static_cast<int32_t>(text->size())};
    return arrow::MakeArray(arrow::ArrayData::Make(scalar->type, 1, {nullptr, arrow::Buffer::FromString(std::string(reinterpret_cast<const char*>(offsets), sizeof offsets)), text}, 0));
  }
  if (!arrow::is_primitive(id) && id != arrow::Type::DECIMAL128) return nullptr;
  const auto* plain = dynamic_cast<const arrow::internal::PrimitiveScalarBase*>(scalar.get());
  if (!plain) return nullptr;
  return arrow::MakeArray(arrow::ArrayData::Make(scalar->type, 1, {nullptr, arrow::Buffer::FromString(std::string(plain->view()))}, 0));
}
}  // namespace

std::shared_ptr<arrow::Array> AsArray(const arrow::Datum& datum) {
  if (datum.is_array()) return datum.make_array();
  if (auto one = OneRow(datum.scalar())) return one;
  auto r = arrow::MakeArrayFromScalar(*datum.scalar(), 1);
  TARN_CHECK(r.ok(), "a literal that no array can hold");
  return std::move(r).ValueUnsafe();
}

Result<std::shared_ptr<arrow::Array>> Expanded(const arrow::Datum& datum, int64_t rows) {
  if (datum.is_array()) return datum.make_array();
  return TRY(arrow::MakeArrayFromScalar(*datum.scalar(), rows));
}

ColumnBase::ColumnBase(const arrow::Datum& datum) : array_(AsArray(datum)), stride_(datum.is_scalar() ? 0 : 1) {
  const auto& data = *array_->data();
  if (data.type->id() == arrow::Type::NA) {
    validity_ = kZeroBits;
    stride_ = 0;
  } else if (data.buffers[0] && array_->null_count() != 0) {
    validity_ = data.buffers[0]->data();
    offset_ = data.offset;
  }
}

Column<bool>::Column(const arrow::Datum& datum) : ColumnBase(datum) {
  const auto& data = *array_->data();
  bits_ = data.type->id() == arrow::Type::NA ? kZeroBits : data.buffers[1]->data();
  bit_offset_ = data.type->id() == arrow::Type::NA ? 0 : data.offset;
}

Column<std::string_view>::Column(const arrow::Datum& datum) : ColumnBase(datum) {
  const auto& data = *array_->data();
  if (data.type->id() == arrow::Type::NA || array_->length() == 0) {
    offsets_ = kZeroOffsets;
    chars_ = "";
    return;
  }
  offsets_ = reinterpret_cast<const int32_t*>(data.buffers[1]->data()) + data.offset;
  chars_ = data.buffers[2] ? reinterpret_cast<const char*>(data.buffers[2]->data()) : "";
}

void Validity::Allocate() {
  bits_ = NewBuffer(arrow::bit_util::BytesForBits(rows_));
  data_ = bits_->mutable_data();
  std::memset(data_, 0xff, bits_->size());
}

std::optional<std::shared_ptr<arrow::Buffer>> IntersectValidity(std::span<const arrow::Datum> args, int64_t rows) {
  std::shared_ptr<arrow::Buffer> out;
  bool own = false;
  for (const arrow::Datum& d : args) {
    if (d.is_scalar()) {
      if (!d.scalar()->is_valid) return std::nullopt;
      continue;
    }
    const auto& data = *d.array();
    if (data.type->id() == arrow::Type::NA) return std::nullopt;
    if (!data.buffers[0] || data.GetNullCount() == 0) continue;
    if (!out && data.offset == 0) {
      out = data.buffers[0];
      continue;
    }
    auto fresh = own ? out : NewBuffer(arrow::bit_util::BytesForBits(rows));
    if (!out) arrow::internal::CopyBitmap(data.buffers[0]->data(), data.offset, rows, fresh->mutable_data(), 0);
    else arrow::internal::BitmapAnd(out->data(), 0, data.buffers[0]->data(), data.offset, rows, 0, fresh->mutable_data());
    out = fresh;
    own = true;
  }
  return out;
}

FixedOutput<bool>::FixedOutput(int64_t rows) : rows_(rows), validity_(rows), buffer_(NewBuffer(arrow::bit_util::BytesForBits(rows))), data_(buffer_->mutable_data()) {
  std::memset(data_, 0, buffer_->size());
}
arrow::Datum FixedOutput<bool>::Finish(const types::LogicalType& type) {
  return arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(type), rows_, {validity_.buffer(), buffer_}, validity_.nulls()));
}

TextOutput::TextOutput(int64_t rows) : rows_(rows), validity_(rows), buffer_(NewBuffer((rows + 1) * sizeof(int32_t))), offsets_(reinterpret_cast<int32_t*>(buffer_->mutable_data())) {
  offsets_[0] = 0;
}
arrow::Datum TextOutput::Finish(const types::LogicalType& type) {
  TARN_DCHECK(row_ == rows_, "a text result has another number of rows");
  return arrow::MakeArray(
      arrow::ArrayData::Make(types::ToArrow(type), rows_, {validity_.buffer(), buffer_, arrow::Buffer::FromString(std::move(chars_))}, validity_.nulls()));
}

Result<arrow::Datum> AllNull(const types::LogicalType& type, int64_t rows) { return arrow::Datum(TRY(arrow::MakeArrayOfNull(types::ToArrow(type), rows))); }

namespace {
template <typename W>
void GatherFixed(const arrow::ArrayData& in, const int32_t* indices, int64_t n, uint8_t* to) {
  const W* from = reinterpret_cast<const W*>(in.buffers[1]->data()) + in.offset;
  W* out = reinterpret_cast<W*>(to);
  for (int64_t i = 0; i < n; ++i) out[i] = from[indices[i]];
}

std::shared_ptr<arrow::Buffer> GatherBits(const uint8_t* bits, int64_t offset, const int32_t* indices, int64_t n, int64_t* set) {
  auto buffer = NewBuffer(arrow::bit_util::BytesForBits(n));
  uint8_t* out = buffer->mutable_data();
  int64_t count = 0;
  for (int64_t i = 0; i < n;) {
    uint8_t byte = 0;
    for (int b = 0; b < 8 && i < n; ++b, ++i) {
      uint8_t v = arrow::bit_util::GetBit(bits, offset + indices[i]);
      byte = static_cast<uint8_t>(byte | v << b);
      count += v;
    }
    *out++ = byte;
  }
  *set = count;
  return buffer;
}

Result<std::shared_ptr<arrow::Array>> GatherText(const arrow::ArrayData& in, const int32_t* indices, int64_t n, std::shared_ptr<arrow::Buffer> validity, int64_t nulls) {
  const int32_t* from = reinterpret_cast<const int32_t*>(in.buffers[1]->data()) + in.offset;
  auto offsets = NewBuffer((n + 1) * 4);
  auto* o = reinterpret_cast<int32_t*>(offsets->mutable_data());
  int64_t total = 0;
  for (int64_t i = 0; i < n; ++i) {
    o[i] = static_cast<int32_t>(total);
    total += from[indices[i] + 1] - from[indices[i]];
  }
  if (total > INT32_MAX) return Status::Exhausted("a text column of one batch grows beyond 2 GB");
  o[n] = static_cast<int32_t>(total);
  auto chars = NewBuffer(total);
  char* to = reinterpret_cast<char*>(chars->mutable_data());
  const char* source = in.buffers[2] ? reinterpret_cast<const char*>(in.buffers[2]->data()) : "";
  for (int64_t i = 0; i < n; ++i) std::memcpy(to + o[i], source + from[indices[i]], static_cast<size_t>(o[i + 1] - o[i]));
  return arrow::MakeArray(arrow::ArrayData::Make(in.type, n, {std::move(validity), std::move(offsets), std::move(chars)}, nulls));
}
}  // namespace

void InitializeCompute() {
  static std::once_flag once;
  std::call_once(once, [] { TARN_CHECK(arrow::compute::Initialize().ok(), "arrow compute could not be initialised"); });
}

Result<std::shared_ptr<arrow::Array>> Gather(const arrow::Array& array, const int32_t* indices, int64_t n, bool may_be_negative) {
  const auto& in = *array.data();
  const auto id = in.type->id();
  if (id == arrow::Type::NA) return TRY(arrow::MakeArrayOfNull(in.type, n));
  const bool text = id == arrow::Type::STRING || id == arrow::Type::BINARY;
  const int width = text || id == arrow::Type::BOOL ? 0 : in.type->bit_width() / 8;
  const bool fixed = !text && id != arrow::Type::BOOL && in.type->num_fields() == 0 && (width == 1 || width == 2 || width == 4 || width == 8 || width == 16);
  if (may_be_negative || (!text && !fixed && id != arrow::Type::BOOL)) {
    InitializeCompute();
    std::shared_ptr<arrow::Buffer> valid;
    if (may_be_negative) {
      valid = NewBuffer(arrow::bit_util::BytesForBits(n));
      for (int64_t i = 0; i < n; ++i) arrow::bit_util::SetBitTo(valid->mutable_data(), i, indices[i] >= 0);
    }
    auto wrapped = std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(indices), n * 4);
    arrow::Int32Array index(n, wrapped, valid);
    return TRY(arrow::compute::Take(array, index, arrow::compute::TakeOptions::NoBoundsCheck()));
  }
  std::shared_ptr<arrow::Buffer> validity;
  int64_t nulls = 0;
  if (in.buffers[0] && array.null_count() != 0) {
    int64_t set = 0;
    validity = GatherBits(in.buffers[0]->data(), in.offset, indices, n, &set);
    nulls = n - set;
    if (nulls == 0) validity = nullptr;
  }
  if (text) return GatherText(in, indices, n, std::move(validity), nulls);
  if (id == arrow::Type::BOOL) {
    int64_t set = 0;
    auto bits = GatherBits(in.buffers[1]->data(), in.offset, indices, n, &set);
    return arrow::MakeArray(arrow::ArrayData::Make(in.type, n, {std::move(validity), std::move(bits)}, nulls));
  }
  auto values = NewBuffer(n * width);
  switch (width) {
    case 1: GatherFixed<uint8_t>(in, indices, n, values->mutable_data()); break;
    case 2: GatherFixed<uint16_t>(in, indices, n, values->mutable_data()); break;
    case 4: GatherFixed<uint32_t>(in, indices, n, values->mutable_data()); break;
    case 8: GatherFixed<uint64_t>(in, indices, n, values->mutable_data()); break;
    default: {
      struct W16 { uint64_t a, b; };
      GatherFixed<W16>(in, indices, n, values->mutable_data());
    }
  }
  return arrow::MakeArray(arrow::ArrayData::Make(in.type, n, {std::move(validity), std::move(values)}, nulls));
}

}  // namespace tarn::expr
