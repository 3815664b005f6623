#include <gtest/gtest.h>

#include "base/clock.h"
#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
Status Register_format_csv(table::Registry& registry);
namespace {

class Csv : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;
  using OptionMap = std::map<std::string, std::string>;
  void SetUp() override { ASSERT_TRUE(Register_format_csv(registry_).ok()); }
  Result<std::unique_ptr<table::Format>> Make(OptionMap options = {}) { return (*registry_.FindFormat("csv"))->Create(config::OptionSet(std::move(options)), "UTC"); }
  static RowType Type(std::vector<std::pair<std::string, std::string>> columns) {
    RowType t;
    for (auto& [name, type] : columns) t.Add(name, *types::ParseType(type));
    return t;
  }
  static Lines Rows(const RowType& type, const Batch& batch) {
    Lines out;
    for (size_t c = 0; c < type.size(); ++c) EXPECT_TRUE(batch.column(c)->ValidateFull().ok()) << type.names[c];
    for (int64_t r = 0; r < batch.num_rows(); ++r) {
      std::string row;
      for (size_t c = 0; c < type.size(); ++c) {
        if (c > 0) row += "|";
        if (batch.column(c)->IsNull(r)) row += "~";
        else types::AppendText(*batch.column(c), r, type.types[c], types::TextStyle::kPlain, "UTC", &row);
      }
      out.push_back(row);
    }
    return out;
  }
  // Decodes the text in windows of `window` bytes, 2 rows at a time.
  Result<Lines> Text(const RowType& type, const std::string& text, OptionMap options = {}, size_t window = 1 << 20, size_t* bad = nullptr) {
    auto decoder = TRY(TRY(Make(std::move(options)))->CreateDecoder(type));
    Lines rows;
    size_t end = std::min(window, text.size());
    for (size_t at = 0; at < text.size();) {
      size_t offset = 0;
      auto used = decoder->DecodeText(std::string_view(text).substr(at, end - at), end == text.size(), 2, &offset);
      if (!used.ok()) {
        if (bad) *bad = at + offset;
        return used.status();
      }
      if (*used == 0) {
        if (end == text.size()) return Status::Internal("no progress");
        end = std::min(end + window, text.size());
      }
      at += *used;
      for (auto& r : Rows(type, TRY(decoder->Finish()))) rows.push_back(r);
    }
    return rows;
  }
  table::Registry registry_;
};

TEST_F(Csv, WhatFlinkReads) {   // recorded from Flink 1.20.3, csv.ignore-parse-errors = true
  RowType type = Type({{"a", "INT"}, {"s", "STRING"}, {"d", "DOUBLE"}, {"t", "TIMESTAMP(3)"}});
  const std::string text = "1,a,2.5,2020-01-01 00:00:00\n\n2,\"q \"\"x\"\" y\",,\n3, sp ,1e2,2020-01-01 00:00:00.123\n4,\"multi\nline\",3,\n";
  const Lines expected{"1|a|2.5|2020-01-01 00:00:00.000", "~|~|~|~", "2|q \"x\" y|~|~", "3| sp |100.0|2020-01-01 00:00:00.123", "4|multi\nline|3.0|~"};
  for (size_t window : {size_t{1000}, size_t{1}, size_t{7}, size_t{40}}) {
    auto rows = Text(type, text, {{"ignore-parse-errors", "true"}}, window);
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    EXPECT_EQ(*rows, expected) << window;
  }
  size_t bad = 0;
  Status s = Text(type, text, {}, 1000, &bad).status();
  EXPECT_EQ(s.detail(), "Row length mismatch. 4 fields expected but was 1.");
  EXPECT_EQ(bad, 28u);
}

