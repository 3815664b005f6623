#include "metastore/filter.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "wire/fault.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

namespace {
using Node = Filter::Node;
using Literal = Filter::Literal;
using Op = Filter::Op;
using Type = Filter::Type;
using NodePtr = std::unique_ptr<Node>;

Status ParseError(std::string what) { return wire::MetaError("Error parsing partition filter; lexer error: null; exception " + what); }

bool IsDate(std::string_view s) {
  if (s.size() != 10 || s[4] != '-' || s[7] != '-') return false;
  for (size_t i = 0; i < 10; ++i) if (i != 4 && i != 7 && !std::isdigit(static_cast<unsigned char>(s[i]))) return false;
  return true;
}

// A date as it is compared: Java takes months and days of one digit. Empty: no date.
std::string Date(std::string_view s) {
  if (IsDate(s)) return std::string(s);
  std::vector<std::string> parts = Split(s, '-');
  if (parts.size() != 3 || parts[0].size() != 4) return "";
  for (size_t i = 0; i < 3; ++i) {
    if (parts[i].empty() || (i && parts[i].size() > 2) || !std::all_of(parts[i].begin(), parts[i].end(), [](unsigned char c) { return std::isdigit(c); })) return "";
    if (i && parts[i].size() == 1) parts[i].insert(0, "0");
  }
  return Join(parts, "-");
}

// A text that stands for a date in a filter, as Java's SimpleDateFormat reads it: blanks before it and anything behind it are passed over, but it
// must be a day that there is. Empty: no date.
std::string LeadingDate(std::string_view s) {
  size_t at = s.find_first_not_of(" \t"), end = at;
  if (at == std::string_view::npos) return "";
  int numbers = 1;
  for (; end < s.size() && (std::isdigit(static_cast<unsigned char>(s[end])) || (s[end] == '-' && ++numbers <= 3)); ++end) {}
  std::string date = Date(s.substr(at, end - at));
  if (date.empty()) return "";
  auto number = [&](size_t from, size_t size) { return static_cast<unsigned>(std::atoi(date.substr(from, size).c_str())); };
  std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))), std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2))};
  return day.ok() ? date : "";
}

struct Token {
  enum Kind : uint8_t { kEnd, kName, kString, kInt, kDate, kOp, kOpen, kClose, kComma } kind = kEnd;
  std::string text;
  int64_t number = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view s) : s_(s) {}
  Result<Token> Next() {
    while (at_ < s_.size() && std::isspace(static_cast<unsigned char>(s_[at_]))) ++at_;
    Token t;
    if (at_ >= s_.size()) return t;
    char c = s_[at_];
    if (c == '(' || c == ')' || c == ',') {
      ++at_;
      t.kind = c == '(' ? Token::kOpen : c == ')' ? Token::kClose : Token::kComma;
      return t;
    }
    if (c == '\'' || c == '"') return Quoted(c, Token::kString);
    if (c == '`') return Quoted(c, Token::kName);
    if (std::string_view("=<>!").find(c) != std::string_view::npos) {
      t.kind = Token::kOp;
      t.text = c;
      ++at_;
      if (at_ < s_.size() && (s_[at_] == '=' || (c == '<' && s_[at_] == '>'))) t.text += s_[at_++];
      return t;
    }
    if (IsDate(s_.substr(at_, 10))) {
      t.kind = Token::kDate;
      t.text = s_.substr(at_, 10);
      at_ += 10;
      return t;
    }
    size_t start = at_;
    if (c == '-') ++at_;
    while (at_ < s_.size() && (std::isalnum(static_cast<unsigned char>(s_[at_])) || s_[at_] == '_' || (s_[at_] & 0x80))) ++at_;
    std::string_view word = s_.substr(start, at_ - start);
    if (word.empty() || word == "-") return ParseError("NoViableAltException at position " + std::to_string(start));
    auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), t.number);
    t.text = word;
    if (ec == std::errc() && end == word.data() + word.size()) t.kind = Token::kInt;
    else if (c == '-') return ParseError("NoViableAltException at position " + std::to_string(start));
    else t.kind = Token::kName;
    return t;
  }

 private:
  Result<Token> Quoted(char quote, Token::Kind kind) {
    Token t;
    t.kind = kind;
    size_t start = at_++;
    for (; at_ < s_.size(); ++at_) {
      if (s_[at_] == quote) { ++at_; return t; }
      t.text += s_[at_];   // a backslash keeps the next quote from closing, and stays in the text, as in Hive
      if (s_[at_] == '\\' && at_ + 1 < s_.size()) t.text += s_[++at_];
    }
    return ParseError("string not closed at position " + std::to_string(start));
  }

  std::string_view s_;
  size_t at_ = 0;
};

