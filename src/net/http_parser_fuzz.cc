// Fuzz target: any bytes, in any pieces, must leave the parser in a lawful state. The first two bytes choose kind and piece size.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  using tarn::net::HttpParser;
  HttpParser parser(data[0] & 1 ? HttpParser::Kind::kRequest : HttpParser::Kind::kResponse, {.start_line_bytes = 512, .header_bytes = 2048, .header_count = 16, .body_bytes = 4096});
  size_t piece = 1 + data[1] % 64;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  while (!bytes.empty() && parser.state() != HttpParser::State::kWrong) {
    size_t n = bytes.size() < piece ? bytes.size() : piece;
    size_t taken = parser.Feed(bytes.substr(0, n));
    if (taken > n || parser.request().body.size() > 4096) std::abort();
    if (parser.state() == HttpParser::State::kDone) parser.Reset();
    else if (taken < n && parser.state() == HttpParser::State::kMore) std::abort();
    bytes.remove_prefix(taken);
  }
  return 0;
}
