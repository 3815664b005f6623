#include "config/options.h"

#include <gtest/gtest.h>

namespace tarn::config {
namespace {

int64_t Ms(std::string_view text) {
  auto r = ParseDuration(text);
  return r.ok() ? r->count() : -1;
}
int64_t Size(std::string_view text) {
  auto r = ParseMemorySize(text);
  return r.ok() ? *r : -1;
}

TEST(Options, DurationsInEverySpellingOfFlink) {
  EXPECT_EQ(Ms("10 s"), 10'000);
  EXPECT_EQ(Ms("1min"), 60'000);
  EXPECT_EQ(Ms("500 ms"), 500);
  EXPECT_EQ(Ms("500"), 500);
  EXPECT_EQ(Ms("2 d"), 172'800'000);
  EXPECT_EQ(Ms("3 Hours"), 10'800'000);
  EXPECT_EQ(Ms("PT10S"), 10'000);
  EXPECT_EQ(Ms("PT1H30M"), 5'400'000);
  EXPECT_EQ(Ms("P1DT0.5S"), 86'400'500);
  EXPECT_EQ(Ms("7000 us"), 7);
  EXPECT_EQ(Ms("10 parsecs"), -1);
  EXPECT_EQ(Ms("s"), -1);
  EXPECT_EQ(Ms(""), -1);
  EXPECT_EQ(Ms("99999999999 d"), -1);
}

TEST(Options, Sizes) {
  EXPECT_EQ(Size("128 mb"), 128 << 20);
  EXPECT_EQ(Size("64kb"), 64 << 10);
  EXPECT_EQ(Size("1024"), 1024);
  EXPECT_EQ(Size("1g"), 1LL << 30);
  EXPECT_EQ(Size("1 furlong"), -1);
}

TEST(Options, GettersNameKeyAndValue) {
  OptionSet o({{"a", "x"}, {"l", "p; q;;r"}, {"b", "TRUE"}, {"properties.k", "v"}});
  auto r = o.GetInteger("a", 3);
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.status().message(), "Invalid value for option 'a'.");
  EXPECT_NE(r.status().detail().find("'x'"), std::string::npos);
  EXPECT_EQ(*o.GetInteger("missing", 3), 3);
  EXPECT_EQ(o.GetList("l")->size(), 3u);
  EXPECT_TRUE(*o.GetBoolean("b", false));
  EXPECT_EQ(o.WithPrefix("properties.").Get("k", ""), "v");
  EXPECT_FALSE(o.Require("zz").ok());
}

TEST(Options, ValidationSpeaksLikeFlinkAndNamesTheClosest) {
  std::vector<OptionSpec> specs = {{"path", "string", "", true, "where"},
                                   {"sink.parallelism", "integer", "", false, "how many"},
                                   {"mode", "enum", "a", false, "how", {"alpha", "beta"}},
                                   {"fields.*", "string", "", false, "any"}};
  Status s = ValidateOptions("print", OptionSet({{"path", "p"}, {"sink.paralelism", "2"}}), specs);
  EXPECT_EQ(s.message(), "Unsupported options found for 'print'.");
  EXPECT_NE(s.detail().find("Unsupported options: sink.paralelism. Supported options: fields.*, mode, path"), std::string::npos);
  EXPECT_EQ(s.hint(), "did you mean 'sink.parallelism' instead of 'sink.paralelism'?");
  s = ValidateOptions("print", OptionSet({{"connector", "print"}, {"pth", "p"}}), specs);
  EXPECT_EQ(s.message(), "One or more required options are missing.");
  EXPECT_EQ(s.detail(), "Missing required options are: path");
  EXPECT_NE(s.hint().find("did you mean 'path'?"), std::string::npos);
  s = ValidateOptions("print", OptionSet({{"path", "p"}, {"mode", "alpa"}}), specs);
  EXPECT_EQ(s.hint(), "did you mean 'alpha'?");
  s = ValidateOptions("print", OptionSet({{"path", "p"}, {"sink.parallelism", "two"}}), specs);
  EXPECT_EQ(s.message(), "Invalid value for option 'sink.parallelism'.");
  EXPECT_TRUE(ValidateOptions("print", OptionSet({{"path", "p"}, {"fields.x.min", "2"}, {"property-version", "1"}}), specs).ok());
}

}  // namespace
}  // namespace tarn::config
