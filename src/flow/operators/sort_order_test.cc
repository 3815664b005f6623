#include "flow/operators/sort_order.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <limits>

namespace tarn::flow {
namespace {

// `values` ascend; NULL stands where nulls_first says.
void ExpectOrder(const arrow::Array& values) {
  for (bool descending : {false, true}) {
    for (int64_t i = 0; i + 1 < values.length(); ++i) {
      std::string a, b;
      AppendSortKey(values, i, descending, true, &a);
      AppendSortKey(values, i + 1, descending, true, &b);
      const int c = std::string_view(a).compare(b);   // as unsigned bytes
      if (values.IsNull(i)) EXPECT_LT(c, 0) << i;     // NULL first, also when descending
      else if (descending) EXPECT_GT(c, 0) << i;
      else EXPECT_LT(c, 0) << i;
    }
  }
}

template <typename B, typename T>
std::shared_ptr<arrow::Array> WithNull(std::vector<T> values, B b = B()) {
  EXPECT_TRUE(b.AppendNull().ok());
  for (const T& v : values) EXPECT_TRUE(b.Append(v).ok());
  return b.Finish().ValueOrDie();
}

TEST(SortOrder, BytesOrderAsValues) {
  ExpectOrder(*WithNull<arrow::Int64Builder, int64_t>({INT64_MIN, -5, -1, 0, 1, 255, 256, INT64_MAX}));
  ExpectOrder(*WithNull<arrow::Int8Builder, int8_t>({-128, -1, 0, 1, 127}));
  ExpectOrder(*WithNull<arrow::BooleanBuilder, bool>({false, true}));
  const double inf = std::numeric_limits<double>::infinity();
  ExpectOrder(*WithNull<arrow::DoubleBuilder, double>({-inf, -1e300, -1.5, -0.0, 0.0, 1e-300, 1.5, inf, std::numeric_limits<double>::quiet_NaN()}));
  ExpectOrder(*WithNull<arrow::StringBuilder, std::string>({"", std::string("\0", 1), std::string("\0a", 2), "\x01", "a", std::string("a\0", 2), "a\x01", "aa", "b", "é"}));
  ExpectOrder(*WithNull<arrow::Decimal128Builder, arrow::Decimal128>({arrow::Decimal128(-300), arrow::Decimal128(-1), arrow::Decimal128(0), arrow::Decimal128(7)},
                                                                     arrow::Decimal128Builder(arrow::decimal128(10, 2))));
}

TEST(SortOrder, NullsLast) {
  auto a = WithNull<arrow::Int64Builder, int64_t>({INT64_MAX});
  for (bool descending : {false, true}) {
    std::string null, value;
    AppendSortKey(*a, 0, descending, false, &null);
    AppendSortKey(*a, 1, descending, false, &value);
    EXPECT_GT(std::string_view(null).compare(value), 0);
  }
}

}  // namespace
}  // namespace tarn::flow
