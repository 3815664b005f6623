// + - * / % and unary minus, for numbers, dates, times, timestamps and intervals. The numeric loops are the engine's hottest.
#include <cmath>
#include <limits>

#include "decimal.h"
#include "expr/define.h"
#include "interval.h"
#include "table/registry.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

namespace {
enum class Op { kPlus, kMinus, kTimes, kDivide, kModulo };

const char* Sign(Op op) {
  static constexpr const char* kSigns[] = {"+", "-", "*", "/", "%"};
  return kSigns[static_cast<int>(op)];
}

const char* Forms(Op op) {
  switch (op) {
    case Op::kPlus: return "'<NUMERIC> + <NUMERIC>'\n'<DATETIME_INTERVAL> + <DATETIME_INTERVAL>'\n'<DATETIME> + <DATETIME_INTERVAL>'\n'<DATETIME_INTERVAL> + <DATETIME>'";
    case Op::kMinus: return "'<NUMERIC> - <NUMERIC>'\n'<DATETIME_INTERVAL> - <DATETIME_INTERVAL>'\n'<DATETIME> - <DATETIME_INTERVAL>'";
    case Op::kTimes: return "'<NUMERIC> * <NUMERIC>'\n'<DATETIME_INTERVAL> * <NUMERIC>'\n'<NUMERIC> * <DATETIME_INTERVAL>'";
    case Op::kDivide: return "'<NUMERIC> / <NUMERIC>'\n'<DATETIME_INTERVAL> / <NUMERIC>'";
    case Op::kModulo: return "'<EXACT_NUMERIC> % <EXACT_NUMERIC>'";
  }
  return "";
}

Result<Signature> ResolveNumeric(Op op, LogicalType a, LogicalType b, bool nullable) {
  Signature s;
  if (a.is_approximate() || b.is_approximate() || (a.is_integer() && b.is_integer())) {
    LogicalType t = TRY(CommonType({a, b}));
    s.result = op == Op::kModulo && b.is_integer() ? b : t;
    s.arguments = {t.WithNullable(a.nullable()), t.WithNullable(b.nullable())};
  } else {
    s.result = DecimalResult(static_cast<DecimalOp>(op), a, b);
    s.arguments = {AsDecimal(a), AsDecimal(b)};
    if (op == Op::kModulo && b.is_integer()) s.result = DecimalResult(DecimalOp::kModulo, a, b);
  }
  s.result = s.result.WithNullable(nullable);
  return s;
}

bool IsDatetime(const LogicalType& t) { return t.is_timestamp() || t.root() == TypeRoot::kDate || t.root() == TypeRoot::kTime; }

Result<Signature> Resolve(Op op, std::span<const Argument> args) {
  if (args.size() != 2) return WrongCount(Sign(op), 2);
  LogicalType a = args[0].type, b = args[1].type;
  const bool nullable = a.nullable() || b.nullable();
  // An untyped NULL takes the other side's type.
  if (a.root() == TypeRoot::kNull) a = (b.root() == TypeRoot::kNull || IsDatetime(b) ? LogicalType::Int() : b).WithNullable(true);
  if (b.root() == TypeRoot::kNull) b = (IsDatetime(a) ? LogicalType::IntervalDayTime("DAY TO SECOND") : a).WithNullable(true);
  auto plain = [&](const LogicalType& t) { return t.WithNullable(nullable).WithTimeAttribute(types::TimeAttribute::kNone); };
  if (a.is_numeric() && b.is_numeric()) return ResolveNumeric(op, a, b, nullable);
  if (op == Op::kPlus && a.is_interval() && IsDatetime(b)) return Signature{plain(b), {a, b}};
  if ((op == Op::kPlus || op == Op::kMinus) && IsDatetime(a) && b.is_interval()) return Signature{plain(a), {a, b}};
  if ((op == Op::kPlus || op == Op::kMinus) && a.is_interval() && a.root() == b.root()) {
    LogicalType t = TRY(CommonType({a, b}));
    return Signature{plain(t), {t, t}};
  }
  if (op == Op::kMinus && IsDatetime(a) && IsDatetime(b)) {   // (t1 - t2) DAY ...: the binder casts the result
    LogicalType t = TRY(CommonType({a, b}));
    return Signature{plain(LogicalType::IntervalDayTime("DAY TO SECOND")), {t, t}};
  }
  if ((op == Op::kTimes || op == Op::kDivide) && a.is_interval() && b.is_numeric()) return Signature{plain(a), {a, LogicalType::Double().WithNullable(b.nullable())}};
  if (op == Op::kTimes && a.is_numeric() && b.is_interval()) return Signature{plain(b), {LogicalType::Double().WithNullable(a.nullable()), b}};
  return CannotApply(Sign(op), args, Forms(op));
}

// out[i] = f(a, b), in blocks of a length that the compiler knows, so that it uses the vector unit at -O2.
template <typename T, typename F>
inline void Rows(T* out, const T* a, int64_t sa, const T* b, int64_t sb, int64_t n, F f) {
  constexpr int kBlock = 64;
  int64_t i = 0;
  if (sa == 1 && sb == 1) {
    for (; i + kBlock <= n; i += kBlock)
      for (int j = 0; j < kBlock; ++j) out[i + j] = f(a[i + j], b[i + j]);
    for (; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (sb == 0 && sa == 1) {
    const T v = *b;
    for (; i + kBlock <= n; i += kBlock)
      for (int j = 0; j < kBlock; ++j) out[i + j] = f(a[i + j], v);
    for (; i < n; ++i) out[i] = f(a[i], v);
  } else if (sa == 0 && sb == 1) {
    const T v = *a;
    for (; i + kBlock <= n; i += kBlock)
      for (int j = 0; j < kBlock; ++j) out[i + j] = f(v, b[i + j]);
    for (; i < n; ++i) out[i] = f(v, b[i]);
  } else {
    for (; i < n; ++i) out[i] = f(*a, *b);
  }
}

template <typename T>
inline T Wrapping(Op op, T a, T b) {
  using U = std::conditional_t<sizeof(T) <= 4, uint32_t, uint64_t>;
  if (op == Op::kPlus) return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  if (op == Op::kMinus) return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
  return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
}

template <typename T>
inline T DivideInteger(T a, T b) { return b == -1 ? static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a)) : static_cast<T>(a / b); }

template <typename T>
Result<arrow::Datum> Typed(Op op, const CallArgs& c, const LogicalType& type) {
  auto validity = IntersectValidity(c.args, c.rows);
  if (!validity) return AllNull(type, c.rows);
  Column<T> a(c.args[0]), b(c.args[1]);
  const int64_t sa = a.constant() ? 0 : 1, sb = b.constant() ? 0 : 1;
  auto values = NewBuffer(c.rows * sizeof(T));
  T* out = reinterpret_cast<T*>(values->mutable_data());
  const T *x = a.values(), *y = b.values();
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Op::kPlus: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return p + q; }); break;
      case Op::kMinus: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return p - q; }); break;
      case Op::kTimes: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return p * q; }); break;
      case Op::kDivide: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return p / q; }); break;
      case Op::kModulo: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return std::fmod(p, q); }); break;
    }
  } else {
    switch (op) {
      case Op::kPlus: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return Wrapping(Op::kPlus, p, q); }); break;
      case Op::kMinus: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return Wrapping(Op::kMinus, p, q); }); break;
      case Op::kTimes: Rows(out, x, sa, y, sb, c.rows, [](T p, T q) { return Wrapping(Op::kTimes, p, q); }); break;
      default: {
        const uint8_t* valid = *validity ? (*validity)->data() : nullptr;
        for (int64_t i = 0; i < c.rows; ++i) {
          T d = y[i * sb];
          if (d == 0) [[unlikely]] {
            if (!valid || arrow::bit_util::GetBit(valid, i)) return Status::InvalidSql("/ by zero");
            out[i] = 0;
            continue;
          }
          if (op == Op::kDivide) out[i] = DivideInteger<T>(x[i * sa], d);
          else out[i] = d == -1 ? T{0} : static_cast<T>(x[i * sa] % d);
        }
      }
    }
  }
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(type), c.rows, {*validity, std::move(values)}));
}

