// Method and path pattern -> handler. "/sessions/:session_handle/statements": a segment with ':' binds a parameter.
// Threads: built once, then read by any.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace tarn::gateway {

struct RouteCall {
  net::HttpRequest& request;
  std::map<std::string, std::string> parameters;
  int version = 0;               // 1, 2, 3 where the paths have versions
  const std::string& operator[](const std::string& name) const { static const std::string none; auto it = parameters.find(name); return it == parameters.end() ? none : it->second; }
};

class Router {
 public:
  using Handler = std::function<net::HttpResponse(RouteCall&)>;
  // since: the first version that has it.
  void Add(std::string method, std::string pattern, Handler handler, int since = 1);
  // Cuts "/v1".."/vN" off the path when versions > 0; without a prefix the newest. 404 as Flink words it; 405 is 404 there too.
  net::HttpResponse Serve(net::HttpRequest& request, int versions) const;
  bool Knows(net::HttpRequest& request, int versions) const;

 private:
  struct Route { std::string method; std::vector<std::string> segments; Handler handler; int since; };
  const Route* Match(net::HttpRequest& request, int versions, RouteCall* call) const;
  std::vector<Route> routes_;
};

}  // namespace tarn::gateway
