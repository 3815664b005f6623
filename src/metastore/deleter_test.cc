#include "metastore/deleter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "metastore/warehouse.h"

namespace tarn::metastore {
namespace {

namespace fs = std::filesystem;

TEST(DeleterTest, ADirectoryIsDeletedInPieces) {
  char name[] = "/tmp/tarn-deleter-XXXXXX";
  std::string dir = mkdtemp(name), tree = dir + "/warehouse/tree";
  for (int i = 0; i < 20; ++i) {
    fs::create_directories(tree + "/d" + std::to_string(i));
    std::ofstream(tree + "/d" + std::to_string(i) + "/f");
  }
  auto files = [&] {
    int n = 0;
    for (const auto& e : fs::recursive_directory_iterator(tree)) n += e.is_regular_file();
    return n;
  };
  MetastoreOptions o;
  o.data_dir = dir;
  Warehouse warehouse = Warehouse::Make(o).value();
  int asked = 0;
  auto some = warehouse.Discard(tree, "file:" + tree, true, [&] { return ++asked > 11; });
  ASSERT_TRUE(some.ok()) << some.status().ToString();
  EXPECT_FALSE(*some);
  EXPECT_GT(files(), 0);
  EXPECT_LT(files(), 20);
  auto rest = warehouse.Discard(tree, "file:" + tree, true, [] { return false; });
  ASSERT_TRUE(rest.ok()) << rest.status().ToString();
  EXPECT_TRUE(*rest);
  EXPECT_FALSE(fs::exists(tree));
  fs::remove_all(dir);
}

TEST(DeleterTest, WorkIsDoneInOrderAndCutOffAtTheEnd) {
  std::vector<int> done;
  std::promise<void> started;
  bool stopped = false;
  {
    Deleter d;
    d.Add([&](const Deleter::Stop&) { done.push_back(1); });
    d.Add([&](const Deleter::Stop& stop) {
      done.push_back(2);
      started.set_value();
      while (!stop()) std::this_thread::yield();
      stopped = true;
    });
    d.Add([&](const Deleter::Stop&) { done.push_back(3); });
    started.get_future().wait();
  }
  EXPECT_TRUE(stopped);
  EXPECT_EQ(done, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace tarn::metastore
