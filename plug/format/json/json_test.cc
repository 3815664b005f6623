#include <gtest/gtest.h>

#include "base/clock.h"
#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
Status Register_format_json(table::Registry& registry);
namespace {

using types::LogicalType;

class Json : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Register_format_json(registry_).ok()); }

  std::unique_ptr<table::Format> Make(std::map<std::string, std::string> options = {}) {
    auto f = (*registry_.FindFormat("json"))->Create(config::OptionSet(std::move(options)), "UTC");
    EXPECT_TRUE(f.ok()) << f.status().ToString();
    return f.ok() ? std::move(*f) : nullptr;
  }
  static RowType Type(std::vector<std::pair<std::string, std::string>> columns) {
    RowType t;
    for (auto& [name, type] : columns) t.Add(name, *types::ParseType(type));
    return t;
  }
  // "a|b" a row, NULL as "~".
  static std::vector<std::string> Rows(const RowType& type, const Batch& batch) {
    std::vector<std::string> out;
    for (int64_t r = 0; r < batch.num_rows(); ++r) {
      std::string row;
      for (size_t c = 0; c < type.size(); ++c) {
        if (c > 0) row += "|";
        if (batch.column(c)->IsNull(r)) row += "~";
        else types::AppendText(*batch.column(c), r, type.types[c], types::TextStyle::kPlain, "UTC", &row);
      }
      out.push_back(row);
    }
    for (size_t c = 0; c < type.size(); ++c) EXPECT_TRUE(batch.column(c)->ValidateFull().ok()) << batch.column(c)->ValidateFull().ToString();
    return out;
  }
  struct Decoded {
    Status status;
    std::vector<std::string> rows;
    std::vector<uint8_t> rows_of;
    size_t bad = 999;
    int64_t skipped = 0;
  };
  Decoded Decode(const RowType& type, std::vector<std::string_view> records, std::map<std::string, std::string> options = {}) {
    Decoded d;
    auto format = Make(std::move(options));
    auto decoder = format->CreateDecoder(type);
    if (!decoder.ok()) { d.status = decoder.status(); return d; }
    d.status = (*decoder)->Decode(records, &d.rows_of, &d.bad);
    d.skipped = (*decoder)->skipped();
    if (d.status.ok()) {
      auto batch = (*decoder)->Finish();
      EXPECT_TRUE(batch.ok());
      d.rows = Rows(type, *batch);
    }
    return d;
  }
  table::Registry registry_;
  using Lines = std::vector<std::string>;
};

TEST_F(Json, EveryTypeRoundTrips) {
  RowType type = Type({{"b", "BOOLEAN"}, {"i1", "TINYINT"}, {"i2", "SMALLINT"}, {"i4", "INT"}, {"i8", "BIGINT"}, {"f", "FLOAT"}, {"d", "DOUBLE"},
                       {"dec", "DECIMAL(10,2)"}, {"s", "STRING"}, {"y", "BYTES"}, {"dt", "DATE"}, {"t", "TIME"}, {"ts", "TIMESTAMP(3)"}, {"ts9", "TIMESTAMP(9)"},
                       {"tz", "TIMESTAMP_LTZ(6)"}, {"arr", "ARRAY<INT>"}, {"m", "MAP<STRING, ARRAY<INT>>"}, {"r", "ROW<x INT, y ROW<z STRING>>"}, {"ms", "MULTISET<STRING>"}});
  const std::string record =
      R"({"b":true,"i1":-128,"i2":32767,"i4":-5,"i8":9223372036854775807,"f":1.5,"d":-2.25E10,"dec":12.30,"s":"a\"\\\n\u00e9","y":"AP8=","dt":"2024-02-29",)"
      R"("t":"01:02:03","ts":"2024-01-02 03:04:05.006","ts9":"2024-01-02 03:04:05.123456789","tz":"2024-01-02 03:04:05.5Z","arr":[1,null,3],)"
      R"("m":{"a":[1],"b":null},"r":{"x":1,"y":{"z":"q"}},"ms":{"k":2}})";
  for (const char* standard : {"SQL", "ISO-8601"}) {
    std::string text = record;
    if (std::string(standard) != "SQL") for (size_t p; (p = text.find("-02 03")) != std::string::npos;) text[p + 3] = 'T';
    auto format = Make({{"timestamp-format.standard", standard}});
    auto decoder = format->CreateDecoder(type);
    ASSERT_TRUE(decoder.ok()) << decoder.status().ToString();
    std::vector<std::string_view> records{text, text};
    Status s = (*decoder)->Decode(records, nullptr, nullptr);
    ASSERT_TRUE(s.ok()) << s.ToString();
    EXPECT_EQ((*decoder)->pending_rows(), 2);
    Batch batch = *(*decoder)->Finish();
    EXPECT_EQ(Rows(type, batch)[0],
              "TRUE|-128|32767|-5|9223372036854775807|1.5|-2.25E10|12.30|a\"\\\n\xc3\xa9|x'00ff'|2024-02-29|01:02:03|2024-01-02 03:04:05.006|"
              "2024-01-02 03:04:05.123456789|2024-01-02 03:04:05.500000|[1, NULL, 3]|{a=[1], b=NULL}|(1, (q))|{k=2}");
    std::string out;
    std::vector<size_t> ends;
    auto encoder = format->CreateEncoder(type);
    ASSERT_TRUE((*encoder)->Encode(batch, &out, &ends).ok());
    ASSERT_EQ(ends.size(), 2u);
    std::string expected = text;
    expected.replace(expected.find("\\u00e9"), 6, "\xc3\xa9");
    expected.replace(expected.find("12.30"), 5, "12.3");   // Jackson's trees drop trailing zeros
    EXPECT_EQ(out.substr(0, ends[0]), expected);
  }
}

