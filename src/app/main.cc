// tarn: one command, several verbs.
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "app/metastore_process.h"
#include "app/verbs.h"
#include "base/text.h"
#include "table/registry.h"

namespace tarn::plug { Status RegisterAll(table::Registry& registry); }

namespace tarn::app {
namespace {
constexpr const char* kUsage =
    "tarn: streams in, exact tables at rest, found through one catalog\n\n"
    "  tarn server      everything: SQL gateway, job REST, status page, metastore, jobs\n"
    "  tarn sql         run SQL: interactive, -e SQL, -f FILE; against a server or embedded\n"
    "  tarn run FILE    submit a SQL file and wait for its jobs\n"
    "  tarn metastore   the Hive Metastore alone; dump, load, check, copy a catalog\n"
    "  tarn search      find tables, columns, databases and functions by words\n"
    "  tarn doctor      check this machine and a data directory\n"
    "  tarn bench NAME  measure\n\n"
    "  tarn VERB --help says more; tarn --version\n";

struct Verb { const char* name; int (*run)(int, char**); };
constexpr Verb kVerbs[] = {{"server", RunServer}, {"sql", RunSql}, {"run", RunJob}, {"metastore", RunMetastore}, {"doctor", RunDoctor}, {"bench", RunBench}, {"search", RunSearch}};
}  // namespace

int Fail(const Status& error, int code) {
  std::fputs(ErrorText(error).c_str(), stderr);
  return code;
}

Status SetUpLogFrom(const config::ServerConfig& config, LogLevel least_on_stderr) {
  LogOptions o;
  std::string level = config.Text("log.level");
  o.level = level == "debug" ? LogLevel::kDebug : level == "info" ? LogLevel::kInfo : level == "warn" ? LogLevel::kWarn : LogLevel::kError;
  o.json = config.Text("log.format") == "json";
  o.file = config.Text("log.file");
  o.rotate_bytes = config.Bytes("log.rotate-bytes");
  o.rotate_files = static_cast<int>(config.Integer("log.rotate-files"));
  if (o.file.empty() && !config.IsSet("log.level")) o.level = std::max(o.level, least_on_stderr);
  return SetUpLog(o);
}

Result<std::unique_ptr<session::Engine>> StartEngine(const config::ServerConfig& config, const std::string& data_dir, const std::string& metastore_uri, bool recover) {
  session::EngineOptions o;
  o.data_dir = data_dir;
  o.own_metastore_uri = metastore_uri;
  o.memory_limit_bytes = config.Bytes("memory.limit");
  if (o.memory_limit_bytes <= 0) o.memory_limit_bytes = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 2;
  o.session_defaults = config.session();
  o.register_plugs = plug::RegisterAll;
  o.recover_jobs = recover;
  return session::Engine::Start(std::move(o));
}

int RunMetastore(int argc, char** argv) {
  std::string program = SiblingProgram("tarn-metastore");
  std::vector<char*> words = {program.data()};
  for (int i = 0; i < argc; ++i) words.push_back(argv[i]);
  words.push_back(nullptr);
  execv(program.c_str(), words.data());
  return Fail(Status::NotFound("program \"" + program + "\" cannot be started").WithDetail(std::strerror(errno)).WithHint("tarn-metastore belongs beside tarn"));
}

}  // namespace tarn::app

int main(int argc, char** argv) {
  using namespace tarn::app;
  std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "--version" || verb == "version" || verb == "-V") {
    std::printf("tarn %s\n", kVersion);
    return 0;
  }
  if (verb == "--help" || verb == "-h" || verb == "help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (verb.empty()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  std::vector<std::string> names;
  for (const Verb& v : kVerbs) {
    if (verb == v.name) return v.run(argc - 2, argv + 2);
    names.emplace_back(v.name);
  }
  std::string near = tarn::ClosestName(verb, names);
  tarn::Status error = tarn::Status::InvalidSql("verb \"" + verb + "\" is not known");
  return Fail(near.empty() ? std::move(error).WithHint("see tarn --help") : std::move(error).WithHint("did you mean \"tarn " + near + "\"?"), 2);
}
