// Fuzz target: any bytes, in any pieces, must leave the parser in a lawful state. Built by ./dev fuzz with clang's libFuzzer,
// or run over random bytes with -DTARN_FUZZ_MAIN (no clang needed).
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

#ifdef TARN_FUZZ_MAIN
#include <cstdio>
#include <random>
int main(int argc, char** argv) {
  const std::string pieces[] = {"GET ", "POST ", "/a?b=%41", " HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "\r\n", "\n", "5\r\nabcde\r\n", "0\r\n\r\n", "HTTP/1.1 200 OK\r\n", ":", " ", "x", "\xff", "ffffffffffffffff\r\n"};
  std::mt19937_64 random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  long runs = argc > 1 ? std::atol(argv[1]) : 100000;
  for (long i = 0; i < runs; ++i) {
    std::string input = {static_cast<char>(random()), static_cast<char>(random())};
    for (size_t n = random() % 24; n > 0; --n) {
      input += pieces[random() % std::size(pieces)];
      if (random() % 16 == 0) input += static_cast<char>(random());
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::printf("%ld inputs\n", runs);
}
#endif
