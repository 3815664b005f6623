#include "plug/layout/files/file_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "plug/layout/files/test_format.h"

namespace tarn::plug::files {
namespace {

namespace fs = std::filesystem;
using types::LogicalType;
using Event = table::SourceEvent;

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("tarn_file_source_" + std::to_string(MonotonicNs()));
    fs::create_directories(root_);
    type_.Add("id", LogicalType::BigInt());
    type_.Add("v", LogicalType::String());
  }
  void TearDown() override { fs::remove_all(root_); }
  void File(const std::string& name, int64_t first, int64_t n, bool last_newline = true) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream out(root_ / ("." + std::to_string(first) + "tmp"));
    for (int64_t i = first; i < first + n; ++i) out << i << ",v" << i << (i + 1 < first + n || last_newline ? "\n" : "");
    out.close();
    fs::rename(root_ / ("." + std::to_string(first) + "tmp"), root_ / name);
  }
  FileSourceConfig Config(bool bulk = false, std::vector<std::string> keys = {}) {
    FileSourceConfig c;
    if (bulk) c.format = std::make_shared<WholeFileFormat>();
    else c.format = std::make_shared<LineFormat>();
    c.physical = type_;
    for (const auto& k : keys) c.physical.Add(k, LogicalType::Int());
    c.partition_keys = keys;
    c.list = MakeDirectoryLister(root_, keys, "", false).value();
    return c;
  }
  static table::SubtaskContext Subtask(int i, int n, int64_t rows) {
    table::SubtaskContext c;
    c.subtask = i;
    c.parallelism = n;
    c.batch_rows = rows;
    return c;
  }
  using States = std::optional<std::vector<table::SplitState>>;
  // Reads at most `polls` events of each subtask; ids come out in order of reading. states: in and out.
  static std::vector<int64_t> Read(const FileSource& source, int parallelism, States* states, int polls = 1 << 30, int64_t batch_rows = 10) {
    std::vector<int64_t> ids;
    std::vector<table::SplitState> after;
    for (int i = 0; i < parallelism; ++i) {
      auto reader = source.CreateReader(Subtask(i, parallelism, batch_rows)).value();
      Status s = reader->Open(*states);
      EXPECT_TRUE(s.ok()) << s.ToString();
      for (int k = 0; k < polls; ++k) {
        auto e = reader->Poll(std::chrono::milliseconds(0));
        EXPECT_TRUE(e.ok()) << e.status().ToString();
        if (!e.ok() || e->kind == Event::Kind::kEnd || e->kind == Event::Kind::kIdleSplits) break;
        if (e->kind != Event::Kind::kBatch) continue;
        EXPECT_EQ(e->batch.columns().size(), source.row_type().size());
        const auto& column = static_cast<const arrow::Int64Array&>(*e->batch.column(0));
        for (int64_t r = 0; r < e->batch.num_rows(); ++r) ids.push_back(column.Value(r));
      }
      auto taken = reader->Snapshot(1);
      EXPECT_TRUE(taken.ok());
      after.insert(after.end(), taken->begin(), taken->end());
    }
    *states = after;
    return ids;
  }
  static std::multiset<int64_t> Set(const std::vector<int64_t>& v) { return {v.begin(), v.end()}; }
  static std::multiset<int64_t> UpTo(int64_t n) {
    std::multiset<int64_t> s;
    for (int64_t i = 0; i < n; ++i) s.insert(i);
    return s;
  }
  fs::path root_;
  RowType type_;
};

TEST_F(FileSourceTest, ReadsEveryRowOnceAtAnyParallelismAndRange) {
  File("a.txt", 0, 100);
  File("b.txt", 100, 1000, false);
  File("sub/c.txt", 1100, 7);
  File("sub/_hidden.txt", 5000, 7);
  File(".hidden", 5000, 7);
  File(".dir/x", 5000, 7);
  for (bool bulk : {false, true}) {
    for (int parallelism : {1, 2, 5}) {
      for (int64_t range : {int64_t{64} << 20, int64_t{100}, int64_t{7}, int64_t{1}}) {
        auto config = Config(bulk);
        config.range_bytes = range;
        auto source = FileSource::Make(std::move(config)).value();
        EXPECT_TRUE(source->bounded());
        States states;
        EXPECT_EQ(Set(Read(*source, parallelism, &states)), UpTo(1107)) << bulk << parallelism << " " << range;
      }
    }
  }
}

