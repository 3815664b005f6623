#include "expr/select.h"

#include <arrow/array/concatenate.h>

namespace tarn::expr {
namespace {

template <typename T>
arrow::Datum SelectFixed(const std::vector<int16_t>& choice, std::span<const arrow::Datum> columns, const types::LogicalType& type, int64_t rows) {
  std::vector<Column<T>> in;
  bool nulls = false;
  for (const arrow::Datum& d : columns) {
    in.emplace_back(d);
    nulls = nulls || in.back().has_nulls();
  }
  FixedOutput<T> out(rows);
  for (int64_t i = 0; i < rows; ++i) {
    int16_t k = choice[i];
    if (k < 0 || (nulls && in[k].IsNull(i))) out.Null(i);
    else out.Set(i, in[k][i]);
  }
  return out.Finish(type);
}

Result<arrow::Datum> SelectText(const std::vector<int16_t>& choice, std::span<const arrow::Datum> columns, const types::LogicalType& type, int64_t rows) {
  std::vector<Column<std::string_view>> in;
  for (const arrow::Datum& d : columns) in.emplace_back(d);
  TextOutput out(rows);
  for (int64_t i = 0; i < rows; ++i) {
    int16_t k = choice[i];
    if (k < 0 || in[k].IsNull(i)) {
      out.Null();
      continue;
    }
    out.text()->append(in[k][i]);
    TRY(out.Done());
  }
  return out.Finish(type);
}
}  // namespace

Result<arrow::Datum> Select(const std::vector<int16_t>& choice, std::span<const arrow::Datum> columns, const types::LogicalType& type, int64_t rows) {
  switch (types::ToArrow(type)->id()) {
    case arrow::Type::BOOL: return SelectFixed<bool>(choice, columns, type, rows);
    case arrow::Type::INT8: return SelectFixed<int8_t>(choice, columns, type, rows);
    case arrow::Type::INT16: return SelectFixed<int16_t>(choice, columns, type, rows);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::FLOAT: return SelectFixed<int32_t>(choice, columns, type, rows);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::DOUBLE: return SelectFixed<int64_t>(choice, columns, type, rows);
    case arrow::Type::DECIMAL128: return SelectFixed<arrow::Decimal128>(choice, columns, type, rows);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return SelectText(choice, columns, type, rows);
    case arrow::Type::NA: return AllNull(type, rows);
    default: break;
  }
  arrow::ArrayVector whole;
  for (const arrow::Datum& d : columns) {
    auto a = TRY(Expanded(d, rows));
    if (a->type_id() == arrow::Type::NA) a = TRY(AllNull(type, rows)).make_array();
    whole.push_back(std::move(a));
  }
  auto all = TRY(arrow::Concatenate(whole));
  std::vector<int32_t> index(rows);
  for (int64_t i = 0; i < rows; ++i) index[i] = choice[i] < 0 ? -1 : static_cast<int32_t>(choice[i] * rows + i);
  return arrow::Datum(TRY(Gather(*all, index.data(), rows, true)));
}

}  // namespace tarn::expr
