// Bytes of a connection -> HTTP/1.x messages, piece by piece as they arrive. Strict where laxness lets requests be smuggled:
// no whitespace before ':', no folded lines, no Content-Length beside Transfer-Encoding, no differing lengths, only "chunked".
//
// Feed() takes bytes until a message is complete or wrong; what it didn't take belongs to the next message.
// Limits are named and each has its own status code. After kWrong the connection must be closed.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace tarn::net {

struct HttpLimits {
  size_t start_line_bytes = 16 << 10;
  size_t header_bytes = 64 << 10;     // all header lines together
  size_t header_count = 128;
  size_t body_bytes = 16 << 20;
};

class HttpParser {
 public:
  enum class Kind { kRequest, kResponse };
  enum class State { kMore, kDone, kWrong };

  explicit HttpParser(Kind kind, HttpLimits limits = {}) : kind_(kind), limits_(limits) {}

  // Returns how many bytes it took.
  size_t Feed(std::string_view bytes);
  State state() const { return state_; }
  bool started() const { return started_; }          // saw a byte of the current message
  bool headers_done() const { return step_ >= Step::kBody; }
  bool expects_continue() const { return expects_continue_; }
  int error_status() const { return error_status_; }  // 400, 413, 414, 431, 501, 505
  const std::string& error() const { return error_; }
  // For a response without length: the end of the connection ends it. True: it is complete now.
  bool FinishAtClose();
  void ForHead() { head_ = true; }                    // the next response has no body

  HttpRequest& request() { return request_; }
  int status() const { return status_; }              // kResponse
  void Reset();                                       // ready for the next message

 private:
  enum class Step { kStartLine, kHeaders, kBody, kChunkSize, kChunkBytes, kChunkEnd, kTrailers, kUntilClose, kEnd };
  void Wrong(int status, std::string why);
  void OnStartLine();
  void OnHeaderLine();
  void OnHeadersDone();
  void OnChunkSize();
  void Done() { step_ = Step::kEnd; state_ = State::kDone; }

  const Kind kind_;
  const HttpLimits limits_;
  State state_ = State::kMore;
  Step step_ = Step::kStartLine;
  std::string line_;
  size_t header_bytes_ = 0;
  uint64_t remaining_ = 0;
  bool started_ = false, expects_continue_ = false, head_ = false;
  int status_ = 0, error_status_ = 0;
  std::string error_;
  HttpRequest request_;   // a response's headers and body are kept here too
};

}  // namespace tarn::net
