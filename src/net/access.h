// Who may speak to a door that has no authentication: programs of this machine, not web pages that a browser shows.
//
// Host must name this machine (stops DNS rebinding), Origin must be a page that we served ourselves (stops cross-site
// requests), a body must be declared as JSON (a form of another site can't do that unasked).
// Threads: values.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "net/http_message.h"

namespace tarn::net {

struct AccessPolicy {
  std::vector<std::string> allowed_hosts;     // beyond loopback names: "tarn.example.org", without port
  std::vector<std::string> allowed_origins;   // beyond the request's own Host: "http://localhost:8080"
};

// OK, kDenied (403) or kInvalidSql with the text of a 415: the second is told by status 415 in CheckAccess's out parameter.
Status CheckAccess(const HttpRequest& request, const AccessPolicy& policy, int* http_status);

// kDenied unless host is a loopback name, or allowed_hosts is not empty and authentication stands before the port (`fronted`).
Status CheckBindAddress(const std::string& host, bool fronted);

}  // namespace tarn::net
