// ParseType: a small recursive parser over the text of one type. The SQL parser has its own tree and does not come here.
#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "types/logical_type.h"

namespace tarn::types {
namespace {

struct Token {
  enum class Kind { kWord, kQuoted, kNumber, kString, kPunctuation, kEnd } kind = Kind::kEnd;
  std::string text;    // kWord: as written
  std::string upper;   // kWord only
};

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<LogicalType> ParseAll() {
    TRY(Tokenize());
    LogicalType t = TRY(ParseOne());
    if (Peek().kind != Token::Kind::kEnd) return Error(fmt::format("unexpected \"{}\"", Peek().text));
    return t;
  }

 private:
  Status Error(const std::string& what) const { return Status::InvalidSql(fmt::format("could not parse type \"{}\": {}", text_, what)); }

  Status Tokenize() {
    size_t i = 0;
    while (i < text_.size()) {
      char c = text_[i];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++i;
      } else if (c == '`' || c == '\'') {
        std::string s;
        size_t j = i + 1;
        for (;; ++j) {
          if (j >= text_.size()) return Error("unterminated quote");
          if (text_[j] == c) {
            if (j + 1 < text_.size() && text_[j + 1] == c) ++j;
            else break;
          }
          s += text_[j];
        }
        tokens_.push_back({c == '`' ? Token::Kind::kQuoted : Token::Kind::kString, s, ""});
        i = j + 1;
      } else if (std::isdigit(static_cast<unsigned char>(c))) {
        size_t j = i;
        while (j < text_.size() && std::isdigit(static_cast<unsigned char>(text_[j]))) ++j;
        tokens_.push_back({Token::Kind::kNumber, std::string(text_.substr(i, j - i)), ""});
        i = j;
      } else if (std::isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80 || c == '$') {
        size_t j = i;
        while (j < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[j])) || text_[j] == '_' || text_[j] == '$' ||
                                    static_cast<unsigned char>(text_[j]) >= 0x80))
          ++j;
        std::string w(text_.substr(i, j - i));
        tokens_.push_back({Token::Kind::kWord, w, ToUpper(w)});
        i = j;
      } else {
        tokens_.push_back({Token::Kind::kPunctuation, std::string(1, c), ""});
        ++i;
      }
    }
    tokens_.push_back({});
    return Status::OK();
  }

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool IsWord(std::string_view upper, size_t ahead = 0) const { return Peek(ahead).kind == Token::Kind::kWord && Peek(ahead).upper == upper; }
  bool TakeWord(std::string_view upper) { return IsWord(upper) ? (++at_, true) : false; }
  bool TakePunctuation(char c) {
    if (Peek().kind != Token::Kind::kPunctuation || Peek().text[0] != c) return false;
    ++at_;
    return true;
  }
  Status Expect(char c) { return TakePunctuation(c) ? Status::OK() : Error(fmt::format("expected \"{}\" but found \"{}\"", c, Peek().text)); }
  Status ExpectWord(std::string_view w) { return TakeWord(w) ? Status::OK() : Error(fmt::format("expected {} but found \"{}\"", w, Peek().text)); }

  Result<int> Number() {
    if (Peek().kind != Token::Kind::kNumber) return Error(fmt::format("expected a number but found \"{}\"", Peek().text));
    int v = 0;
    const std::string& s = Peek().text;
    auto r = std::from_chars(s.data(), s.data() + s.size(), v);
    if (r.ec != std::errc()) return Error(fmt::format("number \"{}\" is too large", s));
    ++at_;
    return v;
  }
  // "(n)" or the default.
  Result<int> Parameter(int absent) {
    if (!TakePunctuation('(')) return absent;
    int v = TRY(Number());
    TRY(Expect(')'));
    return v;
  }

  Result<LogicalType> ParseOne() {
    LogicalType t = TRY(ParseBase());
    for (;;) {
      if (IsWord("NOT") && IsWord("NULL", 1)) {
        at_ += 2;
        t = t.NotNull();
      } else if (TakeWord("NULL")) {
        t = t.WithNullable(true);
      } else if (TakeWord("ARRAY")) {
        t = LogicalType::Array(t);
      } else if (TakeWord("MULTISET")) {
        t = LogicalType::Multiset(t);
      } else {
        return t;
      }
    }
  }

  Result<LogicalType> Checked(const char* name, int length, int low, int high, LogicalType (*make)(int)) {
    if (length < low || length > high) return Status::InvalidSql(fmt::format("{} must be between {} and {} (both inclusive), but was {}", name, low, high, length));
    return make(length);
  }

  Result<LogicalType> ParseTimestamp(bool ltz) {
    int p = TRY(Parameter(6));
    if (!ltz && IsWord("WITHOUT")) {
      ++at_;
      TRY(ExpectWord("TIME"));
      TRY(ExpectWord("ZONE"));
    } else if (!ltz && IsWord("WITH")) {
      ++at_;
      if (TakeWord("LOCAL")) ltz = true;
      TRY(ExpectWord("TIME"));
      TRY(ExpectWord("ZONE"));
      if (!ltz) return Status::NotSupported("type TIMESTAMP WITH TIME ZONE");
    }
    return Checked("timestamp precision", p, 0, 9, ltz ? [](int n) { return LogicalType::TimestampLtz(n); } : [](int n) { return LogicalType::Timestamp(n); });
  }

  Result<LogicalType> ParseInterval() {
    auto unit = [this]() -> Result<std::string> {
      std::string u = Peek().upper;
      if (u != "YEAR" && u != "MONTH" && u != "DAY" && u != "HOUR" && u != "MINUTE" && u != "SECOND") return Error("expected an interval unit");
      ++at_;
      return u;
    };
    std::string from = TRY(unit());
    int first = 2, fraction = 3;
    int given = TRY(Parameter(-1));
    if (given >= 0) (from == "SECOND" ? fraction : first) = given;
    std::string resolution = from;
    if (TakeWord("TO")) {
      std::string to = TRY(unit());
      int f = TRY(Parameter(-1));
      if (f >= 0) fraction = f;
      resolution += " TO " + to;
    }
    if (from == "YEAR" || from == "MONTH") return LogicalType::IntervalYearMonth(resolution, first);
    return LogicalType::IntervalDayTime(resolution, first, fraction);
  }

  Result<LogicalType> ParseRow() {
    char close = '>';
    if (TakePunctuation('(')) close = ')';
    else TRY(Expect('<'));
    std::vector<RowField> fields;
    if (!TakePunctuation(close)) {
      for (;;) {
        RowField f;
        if (Peek().kind != Token::Kind::kWord && Peek().kind != Token::Kind::kQuoted) return Error("expected a field name");
        f.name = Peek().text;
        ++at_;
        f.type = TRY(ParseOne());
        if (TakeWord("COMMENT")) {}
        if (Peek().kind == Token::Kind::kString) f.comment = tokens_[at_++].text;
        fields.push_back(std::move(f));
        if (TakePunctuation(',')) continue;
        TRY(Expect(close));
        break;
      }
    }
    return LogicalType::Row(std::move(fields));
  }

  Result<LogicalType> ParseBase() {
    if (Peek().kind != Token::Kind::kWord) return Error(fmt::format("expected a type but found \"{}\"", Peek().text));
    std::string w = Peek().upper;
    ++at_;
    if (w == "BOOLEAN") return LogicalType::Boolean();
    if (w == "TINYINT") return LogicalType::TinyInt();
    if (w == "SMALLINT") return LogicalType::SmallInt();
    if (w == "INT" || w == "INTEGER") return LogicalType::Int();
    if (w == "BIGINT") return LogicalType::BigInt();
    if (w == "FLOAT") return LogicalType::Float();
    if (w == "DOUBLE") { TakeWord("PRECISION"); return LogicalType::Double(); }
    if (w == "DATE") return LogicalType::Date();
    if (w == "NULL") return LogicalType::Null();
    if (w == "STRING") return LogicalType::String();
    if (w == "BYTES") return LogicalType::Bytes();
    if (w == "DECIMAL" || w == "DEC" || w == "NUMERIC") {
      int p = 10, s = 0;
      if (TakePunctuation('(')) {
        p = TRY(Number());
        if (TakePunctuation(',')) s = TRY(Number());
        TRY(Expect(')'));
      }
      if (p < 1 || p > 38) return Status::InvalidSql("Decimal precision must be between 1 and 38 (both inclusive).");
      if (s < 0 || s > p) return Status::InvalidSql(fmt::format("Decimal scale must be between 0 and the precision {} (both inclusive).", p));
      return LogicalType::Decimal(p, s);
    }
    if (w == "CHAR") return Checked("length", TRY(Parameter(1)), 0, kMaxLength, [](int n) { return LogicalType::Char(n); });
    if (w == "VARCHAR") return Checked("length", TRY(Parameter(1)), 0, kMaxLength, [](int n) { return LogicalType::VarChar(n); });
    if (w == "BINARY") return Checked("length", TRY(Parameter(1)), 0, kMaxLength, [](int n) { return LogicalType::Binary(n); });
    if (w == "VARBINARY") return Checked("length", TRY(Parameter(1)), 0, kMaxLength, [](int n) { return LogicalType::VarBinary(n); });
    if (w == "TIME") {
      int p = TRY(Parameter(0));
      if (TakeWord("WITHOUT")) {
        TRY(ExpectWord("TIME"));
        TRY(ExpectWord("ZONE"));
      }
      return Checked("time precision", p, 0, 9, [](int n) { return LogicalType::Time(n); });
    }
    if (w == "TIMESTAMP") return ParseTimestamp(false);
    if (w == "TIMESTAMP_LTZ") return ParseTimestamp(true);
    if (w == "INTERVAL") return ParseInterval();
    if (w == "ARRAY" || w == "MULTISET") {
      TRY(Expect('<'));
      LogicalType e = TRY(ParseOne());
      TRY(Expect('>'));
      return w == "ARRAY" ? LogicalType::Array(e) : LogicalType::Multiset(e);
    }
    if (w == "MAP") {
      TRY(Expect('<'));
      LogicalType k = TRY(ParseOne());
      TRY(Expect(','));
      LogicalType v = TRY(ParseOne());
      TRY(Expect('>'));
      return LogicalType::Map(k, v);
    }
    if (w == "ROW") return ParseRow();
    if (w == "RAW") {
      TRY(Expect('('));
      std::string parts[2];
      for (int i = 0; i < 2; ++i) {
        if (i) TRY(Expect(','));
        if (Peek().kind != Token::Kind::kString) return Error("expected a string");
        parts[i] = tokens_[at_++].text;
      }
      TRY(Expect(')'));
      return LogicalType::Raw(parts[0], parts[1]);
    }
    return Error(fmt::format("unknown type {}", w));
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace

Result<LogicalType> ParseType(std::string_view text) { return TypeParser(text).ParseAll(); }

}  // namespace tarn::types
