#include "gateway/row_json.h"

#include <arrow/array.h>
#include <arrow/util/base64.h>
#include <arrow/util/decimal.h>

#include <cmath>

#include "types/text_value.h"

namespace tarn::gateway {
namespace {
using types::LogicalType;
using types::TypeRoot;

const char* RootName(TypeRoot root) {
  switch (root) {
    case TypeRoot::kBoolean: return "BOOLEAN";
    case TypeRoot::kTinyInt: return "TINYINT";
    case TypeRoot::kSmallInt: return "SMALLINT";
    case TypeRoot::kInteger: return "INTEGER";
    case TypeRoot::kBigInt: return "BIGINT";
    case TypeRoot::kFloat: return "FLOAT";
    case TypeRoot::kDouble: return "DOUBLE";
    case TypeRoot::kDecimal: return "DECIMAL";
    case TypeRoot::kChar: return "CHAR";
    case TypeRoot::kVarChar: return "VARCHAR";
    case TypeRoot::kBinary: return "BINARY";
    case TypeRoot::kVarBinary: return "VARBINARY";
    case TypeRoot::kDate: return "DATE";
    case TypeRoot::kTime: return "TIME_WITHOUT_TIME_ZONE";
    case TypeRoot::kTimestamp: return "TIMESTAMP_WITHOUT_TIME_ZONE";
    case TypeRoot::kTimestampLtz: return "TIMESTAMP_WITH_LOCAL_TIME_ZONE";
    case TypeRoot::kIntervalYearMonth: return "INTERVAL_YEAR_MONTH";
    case TypeRoot::kIntervalDayTime: return "INTERVAL_DAY_TIME";
    case TypeRoot::kArray: return "ARRAY";
    case TypeRoot::kMap: return "MAP";
    case TypeRoot::kMultiset: return "MULTISET";
    case TypeRoot::kRow: return "ROW";
    case TypeRoot::kNull: return "NULL";
    case TypeRoot::kRaw: return "RAW";
  }
  return "NULL";
}

// "DAY TO SECOND" -> DAY_TO_SECOND
std::string Resolution(std::string text) {
  for (char& c : text) if (c == ' ') c = '_';
  return text;
}

// Fraction of a second with as few digits as it needs, "" for none.
void AppendFraction(int64_t nanos, std::string* out) {
  if (nanos == 0) return;
  char digits[10] = {'.'};
  for (size_t i = 9; i > 0; --i) { digits[i] = static_cast<char>('0' + nanos % 10); nanos /= 10; }
  std::string_view d(digits, 10);
  while (d.back() == '0') d.remove_suffix(1);
  *out += d;
}

void AppendIsoTimestamp(int64_t value, int precision, bool utc, std::string* out) {
  int64_t units = precision <= 3 ? 1'000 : precision <= 6 ? 1'000'000 : 1'000'000'000;
  int64_t seconds = value / units, rest = value % units;
  if (rest < 0) { rest += units; --seconds; }
  types::AppendTimestamp(seconds * 1000, 0, 'T', out);   // precision 0 is stored in milliseconds
  AppendFraction(rest * (1'000'000'000 / units), out);
  if (utc) out->push_back('Z');
}

template <typename ArrayType> auto Value(const arrow::Array& a, int64_t row) { return static_cast<const ArrayType&>(a).Value(row); }

Status AppendJson(const arrow::Array& array, int64_t row, const LogicalType& type, const std::string& zone, std::string* out) {
  if (array.IsNull(row) || type.root() == TypeRoot::kNull) { *out += "null"; return Status::OK(); }
  switch (type.root()) {
    case TypeRoot::kBoolean: *out += Value<arrow::BooleanArray>(array, row) ? "true" : "false"; break;
    case TypeRoot::kTinyInt: *out += std::to_string(Value<arrow::Int8Array>(array, row)); break;
    case TypeRoot::kSmallInt: *out += std::to_string(Value<arrow::Int16Array>(array, row)); break;
    case TypeRoot::kInteger: *out += std::to_string(Value<arrow::Int32Array>(array, row)); break;
    case TypeRoot::kBigInt: *out += std::to_string(Value<arrow::Int64Array>(array, row)); break;
    case TypeRoot::kFloat:
    case TypeRoot::kDouble: {
      bool is_float = type.root() == TypeRoot::kFloat;
      double v = is_float ? static_cast<double>(Value<arrow::FloatArray>(array, row)) : Value<arrow::DoubleArray>(array, row);
      bool quoted = !std::isfinite(v);
      if (quoted) out->push_back('"');
      if (is_float) types::AppendFloat(Value<arrow::FloatArray>(array, row), out);
      else types::AppendDouble(v, out);
      if (quoted) out->push_back('"');
      break;
    }
    case TypeRoot::kDecimal: {
      arrow::Decimal128 v(static_cast<const arrow::Decimal128Array&>(array).GetValue(row));
      *out += StrippedDecimal(v.ToIntegerString(), type.scale());
      break;
    }
    case TypeRoot::kChar:
    case TypeRoot::kVarChar: net::AppendJsonString(static_cast<const arrow::StringArray&>(array).GetView(row), out); break;
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary:
      out->push_back('"');
      *out += arrow::util::base64_encode(static_cast<const arrow::BinaryArray&>(array).GetView(row));
      out->push_back('"');
      break;
    case TypeRoot::kDate:
      out->push_back('"');
      types::AppendDate(Value<arrow::Date32Array>(array, row), out);
      out->push_back('"');
      break;
    case TypeRoot::kTime: {
      int32_t ms = Value<arrow::Time32Array>(array, row);
      out->push_back('"');
      types::AppendTimeOfDay(ms - ms % 1000, 0, out);
      AppendFraction(int64_t{ms % 1000} * 1'000'000, out);
      out->push_back('"');
      break;
    }
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
      out->push_back('"');
      AppendIsoTimestamp(Value<arrow::TimestampArray>(array, row), type.precision(), type.root() == TypeRoot::kTimestampLtz, out);
      out->push_back('"');
      break;
    case TypeRoot::kIntervalYearMonth: *out += std::to_string(Value<arrow::MonthIntervalArray>(array, row)); break;
    case TypeRoot::kIntervalDayTime: *out += std::to_string(Value<arrow::DurationArray>(array, row)); break;
    case TypeRoot::kArray: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      out->push_back('[');
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        if (i > list.value_offset(row)) out->push_back(',');
        TRY(AppendJson(*list.values(), i, type.element(), zone, out));
      }
      out->push_back(']');
      break;
    }
    case TypeRoot::kMap:
    case TypeRoot::kMultiset: {
      const auto& map = static_cast<const arrow::MapArray&>(array);
      bool multiset = type.root() == TypeRoot::kMultiset;
      const LogicalType& key = multiset ? type.element() : type.key();
      out->push_back('{');
      for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
        if (i > map.value_offset(row)) out->push_back(',');
        std::string name;
        if (map.keys()->IsNull(i)) name = "null";
        else types::AppendText(*map.keys(), i, key, types::TextStyle::kPlain, zone, &name);
        net::AppendJsonString(name, out);
        out->push_back(':');
        if (multiset) *out += std::to_string(Value<arrow::Int32Array>(*map.items(), i));
        else TRY(AppendJson(*map.items(), i, type.value(), zone, out));
      }
      out->push_back('}');
      break;
    }
    case TypeRoot::kRow: {
      const auto& row_array = static_cast<const arrow::StructArray&>(array);
      out->push_back('{');
      for (size_t f = 0; f < type.fields().size(); ++f) {
        if (f > 0) out->push_back(',');
        net::AppendJsonString(type.fields()[f].name, out);
        out->push_back(':');
        TRY(AppendJson(*row_array.field(static_cast<int>(f)), row, type.fields()[f].type, zone, out));
      }
      out->push_back('}');
      break;
    }
    case TypeRoot::kNull: *out += "null"; break;
    case TypeRoot::kRaw: return Status::NotSupported("a RAW column in a result");
  }
  return Status::OK();
}
}  // namespace

