#include "plug/format/json/value_reader.h"

#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/hex.h"
#include "base/utf8.h"
#include "plug/format/json/record_walker.h"
#include "table/text_codec.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::json {
namespace {

using types::LogicalType;
using types::TypeRoot;
using BuilderPtr = std::shared_ptr<arrow::ArrayBuilder>;
using Reader = std::unique_ptr<ValueReader>;

Result<Reader> Make(const LogicalType& type, const BuilderPtr& builder, const ReadOptions& options);

inline std::string_view Token(const Document& doc, const Value& v) { return {doc.text + v.begin, v.end - v.begin}; }

std::string_view JavaTrim(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  return s;
}

bool Hex4(std::string_view s, size_t at, uint32_t* v) {
  if (at + 4 > s.size()) return false;
  *v = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int d = HexDigitValue(s[i]);
    if (d < 0) return false;
    *v = *v << 4 | static_cast<uint32_t>(d);
  }
  return true;
}

// JsonParser.getText(): strings without quotes, numbers as they are written; "" for containers. scratch holds what isn't in the document.
// False: a wrong escape.
bool AsText(const Document& doc, const Value& v, std::string* scratch, std::string_view* text) {
  switch (v.kind) {
    case ValueKind::kString: *text = Token(doc, v); return true;
    case ValueKind::kEscapedString:
      if (!Unescape(Token(doc, v), scratch)) return false;
      *text = *scratch;
      return true;
    case ValueKind::kInteger: *text = Token(doc, v) == "-0" ? std::string_view("0") : Token(doc, v); return true;
    case ValueKind::kReal: *text = Token(doc, v); return true;   // as written: 1.50 stays 1.50
    case ValueKind::kTrue: *text = "true"; return true;
    case ValueKind::kFalse: *text = "false"; return true;
    case ValueKind::kNull: *text = "null"; return true;
    case ValueKind::kArray: case ValueKind::kObject: *text = ""; return true;
  }
  return false;
}

// JsonNode.toString() of a container: without white space between tokens.
void AppendCompact(std::string_view json, std::string* out) {
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out->push_back(c);
      if (c == '\\' && i + 1 < json.size()) out->push_back(json[++i]);
      else if (c == '"') in_string = false;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      out->push_back(c);
      in_string = c == '"';
    }
  }
}

// The common part of scalar readers. Convert() says whether the value became *out; kNull: it becomes NULL without an error.
enum class Outcome { kOk, kNull, kBad };

template <typename Builder, typename Self>
class ScalarReader : public ValueReader {
 public:
  ScalarReader(const BuilderPtr& builder, const LogicalType& type, const ReadOptions& options) : type_(type), ignore_(options.ignore_parse_errors), builder_(std::static_pointer_cast<Builder>(builder)) {}
  bool Append(const Document& doc, const Value& value, ReadError* error) final {
    if (value.kind == ValueKind::kNull) {
      builder_->UnsafeAppendNull();
      return true;
    }
    switch (static_cast<Self*>(this)->Convert(doc, value)) {
      case Outcome::kOk: return true;
      case Outcome::kNull: builder_->UnsafeAppendNull(); return true;
      case Outcome::kBad: break;
    }
    if (ignore_) {
      builder_->UnsafeAppendNull();
      return true;
    }
    std::string shown = value.kind == ValueKind::kArray || value.kind == ValueKind::kObject ? std::string("a JSON object or array") : "'" + table::Excerpt(Token(doc, value), 60) + "'";
    error->why = shown + " is not a value of " + type_.ToSummaryString(false);
    return false;
  }
  void AppendNull() final { builder_->UnsafeAppendNull(); }
  arrow::ArrayBuilder* builder() final { return builder_.get(); }
  Status Reserve(int64_t rows, int64_t) override { return FromArrow(builder_->Reserve(rows)); }

 protected:
  Builder& out() { return *builder_; }
  std::string scratch_;
  const LogicalType type_;

 private:
  const bool ignore_;
  std::shared_ptr<Builder> builder_;
};

class BooleanReader final : public ScalarReader<arrow::BooleanBuilder, BooleanReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    bool value = v.kind == ValueKind::kTrue;
    if (v.kind != ValueKind::kTrue && v.kind != ValueKind::kFalse) {   // Boolean.parseBoolean(asText().trim())
      std::string_view text;
      if (!AsText(doc, v, &scratch_, &text)) return Outcome::kBad;
      text = JavaTrim(text);
      value = text.size() == 4 && (text[0] | 32) == 't' && (text[1] | 32) == 'r' && (text[2] | 32) == 'u' && (text[3] | 32) == 'e';
    }
    out().UnsafeAppend(value);
    return Outcome::kOk;
  }
};

