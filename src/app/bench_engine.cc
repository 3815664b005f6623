// tarn bench engine: what the engine's bones do, in rows per CPU-second of this process. Source and sink are in memory, so that the
// operators, the exchange and the runtime are what is measured. Streaming jobs take checkpoints: every second unless told otherwise,
// since a run lasts a few seconds only.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "app/bench.h"
#include "app/bench_cases.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "batch/hash.h"
#include "job/job_manager.h"

namespace tarn::plug { Status RegisterAll(table::Registry& registry); }

namespace tarn::app {
namespace {

struct BenchArguments {
  double scale = 1;       // of the rows
  int repeat = 5;
  int64_t batch_rows = 4096;
  std::string only;
  bool duckdb = true;
  std::string checkpoint_interval = "1s";
};

struct Spread {
  double low, median, high;
};
Spread SpreadOf(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return {v.front(), v[v.size() / 2], v.back()};
}

struct Run {
  double speed = 0;   // millions of rows per CPU-second
  int64_t checkpoints = 0;
};
Result<Run> RunOnce(const BenchCase& c, int64_t rows, const BenchArguments& a, const std::string& directory) {
  const int64_t cpu = ProcessCpuNs();
  auto speed = [&] { return static_cast<double>(rows) / (static_cast<double>(ProcessCpuNs() - cpu) / 1e9) / 1e6; };
  if (c.loop) {
    TRY(c.loop(rows));
    return Run{speed(), 0};
  }
  job::JobManagerOptions options;
  options.scratch_dir = directory + "/jobs";
  std::filesystem::create_directories(options.scratch_dir);
  auto manager = TRY(job::JobManager::Make(options));
  plan::JobPlan plan;
  auto sum = std::make_shared<std::atomic<int64_t>>(0);
  plan.roots = {TRY(c.plan(rows, sum))};
  plan.name = c.name;
  plan.streaming = c.streaming;
  plan.bounded = true;
  plan.options.Set("tarn.batch.size", std::to_string(a.batch_rows));
  if (c.streaming) plan.options.Set("execution.checkpointing.interval", a.checkpoint_interval);
  const int64_t before = ProcessCpuNs();
  job::JobId id = TRY(manager->Submit(std::move(plan), {}));
  TRY(manager->WaitFor(id));
  const double seconds = static_cast<double>(ProcessCpuNs() - before) / 1e9;
  if (c.expected && sum->load() != c.expected(rows)) {
    return Status::Internal(c.name + " came to " + std::to_string(sum->load()) + " instead of " + std::to_string(c.expected(rows)));
  }
  return Run{static_cast<double>(rows) / seconds / 1e6, TRY(manager->Get(id)).checkpoint_counts.completed};
}

// A fixed piece of work without memory: says how fast this machine is at this moment.
double Calibrate() {
  const int64_t cpu = ProcessCpuNs();
  uint64_t h = 1;
  for (int i = 0; i < 100'000'000; ++i) h = MixHash(h ^ static_cast<uint64_t>(i), 0xE7037ED1A0B428DBull);
  const double seconds = static_cast<double>(ProcessCpuNs() - cpu) / 1e9;
  if (h == 42) std::printf(" ");   // keeps the loop
  return 100.0 / seconds;
}

constexpr const char* kDuckDbScript = R"PY(
import sys, time
try:
    import duckdb
except ImportError:
    sys.exit(3)
rows, keys, query, repeat = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
con = duckdb.connect()
con.execute("SET threads = 1")
con.execute(f"CREATE TABLE t AS SELECT CAST(floor(random() * {keys}) AS BIGINT) k, CAST(floor(random() * 1000) AS BIGINT) v, "
            f"make_timestamp((range // 1000) * 1000) ts FROM range({rows})")
con.execute(query).fetchall()
speeds = []
for _ in range(repeat):
    t = time.process_time()
    con.execute(query).fetchall()
    speeds.append(rows / (time.process_time() - t) / 1e6)
speeds.sort()
print(f"{duckdb.__version__} {speeds[0]:.1f} {speeds[len(speeds) // 2]:.1f} {speeds[-1]:.1f}")
)PY";

// DuckDB's Python package in build/venv, installed when it is not there and there is a network; "" when neither.
std::string DuckDbPython() {
  const std::string venv = "build/venv", python = venv + "/bin/python3";
  if (std::system((python + " -c 'import duckdb' >/dev/null 2>&1").c_str()) == 0) return python;
  if (std::system(("python3 -m venv " + venv + " >/dev/null 2>&1 && " + python + " -m pip install -q duckdb >/dev/null 2>&1").c_str()) == 0) return python;
  return "";
}

std::string RunDuckDb(const std::string& python, const BenchCase& c, int64_t rows, int repeat, const std::string& directory) {
  const std::string script = directory + "/duck.py";
  FILE* f = std::fopen(script.c_str(), "w");
  if (f == nullptr) return "";
  std::fputs(kDuckDbScript, f);
  std::fclose(f);
  const std::string command = python + " " + script + " " + std::to_string(std::min<int64_t>(rows, 20'000'000)) + " " + std::to_string(c.keys) + " '" +
                              c.duckdb + "' " + std::to_string(repeat);
  FILE* p = popen(command.c_str(), "r");
  char line[256] = "";
  if (p != nullptr) {
    if (std::fgets(line, sizeof line, p) == nullptr) line[0] = 0;
    pclose(p);
  }
  std::string out = line;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

int Usage(int code) {
  std::fprintf(code == 0 ? stdout : stderr,
               "tarn bench engine [--only NAME] [--scale X] [--repeat N] [--batch ROWS] [--checkpoint-interval 1s] [--no-duckdb]\n"
               "rows per CPU-second of the process, median (and spread) of N runs\n");
  return code;
}

int RunCases(const BenchArguments& a, const std::vector<BenchCase>& cases, const std::string& directory) {
  std::printf("calibration     %.0f M dependent 64-bit mixes per CPU-second\n", Calibrate());
  const std::string python = a.duckdb ? DuckDbPython() : "";
  if (a.duckdb && python.empty()) std::printf("duckdb          not installed and not to be had here: left out\n");
  std::printf("%-22s %-10s %12s %21s %10s %6s  %s\n", "name", "mode", "M rows/CPU-s", "spread", "bar", "chkpts", "schema");
  int code = 0;
  for (const BenchCase& c : cases) {
    if (!a.only.empty() && c.name.find(a.only) == std::string::npos) continue;
    const int64_t rows = std::max<int64_t>(1000, static_cast<int64_t>(static_cast<double>(c.rows) * a.scale));
    std::vector<double> speeds;
    int64_t checkpoints = 0;
    for (int r = 0; r < a.repeat; ++r) {
      auto run = RunOnce(c, rows, a, directory);
      if (!run.ok()) {
        Fail(run.status(), 1);
        break;
      }
      speeds.push_back(run->speed);
      checkpoints += run->checkpoints;
    }
    if (speeds.empty()) {
      code = 1;
      continue;
    }
    const Spread s = SpreadOf(speeds);
    const bool met = s.median >= c.bar_millions;
    if (!met) code = 1;
    const std::string bar = c.bar_millions > 0 ? fmt::format("{:.0f} {}", c.bar_millions, met ? "ok" : "--") : "";
    std::printf("%-22s %-10s %12.1f %9.1f .. %8.1f %10s %6s  %s\n", c.name.c_str(), c.streaming ? "streaming" : "batch", s.median, s.low, s.high, bar.c_str(),
                c.streaming && !c.loop ? fmt::format("{}", checkpoints).c_str() : "", c.schema.c_str());
    if (!python.empty() && !c.duckdb.empty()) {
      std::printf("%-22s   DuckDB (version, low, median, high; 1 thread): %s\n", "", RunDuckDb(python, c, rows, a.repeat, directory).c_str());
    }
    std::fflush(stdout);
  }
  return code;
}

}  // namespace

int BenchEngine(int argc, char** argv) {
  BenchArguments a;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return Usage(0);
    if (word == "--no-duckdb") a.duckdb = false;
    else if (i + 1 < argc && word == "--only") a.only = argv[++i];
    else if (i + 1 < argc && word == "--scale") a.scale = std::max(0.001, std::atof(argv[++i]));
    else if (i + 1 < argc && word == "--repeat") a.repeat = std::max(1, std::atoi(argv[++i]));
    else if (i + 1 < argc && word == "--checkpoint-interval") a.checkpoint_interval = argv[++i];
    else if (i + 1 < argc && word == "--batch") a.batch_rows = std::max(1, std::atoi(argv[++i]));
    else return Usage(2);
  }
  table::Registry registry;
  Status plugs = plug::RegisterAll(registry);
  if (!plugs.ok()) return Fail(plugs, 1);
  const std::filesystem::path directory = std::filesystem::temp_directory_path() / ("tarn-bench-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const int code = RunCases(a, EngineCases({a.batch_rows, directory.string(), &registry}), directory.string());
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return code;
}

}  // namespace tarn::app
