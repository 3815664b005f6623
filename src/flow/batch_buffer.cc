#include "flow/batch_buffer.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::flow {
namespace {
using arrow::bit_util::GetBit;
using ArrayPtr = std::shared_ptr<arrow::Array>;

// Bytes that grow; given away as an Arrow buffer without a copy.
class Bytes {
 public:
  Status Reserve(int64_t bytes) {
    if (buffer_ && bytes <= buffer_->capacity()) return Status::OK();
    if (!buffer_) buffer_ = TRY(arrow::AllocateResizableBuffer(0));
    TRY(buffer_->Reserve(std::max<int64_t>(bytes, buffer_->capacity() * 2)));
    return Status::OK();
  }
  uint8_t* data() { return buffer_->mutable_data(); }
  bool empty() const { return buffer_ == nullptr; }
  Result<std::shared_ptr<arrow::Buffer>> Take(int64_t size) {
    TRY(Reserve(std::max<int64_t>(size, 1)));
    TRY(buffer_->Resize(size, false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer_));
  }

 private:
  std::unique_ptr<arrow::ResizableBuffer> buffer_;
};
}  // namespace

class BatchBuffer::Column {
 public:
  explicit Column(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {}
  virtual ~Column() = default;
  // at: rows there already; capacity: rows that will come at most before Take, unless Append brings more.
  virtual Status Append(const ArrayPtr& source, std::span<const int32_t> rows, int64_t at, int64_t capacity) = 0;
  virtual Result<ArrayPtr> Take(int64_t length) = 0;
  virtual int64_t extra_bytes() const { return 0; }

 protected:
  Status AppendValidity(const arrow::Array& source, std::span<const int32_t> rows, int64_t at, int64_t capacity) {
    auto n = static_cast<int64_t>(rows.size());
    if (source.null_count() == 0 && valid_.empty()) return Status::OK();
    bool fresh = valid_.empty();
    TRY(valid_.Reserve(arrow::bit_util::BytesForBits(std::max(capacity, at + n)) + 8));
    if (fresh) arrow::bit_util::SetBitsTo(valid_.data(), 0, at, true);
    if (source.null_count() == 0) {
      arrow::bit_util::SetBitsTo(valid_.data(), at, n, true);
      return Status::OK();
    }
    const uint8_t* bits = source.null_bitmap_data();
    int64_t offset = source.offset();
    for (int64_t i = 0; i < n; ++i) {
      bool ok = bits ? GetBit(bits, offset + rows[i]) : source.IsValid(rows[i]);
      arrow::bit_util::SetBitTo(valid_.data(), at + i, ok);
      nulls_ += !ok;
    }
    return Status::OK();
  }
  Result<std::shared_ptr<arrow::Buffer>> TakeValidity(int64_t length) {
    if (valid_.empty()) return std::shared_ptr<arrow::Buffer>();
    return valid_.Take(arrow::bit_util::BytesForBits(length));
  }
  int64_t TakeNulls() { return std::exchange(nulls_, 0); }
  const std::shared_ptr<arrow::DataType> type_;

 private:
  Bytes valid_;
  int64_t nulls_ = 0;
};

namespace {
struct Wide { uint64_t a, b; };

template <typename T>
class FixedColumn final : public BatchBuffer::Column {
 public:
  using Column::Column;
  Status Append(const ArrayPtr& source, std::span<const int32_t> rows, int64_t at, int64_t capacity) override {
    auto n = static_cast<int64_t>(rows.size());
    TRY(values_.Reserve(static_cast<int64_t>(sizeof(T)) * std::max(capacity, at + n)));
    const T* in = source->data()->GetValues<T>(1);
    T* out = reinterpret_cast<T*>(values_.data()) + at;
    for (int64_t i = 0; i < n; ++i) out[i] = in[rows[i]];
    return AppendValidity(*source, rows, at, capacity);
  }
  Result<ArrayPtr> Take(int64_t length) override {
    auto valid = TRY(TakeValidity(length));
    auto values = TRY(values_.Take(length * static_cast<int64_t>(sizeof(T))));
    return arrow::MakeArray(arrow::ArrayData::Make(type_, length, {std::move(valid), std::move(values)}, TakeNulls()));
  }

 private:
  Bytes values_;
};

class BooleanColumn final : public BatchBuffer::Column {
 public:
  using Column::Column;
  Status Append(const ArrayPtr& source, std::span<const int32_t> rows, int64_t at, int64_t capacity) override {
    auto n = static_cast<int64_t>(rows.size());
    TRY(values_.Reserve(arrow::bit_util::BytesForBits(std::max(capacity, at + n)) + 8));
    const uint8_t* in = source->data()->buffers[1]->data();
    for (int64_t i = 0; i < n; ++i) arrow::bit_util::SetBitTo(values_.data(), at + i, GetBit(in, source->offset() + rows[i]));
    return AppendValidity(*source, rows, at, capacity);
  }
  Result<ArrayPtr> Take(int64_t length) override {
    auto valid = TRY(TakeValidity(length));
    auto values = TRY(values_.Take(arrow::bit_util::BytesForBits(length)));
    return arrow::MakeArray(arrow::ArrayData::Make(type_, length, {std::move(valid), std::move(values)}, TakeNulls()));
  }