TEST_F(Json, LenientAsFlink) {
  RowType type = Type({{"i", "INT"}, {"s", "STRING"}, {"b", "BOOLEAN"}, {"d", "DOUBLE"}, {"dec", "DECIMAL(5,2)"}});
  auto d = Decode(type, {R"({"i":"1","s":2,"b":"TRUE","d":"1.5","dec":"1.005"})", R"({"i":1.9,"s":1.50,"b":"yes","d":3,"dec":99999})",
                         R"( { "i" : " 7 " , "s" : {"a" : [ 1, "x y" ]} , "b":1, "d":"NaN" } )", R"({"s":true,"i":1,"i":2})", R"({})", "null", "", "  "});
  ASSERT_TRUE(d.status.ok()) << d.status.ToString();
  EXPECT_EQ(d.rows, (Lines{"1|2|TRUE|1.5|1.01", "1|1.50|FALSE|3.0|~", "7|{\"a\":[1,\"x y\"]}|FALSE|NaN|~", "2|true|~|~|~", "~|~|~|~|~"}));
  EXPECT_EQ(d.rows_of, (std::vector<uint8_t>{1, 1, 1, 1, 1, 0, 0, 0}));
}

TEST_F(Json, BooleanAsTextIsLowerCase) {
  auto d = Decode(Type({{"s", "STRING"}}), {R"({"s":true})", R"({"s":false})"});
  EXPECT_EQ(d.rows, (Lines{"true", "false"}));
}

TEST_F(Json, BadRecordsSayRecordAndColumn) {
  RowType type = Type({{"a", "INT"}, {"r", "ROW<x INT>"}});
  auto d = Decode(type, {R"({"a":1})", R"({"a":"abc"})"});
  EXPECT_EQ(d.status.message(), "Failed to deserialize JSON '{\"a\":\"abc\"}'.");
  EXPECT_EQ(d.status.detail(), "Fail to deserialize at field: a. 'abc' is not a value of INT");
  EXPECT_EQ(d.bad, 1u);
  d = Decode(type, {R"({"a":1,"r":{"x":"q"}})"});
  EXPECT_EQ(d.status.detail(), "Fail to deserialize at field: r.x. 'q' is not a value of INT");
  d = Decode(type, {R"({"a":1,"r":5})"});
  EXPECT_NE(d.status.detail().find("a number is not a value of ROW"), std::string::npos);
  for (const char* bad : {"{\"a\":1", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":1}}", "{\"a\":1} x", "[{\"a\":1}]", "{\"a\":tru}", "{\"a\":01}", "{\"a\":1.}", "{\"z\":1.2.3}",
                          "{\"a\":\"x}", "{\"z\":[1,]}", "{\"z\":[1}", "{z:1}", "{\"z\":nul}", "12", "\"x\"", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "{\"z\":{\"q\" 1}}", "{,}", "}", "{\"a\":1 2}",
                          "{\"a\"\"b\":1}", "{\"a\":\"x\"y}", "{\"z\":-}", "{\"z\":1e}"}) {
    d = Decode(type, {R"({"a":1})", bad, R"({"a":2})"});
    EXPECT_FALSE(d.status.ok()) << bad;
    EXPECT_EQ(d.bad, 1u) << bad;
    d = Decode(type, {R"({"a":1})", bad, R"({"a":2})"}, {{"ignore-parse-errors", "true"}});
    EXPECT_TRUE(d.status.ok()) << bad;
    EXPECT_EQ(d.rows, (Lines{"1|~", "2|~"})) << bad;
    EXPECT_EQ(d.skipped, 1) << bad;
  }
  d = Decode(type, {R"({"a":"abc","r":{"x":"q"}})"}, {{"ignore-parse-errors", "true"}});
  EXPECT_EQ(d.rows, (Lines{"~|(NULL)"}));
  d = Decode(type, {R"({"a":1})"}, {{"fail-on-missing-field", "true"}});
  EXPECT_EQ(d.status.detail(), "Could not find field with name 'r'.");
  EXPECT_EQ(Decode(Type({{"m", "MAP<INT, INT>"}}), {}).status.code(), StatusCode::kNotSupported);
}

