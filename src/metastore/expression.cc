#include "metastore/expression.h"

#include <algorithm>
#include <ctime>
#include <limits>

#include "base/text.h"
#include "fmt/format.h"
#include "metastore/expression_values.h"
#include "metastore/kryo_reader.h"

namespace tarn::metastore {

namespace {
using Kind = Expression::Kind;
using Op = Expression::Op;
using Type = Expression::Type;
using Value = Expression::Value;
using Node = Expression::Node;

constexpr std::string_view kDefaultPartition = "__HIVE_DEFAULT_PARTITION__";

struct Operator { const char* udf; Kind kind; Op op; };
constexpr Operator kOperators[] = {
    {"OPEqual", Kind::kCompare, Op::kEq},          {"OPNotEqual", Kind::kCompare, Op::kNe},
    {"OPLessThan", Kind::kCompare, Op::kLt},       {"OPEqualOrLessThan", Kind::kCompare, Op::kLe},
    {"OPGreaterThan", Kind::kCompare, Op::kGt},    {"OPEqualOrGreaterThan", Kind::kCompare, Op::kGe},
    {"OPEqualNS", Kind::kCompare, Op::kEqNullSafe}, {"OPAnd", Kind::kAnd, Op::kEq},
    {"OPOr", Kind::kOr, Op::kEq},                  {"OPNot", Kind::kNot, Op::kEq},
    {"OPNull", Kind::kIsNull, Op::kEq},            {"OPNotNull", Kind::kIsNotNull, Op::kEq},
    {"In", Kind::kIn, Op::kEq},                    {"Between", Kind::kBetween, Op::kEq},
    {"Upper", Kind::kUpper, Op::kEq},              {"Lower", Kind::kLower, Op::kEq},
    {"Length", Kind::kLength, Op::kEq},
};
struct Cast { const char* udf; const char* type; };
constexpr Cast kCasts[] = {{"UDFToByte", "tinyint"}, {"UDFToShort", "smallint"}, {"UDFToInteger", "int"}, {"UDFToLong", "bigint"},
                           {"UDFToDouble", "double"}, {"UDFToString", "string"}};

std::optional<int64_t> IntOf(std::string_view s) {
  if (s.empty() || s.size() > 20) return std::nullopt;
  size_t i = s[0] == '-' || s[0] == '+';
  if (i == s.size()) return std::nullopt;
  int64_t v = 0;
  for (; i < s.size(); ++i) {
    if (s[i] < '0' || s[i] > '9') return std::nullopt;
    if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, s[i] - '0', &v)) return std::nullopt;   // negative: it reaches further
  }
  if (s[0] != '-' && v == std::numeric_limits<int64_t>::min()) return std::nullopt;
  return s[0] == '-' ? v : -v;
}
std::optional<double> DoubleOf(std::string_view s) {
  std::string text(s);
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  double v = std::strtod(text.c_str(), &end);
  if (*end) return std::nullopt;
  return v;
}
bool Ascii(std::string_view s) { return std::all_of(s.begin(), s.end(), [](unsigned char c) { return c < 0x80; }); }

Value Null() { return {}; }
Value Other() { return {.type = Type::kOther}; }   // can't tell
Value Bool(bool b) { return {.type = Type::kBool, .number = b}; }
Value Int(int64_t v) { return {.type = Type::kInt, .number = v}; }
Value Text(std::string s) { return {.type = Type::kString, .text = std::move(s)}; }
Value Date(int64_t days) { return {.type = Type::kDate, .number = days}; }
Value Double(double v) { return {.type = Type::kDouble, .real = v}; }
Value Decimal(std::string canonical) { return {.type = Type::kDecimal, .text = std::move(canonical)}; }
Value Timestamp(int64_t seconds, int32_t nanos) { return {.type = Type::kTimestamp, .number = seconds, .nanos = nanos}; }

