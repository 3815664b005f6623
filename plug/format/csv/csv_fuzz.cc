// Fuzz entry point (libFuzzer's): any bytes must end in rows or in a Status.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "plug/format/csv/csv_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn;
  static const RowType* type = [] {
    auto* t = new RowType();
    for (const char* c : {"INT", "STRING", "DECIMAL(10, 2)", "TIMESTAMP(3)", "ARRAY<INT>", "ROW<x INT, y STRING>"}) t->Add(c, types::ParseType(c).value());
    return t;
  }();
  plug::csv::Options options;
  options.ignore_parse_errors = size % 2 == 0;
  if (size % 3 == 0) options.escape = '\\';
  auto decoder = plug::csv::CsvDecoder::Make(*type, options).value();
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
