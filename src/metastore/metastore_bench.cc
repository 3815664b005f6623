// tarn-metastore-bench: starts a tarn-metastore (or takes --uri and --pid of any other) and measures it.
//
// kUsage has its options; --search runs tarn-metastore-search-bench, built beside it: search over a million tables. Rates are per
// CPU-second of the server's process, from /proc/PID/stat; with --database-pid (a PostgreSQL's first process, a mariadbd) also of both
// together. Every line on stdout is: name value unit. What it is at goes to stderr.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "wire/hms_client.h"

namespace tarn::wire {
namespace {

constexpr const char* kUsage =
    "tarn-metastore-bench: what a Hive Metastore does per CPU-second\n\n"
    "  tarn-metastore-bench [OPTION VALUE ...]\n"
    "  tarn-metastore-bench --search [OPTION VALUE ...]   search over a million tables\n\n"
    "  --server EXE            the tarn-metastore to start (default build/release/tarn-metastore)\n"
    "  --store URL             its database (default sqlite)\n"
    "  --uri thrift://H:P      measure this server instead; any Hive Metastore of 3.x or 4.x\n"
    "  --pid PID               its process, whose CPU counts\n"
    "  --database-pid PID      its database's first process: rates per CPU-second of both too\n"
    "  --only NAME             table | closed | partitions (default all)\n"
    "  --partitions N          rows of add_partitions (default 100000)\n"
    "  --partition-seconds S   each add_partitions ends after S seconds, with the rows it made by then\n"
    "  --seconds S             of each get_table (default 4)\n"
    "  --rate N                calls a second of the open loop (default 10000; 0: none)\n"
    "  --warm-up S             first S seconds of the same calls, their rates told in slices (for a JVM)\n";

struct Options {
  std::string server = "build/release/tarn-metastore", store, uri, only;
  int pid = 0;
  int64_t partitions = 100'000, partition_seconds = 0, rate = 10'000, warm_up = 0, seconds = 4;
};

std::string g_uri;
int g_pid = 0;
std::string g_dir;

int g_database_pid = 0;

// utime, stime, cutime, cstime and the parent of a process.
struct ProcessTimes { long own = 0, children = 0; int parent = 0; };
ProcessTimes TimesOf(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  size_t end = text.rfind(')');
  ProcessTimes t;
  long u = 0, s = 0, cu = 0, cs = 0;
  if (end == std::string::npos) return t;
  std::sscanf(text.c_str() + end + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &t.parent, &u, &s, &cu, &cs);
  t.own = u + s;
  t.children = cu + cs;
  return t;
}
double Seconds(long ticks) { return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)); }
double ServerCpuSeconds() { return Seconds(TimesOf(std::to_string(g_pid)).own); }
// The database's first process, those it has, and those it had.
double DatabaseCpuSeconds() {
  if (!g_database_pid) return 0;
  ProcessTimes first = TimesOf(std::to_string(g_database_pid));
  long ticks = first.own + first.children;
  for (const auto& e : std::filesystem::directory_iterator("/proc")) {
    std::string name = e.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    ProcessTimes t = TimesOf(name);
    if (t.parent == g_database_pid) ticks += t.own;
  }
  return Seconds(ticks);
}
long ServerKb(const char* what) {
  std::ifstream in("/proc/" + std::to_string(g_pid) + "/status");
  std::string line;
  while (std::getline(in, line)) if (line.starts_with(what)) return std::atol(line.c_str() + std::strlen(what) + 1);
  return 0;
}

template <typename T> T Must(Result<T> r) {
  if (!r.ok()) { std::fprintf(stderr, "%s\n", r.status().ToString().c_str()); std::exit(1); }
  return std::move(r).value();
}
void Must(Status s) {
  if (!s.ok()) { std::fprintf(stderr, "%s\n", s.ToString().c_str()); std::exit(1); }
}
std::unique_ptr<HmsClient> Client() { return Must(HmsClient::Connect(g_uri)); }

