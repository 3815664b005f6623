#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tarn {
namespace {

// One record, one line: a name from outside can't write a second record, nor colour an operator's screen.
TEST(Log, TextFromOutsideStaysOnItsLine) {
  std::string file = (std::filesystem::temp_directory_path() / ("tarn-log-test-" + std::to_string(::getpid()))).string();
  ASSERT_TRUE(SetUpLog({.file = file}).ok());
  LogWarn("user \"{}\" refused", "eve\r\n2026-01-01T00:00:00.000 info  all is well\t\x1b[2J\x7f\xc2\x9bK");
  LogWarn("{}", "größer ▸ plain");
  ASSERT_TRUE(SetUpLog({}).ok());
  std::ifstream in(file);
  std::string first, second, third;
  std::getline(in, first);
  std::getline(in, second);
  EXPECT_TRUE(first.ends_with("user \"eve\\r\\n2026-01-01T00:00:00.000 info  all is well\\t\\x1b[2J\\x7f\\x9bK\" refused")) << first;
  EXPECT_TRUE(second.ends_with("größer ▸ plain")) << second;
  EXPECT_FALSE(std::getline(in, third)) << third;
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace tarn
