// tarn-metastore: the Hive Metastore as a process of its own, without Arrow, so that it stays tiny.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "app/metastore_place.h"
#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_value.h"
#include "fmt/format.h"
#include "metastore/catalog_commands.h"
#include "metastore/door_settings.h"
#include "metastore/hive_site.h"
#include "metastore/metrics_door.h"
#include "metastore/router.h"
#include "metastore/server.h"

namespace tarn::metastore {
namespace {

constexpr char kHelp[] = R"(tarn-metastore: a Hive Metastore for clients of Hive 2.3, 3.1 and 4.x, Spark, Flink, Trino, PyIceberg

  tarn-metastore --data DIR [--port P] [option...]        serve
  tarn-metastore copy --from thrift://H:P --data DIR      take over another metastore's catalog (Apache's or Tarn's), then stop
  tarn-metastore dump FILE --data DIR | --from URI [--secrets]
                                                          write a whole catalog as JSON lines (- is standard output); --secrets:
                                                          with delegation tokens and master keys
  tarn-metastore load FILE --data DIR                     add what such a file has and the store lacks; data stays where it is.
                                                          copy and load can be run again after an interruption
  tarn-metastore check --data DIR | --from URI [--json] [--repair]
                                                          compare directories with the catalog; 3: something is wrong and left so

  --from URI                 thrift://host:port, or https://host:port/metastore, of the metastore that copy, dump and check read
  --from-user NAME           with a password from --from-password-file FILE (mode 600) or TARN_METASTORE_PASSWORD: SASL PLAIN or HTTP
                             Basic; without one the name that set_ugi tells. A JWT comes from HMS_JWT
  --from-set KEY=VALUE       a client's setting by Hive's name: metastore.use.SSL=true, metastore.truststore.path=FILE,
                             metastore.client.thrift.transport.mode=http, ...; --from-hive-site FILE has them in a file

  --data DIR                 where the catalog is kept (made if missing; in a tarn server's directory, its catalog); one process at a time
  --store URL                where the catalog's rows are: sqlite (in DIR, the default), postgresql://user:password@host:port/db
                             or mysql://...; several processes may share one such database. A password is better given in
                             TARN_METASTORE_STORE, which says the same and is not seen in the list of processes
  --port P                   Thrift port; 0 takes a free one (default 9083)
  --host H                   address to listen on (default 127.0.0.1)
  --allow-unauthenticated-remote
                             needed with a --host that other machines can reach and no authentication
  --users FILE               a password for every client (SASL PLAIN, HTTP Basic); FILE has name:password lines and mode 600
  --jwks FILE|URL            a JWT for every client, over HTTP (Authorization: Bearer), signed by one of these keys
  --jwt-issuer, --jwt-audience
                             what the token's iss and aud must be
  --tls-certificate FILE     speak TLS only: PEM with the chain (and the key), or PKCS12
  --tls-key FILE             its key in PEM
                             LDAP and all else by Hive's names: --set metastore.authentication=LDAP, --set metastore.use.SSL=true ...
  --compat hive3|hive4       which release it answers as: hive3 says version 3.0; hive4 says 4.0.1 and makes plain
                             managed tables external, as Hive 4 does (default hive3). Clients of either work with both
  --warehouse URI            default directory of databases and tables (default DIR/warehouse)
  --external-warehouse URI   the same for external tables (default: as --warehouse)
  --hive-site FILE           take settings from a hive-site.xml or metastore-site.xml
  --set KEY=VALUE            one such setting; wins over the file
  --metrics-port P           also answer GET /metrics (Prometheus) and GET /health there; 0 takes a free port
  --metrics-host H           address for that (default 127.0.0.1)
  --access-log FILE          one JSON line for each call
  --log-level LEVEL          debug, info, warn, error (default info)
  --log-file FILE            log there instead of standard error, with rotation
  --log-json                 log JSON lines
  --list-calls               print every Thrift call and how far it goes, as a table in Markdown, and stop
  --help, --version

One port takes Thrift in binary and compact form, plain and framed, within SASL PLAIN, and over HTTP (POST /metastore, as Hive 4).
Kerberos (SASL GSSAPI) and delegation tokens are not supported: passwords (file or LDAP) and JWT are.
Standard output carries one line, {"metastore":PORT} after the word ready, once calls are answered.
SIGTERM lets running calls finish, then stops.
)";

constexpr char kFromHelp[] = R"(
  --from URI                 thrift://host:port, or https://host:port/metastore, of the metastore that is read
  --from-user NAME           with a password from --from-password-file FILE (mode 600) or TARN_METASTORE_PASSWORD: SASL PLAIN or HTTP
                             Basic; without one the name that set_ugi tells. A JWT comes from HMS_JWT
  --from-set KEY=VALUE       a client's setting by Hive's name: metastore.use.SSL=true, metastore.truststore.path=FILE, ...
  --from-hive-site FILE      such settings in a file
)";
constexpr char kStoreHelp[] = R"(  --data DIR                 a metastore's directory, or a tarn server's; no process may serve it meanwhile
  --store URL                where the rows are (sqlite in DIR): postgresql://... or mysql://...; better in TARN_METASTORE_STORE
  --warehouse URI            default directory of databases and tables of a store that is new (default DIR/warehouse)
  --log-level, --log-file, --log-json, --hive-site, --set as when it serves: tarn-metastore --help
)";
struct VerbHelp {
  const char* verb;
  const char* text;
  bool from;
};
constexpr VerbHelp kVerbHelps[] = {
    {"copy", R"(tarn-metastore copy --from thrift://H:P --data DIR

Takes over another metastore's catalog (Apache's 2.3 to 4.1 or Tarn's) into the store of DIR, then stops. What is there stays as it is;
after an interruption run it again. Data stays where it is. What can't go over is named on standard error.
)", true},
    {"dump", R"(tarn-metastore dump FILE --data DIR | --from URI [--secrets]

Writes a whole catalog as JSON lines; - is standard output. --secrets: with delegation tokens and master keys.
)", true},
    {"load", R"(tarn-metastore load FILE --data DIR

Adds what such a file has and the store lacks, then stops; - is standard input. Data stays where it is. A file that is not whole changes
nothing (but from standard input); after an interruption run it again.

)", false},
    {"check", R"(tarn-metastore check --data DIR | --from URI [--json] [--repair]

Compares directories with the catalog. Exit code 0: nothing is wrong; 3: something is, and was left so; 1: it could not be done.
  --json                     a JSON line a finding
  --repair                   make missing directories of databases and managed tables, remove what batch jobs of Tarn's left behind
)", true},
};