TEST_F(Csv, WhatFlinkWrites) {   // recorded from Flink 1.20.3
  RowType type = Type({{"a", "DECIMAL(10,2)"}, {"b", "DECIMAL(10,0)"}, {"s", "STRING"}, {"d", "DOUBLE"}, {"arr", "ARRAY<STRING>"}, {"r", "ROW<x INT, y STRING>"}, {"dt", "DATE"},
                       {"ts", "TIMESTAMP(3)"}, {"tz", "TIMESTAMP_LTZ(3)"}, {"y", "BYTES"}, {"bo", "BOOLEAN"}, {"t", "TIME"}});
  const std::string text =
      "1.5,\"1E+5\",\"hello world\",1.5,\"a;b c\",1;z,2020-01-02,\"2020-01-02 03:04:05.12\",\"1970-01-01 00:00:00Z\",AP8=,true,01:02:03\n"
      "0,0,x,1.0E10,a,1;,2020-01-02,\"2020-01-02 03:04:00\",\"1970-01-01 00:00:00Z\",AP8=,true,01:02:00\n"
      ",1,,1.0E-5,,,,,,,,\n"
      "2,2,\"a,b\"\"c\nd averyveryverylongtextwithoutspace\",1.0,x;y,1;q;w,2020-01-02,\"2020-01-02 03:04:00\",\"1970-01-01 00:00:00Z\",,false,01:02:00\n"
      "3,3,\"averyveryverylongtextwithoutspace\",1.0,x,1;a-b_c,2020-01-02,\"2020-01-02 03:04:00\",\"1970-01-01 00:00:00Z\",,false,01:02:00\n"
      "4,4,\"-_;:!\",1.0,x,1;a-b_c,2020-01-02,\"2020-01-02 03:04:00\",\"1970-01-01 00:00:00Z\",,false,01:02:00\n";
  auto format = Make({{"ignore-parse-errors", "true"}}).value();
  auto decoder = format->CreateDecoder(type).value();
  auto used = decoder->DecodeText(text, true, 100, nullptr);
  ASSERT_TRUE(used.ok()) << used.status().ToString();
  Batch batch = decoder->Finish().value();
  ASSERT_EQ(batch.num_rows(), 6);
  EXPECT_EQ(Rows(type, batch)[0], "1.50|100000|hello world|1.5|[a, b c]|(1, z)|2020-01-02|2020-01-02 03:04:05.120|1970-01-01 00:00:00.000|x'00ff'|TRUE|01:02:03");
  std::string out;
  std::vector<size_t> ends;
  ASSERT_TRUE(format->CreateEncoder(type).value()->Encode(batch, &out, &ends).ok());
  std::string lines;
  size_t from = 0;
  for (size_t end : ends) { lines += out.substr(from, end - from) + "\n"; from = end; }
  std::string expected = text;
  expected.replace(expected.find("1;q;w"), 5, "");   // three pieces for two fields: unreadable, NULL
  EXPECT_EQ(lines, expected);
}

TEST_F(Csv, Options) {
  RowType type = Type({{"a", "INT"}, {"s", "STRING"}, {"l", "ARRAY<INT>"}});
  EXPECT_EQ(*Text(type, "#c\n1|x|1/2\n#d\n", {{"field-delimiter", "|"}, {"allow-comments", "true"}, {"array-element-delimiter", "/"}}), (Lines{"1|x|[1, 2]"}));
  EXPECT_EQ(*Text(type, "1\t\"x\t\n", {{"field-delimiter", "\\t"}, {"disable-quote-character", "true"}}), (Lines{"1|\"x|~"}));
  EXPECT_EQ(*Text(type, "1\x01'a''b'\x01" "3\n", {{"field-delimiter", "\\u0001"}, {"quote-character", "'"}}), (Lines{"1|a'b|[3]"}));
  EXPECT_EQ(*Text(type, "1,a\\,b\\\\,\n2,\"q\\\"r\",\n", {{"escape-character", "\\"}}), (Lines{"1|a,b\\|~", "2|q\"r|~"}));
  EXPECT_EQ(*Text(type, "NA,NA,NA\n1,,\n", {{"null-literal", "NA"}}), (Lines{"~|~|~", "1||~"}));
  EXPECT_EQ(*Text(type, "1,x,1\r\n2,y,2", {}), (Lines{"1|x|[1]", "2|y|[2]"}));
  EXPECT_EQ(Make({{"field-delimiter", "||"}}).status().message(), "Option 'csv.field-delimiter' must be a string with single character, but was: ||");
  EXPECT_FALSE(Make({{"disable-quote-character", "true"}, {"quote-character", "'"}}).ok());
  EXPECT_EQ(Make().value()->CreateDecoder(Type({{"m", "MAP<STRING, INT>"}})).status().code(), StatusCode::kNotSupported);
  auto one = [&](OptionMap o, const std::string& text) {
    auto format = Make(std::move(o)).value();
    RowType t = Type({{"a", "DECIMAL(10,2)"}, {"s", "STRING"}});
    auto decoder = format->CreateDecoder(t).value();
    EXPECT_TRUE(decoder->DecodeText(text, true, 10, nullptr).ok());
    std::string out;
    std::vector<size_t> ends;
    EXPECT_TRUE(format->CreateEncoder(t).value()->Encode(decoder->Finish().value(), &out, &ends).ok());
    return out;
  };
  EXPECT_EQ(one({{"write-bigdecimal-in-scientific-notation", "false"}}, "100000,x"), "100000,x");
  EXPECT_EQ(one({{"null-literal", "\\N"}}, "\\N,\\N"), "\\N,\\N");
  EXPECT_EQ(one({{"escape-character", "\\"}}, "1,\"a\\\"b\""), "1,\"a\\\"b\"");
  EXPECT_EQ(one({{"disable-quote-character", "true"}}, "1,a b"), "1,a b");
}

