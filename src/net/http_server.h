// An HTTP/1.1 server: one thread waits on all connections (epoll), a small pool of workers runs the handler and writes the
// answer. Keep-alive and pipelining; GET bodies are read; limits on line, headers, body, connections and idle time.
//
// Handler: called by any worker, several at once; must not throw; may block for a short time (the pool grows to workers_max).
// Stop(): no new connections or requests; requests in progress finish (at most drain_ms); then all threads have ended.
// Errors of the server itself (malformed, too large, access) are answered as {"errors":["text"]}.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "net/access.h"
#include "net/http_message.h"
#include "net/http_parser.h"

namespace tarn::net {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;
  std::string name = "http";            // in logs and metrics
  HttpLimits limits;
  AccessPolicy access;
  int workers_min = 1, workers_max = 64;
  int connections_max = 2048;
  int64_t idle_timeout_ms = 120'000;     // between requests
  int64_t request_timeout_ms = 30'000;   // from the first byte of a request to its last
  int64_t write_timeout_ms = 30'000;
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(HttpRequest&)>;
  // Listens; connections wait until Serve.
  static Result<std::unique_ptr<HttpServer>> Listen(HttpServerOptions options);
  ~HttpServer();
  int port() const;
  void Allow(std::string origin);        // before Serve
  void Serve(Handler handler);
  void Stop(int64_t drain_ms = 5'000);

  struct Counters { int64_t requests = 0, errors = 0, connections = 0; };
  Counters counters() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarn::net
