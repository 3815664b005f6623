#include "app/bench.h"

#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstring>
#include <vector>

#include "app/verbs.h"

namespace tarn::app {
namespace {
// Benchmarks that drive a whole server from outside are programs of the source tree: bench/<name>.py beside build/<preset>/tarn.
// Without a source tree, `program` beside tarn measures what can be measured without Apache's servers.
int RunScript(const char* name, int argc, char** argv, const char* program = nullptr) {
  char exe[PATH_MAX];
  ssize_t n = ::readlink("/proc/self/exe", exe, sizeof(exe));
  std::string path(exe, n > 0 ? static_cast<size_t>(n) : 0);
  std::string beside = program ? path.substr(0, path.find_last_of('/') + 1) + program : "";
  for (int up = 0; up < 3; ++up) path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
  path += std::string("/bench/") + name + ".py";
  if (::access(path.c_str(), R_OK) != 0 && program && ::access(beside.c_str(), X_OK) == 0) {
    std::fprintf(stderr, "\"%s\" is not there: Tarn alone is measured, by %s\n", path.c_str(), program);
    std::vector<char*> args{beside.data()};
    for (int i = 0; i < argc; ++i) args.push_back(argv[i]);
    args.push_back(nullptr);
    ::execv(beside.c_str(), args.data());
  }
  if (::access(path.c_str(), R_OK) != 0)
    return Fail(Status::NotFound("\"" + path + "\" is not there").WithHint("this benchmark runs from a source tree with its build folder: ./dev bench " + std::string(name)), 2);
  std::vector<char*> args{const_cast<char*>("python3"), path.data()};
  for (int i = 0; i < argc; ++i) args.push_back(argv[i]);
  args.push_back(nullptr);
  ::execvp("python3", args.data());
  return Fail(Status::NotFound("python3 can't be started"), 2);
}
int BenchFreshness(int argc, char** argv) { return RunScript("freshness", argc, argv); }
int BenchBesideFlink(int argc, char** argv) { return RunScript("beside_flink", argc, argv); }
int BenchMetastore(int argc, char** argv) { return RunScript("metastore", argc, argv, "tarn-metastore-bench"); }

// The rows: {"engine", "rows per CPU-second of the engine's parts", BenchEngine}, ...
const std::vector<Bench>& AllBenches() {
  static const std::vector<Bench> all = {
      {"engine", "rows per CPU-second of the engine's parts", BenchEngine},
      {"freshness", "event acknowledged to visible in a registered partition, seen by an independent watcher", BenchFreshness},
      {"beside_flink", "the same jobs on the same bytes, Tarn and a real Flink 1.20 in one run", BenchBesideFlink},
      {"metastore", "calls per server CPU-second, tarn-metastore and Apache's 4.0.1 in one run", BenchMetastore},
  };
  return all;
}
}  // namespace

int RunBench(int argc, char** argv) {
  bool help = argc > 0 && (!std::strcmp(argv[0], "--help") || !std::strcmp(argv[0], "-h"));
  if (argc == 0 || help) {
    std::fprintf(help ? stdout : stderr, "tarn bench NAME [ARGUMENT...]\n\n");
    for (const Bench& b : AllBenches()) std::fprintf(help ? stdout : stderr, "  %-14s %s\n", b.name, b.sentence);
    return help ? 0 : 2;
  }
  for (const Bench& b : AllBenches()) if (!std::strcmp(b.name, argv[0])) return b.run(argc - 1, argv + 1);
  return Fail(Status::NotFound("benchmark \"" + std::string(argv[0]) + "\" is not known").WithHint("tarn bench --help lists them"), 2);
}

}  // namespace tarn::app
