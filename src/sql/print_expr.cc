// Prints names, types and expressions. Parentheses stand only where the precedences of parse_expr.cc need them.
#include <algorithm>
#include <array>

#include "sql/keywords.h"
#include "sql/printer_internal.h"
#include "base/text.h"
#include "fmt/format.h"

namespace tarn::sql {

std::string QuoteName(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

namespace {
bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 32; });
}

// u&'gr\00fcn': the units of UTF-16 that ASCII has not.
std::string UnicodeLiteral(std::string_view text) {
  std::string out = "u&'";
  for (size_t i = 0; i < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[i++]);
    if (c < 0x80 && c >= 32) {
      if (c == '\'' || c == '\\') out += static_cast<char>(c);
      out += static_cast<char>(c);
      continue;
    }
    uint32_t code = c < 0x80 ? c : c < 0xE0 ? c & 0x1F : c < 0xF0 ? c & 0x0F : c & 0x07;
    for (int more = c < 0xC0 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3; more > 0 && i < text.size(); --more) code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
    if (code >= 0x10000) out += fmt::format("\\{:04x}\\{:04x}", 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF));
    else out += fmt::format("\\{:04x}", code);
  }
  return out + "'";
}
}  // namespace

std::string QuoteString(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

namespace {

std::string QuoteHiveString(std::string_view text) {
  std::string out = "'";
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool like_escape = c == '\\' && i + 1 < text.size() && (text[i + 1] == '%' || text[i + 1] == '_');
    if (like_escape) {      // \% stays \%
      out += c;
      out += text[++i];
    } else if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += '\\';
      out += '0';
      out += static_cast<char>('0' + (c >> 3));
      out += static_cast<char>('0' + (c & 7));
    } else {
      out += c;
    }
  }
  return out + "'";
}

bool IsPlainName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) return false;
  }
  std::string upper = ToUpper(name);
  // A word before a quote would start a literal: x'0A', n'a', u&'a', _utf8'a'.
  if (upper == "X" || upper == "N" || upper == "U" || upper == "PI" || upper[0] == '_') return false;
  return ClassOf(upper) == WordClass::kName && !IsHiveReserved(upper);
}

}  // namespace