Result<arrow::Datum> Evaluate(Op op, const CallArgs& c) {
  const LogicalType& t = c.types[0];
  if (!t.is_numeric() || !c.types[1].is_numeric()) return EvaluateInterval(Sign(op)[0], c);
  LogicalType as = t.WithNullable(true);
  arrow::Datum out;
  switch (t.root()) {
    case TypeRoot::kTinyInt: out = TRY(Typed<int8_t>(op, c, as)); break;
    case TypeRoot::kSmallInt: out = TRY(Typed<int16_t>(op, c, as)); break;
    case TypeRoot::kInteger: out = TRY(Typed<int32_t>(op, c, as)); break;
    case TypeRoot::kBigInt: out = TRY(Typed<int64_t>(op, c, as)); break;
    case TypeRoot::kFloat: out = TRY(Typed<float>(op, c, as)); break;
    case TypeRoot::kDouble: out = TRY(Typed<double>(op, c, as)); break;
    default: return EvaluateDecimal(static_cast<DecimalOp>(op), c);
  }
  if (c.result.root() == t.root()) return out;
  return arrow::Datum(TRY(CastNumber(c.context, out.make_array(), as, c.result)));   // MOD(BIGINT, INT) is INT
}

FunctionSpec Operator(Op op, const char* doc, const char* example) {
  FunctionSpec s{Sign(op), [op](std::span<const Argument> args) { return Resolve(op, args); }, [op](const CallArgs& c) { return Evaluate(op, c); }, doc, example};
  if (op == Op::kDivide || op == Op::kModulo) {
    s.may_fail = [](const std::vector<ExprPtr>& args, const LogicalType& result) {
      if (result.is_approximate()) return false;
      const auto* l = std::get_if<Literal>(&args[1]->node);
      if (!l) {   // a cast literal counts as one
        const auto* cast = std::get_if<Call>(&args[1]->node);
        if (cast && cast->args.size() == 1) l = std::get_if<Literal>(&cast->args[0]->node);
      }
      return !l || !l->value->is_valid || l->value->ToString().find_first_not_of("0.-") == std::string::npos;
    };
  }
  return s;
}