// fast2, fast1 and fast0 are groups of 16 decimal digits.
std::optional<std::string> DecimalConstant(const KryoObject& v) {
  int64_t low = v.Field("fast0").number, mid = v.Field("fast1").number, high = v.Field("fast2").number;
  int64_t scale = v.Field("fastScale").number, sign = v.Field("fastSignum").number;
  constexpr int64_t kGroup = 10'000'000'000'000'000;
  if (low < 0 || low >= kGroup || mid < 0 || mid >= kGroup || high < 0 || high >= 1'000'000 || scale < 0 || scale > kDecimalDigitsMax) return std::nullopt;
  return DecimalOf(sign < 0, fmt::format("{}{:016}{:016}", high, mid, low), static_cast<int>(scale));
}
// The day that begins at this moment where we are. Nothing: it is no start of a day here, so the writer's zone is another.
std::optional<int64_t> DayOfMoment(int64_t milliseconds) {
  if (milliseconds % 1000 != 0) return std::nullopt;
  std::time_t t = milliseconds / 1000;
  std::tm tm{};
  if (!::localtime_r(&t, &tm) || tm.tm_hour || tm.tm_min || tm.tm_sec) return std::nullopt;
  return DateOf(fmt::format("{:04}-{:02}-{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
}

}  // namespace

void Expression::TypeOf(std::string_view name, Node* n) {
  std::string t = ToLower(name);
  size_t paren = t.find('(');
  std::string base = t.substr(0, paren);
  n->type = Type::kOther;
  auto integral = [&](int64_t low, int64_t high) { n->type = Type::kInt; n->low = low; n->high = high; };
  if (base == "string") n->type = Type::kString;
  else if (base == "varchar") {
    n->type = Type::kString;
    if (paren != std::string::npos) n->length = static_cast<size_t>(std::max(0, std::atoi(t.c_str() + paren + 1)));
  }
  else if (base == "tinyint") integral(-128, 127);
  else if (base == "smallint") integral(-32768, 32767);
  else if (base == "int") integral(std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
  else if (base == "bigint") integral(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
  else if (base == "double") n->type = Type::kDouble;
  else if (base == "date") n->type = Type::kDate;
  else if (base == "timestamp") n->type = Type::kTimestamp;
  else if (base == "decimal") {
    n->type = Type::kDecimal;
    n->precision = 10;
    if (paren != std::string::npos) {
      n->precision = std::atoi(t.c_str() + paren + 1);
      size_t comma = t.find(',', paren);
      if (comma != std::string::npos) n->scale = std::atoi(t.c_str() + comma + 1);
    }
    if (n->precision < 1 || n->precision > kDecimalDigitsMax || n->scale < 0 || n->scale > n->precision) n->type = Type::kOther;
  }
  else if (base == "boolean") n->type = Type::kBool;
}

// From the graph of Hive's objects to a predicate.
class ExpressionBuilder {
 public:
  Result<std::unique_ptr<Node>> Build(const KryoObject& o, int depth = 0) {
    if (depth > Expression::kDepthMax || ++nodes_ > Expression::kNodesMax) return Status::Exhausted("serialised expression is too large");
    if (o.class_name == "ql.plan.ExprNodeColumnDesc") {
      auto n = std::make_unique<Node>();
      n->kind = Kind::kColumn;
      n->name = ToLower(o.Field("column").text);
      return n;
    }
    if (o.class_name == "ql.plan.ExprNodeConstantDesc") return Constant(o);
    if (o.class_name == "ql.plan.ExprNodeGenericFuncDesc") return Function(o, depth);
    return Status::Corrupt("serialised expression: a node that is none");
  }

 private:
  static Result<std::unique_ptr<Node>> Constant(const KryoObject& o) {
    const KryoObject& v = o.Field("value");
    auto n = std::make_unique<Node>();
    switch (v.kind) {
      case KryoObject::kNull: break;
      case KryoObject::kBool: n->value = Bool(v.number != 0); break;
      case KryoObject::kInteger: n->value = Int(v.number); break;
      case KryoObject::kReal: n->value = Double(v.real); break;
      case KryoObject::kText: n->value = Text(v.text); break;
      case KryoObject::kMoment: n->value = Other(); break;
      case KryoObject::kMomentDate: {
        auto day = DayOfMoment(v.number);
        n->value = day ? Date(*day) : Other();
        break;
      }
      case KryoObject::kObject:
        if (v.class_name == "common.type.Date" && v.Field("localDate").kind == KryoObject::kDate) n->value = Date(v.Field("localDate").number);
        else if (v.class_name == "common.type.Timestamp" && v.Field("localDateTime").kind == KryoObject::kTimestamp) n->value = Timestamp(v.Field("localDateTime").number, v.Field("localDateTime").nanos);
        else if (v.class_name == "common.type.HiveDecimal") {
          auto d = DecimalConstant(v);
          if (!d) return Status::Corrupt("serialised expression: a decimal that is none");
          n->value = Decimal(*std::move(d));
        } else if (v.class_name == "common.type.HiveVarchar") n->value = Text(v.Field("value").text);
        else return Status::NotSupported("a constant of class " + std::string(v.class_name));
        break;
      default: return Status::NotSupported("a constant that is a list");
    }
    return n;
  }
  Result<std::unique_ptr<Node>> Function(const KryoObject& o, int depth) {
    const KryoObject& udf = o.Field("genericUDF");
    const KryoObject& list = o.Field("children");
    if (udf.kind != KryoObject::kObject || list.kind != KryoObject::kList) return Status::Corrupt("serialised expression: a function without its parts");
    auto n = std::make_unique<Node>();
    std::string name(udf.class_name);
    constexpr std::string_view kPrefix = "ql.udf.generic.GenericUDF";
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
    size_t least = 1, most = 1;
    bool found = false;
    for (const Operator& op : kOperators) {
      if (name != op.udf) continue;
      found = true;
      n->kind = op.kind;
      n->op = op.op;
      if (op.kind == Kind::kCompare) least = most = 2;
      else if (op.kind == Kind::kAnd || op.kind == Kind::kOr || op.kind == Kind::kIn) { least = 2; most = Expression::kNodesMax; }
      else if (op.kind == Kind::kBetween) least = most = 4;
    }
    if (!found) {
      n->kind = Kind::kCast;
      if (name == "ToString") Expression::TypeOf("string", n.get());
      else if (name == "ToDate") Expression::TypeOf("date", n.get());
      else if (name == "Timestamp") Expression::TypeOf("timestamp", n.get());
      else if (name == "ToDecimal") Expression::TypeOf(fmt::format("decimal({},{})", udf.Field("typeInfo").Field("precision").number, udf.Field("typeInfo").Field("scale").number), n.get());
      else if (name == "ToVarchar") Expression::TypeOf(fmt::format("varchar({})", udf.Field("typeInfo").Field("length").number), n.get());
      else if (name == "Bridge") {
        std::string cls = udf.Field("udfClassName").text;
        cls.erase(0, cls.rfind('.') + 1);
        if (cls == "UDFLike") {
          n->kind = Kind::kLike;
          least = most = 2;
        } else {
          const Cast* cast = std::find_if(std::begin(kCasts), std::end(kCasts), [&](const Cast& c) { return cls == c.udf; });
          if (cast == std::end(kCasts)) return Status::NotSupported("function " + cls + " in a serialised expression");
          Expression::TypeOf(cast->type, n.get());
        }
      } else {
        return Status::NotSupported("function " + name + " in a serialised expression");
      }
    }
    if (list.items.size() < least || list.items.size() > most) return Status::Corrupt("serialised expression: a function with another number of arguments");
    for (const KryoObject* c : list.items) {
      if (!c) return Status::Corrupt("serialised expression: an argument is missing");
      n->children.push_back(TRY(Build(*c, depth + 1)));
    }
    DefaultPartition(n.get());
    return n;
  }
  // Hive reads "column = '__HIVE_DEFAULT_PARTITION__'" as "column is null".
  static void DefaultPartition(Node* n) {
    if (n->kind != Kind::kCompare || (n->op != Op::kEq && n->op != Op::kNe)) return;
    for (size_t i = 0; i < 2; ++i) {
      const Node& constant = *n->children[i];
      if (constant.kind != Kind::kConstant || constant.value.type != Type::kString || constant.value.text != kDefaultPartition) continue;
      if (n->children[1 - i]->kind != Kind::kColumn) continue;
      n->kind = n->op == Op::kEq ? Kind::kIsNull : Kind::kIsNotNull;
      n->children.erase(n->children.begin() + static_cast<long>(i));
      return;
    }
  }
  size_t nodes_ = 0;
};

Result<Expression> Expression::Decode(std::string_view bytes) {
  auto graph = KryoGraph::Read(bytes, KryoGraph::Dialect::kKryo5);
  if (!graph.ok() && graph.status().code() == StatusCode::kCorrupt) graph = KryoGraph::Read(bytes, KryoGraph::Dialect::kKryo3);
  TRY(graph.status());
  ExpressionBuilder builder;
  Expression out;
  out.root_ = TRY(builder.Build(graph->root()));
  return out;
}

Status Expression::Bind(const std::vector<wire::FieldSchema>& keys) {
  std::vector<Node*> todo{root_.get()};
  while (!todo.empty()) {
    Node* n = todo.back();
    todo.pop_back();
    for (auto& c : n->children) todo.push_back(c.get());
    if (n->kind != Kind::kColumn) continue;
    for (size_t i = 0; i < keys.size(); ++i) if (ToLower(keys[i].name) == n->name) n->index = static_cast<int>(i);
    if (n->index < 0) return Status::NotSupported("column " + n->name + " is no partition key");
    TypeOf(keys[static_cast<size_t>(n->index)].type, n);
  }
  return Status::OK();
}

namespace {
// To the type of a column or a cast. Null: the value has none there.
Value Convert(const Node& to, const Value& v) {
  if (v.type == Type::kNull || v.type == Type::kOther) return v;
  switch (to.type) {
    case Type::kInt: {
      std::optional<int64_t> i;
      if (v.type == Type::kInt || v.type == Type::kBool) i = v.number;
      else if (v.type == Type::kDecimal) {
        i = WholePart(v.text);
        if (!i || *i < to.low || *i > to.high) return Other();
      } else if (v.type == Type::kString) {
        i = IntOf(v.text);
        if (!i && DoubleOf(v.text)) return Other();
      } else return Other();
      if (!i) return Null();
      if (*i >= to.low && *i <= to.high) return Int(*i);
      if (v.type == Type::kString) return Null();
      // Java's narrowing keeps the low bits.
      return Int(to.high == 127 ? static_cast<int8_t>(*i) : to.high == 32767 ? static_cast<int16_t>(*i) : static_cast<int32_t>(*i));
    }
    case Type::kDouble:
      if (v.type == Type::kDouble) return v;
      if (v.type == Type::kInt) return Double(static_cast<double>(v.number));
      if (v.type == Type::kDecimal) return Double(std::strtod(v.text.c_str(), nullptr));
      if (v.type != Type::kString) return Other();
      if (auto d = DoubleOf(v.text)) return Double(*d);
      return v.text.find_first_of("0123456789nN") == std::string::npos ? Null() : DoubleOf(Trim(v.text)) ? Other() : Null();
    case Type::kString: {
      std::string s;
      if (v.type == Type::kString) s = v.text;
      else if (v.type == Type::kInt) s = std::to_string(v.number);
      else if (v.type == Type::kDate) s = DateText(v.number);
      else if (v.type == Type::kTimestamp) s = TimestampText({v.number, v.nanos});
      else return Other();
      if (to.length && s.size() > to.length) {
        if (!Ascii(s)) return Other();
        s.resize(to.length);
      }
      return Text(std::move(s));
    }
    case Type::kDate:
      if (v.type == Type::kDate) return v;
      if (v.type == Type::kTimestamp) return Date(v.number >= 0 ? v.number / 86400 : -((-v.number + 86399) / 86400));
      if (v.type != Type::kString) return Other();
      if (auto d = DateOf(v.text)) return Date(*d);
      return Null();
    case Type::kTimestamp: {
      if (v.type == Type::kTimestamp) return v;
      if (v.type == Type::kDate) return Timestamp(v.number * 86400, 0);
      if (v.type != Type::kString) return Other();
      bool other = false;
      auto t = TimestampOf(v.text, &other);
      if (t && t->nanos % 1'000'000) return Other();   // Hive 2.3 loses digits that 3.1 and 4 keep
      return t ? Timestamp(t->seconds, t->nanos) : other ? Other() : Null();
    }
    case Type::kDecimal: {
      std::optional<std::string> d;
      if (v.type == Type::kDecimal) d = v.text;
      else if (v.type == Type::kInt) d = DecimalOf(std::to_string(v.number));
      else if (v.type == Type::kDouble) {
        std::string text = fmt::format("{}", v.real);   // Java's digits are these unless there are many
        if (text.size() > 15) return Other();
        d = DecimalOf(text);
      } else if (v.type == Type::kString) {
        d = DecimalOf(v.text);
        if (!d && v.text.find_first_of("0123456789") != std::string::npos) return Other();
      } else return Other();
      if (d) d = RoundDecimal(*d, to.precision, to.scale);
      return d ? Decimal(*std::move(d)) : Null();
    }
    case Type::kBool:
      if (v.type == Type::kBool) return v;
      if (v.type != Type::kString) return Other();
      if (EqualsIgnoreCase(v.text, "true")) return Bool(true);
      if (EqualsIgnoreCase(v.text, "false")) return Bool(false);
      return Other();
    default: return Other();
  }
}

// Less than, equal to, greater than zero; nothing: null or can't tell (then *other).
std::optional<int> Order(const Value& a, const Value& b, bool* other) {
  if (a.type == Type::kOther || b.type == Type::kOther) { *other = true; return std::nullopt; }
  if (a.type == Type::kNull || b.type == Type::kNull) return std::nullopt;
  auto sign = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.type == Type::kString && b.type == Type::kString) return sign(a.text.compare(b.text), 0);
  if (a.type == Type::kDecimal || b.type == Type::kDecimal) {
    auto exact = [](const Value& v) { return v.type == Type::kDecimal || v.type == Type::kInt; };
    if (exact(a) && exact(b)) {
      return CompareDecimals(a.type == Type::kInt ? std::to_string(a.number) : a.text, b.type == Type::kInt ? std::to_string(b.number) : b.text);
    }
  }
  if (a.type == Type::kTimestamp || b.type == Type::kTimestamp) {
    auto moment = [&](const Value& v) -> std::optional<TimestampValue> {
      if (v.type == Type::kTimestamp) return TimestampValue{v.number, v.nanos};
      if (v.type == Type::kDate) return TimestampValue{v.number * 86400, 0};
      if (v.type == Type::kString) return TimestampOf(v.text, other);
      *other = true;
      return std::nullopt;
    };
    auto x = moment(a), y = moment(b);
    if (!x || !y) return std::nullopt;
    // Hive 2.3 compares a text with a timestamp as doubles, 3.1 and 4 exactly: nearer than a microsecond they may not agree.
    bool text = a.type == Type::kString || b.type == Type::kString;
    if (text && (x->seconds - y->seconds) <= 1 && (y->seconds - x->seconds) <= 1) {
      int64_t apart = (x->seconds - y->seconds) * 1'000'000'000 + x->nanos - y->nanos;
      if (apart != 0 && apart > -1000 && apart < 1000) { *other = true; return std::nullopt; }
    }
    return x->seconds != y->seconds ? sign(x->seconds, y->seconds) : sign(x->nanos, y->nanos);
  }
  if (a.type == b.type && a.type != Type::kDouble && a.type != Type::kDecimal) return sign(a.number, b.number);
  auto real = [](const Value& v) -> std::optional<double> {
    if (v.type == Type::kDouble) return v.real;
    if (v.type == Type::kInt) return static_cast<double>(v.number);
    if (v.type == Type::kDecimal) return std::strtod(v.text.c_str(), nullptr);
    return DoubleOf(v.text);
  };
  bool dates = a.type == Type::kDate || b.type == Type::kDate;
  if (dates && (a.type == Type::kString || b.type == Type::kString)) {
    std::optional<int64_t> x = a.type == Type::kDate ? a.number : DateOf(a.text), y = b.type == Type::kDate ? b.number : DateOf(b.text);
    if (!x || !y) return std::nullopt;
    return sign(*x, *y);
  }
  auto numeric = [](Type t) { return t == Type::kInt || t == Type::kDouble || t == Type::kDecimal || t == Type::kString; };
  if (!numeric(a.type) || !numeric(b.type)) { *other = true; return std::nullopt; }
  auto x = real(a), y = real(b);
  if (!x || !y) return std::nullopt;
  return sign(*x, *y);
}

bool Like(std::string_view s, std::string_view p) {
  size_t i = 0, j = 0, star = std::string_view::npos, from = 0;
  auto after = [&](size_t at) {   // one character of UTF-8
    for (++at; at < s.size() && (s[at] & 0xc0) == 0x80; ++at) {
    }
    return at;
  };
  while (i < s.size()) {
    if (j < p.size() && p[j] == '%') { star = ++j; from = i; continue; }
    if (j < p.size() && p[j] == '_') { i = after(i); ++j; continue; }
    if (j < p.size() && p[j] == s[i]) { ++i; ++j; continue; }
    if (star == std::string_view::npos) return false;
    j = star;
    i = from = after(from);
  }
  while (j < p.size() && p[j] == '%') ++j;
  return j == p.size();
}

class Evaluator {
 public:
  explicit Evaluator(const std::vector<std::string>& values) : values_(values) {}
  Value Get(const Node& n) {
    switch (n.kind) {
      case Kind::kColumn: {
        const std::string& v = values_[static_cast<size_t>(n.index)];
        return v == kDefaultPartition ? Null() : Convert(n, Text(v));
      }
      case Kind::kConstant: return n.value;
      case Kind::kAnd: return Logic(n, false);
      case Kind::kOr: return Logic(n, true);
      case Kind::kNot: {
        Value v = Get(*n.children[0]);
        return v.type == Type::kBool ? Bool(!v.number) : v.type == Type::kNull ? v : Other();
      }
      case Kind::kIsNull: return NullTest(n, true);
      case Kind::kIsNotNull: return NullTest(n, false);
      case Kind::kCompare: return Compare(n.op, Get(*n.children[0]), Get(*n.children[1]));
      case Kind::kIn: return In(n);
      case Kind::kBetween: {
        Value invert = Get(*n.children[0]), v = Get(*n.children[1]);
        Value low = Compare(Op::kGe, v, Get(*n.children[2])), high = Compare(Op::kLe, v, Get(*n.children[3]));
        if (invert.type != Type::kBool || low.type == Type::kOther || high.type == Type::kOther) return Other();
        if (low.type == Type::kNull || high.type == Type::kNull) return Null();
        return Bool((low.number && high.number) != (invert.number != 0));
      }
      case Kind::kLike: {
        Value v = Get(*n.children[0]), p = Get(*n.children[1]);
        if (v.type == Type::kNull || p.type == Type::kNull) return Null();
        if (v.type != Type::kString || p.type != Type::kString || p.text.find('\\') != std::string::npos) return Other();
        return Bool(Like(v.text, p.text));
      }
      case Kind::kCast: return Convert(n, Get(*n.children[0]));
      case Kind::kUpper:
      case Kind::kLower: {
        Value v = Get(*n.children[0]);
        if (v.type == Type::kNull) return v;
        if (v.type != Type::kString || !Ascii(v.text)) return Other();
        for (char& c : v.text) c = static_cast<char>(n.kind == Kind::kUpper ? std::toupper(c) : std::tolower(c));
        return v;
      }
      case Kind::kLength: {
        Value v = Get(*n.children[0]);
        if (v.type == Type::kNull) return v;
        if (v.type != Type::kString) return Other();
        return Int(std::count_if(v.text.begin(), v.text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
      }
    }
    return Other();
  }

 private:
  Value Logic(const Node& n, bool decisive) {   // AND is decided by false, OR by true
    bool null = false, other = false;
    for (const auto& c : n.children) {
      Value v = Get(*c);
      if (v.type == Type::kBool) {
        if ((v.number != 0) == decisive) return Bool(decisive);
      } else if (v.type == Type::kNull) {
        null = true;
      } else {
        other = true;
      }
    }
    return other ? Other() : null ? Null() : Bool(!decisive);
  }
  Value NullTest(const Node& n, bool want) {
    Value v = Get(*n.children[0]);
    if (v.type == Type::kOther && n.children[0]->kind != Kind::kColumn) return v;
    return Bool((v.type == Type::kNull) == want);
  }
  static Value Compare(Op op, const Value& a, const Value& b) {
    bool other = false;
    auto order = Order(a, b, &other);
    if (other) return Other();
    if (op == Op::kEqNullSafe && !order) return Bool(a.type == Type::kNull && b.type == Type::kNull);
    if (!order) return Null();
    switch (op) {
      case Op::kEq: case Op::kEqNullSafe: return Bool(*order == 0);
      case Op::kNe: return Bool(*order != 0);
      case Op::kLt: return Bool(*order < 0);
      case Op::kLe: return Bool(*order <= 0);
      case Op::kGt: return Bool(*order > 0);
      case Op::kGe: return Bool(*order >= 0);
    }
    return Other();
  }
  Value In(const Node& n) {
    Value v = Get(*n.children[0]);
    if (v.type == Type::kNull) return v;
    bool null = false, other = false;
    for (size_t i = 1; i < n.children.size(); ++i) {
      Value x = Get(*n.children[i]);
      auto order = Order(v, x, &other);
      if (order && *order == 0) return Bool(true);
      null |= x.type == Type::kNull;
    }
    return other ? Other() : null ? Null() : Bool(false);
  }
  const std::vector<std::string>& values_;
};
}  // namespace

Expression::Answer Expression::Matches(const std::vector<std::string>& values) const {
  Value v = Evaluator(values).Get(*root_);
  if (v.type == Type::kBool) return v.number ? Answer::kKeep : Answer::kDrop;
  // Hive's pruner drops a default partition of which it can't tell; we only do where Hive's own answer is null.
  if (v.type == Type::kNull && std::find(values.begin(), values.end(), kDefaultPartition) != values.end()) return Answer::kDrop;
  return Answer::kCannotTell;
}

std::optional<std::string> Expression::FirstKeyEquals() const {
  std::vector<const Node*> todo{root_.get()};
  while (!todo.empty()) {
    const Node* n = todo.back();
    todo.pop_back();
    if (n->kind == Kind::kAnd) for (const auto& c : n->children) todo.push_back(c.get());
    if (n->kind != Kind::kCompare || n->op != Op::kEq) continue;
    for (size_t i = 0; i < 2; ++i) {
      const Node &a = *n->children[i], &b = *n->children[1 - i];
      if (a.kind == Kind::kColumn && a.index == 0 && a.type == Type::kString && a.length == 0 && b.kind == Kind::kConstant && b.value.type == Type::kString) {
        return b.value.text;
      }
    }
  }
  return std::nullopt;
}

namespace {
std::string Print(const Node& n) {
  static constexpr const char* kOps[] = {"=", "<>", "<", "<=", ">", ">=", "<=>"};
  auto join = [&](size_t from, const char* sep) {
    std::string out;
    for (size_t i = from; i < n.children.size(); ++i) out += (i > from ? sep : "") + Print(*n.children[i]);
    return out;
  };
  switch (n.kind) {
    case Kind::kColumn: return n.name;
    case Kind::kConstant:
      switch (n.value.type) {
        case Type::kBool: return n.value.number ? "true" : "false";
        case Type::kInt: return std::to_string(n.value.number);
        case Type::kDouble: return fmt::format("{}", n.value.real);
        case Type::kString: return "'" + n.value.text + "'";
        case Type::kDate: return "date '" + DateText(n.value.number) + "'";
        case Type::kDecimal: return n.value.text + "BD";
        case Type::kTimestamp: return "timestamp '" + TimestampText({n.value.number, n.value.nanos}) + "'";
        case Type::kOther: return "?";
        default: return "null";
      }
    case Kind::kAnd: return "(" + join(0, " and ") + ")";
    case Kind::kOr: return "(" + join(0, " or ") + ")";
    case Kind::kNot: return "not " + join(0, "");
    case Kind::kCompare: return "(" + Print(*n.children[0]) + " " + kOps[static_cast<size_t>(n.op)] + " " + Print(*n.children[1]) + ")";
    case Kind::kIsNull: return Print(*n.children[0]) + " is null";
    case Kind::kIsNotNull: return Print(*n.children[0]) + " is not null";
    case Kind::kIn: return Print(*n.children[0]) + " in (" + join(1, ", ") + ")";
    case Kind::kBetween: return "between(" + join(0, ", ") + ")";
    case Kind::kLike: return "(" + Print(*n.children[0]) + " like " + Print(*n.children[1]) + ")";
    case Kind::kCast: return "cast(" + join(0, "") + ")";
    case Kind::kUpper: return "upper(" + join(0, "") + ")";
    case Kind::kLower: return "lower(" + join(0, "") + ")";
    case Kind::kLength: return "length(" + join(0, "") + ")";
  }
  return "?";
}
}  // namespace

std::string Expression::ToText() const { return Print(*root_); }

}  // namespace tarn::metastore