TEST_F(Csv, BadRecordsSayRecordAndColumn) {
  RowType type = Type({{"a", "INT"}, {"b", "DATE"}});
  struct Case { const char *text, *detail; };
  for (const Case& c : {Case{"x,2020-01-01\n", "Fail to deserialize at field: a. 'x' is not a value of INT"}, Case{"1,yesterday\n", "Fail to deserialize at field: b. 'yesterday' is not a value of DATE"},
                        Case{"1,2020-01-01,3\n", "Too many entries: expected at most 2 but was 3."}, Case{"1\n", "Row length mismatch. 2 fields expected but was 1."},
                        Case{"\xff,1\n", "Fail to deserialize at field: a. '\xff' is not a value of INT"}, Case{"1,\"2020\"x\n", "text follows the end of a quoted field"}, Case{"1,\"2020-01-01\n", "a quoted field has no end"}}) {
    size_t bad = 0;
    Status s = Text(type, std::string("7,2020-01-01\n") + c.text, {}, 1000, &bad).status();
    EXPECT_EQ(s.detail(), c.detail);
    EXPECT_TRUE(s.message().starts_with("Failed to deserialize CSV row '")) << s.message();
    EXPECT_EQ(bad, 13u) << c.text;
  }
  auto rows = Text(type, "x,2020-01-01\n1,y\n1,2020-01-01,3\n2,2020-01-02\n", {{"ignore-parse-errors", "true"}});
  EXPECT_EQ(*rows, (Lines{"~|2020-01-01", "1|~", "2|2020-01-02"}));
  auto decoder = Make().value()->CreateDecoder(type).value();
  std::vector<std::string_view> records{"1,2020-01-01", "", "x,2020-01-01"};
  std::vector<uint8_t> rows_of;
  size_t bad = 9;
  EXPECT_FALSE(decoder->Decode(records, &rows_of, &bad).ok());
  EXPECT_EQ(bad, 2u);
  EXPECT_EQ(rows_of[0], 1);
}

TEST_F(Csv, Speed) {
  RowType type = Type({{"id", "BIGINT"}, {"user", "INT"}, {"price", "DOUBLE"}, {"item", "STRING"}});
  std::string text;
  constexpr int kRows = 500'000;
  for (int i = 0; i < kRows; ++i) {
    char line[128];
    snprintf(line, sizeof(line), "%09d,%d,%.2f,item-%06d-abc\n", 100000000 + i, 10000 + i % 1000, 1.25 + i % 5000, i % 100000);
    text += line;
  }
  auto decoder = Make().value()->CreateDecoder(type).value();
  const int64_t cpu = ProcessCpuNs();
  int64_t rows = 0;
  for (size_t at = 0; at < text.size();) {
    auto used = decoder->DecodeText(std::string_view(text).substr(at), true, 4096, nullptr);
    ASSERT_TRUE(used.ok());
    at += *used;
    rows += decoder->Finish()->num_rows();
  }
  printf("csv: %.2f M rows of 4 fields per CPU second\n", static_cast<double>(rows) * 1e3 / static_cast<double>(ProcessCpuNs() - cpu));
}

}  // namespace
}  // namespace tarn::plug
