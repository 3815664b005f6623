#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_arithmetic(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

class Arithmetic : public ::testing::Test {
 protected:
  Arithmetic() { EXPECT_TRUE(Register_function_arithmetic(registry_).ok()); }
  Result<ExprPtr> Call(const std::string& name, std::vector<ExprPtr> args) { return registry_.functions().MakeCall(name, std::move(args)); }
  std::string Run(const std::string& name, std::vector<ExprPtr> args) { return Eval(Call(name, std::move(args))); }
  table::Registry registry_;
};

TEST_F(Arithmetic, IntegersAsFlink) {
  EXPECT_EQ(Run("/", {I(5), I(2)}), "2");
  EXPECT_EQ(Run("/", {I(-5), I(2)}), "-2");
  EXPECT_EQ(Run("%", {I(-5), I(3)}), "-2");
  EXPECT_EQ(Run("+", {I(2147483647), I(1)}), "-2147483648");
  EXPECT_EQ(Run("ABS", {I(INT32_MIN)}), "-2147483648");
  EXPECT_EQ(Run("/", {I(INT32_MIN), I(-1)}), "-2147483648");
  EXPECT_EQ(Run("/", {I(1), I(0)}), "error: / by zero");
  EXPECT_EQ(Run("/", {D(1), D(0)}), "Infinity");
  EXPECT_EQ(TypeOf(Call("+", {I(1), L(1)})), "BIGINT NOT NULL");
  EXPECT_EQ(TypeOf(Call("+", {I(1), D(1)})), "DOUBLE NOT NULL");
  EXPECT_EQ(TypeOf(Call("+", {Of("1", "FLOAT"), I(1)})), "FLOAT NOT NULL");
  EXPECT_EQ(TypeOf(Call("MOD", {L(7), I(3)})), "INT NOT NULL");
  EXPECT_EQ(Run("MOD", {L(7), I(3)}), "1");
  EXPECT_EQ(Run("NEGATE", {I(3)}), "-3");
  EXPECT_EQ(Run("+", {I(1), N()}), "NULL");
}

TEST_F(Arithmetic, DecimalTypesAsFlink) {
  EXPECT_EQ(TypeOf(Call("+", {I(1), Dec("1", 5, 2)})), "DECIMAL(13, 2) NOT NULL");
  EXPECT_EQ(TypeOf(Call("+", {Dec("1", 10, 2), Dec("1", 10, 2)})), "DECIMAL(11, 2) NOT NULL");
  EXPECT_EQ(TypeOf(Call("*", {Dec("1", 10, 2), Dec("1", 10, 2)})), "DECIMAL(21, 4) NOT NULL");
  EXPECT_EQ(TypeOf(Call("/", {Dec("1", 10, 2), Dec("1", 10, 2)})), "DECIMAL(23, 13) NOT NULL");
  EXPECT_EQ(TypeOf(Call("/", {Dec("1.0", 2, 1), Dec("3.0", 2, 1)})), "DECIMAL(8, 6) NOT NULL");
  EXPECT_EQ(Run("/", {Dec("1.0", 2, 1), Dec("3.0", 2, 1)}), "0.333333");
  EXPECT_EQ(Run("*", {Dec("0.908", 4, 3), L(1000)}), "908.000");
  EXPECT_EQ(Run("/", {Dec("-2", 2, 1), Dec("3.0", 2, 1)}), "-0.666667");
  EXPECT_EQ(Run("*", {Dec("99999999999999999999999999999999999999", 38, 0), Dec("10", 38, 0)}), "NULL");
  EXPECT_EQ(Run("+", {Dec("12345678901234567890.123456789012345678", 38, 18), Dec("1", 38, 0)}), "12345678901234567891.123457");
  EXPECT_EQ(Run("%", {Dec("7.5", 3, 1), I(2)}), "1.5");
}

TEST_F(Arithmetic, RefusesText) {
  EXPECT_EQ(Run("+", {I(1), S("2")}).substr(0, 73), "error: Cannot apply '+' to arguments of type '<INTEGER> + <CHAR(1)>'. Sup");
  EXPECT_EQ(Run("NOSUCH", {I(1), S("2")}), "error: No match found for function signature NOSUCH(<NUMERIC>, <CHARACTER>)");
}