TEST_F(FileSourceTest, RestoredPositionsAreExactWithAnotherParallelism) {
  for (int i = 0; i < 6; ++i) File("f" + std::to_string(i), i * 100, 100);
  for (bool bulk : {false, true}) {
    for (int polls : {0, 1, 3, 11, 12, 30}) {
      auto config = Config(bulk);
      config.range_bytes = 350;
      auto source = FileSource::Make(config).value();
      States states;
      auto first = Read(*source, 3, &states, polls, 7);
      File("late", 100'000, 5);   // a bounded read doesn't take what came after it began
      auto again = FileSource::Make(config).value();
      auto middle = Read(*again, 2, &states, 2, 9);
      auto rest = Read(*again, 5, &states);
      first.insert(first.end(), middle.begin(), middle.end());
      first.insert(first.end(), rest.begin(), rest.end());
      EXPECT_EQ(Set(first), UpTo(600)) << bulk << polls;
      fs::remove(root_ / "late");
    }
  }
}

TEST_F(FileSourceTest, WatchingTakesEachPathOnce) {
  File("a", 0, 10);
  auto config = Config();
  config.monitor_ms = 1;
  config.list = MakeDirectoryLister(root_, {}, "", true).value();
  auto source = FileSource::Make(config).value();
  EXPECT_FALSE(source->bounded());
  States states;
  EXPECT_EQ(Set(Read(*source, 2, &states)), UpTo(10));
  File("b", 10, 10);
  EXPECT_EQ(Set(Read(*source, 3, &states)), [] { std::multiset<int64_t> s; for (int i = 10; i < 20; ++i) s.insert(i); return s; }());
  File("a", 0, 50);   // the same path again
  EXPECT_TRUE(Read(*source, 1, &states).empty());
  // In one run, too.
  auto reader = source->CreateReader(Subtask(0, 1, 100)).value();
  ASSERT_TRUE(reader->Open(states).ok());
  EXPECT_EQ(reader->Poll(std::chrono::milliseconds(0))->kind, Event::Kind::kIdleSplits);
  EXPECT_EQ(reader->open_splits(), 0);
  File("c", 20, 3);
  int64_t rows = 0;
  const int64_t start = MonotonicMs();
  while (rows < 3 && MonotonicMs() - start < 5000) {
    auto e = reader->Poll(std::chrono::milliseconds(5));
    ASSERT_TRUE(e.ok());
    if (e->kind == Event::Kind::kBatch) rows += e->batch.num_rows();
  }
  EXPECT_EQ(rows, 3);
}

TEST_F(FileSourceTest, PartitionsMetadataAndProjection) {
  File("dt=1/hr=2/a", 0, 2);
  File("dt=__DEFAULT_PARTITION__/hr=3/b", 2, 1);
  auto config = Config(false, {"dt", "hr"});
  config.metadata = {{"p", "file.path"}, {"n", "file.name"}, {"s", "file.size"}, {"m", "file.modification-time"}};
  auto source = FileSource::Make(config).value();
  ASSERT_EQ(source->row_type().names, (std::vector<std::string>{"id", "v", "dt", "hr", "p", "n", "s", "m"}));
  ASSERT_TRUE(source->ApplyProjection({3, 5, 2, 1, 6, 4, 7}));
  auto reader = source->CreateReader(Subtask(0, 1, 100)).value();
  ASSERT_TRUE(reader->Open(std::nullopt).ok());
  std::vector<std::string> rows;
  for (;;) {
    auto e = reader->Poll(std::chrono::milliseconds(0));
    ASSERT_TRUE(e.ok()) << e.status().ToString();
    if (e->kind == Event::Kind::kEnd) break;
    if (e->kind != Event::Kind::kBatch) continue;
    for (int64_t r = 0; r < e->batch.num_rows(); ++r) {
      std::string row;
      for (size_t c = 0; c < 5; ++c) {
        if (e->batch.column(c)->IsNull(r)) row += "~";
        else types::AppendText(*e->batch.column(c), r, source->row_type().types[c], types::TextStyle::kPlain, "UTC", &row);
        row += "|";
      }
      rows.push_back(row);
      EXPECT_GT(static_cast<const arrow::TimestampArray&>(*e->batch.column(6)).Value(r), 1'600'000'000'000);
    }
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"2|a|1|v0|10|", "2|a|1|v1|10|", "3|b|~|v2|5|"}));
  config.metadata = {{"p", "file.nam"}};
  EXPECT_FALSE(FileSource::Make(config).ok());
  File("dt=x/hr=1/c", 9, 1);
  auto bad = FileSource::Make(Config(false, {"dt", "hr"})).value();
  auto r = bad->CreateReader(Subtask(0, 1, 100)).value();
  ASSERT_TRUE(r->Open(std::nullopt).ok());
  Status s;
  for (int i = 0; i < 20 && s.ok(); ++i) s = r->Poll(std::chrono::milliseconds(0)).status();
  EXPECT_NE(s.message().find("dt=x/hr=1/c', partition column 'dt': partition value 'x' is not a value of INT"), std::string::npos) << s.ToString();
}

