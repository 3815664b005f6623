// The evaluator: laziness, common sub-expressions, constants, the filter.
#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_arithmetic(table::Registry& registry);
Status Register_function_comparison(table::Registry& registry);
Status Register_function_conditional(table::Registry& registry);
Status Register_function_logical(table::Registry& registry);
namespace {
using namespace tarn::expr;
using namespace tarn::expr::testing;

class EvaluatorTest : public ::testing::Test {
 protected:
  EvaluatorTest() {
    EXPECT_TRUE(Register_function_arithmetic(registry_).ok() && Register_function_comparison(registry_).ok() && Register_function_conditional(registry_).ok() &&
                Register_function_logical(registry_).ok());
  }
  ExprPtr Call(const std::string& name, std::vector<ExprPtr> args) {
    auto r = registry_.functions().MakeCall(name, std::move(args));
    EXPECT_TRUE(r.ok()) << r.status().ToString();
    return *r;
  }
  static Batch Numbers(std::vector<std::optional<int32_t>> a, std::vector<std::optional<int32_t>> b) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto* v : {&a, &b}) {
      arrow::Int32Builder builder;
      for (auto x : *v) (void)(x ? builder.Append(*x) : builder.AppendNull());
      columns.push_back(builder.Finish().ValueOrDie());
    }
    return Batch(static_cast<int64_t>(a.size()), columns);
  }
  std::string Run(const ExprPtr& e, const Batch& batch) {
    auto evaluator = Evaluator::Make({e}, {});
    if (!evaluator.ok()) return evaluator.status().message();
    auto out = (*evaluator)->Evaluate(batch);
    if (!out.ok()) return "error: " + out.status().message();
    std::string text;
    for (int64_t i = 0; i < batch.num_rows(); ++i) text += (i ? "," : "") + Text(*(*out)[0], i, e->type, "UTC");
    return text;
  }
  const ExprPtr a_ = MakeInputRef(0, LogicalType::Int()), b_ = MakeInputRef(1, LogicalType::Int());
  table::Registry registry_;
};

TEST_F(EvaluatorTest, LazyWhereAnArgumentMayFail) {
  const Batch batch = Numbers({10, 20, 30, std::nullopt}, {0, 5, std::nullopt, 0});
  ExprPtr quotient = Call("/", {a_, b_});
  EXPECT_EQ(Run(quotient, batch), "error: / by zero");
  ExprPtr safe = Call("<>", {b_, I(0)});
  EXPECT_EQ(Run(Call("CASE", {safe, quotient, I(-1)}), batch), "-1,4,-1,-1");
  EXPECT_EQ(Run(Call("IF", {safe, quotient, N("INT")}), batch), "NULL,4,NULL,NULL");
  EXPECT_EQ(Run(Call("AND", {safe, Call(">", {quotient, I(1)})}), batch), "FALSE,TRUE,NULL,FALSE");
  EXPECT_EQ(Run(Call("OR", {Call("=", {b_, I(0)}), Call(">", {quotient, I(100)})}), batch), "TRUE,FALSE,NULL,TRUE");
  EXPECT_EQ(Run(Call("COALESCE", {a_, quotient}), batch), "10,20,30,NULL");
  EXPECT_EQ(Run(Call("COALESCE", {a_, quotient}), Numbers({1, std::nullopt}, {0, 2})), "1,NULL");
  EXPECT_EQ(Run(Call("CASE", {safe, quotient}), Numbers({}, {})), "");
}

TEST_F(EvaluatorTest, EagerForms) {
  const Batch batch = Numbers({1, std::nullopt, 3}, {5, 6, std::nullopt});
  EXPECT_EQ(Run(Call("CASE", {Call("=", {a_, I(1)}), b_, Call("IS NULL", {a_}), I(7), I(8)}), batch), "5,7,8");
  EXPECT_EQ(Run(Call("COALESCE", {a_, b_, I(0)}), batch), "1,6,3");
  EXPECT_EQ(Run(Call("+", {Call("*", {a_, b_}), Call("*", {a_, b_})}), batch), "10,NULL,NULL");
  EXPECT_EQ(Run(Call("+", {I(1), I(2)}), batch), "3,3,3");
  EXPECT_EQ(ToString(*Call("+", {a_, Call("*", {b_, I(2)})})), "$0 + ($1 * 2)");
}

TEST_F(EvaluatorTest, FoldedFailureWaitsForARow) {
  ExprPtr e = Call("/", {I(1), I(0)});
  EXPECT_EQ(Run(e, Numbers({}, {})), "error: / by zero");
  EXPECT_EQ(Run(Call("CASE", {B(false), e, I(2)}), Numbers({1}, {1})), "2");
}

TEST_F(EvaluatorTest, Filter) {
  std::vector<std::optional<int32_t>> a, b;
  for (int i = 0; i < 1000; ++i) {
    a.push_back(i);
    b.push_back(i % 3 ? std::optional(i) : std::nullopt);
  }
  Batch batch = Numbers(a, b);
  std::vector<std::shared_ptr<arrow::Array>> columns = batch.columns();
  arrow::StringBuilder s;
  for (int i = 0; i < 1000; ++i) (void)s.Append("s" + std::to_string(i));
  columns.push_back(s.Finish().ValueOrDie());
  columns.push_back(*arrow::MakeArrayOfNull(arrow::list(arrow::int32()), 1000));
  batch = Batch(1000, columns);
  for (int64_t offset : {0, 3, 8, 65}) {
    Batch part(1000 - offset, {});
    std::vector<std::shared_ptr<arrow::Array>> sliced;
    for (const auto& c : columns) sliced.push_back(c->Slice(offset));
    part = Batch(1000 - offset, sliced);
    auto evaluator = Evaluator::Make({Call(">", {b_, I(500)})}, {}).value();
    auto predicate = (*evaluator->Evaluate(part))[0];
    auto kept = FilterBatch(part, *predicate);
    ASSERT_TRUE(kept.ok());
    int64_t expected = 0;
    for (int i = static_cast<int>(offset); i < 1000; ++i) expected += i % 3 && i > 500;
    EXPECT_EQ(kept->num_rows(), expected);
    EXPECT_EQ(static_cast<const arrow::Int32Array&>(*kept->column(0)).Value(0), 502 - (502 % 3 == 0 ? -1 : 0) - 1 + (501 % 3 ? 0 : 1));
    EXPECT_EQ(static_cast<const arrow::StringArray&>(*kept->column(2)).GetString(expected - 1), "s998");
    EXPECT_TRUE(kept->column(2)->ValidateFull().ok() && kept->column(3)->ValidateFull().ok() && kept->column(1)->ValidateFull().ok());
    EXPECT_EQ(kept->column(1)->null_count(), 0);
    auto sliced_predicate = predicate->Slice(7);
    std::vector<std::shared_ptr<arrow::Array>> again;
    for (const auto& c : sliced) again.push_back(c->Slice(7));
    EXPECT_EQ(FilterBatch(Batch(part.num_rows() - 7, again), *sliced_predicate)->num_rows(), expected);
  }
}
}  // namespace
}  // namespace tarn::plug