TEST_F(Json, TextOfManyLinesInPieces) {
  RowType type = Type({{"id", "BIGINT"}, {"v", "STRING"}});
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 10000; ++i) {
    if (i % 17 == 3) text += "\n";
    if (i % 1000 == 7) text += "{\"id\":1,\"v\":\"unclosed}\r\n";
    text += "{\"id\":" + std::to_string(i) + ",\"v\":\"" + std::string(static_cast<size_t>(i % 50), 'x') + "\"}" + (i % 3 ? "\r\n" : "\n");
    expected.push_back(std::to_string(i) + "|" + std::string(static_cast<size_t>(i % 50), 'x'));
  }
  text.pop_back();   // the last line has no end
  auto format = Make({{"ignore-parse-errors", "true"}});
  for (size_t window : {size_t{5000}, size_t{100'000}, text.size()}) {
    auto decoder = format->CreateDecoder(type).value();
    std::vector<std::string> rows;
    for (size_t at = 0; at < text.size();) {
      const size_t n = std::min(window, text.size() - at);
      auto used = decoder->DecodeText(std::string_view(text).substr(at, n), at + n == text.size(), 1000, nullptr);
      ASSERT_TRUE(used.ok()) << used.status().ToString();
      ASSERT_GT(*used, 0u);
      at += *used;
      EXPECT_LE(decoder->pending_rows(), 1000);
      auto batch = decoder->Finish().value();
      for (auto& r : Rows(type, batch)) rows.push_back(r);
    }
    EXPECT_EQ(rows, expected);
    EXPECT_EQ(decoder->skipped(), 10);
  }
  auto decoder = Make()->CreateDecoder(type).value();
  size_t bad = 0;
  auto used = decoder->DecodeText(text, true, 1000, &bad);
  EXPECT_FALSE(used.ok());
  EXPECT_EQ(text.substr(bad, 22), "{\"id\":1,\"v\":\"unclosed}");
}

TEST_F(Json, OneVeryLongLine) {
  RowType type = Type({{"v", "STRING"}});
  const std::string text = "{\"v\":\"" + std::string(2 << 20, 'y') + "\"}\n{\"v\":\"z\"}\n";
  auto decoder = Make()->CreateDecoder(type).value();
  auto used = decoder->DecodeText(text, false, 10, nullptr);
  ASSERT_TRUE(used.ok());
  EXPECT_EQ(*used, text.size());
  EXPECT_EQ(decoder->Finish()->num_rows(), 2);
  EXPECT_EQ(*decoder->DecodeText("{\"v\":", false, 10, nullptr), 0u);
}

TEST_F(Json, EncoderOptions) {
  RowType type = Type({{"dec", "DECIMAL(12,9)"}, {"m", "MAP<STRING, INT>"}, {"n", "INT"}, {"d", "DOUBLE"}});
  auto one = [&](std::map<std::string, std::string> options) -> std::string {
    auto format = Make(std::move(options));
    auto decoder = format->CreateDecoder(type).value();
    std::vector<std::string_view> records{R"({"dec":0.000000027,"m":{"k":1},"d":"NaN"})"};
    EXPECT_TRUE(decoder->Decode(records, nullptr, nullptr).ok());
    std::string out;
    std::vector<size_t> ends;
    EXPECT_TRUE((*format->CreateEncoder(type))->Encode(decoder->Finish().value(), &out, &ends).ok());
    return out;
  };
  EXPECT_EQ(one({}), R"({"dec":2.7E-8,"m":{"k":1},"n":null,"d":"NaN"})");
  EXPECT_EQ(one({{"encode.decimal-as-plain-number", "true"}, {"encode.ignore-null-fields", "true"}}), R"({"dec":0.000000027,"m":{"k":1},"d":"NaN"})");
  auto f = *registry_.FindFormat("json");
  EXPECT_FALSE(f->Create(config::OptionSet({{"fail-on-missing-field", "true"}, {"ignore-parse-errors", "true"}}), "UTC").ok());
}

TEST_F(Json, Speed) {
  RowType type = Type({{"id", "BIGINT"}, {"user", "INT"}, {"price", "DOUBLE"}, {"item", "STRING"}});
  std::string text;
  constexpr int kRows = 500'000;
  for (int i = 0; i < kRows; ++i) {
    char line[128];
    snprintf(line, sizeof(line), "{\"id\":%09d,\"user\":%d,\"price\":%.2f,\"item\":\"item-%06d-abc\"}\n", 100000000 + i, 10000 + i % 1000, 1.25 + i % 5000, i % 100000);
    text += line;
  }
  printf("json: %.1f bytes a line\n", static_cast<double>(text.size()) / kRows);
  auto decoder = Make()->CreateDecoder(type).value();
  for (int round = 0; round < 3; ++round) {
    const int64_t cpu = ProcessCpuNs();
    int64_t rows = 0;
    for (size_t at = 0; at < text.size();) {
      auto used = decoder->DecodeText(std::string_view(text).substr(at), true, 4096, nullptr);
      ASSERT_TRUE(used.ok()) << used.status().ToString();
      at += *used;
      rows += decoder->Finish()->num_rows();
    }
    EXPECT_EQ(rows, kRows);
    printf("json: %.2f M rows of 4 fields per CPU second\n", kRows * 1e3 / static_cast<double>(ProcessCpuNs() - cpu));
  }
}

}  // namespace
}  // namespace tarn::plug