// A line that is written over, or one every ten seconds where nobody looks.
void Progress(const char* what, int64_t done, int64_t total) {
  static const bool terminal = ::isatty(2);
  static int64_t last = 0;
  int64_t now = MonotonicNs();
  if (now - last < (terminal ? 200'000'000 : 10'000'000'000)) return;
  last = now;
  std::fprintf(stderr, terminal ? "\r\033[K  %s: %lld of %lld " : "  %s: %lld of %lld\n", what, static_cast<long long>(done), static_cast<long long>(total));
}

void Say(const char* name, double value, const char* unit) {
  if (::isatty(2)) std::fputs("\r\033[K", stderr);
  std::printf("%-44s %14.2f %s\n", name, value, unit);
  std::fflush(stdout);
}

struct Timer {
  double cpu = ServerCpuSeconds(), database_cpu = DatabaseCpuSeconds();
  int64_t start = MonotonicNs();
  double ms() const { return static_cast<double>(MonotonicNs() - start) / 1e6; }
  double cpu_seconds() const { return ServerCpuSeconds() - cpu; }
  double both_cpu_seconds() const { return cpu_seconds() + DatabaseCpuSeconds() - database_cpu; }
};

Table BenchTable(const std::string& name, bool partitioned) {
  Table t;
  t.dbName = "bench";
  t.tableName = name;
  t.tableType = "EXTERNAL_TABLE";
  t.parameters = {{"EXTERNAL", "TRUE"}};
  StorageDescriptor& sd = t.sd.Make();
  for (int i = 0; i < 20; ++i) sd.cols.push_back({.name = "column_" + std::to_string(i), .type = i % 3 ? "bigint" : "string"});
  sd.inputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
  sd.outputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
  sd.serdeInfo.Make().serializationLib = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
  if (partitioned) t.partitionKeys = {{.name = "dt", .type = "string"}, {.name = "n", .type = "int"}};
  return t;
}

// get_table_req, which 3.1.3 and 4.0.1 have both; 4.0.1 has lost get_table.
Result<GetTableResult> GetPlain(HmsClient& c, const char* name = "plain") {
  call::get_table_req::Args a;
  a.req.Make().dbName = "bench";
  a.req->tblName = name;
  return c.Call<call::get_table_req>(a);
}

struct Rates { double per_cpu, per_cpu_of_both, per_second; };

// 64 connections that ask as fast as they are answered.
Rates ClosedLoop(double seconds) {
  constexpr int kConnections = 64;
  std::atomic<int64_t> calls{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kConnections; ++i) {
    threads.emplace_back([&] {
      auto c = Client();
      while (!stop.load(std::memory_order_relaxed)) { Must(GetPlain(*c)); calls.fetch_add(1, std::memory_order_relaxed); }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  Timer t;
  int64_t before = calls;
  while (t.ms() < seconds * 1000) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Progress("get_table, seconds", static_cast<int64_t>(t.ms() / 1000), static_cast<int64_t>(seconds));
  }
  double n = static_cast<double>(calls - before);
  Rates r{n / t.cpu_seconds(), n / t.both_cpu_seconds(), n / (t.ms() / 1000)};
  stop = true;
  for (auto& x : threads) x.join();
  return r;
}

void GetTable(int64_t seconds) {
  Rates r = ClosedLoop(static_cast<double>(seconds));
  Say("get_table, 64 connections", r.per_cpu, "calls per server CPU-second");
  if (g_database_pid) Say("get_table, 64 connections", r.per_cpu_of_both, "calls per CPU-second of server and database");
  Say("get_table, 64 connections", r.per_second, "calls/s on the clock (clients on the same cores)");
}

// Open loop: each call has its time; latency counts from then.
void GetTableOpenLoop(int64_t seconds, int64_t rate) {
  constexpr int kThreads = 8;
  std::vector<std::vector<int64_t>> latency(kThreads);
  std::vector<std::thread> threads;
  int64_t begin = MonotonicNs() + 200'000'000;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      auto c = Client();
      int64_t n = seconds * rate / kThreads;
      for (int64_t k = 0; k < n; ++k) {
        int64_t due = begin + (k * kThreads + i) * (1'000'000'000 / rate);
        int64_t now = MonotonicNs();
        if (now < due) std::this_thread::sleep_for(std::chrono::nanoseconds(due - now));
        Must(GetPlain(*c));
        latency[static_cast<size_t>(i)].push_back(MonotonicNs() - due);
        if (i == 0) Progress("get_table, open loop", k * kThreads, n * kThreads);
      }
    });
  }
  for (auto& x : threads) x.join();
  std::vector<int64_t> all;
  for (auto& l : latency) all.insert(all.end(), l.begin(), l.end());
  std::sort(all.begin(), all.end());
  if (all.empty()) return;
  std::string name = "get_table at " + std::to_string(rate) + "/s open loop, p";
  Say((name + "50").c_str(), static_cast<double>(all[all.size() / 2]) / 1e6, "ms");
  Say((name + "99").c_str(), static_cast<double>(all[all.size() * 99 / 100]) / 1e6, "ms");
}

struct Added { int64_t rows; Rates rates; };

// Batches of 500 partitions from the `first` on, until there are `total` of them or the time is up (0: none).
Added AddPartitions(const char* table, int64_t first, int64_t total, bool make_directories, double seconds, const char* what) {
  auto c = Client();
  Table t = *Must(GetPlain(*c, table)).table;
  Timer timer;
  int64_t done = first;
  constexpr int64_t kBatch = 500;
  while (done < first + total && (seconds == 0 || timer.ms() < seconds * 1000)) {
    std::vector<Partition> batch;
    for (int64_t i = done; i < std::min(done + kBatch, first + total); ++i) {
      Partition p;
      p.dbName = "bench";
      p.tableName = table;
      char day[16];
      std::snprintf(day, sizeof(day), "d%06d", static_cast<int>(i / 100));
      p.set_values({day, std::to_string(i)});
      p.sd = *t.sd;
      if (make_directories) p.sd->clear_location();   // its own, below the table's
      else p.sd->location = t.sd->location;           // it exists
      p.parameters = {{"numFiles", "1"}, {"totalSize", "12345"}};
      batch.push_back(std::move(p));
    }
    done += static_cast<int64_t>(batch.size());
    Must(c->Call<call::add_partitions>({.new_parts = std::move(batch)}));
    Progress(what, done - first, total);
  }
  double n = static_cast<double>(done - first);
  return {done - first, {n / timer.cpu_seconds(), n / timer.both_cpu_seconds(), n / (timer.ms() / 1000)}};
}

int64_t MeasurePartitions(const char* table, const Options& o, int64_t total, bool make_directories, const char* what) {
  Added a = AddPartitions(table, 0, total, make_directories, static_cast<double>(o.partition_seconds), what);
  Say(what, a.rates.per_cpu, "rows per server CPU-second");
  if (g_database_pid) Say(what, a.rates.per_cpu_of_both, "rows per CPU-second of server and database");
  Say(what, a.rates.per_second, "rows/s on the clock");
  return a.rows;
}

// A JVM compiles what it runs often: the calls that are measured later, in slices of ten seconds, told so that a reader sees when they
// no longer get faster.
void WarmUp(int64_t seconds) {
  auto c = Client();
  Must(c->CreateTable(BenchTable("warm_dirs", true)));
  Must(c->CreateTable(BenchTable("warm", true)));
  int64_t dirs = 0, parts = 0;
  Timer whole;
  while (whole.ms() < static_cast<double>(seconds) * 1000) {
    Rates table = ClosedLoop(4);
    Added d = AddPartitions("warm_dirs", dirs, 1'000'000, true, 3, "warm-up, partitions with directories");
    Added p = AddPartitions("warm", parts, 1'000'000, false, 3, "warm-up, partitions");
    dirs += d.rows;
    parts += p.rows;
    std::fprintf(stderr, "  warm-up, after %3.0f s, per CPU-second: get_table %.0f calls, add_partitions with directories %.0f rows, without %.0f rows\n", whole.ms() / 1000,
                 table.per_cpu, d.rates.per_cpu, p.rates.per_cpu);
  }
  Must(c->DropTable("bench", "warm_dirs", true));
  Must(c->DropTable("bench", "warm", false));
}

void ReadPartitions(int64_t total) {
  auto c = Client();
  auto filter = [&](const char* name, const std::string& text, size_t expected) {
    Must(c->GetPartitionsByFilter("bench", "parts", text));
    std::vector<double> ms;
    for (int i = 0; i < 9; ++i) {
      Timer t;
      auto p = Must(c->GetPartitionsByFilter("bench", "parts", text));
      ms.push_back(t.ms());
      TARN_CHECK(p.size() == expected, text.c_str());
    }
    std::sort(ms.begin(), ms.end());
    Say(name, ms[4], "ms (median of 9)");
  };
  long before = ServerKb("VmRSS:");
  Timer names;
  size_t n = Must(c->GetPartitionNames("bench", "parts")).size();
  TARN_CHECK(n == static_cast<size_t>(total), "names");
  Say("all partition names", names.ms(), "ms");
  if (total >= 1050) {   // a slow server may have made fewer
    filter("filter of one day (100 partitions)", "dt = 'd000005'", 100);
    filter("integer range filter (50 partitions)", "n >= 1000 and n < 1050", 50);
  }
  Timer all;
  n = 0;
  Must(c->EachPartition("bench", "parts", {}, [&](Partition&& p) {
    n += p.sd && p.sd->cols.size() == 20;
    return Status::OK();
  }));
  TARN_CHECK(n == static_cast<size_t>(total), "partitions");
  Say("all partitions in one reply", all.ms(), "ms");
  Say("all partitions in one reply, the server", all.cpu_seconds() * 1000, "ms of CPU");
  Say("server memory grew by", static_cast<double>(ServerKb("VmRSS:") - before) / 1024, "MB");
  Say("server memory at most", static_cast<double>(ServerKb("VmHWM:")) / 1024, "MB");
  Timer drop;
  Must(c->DropTable("bench", "parts", false));
  Say("drop_table with its partitions", drop.ms(), "ms");
  Must(c->DropTable("bench", "dirs", g_dir.empty()));   // our own server's directories go with its folder
}

int StartServer(const Options& o) {
  char dir[] = "/tmp/tarn-metastore-bench-XXXXXX";
  TARN_CHECK(::mkdtemp(dir), "no temporary directory");
  g_dir = dir;
  int pipe_fds[2];
  TARN_CHECK(::pipe(pipe_fds) == 0, "pipe");
  Timer start;
  int pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe_fds[1], 1);
    ::execl(o.server.c_str(), o.server.c_str(), "--data", dir, "--port", "0", "--log-level", "warn", "--store", o.store.empty() ? "sqlite" : o.store.c_str(), nullptr);
    std::perror(o.server.c_str());
    ::_exit(127);
  }
  ::close(pipe_fds[1]);
  char line[128] = {};
  ssize_t n = ::read(pipe_fds[0], line, sizeof(line) - 1);
  if (n <= 0) {
    std::fprintf(stderr, "%s did not start\n", o.server.c_str());
    std::exit(1);
  }
  Say("from start to ready", start.ms(), "ms");
  const char* port = std::strrchr(line, ':');
  TARN_CHECK(port, "no port in the ready line");
  g_uri = "thrift://127.0.0.1:" + std::to_string(std::atoi(port + 1));
  return pid;
}

