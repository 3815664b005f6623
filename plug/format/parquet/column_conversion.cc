#include "plug/format/parquet/column_conversion.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/util/bitmap_ops.h>
#include <parquet/schema.h>

#include "base/text.h"
#include "plug/format/parquet/timestamps.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::parquet_format {
namespace {

using types::LogicalType;
using types::TypeRoot;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using parquet::arrow::SchemaField;

Status Mismatch(const SchemaField& field, const LogicalType& type) {
  return Status::InvalidSql("column '" + field.field->name() + "' of the Parquet file can't be read as " + type.ToSummaryString(false))
      .WithDetail("the file holds " + field.field->type()->ToString());
}

Result<ArrayPtr> Cast(const ArrayPtr& array, const std::shared_ptr<arrow::DataType>& to, const SchemaField& field, const LogicalType& type) {
  if (array->type()->Equals(*to)) return array;
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(to);
  options.allow_time_truncate = true;
  options.allow_float_truncate = true;
  options.allow_decimal_truncate = true;
  auto cast = arrow::compute::Cast(*array, to, options);
  if (!cast.ok()) {
    if (cast.status().IsNotImplemented()) return Mismatch(field, type);
    return Status::InvalidSql("column '" + field.field->name() + "' of the Parquet file holds a value that isn't " + type.ToSummaryString(false)).WithDetail(cast.status().message());
  }
  return *cast;
}

Result<ArrayPtr> ConvertTimestamp(const ReadContext& context, const ArrayPtr& array, const SchemaField& field, const LogicalType& type) {
  if (array->type_id() != arrow::Type::TIMESTAMP) {
    if (array->type_id() == arrow::Type::DATE32 || array->type_id() == arrow::Type::INT64) {   // INT64 without annotation: milliseconds, as old writers
      if (array->type_id() == arrow::Type::INT64) {
        auto data = array->data()->Copy();
        data->type = arrow::timestamp(arrow::TimeUnit::MILLI);
        return Cast(arrow::MakeArray(std::move(data)), types::ToArrow(type), field, type);
      }
      return Cast(array, types::ToArrow(type), field, type);
    }
    return Mismatch(field, type);
  }
  const bool int96 = context.descriptor->Column(field.column_index)->physical_type() == parquet::Type::INT96;
  const bool instant = !static_cast<const arrow::TimestampType&>(*array->type()).timezone().empty();
  ArrayPtr shifted = array;
  if (int96) shifted = TRY(UtcToLocal(array, *context.zone));
  else if (instant && type.root() == TypeRoot::kTimestamp) shifted = TRY(UtcToLocal(array, *context.zone));
  else if (!instant && type.root() == TypeRoot::kTimestampLtz) shifted = TRY(LocalToUtc(array, *context.zone));
  // The zone of the Arrow type is only a label here: take it off, change the unit, put ours on.
  const auto target = types::ToArrow(type);
  const auto unit = static_cast<const arrow::TimestampType&>(*target).unit();
  auto data = shifted->data()->Copy();
  data->type = arrow::timestamp(static_cast<const arrow::TimestampType&>(*shifted->type()).unit());
  ArrayPtr plain = TRY(Cast(arrow::MakeArray(std::move(data)), arrow::timestamp(unit), field, type));
  data = plain->data()->Copy();
  data->type = target;
  return arrow::MakeArray(std::move(data));
}

Result<ArrayPtr> Row(const ReadContext& context, const ArrayPtr& array, const SchemaField& field, const LogicalType& type) {
  if (array->type_id() != arrow::Type::STRUCT) return Mismatch(field, type);
  const auto& in = static_cast<const arrow::StructArray&>(*array);
  std::vector<ArrayPtr> children;
  for (const auto& f : type.fields()) {
    const SchemaField* child = FindField(field.children, f.name);
    if (child == nullptr) {
      children.push_back(TRY(arrow::MakeArrayOfNull(types::ToArrow(f.type), array->length())));
      continue;
    }
    children.push_back(TRY(Convert(context, in.field(static_cast<int>(child - field.children.data())), *child, f.type)));
  }
  std::shared_ptr<arrow::Buffer> nulls;
  if (in.null_count() > 0) nulls = TRY(arrow::internal::CopyBitmap(arrow::default_memory_pool(), in.null_bitmap_data(), in.offset(), in.length()));
  return ArrayPtr(std::make_shared<arrow::StructArray>(types::ToArrow(type), in.length(), std::move(children), std::move(nulls), in.null_count()));
}

// Lists and maps: the offsets stay, the children are converted.
Result<ArrayPtr> List(const ReadContext& context, const ArrayPtr& array, const SchemaField& field, const LogicalType& type) {
  if (array->type_id() != arrow::Type::LIST) return Mismatch(field, type);
  auto data = array->data()->Copy();
  data->child_data[0] = TRY(Convert(context, arrow::MakeArray(data->child_data[0]), field.children[0], type.element()))->data();
  data->type = types::ToArrow(type);
  return arrow::MakeArray(std::move(data));
}

Result<ArrayPtr> Map(const ReadContext& context, const ArrayPtr& array, const SchemaField& field, const LogicalType& type) {
  if (array->type_id() != arrow::Type::MAP || field.children.empty() || field.children[0].children.size() != 2) return Mismatch(field, type);
  const bool multiset = type.root() == TypeRoot::kMultiset;
  const auto& pair = field.children[0];
  const auto target = types::ToArrow(type);
  auto data = array->data()->Copy();
  const auto entries = std::static_pointer_cast<arrow::StructArray>(arrow::MakeArray(data->child_data[0]));
  ArrayPtr keys = TRY(Convert(context, entries->field(0), pair.children[0], multiset ? type.element() : type.key()));
  ArrayPtr values = TRY(Convert(context, entries->field(1), pair.children[1], multiset ? LogicalType::Int() : type.value()));
  const auto& entry_type = static_cast<const arrow::MapType&>(*target).value_type();
  data->child_data[0] = std::make_shared<arrow::StructArray>(entry_type, entries->length(), arrow::ArrayVector{std::move(keys), std::move(values)})->data();
  data->type = target;
  return arrow::MakeArray(std::move(data));
}

}  // namespace

