#include "types/hive_types.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace tarn::types {
namespace {
constexpr int kDepthMax = 100;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Result<LogicalType> Whole() {
    LogicalType t = TRY(Type(0));
    Blank();
    if (at_ != text_.size()) return Wrong();
    return t;
  }

 private:
  Status Wrong() const { return Status::InvalidSql("\"" + std::string(text_) + "\" is no Hive type"); }
  void Blank() { while (at_ < text_.size() && text_[at_] == ' ') ++at_; }
  bool Take(char c) {
    Blank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string Word() {
    Blank();
    size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    return ToLower(text_.substr(from, at_ - from));
  }
  // A struct's field name: anything up to the colon, also in backticks.
  std::string FieldName() {
    Blank();
    if (Take('`')) {
      size_t end = text_.find('`', at_);
      if (end == std::string_view::npos) return "";
      std::string n(text_.substr(at_, end - at_));
      at_ = end + 1;
      return n;
    }
    size_t end = text_.find(':', at_);
    if (end == std::string_view::npos) return "";
    std::string n(Trim(text_.substr(at_, end - at_)));
    at_ = end;
    return n;
  }
  Result<int> Number() {
    Blank();
    int v = 0;
    auto r = std::from_chars(text_.data() + at_, text_.data() + text_.size(), v);
    if (r.ec != std::errc()) return Wrong();
    at_ = static_cast<size_t>(r.ptr - text_.data());
    return v;
  }
  Result<int> Length() {
    if (!Take('(')) return Wrong();
    int n = TRY(Number());
    if (!Take(')')) return Wrong();
    return n;
  }
  Result<LogicalType> Type(int depth) {
    if (depth > kDepthMax) return Status::Exhausted("a Hive type is nested deeper than 100");
    std::string w = Word();
    if (w == "string") return LogicalType::String();
    if (w == "int" || w == "integer") return LogicalType::Int();
    if (w == "bigint" || w == "long") return LogicalType::BigInt();
    if (w == "smallint") return LogicalType::SmallInt();
    if (w == "tinyint") return LogicalType::TinyInt();
    if (w == "boolean") return LogicalType::Boolean();
    if (w == "float") return LogicalType::Float();
    if (w == "double") {
      size_t back = at_;
      if (Word() != "precision") at_ = back;
      return LogicalType::Double();
    }
    if (w == "date") return LogicalType::Date();
    if (w == "timestamp") {
      size_t back = at_;
      if (Word() == "with") return Status::NotSupported("Hive type \"" + std::string(text_) + "\"");
      at_ = back;
      return LogicalType::Timestamp(9);
    }
    if (w == "binary") return LogicalType::Bytes();
    if (w == "decimal" || w == "numeric") {
      if (!Take('(')) return LogicalType::Decimal(10, 0);
      int p = TRY(Number()), s = 0;
      if (Take(',')) s = TRY(Number());
      if (!Take(')') || p < 1 || p > 38 || s < 0 || s > p) return Wrong();
      return LogicalType::Decimal(p, s);
    }
    if (w == "char") return LogicalType::Char(TRY(Length()));
    if (w == "varchar") return LogicalType::VarChar(TRY(Length()));
    if (w == "array") {
      if (!Take('<')) return Wrong();
      LogicalType e = TRY(Type(depth + 1));
      if (!Take('>')) return Wrong();
      return LogicalType::Array(e);
    }
    if (w == "map") {
      if (!Take('<')) return Wrong();
      LogicalType k = TRY(Type(depth + 1));
      if (!Take(',')) return Wrong();
      LogicalType v = TRY(Type(depth + 1));
      if (!Take('>')) return Wrong();
      return LogicalType::Map(k, v);
    }
    if (w == "struct") {
      if (!Take('<')) return Wrong();
      std::vector<RowField> fields;
      do {
        std::string name = FieldName();
        if (name.empty() || !Take(':')) return Wrong();
        fields.push_back({std::move(name), TRY(Type(depth + 1)), ""});
      } while (Take(','));
      if (!Take('>')) return Wrong();
      return LogicalType::Row(std::move(fields));
    }
    if (w == "interval_year_month") return LogicalType::IntervalYearMonth("YEAR TO MONTH");
    if (w == "interval_day_time") return LogicalType::IntervalDayTime("DAY TO SECOND");
    return Status::NotSupported("Hive type \"" + (w.empty() ? std::string(text_) : w) + "\"");
  }

  std::string_view text_;
  size_t at_ = 0;
};

Status Lacks(const LogicalType& t) { return Status::NotSupported("Flink doesn't support converting type " + t.ToString() + " to Hive type yet."); }
}  // namespace

Result<LogicalType> FromHive(std::string_view type) { return Parser(type).Whole(); }

Result<std::string> ToHive(const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kBoolean: return std::string("boolean");
    case TypeRoot::kTinyInt: return std::string("tinyint");
    case TypeRoot::kSmallInt: return std::string("smallint");
    case TypeRoot::kInteger: return std::string("int");
    case TypeRoot::kBigInt: return std::string("bigint");
    case TypeRoot::kFloat: return std::string("float");
    case TypeRoot::kDouble: return std::string("double");
    case TypeRoot::kDate: return std::string("date");
    case TypeRoot::kDecimal: return fmt::format("decimal({},{})", t.precision(), t.scale());
    case TypeRoot::kChar:
      if (t.length() > 255) return Status::NotSupported(fmt::format("HiveCatalog doesn't support char type with length of '{}'. The maximum length is 255", t.length()));
      return fmt::format("char({})", t.length());
    case TypeRoot::kVarChar:
      if (t.length() == kMaxLength) return std::string("string");
      if (t.length() > 65535) return Status::NotSupported(fmt::format("HiveCatalog doesn't support varchar type with length of '{}'. The maximum length is 65535", t.length()));
      return fmt::format("varchar({})", t.length());
    case TypeRoot::kVarBinary:
      if (t.length() == kMaxLength) return std::string("binary");
      return Lacks(t);
    case TypeRoot::kTimestamp:
      if (t.precision() != 9) return Status::NotSupported("HiveCatalog currently only supports timestamp of precision 9").WithHint("use TIMESTAMP(9), or the Hive dialect's TIMESTAMP");
      return std::string("timestamp");
    case TypeRoot::kArray: return "array<" + TRY(ToHive(t.element())) + ">";
    case TypeRoot::kMap: return "map<" + TRY(ToHive(t.key())) + "," + TRY(ToHive(t.value())) + ">";
    case TypeRoot::kRow: {
      std::string s = "struct<";
      for (size_t i = 0; i < t.fields().size(); ++i) s += (i ? "," : "") + t.fields()[i].name + ":" + TRY(ToHive(t.fields()[i].type));
      return s + ">";
    }
    case TypeRoot::kIntervalYearMonth: return std::string("interval_year_month");
    case TypeRoot::kIntervalDayTime: return std::string("interval_day_time");
    case TypeRoot::kNull: return std::string("void");
    case TypeRoot::kBinary:
    case TypeRoot::kTime:
    case TypeRoot::kTimestampLtz:
    case TypeRoot::kMultiset:
    case TypeRoot::kRaw: return Lacks(t);
  }
  return Lacks(t);
}

}  // namespace tarn::types