// Fast path: up to 18 digits. The walker has checked the form.
inline bool FastInteger(const char* p, const char* end, int64_t* value) {
  const bool negative = *p == '-';
  p += negative;
  if (end - p > 18) return false;
  int64_t v = 0;
  for (; p < end; ++p) v = v * 10 + (*p - '0');
  *value = negative ? -v : v;
  return true;
}

template <typename Builder, typename T>
class IntegerReader final : public ScalarReader<Builder, IntegerReader<Builder, T>> {
 public:
  using ScalarReader<Builder, IntegerReader<Builder, T>>::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    int64_t value = 0;
    if (v.kind == ValueKind::kInteger) {
      if (!FastInteger(doc.text + v.begin, doc.text + v.end, &value) && !table::ParseInteger(Token(doc, v), &value)) return Outcome::kBad;
    } else if (v.kind == ValueKind::kReal && sizeof(T) >= 4) {   // canConvertToInt/Long: the fraction is cut; not for the small types
      double d = 0;
      if (!table::ParseDouble(Token(doc, v), &d)) return Outcome::kBad;
      if (!(d >= static_cast<double>(std::numeric_limits<T>::min()) && d <= static_cast<double>(std::numeric_limits<T>::max()))) return Outcome::kBad;
      value = d >= 9.2233720368547758e18 ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(d);
    } else {
      std::string_view text;
      if (!AsText(doc, v, &this->scratch_, &text) || !table::ParseInteger(JavaTrim(text), &value)) return Outcome::kBad;
    }
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return Outcome::kBad;
    this->out().UnsafeAppend(static_cast<T>(value));
    return Outcome::kOk;
  }
};

// Exact for up to 15 digits and small exponents (Clinger); else the full parser.
inline bool FastReal(std::string_view token, double* value) {
  constexpr double kPowers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (token.size() > 17) return false;
  const char *p = token.data(), *end = p + token.size();
  const bool negative = *p == '-';
  p += negative;
  int64_t mantissa = 0;
  int digits = 0, fraction = 0;
  for (; p < end && static_cast<unsigned char>(*p - '0') < 10; ++p, ++digits) mantissa = mantissa * 10 + (*p - '0');
  if (p < end && *p == '.') {
    for (++p; p < end && static_cast<unsigned char>(*p - '0') < 10; ++p, ++fraction) mantissa = mantissa * 10 + (*p - '0');
  }
  if (p != end || digits + fraction > 15) return false;
  const double d = static_cast<double>(mantissa) / kPowers[fraction];
  *value = negative ? -d : d;
  return true;
}

template <typename Builder, typename T>
class RealReader final : public ScalarReader<Builder, RealReader<Builder, T>> {
 public:
  using ScalarReader<Builder, RealReader<Builder, T>>::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    double value = 0;
    if (v.kind == ValueKind::kReal || v.kind == ValueKind::kInteger) {
      if (!FastReal(Token(doc, v), &value) && !table::ParseDouble(Token(doc, v), &value)) return Outcome::kBad;
    } else {
      std::string_view text;
      if (!AsText(doc, v, &this->scratch_, &text) || !table::ParseDouble(JavaTrim(text), &value)) return Outcome::kBad;
    }
    this->out().UnsafeAppend(static_cast<T>(value));
    return Outcome::kOk;
  }
};

class DecimalReader final : public ScalarReader<arrow::Decimal128Builder, DecimalReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    std::string_view text;
    if (v.kind == ValueKind::kReal || v.kind == ValueKind::kInteger) text = Token(doc, v);   // as a big decimal, never through a double
    else if (!AsText(doc, v, &scratch_, &text)) return Outcome::kBad;
    arrow::Decimal128 value;
    switch (table::ParseDecimal(text, type_.precision(), type_.scale(), &value)) {
      case table::DecimalParse::kBad: return Outcome::kBad;
      case table::DecimalParse::kNull: return Outcome::kNull;
      case table::DecimalParse::kOk: break;
    }
    out().UnsafeAppend(value);
    return Outcome::kOk;
  }
};

class TextReader final : public ScalarReader<arrow::StringBuilder, TextReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    std::string_view text;
    if (v.kind == ValueKind::kArray || v.kind == ValueKind::kObject) {
      scratch_.clear();
      AppendCompact(Token(doc, v), &scratch_);
      text = scratch_;
    } else if (!AsText(doc, v, &scratch_, &text)) {
      return Outcome::kBad;
    }
    if (!out().ReserveData(static_cast<int64_t>(text.size())).ok()) return Outcome::kBad;
    out().UnsafeAppend(text);
    return Outcome::kOk;
  }
};

