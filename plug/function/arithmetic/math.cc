// The arithmetic functions: ABS, ROUND, POWER, trigonometry, RAND, BIN, HEX ...
#include <cmath>
#include <random>

#include "base/text.h"
#include "decimal.h"
#include "expr/cast.h"
#include "expr/define.h"

namespace tarn::plug {
using namespace tarn::expr;
using arrow::Decimal128;
using types::LogicalType;
using types::TypeRoot;

namespace {
inline Int128 Load(const Decimal128& d) { return static_cast<Int128>(static_cast<unsigned __int128>(static_cast<uint64_t>(d.high_bits())) << 64 | d.low_bits()); }
inline Decimal128 Store(Int128 v) { return Decimal128(static_cast<int64_t>(v >> 64), static_cast<uint64_t>(v)); }

FunctionSpec Real1(const char* name, double (*f)(double), const char* doc, const char* example) {
  return {name, Takes(name, {{Family::kDouble}}, LogicalType::Double()), [f](const CallArgs& c) { return MapFixed<double, double>(c, f); }, doc, example};
}
FunctionSpec Real2(const char* name, double (*f)(double, double), const char* doc, const char* example) {
  return {name, Takes(name, {{Family::kDouble, Family::kDouble}}, LogicalType::Double()), [f](const CallArgs& c) { return MapFixed<double, double, double>(c, f); }, doc,
          example};
}

// Runs f with a value of the argument's C++ type.
template <typename F>
Result<arrow::Datum> ByNumericType(const LogicalType& t, F f) {
  switch (t.root()) {
    case TypeRoot::kTinyInt: return f(int8_t{});
    case TypeRoot::kSmallInt: return f(int16_t{});
    case TypeRoot::kInteger: return f(int32_t{});
    case TypeRoot::kBigInt: return f(int64_t{});
    case TypeRoot::kFloat: return f(float{});
    case TypeRoot::kDouble: return f(double{});
    default: return f(Decimal128{});
  }
}

Result<LogicalType> SameType(std::span<const Argument> args) { return args[0].type.root() == TypeRoot::kNull ? LogicalType::Int() : args[0].type; }

Result<arrow::Datum> Abs(const CallArgs& c) {
  return ByNumericType(c.result, [&]<typename T>(T) {
    return MapFixed<T, T>(c, [](T v) -> T {
      if constexpr (std::is_integral_v<T>) return v < 0 ? static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(v)) : v;
      else if constexpr (std::is_floating_point_v<T>) return std::fabs(v);
      else return v < Decimal128(0) ? -v : v;
    });
  });
}

Result<arrow::Datum> SignOf(const CallArgs& c) {
  const Int128 one = c.result.root() == TypeRoot::kDecimal ? PowerOfTen(c.result.scale()) : 1;
  return ByNumericType(c.result, [&]<typename T>(T) {
    return MapFixed<T, T>(c, [one](T v) -> T {
      (void)one;
      if constexpr (std::is_floating_point_v<T>) return v != v ? v : static_cast<T>((v > 0) - (v < 0));
      else if constexpr (std::is_integral_v<T>) return static_cast<T>((v > 0) - (v < 0));
      else return v == Decimal128(0) ? v : Store(v < Decimal128(0) ? -one : one);
    });
  });
}

Resolver RoundingType(const char* name) {
  return Takes(name, {{Family::kNumeric}}, [](std::span<const Argument> args) -> Result<LogicalType> {
    const LogicalType& t = args[0].type;
    if (t.root() == TypeRoot::kNull) return LogicalType::Int();
    return t.root() == TypeRoot::kDecimal ? LogicalType::Decimal(t.precision(), 0) : t;
  });
}

Int128 FloorDivide(Int128 a, Int128 b) {
  Int128 q = a / b;
  return a % b < 0 ? q - 1 : q;
}

// CEIL and FLOOR of numbers; the temporal forms have two arguments and live in plug/function/temporal.
Result<arrow::Datum> CeilFloor(const CallArgs& c, bool ceil) {
  const Int128 unit = c.types[0].root() == TypeRoot::kDecimal ? PowerOfTen(c.types[0].scale()) : 1;
  return ByNumericType(c.result, [&]<typename T>(T) {
    return MapFixed<T, T>(c, [=](T v) -> T {
      if constexpr (std::is_floating_point_v<T>) return ceil ? std::ceil(v) : std::floor(v);
      else if constexpr (std::is_integral_v<T>) return (void)unit, v;
      else return Store(ceil ? -FloorDivide(-Load(v), unit) : FloorDivide(Load(v), unit));
    });
  });
}

// ROUND and TRUNCATE.
Resolver RoundShape(const char* name) {
  return Takes(name, {{Family::kNumeric, Family::kInt}, 1}, [](std::span<const Argument> args) -> Result<LogicalType> {
    const LogicalType& t = args[0].type;
    if (t.root() == TypeRoot::kNull) return LogicalType::Int();
    if (t.root() != TypeRoot::kDecimal) return t;
    int digits = 0;
    if (args.size() > 1) {
      if (!args[1].literal || !args[1].literal->is_valid || args[1].literal->type->id() != arrow::Type::INT32) return t;
      digits = static_cast<const arrow::Int32Scalar&>(*args[1].literal).value;
    }
    if (digits >= t.scale()) return t;
    if (digits < 0) return LogicalType::Decimal(std::min(38, 1 + t.precision() - t.scale()), 0);
    return LogicalType::Decimal(std::min(38, 1 + t.precision() - t.scale() + digits), digits);
  });
}

Int128 CutDigits(Int128 v, int drop, bool round) {   // v without its last `drop` digits, those being zero afterwards
  if (drop <= 0) return v;
  if (drop > 38) return 0;
  Int128 unit = PowerOfTen(drop), q = v / unit, r = v % unit;
  if (round && r != 0) {
    Int128 a = r < 0 ? -r : r;
    if (a >= unit - a) q += v < 0 ? -1 : 1;
  }
  return q * unit;
}

double CutReal(double v, int digits, bool round) {
  if (!std::isfinite(v) || digits > 300) return v;
  auto exact = DecimalOfDouble(v, 38, std::clamp(digits + 2, 12, 18));
  if (exact && digits <= 16 && digits >= -20) {   // through decimal digits, as Java's BigDecimal does
    int scale = std::clamp(digits + 2, 12, 18);
    Int128 cut = CutDigits(Load(*exact), scale - digits, round);
    return DoubleOfDecimal(Store(cut), scale);
  }
  double unit = std::pow(10.0, digits);
  double scaled = v * unit;
  double r = round ? std::round(scaled) : std::trunc(scaled);
  return std::isfinite(r) ? r / unit : v;
}

Result<arrow::Datum> Round(const CallArgs& c, bool round) {
  auto digits_of = [](int32_t d) { return std::clamp(d, -400, 400); };
  arrow::Datum zero(std::make_shared<arrow::Int32Scalar>(0));
  const arrow::Datum two[] = {c.args[0], c.size() > 1 ? c.args[1] : zero};
  const CallArgs call{c.context, two, c.types, c.result, c.rows};
  const int scale = c.types[0].scale(), result_scale = c.result.scale();
  return ByNumericType(c.result, [&]<typename T>(T) {
    return MapFixed<T, T, int32_t>(call, [=](T v, int32_t d) -> std::optional<T> {
      (void)scale, (void)result_scale;
      if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(CutReal(v, digits_of(d), round));
      } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(CutDigits(v, -digits_of(d), round));
      } else {
        Int128 cut = CutDigits(Load(v), scale - digits_of(d), round);
        if (result_scale < scale) cut /= PowerOfTen(scale - result_scale);
        return Store(cut);
      }
    });
  });
}

