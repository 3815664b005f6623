// The text functions without patterns: ||, SUBSTRING, TRIM, UPPER, LPAD ... Positions are 1-based and count code points.
#include <fmt/format.h>

#include "base/utf8.h"
#include "encoding.h"
#include "expr/define.h"
#include "table/registry.h"
#include "unicode.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;
using View = std::string_view;

constexpr Family kC = Family::kCharacter;
constexpr Family kI = Family::kLong;

FunctionSpec ToText(const char* name, Shape shape, std::function<Result<arrow::Datum>(const CallArgs&)> f, const char* doc, const char* example,
                    Nulls nulls = Nulls::kIfAnyArgument) {
  return {name, Takes(name, std::move(shape), LogicalType::String(), nulls), std::move(f), doc, example};
}
FunctionSpec ToInt(const char* name, Shape shape, std::function<Result<arrow::Datum>(const CallArgs&)> f, const char* doc, const char* example) {
  return {name, Takes(name, std::move(shape), LogicalType::Int()), std::move(f), doc, example};
}

// CHAR(n)/VARCHAR(n) stay what they are.
Result<LogicalType> KeepLength(std::span<const Argument> args) { return args[0].type.is_character() ? args[0].type : LogicalType::String(); }

Resolver ConcatType(const char* name) {
  return [name](std::span<const Argument> args) -> Result<Signature> {
    if (args.size() < (name[0] == '|' ? 2u : 1u)) return WrongCount(name, 2);
    Signature s;
    int64_t length = 0;
    bool fixed = true, binary = args[0].type.is_binary();
    for (const Argument& a : args) {
      if (a.type.root() == TypeRoot::kNull) return Status::InvalidSql("Illegal use of 'NULL'");
      if (binary ? !a.type.is_binary() : !a.type.is_character()) return CannotApply(name, args, fmt::format("'<STRING> {} <STRING>'", name));
      fixed = fixed && (a.type.root() == TypeRoot::kChar || a.type.root() == TypeRoot::kBinary);
      length = std::min<int64_t>(types::kMaxLength, length + a.type.length());
      s.arguments.push_back(a.type);
    }
    const int n = static_cast<int>(length);
    if (name[0] != '|') s.result = LogicalType::String();
    else if (binary) s.result = fixed ? LogicalType::Binary(n) : LogicalType::VarBinary(n);
    else s.result = fixed ? LogicalType::Char(n) : LogicalType::VarChar(n);
    s.result = s.result.WithNullable(AnyNullable(args));
    return s;
  };
}

