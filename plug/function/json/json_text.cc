#include "json_text.h"

#include <arrow/util/base64.h>
#include <fmt/format.h>

#include "types/arrow_types.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::plug {
using types::LogicalType;
using types::TypeRoot;

void AppendJsonText(std::string_view s, std::string* out) {
  *out += '"';
  for (unsigned char c : s) {
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      case '\b': *out += "\\b"; break;
      case '\f': *out += "\\f"; break;
      default:
        if (c < 0x20) fmt::format_to(std::back_inserter(*out), "\\u{:04X}", c);
        else *out += static_cast<char>(c);
    }
  }
  *out += '"';
}

void AppendJsonValue(const arrow::Array& a, int64_t row, const LogicalType& t, const std::string& zone, std::string* out) {
  if (a.IsNull(row)) {
    *out += "null";
    return;
  }
  auto quoted = [&](types::TextStyle style) {
    std::string text;
    types::AppendText(a, row, t, style, zone, &text);
    AppendJsonText(text, out);
  };
  switch (t.root()) {
    case TypeRoot::kBoolean: *out += static_cast<const arrow::BooleanArray&>(a).Value(row) ? "true" : "false"; return;
    case TypeRoot::kDecimal: {   // trailing zeros are dropped: 1.10 is 1.1
      std::string text;
      types::AppendText(a, row, t, types::TextStyle::kPlain, zone, &text);
      if (text.find('.') != std::string::npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
      }
      *out += text;
      return;
    }
    case TypeRoot::kFloat:
    case TypeRoot::kDouble: {
      std::string text;
      types::AppendText(a, row, t, types::TextStyle::kPlain, zone, &text);
      if (text == "NaN" || text.ends_with("Infinity")) AppendJsonText(text, out);
      else *out += text;
      return;
    }
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt:
    case TypeRoot::kInteger:
    case TypeRoot::kBigInt: types::AppendText(a, row, t, types::TextStyle::kPlain, zone, out); return;
    case TypeRoot::kBinary:
    case TypeRoot::kVarBinary:
    case TypeRoot::kRaw: AppendJsonText(arrow::util::base64_encode(static_cast<const arrow::BinaryArray&>(a).GetView(row)), out); return;
    case TypeRoot::kTimestamp: {
      std::string text;
      types::AppendTimestamp(static_cast<const arrow::TimestampArray&>(a).Value(row), t.precision(), 'T', &text);
      AppendJsonText(text, out);
      return;
    }
    case TypeRoot::kTimestampLtz: {
      std::string text;
      types::AppendTimestamp(static_cast<const arrow::TimestampArray&>(a).Value(row), t.precision(), 'T', &text);
      AppendJsonText(text + "Z", out);
      return;
    }
    case TypeRoot::kArray: {
      const auto& list = static_cast<const arrow::ListArray&>(a);
      *out += '[';
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        if (i > list.value_offset(row)) *out += ',';
        AppendJsonValue(*list.values(), i, t.element(), zone, out);
      }
      *out += ']';
      return;
    }
    case TypeRoot::kMap:
    case TypeRoot::kMultiset: {
      const auto& map = static_cast<const arrow::MapArray&>(a);
      const bool is_map = t.root() == TypeRoot::kMap;
      static const LogicalType kCount = LogicalType::Int();
      *out += '{';
      for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
        if (i > map.value_offset(row)) *out += ',';
        std::string key;
        types::AppendText(*map.keys(), i, is_map ? t.key() : t.element(), types::TextStyle::kPlain, zone, &key);
        AppendJsonText(key, out);
        *out += ':';
        AppendJsonValue(*map.items(), i, is_map ? t.value() : kCount, zone, out);
      }
      *out += '}';
      return;
    }
    case TypeRoot::kRow: {
      const auto& row_array = static_cast<const arrow::StructArray&>(a);
      *out += '{';
      for (size_t f = 0; f < t.fields().size(); ++f) {
        if (f) *out += ',';
        AppendJsonText(t.fields()[f].name, out);
        *out += ':';
        AppendJsonValue(*row_array.field(static_cast<int>(f)), row, t.fields()[f].type, zone, out);
      }
      *out += '}';
      return;
    }
    case TypeRoot::kNull: *out += "null"; return;
    default: quoted(types::TextStyle::kPlain); return;
  }
}

void AppendScalarText(const Json& e, std::string* out) {
  switch (e.type()) {
    case Json::value_t::string: out->append(e.get_ref<const std::string&>()); return;
    case Json::value_t::number_integer: *out += std::to_string(e.get<int64_t>()); return;
    case Json::value_t::number_unsigned: *out += std::to_string(e.get<uint64_t>()); return;
    case Json::value_t::number_float: types::AppendDouble(e.get<double>(), out); return;
    case Json::value_t::boolean: *out += e.get<bool>() ? "true" : "false"; return;
    default: AppendJsonElement(e, out); return;
  }
}

void AppendJsonElement(const Json& e, std::string* out) {
  bool first = true;
  switch (e.type()) {
    case Json::value_t::object:
      *out += '{';
      for (const auto& [key, value] : e.get_ref<const Json::object_t&>()) {
        if (!first) *out += ',';
        first = false;
        AppendJsonText(key, out);
        *out += ':';
        AppendJsonElement(value, out);
      }
      *out += '}';
      return;
    case Json::value_t::array:
      *out += '[';
      for (const Json& v : e) {
        if (!first) *out += ',';
        first = false;
        AppendJsonElement(v, out);
      }
      *out += ']';
      return;
    case Json::value_t::string: AppendJsonText(e.get_ref<const std::string&>(), out); return;
    case Json::value_t::null: *out += "null"; return;
    default: AppendScalarText(e, out); return;
  }
}

}  // namespace tarn::plug
