// All HTTP doors of a server: the SQL gateway on its port; job REST, /metrics and the status page on the http port.
// Threads: Start and Stop by the owner; serving by the servers' own threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/job_rest.h"
#include "gateway/session_store.h"
#include "gateway/sql_gateway.h"
#include "gateway/status_page.h"
#include "net/http_server.h"

namespace tarn::gateway {

struct DoorsOptions {
  std::string host = "127.0.0.1";
  int http_port = 8080, gateway_port = 8083;
  net::AccessPolicy access;
  size_t request_bytes_max = 16 << 20;
  SessionStoreOptions sessions;
};

class Doors {
 public:
  // Binds both ports; nobody is answered before Serve. kConflict: a port is in use.
  static Result<std::unique_ptr<Doors>> Bind(DoorsOptions options);
  ~Doors();
  int http_port() const { return http_->port(); }
  int gateway_port() const { return gateway_->port(); }
  // facts: asked for at every page.
  void Serve(SessionStore::Opener open, job::JobManager& jobs, std::function<ServerFacts()> facts);
  // Answers GET /api/v1/search?q=WORDS[&limit=N] on the http port with this JSON. Before Serve; without it the path is not known.
  // authorization: the header of that name, for the metastore to judge; user: x-actor-username, unproved. Both may be empty.
  using Search = std::function<Result<std::string>(const std::string& query, int64_t limit, const std::string& authorization, const std::string& user)>;
  void SetSearch(Search search) { search_ = std::move(search); }
  void Stop(int64_t drain_ms);

 private:
  explicit Doors(DoorsOptions options) : options_(std::move(options)) {}
  net::HttpResponse ServeHttp(net::HttpRequest& request);
  net::HttpResponse ServeSearch(const net::HttpRequest& request);
  StatusInputs Inputs();
  Search search_;
  DoorsOptions options_;
  std::unique_ptr<net::HttpServer> http_, gateway_;
  std::unique_ptr<SessionStore> store_;
  std::unique_ptr<SqlGateway> sql_;
  std::unique_ptr<JobRest> rest_;
  job::JobManager* jobs_ = nullptr;
  std::function<ServerFacts()> facts_;
};

}  // namespace tarn::gateway
