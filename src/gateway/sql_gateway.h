// Flink's SQL Gateway REST protocol, v1 to v3, over the sessions of a store. Facts: reference/sql-gateway-rest.md.
// Differences from Flink: no access-control-allow-origin (a foreign page may not read answers); fetch waits a moment for rows.
// Threads: Serve from any.
#pragma once

#include "gateway/router.h"
#include "gateway/session_store.h"

namespace tarn::gateway {

inline constexpr int kGatewayVersions = 3;
inline constexpr const char* kFlinkVersion = "1.20.1";   // what we are compatible with; clients ask for it

class SqlGateway {
 public:
  explicit SqlGateway(SessionStore& store);
  net::HttpResponse Serve(net::HttpRequest& request) const { return router_.Serve(request, kGatewayVersions); }

 private:
  void AddSessionRoutes();
  void AddOperationRoutes();
  SessionStore& store_;
  Router router_;
};

}  // namespace tarn::gateway