struct Setting { std::string key, value, where; };
struct Arguments {
  MetastoreOptions options;
  LogOptions log;
  bool allow_remote = false;
  CatalogCommand command;            // instead of serving
};

Result<int> Port(const std::string& flag, const std::string& value) {
  auto port = config::ReadHadoopNumber("--" + flag, value, 0, 65535);
  if (!port.ok()) return Status::InvalidSql(fmt::format("--{} \"{}\" is not a port", flag, value)).WithHint("a number from 0 to 65535; 0 takes a free one");
  return static_cast<int>(*port);
}

Result<Arguments> Parse(int argc, char** argv) {
  Arguments a;
  std::vector<Setting> settings;
  std::string hive_site, store;
  const std::vector<std::string> flags = {"log-json", "allow-unauthenticated-remote", "help", "version", "list-calls", "secrets", "json", "repair"};
  const std::vector<std::string> valued = {"data", "store", "port", "host", "compat", "warehouse", "external-warehouse", "hive-site", "set", "log-level", "log-file", "metrics-port", "access-log",
                                           "users", "jwks", "jwt-issuer", "jwt-audience", "tls-certificate", "tls-key", "metrics-host", "from", "from-user", "from-password-file", "from-hive-site", "from-set"};
  auto among = [](const std::vector<std::string>& list, const std::string& key) { return std::find(list.begin(), list.end(), key) != list.end(); };
  auto misplaced = [&](const std::string& key) {
    bool of_check = key == "json" || key == "repair";
    return Status::InvalidSql(fmt::format("--{} is no option of {}", key, a.command.verb.empty() ? "serving" : a.command.verb))
        .WithHint(of_check ? "of check" : key == "secrets" ? "of dump" : a.command.verb == "load" ? "load reads a file; copy has --from" : "of copy, dump and check");
  };
  for (int i = 1; i < argc; ++i) {
    std::string key = argv[i], value;
    if (i == 1 && CatalogCommand::IsVerb(key)) { a.command.verb = key; continue; }
    if (i == 1 && key == "serve") continue;
    if (!key.starts_with("--") && a.command.TakeWord(key)) continue;
    if (!key.starts_with("--")) {
      Status s = Status::InvalidSql(fmt::format("argument \"{}\" not understood", key));
      if (CatalogCommand::IsVerb(key) || key == "serve") return std::move(s).WithHint(fmt::format("{} comes first: tarn-metastore {} ...", key, key));
      std::string near = i == 1 && !key.starts_with('-') ? ClosestName(key, std::vector<std::string>{"copy", "dump", "load", "check", "serve"}) : "";
      return near.empty() ? std::move(s).WithHint("see --help") : std::move(s).WithHint(fmt::format("did you mean {}?", near));
    }
    key.erase(0, 2);
    if (key == "log-json") { a.log.json = true; continue; }
    if (a.command.TakeFlag(key)) continue;
    if (key == "allow-unauthenticated-remote") { a.allow_remote = true; continue; }
    size_t eq = key.find('=');
    if (std::string name = key.substr(0, eq); !among(valued, name)) {
      if (among(flags, name)) return eq == std::string::npos ? misplaced(name) : Status::InvalidSql(fmt::format("--{} takes no value", name));
      Status s = Status::InvalidSql(fmt::format("option --{} not known", name));
      if (name == "config") return std::move(s).WithHint("a YAML file is for tarn server; here --hive-site FILE, and --set KEY=VALUE");
      std::vector<std::string> all = valued;
      all.insert(all.end(), flags.begin(), flags.end());
      std::string near = ClosestName(name, all);
      return near.empty() ? std::move(s).WithHint("see --help") : std::move(s).WithHint(fmt::format("did you mean --{}?", near));
    }
    if (eq != std::string::npos) {
      value = key.substr(eq + 1);
      key.resize(eq);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      return Status::InvalidSql(fmt::format("--{} needs a value", key));
    }
    if (key == "data") a.options.data_dir = value;
    else if (key == "store") store = value;
    else if (key == "port") a.options.port = TRY(Port(key, value));
    else if (key == "host") a.options.host = value;
    else if (key == "warehouse") settings.push_back({"metastore.warehouse.dir", value, "--warehouse"});
    else if (key == "external-warehouse") settings.push_back({"metastore.warehouse.external.dir", value, "--external-warehouse"});
    else if (key == "hive-site") hive_site = value;
    else if (key == "log-file") a.log.file = value;
    else if (key == "metrics-port") a.options.metrics_port = TRY(Port(key, value));
    else if (key == "metrics-host") a.options.metrics_host = value;
    else if (key == "users") settings.push_back({"tarn.metastore.users-file", value, "--users"});
    else if (key == "jwks" || key == "jwt-issuer" || key == "jwt-audience" || key == "tls-certificate" || key == "tls-key") settings.push_back({"tarn.metastore." + key, value, "--" + key});
    else if (key == "access-log") a.options.access_log = value;
    else if (TRY(a.command.TakeValue(key, value))) continue;
    else if (key == "compat") {
      if (value != "hive3" && value != "hive4") return Status::InvalidSql(fmt::format("--compat \"{}\" not understood", value)).WithHint("hive3 or hive4");
      a.options.compat = value == "hive4" ? Compat::kHive4 : Compat::kHive3;
    } else if (key == "log-level") {
      if (value == "debug") a.log.level = LogLevel::kDebug;
      else if (value == "info") a.log.level = LogLevel::kInfo;
      else if (value == "warn") a.log.level = LogLevel::kWarn;
      else if (value == "error") a.log.level = LogLevel::kError;
      else return Status::InvalidSql(fmt::format("--log-level \"{}\" not understood", value)).WithHint("debug, info, warn or error");
    } else if (key == "set") {
      size_t eq = value.find('=');
      if (eq == std::string::npos || eq == 0) return Status::InvalidSql("--set needs KEY=VALUE");
      settings.push_back({value.substr(0, eq), value.substr(eq + 1), "--set"});
    } else {
      return misplaced(key);
    }
  }
  TRY(a.command.Check());
  bool serve = a.command.verb.empty();
  if (a.options.data_dir.empty() && (serve || a.command.needs_data())) {
    if (a.command.verb == "dump" || a.command.verb == "check") return Status::InvalidSql(a.command.verb + " needs a catalog to read").WithHint("--data DIR, or --from thrift://host:port");
    return Status::InvalidSql("--data is missing").WithHint(serve ? "tarn-metastore --data DIR" : "tarn-metastore " + a.command.verb + " ... --data DIR");
  }
  if (!a.options.data_dir.empty() && !serve && !a.command.needs_data()) return Status::InvalidSql(a.command.verb + " reads --data or --from, not both");
  TRY(SetUpLog(a.log));
  UnusedSettings unused;
  if (!hive_site.empty()) TRY(ReadHiveSite(hive_site, &a.options, &unused));
  if (const char* environment = std::getenv("TARN_METASTORE_STORE"); environment && *environment) a.options.store = environment;
  if (!store.empty()) a.options.store = store;
  for (const Setting& s : settings) TRY(ApplyHiveSetting(s.key, s.value, &a.options, s.where, &unused));
  if (serve) unused.Log();
  if (!a.options.data_dir.empty()) {
    app::MetastorePlace place = app::FindMetastorePlace(a.options.data_dir);
    a.options.data_dir = place.directory;
    bool own = a.options.store.empty() || EqualsIgnoreCase(a.options.store, "sqlite");
    if (own && a.options.warehouse.empty()) a.options.warehouse = place.warehouse;
  }
  if (serve) TRY(CheckDoor(&a.options, a.allow_remote));
  return a;
}

