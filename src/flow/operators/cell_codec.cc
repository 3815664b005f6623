#include "flow/operators/cell_codec.h"

#include <arrow/type.h>

namespace tarn::flow {
namespace {

using arrow::Type;

template <typename T>
T FixedAt(const arrow::Array& array, int64_t row) { return array.data()->GetValues<T>(1)[row]; }

template <typename Builder, typename T>
Status DecodeFixed(ByteReader* in, arrow::ArrayBuilder* builder) {
  T v;
  if (!in->Get(&v)) return StateEndsEarly();
  return FromArrow(static_cast<Builder*>(builder)->Append(v));
}

}  // namespace

int FixedWidth(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
    case Type::INT8: return 1;
    case Type::INT16: return 2;
    case Type::INT32:
    case Type::DATE32:
    case Type::TIME32:
    case Type::INTERVAL_MONTHS:
    case Type::FLOAT: return 4;
    case Type::INT64:
    case Type::TIMESTAMP:
    case Type::DURATION:
    case Type::DOUBLE: return 8;
    case Type::DECIMAL128: return 16;
    default: return 0;
  }
}

Status CheckCellType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::STRING:
    case Type::BINARY:
    case Type::NA: return Status::OK();
    case Type::LIST:
    case Type::MAP:
    case Type::STRUCT:
      for (const auto& f : type.fields()) TRY(CheckCellType(*f->type()));
      return Status::OK();
    default:
      if (FixedWidth(type) > 0) return Status::OK();
      return Status::NotSupported("values of type " + type.ToString() + " in state");
  }
}

void EncodeCell(const arrow::Array& array, int64_t row, std::string* out) {
  if (array.IsNull(row)) {
    out->push_back(0);
    return;
  }
  out->push_back(1);
  switch (array.type_id()) {
    case Type::BOOL: out->push_back(static_cast<char>(static_cast<const arrow::BooleanArray&>(array).Value(row))); return;
    case Type::STRING:
    case Type::BINARY: PutBytes(static_cast<const arrow::BinaryArray&>(array).GetView(row), out); return;
    case Type::LIST:
    case Type::MAP: {
      const auto& list = static_cast<const arrow::ListArray&>(array);   // a MapArray is a list of structs
      const int64_t begin = list.value_offset(row), n = list.value_length(row);
      PutFixed(static_cast<uint32_t>(n), out);
      for (int64_t i = 0; i < n; ++i) EncodeCell(*list.values(), begin + i, out);
      return;
    }
    case Type::STRUCT: {
      const auto& s = static_cast<const arrow::StructArray&>(array);
      for (int f = 0; f < s.num_fields(); ++f) EncodeCell(*s.field(f), row, out);
      return;
    }
    default: break;
  }
  switch (FixedWidth(*array.type())) {
    case 1: PutFixed(FixedAt<int8_t>(array, row), out); return;
    case 2: PutFixed(FixedAt<int16_t>(array, row), out); return;
    case 4: PutFixed(FixedAt<int32_t>(array, row), out); return;
    case 8: PutFixed(FixedAt<int64_t>(array, row), out); return;
    case 16: PutFixed(FixedAt<unsigned __int128>(array, row), out); return;
    default: return;   // CheckCellType refused it
  }
}

Status DecodeCell(ByteReader* in, arrow::ArrayBuilder* builder) {
  uint8_t marker;
  if (!in->Get(&marker)) return StateEndsEarly();
  if (marker == 0) return FromArrow(builder->AppendNull());
  switch (builder->type()->id()) {
    case Type::BOOL: return DecodeFixed<arrow::BooleanBuilder, uint8_t>(in, builder);
    case Type::INT8: return DecodeFixed<arrow::Int8Builder, int8_t>(in, builder);
    case Type::INT16: return DecodeFixed<arrow::Int16Builder, int16_t>(in, builder);
    case Type::INT32: return DecodeFixed<arrow::Int32Builder, int32_t>(in, builder);
    case Type::DATE32: return DecodeFixed<arrow::Date32Builder, int32_t>(in, builder);
    case Type::TIME32: return DecodeFixed<arrow::Time32Builder, int32_t>(in, builder);
    case Type::INTERVAL_MONTHS: return DecodeFixed<arrow::MonthIntervalBuilder, int32_t>(in, builder);
    case Type::FLOAT: return DecodeFixed<arrow::FloatBuilder, float>(in, builder);
    case Type::INT64: return DecodeFixed<arrow::Int64Builder, int64_t>(in, builder);
    case Type::TIMESTAMP: return DecodeFixed<arrow::TimestampBuilder, int64_t>(in, builder);
    case Type::DURATION: return DecodeFixed<arrow::DurationBuilder, int64_t>(in, builder);
    case Type::DOUBLE: return DecodeFixed<arrow::DoubleBuilder, double>(in, builder);
    case Type::DECIMAL128: {
      uint8_t v[16];
      if (!in->Get(&v)) return StateEndsEarly();
      return FromArrow(static_cast<arrow::Decimal128Builder*>(builder)->Append(std::string_view(reinterpret_cast<const char*>(v), 16)));
    }
    case Type::STRING:
    case Type::BINARY: {
      std::string_view bytes;
      if (!in->GetBytes(&bytes)) return StateEndsEarly();
      return FromArrow(static_cast<arrow::BinaryBuilder*>(builder)->Append(bytes.data(), static_cast<int32_t>(bytes.size())));
    }
    case Type::LIST: {
      auto* list = static_cast<arrow::ListBuilder*>(builder);
      uint32_t n;
      if (!in->Get(&n)) return StateEndsEarly();
      TRY(list->Append());
      for (uint32_t i = 0; i < n; ++i) TRY(DecodeCell(in, list->value_builder()));
      return Status::OK();
    }
    case Type::MAP: {
      auto* map = static_cast<arrow::MapBuilder*>(builder);
      uint32_t n;
      if (!in->Get(&n)) return StateEndsEarly();
      TRY(map->Append());
      for (uint32_t i = 0; i < n; ++i) {   // each entry is a row cell: marker, key, value
        uint8_t entry;
        if (!in->Get(&entry)) return StateEndsEarly();
        TRY(DecodeCell(in, map->key_builder()));
        TRY(DecodeCell(in, map->item_builder()));
      }
      return Status::OK();
    }
    case Type::STRUCT: {
      auto* s = static_cast<arrow::StructBuilder*>(builder);
      TRY(s->Append());
      for (int f = 0; f < s->num_fields(); ++f) TRY(DecodeCell(in, s->field_builder(f)));
      return Status::OK();
    }
    default: return Status::NotSupported("values of type " + builder->type()->ToString() + " in state");
  }
}

