#include "metastore/property_predicate.h"

#include <gtest/gtest.h>

#include "metastore/test_small_stack.h"

namespace tarn::metastore {
namespace {

const std::map<std::string, std::string> kTable = {{"keeper", "ann"}, {"rows", "12"}, {"open", "true"}};

TEST(PropertyPredicate, ComparesNumbersTextsAndNulls) {
  for (const char* p : {"rows > 10", "rows <= 12", "rows gt 9", "keeper == \"ann\"", "'ann' eq keeper", "rows > 100 || keeper != 'bob'", "!(rows < 3) && open", "gone == null",
                        "keeper != null", "gone != 3", "not (rows == 1 or rows == 2) and rows == 12.0", "keeper == 'a\\nn'"}) {
    auto m = MatchesPredicate(p, kTable);
    ASSERT_TRUE(m.ok()) << p << m.status().ToString();
    EXPECT_TRUE(*m) << p;
  }
  for (const char* p : {"rows > 12", "keeper == 'bob'", "gone > 1", "gone == 1", "rows == null", "keeper == 'ann' && rows < 3", "gone"}) {
    auto m = MatchesPredicate(p, kTable);
    ASSERT_TRUE(m.ok()) << p << m.status().ToString();
    EXPECT_FALSE(*m) << p;
  }
}

TEST(PropertyPredicate, RefusesWhatItDoesNotKnow) {
  for (std::string p : {"", "rows >", "rows > 3 keeper", "(rows > 3", "keeper == 'ann", "keeper =~ 'a.*'", "&& rows"}) EXPECT_FALSE(MatchesPredicate(p, kTable).ok()) << p;
  EXPECT_FALSE(MatchesPredicate(std::string(100'000, '('), kTable).ok());
  OnSmallStack([] {
    std::string chain = "rows == 1", nots, deep;
    for (int i = 0; i < 200'000; ++i) chain += i % 2 ? " || rows == 2" : " && rows == 3";
    EXPECT_TRUE(MatchesPredicate(chain, kTable).ok());
    EXPECT_TRUE(MatchesPredicate(std::string(1'000'000, '!') + "rows", kTable).ok());
    for (int i = 0; i < 1'000'000; ++i) deep += "!(rows == 1 && ";
    EXPECT_FALSE(MatchesPredicate(deep, kTable).ok());
  });
}

}  // namespace
}  // namespace tarn::metastore