// The data directory belongs to one process; its format file says what wrote it.
Status TakeDataDir(const std::string& dir, bool must_exist) {
  std::error_code ec;
  if (must_exist && app::HoldsMetastore(dir) && !std::filesystem::exists(dir + "/metastore.db", ec)) {
    return Status::NotFound(fmt::format("the metastore in {} keeps its rows elsewhere", dir)).WithHint("--store URL, or TARN_METASTORE_STORE, as it was served with");
  }
  if (must_exist && !app::HoldsMetastore(dir)) {
    Status s = Status::NotFound(fmt::format("no metastore in {}", dir));
    return app::HoldsMetastore(dir + "/metastore") ? std::move(s).WithHint(fmt::format("there is one in {}/metastore", dir)) : std::move(s).WithHint("--data names the directory of a metastore or of a tarn server");
  }
  std::filesystem::create_directories(dir, ec);
  if (ec) return Status::InvalidSql(fmt::format("data directory {}: {}", dir, ec.message()));
  int fd = ::open((dir + "/metastore.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);   // stays open until the process ends
  if (fd < 0) {
    Status s = Status::Unavailable(fmt::format("data directory {}: {}", dir, std::strerror(errno)));
    return must_exist ? std::move(s).WithHint("a lock and SQLite's journal are written beside the catalog, also to read it: copy the directory to where that is possible") : s;
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char who[32] = {};
    if (::pread(fd, who, sizeof(who) - 1, 0) <= 0) std::strcpy(who, "unknown");
    return Status::Conflict(fmt::format("data directory {} is in use by process {}", dir, Trim(who))).WithHint("connect to that metastore, or choose another --data");
  }
  std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return Status::Internal("data directory can't be written");
  std::string format_file = dir + "/metastore.format";
  int format = 0;
  if (std::ifstream in(format_file); in >> format) {
    if (format > 1) {
      return Status::NotSupported(fmt::format("data directory {} has format {}, newer than this program's 1", dir, format)).WithHint("use a newer tarn-metastore");
    }
    return Status::OK();
  }
  std::ofstream(format_file) << "1\n";
  return Status::OK();
}

// docs/compat/metastore-calls.md is this text.
void ListCalls() {
  Router router;
  AddAllCalls(router);
  int count[4] = {};
  for (const wire::CallDesc* c : wire::AllCalls()) ++count[static_cast<int>(router.depth(*c))];
  std::printf("# Metastore calls\n\nGenerated by `tarn-metastore --list-calls`. The union of Hive 2.3.9, 3.1.3, 4.0.0, 4.0.1, 4.1.0 and fb303, and Tarn's own search: %zu calls.\n"
              "**full**: behaves as Hive's (%d). **stored**: kept and given back, nothing acts on it (%d). **fixed**: a legal answer that does not depend on "
              "state (%d). **none**: answers `UNKNOWN_METHOD` (%d).\n\n| call | releases | state |\n|---|---|---|\n",
              wire::AllCalls().size(), count[1], count[2], count[3], count[0]);
  const char* names[] = {"none", "full", "stored", "fixed"};
  for (const wire::CallDesc* c : wire::AllCalls()) {
    std::printf("| %s | %s | %s |\n", c->name, *c->releases ? c->releases : "all five", names[static_cast<int>(router.depth(*c))]);
  }
}

void Help(std::string_view verb) {
  for (const VerbHelp& h : kVerbHelps) {
    if (verb != h.verb) continue;
    std::fputs(h.text, stdout);
    if (h.from) std::fputs(kFromHelp, stdout);
    std::fputs(kStoreHelp, stdout);
    return;
  }
  std::fputs(kHelp, stdout);
}

Result<std::unique_ptr<Service>> OpenService(MetastoreOptions options) {
  std::string dir = options.data_dir;
  auto service = Service::Open(std::move(options));
  if (service.ok() || service.status().code() != StatusCode::kCorrupt) return service;
  Status s = service.status();
  return std::move(s).WithContext(dir + "/metastore.db").WithHint("it is damaged: restore it from a backup (docs/guide/backup-upgrade.md)");
}

Result<int> Run(Arguments a) {
  ::signal(SIGPIPE, SIG_IGN);
  if (!a.command.verb.empty()) {
    std::unique_ptr<Service> service;
    return RunCatalogCommand(a.command, [&]() -> Result<Service*> {
      bool own = a.options.store.empty() || EqualsIgnoreCase(a.options.store, "sqlite");
      TRY(TakeDataDir(a.options.data_dir, own && (a.command.verb == "dump" || a.command.verb == "check")));
      service = TRY(OpenService(std::move(a.options)));
      return service.get();
    });
  }
  TRY(TakeDataDir(a.options.data_dir, false));
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::sigaddset(&stop, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  auto service = TRY(OpenService(std::move(a.options)));
  for (const std::string& root : std::set<std::string>{service->warehouse().root(), service->warehouse().external_root()}) {
    if (!Warehouse::Governed(root)) LogWarn("warehouse {}: this metastore does not reach that file system; no directory is made, moved or deleted there, only the catalog changes", root);
  }
  auto router = std::make_unique<Router>();
  AddAllCalls(*router);
  if (!service->options().access_log.empty()) router->SetAccessLog(TRY(AccessLog::Open(service->options().access_log)));
  Server server(*service, *router);
  TRY(server.Start());
  MetricsDoor metrics(*service, *router, server);
  if (service->options().metrics_port >= 0) {
    if (Status m = metrics.Start(service->options().metrics_host, service->options().metrics_port); !m.ok()) {
      return m.hint().empty() ? std::move(m).WithContext("--metrics-port").WithHint("--metrics-port 0 takes a free one") : std::move(m).WithContext("--metrics-port");
    }
    std::printf("ready {\"metastore\":%d,\"metrics\":%d}\n", server.port(), metrics.port());
  } else {
    std::printf("ready {\"metastore\":%d}\n", server.port());
  }
  std::fflush(stdout);
  LogInfo("metastore {} listens on {}:{}{}, warehouse {}{}", service->version(), service->options().host, server.port(), service->options().tls_on ? " with TLS" : "",
          service->warehouse().root(), server.authenticator()->required() ? ", every client needs " + server.authenticator()->Wanted(true) : "");
  int signal = 0;
  ::sigwait(&stop, &signal);
  LogInfo("stopping: {} connections", server.connections());
  server.Drain(10'000);
  return 0;
}

}  // namespace
}  // namespace tarn::metastore

int main(int argc, char** argv) {
  ::mallopt(M_ARENA_MAX, 4);
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--help")) { tarn::metastore::Help(argv[1]); return 0; }
    if (!std::strcmp(argv[i], "--list-calls")) { tarn::metastore::ListCalls(); return 0; }
    if (!std::strcmp(argv[i], "--version")) { std::puts("tarn-metastore 0.1.0"); return 0; }
  }
  auto fail = [](const tarn::Status& s, int code) {
    std::fprintf(stderr, "tarn-metastore: %s\n", s.message().c_str());
    if (!s.detail().empty()) std::fprintf(stderr, "  %s\n", s.detail().c_str());
    if (!s.hint().empty()) std::fprintf(stderr, "  hint: %s\n", s.hint().c_str());
    return code;
  };
  auto arguments = tarn::metastore::Parse(argc, argv);
  if (!arguments.ok()) return fail(arguments.status(), 2);
  auto done = tarn::metastore::Run(std::move(arguments).value());
  return done.ok() ? *done : fail(done.status(), 1);
}