namespace {

template <typename T>
Result<std::shared_ptr<arrow::Array>> DecodeFixedColumn(const std::shared_ptr<arrow::DataType>& type, std::vector<ByteReader>* rows) {
  const int64_t n = static_cast<int64_t>(rows->size());
  std::shared_ptr<arrow::Buffer> values = TRY(arrow::AllocateBuffer(n * static_cast<int64_t>(sizeof(T)))), validity;
  T* to = reinterpret_cast<T*>(values->mutable_data());
  int64_t nulls = 0;
  for (int64_t i = 0; i < n; ++i) {
    ByteReader& in = (*rows)[static_cast<size_t>(i)];
    uint8_t marker;
    if (!in.Get(&marker)) return StateEndsEarly();
    if (marker != 0) {
      if (!in.Get(&to[i])) return StateEndsEarly();
      continue;
    }
    to[i] = T{};
    if (!validity) {
      validity = TRY(arrow::AllocateBitmap(n));
      std::memset(validity->mutable_data(), 0xFF, static_cast<size_t>(validity->size()));
    }
    validity->mutable_data()[i >> 3] &= static_cast<uint8_t>(~(1u << (i & 7)));
    ++nulls;
  }
  return arrow::MakeArray(arrow::ArrayData::Make(type, n, {std::move(validity), std::move(values)}, nulls));
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> DecodeColumn(const std::shared_ptr<arrow::DataType>& type, std::vector<ByteReader>* rows) {
  switch (type->id() == Type::BOOL ? 0 : FixedWidth(*type)) {
    case 1: return DecodeFixedColumn<int8_t>(type, rows);
    case 2: return DecodeFixedColumn<int16_t>(type, rows);
    case 4: return DecodeFixedColumn<int32_t>(type, rows);
    case 8: return DecodeFixedColumn<int64_t>(type, rows);
    case 16: return DecodeFixedColumn<unsigned __int128>(type, rows);
    default: break;
  }
  auto builder = TRY(arrow::MakeBuilder(type));
  TRY(builder->Reserve(static_cast<int64_t>(rows->size())));
  if (type->id() == Type::STRING || type->id() == Type::BINARY) {
    auto* text = static_cast<arrow::BinaryBuilder*>(builder.get());
    for (ByteReader& in : *rows) {
      uint8_t marker;
      std::string_view bytes;
      if (!in.Get(&marker) || (marker != 0 && !in.GetBytes(&bytes))) return StateEndsEarly();
      if (marker == 0) text->UnsafeAppendNull();
      else TRY(text->Append(bytes.data(), static_cast<int32_t>(bytes.size())));
    }
  } else {
    for (ByteReader& in : *rows) TRY(DecodeCell(&in, builder.get()));
  }
  return TRY(builder->Finish());
}

Status SkipCell(ByteReader* in, const arrow::DataType& type) {
  uint8_t marker;
  if (!in->Get(&marker)) return StateEndsEarly();
  if (marker == 0) return Status::OK();
  switch (type.id()) {
    case Type::STRING:
    case Type::BINARY: {
      std::string_view bytes;
      return in->GetBytes(&bytes) ? Status::OK() : StateEndsEarly();
    }
    case Type::LIST:
    case Type::MAP: {
      uint32_t n;
      if (!in->Get(&n)) return StateEndsEarly();
      for (uint32_t i = 0; i < n; ++i) TRY(SkipCell(in, *type.field(0)->type()));
      return Status::OK();
    }
    case Type::STRUCT:
      for (const auto& f : type.fields()) TRY(SkipCell(in, *f->type()));
      return Status::OK();
    default: return in->Skip(static_cast<size_t>(FixedWidth(type))) ? Status::OK() : StateEndsEarly();
  }
}

namespace {

// Adds each row's cell size of one column to sizes[i]; false when the column's cells must be made one by one.
void AddSizes(const arrow::Array& a, int64_t rows, uint32_t* sizes) {
  const int width = FixedWidth(*a.type());
  if (width > 0 && a.null_count() == 0) {
    for (int64_t i = 0; i < rows; ++i) sizes[i] += static_cast<uint32_t>(width + 1);
  } else if (width > 0) {
    for (int64_t i = 0; i < rows; ++i) sizes[i] += a.IsNull(i) ? 1u : static_cast<uint32_t>(width + 1);
  } else {   // text
    const int32_t* offsets = static_cast<const arrow::BinaryArray&>(a).raw_value_offsets();
    for (int64_t i = 0; i < rows; ++i) sizes[i] += a.IsNull(i) ? 1u : 5u + static_cast<uint32_t>(offsets[i + 1] - offsets[i]);
  }
}

template <typename T>
void WriteFixed(const arrow::Array& a, int64_t rows, char* base, uint32_t* at) {
  const T* values = a.data()->GetValues<T>(1);
  const bool nulls = a.null_count() > 0;
  for (int64_t i = 0; i < rows; ++i) {
    char* p = base + at[i];
    if (nulls && a.IsNull(i)) {
      *p = 0;
      at[i] += 1;
      continue;
    }
    *p = 1;
    std::memcpy(p + 1, values + i, sizeof(T));
    at[i] += 1 + sizeof(T);
  }
}

void WriteColumn(const arrow::Array& a, int64_t rows, char* base, uint32_t* at) {
  if (a.type_id() == Type::BOOL) {
    const auto& b = static_cast<const arrow::BooleanArray&>(a);
    for (int64_t i = 0; i < rows; ++i) {
      char* p = base + at[i];
      *p = a.IsValid(i);
      if (*p) p[1] = b.Value(i);
      at[i] += *p ? 2 : 1;
    }
    return;
  }
  switch (FixedWidth(*a.type())) {
    case 1: WriteFixed<int8_t>(a, rows, base, at); return;
    case 2: WriteFixed<int16_t>(a, rows, base, at); return;
    case 4: WriteFixed<int32_t>(a, rows, base, at); return;
    case 8: WriteFixed<int64_t>(a, rows, base, at); return;
    case 16: WriteFixed<unsigned __int128>(a, rows, base, at); return;
    default: break;
  }
  const auto& text = static_cast<const arrow::BinaryArray&>(a);
  for (int64_t i = 0; i < rows; ++i) {
    char* p = base + at[i];
    *p = a.IsValid(i);
    if (!*p) {
      at[i] += 1;
      continue;
    }
    std::string_view v = text.GetView(i);
    uint32_t n = static_cast<uint32_t>(v.size());
    std::memcpy(p + 1, &n, 4);
    std::memcpy(p + 5, v.data(), n);
    at[i] += 5 + n;
  }
}

}  // namespace

Status EncodeRows(const std::vector<const arrow::Array*>& columns, int64_t rows, EncodedRows* out) {
  bool flat = true;
  for (const auto* c : columns) flat &= FixedWidth(*c->type()) > 0 || c->type_id() == Type::STRING || c->type_id() == Type::BINARY;
  out->offsets.assign(static_cast<size_t>(rows) + 1, 0);
  if (!flat) {
    out->bytes.clear();
    for (int64_t i = 0; i < rows; ++i) {
      for (const auto* c : columns) EncodeCell(*c, i, &out->bytes);
      out->offsets[static_cast<size_t>(i) + 1] = static_cast<uint32_t>(out->bytes.size());
    }
    return Status::OK();
  }
  uint32_t* sizes = out->offsets.data() + 1;
  for (const auto* c : columns) AddSizes(*c, rows, sizes);
  uint64_t total = 0;
  for (int64_t i = 0; i < rows; ++i) {
    total += sizes[i];
    sizes[i] = static_cast<uint32_t>(total);
  }
  if (total > UINT32_MAX) return Status::Exhausted("the keys of one batch take more than 4 GiB");
  out->bytes.resize(total);
  // offsets[i] is the start of row i; columns push it forward, so that at the end offsets[i] is the end: shift it back.
  uint32_t* at = out->offsets.data();
  for (const auto* c : columns) WriteColumn(*c, rows, out->bytes.data(), at);
  for (int64_t i = rows; i > 0; --i) at[i] = at[i - 1];
  at[0] = 0;
  return Status::OK();
}

}  // namespace tarn::flow