const SchemaField* FindField(const std::vector<SchemaField>& fields, const std::string& name) {
  const SchemaField* loose = nullptr;
  bool ambiguous = false;
  for (const auto& f : fields) {
    if (f.field->name() == name) return &f;
    if (!EqualsIgnoreCase(f.field->name(), name)) continue;
    ambiguous = loose != nullptr;
    loose = &f;
  }
  return ambiguous ? nullptr : loose;
}

Result<ArrayPtr> Convert(const ReadContext& context, const ArrayPtr& array, const SchemaField& field, const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return ConvertTimestamp(context, array, field, type);
    case TypeRoot::kRow: return Row(context, array, field, type);
    case TypeRoot::kArray: return List(context, array, field, type);
    case TypeRoot::kMap: case TypeRoot::kMultiset: return Map(context, array, field, type);
    default: break;
  }
  if (array->type()->num_fields() > 0 && array->type_id() != arrow::Type::DICTIONARY) return Mismatch(field, type);
  const auto target = types::ToArrow(type);
  if (array->type()->Equals(*target)) return array;
  // A cast between numbers and text would hide a wrong schema.
  const bool from_text = arrow::is_base_binary_like(array->type_id()), to_text = arrow::is_base_binary_like(target->id());
  if (array->type_id() != arrow::Type::DICTIONARY && array->type_id() != arrow::Type::NA && from_text != to_text &&
      !(array->type_id() == arrow::Type::FIXED_SIZE_BINARY && target->id() == arrow::Type::BINARY)) {
    return Mismatch(field, type);
  }
  if (array->type_id() == arrow::Type::BOOL || target->id() == arrow::Type::BOOL) return Mismatch(field, type);
  return Cast(array, target, field, type);
}

}  // namespace tarn::plug::parquet_format
