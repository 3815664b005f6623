#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/arguments.h"
#include "app/data_directory.h"
#include "app/row_printer.h"
#include "net/json_writer.h"

namespace tarn::app {
namespace {

class Directory {
 public:
  Directory() { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~Directory() { std::error_code e; std::filesystem::remove_all(path_, e); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/tarn-app-XXXXXX";
};

Result<Arguments> Parse(std::vector<std::string> words, const std::vector<FlagSpec>& specs = {}, size_t rest = 0) {
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  return ParseArguments(static_cast<int>(argv.size()), argv.data(), specs, rest);
}

TEST(Arguments, FlagsKeysAndRest) {
  std::vector<FlagSpec> specs = {{"execute", 'e', true, "SQL", ""}, {"detach", 0, false, "", ""}};
  auto a = Parse({"-e", "SELECT 1", "--http-port=0", "--log-level", "debug", "-D", "a=b", "--detach", "x.sql"}, specs, 1);
  ASSERT_TRUE(a.ok()) << a.status().ToString();
  EXPECT_EQ(a->Get("execute"), "SELECT 1");
  EXPECT_TRUE(a->Has("detach"));
  EXPECT_EQ(a->config.Integer("http-port"), 0);
  EXPECT_EQ(a->config.Text("log.level"), "debug");
  EXPECT_EQ(a->config.session().at("a"), "b");
  EXPECT_EQ(a->rest, std::vector<std::string>{"x.sql"});
  EXPECT_EQ(Parse({"--http-prt", "1"}).status().hint(), "did you mean --http-port?");
  EXPECT_FALSE(Parse({"--http-port"}).ok());
  EXPECT_FALSE(Parse({"word"}).ok());
  EXPECT_TRUE(Parse({"--help", "--config", "/nowhere"}).ok());
}

TEST(Arguments, ErrorTextPointsAtTheWord) {
  Status e = Status::NotFound("Object 'nope' not found").WithPosition({2, 6, 2, 9}).WithHint("Did you mean 'hope'?");
  EXPECT_EQ(ErrorText(e, "SELECT *\nFROM nope"), "error: [NOT_FOUND] Object 'nope' not found\n  2 | FROM nope\n    |      ^^^^\nhint: Did you mean 'hope'?\n");
}

TEST(DataDirectory, OneOwnerAndFormat) {
  Directory d;
  {
    auto first = DataDirectory::Open(d.path() + "/data", "tarn server");
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    ASSERT_TRUE((*first)->Announce({getpid(), "127.0.0.1", 1, 2, 3}).ok());
    auto second = DataDirectory::Open(d.path() + "/data", "tarn server");
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.status().code(), StatusCode::kConflict);
    EXPECT_NE(second.status().message().find("process " + std::to_string(getpid()) + " (tarn server)"), std::string::npos) << second.status().message();
    EXPECT_NE(second.status().message().find("http://127.0.0.1:2"), std::string::npos);
    auto found = FindRunningServer(d.path() + "/data");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->gateway, 2);
  }
  EXPECT_FALSE(FindRunningServer(d.path() + "/data"));
  EXPECT_EQ(ReadFormat(d.path() + "/data"), kDataFormat);
}

TEST(DataDirectory, NewerIsRefusedOlderIsBackedUp) {
  Directory d;
  std::filesystem::create_directories(d.path() + "/jobs/1");
  std::ofstream(d.path() + "/jobs/1/job") << "kept";
  std::ofstream(d.path() + "/format") << "tarn-data 99\n";
  EXPECT_EQ(DataDirectory::Open(d.path(), "t").status().code(), StatusCode::kNotSupported);
  std::ofstream(d.path() + "/format") << "tarn-data 0\n";
  auto opened = DataDirectory::Open(d.path(), "t");
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_FALSE((*opened)->upgrade_note().empty());
  bool backed_up = false;
  for (const auto& e : std::filesystem::directory_iterator(d.path())) backed_up |= std::filesystem::exists(e.path() / "jobs/1/job") && e.path().filename().string().starts_with("backup-0-");
  EXPECT_TRUE(backed_up);
  EXPECT_EQ(ReadFormat(d.path()), kDataFormat);
}

TEST(DataDirectory, ForeignDirectoriesAreLeftAlone) {
  Directory d;
  std::ofstream(d.path() + "/thesis.tex") << "x";
  EXPECT_EQ(DataDirectory::Open(d.path(), "t").status().code(), StatusCode::kConflict);
}

std::string Printed(OutputFormat format, ResultHead head, const std::vector<std::pair<std::string, std::vector<std::string>>>& rows) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* f = open_memstream(&text, &size);
  auto sink = MakePrinter(format, f);
  sink->OnHead(head);
  for (const auto& [kind, cells] : rows) sink->OnRow(kind, std::vector<std::string_view>(cells.begin(), cells.end()));
  sink->OnEnd(false, 1.5);
  std::fclose(f);
  std::string out(text, size);
  std::free(text);
  return out;
}

TEST(RowPrinter, StreamingTableAsFlinkDrawsIt) {
  ResultHead head;
  head.is_query = head.streaming = true;
  head.columns = {{"name", types::LogicalType::String()}, {"c", types::LogicalType::BigInt()}};
  EXPECT_EQ(Printed(OutputFormat::kTable, head, {{"INSERT", {"\"Bob\"", "\"1\""}}, {"UPDATE_BEFORE", {"\"Bob\"", "\"1\""}}, {"UPDATE_AFTER", {"null", "\"2\""}}}),
            "+----+--------------------------------+----------------------+\n"
            "| op |                           name |                    c |\n"
            "+----+--------------------------------+----------------------+\n"
            "| +I |                            Bob |                    1 |\n"
            "| -U |                            Bob |                    1 |\n"
            "| +U |                         <NULL> |                    2 |\n"
            "+----+--------------------------------+----------------------+\n"
            "Received a total of 3 rows (1.50 seconds)\n");
  EXPECT_TRUE(Printed(OutputFormat::kTable, head, {}).ends_with("+\nReceived a total of 0 row (1.50 seconds)\n"));
}

TEST(RowPrinter, BatchTablesAndNotes) {
  ResultHead head;
  head.is_query = true;
  head.columns = {{"s", types::LogicalType::String()}};
  EXPECT_EQ(Printed(OutputFormat::kTable, head, {{"INSERT", {"\"a very long string that will be cut\""}}}),
            "+--------------------------------+\n|                              s |\n+--------------------------------+\n| a very long string that wil... |\n"
            "+--------------------------------+\n1 row in set (1.50 seconds)\n");
  head.is_query = false;
  EXPECT_EQ(Printed(OutputFormat::kTable, head, {{"INSERT", {"null"}}, {"INSERT", {"\"xy\""}}}), "+----+\n|  s |\n+----+\n|    |\n| xy |\n+----+\n2 rows in set\n");
  head.success_only = true;
  EXPECT_EQ(Printed(OutputFormat::kTable, head, {{"INSERT", {"\"OK\""}}}), "[INFO] Execute statement succeeded.\n");
}

TEST(RowPrinter, CsvAndJson) {
  ResultHead head;
  head.is_query = true;
  head.columns = {{"a", types::LogicalType::String()}, {"n", types::LogicalType::Decimal(38, 2)}};
  EXPECT_EQ(Printed(OutputFormat::kCsv, head, {{"INSERT", {"\"x,\\\"y\"", "\"1.50\""}}, {"INSERT", {"null", "\"\""}}}), "a,n\n\"x,\"\"y\",1.50\n,\"\"\n");
  head.streaming = true;
  EXPECT_EQ(Printed(OutputFormat::kJson, head, {{"DELETE", {"\"x\"", "12345678901234567890.5"}}}), "{\"op\":\"-D\",\"a\":\"x\",\"n\":12345678901234567890.5}\n");
}

TEST(RowPrinter, Widths) {
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("é"), 1);
  EXPECT_EQ(CutToWidth("日本語日本語", 9), "日本語...");
  EXPECT_EQ(StreamingWidth(types::LogicalType::Timestamp(3)), 23);
  EXPECT_EQ(StreamingWidth(types::LogicalType::Timestamp(0)), 19);
  EXPECT_EQ(StreamingWidth(types::LogicalType::Decimal(10, 2)), 12);
}

TEST(LogicalTypes, FromTheGatewaysJson) {
  auto t = LogicalTypeFromJson(R"({"type":"ROW","nullable":false,"fields":[{"name":"a","fieldType":{"type":"DECIMAL","nullable":true,"precision":10,"scale":3}}]})");
  EXPECT_EQ(t, types::LogicalType::Row({{"a", types::LogicalType::Decimal(10, 3), ""}}).NotNull());
}

}  // namespace
}  // namespace tarn::app