class BytesReader final : public ScalarReader<arrow::BinaryBuilder, BytesReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    if (v.kind != ValueKind::kString && v.kind != ValueKind::kEscapedString) return Outcome::kBad;
    std::string_view text;
    if (!AsText(doc, v, &scratch_, &text) || !table::ParseBase64(text, &bytes_)) return Outcome::kBad;
    if (!out().ReserveData(static_cast<int64_t>(bytes_.size())).ok()) return Outcome::kBad;
    out().UnsafeAppend(bytes_);
    return Outcome::kOk;
  }

 private:
  std::string bytes_;
};

class DateReader final : public ScalarReader<arrow::Date32Builder, DateReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    std::string_view text;
    int32_t days = 0;
    if (!AsText(doc, v, &scratch_, &text) || !table::ParseIsoDate(text, &days)) return Outcome::kBad;
    out().UnsafeAppend(days);
    return Outcome::kOk;
  }
};

class TimeReader final : public ScalarReader<arrow::Time32Builder, TimeReader> {
 public:
  using ScalarReader::ScalarReader;
  Outcome Convert(const Document& doc, const Value& v) {
    std::string_view text;
    int32_t ms = 0;
    if (!AsText(doc, v, &scratch_, &text) || !table::ParseSqlTime(text, false, &ms)) return Outcome::kBad;
    out().UnsafeAppend(ms);
    return Outcome::kOk;
  }
};

class TimestampReader final : public ScalarReader<arrow::TimestampBuilder, TimestampReader> {
 public:
  TimestampReader(const BuilderPtr& builder, const LogicalType& type, const ReadOptions& options)
      : ScalarReader(builder, type, options),
        form_{options.iso_timestamps ? 'T' : ' ', type.root() == TypeRoot::kTimestampLtz, options.iso_timestamps},
        units_(types::TimestampUnitsPerSecond(type.precision())) {}
  Outcome Convert(const Document& doc, const Value& v) {
    std::string_view text;
    int64_t value = 0;
    if (!AsText(doc, v, &scratch_, &text) || !table::ParseTimestampText(text, form_, units_, &value)) return Outcome::kBad;
    out().UnsafeAppend(value);
    return Outcome::kOk;
  }

 private:
  const table::TimestampForm form_;
  const int64_t units_;
};

bool Fail(const Value& value, const LogicalType& type, ReadError* error) {
  constexpr std::string_view kNames[] = {"null", "a boolean", "a boolean", "a string", "a string", "a number", "a number", "an array", "an object"};
  error->why = std::string(kNames[static_cast<int>(value.kind)]) + " is not a value of " + type.ToSummaryString(false);
  return false;
}

void Within(const std::string& name, ReadError* error) { error->field = error->field.empty() ? name : name + "." + error->field; }

class ArrayReader final : public ValueReader {
 public:
  ArrayReader(const LogicalType& type, const BuilderPtr& builder, Reader element, bool ignore) : type_(type), builder_(std::static_pointer_cast<arrow::ListBuilder>(builder)), element_(std::move(element)), ignore_(ignore) {}
  bool Append(const Document& doc, const Value& value, ReadError* error) override {
    if (value.kind != ValueKind::kArray) {
      if (value.kind != ValueKind::kNull && !ignore_) return Fail(value, type_, error);
      AppendNull();
      return true;
    }
    if (!builder_->Append().ok()) return false;
    uint32_t index = value.index + 1, bad = 0;
    Value inner;
    if (doc.text[doc.at(index)] == ']') return true;
    for (;; ++index) {   // sound: the walker has been here
      if (!WalkValue(doc, &index, &inner, &bad) || !element_->Reserve(1, 0).ok() || !element_->Append(doc, inner, error)) return false;
      if (doc.text[doc.at(index)] == ']') return true;
    }
  }
  void AppendNull() override { (void)builder_->AppendNull(); }
  Status Reserve(int64_t rows, int64_t) override { return FromArrow(builder_->Reserve(rows)); }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  const LogicalType type_;
  std::shared_ptr<arrow::ListBuilder> builder_;
  Reader element_;
  const bool ignore_;
};

