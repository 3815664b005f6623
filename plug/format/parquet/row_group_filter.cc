#include "plug/format/parquet/row_group_filter.h"

#include <parquet/arrow/reader.h>
#include <parquet/statistics.h>

#include <cmath>
#include <optional>

#include "expr/function.h"

namespace tarn::plug::parquet_format {
namespace {

// A value that can be ordered: numbers of one kind, or text.
struct Key {
  std::variant<int64_t, double, std::string> v;
};

std::optional<Key> KeyOf(const arrow::Scalar& s) {
  if (!s.is_valid) return std::nullopt;
  switch (s.type->id()) {
    case arrow::Type::INT8: return Key{int64_t{static_cast<const arrow::Int8Scalar&>(s).value}};
    case arrow::Type::INT16: return Key{int64_t{static_cast<const arrow::Int16Scalar&>(s).value}};
    case arrow::Type::INT32: return Key{int64_t{static_cast<const arrow::Int32Scalar&>(s).value}};
    case arrow::Type::INT64: return Key{static_cast<const arrow::Int64Scalar&>(s).value};
    case arrow::Type::DATE32: return Key{int64_t{static_cast<const arrow::Date32Scalar&>(s).value}};
    case arrow::Type::FLOAT: return Key{double{static_cast<const arrow::FloatScalar&>(s).value}};
    case arrow::Type::DOUBLE: return Key{static_cast<const arrow::DoubleScalar&>(s).value};
    case arrow::Type::STRING: return Key{static_cast<const arrow::StringScalar&>(s).value->ToString()};
    default: return std::nullopt;   // timestamps: the zone rule stands between; decimals: scales
  }
}

// -1, 0, 1; nullopt: not comparable.
std::optional<int> Compare(const Key& a, const Key& b) {
  if (a.v.index() == b.v.index()) {
    if (const auto* x = std::get_if<double>(&a.v)) if (std::isnan(*x) || std::isnan(std::get<double>(b.v))) return std::nullopt;
    return a.v < b.v ? -1 : b.v < a.v ? 1 : 0;
  }
  if (a.v.index() == 2 || b.v.index() == 2) return std::nullopt;
  auto real = [](const Key& k) { return k.v.index() == 0 ? static_cast<double>(std::get<int64_t>(k.v)) : std::get<double>(k.v); };
  const double x = real(a), y = real(b);
  if (std::isnan(x) || std::isnan(y) || std::abs(x) > 9e15 || std::abs(y) > 9e15) return std::nullopt;
  return x < y ? -1 : y < x ? 1 : 0;
}

struct Range {
  std::optional<Key> min, max;
  bool only_nulls = false;
};

Range RangeOf(const parquet::RowGroupMetaData& group, const parquet::arrow::SchemaField& field) {
  Range r;
  if (!field.is_leaf()) return r;
  auto statistics = group.ColumnChunk(field.column_index)->statistics();
  if (statistics == nullptr) return r;
  r.only_nulls = statistics->HasNullCount() && statistics->null_count() == group.num_rows();
  if (!statistics->HasMinMax()) return r;
  std::shared_ptr<arrow::Scalar> min, max;
  if (!parquet::arrow::StatisticsAsScalars(*statistics, &min, &max).ok()) return r;
  if (field.field->type()->id() == arrow::Type::TIMESTAMP) return r;
  r.min = KeyOf(*min);
  r.max = KeyOf(*max);
  return r;
}

bool MayMatchOne(const parquet::RowGroupMetaData& group, const std::vector<const parquet::arrow::SchemaField*>& fields, const expr::Expr& e) {
  const auto* call = std::get_if<expr::Call>(&e.node);
  if (call == nullptr || call->function == nullptr) return true;
  const std::string& op = call->function->name();
  if (op == "AND") {
    for (const auto& a : call->args) if (!MayMatchOne(group, fields, *a)) return false;
    return true;
  }
  if (op == "OR") {
    for (const auto& a : call->args) if (MayMatchOne(group, fields, *a)) return true;
    return false;
  }
  if (call->args.size() != 2) return true;
  const auto* left = std::get_if<expr::InputRef>(&call->args[0]->node);
  const auto* literal = std::get_if<expr::Literal>(&call->args[1]->node);
  bool flipped = false;
  if (left == nullptr || literal == nullptr) {
    left = std::get_if<expr::InputRef>(&call->args[1]->node);
    literal = std::get_if<expr::Literal>(&call->args[0]->node);
    flipped = true;
  }
  if (left == nullptr || literal == nullptr || literal->value == nullptr) return true;
  if (left->index < 0 || static_cast<size_t>(left->index) >= fields.size() || fields[static_cast<size_t>(left->index)] == nullptr) return true;
  const auto value = KeyOf(*literal->value);
  if (!value) return true;
  const Range range = RangeOf(group, *fields[static_cast<size_t>(left->index)]);
  const bool comparison = op == "=" || op == "<" || op == "<=" || op == ">" || op == ">=";
  if (comparison && range.only_nulls) return false;
  if (!comparison || !range.min || !range.max) return true;
  const auto to_min = Compare(*value, *range.min), to_max = Compare(*value, *range.max);
  if (!to_min || !to_max) return true;
  std::string o = op;
  if (flipped && op != "=") o[0] = op[0] == '<' ? '>' : '<';
  if (o == "=") return *to_min >= 0 && *to_max <= 0;
  if (o == "<") return *to_min > 0;     // some value below the literal
  if (o == "<=") return *to_min >= 0;
  if (o == ">") return *to_max < 0;
  return *to_max <= 0;
}

}  // namespace

bool MayMatch(const parquet::RowGroupMetaData& group, const RowType&, const std::vector<const parquet::arrow::SchemaField*>& fields,
              const std::vector<expr::ExprPtr>& filters) {
  for (const auto& f : filters) if (!MayMatchOne(group, fields, *f)) return false;
  return true;
}

}  // namespace tarn::plug::parquet_format
