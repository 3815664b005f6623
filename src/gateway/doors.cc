#include "gateway/doors.h"

#include <cstdlib>

#include "gateway/rest_error.h"
#include "net/json_writer.h"

namespace tarn::gateway {

Result<std::unique_ptr<Doors>> Doors::Bind(DoorsOptions options) {
  auto doors = std::unique_ptr<Doors>(new Doors(std::move(options)));
  net::HttpServerOptions server;
  server.host = doors->options_.host;
  server.access = doors->options_.access;
  server.limits.body_bytes = doors->options_.request_bytes_max;
  server.name = "http";
  server.port = doors->options_.http_port;
  doors->http_ = TRY(net::HttpServer::Listen(server));
  server.name = "gateway";
  server.port = doors->options_.gateway_port;
  doors->gateway_ = TRY(net::HttpServer::Listen(server));
  // Pages that the http port serves may speak to the gateway.
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) doors->gateway_->Allow("http://" + std::string(name) + ":" + std::to_string(doors->http_->port()));
  return doors;
}

Doors::~Doors() { Stop(0); }

void Doors::Serve(SessionStore::Opener open, job::JobManager& jobs, std::function<ServerFacts()> facts) {
  jobs_ = &jobs;
  facts_ = std::move(facts);
  store_ = std::make_unique<SessionStore>(std::move(open), options_.sessions);
  sql_ = std::make_unique<SqlGateway>(*store_);
  rest_ = std::make_unique<JobRest>(jobs);
  gateway_->Serve([this](net::HttpRequest& r) { return rest_->Knows(r) ? rest_->Serve(r) : sql_->Serve(r); });   // jobs too, for one-address clients
  http_->Serve([this](net::HttpRequest& r) { return ServeHttp(r); });
}

void Doors::Stop(int64_t drain_ms) {
  if (gateway_) gateway_->Stop(drain_ms);
  if (http_) http_->Stop(drain_ms);
  rest_.reset();
  sql_.reset();
  store_.reset();   // closes all sessions
}

net::HttpResponse Doors::ServeHttp(net::HttpRequest& request) {
  bool get = request.method == "GET" || request.method == "HEAD";
  if (get && request.path == "/") {
    net::HttpResponse page = net::HttpResponse::Text(StatusPage(Inputs()), 200, "text/html; charset=UTF-8");
    page.headers.Add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    return page;
  }
  if (get && request.path == "/metrics") return net::HttpResponse::Text(PrometheusText(Inputs()), 200, "text/plain; version=0.0.4; charset=utf-8");
  if (get && request.path == "/healthz") return net::HttpResponse::Text("ok\n");
  if (get && request.path == "/api/v1/search" && search_) return ServeSearch(request);
  return rest_->Serve(request);
}

net::HttpResponse Doors::ServeSearch(const net::HttpRequest& request) {
  auto failed = [](int status, const Status& s) {
    net::JsonWriter w;
    w.BeginObject().Field("error", s.message());
    if (!s.hint().empty()) w.Field("hint", s.hint());
    w.EndObject();
    return net::HttpResponse::Json(w.Take(), status);
  };
  auto limit = request.QueryValue("limit");
  int64_t n = 20;
  if (limit && (limit->empty() || limit->size() > 6 || limit->find_first_not_of("0123456789") != std::string::npos || (n = std::atoll(limit->c_str())) < 1)) {
    return failed(400, Status::InvalidSql("limit \"" + *limit + "\" is not a number above 0"));
  }
  auto answer = search_(request.QueryValue("q").value_or(""), n, std::string(request.headers.Find("Authorization").value_or("")), std::string(request.headers.Find("x-actor-username").value_or("")));
  if (answer.ok()) return net::HttpResponse::Json(std::move(answer).value());
  StatusCode code = answer.status().code();
  if (code == StatusCode::kDenied) {
    net::HttpResponse denied = failed(401, answer.status());
    denied.headers.Add("WWW-Authenticate", "Basic realm=\"metastore\"");
    return denied;
  }
  return failed(code == StatusCode::kInvalidSql ? 400 : code == StatusCode::kNotSupported ? 501 : 503, answer.status());
}

StatusInputs Doors::Inputs() {
  StatusInputs in;
  in.facts = facts_();
  in.sessions = store_->counters();
  for (const job::JobSummary& j : jobs_->List()) {
    auto job = jobs_->Get(j.id);
    if (job.ok()) in.jobs.push_back(std::move(job).value());
  }
  net::HttpServer::Counters http = http_->counters(), gateway = gateway_->counters();
  in.counters = {{"tarn_http_requests_total{server=\"http\"}", http.requests}, {"tarn_http_requests_total{server=\"gateway\"}", gateway.requests},
                 {"tarn_http_errors_total{server=\"http\"}", http.errors}, {"tarn_http_errors_total{server=\"gateway\"}", gateway.errors},
                 {"tarn_http_connections{server=\"http\"}", http.connections}, {"tarn_http_connections{server=\"gateway\"}", gateway.connections}};
  return in;
}

}  // namespace tarn::gateway