namespace internal {
namespace {

constexpr int kPrimary = 100, kSign = 80, kProduct = 60, kSum = 40, kMatch = 32, kCompare = 30, kIs = 28, kNot = 26, kAnd = 24, kOr = 22;

struct OperatorText {
  std::string_view text;
  int precedence;
};

OperatorText Describe(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr: return {"OR", kOr};
    case BinaryOp::kAnd: return {"AND", kAnd};
    case BinaryOp::kEqual: return {"=", kCompare};
    case BinaryOp::kNotEqual: return {"<>", kCompare};
    case BinaryOp::kLess: return {"<", kCompare};
    case BinaryOp::kLessEqual: return {"<=", kCompare};
    case BinaryOp::kGreater: return {">", kCompare};
    case BinaryOp::kGreaterEqual: return {">=", kCompare};
    case BinaryOp::kIsDistinctFrom: return {"IS DISTINCT FROM", kCompare};
    case BinaryOp::kIsNotDistinctFrom: return {"IS NOT DISTINCT FROM", kCompare};
    case BinaryOp::kPlus: return {"+", kSum};
    case BinaryOp::kMinus: return {"-", kSum};
    case BinaryOp::kMultiply: return {"*", kProduct};
    case BinaryOp::kDivide: return {"/", kProduct};
    case BinaryOp::kModulo: return {"%", kProduct};
    case BinaryOp::kConcat: return {"||", kProduct};
    case BinaryOp::kOverlaps: return {"OVERLAPS", kCompare};
  }
  return {"", kPrimary};
}

// The text of a prefix (NOT, -) or postfix (IS NULL) operator.
OperatorText Describe(UnaryOp op) {
  switch (op) {
    case UnaryOp::kNot: return {"NOT", kNot};
    case UnaryOp::kPlus: return {"+", kSign};
    case UnaryOp::kMinus: return {"-", kSign};
    case UnaryOp::kIsNull: return {"IS NULL", kIs};
    case UnaryOp::kIsNotNull: return {"IS NOT NULL", kIs};
    case UnaryOp::kIsTrue: return {"IS TRUE", kIs};
    case UnaryOp::kIsNotTrue: return {"IS NOT TRUE", kIs};
    case UnaryOp::kIsFalse: return {"IS FALSE", kIs};
    case UnaryOp::kIsNotFalse: return {"IS NOT FALSE", kIs};
    case UnaryOp::kIsUnknown: return {"IS UNKNOWN", kIs};
    case UnaryOp::kIsNotUnknown: return {"IS NOT UNKNOWN", kIs};
    case UnaryOp::kIsJsonValue: return {"IS JSON VALUE", kIs};
    case UnaryOp::kIsNotJsonValue: return {"IS NOT JSON VALUE", kIs};
    case UnaryOp::kIsJsonObject: return {"IS JSON OBJECT", kIs};
    case UnaryOp::kIsNotJsonObject: return {"IS NOT JSON OBJECT", kIs};
    case UnaryOp::kIsJsonArray: return {"IS JSON ARRAY", kIs};
    case UnaryOp::kIsNotJsonArray: return {"IS NOT JSON ARRAY", kIs};
    case UnaryOp::kIsJsonScalar: return {"IS JSON SCALAR", kIs};
    case UnaryOp::kIsNotJsonScalar: return {"IS NOT JSON SCALAR", kIs};
    case UnaryOp::kRunning: return {"RUNNING", kPrimary};
    case UnaryOp::kFinal: return {"FINAL", kPrimary};
  }
  return {"", kPrimary};
}

bool IsNegativeNumber(const Literal& literal) {
  switch (literal.kind) {
    case LiteralKind::kInt:
    case LiteralKind::kBigint: return literal.integer < 0;
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble: return literal.text.starts_with('-');
    default: return false;
  }
}

// How tight the printed form of an expression holds together.
int Precedence(const Expr& expr) {
  if (const Binary* binary = expr.As<Binary>()) return Describe(binary->op).precedence;
  if (const Unary* unary = expr.As<Unary>()) return Describe(unary->op).precedence;
  if (expr.As<Like>() || expr.As<Between>() || expr.As<In>() || expr.As<Quantified>()) return kMatch;
  if (expr.As<Exists>()) return kSum;      // as Flink prints it
  if (const Literal* literal = expr.As<Literal>(); literal && IsNegativeNumber(*literal)) return kSign + 1;
  return kPrimary;
}

std::string_view KindWord(TypeKind kind) {
  switch (kind) {
    case TypeKind::kChar: return "CHAR";
    case TypeKind::kVarchar: return "VARCHAR";
    case TypeKind::kString: return "STRING";
    case TypeKind::kBinary: return "BINARY";
    case TypeKind::kVarbinary: return "VARBINARY";
    case TypeKind::kBytes: return "BYTES";
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kTinyint: return "TINYINT";
    case TypeKind::kSmallint: return "SMALLINT";
    case TypeKind::kInt: return "INTEGER";
    case TypeKind::kBigint: return "BIGINT";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal: return "DECIMAL";
    case TypeKind::kDate: return "DATE";
    case TypeKind::kTime: return "TIME";
    case TypeKind::kTimestamp: return "TIMESTAMP";
    case TypeKind::kTimestampLtz: return "TIMESTAMP_LTZ";
    case TypeKind::kInterval: return "INTERVAL";
    case TypeKind::kArray: return "ARRAY";
    case TypeKind::kMultiset: return "MULTISET";
    case TypeKind::kMap: return "MAP";
    case TypeKind::kRow: return "ROW";
    case TypeKind::kRaw: return "RAW";
    case TypeKind::kNull: return "NULL";
    case TypeKind::kUserDefined: return "";
  }
  return "";
}

}  // namespace

void Printer::AddIdentifier(std::string_view name) {
  Add(options_.names == NameStyle::kReadable && IsPlainName(name) ? std::string(name) : QuoteName(name));
}

void Printer::AddIdentifiers(const std::vector<Identifier>& list) {
  AddList(list, ", ", [&](const Identifier& identifier) { AddIdentifier(identifier); });
}

void Printer::AddString(std::string_view text) { Add(hive() ? QuoteHiveString(text) : QuoteString(text)); }