// False, and a sentence on stderr, for what it does not know; ends the program for --help.
bool Parse(int argc, char** argv, Options& o) {
  struct Number { const char* name; int64_t* to; };
  int64_t pid = 0, database_pid = 0;
  const Number numbers[] = {{"--partitions", &o.partitions}, {"--partition-seconds", &o.partition_seconds}, {"--seconds", &o.seconds}, {"--rate", &o.rate},
                            {"--warm-up", &o.warm_up}, {"--pid", &pid}, {"--database-pid", &database_pid}};
  struct Text { const char* name; std::string* to; };
  const Text texts[] = {{"--server", &o.server}, {"--store", &o.store}, {"--uri", &o.uri}, {"--only", &o.only}};
  for (int i = 1; i < argc; i += 2) {
    std::string k = argv[i];
    if (k == "--help" || k == "-h") { std::fputs(kUsage, stdout); std::exit(0); }
    bool known = false;
    for (const Number& n : numbers) {
      if (k != n.name) continue;
      known = true;
      char* end = nullptr;
      if (i + 1 < argc) *n.to = std::strtoll(argv[i + 1], &end, 10);
      if (!end || end == argv[i + 1] || *end || *n.to < 0) { std::fprintf(stderr, "%s wants a number\n", k.c_str()); return false; }
    }
    for (const Text& t : texts) {
      if (k != t.name) continue;
      known = true;
      if (i + 1 >= argc) { std::fprintf(stderr, "%s wants a value\n", k.c_str()); return false; }
      *t.to = argv[i + 1];
    }
    if (!known) { std::fprintf(stderr, "option %s is not known\n  hint: tarn-metastore-bench --help lists them\n", k.c_str()); return false; }
  }
  o.pid = static_cast<int>(pid);
  g_database_pid = static_cast<int>(database_pid);
  if (!o.uri.empty() && o.pid == 0) { std::fprintf(stderr, "--uri needs --pid\n  hint: rates are per CPU-second of the server's process\n"); return false; }
  if (!o.only.empty() && o.only != "table" && o.only != "closed" && o.only != "partitions") { std::fprintf(stderr, "--only is table, closed or partitions\n"); return false; }
  return true;
}

