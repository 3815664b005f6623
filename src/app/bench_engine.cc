// tarn bench engine: what the engine's bones do, in rows per CPU-second of this process. Source and sink are in memory, so that the
// operators, the exchange and the runtime are what is measured; streaming runs take a checkpoint every 10 s.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>

#include "app/bench.h"
#include "app/bench_memory.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "batch/hash.h"
#include "job/job_manager.h"

namespace tarn::app {
namespace {

using plan::Node;
using plan::NodePtr;
using types::LogicalType;

struct BenchArguments {
  double scale = 1;       // of the rows
  int repeat = 5;
  int64_t batch_rows = 4096;
  std::string only;
  bool duckdb = true;
};

struct Case {
  std::string name, schema;
  double bar_millions;
  int64_t rows;
  bool streaming;
  std::function<Result<NodePtr>(int64_t rows, std::shared_ptr<std::atomic<int64_t>> sum)> plan;   // sum: must come to `expected`
  std::string duckdb;     // the same as SQL over t, or ""
  double expected = 1;    // times the rows
};

NodePtr MakeNode(decltype(Node::op) op, std::vector<NodePtr> inputs, RowType type, types::ChangelogMode mode, int parallelism) {
  auto n = std::make_shared<Node>();
  n->op = std::move(op);
  n->inputs = std::move(inputs);
  n->row_type = std::move(type);
  n->changelog = mode;
  n->parallelism = parallelism;
  return n;
}

NodePtr ScanOf(std::shared_ptr<const MemoryRows> rows, int64_t total, int parallelism) {
  plan::Scan scan;
  scan.source = MakeMemorySource(rows, total);
  scan.name = "memory";
  if (rows->time_column >= 0) {
    scan.rowtime = rows->time_column;
    scan.watermark = expr::MakeInputRef(rows->time_column, rows->type.types[static_cast<size_t>(rows->time_column)]);
  }
  return MakeNode(std::move(scan), {}, rows->type, types::ChangelogMode::InsertOnly(), parallelism);
}

NodePtr HashOf(NodePtr input, std::vector<int> keys) {
  plan::Exchange e{plan::Exchange::Kind::kHash, std::move(keys)};
  RowType type = input->row_type;
  auto mode = input->changelog;
  int p = input->parallelism;
  return MakeNode(std::move(e), {std::move(input)}, std::move(type), mode, p);
}

using Sum = std::shared_ptr<std::atomic<int64_t>>;

NodePtr SinkOf(NodePtr input, int sum_column, Sum sum) {
  plan::Sink s;
  s.sink = MakeSummingSink(sum_column, std::move(sum));
  s.name = "sum";
  RowType type = input->row_type;
  auto mode = input->changelog;
  int p = input->parallelism;
  return MakeNode(std::move(s), {std::move(input)}, std::move(type), mode, p);
}

std::vector<expr::AggregateCall> CountAndSum() {
  return {{expr::AggregateKind::kCountStar, {}, false, -1, LogicalType::BigInt().NotNull(), "n"},
          {expr::AggregateKind::kSum, {1}, false, -1, LogicalType::BigInt(), "s"}};
}

NodePtr GroupPlan(const std::shared_ptr<MemoryRows>& rows, int64_t total, bool streaming, Sum sum) {
  plan::GroupAggregate g;
  g.keys = {0};
  g.aggregates = CountAndSum();
  g.mini_batch = streaming;
  g.mini_batch_size = 50'000;
  g.mini_batch_latency_ms = 2'000;
  RowType out;
  out.Add("k", LogicalType::BigInt());
  out.Add("n", LogicalType::BigInt().NotNull());
  out.Add("s", LogicalType::BigInt());
  auto mode = streaming ? types::ChangelogMode::All() : types::ChangelogMode::InsertOnly();
  return SinkOf(MakeNode(std::move(g), {HashOf(ScanOf(rows, total, 1), {0})}, std::move(out), mode, 1), 1, std::move(sum));
}

NodePtr TumblePlan(const std::shared_ptr<MemoryRows>& rows, int64_t total, Sum sum) {
  plan::WindowAggregate w;
  w.window.time_column = 2;
  w.window.size_ms = 1000;
  w.keys = {0};
  w.aggregates = CountAndSum();
  w.properties = {plan::WindowAggregate::Property::kStart, plan::WindowAggregate::Property::kEnd};
  RowType out;
  out.Add("k", LogicalType::BigInt());
  out.Add("n", LogicalType::BigInt().NotNull());
  out.Add("s", LogicalType::BigInt());
  out.Add("window_start", LogicalType::Timestamp(3));
  out.Add("window_end", LogicalType::Timestamp(3));
  return SinkOf(MakeNode(std::move(w), {HashOf(ScanOf(rows, total, 1), {0})}, std::move(out), types::ChangelogMode::InsertOnly(), 1), 1, std::move(sum));
}

NodePtr ExchangePlan(const std::shared_ptr<MemoryRows>& rows, int64_t total, Sum sum) {
  return SinkOf(HashOf(ScanOf(rows, total, 2), {0}), -1, std::move(sum));
}

struct Spread {
  double low, median, high;
};
Spread SpreadOf(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return {v.front(), v[v.size() / 2], v.back()};
}

Result<double> RunOnce(const Case& c, const BenchArguments& a) {
  job::JobManagerOptions options;
  options.scratch_dir = (std::filesystem::temp_directory_path() / ("tarn-bench-" + std::to_string(WallClockMs()))).string();
  std::filesystem::create_directories(options.scratch_dir);
  auto manager = TRY(job::JobManager::Make(options));
  plan::JobPlan plan;
  auto sum = std::make_shared<std::atomic<int64_t>>(0);
  plan.roots = {TRY(c.plan(c.rows, sum))};
  plan.name = c.name;
  plan.streaming = c.streaming;
  plan.bounded = true;
  plan.options.Set("tarn.batch.size", std::to_string(a.batch_rows));
  if (c.streaming) plan.options.Set("execution.checkpointing.interval", "10s");
  const int64_t cpu = ProcessCpuNs();
  job::JobId id = TRY(manager->Submit(std::move(plan), {}));
  Status s = manager->WaitFor(id);
  const double seconds = static_cast<double>(ProcessCpuNs() - cpu) / 1e9;
  manager.reset();
  std::error_code ignored;
  std::filesystem::remove_all(options.scratch_dir, ignored);
  TRY(s);
  const int64_t expected = static_cast<int64_t>(c.expected * static_cast<double>(c.rows));
  if (sum->load() != expected) {
    return Status::Internal(c.name + " came to " + std::to_string(sum->load()) + " instead of " + std::to_string(expected));
  }
  return static_cast<double>(c.rows) / seconds / 1e6;
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

std::string RunDuckDb(const std::string& python, const Case& c, int64_t keys, int repeat) {
  const std::string script = (std::filesystem::temp_directory_path() / ("tarn-bench-duckdb-" + std::to_string(WallClockMs()) + ".py")).string();
  FILE* f = std::fopen(script.c_str(), "w");
  if (f == nullptr) return "";
  std::fputs(kDuckDbScript, f);
  std::fclose(f);
  const int64_t rows = std::min<int64_t>(c.rows, 20'000'000);
  FILE* p = popen((python + " " + script + " " + std::to_string(rows) + " " + std::to_string(keys) + " '" + c.duckdb + "' " + std::to_string(repeat)).c_str(), "r");
  char line[256] = "";
  if (p != nullptr) {
    if (std::fgets(line, sizeof line, p) == nullptr) line[0] = 0;
    pclose(p);
  }
  std::filesystem::remove(script);
  std::string out = line;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

int Usage(int code) {
  std::fprintf(code == 0 ? stdout : stderr,
               "tarn bench engine [--only NAME] [--scale X] [--repeat N] [--batch ROWS] [--no-duckdb]\n"
               "rows per CPU-second of the process, median (and spread) of N runs\n");
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
    else if (i + 1 < argc && word == "--batch") a.batch_rows = std::max(1, std::atoi(argv[++i]));
    else return Usage(2);
  }
  auto scaled = [&](int64_t n) { return std::max<int64_t>(1000, static_cast<int64_t>(static_cast<double>(n) * a.scale)); };
  std::map<std::string, std::shared_ptr<MemoryRows>> tables;
  auto keyed = [&](int64_t keys, bool time) {
    auto& t = tables[std::to_string(keys) + (time ? "t" : "")];
    if (!t) t = MakeKeyedRows(4'000'000, keys, a.batch_rows, time);
    return t;
  };
  auto numbers = [&] {
    auto& t = tables["numbers"];
    if (!t) t = MakeNumberRows(2'000'000, a.batch_rows);
    return t;
  };
  const std::string kv = "k BIGINT, v BIGINT", group = "SELECT k, count(*), sum(v) FROM t GROUP BY k",
                    window = "SELECT k, time_bucket(INTERVAL 1 SECOND, ts) w, count(*), sum(v) FROM t GROUP BY k, w";
  std::vector<Case> cases;
  auto add = [&](std::string name, std::string schema, double bar, int64_t rows, bool streaming, std::function<NodePtr(int64_t, Sum)> make, std::string sql) {
    cases.push_back({std::move(name), std::move(schema), bar, scaled(rows), streaming, std::move(make), std::move(sql)});
  };
  add("group-1k-batch", kv + ", 1,000 keys", 60, 100'000'000, false, [&](int64_t n, Sum s) { return GroupPlan(keyed(1000, false), n, false, s); }, group);
  add("group-1k-streaming", kv + ", 1,000 keys", 20, 60'000'000, true, [&](int64_t n, Sum s) { return GroupPlan(keyed(1000, false), n, true, s); }, group);
  add("group-1m-batch", kv + ", 1,000,000 keys", 10, 40'000'000, false, [&](int64_t n, Sum s) { return GroupPlan(keyed(1'000'000, false), n, false, s); }, group);
  add("group-1m-streaming", kv + ", 1,000,000 keys", 3, 20'000'000, true, [&](int64_t n, Sum s) { return GroupPlan(keyed(1'000'000, false), n, true, s); }, group);
  add("tumble-1s-1k", kv + ", ts TIMESTAMP(3), 1,000 keys", 10, 40'000'000, true, [&](int64_t n, Sum s) { return TumblePlan(keyed(1000, true), n, s); }, window);
  add("exchange-hash", "a, b, c BIGINT, d DOUBLE, 2 to 2 subtasks by a", 15, 40'000'000, true, [&](int64_t n, Sum s) { return ExchangePlan(numbers(), n, s); }, "");

  std::printf("calibration     %.0f M dependent 64-bit mixes per CPU-second\n", Calibrate());
  const std::string python = a.duckdb ? DuckDbPython() : "";
  if (a.duckdb && python.empty()) std::printf("duckdb          not installed and not to be had here: left out\n");
  std::printf("%-20s %-10s %12s %21s %10s  %s\n", "name", "mode", "M rows/CPU-s", "spread", "bar", "schema");
  bool met = true;
  for (const Case& c : cases) {
    if (!a.only.empty() && c.name.find(a.only) == std::string::npos) continue;
    std::vector<double> speeds;
    for (int r = 0; r < a.repeat; ++r) {
      auto speed = RunOnce(c, a);
      if (!speed.ok()) return Fail(std::move(speed).status(), 1);
      speeds.push_back(*speed);
    }
    const Spread s = SpreadOf(speeds);
    met &= s.median >= c.bar_millions;
    std::printf("%-20s %-10s %12.1f %9.1f .. %8.1f %7.0f %s  %s\n", c.name.c_str(), c.streaming ? "streaming" : "batch", s.median, s.low, s.high,
                c.bar_millions, s.median >= c.bar_millions ? "ok" : "--", c.schema.c_str());
    if (!python.empty() && !c.duckdb.empty()) {
      const int64_t keys = c.name.find("1m") != std::string::npos ? 1'000'000 : 1000;
      std::printf("%-20s   DuckDB (version, low, median, high; 1 thread): %s\n", "", RunDuckDb(python, c, keys, a.repeat).c_str());
    }
    std::fflush(stdout);
  }
  return met ? 0 : 1;
}

}  // namespace tarn::app