// `a` may be none. Appends to it when it is of that kind already: chains don't grow downwards.
NodePtr Joined(Node::Kind kind, NodePtr a, NodePtr b) {
  if (!a) return b;
  if (a->kind != kind) {
    auto n = std::make_unique<Node>();
    n->kind = kind;
    n->children.push_back(std::move(a));
    a = std::move(n);
  }
  a->children.push_back(std::move(b));
  return a;
}
NodePtr Leaf(std::string name, Op op, std::vector<Literal> literals) {
  auto n = std::make_unique<Node>();
  n->name = ToLower(name);
  n->op = op;
  n->literals = std::move(literals);
  return n;
}

class Parser {
 public:
  Parser(std::string_view text, bool mixed) : lexer_(text), mixed_(mixed) {}
  Result<NodePtr> Run() {
    TRY(Advance());
    NodePtr n = TRY(Or(0));
    if (t_.kind != Token::kEnd) return ParseError("extra text after the filter: " + t_.text);
    return n;
  }

 private:
  bool Word(const char* w) const { return t_.kind == Token::kName && EqualsIgnoreCase(t_.text, w); }
  Status Advance() { t_ = TRY(lexer_.Next()); return Status::OK(); }
  Status Expect(Token::Kind kind, const char* what) {
    if (t_.kind != kind) return ParseError(std::string("MismatchedTokenException: ") + what + " expected near \"" + t_.text + "\"");
    return Advance();
  }

  Result<NodePtr> Or(int depth) {
    NodePtr n = TRY(And(depth));
    while (Word("or")) {
      TRY(Advance());
      NodePtr right = TRY(And(depth));
      n = Joined(Node::kOr, std::move(n), std::move(right));
    }
    return n;
  }
  Result<NodePtr> And(int depth) {
    NodePtr n = TRY(Factor(depth));
    while (Word("and")) {
      TRY(Advance());
      NodePtr right = TRY(Factor(depth));
      n = Joined(Node::kAnd, std::move(n), std::move(right));
    }
    return n;
  }

  Result<NodePtr> Factor(int depth) {
    if (t_.kind == Token::kOpen) {
      if (depth >= Filter::kDepthMax) return ParseError("filter nested deeper than " + std::to_string(Filter::kDepthMax));
      TRY(Advance());
      if (Word("struct")) return StructIn();
      if (t_.kind == Token::kName && !Word("date")) {   // "(col) in (...)" or a nested expression
        Token name = t_;
        TRY(Advance());
        if (t_.kind == Token::kClose) {
          TRY(Advance());
          return AfterColumn(name.text, true);
        }
        NodePtr first = TRY(AfterColumn(name.text));
        NodePtr n = TRY(Rest(std::move(first), depth + 1));
        TRY(Expect(Token::kClose, ")"));
        return n;
      }
      NodePtr n = TRY(Or(depth + 1));
      TRY(Expect(Token::kClose, ")"));
      return n;
    }
    if (Word("struct")) return StructIn(false);
    if (t_.kind == Token::kName && !Word("date")) {
      std::string name = t_.text;
      TRY(Advance());
      return AfterColumn(name);
    }
    // literal op column
    Literal value = TRY(Value());
    Op op = TRY(Operator());
    if (t_.kind != Token::kName) return ParseError("column expected near \"" + t_.text + "\"");
    std::string name = t_.text;
    TRY(Advance());
    static constexpr Op kMirror[] = {Op::kEq, Op::kNe, Op::kGt, Op::kGe, Op::kLt, Op::kLe, Op::kLike};
    return Leaf(name, kMirror[static_cast<size_t>(op)], {std::move(value)});
  }

