#include "types/arrow_types.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include "base/check.h"

namespace tarn::types {
namespace {
arrow::TimeUnit::type UnitOf(int precision) {
  return precision <= 3 ? arrow::TimeUnit::MILLI : precision <= 6 ? arrow::TimeUnit::MICRO : arrow::TimeUnit::NANO;
}
}  // namespace

std::shared_ptr<arrow::DataType> ToArrow(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::kBoolean: return arrow::boolean();
    case TypeRoot::kTinyInt: return arrow::int8();
    case TypeRoot::kSmallInt: return arrow::int16();
    case TypeRoot::kInteger: return arrow::int32();
    case TypeRoot::kBigInt: return arrow::int64();
    case TypeRoot::kFloat: return arrow::float32();
    case TypeRoot::kDouble: return arrow::float64();
    case TypeRoot::kDecimal: return arrow::decimal128(type.precision(), type.scale());
    case TypeRoot::kChar:
    case TypeRoot::kVarChar: return arrow::utf8();
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary:
    case TypeRoot::kRaw: return arrow::binary();
    case TypeRoot::kDate: return arrow::date32();
    case TypeRoot::kTime: return arrow::time32(arrow::TimeUnit::MILLI);
    case TypeRoot::kTimestamp: return arrow::timestamp(UnitOf(type.precision()));
    case TypeRoot::kTimestampLtz: return arrow::timestamp(UnitOf(type.precision()), "UTC");
    case TypeRoot::kIntervalYearMonth: return arrow::month_interval();
    case TypeRoot::kIntervalDayTime: return arrow::duration(arrow::TimeUnit::MILLI);
    case TypeRoot::kArray: return arrow::list(ToArrow(type.element()));
    case TypeRoot::kMap: return arrow::map(ToArrow(type.key()), ToArrow(type.value()));
    case TypeRoot::kMultiset: return arrow::map(ToArrow(type.element()), arrow::int32());
    case TypeRoot::kRow: {
      arrow::FieldVector fields;
      for (const RowField& f : type.fields()) fields.push_back(arrow::field(f.name, ToArrow(f.type)));
      return arrow::struct_(std::move(fields));
    }
    case TypeRoot::kNull: return arrow::null();
  }
  TARN_CHECK(false, "unknown type root");
}

std::shared_ptr<arrow::Field> ToArrowField(const std::string& name, const LogicalType& type) {
  return arrow::field(name, ToArrow(type), type.nullable());
}

Result<LogicalType> FromArrow(const arrow::DataType& type) {
  auto precision = [](arrow::TimeUnit::type u) {
    return u == arrow::TimeUnit::SECOND ? 0 : u == arrow::TimeUnit::MILLI ? 3 : u == arrow::TimeUnit::MICRO ? 6 : 9;
  };
  switch (type.id()) {
    case arrow::Type::NA: return LogicalType::Null();
    case arrow::Type::BOOL: return LogicalType::Boolean();
    case arrow::Type::INT8: return LogicalType::TinyInt();
    case arrow::Type::INT16:
    case arrow::Type::UINT8: return LogicalType::SmallInt();
    case arrow::Type::INT32:
    case arrow::Type::UINT16: return LogicalType::Int();
    case arrow::Type::INT64:
    case arrow::Type::UINT32: return LogicalType::BigInt();
    case arrow::Type::UINT64: return LogicalType::Decimal(20, 0);
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT: return LogicalType::Float();
    case arrow::Type::DOUBLE: return LogicalType::Double();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128: {
      const auto& d = static_cast<const arrow::DecimalType&>(type);
      if (d.scale() < 0 || d.scale() > d.precision()) break;
      return LogicalType::Decimal(d.precision(), d.scale());
    }
    case arrow::Type::STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::LARGE_STRING: return LogicalType::String();
    case arrow::Type::BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::LARGE_BINARY: return LogicalType::Bytes();
    case arrow::Type::FIXED_SIZE_BINARY: return LogicalType::Binary(static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
    case arrow::Type::DATE32:
    case arrow::Type::DATE64: return LogicalType::Date();
    case arrow::Type::TIME32:
    case arrow::Type::TIME64: return LogicalType::Time(std::min(3, precision(static_cast<const arrow::TimeType&>(type).unit())));
    case arrow::Type::TIMESTAMP: {
      const auto& t = static_cast<const arrow::TimestampType&>(type);
      return t.timezone().empty() ? LogicalType::Timestamp(precision(t.unit())) : LogicalType::TimestampLtz(precision(t.unit()));
    }
    case arrow::Type::INTERVAL_MONTHS: return LogicalType::IntervalYearMonth();
    case arrow::Type::DURATION: return LogicalType::IntervalDayTime();
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& l = static_cast<const arrow::BaseListType&>(type);
      return LogicalType::Array(TRY(FromArrow(*l.value_type())).WithNullable(l.value_field()->nullable()));
    }
    case arrow::Type::MAP: {
      const auto& m = static_cast<const arrow::MapType&>(type);
      return LogicalType::Map(TRY(FromArrow(*m.key_type())).NotNull(), TRY(FromArrow(*m.item_type())).WithNullable(m.item_field()->nullable()));
    }
    case arrow::Type::STRUCT: {
      std::vector<RowField> fields;
      for (const auto& f : type.fields()) fields.push_back({f->name(), TRY(FromArrow(*f->type())).WithNullable(f->nullable()), ""});
      return LogicalType::Row(std::move(fields));
    }
    case arrow::Type::DICTIONARY: return FromArrow(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default: break;
  }
  return Status::NotSupported(fmt::format("arrow type {}", type.ToString()));
}

}  // namespace tarn::types
