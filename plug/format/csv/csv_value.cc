#include "plug/format/csv/csv_value.h"

#include <limits>

#include "table/text_codec.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plug::csv {
namespace {

using types::LogicalType;
using types::TypeRoot;
using BuilderPtr = std::shared_ptr<arrow::ArrayBuilder>;
using Reader = std::unique_ptr<FieldReader>;

std::string_view JavaTrim(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  return s;
}

// parse(text, builder): 1 appended, 0 NULL, -1 not a value.
template <typename Builder, typename Parse>
class Leaf final : public FieldReader {
 public:
  Leaf(const LogicalType& type, const BuilderPtr& builder, const Options& options, Parse parse)
      : FieldReader(type), builder_(std::static_pointer_cast<Builder>(builder)), null_literal_(options.null_literal), text_(type.is_character()), parse_(std::move(parse)) {}
  bool Append(std::string_view text) override {
    if ((null_literal_ && text == *null_literal_) || (!text_ && text.empty())) return builder_->AppendNull().ok();
    const int outcome = parse_(text, *builder_);
    return outcome > 0 || (outcome == 0 && builder_->AppendNull().ok());
  }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  const std::shared_ptr<Builder> builder_;
  const std::optional<std::string> null_literal_;
  const bool text_;
  Parse parse_;
};
template <typename Builder, typename Parse>
Reader MakeLeaf(const LogicalType& t, const BuilderPtr& b, const Options& o, Parse parse) { return Reader(new Leaf<Builder, Parse>(t, b, o, std::move(parse))); }

template <typename Builder, typename T>
Reader MakeInteger(const LogicalType& t, const BuilderPtr& b, const Options& o) {
  return MakeLeaf<Builder>(t, b, o, [](std::string_view text, Builder& out) {
    int64_t v = 0;
    if (!table::ParseInteger(JavaTrim(text), &v) || v < std::numeric_limits<T>::min() || v > std::numeric_limits<T>::max()) return -1;
    return out.Append(static_cast<T>(v)).ok() ? 1 : -1;
  });
}

template <typename Builder, typename T>
Reader MakeReal(const LogicalType& t, const BuilderPtr& b, const Options& o) {
  return MakeLeaf<Builder>(t, b, o, [](std::string_view text, Builder& out) {
    double v = 0;
    return table::ParseDouble(JavaTrim(text), &v) && out.Append(static_cast<T>(v)).ok() ? 1 : -1;
  });
}

Reader MakeTimestamp(const LogicalType& t, const BuilderPtr& b, const Options& o) {
  const table::TimestampForm form{' ', t.root() == TypeRoot::kTimestampLtz, false};
  return MakeLeaf<arrow::TimestampBuilder>(t, b, o, [form, units = types::TimestampUnitsPerSecond(t.precision())](std::string_view text, arrow::TimestampBuilder& out) {
    int64_t v = 0;
    return table::ParseTimestampText(JavaTrim(text), form, units, &v) && out.Append(v).ok() ? 1 : -1;
  });
}

std::vector<std::string_view> SplitBy(std::string_view text, const std::string& delimiter) {
  std::vector<std::string_view> out;
  if (delimiter.empty()) return {text};
  for (size_t at = 0;;) {
    const size_t end = text.find(delimiter, at);
    out.push_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return out;
    at = end + delimiter.size();
  }
}

Result<Reader> Make(const LogicalType& t, const BuilderPtr& b, const Options& o);

class ListReader final : public FieldReader {
 public:
  ListReader(const LogicalType& t, const BuilderPtr& b, Reader element, const Options& o) : FieldReader(t), builder_(std::static_pointer_cast<arrow::ListBuilder>(b)), element_(std::move(element)), options_(o) {}
  bool Append(std::string_view text) override {
    if (text.empty() || (options_.null_literal && text == *options_.null_literal)) return builder_->AppendNull().ok();
    if (!builder_->Append().ok()) return false;
    for (std::string_view e : SplitBy(text, options_.array_delimiter)) {
      if (element_->Append(e)) continue;
      if (!options_.ignore_parse_errors || !element_->builder()->AppendNull().ok()) return false;
    }
    return true;
  }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  const std::shared_ptr<arrow::ListBuilder> builder_;
  Reader element_;
  const Options options_;
};

class RowReader final : public FieldReader {
 public:
  RowReader(const LogicalType& t, const BuilderPtr& b, std::vector<Reader> fields, const Options& o) : FieldReader(t), builder_(std::static_pointer_cast<arrow::StructBuilder>(b)), fields_(std::move(fields)), options_(o) {}
  bool Append(std::string_view text) override {
    if (text.empty() || (options_.null_literal && text == *options_.null_literal)) return builder_->AppendNull().ok();
    const auto pieces = SplitBy(text, options_.array_delimiter);
    if (pieces.size() != fields_.size()) return options_.ignore_parse_errors && builder_->AppendNull().ok();
    if (!builder_->Append().ok()) return false;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i]->Append(pieces[i])) continue;
      if (!options_.ignore_parse_errors || !fields_[i]->builder()->AppendNull().ok()) return false;
    }
    return true;
  }
  arrow::ArrayBuilder* builder() override { return builder_.get(); }

 private:
  const std::shared_ptr<arrow::StructBuilder> builder_;
  std::vector<Reader> fields_;
  const Options options_;
};

