#include <gtest/gtest.h>

#include "expr/function_testing.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_function_hash(table::Registry& registry);
namespace {
using namespace tarn::expr::testing;

TEST(Hash, KnownDigests) {
  table::Registry registry;
  ASSERT_TRUE(Register_function_hash(registry).ok());
  auto run = [&](const std::string& n, std::vector<expr::ExprPtr> a) { return Eval(registry.functions().MakeCall(n, std::move(a))); };
  EXPECT_EQ(run("MD5", {S("abc")}), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(run("SHA1", {S("abc")}), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(run("SHA224", {S("abc")}), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  EXPECT_EQ(run("SHA2", {S("abc"), I(256)}), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(run("SHA2", {S("abc"), I(1)}).substr(0, 12), "error: Unsup");
}
}  // namespace
}  // namespace tarn::plug