TEST_F(Arithmetic, Intervals) {
  EXPECT_EQ(Run("+", {Date("2024-01-31"), Months(1)}), "2024-02-29");
  EXPECT_EQ(Run("-", {Ts("2024-03-31 10:00:00"), Months(1)}), "2024-02-29 10:00:00.000");
  EXPECT_EQ(Run("-", {Ts("2024-01-01 00:00:00"), Days(5000)}), "2023-12-31 23:59:55.000");
  EXPECT_EQ(Run("+", {Days(86400000), Date("2024-01-31")}), "2024-02-01");
  EXPECT_EQ(Run("+", {Ts("2024-01-01 00:00:00.000001", 6), Days(1)}), "2024-01-01 00:00:00.001001");
  EXPECT_EQ(Run("*", {Days(1000), I(3)}), "+0 00:00:03.000");
  EXPECT_EQ(TypeOf(Call("-", {Ts("2024-01-01"), Days(5000)})), "TIMESTAMP(3) NOT NULL");
}

TEST_F(Arithmetic, Rounding) {
  EXPECT_EQ(Run("ROUND", {D(2.5)}), "3.0");
  EXPECT_EQ(Run("ROUND", {D(-2.5)}), "-3.0");
  EXPECT_EQ(Run("ROUND", {Dec("2.45", 3, 2), I(1)}), "2.5");
  EXPECT_EQ(TypeOf(Call("ROUND", {Dec("2.45", 3, 2), I(1)})), "DECIMAL(3, 1) NOT NULL");
  EXPECT_EQ(Run("ROUND", {I(155), I(-1)}), "160");
  EXPECT_EQ(Run("TRUNCATE", {D(-42.9)}), "-42.0");
  EXPECT_EQ(Run("TRUNCATE", {D(42.324), I(-1)}), "40.0");
  EXPECT_EQ(Run("TRUNCATE", {D(42.324), I(2)}), "42.32");
  EXPECT_EQ(Run("CEIL", {Dec("-1.5", 2, 1)}), "-1");
  EXPECT_EQ(Run("FLOOR", {Dec("-1.5", 2, 1)}), "-2");
  EXPECT_EQ(TypeOf(Call("FLOOR", {Dec("-1.5", 2, 1)})), "DECIMAL(2, 0) NOT NULL");
  EXPECT_EQ(Run("FLOOR", {Ts("2024-01-17 10:11:12"), S("WEEK")}), "2024-01-14 00:00:00.000");
  EXPECT_EQ(Run("CEIL", {Ts("2024-01-17 10:00:00"), S("HOUR")}), "2024-01-17 10:00:00.000");
  EXPECT_EQ(Run("CEIL", {Ts("2024-01-17 10:00:01"), S("HOUR")}), "2024-01-17 11:00:00.000");
  EXPECT_EQ(Run("FLOOR", {Date("2024-05-17"), S("QUARTER")}), "2024-04-01");
}

TEST_F(Arithmetic, Functions) {
  EXPECT_EQ(Run("SQRT", {I(-1)}), "NaN");
  EXPECT_EQ(Run("LN", {I(0)}), "-Infinity");
  EXPECT_EQ(Run("LOG", {I(2), I(8)}), "3.0");
  EXPECT_EQ(Run("POWER", {I(2), I(10)}), "1024.0");
  EXPECT_EQ(Run("COT", {I(0)}), "Infinity");
  EXPECT_EQ(Run("SIGN", {I(-5)}), "-1");
  EXPECT_EQ(Run("SIGN", {Dec("-5.10", 4, 2)}), "-1.00");
  EXPECT_EQ(Run("BIN", {I(4)}), "100");
  EXPECT_EQ(Run("BIN", {I(-1)}), std::string(64, '1'));
  EXPECT_EQ(Run("HEX", {I(20)}), "14");
  EXPECT_EQ(Run("HEX", {I(-1)}), "FFFFFFFFFFFFFFFF");
  EXPECT_EQ(Run("HEX", {S("hello")}), "68656C6C6F");
  EXPECT_EQ(Run("PI", {}), "3.141592653589793");
  EXPECT_EQ(TypeOf(Call("UUID", {})), "CHAR(36) NOT NULL");
}
}  // namespace
}  // namespace tarn::plug
