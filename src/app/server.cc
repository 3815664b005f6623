// tarn server: takes the data directory, starts the metastore, the engine and the doors, says `ready {...}`, and ends in order.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "app/data_directory.h"
#include "app/metastore_place.h"
#include "app/metastore_process.h"
#include "app/search.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "base/text.h"
#include "config/hadoop_site.h"
#include "gateway/doors.h"
#include "net/json_writer.h"
#include "net/jwt.h"
#include "wire/hms_client_settings.h"

namespace tarn::app {
namespace {

gateway::DoorsOptions DoorsOptionsFrom(const config::ServerConfig& c) {
  gateway::DoorsOptions o;
  o.host = c.Text("host");
  o.http_port = static_cast<int>(c.Integer("http-port"));
  o.gateway_port = static_cast<int>(c.Integer("gateway-port"));
  o.access.allowed_hosts = c.List("http.allowed-hosts");
  o.access.allowed_origins = c.List("http.allowed-origins");
  if (!net::IsLoopbackName(o.host)) o.access.allowed_hosts.push_back(o.host);
  o.request_bytes_max = static_cast<size_t>(c.Bytes("http.request-bytes-max"));
  o.sessions.idle_timeout_ms = c.DurationMs("sql-gateway.session.idle-timeout");
  o.sessions.check_interval_ms = c.DurationMs("sql-gateway.session.check-interval");
  o.sessions.sessions_max = static_cast<int>(c.Integer("sql-gateway.session.max-num"));
  o.sessions.workers_max = static_cast<int>(c.Integer("sql-gateway.worker.threads.max"));
  return o;
}

Result<MetastoreOptions> MetastoreOptionsFrom(const config::ServerConfig& c, const std::string& data) {
  MetastoreOptions o;
  o.program = SiblingProgram("tarn-metastore");
  o.data_dir = FindMetastorePlace(data).directory;
  o.warehouse = TRY(WarehouseOf(c, data));
  o.host = c.Text("host");
  o.port = static_cast<int>(c.Integer("metastore-port"));
  o.insecure_bind = c.Boolean("insecure-bind");
  o.compat = c.Text("metastore.compat");
  o.hive_site = c.Text("metastore.hive-site");
  o.store = c.Text("metastore.store");
  o.log_level = c.Text("log.level");
  if (!c.Text("log.file").empty()) o.log_file = c.Text("log.file") + ".metastore";
  o.log_json = c.Text("log.format") == "json";
  return o;
}

Status CheckPort(const config::ServerConfig& c, const char* key) {
  int64_t p = c.Integer(key);
  if (p < 0 || p > 65535) return Status::InvalidSql(std::string(key) + " " + std::to_string(p) + " is not a port (0 to 65535)");
  return Status::OK();
}

// The caller of a door, by what its request says.
Result<wire::HmsClientOptions> AsCaller(wire::HmsClientOptions o, std::string_view authorization, const std::string& user) {
  if (authorization.empty()) {
    o.user = user;
    return o;
  }
  size_t space = std::min(authorization.find(' '), authorization.size());
  std::string_view scheme = authorization.substr(0, space), proof = Trim(authorization.substr(space));
  std::string pair;
  if (EqualsIgnoreCase(scheme, "Bearer")) {
    o.auth = wire::HmsClientOptions::Auth::kBearer;
    o.http = true;
    o.secret = std::string(proof);
  } else if (size_t colon; EqualsIgnoreCase(scheme, "Basic") && net::Base64Decode(proof, false, &pair) && (colon = pair.find(':')) != std::string::npos) {
    o.auth = wire::HmsClientOptions::Auth::kPlain;
    o.user = pair.substr(0, colon);
    o.secret = pair.substr(colon + 1);
  } else {
    return Status::Denied("the Authorization header is not understood").WithHint("Basic or Bearer");
  }
  return o;
}

Status Serve(const Arguments& a) {
  const config::ServerConfig& c = a.config;
  int64_t started_ms = WallClockMs();
  TRY(SetUpLogFrom(c, LogLevel::kDebug));
  for (const char* key : {"http-port", "gateway-port", "metastore-port"}) TRY(CheckPort(c, key));
  TRY(net::CheckBindAddress(c.Text("host"), c.Boolean("insecure-bind")));
  signal(SIGPIPE, SIG_IGN);
  sigset_t ends;
  sigemptyset(&ends);
  for (int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, s);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);   // before any thread starts: only sigwait below gets them