class MapReader final : public ValueReader {
 public:
  MapReader(const LogicalType& type, const BuilderPtr& builder, Reader value, bool ignore) : type_(type), builder_(std::static_pointer_cast<arrow::MapBuilder>(builder)), keys_(static_cast<arrow::StringBuilder*>(builder_->key_builder())), value_(std::move(value)), ignore_(ignore) {}
  bool Append(const Document& doc, const Value& value, ReadError* error) override {
    if (value.kind != ValueKind::kObject) {
      if (value.kind != ValueKind::kNull && !ignore_) return Fail(value, type_, error);
      AppendNull();
      return true;
    }
    entries_.clear();
    uint32_t index = value.index + 1, bad = 0;
    while (doc.text[doc.at(index)] != '}') {
      Value key, inner;
      if (!ReadScalar(doc.text, doc.at(index), doc.at(index + 1), &key)) return false;
      std::string_view text;
      if (!AsText(doc, key, &scratch_, &text)) return false;
      index += 2;
      if (!WalkValue(doc, &index, &inner, &bad)) return false;
      Put(std::string(text), inner);
      if (doc.text[doc.at(index)] == ',') ++index;
    }
    if (!builder_->Append().ok()) return false;
    for (const auto& [key, inner] : entries_) {
      if (!keys_->Append(key).ok() || !value_->Reserve(1, 0).ok()) return false;
      if (value_->Append(doc, inner, error)) continue;
      Within(key, error);
      return false;
    }
    return true;
  }
  void AppendNull() override { (void)builder_->AppendNull(); }
  Status Reserve(int64_t rows, int64_t) override { return FromArrow(builder_->Reserve(rows)); }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  // The last of equal keys wins, at the first one's place.
  void Put(std::string key, const Value& v) {
    if (entries_.size() < 16) {
      for (auto& e : entries_) if (e.first == key) { e.second = v; return; }
    } else {
      if (entries_.size() == 16 || places_.size() != entries_.size()) {
        places_.clear();
        for (size_t i = 0; i < entries_.size(); ++i) places_[entries_[i].first] = i;
      }
      auto [it, fresh] = places_.emplace(key, entries_.size());
      if (!fresh) { entries_[it->second].second = v; return; }
    }
    entries_.emplace_back(std::move(key), v);
  }
  const LogicalType type_;
  std::shared_ptr<arrow::MapBuilder> builder_;
  arrow::StringBuilder* keys_;
  Reader value_;
  const bool ignore_;
  std::string scratch_;
  std::vector<std::pair<std::string, Value>> entries_;
  std::unordered_map<std::string, size_t> places_;
};

class RowReader final : public ValueReader {
 public:
  RowReader(const LogicalType& type, const BuilderPtr& builder, std::vector<std::string> names, std::vector<Reader> fields, const ReadOptions& options)
      : type_(type), builder_(std::static_pointer_cast<arrow::StructBuilder>(builder)), names_(std::move(names)), fields_(std::move(fields)), options_(options) {}
  bool Append(const Document& doc, const Value& value, ReadError* error) override {
    if (value.kind != ValueKind::kObject) {
      if (value.kind != ValueKind::kNull && !options_.ignore_parse_errors) return Fail(value, type_, error);
      AppendNull();
      return true;
    }
    std::vector<uint8_t> seen(fields_.size(), 0);   // not a member: rows nest
    std::vector<Value> values(fields_.size());
    uint32_t index = value.index, bad = 0;
    if (!WalkObject(doc, &index, &names_, values.data(), seen.data(), &bad) || !builder_->Append().ok()) return false;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i]->Reserve(1, 0).ok()) return false;
      if (seen[i]) {
        if (!fields_[i]->Append(doc, values[i], error)) {
          Within(names_.names()[i], error);
          return false;
        }
      } else if (options_.fail_on_missing_field) {
        error->why = "Could not find field with name '" + names_.names()[i] + "'.";
        return false;
      } else {
        fields_[i]->AppendNull();
      }
    }
    return true;
  }
  void AppendNull() override { (void)builder_->AppendNull(); }
  Status Reserve(int64_t rows, int64_t) override { return FromArrow(builder_->Reserve(rows)); }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  const LogicalType type_;
  std::shared_ptr<arrow::StructBuilder> builder_;
  FieldNames names_;
  std::vector<Reader> fields_;
  const ReadOptions options_;
};

Result<Reader> MakeMap(const LogicalType& type, const BuilderPtr& builder, const ReadOptions& options) {
  const LogicalType key = type.root() == TypeRoot::kMap ? type.key() : type.element();
  if (!key.is_character()) return Status::NotSupported("JSON format doesn't support non-string as key type of map. The type is: " + type.ToSummaryString());
  auto* map = static_cast<arrow::MapBuilder*>(builder.get());
  const LogicalType value = type.root() == TypeRoot::kMap ? type.value() : LogicalType::Int();
  // The children are owned by the map's builder, which outlives the readers of its values.
  Reader reader = TRY(Make(value, BuilderPtr(builder, map->item_builder()), options));
  return Reader(new MapReader(type, builder, std::move(reader), options.ignore_parse_errors));
}

