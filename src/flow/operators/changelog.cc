#include "flow/operators/changelog.h"

#include "flow/operators/cell_codec.h"

namespace tarn::flow {
namespace {

template <typename T>
void MarkFixed(const arrow::Array& a, const int32_t* ai, const arrow::Array& b, const int32_t* bi, int64_t n, uint8_t* different) {
  const T* x = a.data()->GetValues<T>(1);
  const T* y = b.data()->GetValues<T>(1);
  if (a.null_count() == 0 && b.null_count() == 0) {
    for (int64_t i = 0; i < n; ++i) different[i] |= x[ai[i]] != y[bi[i]];
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const bool nx = a.IsNull(ai[i]), ny = b.IsNull(bi[i]);
    different[i] |= nx != ny || (!nx && x[ai[i]] != y[bi[i]]);
  }
}

}  // namespace

void MarkDifferent(const arrow::Array& a, const int32_t* ai, const arrow::Array& b, const int32_t* bi, int64_t n, uint8_t* different) {
  switch (a.type_id() == arrow::Type::BOOL ? 0 : FixedWidth(*a.type())) {
    case 1: MarkFixed<int8_t>(a, ai, b, bi, n, different); return;
    case 2: MarkFixed<int16_t>(a, ai, b, bi, n, different); return;
    case 4: MarkFixed<int32_t>(a, ai, b, bi, n, different); return;
    case 8: MarkFixed<int64_t>(a, ai, b, bi, n, different); return;
    case 16: MarkFixed<unsigned __int128>(a, ai, b, bi, n, different); return;
    default: break;
  }
  if (a.type_id() == arrow::Type::STRING || a.type_id() == arrow::Type::BINARY) {
    const auto& x = static_cast<const arrow::BinaryArray&>(a);
    const auto& y = static_cast<const arrow::BinaryArray&>(b);
    for (int64_t i = 0; i < n; ++i) {
      if (different[i]) continue;
      const bool nx = x.IsNull(ai[i]), ny = y.IsNull(bi[i]);
      different[i] = nx != ny || (!nx && x.GetView(ai[i]) != y.GetView(bi[i]));
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (!different[i]) different[i] = !a.RangeEquals(b, ai[i], ai[i] + 1, bi[i]);
  }
}

bool SignsOf(const Batch& batch, std::vector<int8_t>* signs) {
  if (batch.insert_only()) return false;
  const int8_t* kinds = batch.kinds()->raw_values();
  signs->resize(static_cast<size_t>(batch.num_rows()));
  bool any = false;
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    const bool add = types::IsAccumulate(static_cast<types::RowKind>(kinds[i]));
    (*signs)[static_cast<size_t>(i)] = add ? 1 : -1;
    any |= !add;
  }
  return any;
}

std::shared_ptr<arrow::Int8Array> KindColumn(const std::vector<int8_t>& kinds) {
  return std::make_shared<arrow::Int8Array>(static_cast<int64_t>(kinds.size()), arrow::Buffer::FromVector(kinds));
}

std::shared_ptr<arrow::Array> IndexColumn(const std::vector<int32_t>& indices) {
  return std::make_shared<arrow::Int32Array>(static_cast<int64_t>(indices.size()), arrow::Buffer::Wrap(indices));
}

Status EmitInPieces(const Batch& batch, int64_t rows, Output& output) {
  if (rows <= 0) rows = 4096;
  for (int64_t at = 0; at < batch.num_rows(); at += rows) TRY(output.Emit(batch.Slice(at, std::min(rows, batch.num_rows() - at))));
  return Status::OK();
}

}  // namespace tarn::flow
