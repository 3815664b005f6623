#include "plug/format/json/json_encoder.h"

#include <arrow/array.h>

#include <charconv>
#include <cmath>

#include "table/text_codec.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plug::json {
namespace {

using types::LogicalType;
using types::TypeRoot;

void AppendQuoted(std::string_view s, std::string* out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out->push_back('"');
  size_t plain = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c >= 0x20 && c != '"' && c != '\\') [[likely]] continue;
    out->append(s, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\b': *out += "\\b"; break;
      case '\f': *out += "\\f"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default: *out += "\\u00"; out->push_back(kHex[c >> 4]); out->push_back(kHex[c & 15]);
    }
  }
  out->append(s, plain);
  out->push_back('"');
}

void AppendLong(int64_t v, std::string* out) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), v);
  out->append(digits, static_cast<size_t>(end - digits));
}

// A value of one column. Bind() to a batch's array, then Append() rows.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void Bind(const arrow::Array& array) = 0;
  // row is not NULL. False: a map with a NULL key.
  virtual bool Append(int64_t row, std::string* out) = 0;
  const arrow::Array* array() const { return array_; }
  bool AppendOrNull(int64_t row, std::string* out) {
    if (!array_->IsNull(row)) return Append(row, out);
    *out += "null";
    return true;
  }

 protected:
  const arrow::Array* array_ = nullptr;
};
using WriterPtr = std::unique_ptr<Writer>;

// A leaf whose text is made by a function of (array, row, out).
template <typename Array, typename F>
class Leaf final : public Writer {
 public:
  explicit Leaf(F f) : f_(std::move(f)) {}
  void Bind(const arrow::Array& array) override { array_ = &array; }
  bool Append(int64_t row, std::string* out) override {
    f_(static_cast<const Array&>(*array_), row, out);
    return true;
  }

 private:
  const F f_;
};
template <typename Array, typename F>
WriterPtr MakeLeaf(F f) { return WriterPtr(new Leaf<Array, F>(std::move(f))); }
template <typename Array>
WriterPtr MakeIntegerLeaf() {
  return MakeLeaf<Array>([](const Array& a, int64_t row, std::string* out) { AppendLong(static_cast<int64_t>(a.Value(row)), out); });
}

class ListWriter final : public Writer {
 public:
  explicit ListWriter(WriterPtr element) : element_(std::move(element)) {}
  void Bind(const arrow::Array& array) override {
    array_ = &array;
    element_->Bind(*static_cast<const arrow::ListArray&>(array).values());
  }
  bool Append(int64_t row, std::string* out) override {
    const auto& list = static_cast<const arrow::ListArray&>(*array_);
    out->push_back('[');
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      if (i > list.value_offset(row)) out->push_back(',');
      if (!element_->AppendOrNull(i, out)) return false;
    }
    out->push_back(']');
    return true;
  }

 private:
  WriterPtr element_;
};

class MapWriter final : public Writer {
 public:
  MapWriter(WriterPtr value, const WriteOptions& options) : value_(std::move(value)), options_(options) {}
  void Bind(const arrow::Array& array) override {
    array_ = &array;
    const auto& map = static_cast<const arrow::MapArray&>(array);
    keys_ = static_cast<const arrow::StringArray*>(map.keys().get());
    value_->Bind(*map.items());
  }
  bool Append(int64_t row, std::string* out) override {
    const auto& map = static_cast<const arrow::MapArray&>(*array_);
    out->push_back('{');
    bool first = true;
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      std::string_view key = options_.null_key_literal;
      if (!keys_->IsNull(i)) key = keys_->GetView(i);
      else if (options_.null_key == WriteOptions::NullKey::kFail) return false;
      else if (options_.null_key == WriteOptions::NullKey::kDrop) continue;
      if (!first) out->push_back(',');
      first = false;
      AppendQuoted(key, out);
      out->push_back(':');
      if (!value_->AppendOrNull(i, out)) return false;
    }
    out->push_back('}');
    return true;
  }

 private:
  WriterPtr value_;
  const WriteOptions options_;
  const arrow::StringArray* keys_ = nullptr;
};

