#include "gateway/router.h"

#include "base/text.h"
#include "gateway/rest_error.h"

namespace tarn::gateway {

void Router::Add(std::string method, std::string pattern, Handler handler, int since) {
  routes_.push_back({std::move(method), Split(std::string_view(pattern).substr(1), '/'), std::move(handler), since});
}

const Router::Route* Router::Match(net::HttpRequest& request, int versions, RouteCall* call) const {
  std::string_view path = request.path;
  if (path.empty() || path[0] != '/') return nullptr;
  path.remove_prefix(1);
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  std::vector<std::string> segments = Split(path, '/');
  call->version = versions;
  if (versions > 0 && segments.size() > 1 && segments[0].size() == 2 && segments[0][0] == 'v') {
    int v = segments[0][1] - '0';
    if (v < 1 || v > versions) return nullptr;
    call->version = v;
    segments.erase(segments.begin());
  }
  std::string_view method = request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  for (const Route& route : routes_) {
    if (route.method != method || route.segments.size() != segments.size() || call->version < route.since) continue;
    call->parameters.clear();
    bool same = true;
    for (size_t i = 0; same && i < segments.size(); ++i) {
      const std::string& s = route.segments[i];
      if (!s.empty() && s[0] == ':') call->parameters[s.substr(1)] = segments[i];
      else same = s == segments[i];
    }
    if (same) return &route;
  }
  return nullptr;
}

net::HttpResponse Router::Serve(net::HttpRequest& request, int versions) const {
  RouteCall call{request, {}, 0};
  const Route* route = Match(request, versions, &call);
  if (!route) return PlainError(404, "Not found: " + request.target);
  return route->handler(call);
}

bool Router::Knows(net::HttpRequest& request, int versions) const {
  RouteCall call{request, {}, 0};
  return Match(request, versions, &call) != nullptr;
}

}  // namespace tarn::gateway