void Printer::PrintName(const Name& name) {
  AddList(name.parts, ".", [&](const Identifier& part) { AddIdentifier(part); });
}

void Printer::AddExprs(const std::vector<Expr>& list) {
  AddList(list, ", ", [&](const Expr& expr) { PrintExpr(expr); });
}

void Printer::AddParenthesizedQuery(const Query& query) {
  Add("(");
  PrintQuery(query);
  Add(")");
}

void Printer::AddQualifier(const IntervalQualifier& qualifier) {
  Add(TimeUnitName(qualifier.start));
  bool seconds = qualifier.start == TimeUnit::kSecond && !qualifier.end;
  if (qualifier.leading_precision) {
    Add("(");
    AddNumber(*qualifier.leading_precision);
    if (seconds && qualifier.fraction_precision) {
      Add(", ");
      AddNumber(*qualifier.fraction_precision);
    }
    Add(")");
  }
  if (!qualifier.end) return;
  Add(" TO ");
  Add(TimeUnitName(*qualifier.end));
  if (qualifier.fraction_precision) {
    Add("(");
    AddNumber(*qualifier.fraction_precision);
    Add(")");
  }
}

void Printer::AddFields(const DataType& type) {
  if (hive()) {
    Add("STRUCT<");
    AddList(type.fields, ", ", [&](const DataTypeField& field) {
      AddIdentifier(field.name);
      Add(": ");
      PrintType(field.type);
      if (field.comment) {
        Add(" COMMENT ");
        AddString(*field.comment);
      }
    });
    Add(">");
    return;
  }
  if (type.fields.empty()) {
    Add("ROW<>");
    return;
  }
  Add("ROW< ");
  AddList(type.fields, ", ", [&](const DataTypeField& field) {
    AddIdentifier(field.name);
    Add(" ");
    PrintType(field.type);
    if (field.comment) {
      Add(" ");
      AddString(*field.comment);
    }
  });
  Add(" >");
}

void Printer::PrintType(const DataType& type) {
  switch (type.kind) {
    case TypeKind::kArray:
    case TypeKind::kMultiset:
    case TypeKind::kMap:
      Add(KindWord(type.kind));
      Add(hive() ? "<" : "< ");
      AddList(type.children, ", ", [&](const DataType& child) { PrintType(child); });
      Add(hive() ? ">" : " >");
      break;
    case TypeKind::kRow:
      AddFields(type);
      break;
    case TypeKind::kRaw:
      Add("RAW(");
      AddString(type.raw_class);
      Add(", ");
      AddString(type.raw_snapshot);
      Add(")");
      break;
    case TypeKind::kInterval:
      Add("INTERVAL ");
      AddQualifier(*type.interval);
      break;
    case TypeKind::kUserDefined:
      PrintName(type.user_name);
      break;
    default:
      Add(hive() && type.kind == TypeKind::kInt ? "INT" : KindWord(type.kind));
      if (type.precision) {
        Add("(");
        AddNumber(*type.precision);
        if (type.scale) {
          Add(", ");
          AddNumber(*type.scale);
        }
        Add(")");
      }
      break;
  }
  if (type.nullable) Add(*type.nullable ? " NULL" : " NOT NULL");
}

void Printer::AddLiteral(const Literal& literal) {
  switch (literal.kind) {
    case LiteralKind::kNull: Add("NULL"); return;
    case LiteralKind::kBoolean: Add(literal.boolean ? "TRUE" : "FALSE"); return;
    case LiteralKind::kInt:
    case LiteralKind::kBigint: AddNumber(literal.integer); return;
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble: Add(literal.text); return;
    case LiteralKind::kString:
      if (literal.charset) {
        if (*literal.charset != "ISO-8859-1" || !hive()) Add("_" + *literal.charset);
      }
      if (options_.validated && !literal.charset && !IsPlainAscii(literal.text)) Add(UnicodeLiteral(literal.text));
      else AddString(literal.text);
      return;
    case LiteralKind::kBinary: Add("X'" + literal.text + "'"); return;
    case LiteralKind::kDate: Add("DATE '" + literal.text + "'"); return;
    case LiteralKind::kTime: Add("TIME '" + literal.text + "'"); return;
    case LiteralKind::kTimestamp: Add("TIMESTAMP '" + literal.text + "'"); return;
    case LiteralKind::kInterval:
      Add(literal.negative ? "INTERVAL -" : "INTERVAL ");
      AddString(literal.text);
      Add(" ");
      AddQualifier(*literal.interval);
      return;
  }
}