Result<arrow::Datum> Random(const CallArgs& c, bool integer) {
  // With a seed, the same sequence for each evaluator: Java's linear congruential generator.
  const bool seeded = integer ? c.size() == 2 : c.size() == 1;
  static thread_local std::mt19937_64 free_generator{std::random_device{}()};
  static thread_local std::map<std::pair<const void*, int32_t>, uint64_t> states;
  auto next = [&](uint64_t* state, int bits) {
    *state = (*state * 0x5DEECE66DULL + 0xB) & ((uint64_t{1} << 48) - 1);
    return static_cast<int32_t>(*state >> (48 - bits));
  };
  uint64_t* state = nullptr;
  if (seeded) {
    Column<int32_t> seed(c.args[0]);
    if (c.rows > 0 && seed.IsNull(0)) return AllNull(c.result, c.rows);
    int32_t value = c.rows > 0 ? seed[0] : 0;
    auto [it, fresh] = states.try_emplace({&c.context, value}, (static_cast<uint64_t>(static_cast<int64_t>(value)) ^ 0x5DEECE66DULL) & ((uint64_t{1} << 48) - 1));
    state = &it->second;
  }
  if (!integer) {
    FixedOutput<double> out(c.rows);
    for (int64_t i = 0; i < c.rows; ++i) {
      uint64_t bits = state ? (static_cast<uint64_t>(static_cast<uint32_t>(next(state, 26))) << 27) + static_cast<uint32_t>(next(state, 27)) : free_generator() >> 11;
      out.Set(i, static_cast<double>(bits) * 0x1.0p-53);
    }
    return out.Finish(c.result);
  }
  Column<int32_t> bound(c.args[seeded ? 1 : 0]);
  FixedOutput<int32_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (bound.IsNull(i)) { out.Null(i); continue; }
    int32_t n = bound[i];
    if (n <= 0) return Status::InvalidSql("bound must be positive");
    if (!state) {
      out.Set(i, static_cast<int32_t>(free_generator() % static_cast<uint64_t>(n)));
    } else if ((n & -n) == n) {
      out.Set(i, static_cast<int32_t>((static_cast<int64_t>(n) * next(state, 31)) >> 31));
    } else {
      int32_t r, v;
      do {
        r = next(state, 31);
        v = r % n;
      } while (static_cast<int64_t>(r) - v + (n - 1) > INT32_MAX);
      out.Set(i, v);
    }
  }
  return out.Finish(c.result);
}