Result<Reader> MakeRow(const LogicalType& type, const BuilderPtr& builder, const ReadOptions& options) {
  std::vector<std::string> names;
  std::vector<Reader> fields;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    names.push_back(type.fields()[i].name);
    fields.push_back(TRY(Make(type.fields()[i].type, BuilderPtr(builder, builder->child(static_cast<int>(i))), options)));
  }
  return Reader(new RowReader(type, builder, std::move(names), std::move(fields), options));
}

Result<Reader> Make(const LogicalType& type, const BuilderPtr& b, const ReadOptions& o) {
  switch (type.root()) {
    case TypeRoot::kBoolean: return Reader(new BooleanReader(b, type, o));
    case TypeRoot::kTinyInt: return Reader(new IntegerReader<arrow::Int8Builder, int8_t>(b, type, o));
    case TypeRoot::kSmallInt: return Reader(new IntegerReader<arrow::Int16Builder, int16_t>(b, type, o));
    case TypeRoot::kInteger: return Reader(new IntegerReader<arrow::Int32Builder, int32_t>(b, type, o));
    case TypeRoot::kBigInt: return Reader(new IntegerReader<arrow::Int64Builder, int64_t>(b, type, o));
    case TypeRoot::kIntervalYearMonth: return Reader(new IntegerReader<arrow::MonthIntervalBuilder, int32_t>(b, type, o));
    case TypeRoot::kIntervalDayTime: return Reader(new IntegerReader<arrow::DurationBuilder, int64_t>(b, type, o));
    case TypeRoot::kFloat: return Reader(new RealReader<arrow::FloatBuilder, float>(b, type, o));
    case TypeRoot::kDouble: return Reader(new RealReader<arrow::DoubleBuilder, double>(b, type, o));
    case TypeRoot::kDecimal: return Reader(new DecimalReader(b, type, o));
    case TypeRoot::kChar: case TypeRoot::kVarChar: return Reader(new TextReader(b, type, o));
    case TypeRoot::kBinary: case TypeRoot::kVarBinary: return Reader(new BytesReader(b, type, o));
    case TypeRoot::kDate: return Reader(new DateReader(b, type, o));
    case TypeRoot::kTime: return Reader(new TimeReader(b, type, o));
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return Reader(new TimestampReader(b, type, o));
    case TypeRoot::kArray: {
      auto* list = static_cast<arrow::ListBuilder*>(b.get());
      Reader element = TRY(Make(type.element(), BuilderPtr(b, list->value_builder()), o));
      return Reader(new ArrayReader(type, b, std::move(element), o.ignore_parse_errors));
    }
    case TypeRoot::kMap: case TypeRoot::kMultiset: return MakeMap(type, b, o);
    case TypeRoot::kRow: return MakeRow(type, b, o);
    case TypeRoot::kNull: case TypeRoot::kRaw: break;
  }
  return Status::NotSupported("Unsupported type: " + type.ToSummaryString()).WithDetail("format 'json'");
}

}  // namespace

Result<Reader> MakeValueReader(const LogicalType& type, const ReadOptions& options) {
  BuilderPtr builder(TRY(arrow::MakeBuilder(types::ToArrow(type))));
  return Make(type, builder, options);
}

bool Unescape(std::string_view raw, std::string* out) {
  out->clear();
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out->push_back(raw[i]);
      continue;
    }
    if (++i == raw.size()) return false;
    switch (raw[i]) {
      case '"': case '\\': case '/': out->push_back(raw[i]); break;
      case 'b': out->push_back('\b'); break;
      case 'f': out->push_back('\f'); break;
      case 'n': out->push_back('\n'); break;
      case 'r': out->push_back('\r'); break;
      case 't': out->push_back('\t'); break;
      case 'u': {
        uint32_t c = 0, low = 0;
        if (!Hex4(raw, i + 1, &c)) return false;
        i += 4;
        if (c >= 0xD800 && c < 0xDC00 && i + 2 < raw.size() && raw[i + 1] == '\\' && raw[i + 2] == 'u' && Hex4(raw, i + 3, &low) && low >= 0xDC00 && low < 0xE000) {
          c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
          i += 6;
        } else if (c >= 0xD800 && c < 0xE000) {
          c = 0xFFFD;   // half of a pair has no UTF-8 form; Java's encoder replaces it too
        }
        AppendUtf8(c, out);
        break;
      }
      default: return false;
    }
  }
  return true;
}

}  // namespace tarn::plug::json
