#include "batch/batch.h"

#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Validity of the taken rows; nullptr when all are valid.
Result<std::shared_ptr<arrow::Buffer>> TakeValidity(const arrow::Array& a, const int32_t* idx, int64_t n, int64_t* null_count) {
  *null_count = 0;
  if (a.null_count() == 0) return std::shared_ptr<arrow::Buffer>();
  std::shared_ptr<arrow::Buffer> bits = TRY(arrow::AllocateEmptyBitmap(n));
  uint8_t* to = bits->mutable_data();
  const uint8_t* from = a.null_bitmap_data();
  const int64_t offset = a.offset();
  int64_t valid = 0;
  for (int64_t i = 0; i < n; ++i) {
    bool v = arrow::bit_util::GetBit(from, offset + idx[i]);
    to[i >> 3] |= static_cast<uint8_t>(v << (i & 7));
    valid += v;
  }
  *null_count = n - valid;
  return bits;
}

template <typename T>
Result<ArrayPtr> TakeFixed(const arrow::Array& a, const int32_t* idx, int64_t n) {
  int64_t nulls = 0;
  auto validity = TRY(TakeValidity(a, idx, n, &nulls));
  std::shared_ptr<arrow::Buffer> values = TRY(arrow::AllocateBuffer(n * static_cast<int64_t>(sizeof(T))));
  const T* from = a.data()->GetValues<T>(1);
  T* to = reinterpret_cast<T*>(values->mutable_data());
  for (int64_t i = 0; i < n; ++i) to[i] = from[idx[i]];
  return arrow::MakeArray(arrow::ArrayData::Make(a.type(), n, {std::move(validity), std::move(values)}, nulls));
}

Result<ArrayPtr> TakeBytes(const arrow::Array& array, const int32_t* idx, int64_t n) {
  const auto& a = static_cast<const arrow::BinaryArray&>(array);
  const int32_t* offsets = a.raw_value_offsets();
  int64_t total = 0;
  for (int64_t i = 0; i < n; ++i) total += offsets[idx[i] + 1] - offsets[idx[i]];
  if (total > INT32_MAX) return Status::Exhausted("a batch would hold more than 2 GiB of text in one column");
  int64_t nulls = 0;
  auto validity = TRY(TakeValidity(array, idx, n, &nulls));
  std::shared_ptr<arrow::Buffer> to_offsets = TRY(arrow::AllocateBuffer((n + 1) * 4));
  std::shared_ptr<arrow::Buffer> to_bytes = TRY(arrow::AllocateBuffer(total));
  int32_t* off = reinterpret_cast<int32_t*>(to_offsets->mutable_data());
  const uint8_t* from = a.raw_data();
  uint8_t* to = to_bytes->mutable_data();
  int32_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    off[i] = at;
    int32_t begin = offsets[idx[i]], len = offsets[idx[i] + 1] - begin;
    if (len > 0) std::memcpy(to + at, from + begin, static_cast<size_t>(len));
    at += len;
  }
  off[n] = at;
  return arrow::MakeArray(arrow::ArrayData::Make(array.type(), n, {std::move(validity), std::move(to_offsets), std::move(to_bytes)}, nulls));
}

Result<ArrayPtr> TakeColumn(const ArrayPtr& a, const arrow::Int32Array& indices) {
  const int32_t* idx = indices.raw_values();
  const int64_t n = indices.length();
  switch (a->type_id()) {
    case arrow::Type::INT8: return TakeFixed<int8_t>(*a, idx, n);
    case arrow::Type::INT16: return TakeFixed<int16_t>(*a, idx, n);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::FLOAT: return TakeFixed<int32_t>(*a, idx, n);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::DOUBLE: return TakeFixed<int64_t>(*a, idx, n);
    case arrow::Type::DECIMAL128: return TakeFixed<unsigned __int128>(*a, idx, n);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return TakeBytes(*a, idx, n);
    default: break;
  }
  auto taken = TRY(arrow::compute::Take(*a, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken;
}

std::shared_ptr<arrow::Schema> IpcSchema(const RowType& type, bool kinds) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < type.size(); ++i) fields.push_back(arrow::field("c" + std::to_string(i), types::ToArrow(type.types[i])));
  if (kinds) fields.push_back(arrow::field("kind", arrow::int8(), false));
  return arrow::schema(std::move(fields));
}

}  // namespace

Batch Batch::Slice(int64_t offset, int64_t length) const {
  if (offset == 0 && length == num_rows_) return *this;
  std::vector<ArrayPtr> columns;
  columns.reserve(columns_.size());
  for (const auto& c : columns_) columns.push_back(c->Slice(offset, length));
  return Batch(length, std::move(columns), kinds_ ? std::static_pointer_cast<arrow::Int8Array>(kinds_->Slice(offset, length)) : nullptr);
}