  // Continues an expression whose first factor has been read.
  Result<NodePtr> Rest(NodePtr n, int depth) {
    while (Word("and")) {
      TRY(Advance());
      NodePtr right = TRY(Factor(depth));
      n = Joined(Node::kAnd, std::move(n), std::move(right));
    }
    while (Word("or")) {
      TRY(Advance());
      NodePtr right = TRY(And(depth));
      n = Joined(Node::kOr, std::move(n), std::move(right));
    }
    return n;
  }

  Result<Op> Operator() {
    Op op;
    if (Word("like")) op = Op::kLike;
    else if (t_.kind != Token::kOp) return ParseError("operator expected near \"" + t_.text + "\"");
    else if (t_.text == "=" || t_.text == "==") op = Op::kEq;
    else if (t_.text == "!=" || t_.text == "<>") op = Op::kNe;
    else if (t_.text == "<") op = Op::kLt;
    else if (t_.text == "<=") op = Op::kLe;
    else if (t_.text == ">") op = Op::kGt;
    else if (t_.text == ">=") op = Op::kGe;
    else return ParseError("operator " + t_.text + " not known");
    TRY(Advance());
    return op;
  }

  Result<Literal> Value() {
    Literal v;
    if (Word("date")) {
      TRY(Advance());
      if (t_.kind != Token::kString || !IsDate(t_.text)) return ParseError("date expected near \"" + t_.text + "\"");
      v.type = Type::kDate;
    } else if (t_.kind == Token::kDate) {
      v.type = Type::kDate;
    } else if (t_.kind == Token::kInt) {
      v.type = Type::kInt;
    } else if (t_.kind != Token::kString) {
      return ParseError("literal expected near \"" + t_.text + "\"");
    }
    if (++literals_ > Filter::kLiteralsMax) return ParseError("filter with more than " + std::to_string(Filter::kLiteralsMax) + " literals");
    v.text = t_.text;
    v.number = t_.number;
    TRY(Advance());
    return v;
  }

  Result<NodePtr> AfterColumn(std::string name, bool parenthesised = false) {
    bool negated = false;
    if (Word("not")) { negated = true; TRY(Advance()); }
    if (Word("between")) {
      TRY(Advance());
      Literal low = TRY(Value());
      if (!Word("and")) return ParseError("AND expected in BETWEEN");
      TRY(Advance());
      Literal high = TRY(Value());
      if (!mixed_ && low.type != high.type) return ParseError("MismatchedTokenException: literals of one kind expected in BETWEEN");
      return Joined(negated ? Node::kOr : Node::kAnd, Leaf(name, negated ? Op::kLt : Op::kGe, {std::move(low)}),
                   Leaf(name, negated ? Op::kGt : Op::kLe, {std::move(high)}));
    }
    if (Word("in") && parenthesised) {   // Hive's grammar has IN only behind "(column)"
      TRY(Advance());
      TRY(Expect(Token::kOpen, "("));
      std::vector<Literal> list;
      for (;;) {
        list.push_back(TRY(Value()));
        if (list.back().type != list[0].type) return ParseError("MismatchedTokenException: literals of one kind expected in IN");
        if (t_.kind != Token::kComma) break;
        TRY(Advance());
      }
      TRY(Expect(Token::kClose, ")"));
      return Leaf(name, negated ? Op::kNotIn : Op::kIn, std::move(list));
    }
    if (negated) return ParseError("NOT is only understood before IN and BETWEEN");
    Op op = TRY(Operator());
    Literal value = TRY(Value());
    return Leaf(name, op, {std::move(value)});
  }