class FieldsWriter {
 public:
  FieldsWriter(const std::vector<std::string>& names, std::vector<WriterPtr> writers, bool ignore_nulls) : writers_(std::move(writers)), ignore_nulls_(ignore_nulls) {
    for (const auto& n : names) {
      std::string key;
      AppendQuoted(n, &key);
      keys_.push_back(key + ":");
    }
  }
  void Bind(const std::vector<std::shared_ptr<arrow::Array>>& columns) {
    for (size_t i = 0; i < writers_.size(); ++i) writers_[i]->Bind(*columns[i]);
  }
  bool Append(int64_t row, std::string* out) {
    out->push_back('{');
    bool first = true;
    for (size_t i = 0; i < writers_.size(); ++i) {
      if (ignore_nulls_ && writers_[i]->array()->IsNull(row)) continue;
      if (!first) out->push_back(',');
      first = false;
      *out += keys_[i];
      if (!writers_[i]->AppendOrNull(row, out)) return false;
    }
    out->push_back('}');
    return true;
  }

 private:
  std::vector<std::string> keys_;
  std::vector<WriterPtr> writers_;
  const bool ignore_nulls_;
};

class RowWriter final : public Writer {
 public:
  explicit RowWriter(FieldsWriter fields) : fields_(std::move(fields)) {}
  void Bind(const arrow::Array& array) override {
    array_ = &array;
    columns_.clear();
    const auto& s = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < s.num_fields(); ++i) columns_.push_back(s.field(i));
    fields_.Bind(columns_);
  }
  bool Append(int64_t row, std::string* out) override { return fields_.Append(row, out); }

 private:
  FieldsWriter fields_;
  std::vector<std::shared_ptr<arrow::Array>> columns_;
};

Result<WriterPtr> Make(const LogicalType& type, const WriteOptions& o);

Result<WriterPtr> MakeMap(const LogicalType& type, const WriteOptions& o) {
  const bool multiset = type.root() == TypeRoot::kMultiset;
  const LogicalType key = multiset ? type.element() : type.key();
  if (!key.is_character()) return Status::NotSupported("JSON format doesn't support non-string as key type of map. The type is: " + type.ToSummaryString());
  WriterPtr value = TRY(Make(multiset ? LogicalType::Int() : type.value(), o));
  return WriterPtr(new MapWriter(std::move(value), o));
}

WriterPtr MakeTimestamp(const LogicalType& type, const WriteOptions& o) {
  return MakeLeaf<arrow::TimestampArray>([units = types::TimestampUnitsPerSecond(type.precision()), separator = o.iso_timestamps ? 'T' : ' ',
                                          zulu = type.root() == TypeRoot::kTimestampLtz](const arrow::TimestampArray& a, int64_t row, std::string* out) {
    out->push_back('"');
    table::AppendTimestampText(a.Value(row), units, separator, out);
    if (zulu) out->push_back('Z');
    out->push_back('"');
  });
}

