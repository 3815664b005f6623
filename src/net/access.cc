#include "net/access.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::net {
namespace {
bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& s) { return EqualsIgnoreCase(s, text); });
}
}  // namespace

Status CheckAccess(const HttpRequest& request, const AccessPolicy& policy, int* http_status) {
  *http_status = 403;
  std::string host;
  int port = 0;
  auto host_header = request.headers.Find("Host");
  if (host_header) {   // absent only in HTTP/1.0, which no browser speaks
    if (!SplitHostPort(*host_header, &host, &port)) { *http_status = 400; return Status::Denied("the Host header is not a host"); }
    if (!IsLoopbackName(host) && !Contains(policy.allowed_hosts, host))
      return Status::Denied("host \"" + host + "\" is not a name of this server").WithHint("use 127.0.0.1 or localhost, or add the name to http.allowed-hosts");
  }
  if (auto origin = request.headers.Find("Origin")) {
    bool own = host_header && (EqualsIgnoreCase(*origin, "http://" + std::string(*host_header)) || EqualsIgnoreCase(*origin, "https://" + std::string(*host_header)));
    if (!own && !Contains(policy.allowed_origins, *origin))
      return Status::Denied("origin \"" + std::string(*origin) + "\" may not use this server").WithHint("add it to http.allowed-origins");
  } else if (auto site = request.headers.Find("Sec-Fetch-Site"); site && *site == "cross-site" && request.method != "GET" && request.method != "HEAD") {
    return Status::Denied("a page of another site may not use this server");
  }
  if (!request.body.empty()) {
    auto type = request.headers.Find("Content-Type");
    std::string_view media = type ? Trim(type->substr(0, type->find(';'))) : std::string_view();
    bool simple = type && !(EqualsIgnoreCase(media, "application/json") || (ToLower(media).starts_with("application/") && ToLower(media).ends_with("+json")));
    if (simple || (!type && request.method != "GET")) {
      *http_status = 415;
      return Status::Denied("a request body must be JSON").WithHint("send the header Content-Type: application/json");
    }
  }
  *http_status = 200;
  return Status::OK();
}

Status CheckBindAddress(const std::string& host, bool fronted) {
  if (IsLoopbackName(host) || fronted) return Status::OK();
  return Status::Denied("host \"" + host + "\" is reachable from other machines, and this server has no authentication")
      .WithHint("bind to 127.0.0.1 and put an authenticating proxy before it; --insecure-bind true says that one guards this address");
}

}  // namespace tarn::net
