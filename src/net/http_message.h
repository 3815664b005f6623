// An HTTP request and a response as plain values, and the rules about their parts that server, client and doors share.
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace tarn::net {

// Names compare without case; order and duplicates are kept as received.
class HttpHeaders {
 public:
  void Add(std::string name, std::string value);
  void Set(std::string_view name, std::string value);               // replaces every one of that name
  std::optional<std::string_view> Find(std::string_view name) const;   // the first
  size_t Count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }
  void Clear() { items_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct HttpRequest {
  std::string method;                 // as sent, upper case by rule
  std::string target;                 // raw: "/v1/sessions/x?rowFormat=JSON"
  std::string path;                   // percent-decoded path part of it
  std::vector<std::pair<std::string, std::string>> query;   // percent-decoded, in order
  int minor_version = 1;              // HTTP/1.x
  HttpHeaders headers;
  std::string body;
  std::optional<std::string> QueryValue(std::string_view key) const;
  bool keep_alive() const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  bool close = false;                 // end the connection after it
  static HttpResponse Json(std::string body, int status = 200);
  static HttpResponse Text(std::string body, int status = 200, std::string_view type = "text/plain; charset=UTF-8");
};

std::string_view HttpReason(int status);
// False: a '%' without two hex digits, or a NUL byte.
bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out);
std::string PercentEncode(std::string_view text);   // everything but unreserved characters
// Splits target into path and query. False: not an origin-form target.
bool ParseTarget(std::string_view target, std::string* path, std::vector<std::pair<std::string, std::string>>* query);
// The request or response as bytes, Content-Length and Connection included.
std::string SerializeRequest(const HttpRequest& request, std::string_view host);
std::string SerializeResponse(const HttpResponse& response, bool keep_alive, bool head);

// "host:port", "[::1]:80", "host" -> parts; port 0 when absent. False: not of that form.
bool SplitHostPort(std::string_view text, std::string* host, int* port);
// localhost, *.localhost, 127.0.0.0/8, ::1
bool IsLoopbackName(std::string_view host);

}  // namespace tarn::net