Result<Reader> Make(const LogicalType& t, const BuilderPtr& b, const Options& o) {
  switch (t.root()) {
    case TypeRoot::kBoolean: return MakeLeaf<arrow::BooleanBuilder>(t, b, o, [](std::string_view text, arrow::BooleanBuilder& out) {
      text = JavaTrim(text);
      const bool v = text.size() == 4 && (text[0] | 32) == 't' && (text[1] | 32) == 'r' && (text[2] | 32) == 'u' && (text[3] | 32) == 'e';   // Boolean.parseBoolean
      return out.Append(v).ok() ? 1 : -1;
    });
    case TypeRoot::kTinyInt: return MakeInteger<arrow::Int8Builder, int8_t>(t, b, o);
    case TypeRoot::kSmallInt: return MakeInteger<arrow::Int16Builder, int16_t>(t, b, o);
    case TypeRoot::kInteger: return MakeInteger<arrow::Int32Builder, int32_t>(t, b, o);
    case TypeRoot::kBigInt: return MakeInteger<arrow::Int64Builder, int64_t>(t, b, o);
    case TypeRoot::kIntervalYearMonth: return MakeInteger<arrow::MonthIntervalBuilder, int32_t>(t, b, o);
    case TypeRoot::kIntervalDayTime: return MakeInteger<arrow::DurationBuilder, int64_t>(t, b, o);
    case TypeRoot::kFloat: return MakeReal<arrow::FloatBuilder, float>(t, b, o);
    case TypeRoot::kDouble: return MakeReal<arrow::DoubleBuilder, double>(t, b, o);
    case TypeRoot::kDecimal: return MakeLeaf<arrow::Decimal128Builder>(t, b, o, [p = t.precision(), s = t.scale()](std::string_view text, arrow::Decimal128Builder& out) {
      arrow::Decimal128 v;
      switch (table::ParseDecimal(JavaTrim(text), p, s, &v)) {
        case table::DecimalParse::kOk: return out.Append(v).ok() ? 1 : -1;
        case table::DecimalParse::kNull: return 0;
        case table::DecimalParse::kBad: break;
      }
      return -1;
    });
    case TypeRoot::kChar: case TypeRoot::kVarChar: return MakeLeaf<arrow::StringBuilder>(t, b, o, [](std::string_view text, arrow::StringBuilder& out) { return table::ValidUtf8(text) && out.Append(text).ok() ? 1 : -1; });
    case TypeRoot::kBinary: case TypeRoot::kVarBinary: return MakeLeaf<arrow::BinaryBuilder>(t, b, o, [bytes = std::string()](std::string_view text, arrow::BinaryBuilder& out) mutable {
      return table::ParseBase64(text, &bytes) && out.Append(bytes).ok() ? 1 : -1;
    });
    case TypeRoot::kDate: return MakeLeaf<arrow::Date32Builder>(t, b, o, [](std::string_view text, arrow::Date32Builder& out) {
      int32_t days = 0;
      text = JavaTrim(text);
      return (table::ParseIsoDate(text, &days) || (text.size() >= 8 && types::ParseDate(text, &days))) && out.Append(days).ok() ? 1 : -1;
    });
    case TypeRoot::kTime: return MakeLeaf<arrow::Time32Builder>(t, b, o, [](std::string_view text, arrow::Time32Builder& out) {
      int32_t ms = 0;
      return table::ParseSqlTime(JavaTrim(text), true, &ms) && out.Append(ms).ok() ? 1 : -1;
    });
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return MakeTimestamp(t, b, o);
    case TypeRoot::kArray: {
      auto* list = static_cast<arrow::ListBuilder*>(b.get());
      return Reader(new ListReader(t, b, TRY(Make(t.element(), BuilderPtr(b, list->value_builder()), o)), o));
    }
    case TypeRoot::kRow: {
      std::vector<Reader> fields;
      for (size_t i = 0; i < t.fields().size(); ++i) fields.push_back(TRY(Make(t.fields()[i].type, BuilderPtr(b, b->child(static_cast<int>(i))), o)));
      return Reader(new RowReader(t, b, std::move(fields), o));
    }
    case TypeRoot::kMap: case TypeRoot::kMultiset: case TypeRoot::kNull: case TypeRoot::kRaw: break;
  }
  return Status::NotSupported("Unsupported type: " + t.ToSummaryString()).WithDetail("format 'csv'");
}

}  // namespace

Result<Reader> MakeFieldReader(const LogicalType& type, const Options& options) {
  return Make(type, BuilderPtr(TRY(arrow::MakeBuilder(types::ToArrow(type)))), options);
}

}  // namespace tarn::plug::csv