  // struct(a, b)) [not] in (const struct(1, 'x'), ...)   with the opening parenthesis already read, if there was one
  Result<NodePtr> StructIn(bool parenthesis = true) {
    constexpr size_t kCopiedMax = 64 << 20;   // every tuple has the names again
    size_t copied = 0;
    TRY(Advance());
    TRY(Expect(Token::kOpen, "("));
    std::vector<std::string> names;
    for (;;) {
      if (t_.kind != Token::kName) return ParseError("column expected in STRUCT");
      names.push_back(t_.text);
      TRY(Advance());
      if (t_.kind != Token::kComma) break;
      TRY(Advance());
    }
    TRY(Expect(Token::kClose, ")"));
    if (parenthesis) TRY(Expect(Token::kClose, ")"));
    bool negated = false;
    if (Word("not")) { negated = true; TRY(Advance()); }
    if (!Word("in")) return ParseError("IN expected after STRUCT");
    TRY(Advance());
    TRY(Expect(Token::kOpen, "("));
    NodePtr all;
    for (;;) {
      if (Word("const")) TRY(Advance());
      if (!Word("struct")) return ParseError("STRUCT expected in the list");
      TRY(Advance());
      TRY(Expect(Token::kOpen, "("));
      NodePtr tuple;
      for (size_t i = 0; i < names.size(); ++i) {
        if (i > 0) TRY(Expect(Token::kComma, ","));
        if ((copied += names[i].size()) > kCopiedMax) return ParseError("STRUCT with names too long for so many values");
        NodePtr leaf = Leaf(names[i], negated ? Op::kNe : Op::kEq, {TRY(Value())});
        tuple = Joined(negated ? Node::kOr : Node::kAnd, std::move(tuple), std::move(leaf));
      }
      TRY(Expect(Token::kClose, ")"));
      all = Joined(negated ? Node::kAnd : Node::kOr, std::move(all), std::move(tuple));
      if (t_.kind != Token::kComma) break;
      TRY(Advance());
    }
    TRY(Expect(Token::kClose, ")"));
    return all;
  }

  Lexer lexer_;
  const bool mixed_;
  Token t_;
  size_t literals_ = 0;
};

Status OnlyTextKeys() { return wire::MetaError("Filtering is supported only on partition keys of type string"); }

Status BindLeaf(Node& n, Type key, bool dates_as_text = false) {
  bool text = std::all_of(n.literals.begin(), n.literals.end(), [](const Literal& l) { return l.type == Type::kString; });
  bool dates = std::all_of(n.literals.begin(), n.literals.end(), [](const Literal& l) { return IsDate(l.text) && !LeadingDate(l.text).empty(); });
  if (key == Type::kDate && dates_as_text && text && (n.op == Op::kLike || !dates)) key = Type::kString;
  n.type = key;
  for (Literal& l : n.literals) {
    if (std::string date = LeadingDate(l.text); key == Type::kDate && l.type == Type::kString && !date.empty()) {
      l.type = Type::kDate;
      l.text = date;
    }
    if (key == Type::kString && l.type == Type::kDate) l.type = Type::kString;
    if (l.type != key || (n.op == Op::kLike && key != Type::kString)) {
      return OnlyTextKeys();
    }
    if (n.op == Op::kIn || n.op == Op::kNotIn) {
      if (key == Type::kInt) n.number_set.insert(l.number);
      else n.text_set.insert(l.text);
    }
  }
  return Status::OK();
}

// SQL's % and _ ; Hive's own JDO form .* is understood too.
bool Like(std::string_view p, std::string_view s) {
  size_t i = 0, j = 0, star = std::string_view::npos, star_size = 1, mark = 0;
  auto any = [&](size_t k) -> size_t { return k < p.size() && p[k] == '%' ? 1 : k + 1 < p.size() && p[k] == '.' && p[k + 1] == '*' ? 2 : 0; };
  while (j < s.size()) {
    if (size_t k = any(i)) { star = i; star_size = k; i += k; mark = j; }
    else if (i < p.size() && (p[i] == '_' || p[i] == s[j])) { ++i; ++j; }
    else if (star != std::string_view::npos) { i = star + star_size; j = ++mark; }
    else return false;
  }
  while (size_t k = any(i)) i += k;
  return i == p.size();
}

template <typename T> bool Compare(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::kEq: return a == b;
    case Op::kNe: return a != b;
    case Op::kLt: return a < b;
    case Op::kLe: return a <= b;
    case Op::kGt: return a > b;
    case Op::kGe: return a >= b;
    default: return false;
  }
}

