// A blocking HTTP/1.1 client over one kept connection; connects again when the server closed it.
// Threads: one at a time; Abort from any.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/status.h"
#include "net/http_message.h"
#include "net/http_parser.h"
#include "net/socket.h"
#include "net/tls.h"

namespace tarn::net {

class HttpClient {
 public:
  // "http://host:port[/prefix]", "https://..." (the machine's certificate authorities) or "host:port".
  static Result<std::unique_ptr<HttpClient>> Make(const std::string& url);
  // A body is sent as JSON. kUnavailable: no answer.
  Result<HttpResponse> Send(const std::string& method, const std::string& target, const std::string& body = "", int64_t timeout_ms = 60'000);
  // Sent with every request from now on.
  void SetHeader(const std::string& name, const std::string& value) { headers_.Set(name, value); }
  const std::string& host() const { return host_; }
  int port() const { return port_; }

 private:
  HttpClient() = default;
  Result<HttpResponse> SendOnce(const std::string& bytes, bool head, int64_t timeout_ms, bool* reused);
  std::string host_, prefix_;
  HttpHeaders headers_;
  int port_ = 80;
  Result<size_t> ReceiveSome(char* buffer, size_t size, int64_t timeout_ms);
  void Drop();
  Fd fd_;
  std::unique_ptr<TlsClient> tls_;            // null: plain
  std::unique_ptr<TlsSession> session_;
};

}  // namespace tarn::net
