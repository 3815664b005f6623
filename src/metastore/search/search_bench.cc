// tarn-metastore-search-bench: a catalog of a million tables, searched at a fixed rate while tables are made.
//
//   tarn-metastore-search-bench [--server EXE] [--tables N] [--columns N] [--rate PER_SECOND] [--seconds S] [--data DIR]
// --data keeps the catalog there and uses it again. Latencies count from the moment at which a call
// was due (open loop). Every line is: name value unit.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "metastore/dump.h"
#include "wire/hms_client.h"

namespace tarn::metastore {
namespace {

using namespace wire;

struct Options {
  std::string server = "build/release/tarn-metastore", data;
  int64_t tables = 1'000'000;
  int columns = 20, rate = 100, seconds = 30;
};

template <typename T> T Must(Result<T> r) {
  if (!r.ok()) { std::fprintf(stderr, "%s\n", r.status().ToString().c_str()); std::exit(1); }
  return std::move(r).value();
}
void Must(Status s) {
  if (!s.ok()) { std::fprintf(stderr, "%s\n", s.ToString().c_str()); std::exit(1); }
}
void Say(const std::string& name, double value, const char* unit) { std::printf("%-52s %14.2f %s\n", name.c_str(), value, unit); std::fflush(stdout); }

// The words of a company's tables: some everywhere, most seldom.
const char* const kSubjects[] = {"customer", "order", "invoice", "payment", "product", "shipment", "account", "session", "click", "campaign", "employee", "contract", "ticket", "device", "sensor",
                                 "location", "warehouse", "supplier", "return", "refund", "coupon", "subscription", "transaction", "ledger", "balance", "visit", "email", "message", "event", "audit"};
const char* const kForms[] = {"dim", "fact", "stg", "raw", "agg", "tmp", "hist", "snapshot", "daily", "hourly", "monthly", "summary", "detail", "current", "archive"};
const char* const kColumns[] = {"id", "name", "status", "type", "amount", "currency", "created_at", "updated_at", "customer_id", "order_id", "product_id", "country", "region", "city", "email",
                                "phone", "price", "quantity", "discount", "total", "tax", "source", "channel", "campaign", "device_type", "user_agent", "ip_address", "latitude", "longitude", "score",
                                "rating", "comment_text", "is_active", "is_deleted", "valid_from", "valid_to", "batch_id", "load_time", "hash_key", "version", "category", "sub_category", "brand", "color",
                                "weight", "height", "width", "length", "currency_rate", "exchange_code"};

uint64_t Mix(uint64_t x) { x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15ull; return x ^ (x >> 29); }
std::string RareWord(uint64_t n) {   // one of 40,000, pronounceable
  static const char* const kParts[] = {"ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu", "bra", "cle", "dri", "flo", "gru", "pla"};
  std::string out;
  n = Mix(n % 40'000 + 7);
  for (int i = 0; i < 4; ++i, n /= 26) out += kParts[n % 26];
  return out;
}
std::string TableNameOf(int64_t i) {
  uint64_t r = Mix(static_cast<uint64_t>(i));
  return fmt::format("{}_{}_{}_{}", kForms[r % std::size(kForms)], kSubjects[r / 100 % std::size(kSubjects)], RareWord(r / 10'000), i);
}
Table TableOf(int64_t i, int columns, const std::string& db) {
  Table t;
  t.dbName = db;
  t.tableName = TableNameOf(i);
  t.owner = fmt::format("team_{}", i % 200);
  t.tableType = "EXTERNAL_TABLE";
  t.parameters = {{"EXTERNAL", "TRUE"}, {"transient_lastDdlTime", std::to_string(1'700'000'000 + i)}, {"retention", i % 3 ? "short" : "long"}};
  if (i % 2) t.parameters["comment"] = fmt::format("The {} of every {}, kept by {}", RareWord(static_cast<uint64_t>(i) * 3), kSubjects[i % 30], RareWord(static_cast<uint64_t>(i) * 5));
  StorageDescriptor& sd = t.sd.Make();
  for (int c = 0; c < columns; ++c) {
    uint64_t r = Mix(static_cast<uint64_t>(i) * 1000 + static_cast<uint64_t>(c));
    std::string name = c == 0 ? "id" : r % 4 ? std::string(kColumns[r / 8 % std::size(kColumns)]) : RareWord(r / 8) + "_" + kColumns[r / 512 % std::size(kColumns)];
    sd.cols.push_back({.name = name + (c ? "_" + std::to_string(c) : ""), .type = r % 3 ? "bigint" : "string"});
  }
  sd.location = fmt::format("s3a://lake/{}/{}", db, t.tableName);
  sd.inputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
  sd.outputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
  sd.serdeInfo.Make().serializationLib = i % 5 ? "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" : "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
  return t;
}
std::string DbOf(int64_t i) { return fmt::format("{}_{}", kSubjects[i / 2000 % 30], i / 2000); }

void Fill(const Options& o) {
  int64_t start = MonotonicMs();
  std::string command = fmt::format("'{}' load - --data '{}' --log-level warn > /dev/null", o.server, o.data);
  std::FILE* pipe = ::popen(command.c_str(), "we");
  TARN_CHECK(pipe, "no load process");
  DumpWriter writer(pipe);
  Must(writer.Begin("bench"));
  std::string db;
  for (int64_t i = 0; i < o.tables; ++i) {
    if (DbOf(i) != db) {
      db = DbOf(i);
      Database d;
      d.name = db;
      d.locationUri = "s3a://lake/" + db;
      Record r{{"hive", db, "", ""}, d};
      Must(writer.Write(r));
    }
    Table t = TableOf(i, o.columns, db);
    Record r{{"hive", db, t.tableName, ""}, t};
    Must(writer.Write(r));
  }
  Must(writer.End());
  TARN_CHECK(::pclose(pipe) == 0, "load failed");
  double s = static_cast<double>(MonotonicMs() - start) / 1000;
  Say("load of the catalog (generated here as well)", static_cast<double>(o.tables) / s, "tables/s");
}

struct Server {
  int pid = 0;
  std::string uri;
  explicit Server(const Options& o) {
    int fds[2];
    TARN_CHECK(::pipe(fds) == 0, "pipe");
    int64_t start = MonotonicNs();
    pid = ::fork();
    if (pid == 0) {
      ::dup2(fds[1], 1);
      ::execl(o.server.c_str(), o.server.c_str(), "--data", o.data.c_str(), "--port", "0", "--log-level", "error", nullptr);
      ::_exit(127);
    }
    ::close(fds[1]);
    char line[128] = {};
    TARN_CHECK(::read(fds[0], line, sizeof(line) - 1) > 0, "the server did not start");
    Say("from start to ready", static_cast<double>(MonotonicNs() - start) / 1e6, "ms");
    uri = fmt::format("thrift://127.0.0.1:{}", std::atoi(std::strrchr(line, ':') + 1));
  }
  ~Server() { ::kill(pid, SIGTERM); ::waitpid(pid, nullptr, 0); }
  double Mb(const char* what) const {
    std::ifstream in(fmt::format("/proc/{}/status", pid));
    std::string line;
    while (std::getline(in, line)) if (line.starts_with(what)) return std::atof(line.c_str() + std::strlen(what) + 1) / 1024;
    return 0;
  }
  double CpuSeconds() const {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(in)), {});
    long user = 0, system = 0;
    std::sscanf(text.c_str() + text.rfind(')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system);
    return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
};

Result<TarnSearchResponse> Search(HmsClient& c, const std::string& text) {
  tarn_search_args a;
  a.request.Make().query = text;
  return c.Call<call::tarn_search>(a);
}

std::string QueryOf(int64_t k) {
  uint64_t r = Mix(static_cast<uint64_t>(k) * 77);
  const char* subject = kSubjects[r / 64 % 30];
  switch (k % 10) {
    case 0: return subject;                                                                    // in hundreds of thousands of tables
    case 1: return std::string(subject) + " " + kForms[r / 4096 % 15];
    case 2: return "id";                                                                       // in all of them
    case 3: return std::string(subject).substr(0, 1 + r / 4096 % 3);                           // as it is typed
    case 4: return RareWord(r);
    case 5: { std::string s = RareWord(r); std::swap(s[2], s[3]); return s; }                  // a typo
    case 6: return std::string("column:") + kColumns[r / 64 % 50] + " owner:team_" + std::to_string(r % 200);
    case 7: return TableNameOf(static_cast<int64_t>(r % 1'000'000));                           // one table's whole name
    case 8: return std::string("status country region email ") + subject;                      // many common words
    default: return std::string("db:") + DbOf(static_cast<int64_t>(r % 1'000'000)) + " " + RareWord(r).substr(0, 4);
  }
}

void Percentiles(const std::string& name, std::vector<double> ms) {
  if (ms.empty()) return;
  std::sort(ms.begin(), ms.end());
  Say(name + ", p50", ms[ms.size() / 2], "ms");
  Say(name + ", p99", ms[ms.size() * 99 / 100], "ms");
  Say(name + ", most", ms.back(), "ms");
}

int Main(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string k = argv[i], v = argv[i + 1];
    if (k == "--server") o.server = v;
    else if (k == "--tables") o.tables = std::atoll(v.c_str());
    else if (k == "--columns") o.columns = std::atoi(v.c_str());
    else if (k == "--rate") o.rate = std::atoi(v.c_str());
    else if (k == "--seconds") o.seconds = std::atoi(v.c_str());
    else if (k == "--data") o.data = v;
    else { std::fprintf(stderr, "option %s not known\n", k.c_str()); return 2; }
  }
  bool own = o.data.empty();
  if (own) {
    char dir[] = "/tmp/tarn-search-bench-XXXXXX";
    TARN_CHECK(::mkdtemp(dir), "no temporary directory");
    o.data = dir;
  }
  if (!std::filesystem::exists(o.data + "/metastore.db")) Fill(o);
  {
    Server server(o);
    Say("resident memory, idle, no search yet", server.Mb("VmRSS:"), "MB");
    auto c = Must(HmsClient::Connect(server.uri));
    int64_t start = MonotonicMs();
    for (;;) {
      auto first = Search(*c, "customer");
      if (first.ok()) { Say("objects found by the first search", static_cast<double>(first->total), ""); break; }
      if (first.status().message().find("is being made") == std::string::npos) Must(std::move(first).status());
    }
    Say("from the first search to its answer", static_cast<double>(MonotonicMs() - start) / 1000, "s");
    Say("index file", static_cast<double>(std::filesystem::file_size(o.data + "/search.idx")) / 1e6, "MB");
    Say("server memory of its own (RssAnon)", server.Mb("RssAnon:"), "MB");
    Say("server memory at most while building (VmHWM)", server.Mb("VmHWM:"), "MB");

    constexpr int kThreads = 8;
    std::vector<std::vector<std::pair<int64_t, double>>> took(kThreads);
    std::vector<double> fresh;
    std::atomic<bool> stop{false};
    std::thread ddl([&] {   // ten tables a second, each looked for until it is found
      auto m = Must(HmsClient::Connect(server.uri)), s = Must(HmsClient::Connect(server.uri));
      for (int64_t i = 0; !stop; ++i) {
        Table t = TableOf(i, o.columns, DbOf(0));
        t.tableName = fmt::format("new_{}_{}", ::getpid(), i);
        t.sd->location = "s3a://lake/new/" + t.tableName;
        Must(m->CreateTable(t));
        int64_t made = MonotonicNs();
        for (;;) {
          auto found = Must(Search(*s, t.tableName));
          if (!found.hits.empty() && found.hits[0].name == t.tableName) break;
          TARN_CHECK(MonotonicNs() - made < 10'000'000'000, "a new table is not found");
        }
        fresh.push_back(static_cast<double>(MonotonicNs() - made) / 1e6);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
    double cpu = server.CpuSeconds();
    int64_t begin = MonotonicNs() + 100'000'000, n = static_cast<int64_t>(o.seconds) * o.rate;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        auto client = Must(HmsClient::Connect(server.uri));
        for (int64_t k = t; k < n; k += kThreads) {
          int64_t due = begin + k * (1'000'000'000 / o.rate), now = MonotonicNs();
          if (now < due) std::this_thread::sleep_for(std::chrono::nanoseconds(due - now));
          Must(Search(*client, QueryOf(k)));
          took[static_cast<size_t>(t)].emplace_back(k % 10, static_cast<double>(MonotonicNs() - due) / 1e6);
        }
      });
    }
    for (auto& t : threads) t.join();
    stop = true;
    ddl.join();
    const char* const kKinds[] = {"a common word", "two common words", "a word that all have", "one to three letters", "a rare word", "a typo", "column: and owner:", "a whole name", "five common words", "db: and a prefix"};
    std::vector<double> all;
    for (int kind = 0; kind < 10; ++kind) {
      std::vector<double> one;
      for (auto& l : took) for (auto& [k, ms] : l) if (k == kind) one.push_back(ms);
      all.insert(all.end(), one.begin(), one.end());
      std::sort(one.begin(), one.end());
      if (!one.empty()) Say(fmt::format("search, {}, p99", kKinds[kind]), one[one.size() * 99 / 100], "ms");
    }
    Percentiles(fmt::format("search at {}/s open loop", o.rate), all);
    Percentiles("a new table found after its DDL", fresh);
    Say("server CPU of a search (DDL included)", (server.CpuSeconds() - cpu) * 1000 / static_cast<double>(n), "ms");
    Say("server memory of its own (RssAnon)", server.Mb("RssAnon:"), "MB");
    Say("mapped pages of the index (RssFile)", server.Mb("RssFile:"), "MB");
  }
  if (own) std::filesystem::remove_all(o.data);
  return 0;
}

}  // namespace
}  // namespace tarn::metastore

int main(int argc, char** argv) { return tarn::metastore::Main(argc, argv); }