template <typename F> bool Eval(const Node& n, const F& leaf) {
  if (n.kind == Node::kLeaf) return leaf(n);
  bool decisive = n.kind == Node::kOr;
  for (const auto& c : n.children) if (Eval(*c, leaf) == decisive) return decisive;
  return !decisive;
}
template <typename F> Status EachLeaf(Node& n, const F& f) {
  if (n.kind == Node::kLeaf) return f(n);
  for (auto& c : n.children) TRY(EachLeaf(*c, f));
  return Status::OK();
}

// The code of the first UTF-16 unit of a UTF-8 text that is not empty.
int64_t FirstCode(std::string_view text) {
  auto at = [&](size_t i) -> int64_t { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  int64_t c = at(0);
  if (c < 0xC0) return c;
  if (c < 0xE0) return (c & 0x1F) << 6 | (at(1) & 0x3F);
  if (c < 0xF0) return (c & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F);
  int64_t point = (c & 0x07) << 18 | (at(1) & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F);
  return 0xD800 + ((point - 0x10000) >> 10);
}

constexpr int kNeverIndex = 9;
constexpr char kOwner[] = "hive_filter_field_owner__";
constexpr char kLastAccess[] = "hive_filter_field_last_access__";
constexpr char kParams[] = "hive_filter_field_params__";
constexpr char kTableName[] = "hive_filter_field_tablename__";
constexpr char kTableType[] = "hive_filter_field_tabletype__";
}  // namespace

bool Filter::LeafMatches(const Node& n, const std::string& value) {
  if (n.type == Type::kInt) {
    int64_t v = 0;
    std::string_view digits = Trim(value);   // SQL's CAST passes over blanks
    const char* last = digits.data() + digits.size();
    auto [end, ec] = std::from_chars(digits.data(), last, v);
    if (ec == std::errc::result_out_of_range && end == last && digits.size() <= 22) v = digits[0] == '-' ? INT64_MIN : INT64_MAX;   // Hive: decimal(21,0)
    else if (ec != std::errc() || end != last) return false;   // null, or no number: matches nothing
    if (n.op == Op::kIn) return n.number_set.contains(v);
    if (n.op == Op::kNotIn) return !n.number_set.contains(v);
    return Compare(n.op, v, n.literals[0].number);
  }
  if (n.type == Type::kDate && !IsDate(value)) {
    std::string date = Date(Trim(value));
    return !date.empty() && LeafMatches(n, date);
  }
  if (n.op == Op::kIn) return n.text_set.contains(value);
  if (n.op == Op::kNotIn) return !n.text_set.contains(value);
  if (n.op == Op::kLike) return Like(n.literals[0].text, value);
  return Compare<std::string_view>(n.op, value, n.literals[0].text);
}

Result<Filter> Filter::Parse(std::string_view text, bool mixed) {
  Filter f;
  if (text.empty()) return f;
  f.root_ = TRY(Parser(text, mixed).Run());
  return f;
}

Status Filter::Bind(const std::vector<wire::FieldSchema>& keys, bool dates_as_text) {
  if (!root_) return Status::OK();
  // What SQL can't do, Hive hands to its object-relational layer, which complains of the first term that it can't do.
  Status complaint;
  auto look = [&](const Node& n, const wire::FieldSchema& key, const std::string& type) {
    auto is = [&](Type t) { return std::all_of(n.literals.begin(), n.literals.end(), [&](const Literal& l) { return l.type == t; }); };
    bool text = type == "string" || (dates_as_text && type == "date" && is(Type::kString));
    bool equality = n.op == Op::kEq || n.op == Op::kNe || n.op == Op::kIn || n.op == Op::kNotIn;
    if (!text) complaint = OnlyTextKeys();
    else if (equality && is(Type::kString) && std::any_of(n.literals.begin(), n.literals.end(), [](const Literal& l) { return l.text.empty(); })) {
      complaint = wire::MetaError("Partition spec is incorrect. {" + key.name + "=}");
    }
  };
  return EachLeaf(*root_, [&](Node& n) -> Status {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!EqualsIgnoreCase(keys[i].name, n.name)) continue;
      n.index = static_cast<int>(i);
      std::string type = ToLower(keys[i].type);
      if (size_t p = type.find('('); p != std::string::npos) type.resize(p);
      if (complaint.ok()) look(n, keys[i], type);
      Status bound = OnlyTextKeys();
      if (type == "string" || type == "varchar" || type == "char") bound = BindLeaf(n, Type::kString);
      else if (type == "tinyint" || type == "smallint" || type == "int" || type == "bigint") bound = BindLeaf(n, Type::kInt);
      else if (type == "date") bound = BindLeaf(n, Type::kDate, dates_as_text);
      return bound.ok() || complaint.ok() ? bound : complaint;
    }
    return wire::MetaError("Specified key <" + n.name + "> is not a partitioning key for the table");
  });
}

