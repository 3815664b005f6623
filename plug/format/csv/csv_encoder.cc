#include "plug/format/csv/csv_encoder.h"

#include <arrow/array.h>

#include <algorithm>
#include <charconv>

#include "table/text_codec.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plug::csv {
namespace {

using types::LogicalType;
using types::TypeRoot;

constexpr size_t kQuoteCheckMax = 24;   // Jackson: longer text is quoted without looking

Status CheckType(const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kMap: case TypeRoot::kMultiset: case TypeRoot::kRaw: return Status::NotSupported("Unsupported type: " + t.ToSummaryString()).WithDetail("format 'csv'");
    case TypeRoot::kArray: return CheckType(t.element());
    case TypeRoot::kRow:
      for (const auto& f : t.fields()) TRY(CheckType(f.type));
      return Status::OK();
    default: return Status::OK();
  }
}

class CsvEncoder final : public table::Encoder {
 public:
  CsvEncoder(RowType type, Options options) : type_(std::move(type)), options_(std::move(options)) {
    char safe = std::max(options_.delimiter, options_.quote.value_or('\0'));
    safe_ = static_cast<unsigned char>(std::max(safe, '\n')) + 1;
  }
  Status Encode(const Batch& batch, std::string* out, std::vector<size_t>* ends) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      for (size_t c = 0; c < type_.size(); ++c) {
        if (c > 0) out->push_back(options_.delimiter);
        const arrow::Array& column = *batch.column(c);
        if (column.IsNull(row)) {
          if (options_.null_literal) *out += *options_.null_literal;
          continue;
        }
        if (Verbatim(type_.types[c])) {
          AppendValue(column, row, type_.types[c], out);
          continue;
        }
        text_.clear();
        AppendValue(column, row, type_.types[c], &text_);
        AppendField(text_, out);
      }
      ends->push_back(out->size());
    }
    return Status::OK();
  }

 private:
  // Numbers and booleans are never quoted, but for decimals ("1E+5").
  static bool Verbatim(const LogicalType& t) { return t.is_integer() || t.is_approximate() || t.root() == TypeRoot::kBoolean || t.is_interval(); }

  void AppendField(std::string_view text, std::string* out) const {
    bool quote = text.size() > kQuoteCheckMax;
    for (size_t i = 0; !quote && i < text.size(); ++i) quote = static_cast<unsigned char>(text[i]) < safe_ || (options_.escape && text[i] == *options_.escape);
    if (!quote || !options_.quote) {
      out->append(text);
      return;
    }
    const char q = *options_.quote;
    out->push_back(q);
    for (char c : text) {
      if (c == q) out->push_back(options_.escape.value_or(q));
      else if (options_.escape && c == *options_.escape) out->push_back(c);
      out->push_back(c);
    }
    out->push_back(q);
  }

  template <typename Array>
  static void AppendLong(const arrow::Array& a, int64_t row, std::string* out) {
    char digits[24];
    auto [end, error] = std::to_chars(digits, digits + sizeof(digits), static_cast<int64_t>(static_cast<const Array&>(a).Value(row)));
    out->append(digits, static_cast<size_t>(end - digits));
  }

  void AppendValue(const arrow::Array& a, int64_t row, const LogicalType& t, std::string* out) const {
    switch (t.root()) {
      case TypeRoot::kBoolean: *out += static_cast<const arrow::BooleanArray&>(a).Value(row) ? "true" : "false"; return;
      case TypeRoot::kTinyInt: AppendLong<arrow::Int8Array>(a, row, out); return;
      case TypeRoot::kSmallInt: AppendLong<arrow::Int16Array>(a, row, out); return;
      case TypeRoot::kInteger: AppendLong<arrow::Int32Array>(a, row, out); return;
      case TypeRoot::kBigInt: AppendLong<arrow::Int64Array>(a, row, out); return;
      case TypeRoot::kIntervalYearMonth: AppendLong<arrow::MonthIntervalArray>(a, row, out); return;
      case TypeRoot::kIntervalDayTime: AppendLong<arrow::DurationArray>(a, row, out); return;
      case TypeRoot::kFloat: types::AppendFloat(static_cast<const arrow::FloatArray&>(a).Value(row), out); return;
      case TypeRoot::kDouble: types::AppendDouble(static_cast<const arrow::DoubleArray&>(a).Value(row), out); return;
      case TypeRoot::kDecimal: {
        const arrow::Decimal128 v(static_cast<const arrow::Decimal128Array&>(a).GetValue(row));
        table::AppendDecimalStripped(v, t.scale(), !options_.scientific_decimals, out);
        return;
      }
      case TypeRoot::kChar: case TypeRoot::kVarChar: out->append(static_cast<const arrow::StringArray&>(a).GetView(row)); return;
      case TypeRoot::kBinary: case TypeRoot::kVarBinary: table::AppendBase64(static_cast<const arrow::BinaryArray&>(a).GetView(row), out); return;
      case TypeRoot::kDate: types::AppendDate(static_cast<const arrow::Date32Array&>(a).Value(row), out); return;
      case TypeRoot::kTime: table::AppendTimeText(static_cast<const arrow::Time32Array&>(a).Value(row), out); return;
      case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz:
        table::AppendTimestampText(static_cast<const arrow::TimestampArray&>(a).Value(row), types::TimestampUnitsPerSecond(t.precision()), ' ', out);
        if (t.root() == TypeRoot::kTimestampLtz) out->push_back('Z');
        return;
      case TypeRoot::kArray: {
        const auto& list = static_cast<const arrow::ListArray&>(a);
        for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
          if (i > list.value_offset(row)) *out += options_.array_delimiter;
          AppendNested(*list.values(), i, t.element(), out);
        }
        return;
      }
      case TypeRoot::kRow: {
        const auto& s = static_cast<const arrow::StructArray&>(a);
        for (size_t i = 0; i < t.fields().size(); ++i) {
          if (i > 0) *out += options_.array_delimiter;
          AppendNested(*s.field(static_cast<int>(i)), row, t.fields()[i].type, out);
        }
        return;
      }
      default: return;
    }
  }
  void AppendNested(const arrow::Array& a, int64_t row, const LogicalType& t, std::string* out) const {
    if (!a.IsNull(row)) AppendValue(a, row, t, out);
    else if (options_.null_literal) *out += *options_.null_literal;
  }

  const RowType type_;
  const Options options_;
  unsigned char safe_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<table::Encoder>> MakeCsvEncoder(const RowType& type, const Options& options) {
  for (const auto& t : type.types) TRY(CheckType(t));
  return std::unique_ptr<table::Encoder>(new CsvEncoder(type, options));
}

}  // namespace tarn::plug::csv
