#include <gtest/gtest.h>

#include <filesystem>

#include "base/clock.h"
#include "plug/layout/files/test_format.h"
#include "table/registry.h"

namespace tarn::plug {
Status Register_connector_files(table::Registry& registry);
namespace {

namespace fs = std::filesystem;

class LineFactory final : public table::FormatFactory {
 public:
  std::string identifier() const override { return "line"; }
  std::vector<config::OptionSpec> options() const override { return {{"x", "string", "", false, ""}}; }
  Result<std::unique_ptr<table::Format>> Create(const config::OptionSet&, const std::string&) const override { return std::unique_ptr<table::Format>(new files::LineFormat()); }
};

class FilesConnector : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Register_connector_files(registry_).ok());
    ASSERT_TRUE(registry_.Add(std::make_unique<LineFactory>()).ok());
    root_ = fs::temp_directory_path() / ("tarn_files_connector_" + std::to_string(MonotonicNs()));
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  table::TableContext Context(std::map<std::string, std::string> options, std::vector<std::string> keys = {}) {
    table::TableContext c;
    options["connector"] = "filesystem";
    if (!options.count("path")) options["path"] = "file://" + root_.string() + "/t";
    if (!options.count("format")) options["format"] = "line";
    c.table.options = std::move(options);
    c.table.partition_keys = std::move(keys);
    c.physical.Add("id", types::LogicalType::BigInt());
    c.physical.Add("v", types::LogicalType::String());
    c.path = {"c", "d", "t"};
    return c;
  }
  Status Sink(std::map<std::string, std::string> options, std::vector<std::string> keys = {"v"}) { return registry_.CreateSink(Context(std::move(options), std::move(keys))).status(); }
  Status Source(std::map<std::string, std::string> options) { return registry_.CreateSource(Context(std::move(options))).status(); }
  table::Registry registry_;
  fs::path root_;
};

TEST_F(FilesConnector, WritesAndReadsBack) {
  auto context = Context({{"sink.partition-commit.policy.kind", "success-file"}}, {"v"});
  auto sink = registry_.CreateSink(context);
  ASSERT_TRUE(sink.ok()) << sink.status().ToString();
  table::SubtaskContext subtask;
  auto writer = (*sink)->CreateWriter(subtask).value();
  auto committer = (*sink)->CreateCommitter(subtask).value();
  ASSERT_TRUE(writer->Open(std::nullopt).ok() && committer->Open(std::nullopt).ok());
  arrow::Int64Builder id;
  arrow::StringBuilder v;
  ASSERT_TRUE(id.AppendValues({1, 2, 3}).ok() && v.AppendValues({"a", "b", "a"}).ok());
  ASSERT_TRUE(writer->Write(Batch(3, {id.Finish().ValueOrDie(), v.Finish().ValueOrDie()})).ok());
  auto bytes = writer->PrepareCommit(1, true).value();
  ASSERT_TRUE(committer->Prepare(1, {{0, bytes}}, EventTime::Max(), true).ok());
  ASSERT_TRUE(committer->Commit(1).ok());
  EXPECT_TRUE(fs::exists(root_ / "t/v=a/_SUCCESS"));
  auto source = registry_.CreateSource(context);
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  auto reader = (*source)->CreateReader(subtask).value();
  ASSERT_TRUE(reader->Open(std::nullopt).ok());
  int64_t rows = 0;
  for (;;) {
    auto e = reader->Poll(std::chrono::milliseconds(0));
    ASSERT_TRUE(e.ok()) << e.status().ToString();
    if (e->kind == table::SourceEvent::Kind::kEnd) break;
    rows += e->batch.num_rows();
  }
  EXPECT_EQ(rows, 3);
}

TEST_F(FilesConnector, OptionsAreChecked) {
  EXPECT_EQ(Sink({{"sink.partition-commit.triger", "x"}}).hint(), "did you mean 'sink.partition-commit.trigger' instead of 'sink.partition-commit.triger'?");
  EXPECT_EQ(Sink({{"sink.partition-commit.trigger", "partition-tim"}}).hint(), "did you mean 'partition-time'?");
  EXPECT_EQ(Sink({{"format", "lin"}}).hint(), "did you mean 'line'?");
  EXPECT_EQ(Sink({{"path", "s3a://b/c"}}).message(), "file system scheme 's3a'");
  EXPECT_NE(Sink({{"sink.partition-commit.policy.kind", "metastore"}}).message().find("Can not configure a 'metastore' partition commit policy for a file system table."), std::string::npos);
  EXPECT_EQ(Sink({{"sink.partition-commit.policy.kind", "custom"}}).code(), StatusCode::kNotSupported);
  EXPECT_EQ(Sink({{"sink.partition-commit.policy.kind", "suces"}}).message(), "Unsupported policy: suces");
  EXPECT_EQ(Sink({{"auto-compaction", "true"}}).code(), StatusCode::kNotSupported);
  EXPECT_EQ(Sink({}, {"nope"}).message(), "partition key 'nope' is not a column of the table");
  EXPECT_FALSE(Sink({}, {"id", "v"}).ok());
  EXPECT_EQ(Source({{"source.monitor-interval", "soon"}}).message(), "Invalid value for option 'source.monitor-interval'.");
  EXPECT_EQ(Source({{"source.monitor-interval", "0 s"}}).message(), "Invalid value for option 'source.monitor-interval'.");
  EXPECT_TRUE(Source({{"source.monitor-interval", "1 s"}, {"line.x", "y"}}).ok());
  auto c = Context({});
  auto options = c.table.options;
  options.Erase("path");
  c.table.options = options;
  EXPECT_EQ(registry_.CreateSource(c).status().detail(), "Missing required options are: path");
}

}  // namespace
}  // namespace tarn::plug
