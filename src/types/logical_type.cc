#include "types/logical_type.h"

#include <fmt/format.h>

#include "base/check.h"

namespace tarn::types {

struct LogicalType::Nested {
  std::vector<LogicalType> children;   // ARRAY, MULTISET: element; MAP: key, value
  std::vector<RowField> fields;        // ROW
  std::string text;                    // INTERVAL: resolution; RAW: class
  std::string text2;                   // RAW: serializer
};

namespace {
std::string Quoted(const std::string& name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string QuotedText(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string IntervalText(const LogicalType& t) {
  const std::string& r = t.resolution();
  int p = t.precision(), f = t.scale();
  if (t.root() == TypeRoot::kIntervalYearMonth) {
    if (r == "YEAR") return fmt::format("INTERVAL YEAR({})", p);
    if (r == "YEAR TO MONTH") return fmt::format("INTERVAL YEAR({}) TO MONTH", p);
    return "INTERVAL MONTH";
  }
  if (r == "DAY") return fmt::format("INTERVAL DAY({})", p);
  if (r == "DAY TO HOUR" || r == "DAY TO MINUTE") return fmt::format("INTERVAL DAY({}) TO {}", p, r.substr(7));
  if (r == "DAY TO SECOND") return fmt::format("INTERVAL DAY({}) TO SECOND({})", p, f);
  if (r == "SECOND" || r == "HOUR TO SECOND" || r == "MINUTE TO SECOND") return fmt::format("INTERVAL {}({})", r, f);
  return "INTERVAL " + r;
}

// The type's text without nullability. summary: STRING, BYTES, TIMESTAMP_LTZ for the long spellings.
std::string Body(const LogicalType& t, bool summary) {
  auto child = [summary](const LogicalType& c) { return summary ? c.ToSummaryString(true) : c.ToString(); };
  switch (t.root()) {
    case TypeRoot::kBoolean: return "BOOLEAN";
    case TypeRoot::kTinyInt: return "TINYINT";
    case TypeRoot::kSmallInt: return "SMALLINT";
    case TypeRoot::kInteger: return "INT";
    case TypeRoot::kBigInt: return "BIGINT";
    case TypeRoot::kFloat: return "FLOAT";
    case TypeRoot::kDouble: return "DOUBLE";
    case TypeRoot::kDecimal: return fmt::format("DECIMAL({}, {})", t.precision(), t.scale());
    case TypeRoot::kChar: return fmt::format("CHAR({})", t.length());
    case TypeRoot::kVarChar: return summary && t.length() == kMaxLength ? "STRING" : fmt::format("VARCHAR({})", t.length());
    case TypeRoot::kBinary: return fmt::format("BINARY({})", t.length());
    case TypeRoot::kVarBinary: return summary && t.length() == kMaxLength ? "BYTES" : fmt::format("VARBINARY({})", t.length());
    case TypeRoot::kDate: return "DATE";
    case TypeRoot::kTime: return fmt::format("TIME({})", t.precision());
    case TypeRoot::kTimestamp: return fmt::format("TIMESTAMP({})", t.precision());
    case TypeRoot::kTimestampLtz:
      return summary ? fmt::format("TIMESTAMP_LTZ({})", t.precision()) : fmt::format("TIMESTAMP({}) WITH LOCAL TIME ZONE", t.precision());
    case TypeRoot::kIntervalYearMonth:
    case TypeRoot::kIntervalDayTime: return IntervalText(t);
    case TypeRoot::kArray: return "ARRAY<" + child(t.element()) + ">";
    case TypeRoot::kMultiset: return "MULTISET<" + child(t.element()) + ">";
    case TypeRoot::kMap: return "MAP<" + child(t.key()) + ", " + child(t.value()) + ">";
    case TypeRoot::kRow: {
      std::string out = "ROW<";
      for (const RowField& f : t.fields()) {
        if (out.size() > 4) out += ", ";
        out += Quoted(f.name) + " " + child(f.type);
        if (!f.comment.empty()) out += " " + QuotedText(f.comment);
      }
      return out + ">";
    }
    case TypeRoot::kNull: return "NULL";
    case TypeRoot::kRaw: return "RAW(" + QuotedText(t.resolution()) + ", " + (summary ? std::string("...") : QuotedText(t.raw_serializer())) + ")";
  }
  return "?";
}
}  // namespace

LogicalType LogicalType::Decimal(int precision, int scale) { LogicalType t = Of(TypeRoot::kDecimal); t.precision_ = precision; t.scale_ = scale; return t; }
LogicalType LogicalType::Char(int length) { LogicalType t = Of(TypeRoot::kChar); t.precision_ = length; return t; }
LogicalType LogicalType::VarChar(int length) { LogicalType t = Of(TypeRoot::kVarChar); t.precision_ = length; return t; }
LogicalType LogicalType::Binary(int length) { LogicalType t = Of(TypeRoot::kBinary); t.precision_ = length; return t; }
LogicalType LogicalType::VarBinary(int length) { LogicalType t = Of(TypeRoot::kVarBinary); t.precision_ = length; return t; }
LogicalType LogicalType::Time(int precision) { LogicalType t = Of(TypeRoot::kTime); t.precision_ = precision; return t; }
LogicalType LogicalType::Timestamp(int precision) { LogicalType t = Of(TypeRoot::kTimestamp); t.precision_ = precision; return t; }
LogicalType LogicalType::TimestampLtz(int precision) { LogicalType t = Of(TypeRoot::kTimestampLtz); t.precision_ = precision; return t; }

LogicalType LogicalType::IntervalDayTime(std::string resolution, int day_precision, int fraction) {
  LogicalType t = Of(TypeRoot::kIntervalDayTime);
  t.precision_ = day_precision;
  t.scale_ = fraction;
  t.nested_ = std::make_shared<Nested>(Nested{{}, {}, std::move(resolution), {}});
  return t;
}
LogicalType LogicalType::IntervalYearMonth(std::string resolution, int year_precision) {
  LogicalType t = Of(TypeRoot::kIntervalYearMonth);
  t.precision_ = year_precision;
  t.nested_ = std::make_shared<Nested>(Nested{{}, {}, std::move(resolution), {}});
  return t;
}
LogicalType LogicalType::Array(LogicalType element) {
  LogicalType t = Of(TypeRoot::kArray);
  t.nested_ = std::make_shared<Nested>(Nested{{std::move(element)}, {}, {}, {}});
  return t;
}
LogicalType LogicalType::Map(LogicalType key, LogicalType value) {
  LogicalType t = Of(TypeRoot::kMap);
  t.nested_ = std::make_shared<Nested>(Nested{{std::move(key), std::move(value)}, {}, {}, {}});
  return t;
}
LogicalType LogicalType::Multiset(LogicalType element) {
  LogicalType t = Of(TypeRoot::kMultiset);
  t.nested_ = std::make_shared<Nested>(Nested{{std::move(element)}, {}, {}, {}});
  return t;
}
LogicalType LogicalType::Row(std::vector<RowField> fields) {
  LogicalType t = Of(TypeRoot::kRow);
  t.nested_ = std::make_shared<Nested>(Nested{{}, std::move(fields), {}, {}});
  return t;
}
LogicalType LogicalType::Raw(std::string class_name, std::string serializer) {
  LogicalType t = Of(TypeRoot::kRaw);
  t.nested_ = std::make_shared<Nested>(Nested{{}, {}, std::move(class_name), std::move(serializer)});
  return t;
}

const std::string& LogicalType::resolution() const {
  static const std::string kNone;
  return nested_ ? nested_->text : kNone;
}
const std::string& LogicalType::raw_serializer() const {
  static const std::string kNone;
  return nested_ ? nested_->text2 : kNone;
}
const LogicalType& LogicalType::element() const {
  TARN_CHECK(nested_ && nested_->children.size() == 1, "element() of a type without one");
  return nested_->children[0];
}
const LogicalType& LogicalType::key() const {
  TARN_CHECK(nested_ && nested_->children.size() == 2, "key() of a type that is not a MAP");
  return nested_->children[0];
}
const LogicalType& LogicalType::value() const {
  TARN_CHECK(nested_ && nested_->children.size() == 2, "value() of a type that is not a MAP");
  return nested_->children[1];
}
const std::vector<RowField>& LogicalType::fields() const {
  TARN_CHECK(root_ == TypeRoot::kRow && nested_, "fields() of a type that is not a ROW");
  return nested_->fields;
}

std::string LogicalType::ToString() const { return Body(*this, false) + (nullable_ || root_ == TypeRoot::kNull ? "" : " NOT NULL"); }

std::string LogicalType::ToSummaryString(bool with_null) const {
  std::string out = Body(*this, true);
  if (with_null && !nullable_ && root_ != TypeRoot::kNull) out += " NOT NULL";
  if (time_attribute_ == TimeAttribute::kRowtime) out += " *ROWTIME*";
  if (time_attribute_ == TimeAttribute::kProctime) out += " *PROCTIME*";
  return out;
}

static bool SameShape(const LogicalType& a, const LogicalType& b, bool nullability) {
  if (a.root() != b.root() || a.precision() != b.precision() || a.scale() != b.scale()) return false;
  if (nullability && a.nullable() != b.nullable()) return false;
  switch (a.root()) {
    case TypeRoot::kArray:
    case TypeRoot::kMultiset: return SameShape(a.element(), b.element(), nullability);
    case TypeRoot::kMap: return SameShape(a.key(), b.key(), nullability) && SameShape(a.value(), b.value(), nullability);
    case TypeRoot::kRow: {
      const auto& x = a.fields();
      const auto& y = b.fields();
      if (x.size() != y.size()) return false;
      for (size_t i = 0; i < x.size(); ++i)
        if (x[i].name != y[i].name || !SameShape(x[i].type, y[i].type, nullability)) return false;
      return true;
    }
    case TypeRoot::kIntervalYearMonth:
    case TypeRoot::kIntervalDayTime: return a.resolution() == b.resolution();
    case TypeRoot::kRaw: return a.resolution() == b.resolution() && a.raw_serializer() == b.raw_serializer();
    default: return true;
  }
}

bool LogicalType::operator==(const LogicalType& o) const { return SameShape(*this, o, true); }
bool LogicalType::EqualsIgnoringNullable(const LogicalType& o) const { return SameShape(*this, o, false); }

}  // namespace tarn::types