Result<Batch> TakeRows(const Batch& batch, const arrow::Array& int32_indices) {
  const auto& indices = static_cast<const arrow::Int32Array&>(int32_indices);
  std::vector<ArrayPtr> columns;
  columns.reserve(batch.columns().size());
  for (const auto& c : batch.columns()) columns.push_back(TRY(TakeColumn(c, indices)));
  std::shared_ptr<arrow::Int8Array> kinds;
  if (batch.kinds()) kinds = std::static_pointer_cast<arrow::Int8Array>(TRY(TakeColumn(batch.kinds(), indices)));
  return Batch(indices.length(), std::move(columns), std::move(kinds));
}

Result<Batch> ConcatBatches(const RowType& type, const std::vector<Batch>& batches) {
  if (batches.empty()) return EmptyBatch(type);
  if (batches.size() == 1) return batches[0];
  int64_t rows = 0;
  bool kinds = false;
  for (const Batch& b : batches) {
    rows += b.num_rows();
    kinds |= b.kinds() != nullptr;
  }
  std::vector<ArrayPtr> columns;
  arrow::ArrayVector parts(batches.size());
  for (size_t c = 0; c < type.size(); ++c) {
    for (size_t b = 0; b < batches.size(); ++b) parts[b] = batches[b].column(c);
    columns.push_back(TRY(arrow::Concatenate(parts)));
  }
  std::shared_ptr<arrow::Int8Array> kind_column;
  if (kinds) {
    std::shared_ptr<arrow::Buffer> values = TRY(arrow::AllocateBuffer(rows));
    uint8_t* to = values->mutable_data();
    for (const Batch& b : batches) {
      if (b.kinds()) std::memcpy(to, b.kinds()->raw_values(), static_cast<size_t>(b.num_rows()));
      else std::memset(to, 0, static_cast<size_t>(b.num_rows()));
      to += b.num_rows();
    }
    kind_column = std::make_shared<arrow::Int8Array>(rows, std::move(values));
  }
  return Batch(rows, std::move(columns), std::move(kind_column));
}

Batch EmptyBatch(const RowType& type) {
  std::vector<ArrayPtr> columns;
  for (const auto& t : type.types) columns.push_back(arrow::MakeEmptyArray(types::ToArrow(t)).ValueOrDie());
  return Batch(0, std::move(columns));
}

Result<std::string> SerializeBatch(const RowType& type, const Batch& batch) {
  auto schema = IpcSchema(type, batch.kinds() != nullptr);
  arrow::ArrayVector columns = batch.columns();
  if (batch.kinds()) columns.push_back(batch.kinds());
  auto record_batch = arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
  auto sink = TRY(arrow::io::BufferOutputStream::Create(4096));
  auto writer = TRY(arrow::ipc::MakeStreamWriter(sink, schema));
  TRY(writer->WriteRecordBatch(*record_batch));
  TRY(writer->Close());
  auto buffer = TRY(sink->Finish());
  return buffer->ToString();
}

Result<Batch> DeserializeBatch(const RowType& type, std::string_view bytes) {
  auto buffer = arrow::Buffer::FromString(std::string(bytes));   // owned: the columns point into it
  arrow::io::BufferReader input(buffer);
  auto opened = arrow::ipc::RecordBatchStreamReader::Open(&input);
  if (!opened.ok()) return Status::Corrupt("stored rows can't be read: " + opened.status().message());
  std::shared_ptr<arrow::RecordBatch> rows;
  arrow::Status read = (*opened)->ReadNext(&rows);
  if (read.ok() && rows) read = rows->Validate();
  if (!read.ok() || !rows) return Status::Corrupt("stored rows can't be read: " + (read.ok() ? "there are none" : read.message()));
  const size_t n = static_cast<size_t>(rows->num_columns());
  const bool kinds = n == type.size() + 1 && rows->schema()->field(static_cast<int>(n) - 1)->name() == "kind";
  if (n != type.size() + (kinds ? 1 : 0)) {
    return Status::Corrupt("stored rows have " + std::to_string(n) + " columns, " + std::to_string(type.size()) + " are wanted");
  }
  std::vector<ArrayPtr> columns = rows->columns();
  for (size_t i = 0; i < type.size(); ++i) {
    if (!columns[i]->type()->Equals(types::ToArrow(type.types[i]))) {
      return Status::Corrupt("stored column " + std::to_string(i) + " is " + columns[i]->type()->ToString() + ", " + type.types[i].ToString() + " is wanted");
    }
  }
  std::shared_ptr<arrow::Int8Array> kind_column;
  if (kinds) {
    kind_column = std::static_pointer_cast<arrow::Int8Array>(columns.back());
    columns.pop_back();
  }
  return Batch(rows->num_rows(), std::move(columns), std::move(kind_column));
}

}  // namespace tarn