Result<WriterPtr> Make(const LogicalType& type, const WriteOptions& o) {
  switch (type.root()) {
    case TypeRoot::kBoolean: return MakeLeaf<arrow::BooleanArray>([](const arrow::BooleanArray& a, int64_t row, std::string* out) { *out += a.Value(row) ? "true" : "false"; });
    case TypeRoot::kTinyInt: return MakeIntegerLeaf<arrow::Int8Array>();
    case TypeRoot::kSmallInt: return MakeIntegerLeaf<arrow::Int16Array>();
    case TypeRoot::kInteger: return MakeIntegerLeaf<arrow::Int32Array>();
    case TypeRoot::kBigInt: return MakeIntegerLeaf<arrow::Int64Array>();
    case TypeRoot::kIntervalYearMonth: return MakeIntegerLeaf<arrow::MonthIntervalArray>();
    case TypeRoot::kIntervalDayTime: return MakeIntegerLeaf<arrow::DurationArray>();
    case TypeRoot::kFloat: return MakeLeaf<arrow::FloatArray>([](const arrow::FloatArray& a, int64_t row, std::string* out) {
      const bool quote = !std::isfinite(a.Value(row));   // Jackson quotes what isn't a JSON number
      if (quote) out->push_back('"');
      types::AppendFloat(a.Value(row), out);
      if (quote) out->push_back('"');
    });
    case TypeRoot::kDouble: return MakeLeaf<arrow::DoubleArray>([](const arrow::DoubleArray& a, int64_t row, std::string* out) {
      const bool quote = !std::isfinite(a.Value(row));
      if (quote) out->push_back('"');
      types::AppendDouble(a.Value(row), out);
      if (quote) out->push_back('"');
    });
    case TypeRoot::kDecimal: return MakeLeaf<arrow::Decimal128Array>([scale = type.scale(), plain = o.plain_decimals](const arrow::Decimal128Array& a, int64_t row, std::string* out) {
      table::AppendDecimalStripped(arrow::Decimal128(a.GetValue(row)), scale, plain, out);
    });
    case TypeRoot::kChar: case TypeRoot::kVarChar: return MakeLeaf<arrow::StringArray>([](const arrow::StringArray& a, int64_t row, std::string* out) { AppendQuoted(a.GetView(row), out); });
    case TypeRoot::kBinary: case TypeRoot::kVarBinary: return MakeLeaf<arrow::BinaryArray>([](const arrow::BinaryArray& a, int64_t row, std::string* out) {
      out->push_back('"');
      table::AppendBase64(a.GetView(row), out);
      out->push_back('"');
    });
    case TypeRoot::kDate: return MakeLeaf<arrow::Date32Array>([](const arrow::Date32Array& a, int64_t row, std::string* out) {
      out->push_back('"');
      types::AppendDate(a.Value(row), out);
      out->push_back('"');
    });
    case TypeRoot::kTime: return MakeLeaf<arrow::Time32Array>([](const arrow::Time32Array& a, int64_t row, std::string* out) {
      out->push_back('"');
      table::AppendTimeText(a.Value(row), out);
      out->push_back('"');
    });
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return MakeTimestamp(type, o);
    case TypeRoot::kArray: return WriterPtr(new ListWriter(TRY(Make(type.element(), o))));
    case TypeRoot::kMap: case TypeRoot::kMultiset: return MakeMap(type, o);
    case TypeRoot::kRow: {
      std::vector<std::string> names;
      std::vector<WriterPtr> writers;
      for (const auto& f : type.fields()) {
        names.push_back(f.name);
        writers.push_back(TRY(Make(f.type, o)));
      }
      return WriterPtr(new RowWriter(FieldsWriter(names, std::move(writers), o.ignore_null_fields)));
    }
    case TypeRoot::kNull: return MakeLeaf<arrow::Array>([](const arrow::Array&, int64_t, std::string* out) { *out += "null"; });
    case TypeRoot::kRaw: break;
  }
  return Status::NotSupported("Unsupported type: " + type.ToSummaryString()).WithDetail("format 'json'");
}

class JsonEncoder final : public table::Encoder {
 public:
  explicit JsonEncoder(FieldsWriter fields) : fields_(std::move(fields)) {}
  Status Encode(const Batch& batch, std::string* out, std::vector<size_t>* ends) override {
    fields_.Bind(batch.columns());
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (!fields_.Append(row, out)) {
        return Status::InvalidSql("JSON format doesn't support to serialize map data with null keys. You can drop null key entries or encode null in literals by "
                                  "specifying map-null-key.mode option.");
      }
      ends->push_back(out->size());
    }
    return Status::OK();
  }

 private:
  FieldsWriter fields_;
};

}  // namespace

Result<std::unique_ptr<table::Encoder>> MakeJsonEncoder(const RowType& type, const WriteOptions& options) {
  std::vector<WriterPtr> writers;
  for (const auto& t : type.types) writers.push_back(TRY(Make(t, options)));
  return std::unique_ptr<table::Encoder>(new JsonEncoder(FieldsWriter(type.names, std::move(writers), options.ignore_null_fields)));
}

}  // namespace tarn::plug::json