TEST_F(FileSourceTest, LimitPatternAndMissingLocation) {
  File("a.csv", 0, 100);
  File("b.txt", 1000, 100);
  auto config = Config();
  config.list = MakeDirectoryLister(root_, {}, ".*\\.csv", false).value();
  auto source = FileSource::Make(config).value();
  ASSERT_TRUE(source->ApplyLimit(25));
  States states;
  EXPECT_EQ(Set(Read(*source, 1, &states)), UpTo(25));
  EXPECT_EQ(MakeDirectoryLister(root_, {}, "(", false).status().message(), "Invalid value for option 'source.path.regex-pattern'.");
  EXPECT_EQ(MakeDirectoryLister(root_ / "none", {}, "", false).value()().status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(MakeDirectoryLister(root_ / "none", {}, "", true).value()()->empty());
  EXPECT_EQ(MakeDirectoryLister(root_ / "a.csv", {}, "", false).value()()->size(), 1u);
}

TEST_F(FileSourceTest, BadRecordSaysFileAndOffset) {
  std::ofstream(root_ / "x") << "1,a\n2,b\nbad\n4,d\n";
  auto source = FileSource::Make(Config()).value();
  auto reader = source->CreateReader(Subtask(0, 1, 100)).value();
  ASSERT_TRUE(reader->Open(std::nullopt).ok());
  Status s = reader->Poll(std::chrono::milliseconds(0)).status();
  EXPECT_EQ(s.message(), "file '" + (root_ / "x").string() + "', offset 8: bad line");
}

TEST_F(FileSourceTest, CompressedFiles) {
  for (int64_t i = 0; i < 2; ++i) File("f" + std::to_string(i), i * 5000, 5000);
  ASSERT_EQ(system(("gzip " + (root_ / "f0").string()).c_str()), 0);
  auto config = Config();
  config.range_bytes = 1000;
  auto source = FileSource::Make(config).value();
  States states;
  auto ids = Read(*source, 1, &states, 3, 100);
  auto rest = Read(*source, 2, &states);
  ids.insert(ids.end(), rest.begin(), rest.end());
  EXPECT_EQ(Set(ids), UpTo(10'000));
}

TEST_F(FileSourceTest, BrokenPositionsAreRefused) {
  File("a", 0, 10);
  auto source = FileSource::Make(Config()).value();
  auto reader = source->CreateReader(Subtask(0, 1, 3)).value();
  ASSERT_TRUE(reader->Open(std::nullopt).ok());
  ASSERT_TRUE(reader->Poll(std::chrono::milliseconds(0)).ok());
  auto states = reader->Snapshot(1).value();
  ASSERT_EQ(states.size(), 1u);
  for (size_t n = 2; n < states[0].bytes.size(); n += 5) {
    auto r = source->CreateReader(Subtask(0, 1, 3)).value();
    EXPECT_EQ(r->Open(std::vector<table::SplitState>{{states[0].split_id, states[0].bytes.substr(0, n)}}).code(), StatusCode::kCorrupt) << n;
  }
  fs::resize_file(root_ / "a", 2);
  auto r = source->CreateReader(Subtask(0, 1, 3)).value();
  ASSERT_TRUE(r->Open(states).ok());
  EXPECT_EQ(r->Poll(std::chrono::milliseconds(0)).status().code(), StatusCode::kCorrupt);
}

}  // namespace
}  // namespace tarn::plug::files