void AppendHex(uint64_t v, std::string* out) {
  char b[16];
  int n = 0;
  do b[n++] = "0123456789ABCDEF"[v & 15], v >>= 4;
  while (v);
  while (n) *out += b[--n];
}

Status RegisterRounding(FunctionRegistry& r) {
  auto numeric = [](const char* name) { return Takes(name, {{Family::kNumeric}}, SameType); };
  TRY(Define(r, {"ABS", numeric("ABS"), Abs, "Absolute value, of the argument's type; the least integer stays as it is.", "ABS(-1) -- 1"}));
  TRY(Define(r, {"SIGN", numeric("SIGN"), SignOf, "-1, 0 or 1, of the argument's type.", "SIGN(-5) -- -1"}));
  TRY(Define(r, {"ROUND", RoundShape("ROUND"), [](const CallArgs& c) { return Round(c, true); }, "Rounds half away from zero, to the given digits (0); negative: left of the point.",
                 "ROUND(2.5) -- 3"}));
  TRY(Define(r, {"TRUNCATE", RoundShape("TRUNCATE"), [](const CallArgs& c) { return Round(c, false); }, "Cuts toward zero at the given digits (0).",
                 "TRUNCATE(42.324, -1) -- 40"}));
  return Status::OK();
}
}  // namespace

Result<arrow::Datum> NumericCeilFloor(const CallArgs& c, bool ceil) { return CeilFloor(c, ceil); }
Resolver NumericRounding(const char* name) { return RoundingType(name); }

