// Prints the cost of expressions over batches of 8,192 rows, in nanoseconds of CPU a row.
#include <fmt/format.h>

#include "base/clock.h"
#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_arithmetic(table::Registry& registry);
Status Register_function_comparison(table::Registry& registry);
Status Register_function_conditional(table::Registry& registry);
Status Register_function_logical(table::Registry& registry);
Status Register_function_string(table::Registry& registry);
Status Register_function_temporal(table::Registry& registry);
}  // namespace tarn::plug

namespace {
using namespace tarn;
using namespace tarn::expr;
using namespace tarn::expr::testing;

constexpr int64_t kRows = 8192;

template <typename F>
void Measure(const std::string& what, F f) {
  for (int i = 0; i < 20; ++i) f();
  int64_t rounds = 0, begin = ProcessCpuNs(), spent = 0;
  do {
    for (int i = 0; i < 50; ++i) f();
    rounds += 50;
    spent = ProcessCpuNs() - begin;
  } while (spent < 300'000'000);
  fmt::print("{:<58} {:6.2f} ns/row\n", what, static_cast<double>(spent) / static_cast<double>(rounds * kRows));
}
}  // namespace

int main() {
  table::Registry registry;
  for (auto* f : {plug::Register_function_arithmetic, plug::Register_function_comparison, plug::Register_function_conditional, plug::Register_function_logical,
                  plug::Register_function_string, plug::Register_function_temporal})
    if (!f(registry).ok()) return 1;
  arrow::Int64Builder big, big2;
  arrow::Int32Builder small;
  arrow::DoubleBuilder real;
  arrow::StringBuilder text;
  arrow::TimestampBuilder time(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  for (int64_t i = 0; i < kRows; ++i) {
    (void)big.Append(i * 7919 % 1000);
    (void)big2.Append(i * 104729 % 1000);
    (void)small.Append(static_cast<int32_t>(i * 31 % 97));
    (void)real.Append(static_cast<double>(i) * 0.5);
    (void)text.Append(fmt::format("channel-{}-{}", i % 100, i));
    (void)time.Append(1'700'000'000'000 + i * 13);
  }
  Batch batch(kRows, {big.Finish().ValueOrDie(), big2.Finish().ValueOrDie(), small.Finish().ValueOrDie(), real.Finish().ValueOrDie(), text.Finish().ValueOrDie(),
                      time.Finish().ValueOrDie()});
  auto c = [&](const std::string& name, std::vector<ExprPtr> args) { return *registry.functions().MakeCall(name, std::move(args)); };
  ExprPtr a = MakeInputRef(0, LogicalType::BigInt()), b = MakeInputRef(1, LogicalType::BigInt()), n = MakeInputRef(2, LogicalType::Int()), d = MakeInputRef(3, LogicalType::Double()),
          s = MakeInputRef(4, LogicalType::String()), t = MakeInputRef(5, LogicalType::Timestamp(3));
  auto cast = [&](const ExprPtr& e, const char* type) { return *registry.functions().MakeCast(e, *types::ParseType(type)); };
  std::vector<std::pair<std::string, std::vector<ExprPtr>>> cases = {
      {"a + b (BIGINT)", {c("+", {a, b})}},
      {"a * 3 (BIGINT)", {c("*", {a, I(3)})}},
      {"n + 1 (INT)", {c("+", {n, I(1)})}},
      {"d * 0.5 (DOUBLE)", {c("*", {d, D(0.5)})}},
      {"a / 10 (BIGINT)", {c("/", {a, I(10)})}},
      {"a % 10 (BIGINT)", {c("%", {a, I(10)})}},
      {"0.908 * a (DECIMAL(24, 3))", {c("*", {Dec("0.908", 4, 3), a})}},
      {"a > 500", {c(">", {a, I(500)})}},
      {"n = 5 (INT)", {c("=", {n, I(5)})}},
      {"d < 100.0 (DOUBLE)", {c("<", {d, D(100)})}},
      {"a < b", {c("<", {a, b})}},
      {"s = 'channel-5-5'", {c("=", {s, S("channel-5-5")})}},
      {"s LIKE '%-7-%'", {c("LIKE", {s, S("%-7-%")})}},
      {"a > 10 AND b < 900", {c("AND", {c(">", {a, I(10)}), c("<", {b, I(900)})})}},
      {"a BETWEEN 100 AND 200", {c("BETWEEN", {a, I(100), I(200)})}},
      {"a IN (1, 2, 3)", {c("IN", {a, I(1), I(2), I(3)})}},
      {"n IS NULL", {c("IS NULL", {n})}},
      {"CASE WHEN a > 500 THEN b ELSE 0 END", {c("CASE", {c(">", {a, I(500)}), b, I(0)})}},
      {"CAST(n AS BIGINT)", {cast(n, "BIGINT")}},
      {"CAST(a AS DOUBLE)", {cast(a, "DOUBLE")}},
      {"CAST(a AS STRING)", {cast(a, "STRING")}},
      {"t - INTERVAL '5' SECOND", {c("-", {t, Days(5000)})}},
      {"DATE_FORMAT(t, 'yyyy-MM-dd HH:mm')", {c("DATE_FORMAT", {t, S("yyyy-MM-dd HH:mm")})}},
      {"EXTRACT(HOUR FROM t)", {c("HOUR", {t})}},
      {"YEAR(t)", {c("YEAR", {t})}},
      {"UPPER(s)", {c("UPPER", {s})}},
      {"SPLIT_INDEX(s, '-', 1)", {c("SPLIT_INDEX", {s, S("-"), I(1)})}},
      {"SUBSTRING(s, 2, 4)", {c("SUBSTRING", {s, I(2), I(4)})}},
      {"s || 'x'", {c("||", {s, S("x")})}},
  };
  for (auto& [name, exprs] : cases) {
    auto evaluator = Evaluator::Make(exprs, {}).value();
    auto check = evaluator->Evaluate(batch);
    if (!check.ok()) {
      fmt::print("{:<58} {}\n", name, check.status().ToString());
      continue;
    }
    Measure(name, [&] { (void)evaluator->Evaluate(batch); });
  }
  for (int percent : {1, 50, 99}) {
    auto predicate = Evaluator::Make({c("<", {a, I(percent * 10)})}, {}).value()->Evaluate(batch).value()[0];
    Batch numbers(kRows, {batch.column(0), batch.column(1), batch.column(2), batch.column(3)}), texts(kRows, {batch.column(4)});
    Measure(fmt::format("filter of four numeric columns, {} % kept", percent), [&] { (void)FilterBatch(numbers, *predicate); });
    Measure(fmt::format("filter of one text column, {} % kept", percent), [&] { (void)FilterBatch(texts, *predicate); });
  }
  Batch few(16, {});
  {
    std::vector<std::shared_ptr<arrow::Array>> head;
    for (const auto& column : batch.columns()) head.push_back(column->Slice(0, 16));
    few = Batch(16, head);
  }
  auto small_where = Evaluator::Make({c("AND", {c(">", {a, I(10)}), c("=", {s, S("channel-5-5")})})}, {}).value();
  Measure("a > 10 AND s = 'channel-5-5' on 16 rows, per 8192 calls", [&] { (void)small_where->Evaluate(few); });
  auto where = Evaluator::Make({c("AND", {c(">", {a, I(100)}), c("<", {d, D(4000)})})}, {}).value();
  auto project = Evaluator::Make({c("+", {a, b}), c("*", {n, I(2)}), c("*", {d, D(0.5)}), b}, {}).value();
  Batch numbers(kRows, {batch.column(0), batch.column(1), batch.column(2), batch.column(3)});
  Measure("filter + project of four numeric columns", [&] {
    auto kept = *FilterBatch(numbers, *(*where->Evaluate(numbers))[0]);
    (void)project->Evaluate(kept);
  });
  return 0;
}
