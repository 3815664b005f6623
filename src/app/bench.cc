#include "app/bench.h"

#include <cstdio>
#include <cstring>
#include <vector>

#include "app/verbs.h"

namespace tarn::app {
namespace {
// The rows: {"engine", "rows per CPU-second of the engine's parts", BenchEngine}, ...
const std::vector<Bench>& AllBenches() {
  static const std::vector<Bench> all = {
      {"engine", "rows per CPU-second of the engine's parts", BenchEngine},
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
