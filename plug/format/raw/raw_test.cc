#include <gtest/gtest.h>

#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
Status Register_format_raw(table::Registry& registry);
namespace {

class Raw : public ::testing::Test {
 protected:
  using OptionMap = std::map<std::string, std::string>;
  void SetUp() override { ASSERT_TRUE(Register_format_raw(registry_).ok()); }
  Result<std::unique_ptr<table::Format>> Make(OptionMap o = {}) { return (*registry_.FindFormat("raw"))->Create(config::OptionSet(std::move(o)), "UTC"); }
  static RowType One(const std::string& type) {
    RowType t;
    t.Add("v", *types::ParseType(type));
    return t;
  }
  // Decodes, and encodes what it got: the same bytes come out.
  std::string RoundTrip(const std::string& type, const std::string& bytes, OptionMap o = {}) {
    auto format = Make(std::move(o)).value();
    auto decoder = format->CreateDecoder(One(type)).value();
    std::vector<std::string_view> records{bytes};
    Status s = decoder->Decode(records, nullptr, nullptr);
    if (!s.ok()) return s.message();
    Batch b = decoder->Finish().value();
    std::string text, out;
    types::AppendText(*b.column(0), 0, One(type).types[0], types::TextStyle::kPlain, "UTC", &text);
    std::vector<size_t> ends;
    EXPECT_TRUE(format->CreateEncoder(One(type)).value()->Encode(b, &out, &ends).ok());
    EXPECT_EQ(out, bytes) << type;
    return text;
  }
  table::Registry registry_;
};

TEST_F(Raw, EveryTypeAndOrder) {
  using std::string;
  EXPECT_EQ(RoundTrip("BOOLEAN", string("\1", 1)), "TRUE");
  EXPECT_EQ(RoundTrip("TINYINT", "\xff"), "-1");
  EXPECT_EQ(RoundTrip("SMALLINT", string("\x01\x02", 2)), "258");
  EXPECT_EQ(RoundTrip("SMALLINT", string("\x01\x02", 2), {{"endianness", "little-endian"}}), "513");
  EXPECT_EQ(RoundTrip("INT", string("\0\0\1\0", 4)), "256");
  EXPECT_EQ(RoundTrip("BIGINT", string("\0\0\0\0\0\0\1\0", 8)), "256");
  EXPECT_EQ(RoundTrip("FLOAT", string("\x3f\x80\0\0", 4)), "1.0");
  EXPECT_EQ(RoundTrip("DOUBLE", string("\x3f\xf0\0\0\0\0\0\0", 8)), "1.0");
  EXPECT_EQ(RoundTrip("STRING", "h\xc3\xa9"), "h\xc3\xa9");
  EXPECT_EQ(RoundTrip("BYTES", string("\0\xff", 2)), "x'00ff'");
  EXPECT_EQ(RoundTrip("STRING", "h\xe9", {{"charset", "ISO-8859-1"}}), "h\xc3\xa9");
  EXPECT_EQ(RoundTrip("STRING", string("\0h\xd8\x3d\xde\x00", 6), {{"charset", "UTF-16BE"}}), "h\xf0\x9f\x98\x80");
  EXPECT_EQ(RoundTrip("STRING", string("h\0", 2), {{"charset", "utf-16le"}}), "h");
}

TEST_F(Raw, Refusals) {
  EXPECT_EQ(RoundTrip("INT", "abc"), "Size of data received for deserializing INT type is not 4.");
  RowType two = One("INT");
  two.Add("w", types::LogicalType::Int());
  EXPECT_TRUE(Make().value()->CreateDecoder(two).status().message().starts_with("The 'raw' format only supports single physical column."));
  EXPECT_EQ(Make().value()->CreateDecoder(One("DATE")).status().message(), "The 'raw' format doesn't supports 'DATE' as column type.");
  EXPECT_EQ(Make({{"charset", "KOI8-R"}}).status().message(), "Unsupported 'raw.charset' name: KOI8-R.");
  auto decoder = Make().value()->CreateDecoder(One("STRING")).value();
  std::vector<std::string_view> records{"a\xff" "b"};
  ASSERT_TRUE(decoder->Decode(records, nullptr, nullptr).ok());
  EXPECT_TRUE(decoder->Finish()->column(0)->ValidateFull().ok());   // wrong UTF-8 becomes U+FFFD
}

}  // namespace
}  // namespace tarn::plug