std::string StrippedDecimal(std::string_view digits, int scale) {
  bool negative = !digits.empty() && digits[0] == '-';
  std::string d(digits.substr(negative ? 1 : 0));
  if (d.find_first_not_of('0') == std::string::npos) return "0";
  while (d.back() == '0') { d.pop_back(); --scale; }
  int64_t exponent = static_cast<int64_t>(d.size()) - 1 - scale;
  std::string out = negative ? "-" : "";
  if (scale == 0) return out + d;
  if (scale > 0 && exponent >= -6) {
    if (static_cast<int>(d.size()) > scale) return out + d.substr(0, d.size() - static_cast<size_t>(scale)) + "." + d.substr(d.size() - static_cast<size_t>(scale));
    return out + "0." + std::string(static_cast<size_t>(scale) - d.size(), '0') + d;
  }
  out += d[0];
  if (d.size() > 1) out += "." + d.substr(1);
  return out + (exponent < 0 ? "E" : "E+") + std::to_string(exponent);
}

void WriteLogicalType(const LogicalType& type, net::JsonWriter* w) {
  w->BeginObject().Field("type", RootName(type.root()));
  if (type.root() == TypeRoot::kNull) { w->EndObject(); return; }
  w->Field("nullable", type.nullable());
  switch (type.root()) {
    case TypeRoot::kChar:
    case TypeRoot::kVarChar:
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary: w->Field("length", type.length()); break;
    case TypeRoot::kDecimal: w->Field("precision", type.precision()).Field("scale", type.scale()); break;
    case TypeRoot::kTime:
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: w->Field("precision", type.precision()); break;
    case TypeRoot::kIntervalYearMonth: w->Field("precision", type.precision()).Field("resolution", Resolution(type.resolution())); break;
    case TypeRoot::kIntervalDayTime:
      w->Field("precision", type.precision()).Field("fractionalPrecision", type.scale()).Field("resolution", Resolution(type.resolution()));
      break;
    case TypeRoot::kArray:
    case TypeRoot::kMultiset: w->Key("elementType"); WriteLogicalType(type.element(), w); break;
    case TypeRoot::kMap:
      w->Key("keyType");
      WriteLogicalType(type.key(), w);
      w->Key("valueType");
      WriteLogicalType(type.value(), w);
      break;
    case TypeRoot::kRow:
      w->Key("fields").BeginArray();
      for (const types::RowField& f : type.fields()) {
        w->BeginObject().Field("name", f.name).Key("fieldType");
        WriteLogicalType(f.type, w);
        if (!f.comment.empty()) w->Field("description", f.comment);
        w->EndObject();
      }
      w->EndArray();
      break;
    default: break;
  }
  w->EndObject();
}