Result<arrow::Datum> Concat(const CallArgs& c) {
  std::vector<Column<View>> in;
  for (const arrow::Datum& d : c.args) in.emplace_back(d);
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    bool null = false;
    for (const auto& col : in) {
      if (col.IsNull(i)) {
        null = true;
        break;
      }
      out.text()->append(col[i]);
    }
    if (null) {
      out.Null();
      continue;
    }
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> ConcatWs(const CallArgs& c) {
  std::vector<Column<View>> in;
  for (const arrow::Datum& d : c.args) in.emplace_back(d);
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in[0].IsNull(i)) {
      out.Null();
      continue;
    }
    bool first = true;
    for (size_t k = 1; k < in.size(); ++k) {
      if (in[k].IsNull(i)) continue;
      if (!first) out.text()->append(in[0][i]);
      out.text()->append(in[k][i]);
      first = false;
    }
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

// Flink's substring: 0 acts as 1, a negative start counts from the end, a negative length gives NULL.
bool Substring(View s, int64_t start, int64_t length, std::string* out) {
  if (length < 0) return false;
  const bool ascii = IsAscii(s);
  int64_t n = ascii ? static_cast<int64_t>(s.size()) : CodePoints(s);
  int64_t from = start > 0 ? start - 1 : start < 0 ? n + start : 0;
  int64_t to = length > n ? from + n - std::min<int64_t>(from, 0) : from + length;   // no overflow
  if (from < 0) return true;   // counted from before the beginning: nothing
  if (to > n) to = n;
  if (from >= to) return true;
  if (ascii) {
    out->append(s.substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
    return true;
  }
  size_t a = OffsetOf(s, from);
  out->append(s.substr(a, OffsetOf(s.substr(a), to - from)));
  return true;
}

Result<arrow::Datum> SubstringCall(const CallArgs& c) {
  if (c.size() == 2) return MapText<View, int64_t>(c, [](std::string* out, View s, int64_t from) { return Substring(s, from, INT32_MAX, out); });
  return MapText<View, int64_t, int64_t>(c, [](std::string* out, View s, int64_t from, int64_t n) { return Substring(s, from, n, out); });
}

// The character argument of TRIM is a set.
View TrimSet(View s, View set, bool left, bool right) {
  auto next = [](View v) {
    size_t n = 1;
    while (n < v.size() && (static_cast<unsigned char>(v[n]) & 0xc0) == 0x80) ++n;
    return v.substr(0, n);
  };
  auto last = [](View v) {
    size_t n = v.size() - 1;
    while (n > 0 && (static_cast<unsigned char>(v[n]) & 0xc0) == 0x80) --n;
    return v.substr(n);
  };
  auto member = [&](View one) {
    for (size_t i = 0; i < set.size();) {
      View m = next(set.substr(i));
      if (m == one) return true;
      i += m.size();
    }
    return false;
  };
  while (left && !s.empty() && member(next(s))) s.remove_prefix(next(s).size());
  while (right && !s.empty() && member(last(s))) s.remove_suffix(last(s).size());
  return s;
}

Result<arrow::Datum> Trim(const CallArgs& c) {
  return MapText<View, View, View>(c, [](std::string* out, View mode, View set, View s) { out->append(TrimSet(s, set, mode != "TRAILING", mode != "LEADING")); });
}

FunctionSpec SideTrim(const char* name, bool left, const char* doc, const char* example) {
  return ToText(name, {{kC, kC}, 1},
                [left](const CallArgs& c) {
                  if (c.size() == 1) return MapText<View>(c, [left](std::string* out, View s) { out->append(TrimSet(s, " ", left, !left)); });
                  return MapText<View, View>(c, [left](std::string* out, View s, View set) { out->append(TrimSet(s, set, left, !left)); });
                },
                doc, example);
}

// 1-based position of `needle` in `s` at or after code point `start`; the nth such; 0: none.
int32_t Find(View s, View needle, int64_t start, int64_t nth) {
  if (nth < 1) return 0;
  start = std::max<int64_t>(start, 1);
  if (needle.empty()) return start <= CodePoints(s) + 1 ? static_cast<int32_t>(start) : 0;
  size_t from = OffsetOf(s, start - 1);
  if (start > 1 && from >= s.size()) return 0;
  for (; nth > 0; --nth) {
    from = s.find(needle, from);
    if (from == View::npos) return 0;
    if (nth > 1) ++from;
  }
  return static_cast<int32_t>(CodePoints(s.substr(0, from))) + 1;
}

// INSTR with a negative start searches backwards from that place.
int32_t FindBackwards(View s, View needle, int64_t start, int64_t nth) {
  int64_t n = CodePoints(s), at = n + start;
  if (at < 0 || nth < 1) return 0;
  size_t from = OffsetOf(s, at);
  for (; nth > 0; --nth) {
    from = s.rfind(needle, from);
    if (from == View::npos) return 0;
    if (nth > 1) {
      if (from == 0) return 0;
      --from;
    }
  }
  return static_cast<int32_t>(CodePoints(s.substr(0, from))) + 1;
}

bool Pad(View s, int64_t length, View pad, bool left, std::string* out) {
  if (length < 0 || pad.empty()) return false;
  int64_t n = CodePoints(s);
  if (n >= length) {
    out->append(s.substr(0, OffsetOf(s, length)));
    return true;
  }
  if (!left) out->append(s);
  int64_t missing = length - n, unit = CodePoints(pad);
  for (int64_t k = 0; k < missing / unit; ++k) out->append(pad);
  out->append(pad.substr(0, OffsetOf(pad, missing % unit)));
  if (left) out->append(s);
  return true;
}

void Replace(View s, View from, View to, std::string* out) {
  if (from.empty()) {
    out->append(s);
    return;
  }
  for (size_t i = 0;;) {
    size_t at = s.find(from, i);
    out->append(s.substr(i, at == View::npos ? View::npos : at - i));
    if (at == View::npos) return;
    out->append(to);
    i = at + from.size();
  }
}

// As Flink: a length of 0 or less drops what follows.
void Overlay(View s, View r, int64_t start, int64_t length, std::string* out) {
  int64_t n = CodePoints(s);
  if (start <= 0 || start > n) {
    out->append(s);
    return;
  }
  out->append(s.substr(0, OffsetOf(s, start - 1)));
  out->append(r);
  if (length > 0 && start - 1 + length < n) out->append(s.substr(OffsetOf(s, start - 1 + length)));
}

Status RegisterSearch(FunctionRegistry& r) {
  TRY(Define(r, ToInt("POSITION", {{kC, kC}}, [](const CallArgs& c) { return MapFixed<int32_t, View, View>(c, [](View a, View b) { return Find(b, a, 1, 1); }); },
                      "Position of the first text in the second; 0 when absent.", "POSITION('b' IN 'abc') -- 2")));
  TRY(Define(r, ToInt("LOCATE", {{kC, kC, kI}, 1},
                      [](const CallArgs& c) {
                        if (c.size() == 2) return MapFixed<int32_t, View, View>(c, [](View a, View b) { return Find(b, a, 1, 1); });
                        return MapFixed<int32_t, View, View, int64_t>(c, [](View a, View b, int64_t from) { return Find(b, a, from, 1); });
                      },
                      "Position of the first text in the second, from a start on; 0 when absent.", "LOCATE('b', 'abcb', 3) -- 4")));
  TRY(Define(r, ToInt("INSTR", {{kC, kC, kI, kI}, 2},
                      [](const CallArgs& c) {
                        auto find = [](View s, View t, int64_t from, int64_t nth) { return from < 0 ? FindBackwards(s, t, from, nth) : Find(s, t, from, nth); };
                        if (c.size() == 2) return MapFixed<int32_t, View, View>(c, [](View s, View t) { return Find(s, t, 1, 1); });
                        if (c.size() == 3) return MapFixed<int32_t, View, View, int64_t>(c, [=](View s, View t, int64_t from) { return find(s, t, from, 1); });
                        return MapFixed<int32_t, View, View, int64_t, int64_t>(c, find);
                      },
                      "Position of the second text in the first, from a start on, its nth occurrence; 0 when absent.", "INSTR('abcb', 'b', 1, 2) -- 4")));
  return Status::OK();
}

Status RegisterCutting(FunctionRegistry& r) {
  TRY(Define(r, ToText("SUBSTRING", {{kC, kI, kI}, 1}, SubstringCall,
                       "Part of a text from a position, of a length. 0 acts as 1, a negative start counts from the end, a negative length gives NULL.",
                       "SUBSTRING('hello', -3, 2) -- 'll'")));
  TRY(r.AddAlias("SUBSTR", "SUBSTRING"));
  TRY(Define(r, ToText("LEFT", {{kC, kI}},
                       [](const CallArgs& c) {
                         return MapText<View, int64_t>(c, [](std::string* out, View s, int64_t n) { out->append(n <= 0 ? View() : s.substr(0, OffsetOf(s, n))); });
                       },
                       "The first n characters; '' for a negative n.", "LEFT('hello', 2) -- 'he'")));
  TRY(Define(r, ToText("RIGHT", {{kC, kI}},
                       [](const CallArgs& c) {
                         return MapText<View, int64_t>(c, [](std::string* out, View s, int64_t n) {
                           int64_t all = CodePoints(s);
                           if (n > 0) out->append(n >= all ? s : s.substr(OffsetOf(s, all - n)));
                         });
                       },
                       "The last n characters; '' for a negative n.", "RIGHT('hello', 2) -- 'lo'")));
  TRY(Define(r, ToText("TRIM", {{Family::kSymbol, kC, kC}}, Trim, "Removes characters of a set (blank) from both ends, the LEADING or the TRAILING one.",
                       "TRIM(LEADING 'ab' FROM 'abac') -- 'c'")));
  TRY(Define(r, SideTrim("LTRIM", true, "Removes characters of a set (blank) from the left.", "LTRIM('  a') -- 'a'")));
  TRY(Define(r, SideTrim("RTRIM", false, "Removes characters of a set (blank) from the right.", "RTRIM('a  ') -- 'a'")));
  auto pad = [](bool left) {
    return [left](const CallArgs& c) {
      return MapText<View, int64_t, View>(c, [left](std::string* out, View s, int64_t n, View p) { return Pad(s, n, p, left, out); });
    };
  };
  TRY(Define(r, ToText("LPAD", {{kC, kI, kC}}, pad(true), "Fills up to a length on the left, or cuts; NULL for a negative length or an empty filler.", "LPAD('hi', 4, 'ab') -- 'abhi'")));
  TRY(Define(r, ToText("RPAD", {{kC, kI, kC}}, pad(false), "Fills up to a length on the right, or cuts; NULL for a negative length or an empty filler.", "RPAD('hi', 4, 'ab') -- 'hiab'")));
  TRY(Define(r, ToText("REPEAT", {{kC, kI}},
                       [](const CallArgs& c) {
                         return MapText<View, int64_t>(c, [](std::string* out, View s, int64_t n) -> Status {
                           if (n > 0 && static_cast<double>(s.size()) * static_cast<double>(n) > INT32_MAX) return Status::Exhausted("the result of REPEAT is larger than 2 GB");
                           for (int64_t k = 0; k < n; ++k) out->append(s);
                           return Status::OK();
                         });
                       },
                       "A text repeated.", "REPEAT('ab', 2) -- 'abab'")));
  TRY(Define(r, ToText("REPLACE", {{kC, kC, kC}},
                       [](const CallArgs& c) { return MapText<View, View, View>(c, [](std::string* out, View s, View a, View b) { Replace(s, a, b, out); }); },
                       "Every occurrence of a text replaced by another.", "REPLACE('hello', 'l', 'L') -- 'heLLo'")));
  TRY(Define(r, ToText("OVERLAY", {{kC, kC, kI, kI}, 1},
                       [](const CallArgs& c) {
                         if (c.size() == 3) return MapText<View, View, int64_t>(c, [](std::string* out, View s, View p, int64_t at) { Overlay(s, p, at, CodePoints(p), out); });
                         return MapText<View, View, int64_t, int64_t>(c, [](std::string* out, View s, View p, int64_t at, int64_t n) { Overlay(s, p, at, n, out); });
                       },
                       "Part of a text replaced, from a position on.", "OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6) -- 'xxxxxxxxx'")));
  TRY(Define(r, ToText("SPLIT_INDEX", {{kC, Family::kAny, kI}},
                       [](const CallArgs& c) -> Result<arrow::Datum> {
                         auto piece = [](std::string* out, View s, View d, int64_t n) {
                           if (n < 0 || s.empty() || d.empty()) return false;   // an empty text has no piece
                           size_t at = 0;
                           for (;; --n) {
                             size_t end = s.find(d, at);
                             if (n == 0) {
                               out->append(s.substr(at, end == View::npos ? end : end - at));
                               return true;
                             }
                             if (end == View::npos) return false;
                             at = end + d.size();
                           }
                         };
                         if (c.types[1].is_character()) return MapText<View, View, int64_t>(c, piece);
                         if (c.types[1].root() != TypeRoot::kInteger) return Status::InvalidSql("SPLIT_INDEX takes a delimiter of type STRING or INT");
                         return MapText<View, int32_t, int64_t>(c, [&](std::string* out, View s, int32_t code, int64_t n) {
                           std::string d;
                           if (code < 0) return false;
                           AppendUtf8(static_cast<char32_t>(code), &d);
                           return piece(out, s, d, n);
                         });
                       },
                       "The nth piece (from 0) of a text cut at a delimiter, which may be a character code; NULL out of range.", "SPLIT_INDEX('a|b', 124, 0) -- 'a'",
                       Nulls::kAlways)));
  return Status::OK();
}

Status RegisterCase(FunctionRegistry& r) {
  auto same_length = [&r](const char* name, void (*f)(View, std::string*), const char* doc, const char* example) {
    return Define(r, {name, Takes(name, {{kC}}, KeepLength), [f](const CallArgs& c) { return MapText<View>(c, [f](std::string* out, View s) { f(s, out); }); }, doc, example});
  };
  TRY(same_length("UPPER", AppendUpper, "Upper case.", "UPPER('a') -- 'A'"));
  TRY(same_length("LOWER", AppendLower, "Lower case.", "LOWER('A') -- 'a'"));
  TRY(same_length("INITCAP", AppendInitCap, "Each word with an upper-case first letter; a word starts after any character that is no letter and no digit.",
                  "INITCAP('hello world-foo') -- 'Hello World-Foo'"));
  TRY(Define(r, ToInt("CHAR_LENGTH", {{kC}}, [](const CallArgs& c) { return MapFixed<int32_t, View>(c, [](View s) { return static_cast<int32_t>(CodePoints(s)); }); },
                      "Number of characters.", "CHAR_LENGTH('abc') -- 3")));
  TRY(r.AddAlias("CHARACTER_LENGTH", "CHAR_LENGTH"));
  TRY(Define(r, ToText("REVERSE", {{kC}},
                       [](const CallArgs& c) {
                         return MapText<View>(c, [](std::string* out, View s) {
                           if (IsAscii(s)) {
                             out->append(s.rbegin(), s.rend());
                             return;
                           }
                           std::u32string u = Decode(s);
                           for (size_t i = u.size(); i-- > 0;) AppendUtf8(u[i], out);
                         });
                       },
                       "A text backwards.", "REVERSE('abc') -- 'cba'")));
  TRY(Define(r, ToInt("ASCII", {{kC}},
                      [](const CallArgs& c) { return MapFixed<int32_t, View>(c, [](View s) { return s.empty() ? 0 : static_cast<int32_t>(static_cast<signed char>(s[0])); }); },
                      "The first byte of the UTF-8 text as a signed number; 0 for ''.", "ASCII('a') -- 97")));
  TRY(Define(r, ToText("CHR", {{kI}},
                       [](const CallArgs& c) {
                         return MapText<int64_t>(c, [](std::string* out, int64_t v) {
                           if (v >= 0) AppendUtf8(static_cast<char32_t>(v & 0xff), out);
                         });
                       },
                       "The character of a code, modulo 256; '' for a negative one.", "CHR(353) -- 'a'")));
  return Status::OK();
}
}  // namespace

Status Register_function_string(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(Define(r, {"||", ConcatType("||"), Concat, "Texts joined; NULL when one is.", "'a' || 'b' -- 'ab'"}));
  TRY(Define(r, {"CONCAT", ConcatType("CONCAT"), Concat, "Texts joined; NULL when one is.", "CONCAT('a', 'b') -- 'ab'"}));
  TRY(Define(r, {"CONCAT_WS", Takes("CONCAT_WS", {{kC, kC}, 1, true}, [](std::span<const Argument> a) -> Result<LogicalType> { return LogicalType::String().WithNullable(a[0].type.nullable()); }, Nulls::kIfAnyArgument),
                 ConcatWs, "Texts joined by a separator; NULLs are skipped, empty texts are not.", "CONCAT_WS('~', 'a', 'b') -- 'a~b'"}));
  TRY(RegisterSearch(r));
  TRY(RegisterCutting(r));
  TRY(RegisterCase(r));
  return RegisterEncoding(r);
}
}  // namespace tarn::plug
