// Where tarn sql and tarn run send their requests: a running gateway over HTTP, or the same gateway code in this process.
// Threads: one; Unblock-free (every call returns within a second or its timeout).
#pragma once

#include <memory>
#include <string>

#include "app/arguments.h"
#include "base/status.h"
#include "net/http_message.h"

namespace tarn::app {

class SqlTransport {
 public:
  virtual ~SqlTransport() = default;
  virtual Result<net::HttpResponse> Send(const std::string& method, const std::string& target, const std::string& body) = 0;
  virtual bool embedded() const = 0;      // the engine ends with this process
  virtual std::string name() const = 0;   // "http://127.0.0.1:8083", "this process"
};

// --endpoint; else the server that runs on --data; else an engine in this process, on --data when that was given.
// embedded_data: a directory that no server has may be opened by this process (tarn sql), with its metastore.
Result<std::unique_ptr<SqlTransport>> ConnectOrEmbed(const Arguments& arguments);

}  // namespace tarn::app