// An operand of an operator with that precedence.
void Printer::AddOperand(const Expr& expr, int precedence, bool same_needs_parentheses) {
  int own = Precedence(expr);
  bool parentheses = own < precedence || (own == precedence && same_needs_parentheses);
  AddIf(parentheses, "(");
  PrintExpr(expr);
  AddIf(parentheses, ")");
}

// One overload a node: the compiler names what is missing.
struct ExprPrinter {
  Printer& p;

  void operator()(const Literal& e) { p.AddLiteral(e); }
  void operator()(const ColumnRef& e) { p.PrintName(e.name); }
  void operator()(const Star& e) {
    p.PrintName(e.qualifier);
    p.Add(e.qualifier.empty() ? "*" : ".*");
  }
  void operator()(const Unary& e) {
    OperatorText op = Describe(e.op);
    if (op.precedence == kIs) {
      p.AddOperand(*e.operand, kIs, true);
      p.Add(" ");
      p.Add(op.text);
      return;
    }
    p.Add(op.text);
    p.Add(" ");
    p.AddOperand(*e.operand, op.precedence, op.precedence != kPrimary);
  }
  void operator()(const Binary& e) {
    OperatorText op = Describe(e.op);
    if (e.op == BinaryOp::kOverlaps) {
      AddPeriod(*e.left, false);
      p.Add(" OVERLAPS ");
      AddPeriod(*e.right, true);
      return;
    }
    p.AddOperand(*e.left, op.precedence, false);
    p.Add(" ");
    p.Add(op.text);
    p.Add(" ");
    p.AddOperand(*e.right, op.precedence, true);
  }
  void AddPeriod(const Expr& e, bool right) {
    if (const RowValue* row = e.As<RowValue>()) {
      p.Add("PERIOD (");
      p.AddExprs(row->items);
      p.Add(")");
    } else {
      p.AddOperand(e, kCompare, right);
    }
  }
  void operator()(const Like& e) {
    p.AddOperand(*e.operand, kMatch, true);
    p.AddIf(e.negated, " NOT");
    switch (e.kind) {
      case LikeKind::kLike: p.Add(" LIKE "); break;
      case LikeKind::kSimilarTo: p.Add(" SIMILAR TO "); break;
      case LikeKind::kIlike: p.Add(" ILIKE "); break;
      case LikeKind::kRlike: p.Add(" RLIKE "); break;
    }
    p.AddOperand(*e.pattern, kMatch, true);
    if (!e.escape) return;
    p.Add(" ESCAPE ");
    p.AddOperand(*e.escape, kMatch, true);
  }
  void operator()(const Between& e) {
    p.AddOperand(*e.operand, kMatch, e.operand->As<Like>() != nullptr);
    p.AddIf(e.negated, " NOT");
    p.Add(e.symmetric ? " BETWEEN SYMMETRIC " : " BETWEEN ASYMMETRIC ");
    p.AddOperand(*e.low, kAnd, true);
    p.Add(" AND ");
    p.AddOperand(*e.high, kMatch, true);
  }
  void AddQueryOrList(const Box<Query>& query, const std::vector<Expr>& list) {
    p.Add("(");
    if (query) {
      p.PrintQuery(*query);
    } else {
      p.AddExprs(list);
    }
    p.Add(")");
  }
  void operator()(const In& e) {
    p.AddOperand(*e.operand, kMatch, e.operand->As<Like>() != nullptr);
    p.Add(e.negated ? " NOT IN " : " IN ");
    AddQueryOrList(e.query, e.list);
  }
  void operator()(const Quantified& e) {
    p.AddOperand(*e.left, kMatch, e.left->As<Like>() != nullptr);
    p.Add(" ");
    p.Add(Describe(e.op).text);
    p.Add(e.all ? " ALL " : " SOME ");
    AddQueryOrList(e.query, e.list);
  }
  void operator()(const Exists& e) {
    p.Add("EXISTS ");
    p.AddParenthesizedQuery(*e.query);
  }
  void operator()(const ScalarSubquery& e) { p.AddParenthesizedQuery(*e.query); }
  void operator()(const Case& e) {
    p.Add("CASE");
    for (const CaseBranch& branch : e.branches) {
      p.Add(" WHEN ");
      p.PrintExpr(branch.condition);
      p.Add(" THEN ");
      p.PrintExpr(branch.result);
    }
    p.Add(" ELSE ");
    p.PrintExpr(*e.otherwise);
    p.Add(" END");
  }
  void operator()(const Cast& e) {
    p.Add(e.is_try ? "TRY_CAST(" : "CAST(");
    p.PrintExpr(*e.operand);
    p.Add(" AS ");
    p.PrintType(e.type);
    p.Add(")");
  }
  void operator()(const RowValue& e) {
    p.Add("ROW(");
    p.AddExprs(e.items);
    p.Add(")");
  }
  void operator()(const Collection& e) {
    switch (e.kind) {
      case CollectionKind::kArray: p.Add("ARRAY"); break;
      case CollectionKind::kMap: p.Add("MAP"); break;
      case CollectionKind::kMultiset: p.Add("MULTISET"); break;
    }
    if (e.query) {
      p.Add(" (");      // two pairs, as Flink prints it
      p.AddParenthesizedQuery(*e.query);
      p.Add(")");
      return;
    }
    p.Add("[");
    p.AddExprs(e.items);
    p.Add("]");
  }
  void operator()(const Subscript& e) {
    p.AddOperand(*e.base, kPrimary, false);
    p.Add("[");
    p.PrintExpr(*e.index);
    p.Add("]");
  }
  // A column in front needs its parentheses: r.a would be the column a of a table r. So does a number: 1.e2.
  void operator()(const FieldAccess& e) {
    bool parentheses = e.base->As<ColumnRef>() || e.base->As<Literal>() || Precedence(*e.base) < kPrimary;
    p.AddIf(parentheses, "(");
    p.PrintExpr(*e.base);
    p.AddIf(parentheses, ")");
    p.Add(".");
    p.AddIdentifier(e.field);
  }
  void operator()(const Call& e) { p.AddCall(e); }
  void operator()(const Symbol& e) { p.Add(e.word); }
  void operator()(const TypeArgument& e) { p.PrintType(e.type); }
  void operator()(const TableArgument& e) { p.AddTableArgument(e); }
  void operator()(const Descriptor& e) {
    p.Add("DESCRIPTOR(");
    p.AddIdentifiers(e.columns);
    p.Add(")");
  }
  void operator()(const DefaultValue&) { p.Add("DEFAULT"); }
  void operator()(const Parameter&) { p.Add("?"); }
  void operator()(const IntervalDifference& e) {
    p.Add("(");
    p.AddOperand(*e.left, kSum, false);
    p.Add(" - ");
    p.AddOperand(*e.right, kSum, true);
    p.Add(") ");
    p.AddQualifier(e.unit);
  }
  void operator()(const IntervalOf& e) {
    bool plain = e.operand->As<ColumnRef>() || (e.operand->As<Literal>() && Precedence(*e.operand) == kPrimary);
    p.Add(plain ? "INTERVAL " : "INTERVAL (");
    p.PrintExpr(*e.operand);
    p.Add(plain ? " " : ") ");
    p.AddQualifier(e.unit);
  }
};

void Printer::PrintExpr(const Expr& expr) { std::visit(ExprPrinter{*this}, expr.node); }

}  // namespace internal

std::string Print(const Statement& statement, const PrintOptions& options) {
  internal::Printer printer(options);
  printer.PrintStatement(statement);
  return printer.Take();
}
std::string Print(const Query& query, const PrintOptions& options) {
  internal::Printer printer(options);
  printer.PrintQuery(query);
  return printer.Take();
}
std::string Print(const Expr& expr, const PrintOptions& options) {
  internal::Printer printer(options);
  printer.PrintExpr(expr);
  return printer.Take();
}
std::string Print(const DataType& type, const PrintOptions& options) {
  internal::Printer printer(options);
  printer.PrintType(type);
  return printer.Take();
}
std::string Print(const Name& name, const PrintOptions& options) {
  internal::Printer printer(options);
  printer.PrintName(name);
  return printer.Take();
}

}  // namespace tarn::sql
