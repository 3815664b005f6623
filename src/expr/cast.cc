#include "expr/cast.h"

#include <arrow/array/util.h>
#include <fmt/format.h>

#include "expr/define.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

namespace {
bool IsExactLike(const LogicalType& t) { return t.is_integer() || t.root() == TypeRoot::kDecimal; }

Status Refuse(const LogicalType& from, const LogicalType& to) {
  return Status::InvalidSql(fmt::format("Cast function cannot convert value of type {} to type {}", from.ToString(), to.WithNullable(true).ToString()));
}

class Cast final : public ScalarFunction {
 public:
  explicit Cast(bool try_cast) : try_(try_cast), name_(try_cast ? "TRY_CAST" : "CAST") {}
  const std::string& name() const override { return name_; }
  Result<Signature> Resolve(std::span<const Argument>) const override { return Status::Internal("a cast is made by MakeCast"); }
  Result<arrow::Datum> Evaluate(const EvalContext&, std::span<const arrow::Datum>, const LogicalType&, int64_t) const override {
    return Status::Internal("a cast needs the logical type of its argument");
  }
  Result<arrow::Datum> EvaluateTyped(const EvalContext& context, std::span<const arrow::Datum> args, std::span<const LogicalType> types,
                                     const LogicalType& result, int64_t) const override {
    const bool try_cast = try_ || context.legacy_cast;
    auto out = TRY(CastArray(context, AsArray(args[0]), types[0], result, try_cast));
    if (args[0].is_array()) return arrow::Datum(std::move(out));
    return arrow::Datum(TRY(out->GetScalar(0)));
  }
  bool MayFail(const std::vector<ExprPtr>& args, const LogicalType& result) const override { return !try_ && CastMayFail(args[0]->type, result); }
  std::string doc() const override {
    return try_ ? "Casts a value to another type; NULL where the value can't be cast." : "Casts a value to another type; the job fails where the value can't be cast.";
  }
  std::string example() const override { return try_ ? "TRY_CAST('abc' AS INT) -- NULL" : "CAST('3.7' AS INT) -- 3"; }

 private:
  bool try_;
  std::string name_;
};
}  // namespace

const ScalarFunction* CastFunction(bool try_cast) {
  static const Cast cast(false), try_(true);
  return try_cast ? &try_ : &cast;
}

Status CheckCast(const LogicalType& from, const LogicalType& to) {
  if (from.root() == TypeRoot::kNull || from.EqualsIgnoringNullable(to)) return Status::OK();
  const TypeRoot f = from.root(), t = to.root();
  if (f == TypeRoot::kRaw || t == TypeRoot::kRaw || t == TypeRoot::kNull) return Refuse(from, to);
  if (from.is_numeric() && t == TypeRoot::kTimestamp)
    return Status::InvalidSql(
        "The cast from NUMERIC type to TIMESTAMP type is not allowed. It's recommended to use TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) instead, note the numeric is in seconds.");
  if (from.is_numeric() && t == TypeRoot::kTimestampLtz)
    return Status::InvalidSql("The cast from NUMERIC type to TIMESTAMP_LTZ type is not allowed. It's recommended to use TO_TIMESTAMP_LTZ(numeric_col, precision) instead.");
  if (f == TypeRoot::kTimestamp && to.is_numeric())
    return Status::InvalidSql(
        "The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.");
  if (f == TypeRoot::kTimestampLtz && to.is_numeric())
    return Status::InvalidSql("The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed. It's recommended to use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.");
  if (to.is_character()) return Status::OK();
  if (from.is_character()) {
    bool ok = to.is_numeric() || t == TypeRoot::kBoolean || to.is_binary() || t == TypeRoot::kDate || t == TypeRoot::kTime || to.is_timestamp();
    return ok ? Status::OK() : Refuse(from, to);
  }
  if (to.is_binary()) return from.is_binary() ? Status::OK() : Refuse(from, to);
  if (to.is_numeric()) {
    if (from.is_numeric() || f == TypeRoot::kBoolean) return Status::OK();
    if (from.is_interval() && IsExactLike(to)) return Status::OK();
    return Refuse(from, to);
  }
  if (t == TypeRoot::kBoolean) return from.is_numeric() ? Status::OK() : Refuse(from, to);
  if (to.is_timestamp()) return from.is_timestamp() || f == TypeRoot::kDate || f == TypeRoot::kTime ? Status::OK() : Refuse(from, to);
  if (t == TypeRoot::kDate || t == TypeRoot::kTime) return from.is_timestamp() || f == t ? Status::OK() : Refuse(from, to);
  if (to.is_interval()) return f == t || from.is_integer() ? Status::OK() : Refuse(from, to);
  if (t != f) return Refuse(from, to);
  switch (t) {
    case TypeRoot::kArray:
    case TypeRoot::kMultiset: return CheckCast(from.element(), to.element());
    case TypeRoot::kMap: TRY(CheckCast(from.key(), to.key())); return CheckCast(from.value(), to.value());
    case TypeRoot::kRow:
      if (from.fields().size() != to.fields().size()) return Refuse(from, to);
      for (size_t i = 0; i < to.fields().size(); ++i) TRY(CheckCast(from.fields()[i].type, to.fields()[i].type));
      return Status::OK();
    default: return Status::OK();
  }
}