template <typename T>
Result<arrow::Datum> NegateTyped(const CallArgs& c) {
  auto validity = IntersectValidity(c.args, c.rows);
  if (!validity) return AllNull(c.result, c.rows);
  Column<T> a(c.args[0]);
  auto values = NewBuffer(c.rows * sizeof(T));
  T* out = reinterpret_cast<T*>(values->mutable_data());
  const int64_t s = a.constant() ? 0 : 1;
  for (int64_t i = 0; i < c.rows; ++i) {
    if constexpr (std::is_integral_v<T>) out[i] = static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a.values()[i * s]));
    else out[i] = -a.values()[i * s];
  }
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {*validity, std::move(values)}));
}

Result<arrow::Datum> Negate(const CallArgs& c) {
  switch (c.result.root()) {
    case TypeRoot::kTinyInt: return NegateTyped<int8_t>(c);
    case TypeRoot::kSmallInt: return NegateTyped<int16_t>(c);
    case TypeRoot::kInteger:
    case TypeRoot::kIntervalYearMonth: return NegateTyped<int32_t>(c);
    case TypeRoot::kBigInt:
    case TypeRoot::kIntervalDayTime: return NegateTyped<int64_t>(c);
    case TypeRoot::kFloat: return NegateTyped<float>(c);
    case TypeRoot::kDouble: return NegateTyped<double>(c);
    default: return NegateTyped<arrow::Decimal128>(c);
  }
}
}  // namespace

Status RegisterMath(FunctionRegistry& r);
Status RegisterRoundingToUnit(FunctionRegistry& r);

Status Register_function_arithmetic(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(Define(r, Operator(Op::kPlus, "Sum; also a date, time or timestamp plus an interval. Integers wrap around.", "1 + 2 -- 3")));
  TRY(Define(r, Operator(Op::kMinus, "Difference; also a date, time or timestamp minus an interval.", "3 - 2 -- 1")));
  TRY(Define(r, Operator(Op::kTimes, "Product; also an interval times a number.", "2 * 3 -- 6")));
  TRY(Define(r, Operator(Op::kDivide, "Quotient; integers truncate toward zero, and fail when divided by zero.", "5 / 2 -- 2")));
  TRY(Define(r, Operator(Op::kModulo, "Remainder with the sign of the dividend.", "-5 % 3 -- -2")));
  TRY(Define(r, {"NEGATE",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.size() != 1) return WrongCount("-", 1);
                   LogicalType t = args[0].type.root() == TypeRoot::kNull ? LogicalType::Int() : args[0].type;
                   if (!t.is_numeric() && !t.is_interval()) return CannotApply("-", args, "'-<NUMERIC>'\n'-<DATETIME_INTERVAL>'");
                   return Signature{t, {t}};
                 },
                 Negate, "Unary minus.", "-(1) -- -1"}));
  TRY(RegisterMath(r));
  return RegisterRoundingToUnit(r);
}
}  // namespace tarn::plug