  auto data = TRY(DataDirectory::Open(c.Text("data"), "tarn server"));
  if (!data->upgrade_note().empty()) LogInfo("{}", data->upgrade_note());
  std::unique_ptr<MetastoreProcess> metastore;   // ends last: jobs register partitions until they stop
  std::unique_ptr<session::Engine> engine;       // outlives the doors, whose sessions use it
  auto doors = TRY(gateway::Doors::Bind(DoorsOptionsFrom(c)));
  std::string uri = c.Text("metastore.uri");
  if (uri.empty() && c.Boolean("metastore.enabled")) {
    metastore = MetastoreProcess::Start(TRY(MetastoreOptionsFrom(c, data->path())));
    TRY(metastore->WaitReady(60'000));
    uri = "thrift://" + ConnectHost(c.Text("host")) + ":" + std::to_string(metastore->port());
  }
  engine = TRY(StartEngine(c, data->path(), uri, true));

  gateway::ServerFacts facts;
  facts.version = kVersion;
  facts.data_dir = data->path();
  facts.http_port = doors->http_port();
  facts.gateway_port = doors->gateway_port();
  facts.started_ms = started_ms;
  if (!uri.empty()) {
    // How the metastore is reached is ours; who asks is the caller of the door, never the server.
    std::map<std::string, std::string> settings;
    if (!c.Text("metastore.hive-site").empty() && !metastore) for (auto& [k, v] : TRY(config::ReadHadoopSite(c.Text("metastore.hive-site")))) settings.emplace(k, v);
    for (const char* key : {"metastore.client.auth.mode", "hive.metastore.client.auth.mode"}) settings.erase(key);
    settings["metastore.execute.setugi"] = "false";
    wire::HmsClientOptions reach = TRY(wire::ClientOptions(settings));
    reach.user.clear();
    doors->SetSearch([uri, reach](const std::string& query, int64_t limit, const std::string& authorization, const std::string& user) -> Result<std::string> {
      return SearchJson(uri, TRY(AsCaller(reach, authorization, user)), query, limit);
    });
  }
  doors->Serve([&engine](const std::map<std::string, std::string>& p) { return session::Session::Open(*engine, p); }, engine->jobs(), [facts, m = metastore.get()]() mutable {
    if (m) {
      facts.metastore_port = m->port();
      facts.metastore_running = m->running();
      facts.metastore_restarts = m->restarts();
      facts.metastore_pid = m->pid();
    }
    return facts;
  });
  RunningServer me{getpid(), c.Text("host"), doors->http_port(), doors->gateway_port(), metastore ? metastore->port() : 0};
  TRY(data->Announce(me));
  net::JsonWriter ready;
  ready.BeginObject().Field("http", me.http).Field("gateway", me.gateway).Key("metastore");
  if (metastore) ready.Int(me.metastore);
  else ready.Null();
  ready.EndObject();
  std::printf("ready %s\n", ready.text().c_str());
  std::fflush(stdout);
  LogInfo("tarn {} serves {} after {} ms: http {}, gateway {}, metastore {}", kVersion, data->path(), WallClockMs() - started_ms, me.http, me.gateway, uri);

  int got = 0;
  do sigwait(&ends, &got); while (got == SIGHUP);
  LogInfo("stopping on signal {}", got);
  std::thread([ends] {   // a second signal does not wait
    int again = 0;
    do sigwait(&ends, &again); while (again == SIGHUP);
    LogWarn("second signal: ending at once; jobs come back from their last checkpoint");
    _exit(130);
  }).detach();
  int64_t drain_ms = c.DurationMs("shutdown.timeout");
  std::thread([drain_ms] {   // a sink that is away must not hold the process for ever
    std::this_thread::sleep_for(std::chrono::milliseconds(drain_ms));
    LogError("not stopped within shutdown.timeout ({} ms): ending at once; jobs come back from their last checkpoint", drain_ms);
    _exit(1);
  }).detach();
  doors->Stop(std::min<int64_t>(drain_ms, 10'000));
  Status drained = engine->Shutdown(true);
  if (!drained.ok()) LogError("jobs did not end in order: {}", drained.ToString());
  doors.reset();
  engine.reset();
  if (metastore) metastore->Stop();
  LogInfo("stopped");
  return drained;
}
}  // namespace

int RunServer(int argc, char** argv) {
  auto a = ParseArguments(argc, argv, {}, 0);
  if (!a.ok()) return Fail(a.status(), 2);
  if (a->help) {
    std::fputs(HelpText("tarn server [--data DIR] [--http-port P] [--gateway-port P] [--metastore-port P] [SETTING...]\n\n"
                        "Serves until SIGTERM or Ctrl-C, then lets jobs take a last checkpoint. Prints one line on standard output once every\n"
                        "port accepts: ready {\"http\":8080,\"gateway\":8083,\"metastore\":9083}", {}, {}).c_str(), stdout);
    return 0;
  }
  Status s = Serve(*a);
  return s.ok() ? 0 : Fail(s);
}

}  // namespace tarn::app