 private:
  Bytes values_;
};

class BytesColumn final : public BatchBuffer::Column {
 public:
  using Column::Column;
  Status Append(const ArrayPtr& source, std::span<const int32_t> rows, int64_t at, int64_t capacity) override {
    auto n = static_cast<int64_t>(rows.size());
    const auto* in = source->data()->GetValues<int32_t>(1);
    int64_t more = 0;
    for (int32_t r : rows) more += in[r + 1] - in[r];
    if (size_ + more > INT32_MAX) return Status::Exhausted("the strings of one batch take more than 2 GiB").WithHint("lower tarn.batch.size");
    TRY(offsets_.Reserve(4 * (std::max(capacity, at + n) + 1)));
    TRY(values_.Reserve(std::max<int64_t>(size_ + more, 64)));
    auto* offsets = reinterpret_cast<int32_t*>(offsets_.data());
    if (at == 0) offsets[0] = 0;
    const uint8_t* bytes = source->data()->buffers[2] ? source->data()->buffers[2]->data() : nullptr;
    uint8_t* out = values_.data();
    for (int64_t i = 0; i < n; ++i) {
      int32_t from = in[rows[i]], length = in[rows[i] + 1] - from;
      if (length > 0) std::memcpy(out + size_, bytes + from, static_cast<size_t>(length));
      size_ += length;
      offsets[at + i + 1] = static_cast<int32_t>(size_);
    }
    return AppendValidity(*source, rows, at, capacity);
  }
  Result<ArrayPtr> Take(int64_t length) override {
    auto valid = TRY(TakeValidity(length));
    auto offsets = TRY(offsets_.Take(4 * (length + 1)));
    auto values = TRY(values_.Take(std::exchange(size_, 0)));
    return arrow::MakeArray(arrow::ArrayData::Make(type_, length, {std::move(valid), std::move(offsets), std::move(values)}, TakeNulls()));
  }
  int64_t extra_bytes() const override { return size_; }

 private:
  Bytes offsets_, values_;
  int64_t size_ = 0;
};

class PieceColumn final : public BatchBuffer::Column {
 public:
  using Column::Column;
  Status Append(const ArrayPtr& source, std::span<const int32_t> rows, int64_t, int64_t) override {
    auto indices = std::make_shared<arrow::Int32Array>(static_cast<int64_t>(rows.size()),
                                                       arrow::Buffer::Wrap(rows.data(), rows.size()));
    Batch one = TRY(TakeRows(Batch(source->length(), {source}), *indices));
    pieces_.push_back(one.column(0));
    return Status::OK();
  }
  Result<ArrayPtr> Take(int64_t) override {
    auto pieces = std::move(pieces_);
    pieces_.clear();
    if (pieces.size() == 1) return pieces[0];
    return TRY(arrow::Concatenate(pieces));
  }

 private:
  arrow::ArrayVector pieces_;
};

std::unique_ptr<BatchBuffer::Column> MakeColumn(std::shared_ptr<arrow::DataType> type) {
  switch (type->id()) {
    case arrow::Type::BOOL: return std::make_unique<BooleanColumn>(type);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return std::make_unique<BytesColumn>(type);
    default: break;
  }
  if (arrow::is_primitive(type->id()) || type->id() == arrow::Type::DECIMAL128) {
    switch (type->byte_width()) {
      case 1: return std::make_unique<FixedColumn<uint8_t>>(type);
      case 2: return std::make_unique<FixedColumn<uint16_t>>(type);
      case 4: return std::make_unique<FixedColumn<uint32_t>>(type);
      case 8: return std::make_unique<FixedColumn<uint64_t>>(type);
      case 16: return std::make_unique<FixedColumn<Wide>>(type);
      default: break;
    }
  }
  return std::make_unique<PieceColumn>(type);
}
}  // namespace

BatchBuffer::BatchBuffer(const RowType& type, int64_t capacity) : capacity_(capacity) {
  for (const auto& t : type.types) columns_.push_back(MakeColumn(types::ToArrow(t)));
}
BatchBuffer::BatchBuffer(BatchBuffer&&) noexcept = default;
BatchBuffer::~BatchBuffer() = default;

int64_t BatchBuffer::bytes() const {
  int64_t n = 0;
  for (const auto& c : columns_) n += c->extra_bytes();
  return n;
}

Status BatchBuffer::Append(const Batch& batch, std::span<const int32_t> rows) {
  if (rows.empty()) return Status::OK();
  for (size_t i = 0; i < columns_.size(); ++i) TRY(columns_[i]->Append(batch.column(i), rows, rows_, capacity_));
  if (batch.kinds() || !kinds_.empty()) {
    kinds_.resize(static_cast<size_t>(rows_), 0);
    if (batch.kinds()) {
      const int8_t* k = batch.kinds()->raw_values();
      for (int32_t r : rows) kinds_.push_back(k[r]);
    } else {
      kinds_.resize(kinds_.size() + rows.size(), 0);
    }
  }
  rows_ += static_cast<int64_t>(rows.size());
  return Status::OK();
}

Result<Batch> BatchBuffer::Take() {
  arrow::ArrayVector columns;
  for (auto& c : columns_) columns.push_back(TRY(c->Take(rows_)));
  std::shared_ptr<arrow::Int8Array> kinds;
  if (!kinds_.empty()) {
    kinds = std::make_shared<arrow::Int8Array>(rows_, arrow::Buffer::FromVector(std::move(kinds_)));
    kinds_.clear();
  }
  return Batch(std::exchange(rows_, 0), std::move(columns), std::move(kinds));
}

}  // namespace tarn::flow
