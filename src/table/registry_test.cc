#include "table/registry.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

class FakeFormat final : public Format {};
class FakeFormatFactory final : public FormatFactory {
 public:
  std::string identifier() const override { return "json"; }
  std::vector<config::OptionSpec> options() const override { return {{"ignore-parse-errors", "boolean", "false", false, ""}}; }
  Result<std::unique_ptr<Format>> Create(const config::OptionSet& o, const std::string&) const override {
    TRY(o.GetBoolean("ignore-parse-errors", false));
    return std::unique_ptr<Format>(new FakeFormat());
  }
};
class SinkOnly final : public ConnectorFactory {
 public:
  std::string identifier() const override { return "print"; }
  std::vector<config::OptionSpec> options() const override { return {{"format", "string", "", false, ""}, {"key.format", "string", "", false, ""}}; }
  bool can_read() const override { return false; }
  bool can_write() const override { return true; }
  Result<std::unique_ptr<Sink>> CreateSink(const TableContext&) const override { return Status::Internal("made"); }
};

Status MakeSink(const Registry& r, std::map<std::string, std::string> options) {
  TableContext c;
  c.table.options = std::move(options);
  return r.CreateSink(c).status();
}

TEST(Registry, FlinksTexts) {
  Registry r;
  ASSERT_TRUE(r.Add(std::make_unique<SinkOnly>()).ok());
  ASSERT_TRUE(r.Add(std::make_unique<FakeFormatFactory>()).ok());
  EXPECT_EQ(r.Add(std::make_unique<SinkOnly>()).code(), StatusCode::kAlreadyExists);

  Status s = MakeSink(r, {{"connector", "prnt"}});
  EXPECT_EQ(s.message(),
            "Could not find any factory for identifier 'prnt' that implements 'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.");
  EXPECT_EQ(s.detail(), "Available factory identifiers are: print");
  EXPECT_EQ(s.hint(), "did you mean 'print'?");
  EXPECT_TRUE(MakeSink(r, {}).message().starts_with("Table options do not contain an option key 'connector' for discovering a connector."));

  TableContext c;
  c.table.options = std::map<std::string, std::string>{{"connector", "print"}};
  EXPECT_EQ(r.CreateSource(c).status().message(), "Connector 'print' can only be used as a sink. It cannot be used as a source.");
}

TEST(Registry, FormatOptionsAreCheckedWithTheConnectors) {
  Registry r;
  ASSERT_TRUE(r.Add(std::make_unique<SinkOnly>()).ok());
  ASSERT_TRUE(r.Add(std::make_unique<FakeFormatFactory>()).ok());
  EXPECT_EQ(MakeSink(r, {{"connector", "print"}, {"format", "json"}, {"json.ignore-parse-errors", "true"}}).message(), "made");
  EXPECT_EQ(MakeSink(r, {{"connector", "print"}, {"key.format", "json"}, {"key.json.ignore-parse-errors", "true"}}).message(), "made");
  Status s = MakeSink(r, {{"connector", "print"}, {"format", "json"}, {"json.ignore-parse-error", "true"}});
  EXPECT_EQ(s.message(), "Unsupported options found for 'print'.");
  EXPECT_EQ(s.hint(), "did you mean 'json.ignore-parse-errors' instead of 'json.ignore-parse-error'?");
  s = MakeSink(r, {{"connector", "print"}, {"format", "jsn"}});
  EXPECT_EQ(s.hint(), "did you mean 'json'?");
  s = MakeSink(r, {{"connector", "print"}, {"format", "json"}, {"json.ignore-parse-errors", "yes"}});
  EXPECT_EQ(s.message(), "Invalid value for option 'json.ignore-parse-errors'.");
  EXPECT_TRUE(r.CreateFormat(config::OptionSet({{"value.format", "json"}, {"value.json.ignore-parse-errors", "true"}}), "value.format", "UTC").ok());
  EXPECT_FALSE(r.CreateFormat(config::OptionSet({{"value.format", "json"}, {"value.json.x", "true"}}), "value.format", "UTC").ok());
}

}  // namespace
}  // namespace tarn::table