Status RegisterMath(FunctionRegistry& r) {
  TRY(RegisterRounding(r));
  TRY(Define(r, Real2("POWER", [](double a, double b) { return std::pow(a, b); }, "a to the power b.", "POWER(2, 10) -- 1024.0")));
  TRY(Define(r, Real1("SQRT", [](double v) { return std::sqrt(v); }, "Square root; NaN below zero.", "SQRT(4) -- 2.0")));
  TRY(Define(r, Real1("LN", [](double v) { return std::log(v); }, "Natural logarithm.", "LN(1) -- 0.0")));
  TRY(Define(r, Real1("LOG10", [](double v) { return std::log10(v); }, "Logarithm to base 10.", "LOG10(100) -- 2.0")));
  TRY(Define(r, Real1("LOG2", [](double v) { return std::log(v) / std::log(2.0); }, "Logarithm to base 2.", "LOG2(8) -- 3.0")));
  TRY(Define(r, {"LOG", Takes("LOG", {{Family::kDouble, Family::kDouble}, 1}, LogicalType::Double()),
                 [](const CallArgs& c) {
                   if (c.size() == 1) return MapFixed<double, double>(c, [](double v) { return std::log(v); });
                   return MapFixed<double, double, double>(c, [](double base, double v) { return std::log(v) / std::log(base); });
                 },
                 "Natural logarithm, or the logarithm of the second argument to the base of the first.", "LOG(2, 8) -- 3.0"}));
  TRY(Define(r, Real1("EXP", [](double v) { return std::exp(v); }, "e to the power of the argument.", "EXP(0) -- 1.0")));
  TRY(Define(r, Real1("SIN", [](double v) { return std::sin(v); }, "Sine.", "SIN(0) -- 0.0")));
  TRY(Define(r, Real1("COS", [](double v) { return std::cos(v); }, "Cosine.", "COS(0) -- 1.0")));
  TRY(Define(r, Real1("TAN", [](double v) { return std::tan(v); }, "Tangent.", "TAN(0) -- 0.0")));
  TRY(Define(r, Real1("COT", [](double v) { return 1.0 / std::tan(v); }, "Cotangent; Infinity at 0.", "COT(0) -- Infinity")));
  TRY(Define(r, Real1("ASIN", [](double v) { return std::asin(v); }, "Arc sine.", "ASIN(0) -- 0.0")));
  TRY(Define(r, Real1("ACOS", [](double v) { return std::acos(v); }, "Arc cosine.", "ACOS(1) -- 0.0")));
  TRY(Define(r, Real1("ATAN", [](double v) { return std::atan(v); }, "Arc tangent.", "ATAN(0) -- 0.0")));
  TRY(Define(r, Real1("SINH", [](double v) { return std::sinh(v); }, "Hyperbolic sine.", "SINH(0) -- 0.0")));
  TRY(Define(r, Real1("COSH", [](double v) { return std::cosh(v); }, "Hyperbolic cosine.", "COSH(0) -- 1.0")));
  TRY(Define(r, Real1("TANH", [](double v) { return std::tanh(v); }, "Hyperbolic tangent.", "TANH(0) -- 0.0")));
  TRY(Define(r, Real2("ATAN2", [](double y, double x) { return std::atan2(y, x); }, "Angle of the point (x, y), given y first.", "ATAN2(0, 1) -- 0.0")));
  TRY(Define(r, Real1("DEGREES", [](double v) { return v * (180.0 / M_PI); }, "Radians to degrees.", "DEGREES(0) -- 0.0")));
  TRY(Define(r, Real1("RADIANS", [](double v) { return v / 180.0 * M_PI; }, "Degrees to radians.", "RADIANS(0) -- 0.0")));
  auto constant = [](const char* name, double v, const char* doc, const char* example) {
    return FunctionSpec{name, Takes(name, {}, LogicalType::Double(), Nulls::kNever),
                        [v](const CallArgs&) -> Result<arrow::Datum> { return arrow::Datum(std::make_shared<arrow::DoubleScalar>(v)); }, doc, example};
  };
  TRY(Define(r, constant("PI", M_PI, "The number pi.", "PI() -- 3.141592653589793")));
  TRY(Define(r, constant("E", M_E, "Euler's number.", "E() -- 2.718281828459045")));
  FunctionSpec rand{"RAND", Takes("RAND", {{Family::kInt}, 1}, LogicalType::Double()), [](const CallArgs& c) { return Random(c, false); },
                    "A random number in [0, 1); a seed gives the same sequence in each operator instance.", "RAND() -- 0.42"};
  rand.deterministic = false;
  TRY(Define(r, std::move(rand)));
  FunctionSpec rand_integer{"RAND_INTEGER", Takes("RAND_INTEGER", {{Family::kInt, Family::kInt}, 1}, LogicalType::Int()), [](const CallArgs& c) { return Random(c, true); },
                            "A random integer in [0, bound); with two arguments the first is a seed.", "RAND_INTEGER(10) -- 7"};
  rand_integer.deterministic = false;
  TRY(Define(r, std::move(rand_integer)));
  FunctionSpec uuid{"UUID", Takes("UUID", {}, LogicalType::Char(36), Nulls::kNever),
                    [](const CallArgs& c) -> Result<arrow::Datum> {
                      TextOutput out(c.rows);
                      for (int64_t i = 0; i < c.rows; ++i) {
                        *out.text() += RandomUuid();
                        TRY(out.Done());
                      }
                      return out.Finish(c.result);
                    },
                    "A random UUID (version 4) for each row.", "UUID() -- '3d3c68f7-f608-473f-b60c-b0c44ad4cc4e'"};
  uuid.deterministic = false;
  TRY(Define(r, std::move(uuid)));
  TRY(Define(r, {"BIN", Takes("BIN", {{Family::kLong}}, LogicalType::String()),
                 [](const CallArgs& c) {
                   return MapText<int64_t>(c, [](std::string* out, int64_t v) {
                     auto u = static_cast<uint64_t>(v);
                     int top = u ? 63 - __builtin_clzll(u) : 0;
                     for (int b = top; b >= 0; --b) *out += u >> b & 1 ? '1' : '0';
                   });
                 },
                 "Binary digits of the 64-bit two's complement.", "BIN(4) -- '100'"}));
  TRY(Define(r, {"HEX",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.size() != 1) return WrongCount("HEX", 1);
                   const LogicalType& t = args[0].type;
                   if (!t.is_integer() && !t.is_character() && t.root() != TypeRoot::kNull) return CannotApply("HEX", args, "'HEX(<NUMERIC>)'\n'HEX(<CHARACTER>)'");
                   return Signature{LogicalType::String().WithNullable(t.nullable()), {t.is_character() ? t : LogicalType::BigInt().WithNullable(t.nullable())}};
                 },
                 [](const CallArgs& c) {
                   if (c.types[0].is_character())
                     return MapText<std::string_view>(c, [](std::string* out, std::string_view s) {
                       for (unsigned char b : s) *out += "0123456789ABCDEF"[b >> 4], *out += "0123456789ABCDEF"[b & 15];
                     });
                   return MapText<int64_t>(c, [](std::string* out, int64_t v) { AppendHex(static_cast<uint64_t>(v), out); });
                 },
                 "Hexadecimal digits, upper case, of an integer or of the bytes of a text.", "HEX(20) -- '14'"}));
  return r.AddAlias("MOD", "%");
}
}  // namespace tarn::plug