int Main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--search") {   // a program of its own: it makes a catalog by `load`
    std::string program = argv[0];
    program = program.substr(0, program.rfind('/') + 1) + "tarn-metastore-search-bench";
    argv[1] = program.data();
    ::execv(program.c_str(), argv + 1);
    std::perror(program.c_str());
    return 1;
  }
  Options o;
  if (!Parse(argc, argv, o)) return 2;
  bool own = o.uri.empty();
  if (own) g_pid = StartServer(o);
  else { g_uri = o.uri; g_pid = o.pid; }
  Say("resident memory, idle", static_cast<double>(ServerKb("VmRSS:")) / 1024, "MB");
  {
    auto c = Client();
    (void)c->DropDatabase("bench", false, true).ok();
    Must(c->CreateDatabase({.name = "bench"}));
    Must(c->CreateTable(BenchTable("plain", false)));
    Must(c->CreateTable(BenchTable("parts", true)));
    Must(c->CreateTable(BenchTable("dirs", true)));
  }
  if (o.warm_up > 0) WarmUp(o.warm_up);
  if (o.only.empty() || o.only == "table" || o.only == "closed") GetTable(o.seconds);
  if ((o.only.empty() || o.only == "table") && o.rate > 0) GetTableOpenLoop(o.seconds, o.rate);
  if (o.only.empty() || o.only == "partitions") {
    MeasurePartitions("dirs", o, std::min<int64_t>(o.partitions, 20'000), true, "add_partitions of 500, making directories");
    ReadPartitions(MeasurePartitions("parts", o, o.partitions, false, "add_partitions of 500, existing locations"));
  }
  if (own) {
    std::fputs("  removing its files\n", stderr);
    ::kill(g_pid, SIGTERM);
    ::waitpid(g_pid, nullptr, 0);
    std::string remove = "rm -rf '" + g_dir + "'";
    if (std::system(remove.c_str()) != 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tarn::wire

int main(int argc, char** argv) { return tarn::wire::Main(argc, argv); }