void WriteColumns(const std::vector<session::ResultColumn>& columns, net::JsonWriter* w) {
  w->BeginArray();
  for (const session::ResultColumn& c : columns) {
    w->BeginObject().Field("name", c.name).Key("logicalType");
    WriteLogicalType(c.type, w);
    w->Key("comment");
    if (c.comment.empty()) w->Null();
    else w->String(c.comment);
    w->EndObject();
  }
  w->EndArray();
}

Status WriteRows(const Batch& batch, const std::vector<session::ResultColumn>& columns, RowFormat format, const std::string& time_zone, net::JsonWriter* w) {
  if (batch.num_rows() > 0 && batch.columns().size() != columns.size()) return Status::Internal("a result batch has another number of columns than its result");
  std::string row_text, cell;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    row_text = "{\"kind\":\"";
    row_text += types::RowKindName(batch.kind(row));
    row_text += "\",\"fields\":[";
    for (size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) row_text.push_back(',');
      const arrow::Array& array = *batch.column(c);
      if (array.IsNull(row) || columns[c].type.root() == TypeRoot::kNull) { row_text += "null"; continue; }
      if (format == RowFormat::kJson) { TRY(AppendJson(array, row, columns[c].type, time_zone, &row_text)); continue; }
      cell.clear();
      types::AppendText(array, row, columns[c].type, types::TextStyle::kPlain, time_zone, &cell);
      net::AppendJsonString(cell, &row_text);
    }
    row_text += "]}";
    w->Raw(row_text);
  }
  return Status::OK();
}

}  // namespace tarn::gateway
