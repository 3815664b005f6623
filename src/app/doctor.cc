// tarn doctor: is this machine fit, is this data directory well, is its server alive? Each line ok, note or FAIL with a hint.
#include <arrow/util/config.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/data_directory.h"
#include "app/metastore_process.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "net/access.h"
#include "net/http_client.h"
#include "net/json_reader.h"
#include "net/socket.h"
#include "table/registry.h"
#include "types/time_zone.h"

namespace tarn::plug { Status RegisterAll(table::Registry& registry); }

namespace tarn::app {
namespace {

class Report {
 public:
  void Ok(const std::string& what, const std::string& value) { std::printf("ok    %-22s %s\n", what.c_str(), value.c_str()); }
  void Note(const std::string& what, const std::string& value, const std::string& hint) {
    std::printf("note  %-22s %s\n", what.c_str(), value.c_str());
    if (!hint.empty()) std::printf("      hint: %s\n", hint.c_str());
  }
  void Failed(const std::string& what, const std::string& value, const std::string& hint) {
    ++failures_;
    std::printf("FAIL  %-22s %s\n", what.c_str(), value.c_str());
    if (!hint.empty()) std::printf("      hint: %s\n", hint.c_str());
  }
  void FromStatus(const std::string& what, const Status& s, const std::string& good) {
    if (s.ok()) Ok(what, good);
    else Failed(what, s.message() + (s.detail().empty() ? "" : " (" + s.detail() + ")"), s.hint());
  }
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

std::string Gigabytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

void CheckProgram(Report& r) {
  r.Ok("version", std::string("tarn ") + kVersion);
  const arrow::BuildInfo& build = arrow::GetBuildInfo();
  if (build.version_major == ARROW_VERSION_MAJOR && build.version_minor == ARROW_VERSION_MINOR) r.Ok("Arrow libraries", build.version_string);
  else r.Failed("Arrow libraries", build.version_string + ", built against " ARROW_VERSION_STRING, "install the libraries that came with tarn");
  table::Registry registry;
  Status plugs = plug::RegisterAll(registry);
  r.FromStatus("connectors", plugs, std::to_string(registry.connectors().size()) + " connectors, " + std::to_string(registry.formats().size()) + " formats, " + std::to_string(registry.catalogs().size()) + " catalogs");
  std::string metastore = SiblingProgram("tarn-metastore");
  if (access(metastore.c_str(), X_OK) == 0) r.Ok("metastore program", metastore);
  else r.Failed("metastore program", metastore + " is missing", "it belongs beside tarn");
  for (const char* zone : {"Europe/Berlin", "America/New_York"}) {
    auto found = types::TimeZone::Find(zone);
    if (!found.ok()) { r.Failed("time zones", found.status().message(), "install the package tzdata"); return; }
  }
  r.Ok("time zones", "found");
}

void CheckMachine(Report& r) {
  r.Ok("processors", std::to_string(sysconf(_SC_NPROCESSORS_ONLN)));
  uint64_t memory = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (memory >= 1'000'000'000) r.Ok("memory", Gigabytes(memory));
  else r.Note("memory", Gigabytes(memory), "large state and sorts will meet the memory limit early");
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur >= 4096) r.Ok("open files", std::to_string(files.rlim_cur));
  else r.Note("open files", std::to_string(files.rlim_cur), "many partitions or clients need more: ulimit -n 65536");
}

void CheckData(Report& r, const config::ServerConfig& c, bool* served) {
  std::string data = c.Text("data");
  if (!std::filesystem::exists(data)) {
    r.Note("data directory", data + " does not exist yet", "the first tarn server --data " + data + " makes it");
  } else if (access(data.c_str(), R_OK | W_OK | X_OK) != 0) {
    r.Failed("data directory", data + " cannot be written by this user", "chown it, or run as its owner");
  } else {
    auto format = ReadFormat(data);
    if (!format) r.Note("data directory", data + " has no format version", "a directory of tarn has a file named format");
    else if (*format > kDataFormat) r.Failed("data directory", "format " + std::to_string(*format) + " is newer than this program's " + std::to_string(kDataFormat), "use the newer tarn");
    else if (*format < kDataFormat) r.Note("data directory", "format " + std::to_string(*format), "the next start upgrades it, after a backup");
    else r.Ok("data directory", data + ", format " + std::to_string(*format));
  }
  std::string existing = data;
  while (!existing.empty() && !std::filesystem::exists(existing)) existing = std::filesystem::path(std::filesystem::absolute(existing)).parent_path();
  struct statvfs disk {};
  if (statvfs(existing.c_str(), &disk) == 0) {
    uint64_t room = disk.f_bavail * disk.f_frsize;
    if (room < 100'000'000) r.Failed("disk", Gigabytes(room) + " free at " + existing, "checkpoints fail on a full disk: make room");
    else if (room < 2'000'000'000) r.Note("disk", Gigabytes(room) + " free at " + existing, "room for little data");
    else r.Ok("disk", Gigabytes(room) + " free at " + existing);
  }
  auto server = FindRunningServer(data);
  *served = server.has_value();
  if (!server) {
    if (IsLocked(data)) r.Note("server", "the directory is in use by a process that tells no address", "tarn sql, or a server that is starting");
    else r.Note("server", "none runs on this directory", "tarn server --data " + data + " starts one");
    return;
  }
  r.Ok("server", "process " + std::to_string(server->pid) + ", " + server->gateway_url());
  auto client = net::HttpClient::Make(server->gateway_url());
  int64_t start = MonotonicMs();
  auto info = client.ok() ? (*client)->Send("GET", "/v1/info", "", 5000) : Result<net::HttpResponse>(client.status());
  if (info.ok() && info->status == 200) r.Ok("SQL gateway", "answers in " + std::to_string(MonotonicMs() - start) + " ms");
  else r.Failed("SQL gateway", info.ok() ? "HTTP status " + std::to_string(info->status) : info.status().message(), "see the server's log");
  if (server->metastore > 0) r.FromStatus("metastore", net::Connect("127.0.0.1", server->metastore, 5000).status(), "accepts at port " + std::to_string(server->metastore));
}

void CheckPorts(Report& r, const config::ServerConfig& c) {
  for (const char* key : {"http-port", "gateway-port", "metastore-port"}) {
    int port = static_cast<int>(c.Integer(key));
    auto fd = net::Listen(c.Text("host"), port);
    if (fd.ok()) r.Ok(key, std::to_string(port) + " is free");
    else r.Failed(key, fd.status().message(), fd.status().hint());
  }
  r.FromStatus("host", net::CheckBindAddress(c.Text("host"), c.Boolean("insecure-bind")), c.Text("host"));
}
}  // namespace

int RunDoctor(int argc, char** argv) {
  auto a = ParseArguments(argc, argv, {}, 0);
  if (!a.ok()) return Fail(a.status(), 2);
  if (a->help) {
    std::fputs(HelpText("tarn doctor [--data DIR] [SETTING...]\n\nChecks the program, this machine, the data directory, its server and the ports. Exit code 1: something FAILed.", {},
                        {"data", "host", "insecure-bind", "http-port", "gateway-port", "metastore-port"}).c_str(), stdout);
    return 0;
  }
  Report report;
  bool served = false;
  CheckProgram(report);
  CheckMachine(report);
  CheckData(report, a->config, &served);
  if (!served) CheckPorts(report, a->config);
  std::printf("%s\n", report.failures() == 0 ? "all well" : (std::to_string(report.failures()) + " problem(s)").c_str());
  return report.failures() == 0 ? 0 : 1;
}

}  // namespace tarn::app