Status Filter::BindTableFields(bool text_is_code) {
  if (!root_) return Status::OK();
  return EachLeaf(*root_, [&](Node& n) -> Status {
    if (n.name == kOwner) { n.index = 0; return BindLeaf(n, Type::kString); }
    if (n.name == kLastAccess) {
      for (Literal& l : n.literals) {
        if (!text_is_code || l.type != Type::kString) continue;
        if (l.text.empty()) return wire::MetaError("the last access can't be compared with an empty text");
        l.number = FirstCode(l.text);
        l.type = Type::kInt;
      }
      bool number = std::all_of(n.literals.begin(), n.literals.end(), [](const Literal& l) { return l.type == Type::kInt; });
      n.index = number ? 1 : kNeverIndex;   // of a time and a text no table is found
      return number ? BindLeaf(n, Type::kInt) : Status::OK();
    }
    if (n.name == kTableName) { n.index = 3; return BindLeaf(n, Type::kString); }
    if (n.name == kTableType) { n.index = 4; return BindLeaf(n, Type::kString); }
    if (n.name.starts_with(kParams)) {
      n.index = 2;
      n.parameter = n.name.substr(sizeof(kParams) - 1);
      if (n.op != Op::kEq && n.op != Op::kNe && n.op != Op::kLike) return wire::MetaError("Only =, !=, LIKE supported for table parameters");
      return BindLeaf(n, Type::kString);
    }
    return wire::MetaError("Invalid key name in filter.  Use constants from org.apache.hadoop.hive.metastore.api");
  });
}

bool Filter::Matches(const std::vector<std::string>& values) const {
  return !root_ || Eval(*root_, [&](const Node& n) {
    return static_cast<size_t>(n.index) < values.size() && Filter::LeafMatches(n, values[static_cast<size_t>(n.index)]);
  });
}

bool Filter::MatchesTable(const wire::Table& t) const {
  return !root_ || Eval(*root_, [&](const Node& n) {
    if (n.index == 0) return Filter::LeafMatches(n, t.owner);
    if (n.index == 1) return Filter::LeafMatches(n, std::to_string(t.lastAccessTime));
    if (n.index == kNeverIndex) return false;
    if (n.index == 3) return Filter::LeafMatches(n, t.tableName);
    if (n.index == 4) return Filter::LeafMatches(n, t.tableType);
    for (const auto& [k, v] : t.parameters) if (EqualsIgnoreCase(k, n.parameter)) return Filter::LeafMatches(n, v);
    return false;
  });
}

namespace {
std::optional<std::string> FirstEquals(const Node& n) {
  if (n.kind == Node::kLeaf) {
    if (n.index != 0 || n.op != Op::kEq) return std::nullopt;
    if (n.type == Type::kInt) return std::nullopt;   // 5, 05 and +5 are one number
    return n.literals[0].text;
  }
  if (n.kind == Node::kOr) return std::nullopt;
  for (const auto& c : n.children) if (auto value = FirstEquals(*c)) return value;
  return std::nullopt;
}
}  // namespace

std::optional<std::string> Filter::FirstKeyEquals() const { return root_ ? FirstEquals(*root_) : std::nullopt; }

}  // namespace tarn::metastore