bool CastMayFail(const LogicalType& from, const LogicalType& to) {
  if (from.is_character()) return !to.is_character() && !to.is_binary();
  switch (to.root()) {
    case TypeRoot::kArray:
    case TypeRoot::kMultiset: return from.root() == to.root() && CastMayFail(from.element(), to.element());
    case TypeRoot::kMap: return from.root() == to.root() && (CastMayFail(from.key(), to.key()) || CastMayFail(from.value(), to.value()));
    case TypeRoot::kRow:
      if (from.root() != TypeRoot::kRow) return false;
      for (size_t i = 0; i < to.fields().size(); ++i)
        if (CastMayFail(from.fields()[i].type, to.fields()[i].type)) return true;
      return false;
    default: return false;
  }
}

Result<std::shared_ptr<arrow::Array>> CastArray(const EvalContext& context, const std::shared_ptr<arrow::Array>& array, const LogicalType& from,
                                                const LogicalType& to, bool try_cast) {
  if (from.EqualsIgnoringNullable(to)) return array;
  if (from.root() == TypeRoot::kNull) return TRY(arrow::MakeArrayOfNull(types::ToArrow(to), array->length()));
  if (to.root() == TypeRoot::kRaw && from.is_character()) {   // see FunctionRegistry::MakeCall
    auto data = array->data()->Copy();
    data->type = types::ToArrow(to);
    return arrow::MakeArray(data);
  }
  const internal::CastCall call{context, array, from, to, try_cast};
  if (to.is_character() && from.is_character()) return internal::CastLength(call);
  if (to.is_binary() && (from.is_binary() || from.is_character())) return internal::CastLength(call);
  if (to.is_character()) return internal::CastToText(call);
  if (from.is_character()) return internal::CastFromText(call);
  const bool numeric_to = to.is_numeric() || to.root() == TypeRoot::kBoolean, numeric_from = from.is_numeric() || from.root() == TypeRoot::kBoolean;
  if (numeric_to && numeric_from) return internal::CastNumeric(call);
  if (to.root() == TypeRoot::kArray || to.root() == TypeRoot::kMap || to.root() == TypeRoot::kMultiset || to.root() == TypeRoot::kRow) return internal::CastNested(call);
  return internal::CastTemporal(call);
}

namespace internal {

ArrayResult CastNested(const CastCall& c) {
  auto child = [&](const std::shared_ptr<arrow::Array>& a, const LogicalType& f, const LogicalType& t) { return CastArray(c.context, a, f, t, c.try_cast); };
  const auto& data = *c.array->data();
  auto type = types::ToArrow(c.to);
  switch (c.to.root()) {
    case TypeRoot::kArray: {
      const auto& list = static_cast<const arrow::ListArray&>(*c.array);
      auto values = TRY(child(list.values(), c.from.element(), c.to.element()));
      auto out = arrow::ArrayData::Make(type, data.length, {data.buffers[0], data.buffers[1]}, {values->data()}, data.null_count, data.offset);
      return arrow::MakeArray(out);
    }
    case TypeRoot::kMap:
    case TypeRoot::kMultiset: {
      const auto& map = static_cast<const arrow::MapArray&>(*c.array);
      const bool is_map = c.to.root() == TypeRoot::kMap;
      auto keys = TRY(child(map.keys(), is_map ? c.from.key() : c.from.element(), is_map ? c.to.key() : c.to.element()));
      auto items = is_map ? TRY(child(map.items(), c.from.value(), c.to.value())) : map.items();
      auto entries = arrow::ArrayData::Make(static_cast<const arrow::MapType&>(*type).value_type(), keys->length(), {nullptr}, {keys->data(), items->data()}, 0);
      return arrow::MakeArray(arrow::ArrayData::Make(type, data.length, {data.buffers[0], data.buffers[1]}, {entries}, data.null_count, data.offset));
    }
    default: {
      const auto& row = static_cast<const arrow::StructArray&>(*c.array);
      std::vector<std::shared_ptr<arrow::ArrayData>> children;
      for (size_t i = 0; i < c.to.fields().size(); ++i)
        children.push_back(TRY(child(row.field(static_cast<int>(i)), c.from.fields()[i].type, c.to.fields()[i].type))->data());
      std::shared_ptr<arrow::Buffer> validity = data.buffers[0];
      arrow::Datum whole(c.array);
      if (data.offset != 0) validity = *IntersectValidity(std::span(&whole, 1), data.length);
      return arrow::MakeArray(arrow::ArrayData::Make(type, data.length, {validity}, children, data.null_count));
    }
  }
}

}  // namespace internal
}  // namespace tarn::expr
