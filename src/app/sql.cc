// tarn sql: statements to a server or to an engine in this process; and tarn run: a file whose jobs are waited for.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/interactive.h"
#include "app/row_printer.h"
#include "app/sql_transport.h"
#include "app/verbs.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/json_reader.h"
#include "sql/parser.h"

namespace tarn::app {
namespace {

Result<std::string> ReadText(const std::string& file) {
  std::stringstream out;
  if (file == "-") {
    out << std::cin.rdbuf();
    return out.str();
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return Status::NotFound("file \"" + file + "\" cannot be read").WithDetail(std::strerror(errno));
  out << in.rdbuf();
  return out.str();
}

// All statements of a script up to the first that fails or is interrupted. False: one did.
bool RunScript(SqlClient& client, std::string_view script, RowSink& sink, std::vector<std::string>* jobs) {
  for (const sql::ScriptPart& part : sql::SplitScript(script)) {
    Status s = client.Execute(part.text, sink, InterruptFlag());
    if (jobs && !client.last_job_id().empty()) jobs->push_back(client.last_job_id());
    if (!s.ok()) {
      std::fflush(stdout);
      // Positions are told in the script: that is what the person has before him.
      TextPosition p = s.position();
      if (p.known()) {
        auto moved = [&](int line, int column) { return std::pair(line + part.position.line - 1, line == 1 ? column + part.position.column - 1 : column); };
        auto [line, column] = moved(p.line, p.column);
        auto [end_line, end_column] = p.end_line > 0 ? moved(p.end_line, p.end_column) : std::pair(0, 0);
        s = std::move(s).WithPosition({line, column, end_line, end_column});
      }
      std::fputs(ErrorText(s, script).c_str(), stderr);
      return false;
    }
    if (InterruptFlag()) {
      std::fputs("interrupted\n", stderr);
      return false;
    }
  }
  return true;
}

std::map<std::string, std::string> SessionProperties(const Arguments& a, const SqlTransport& transport) {
  std::map<std::string, std::string> properties = a.config.session();
  // The engine ends with this process: an INSERT has to be waited for.
  if (transport.embedded() && !properties.count("table.dml-sync")) properties["table.dml-sync"] = "true";
  return properties;
}

const std::vector<FlagSpec>& SqlFlags() {
  static const std::vector<FlagSpec> flags = {
      {"execute", 'e', true, "SQL", "run these statements, separated by ;"},
      {"file", 'f', true, "FILE", "run the statements of a file (- for standard input)"},
      {"format", 0, true, "table|csv|json", "how rows are printed (table)"},
      {"init", 'i', true, "FILE", "run this file first, without printing its results"},
  };
  return flags;
}
const std::vector<std::string> kClientKeys = {"endpoint", "data", "warehouse", "memory.limit", "metastore.uri", "log.level", "log.file"};

class Silent final : public RowSink {
 public:
  bool plain() const override { return true; }
  void OnHead(const ResultHead&) override {}
  void OnRow(std::string_view, const std::vector<std::string_view>&) override {}
  void OnEnd(bool, double) override {}
};

Result<int> Sql(const Arguments& a) {
  TRY(SetUpLogFrom(a.config, LogLevel::kWarn));
  std::string format = a.Get("format", "table");
  OutputFormat output = OutputFormat::kTable;
  if (format == "csv") output = OutputFormat::kCsv;
  else if (format == "json") output = OutputFormat::kJson;
  else if (format != "table") return Status::InvalidSql("--format \"" + format + "\" is none of table, csv, json");
  std::string script;
  bool given = a.Has("execute") || a.Has("file");
  if (a.Has("file")) script = TRY(ReadText(a.Get("file")));
  if (a.Has("execute")) script += (script.empty() ? "" : ";\n") + a.Get("execute");
  auto transport = TRY(ConnectOrEmbed(a));
  auto client = TRY(SqlClient::Open(*transport, SessionProperties(a, *transport)));
  InstallInterrupt();
  if (a.Has("init")) {
    std::string text = TRY(ReadText(a.Get("init")));
    Silent silent;
    if (!RunScript(*client, text, silent, nullptr)) return 1;
  }
  auto sink = MakePrinter(output, stdout);
  if (!given && isatty(STDIN_FILENO)) return RunInteractive(*client, *transport, *sink);
  if (!given) script = TRY(ReadText("-"));
  bool good = RunScript(*client, script, *sink, nullptr);
  if (std::fflush(stdout) != 0) return Status::Unavailable("standard output cannot be written").WithDetail(std::strerror(errno));
  return good ? 0 : 1;
}

// --- tarn run

struct JobLook { std::string state, name, root_error; int64_t rows_in = 0, checkpoints = 0, duration_ms = 0; };

Result<JobLook> LookAtJob(SqlTransport& transport, const std::string& id) {
  net::HttpResponse r = TRY(transport.Send("GET", "/jobs/" + id, ""));
  if (r.status != 200) return StatusOf(r);
  JobLook look;
  for (auto& [key, value] : net::JsonMembers(r.body)) {
    if (key == "state") look.state = net::JsonText(value);
    else if (key == "name") look.name = net::JsonText(value);
    else if (key == "duration") look.duration_ms = std::atoll(std::string(value).c_str());
    else if (key == "tarn-source-records") look.rows_in = std::atoll(std::string(value).c_str());
  }
  auto checkpoints = transport.Send("GET", "/jobs/" + id + "/checkpoints", "");
  if (checkpoints.ok() && checkpoints->status == 200) look.checkpoints = std::atoll(std::string(net::JsonMember(net::JsonMember(checkpoints->body, "counts"), "completed")).c_str());
  if (look.state == "FAILED") {
    auto errors = transport.Send("GET", "/jobs/" + id + "/exceptions", "");
    if (errors.ok()) look.root_error = net::JsonText(net::JsonMember(errors->body, "root-exception"));
  }
  return look;
}

// Waits for the jobs, telling once a second how they fare. 0: all FINISHED.
Result<int> WaitForJobs(SqlTransport& transport, const std::vector<std::string>& jobs) {
  bool terminal = isatty(STDERR_FILENO), drawn = false;
  int64_t told = MonotonicMs();
  int failed = 0;
  for (const std::string& id : jobs) {
    for (;;) {
      JobLook look = TRY(LookAtJob(transport, id));
      bool ended = look.state == "FINISHED" || look.state == "FAILED" || look.state == "CANCELED";
      if (ended || MonotonicMs() - told >= (terminal ? 1000 : 10'000)) {
        told = MonotonicMs();
        std::fprintf(stderr, "%s%s %s: %lld rows in, %lld checkpoints, %.1f s%s", terminal && drawn ? "\r\033[K" : "", id.c_str(), look.state.c_str(), static_cast<long long>(look.rows_in),
                     static_cast<long long>(look.checkpoints), static_cast<double>(look.duration_ms) / 1000, terminal && !ended ? "" : "\n");
        drawn = terminal && !ended;
      }
      if (ended) {
        if (look.state != "FINISHED") {
          ++failed;
          if (!look.root_error.empty()) std::fprintf(stderr, "error: job %s (%s) failed: %s\n", id.c_str(), look.name.c_str(), look.root_error.c_str());
        }
        break;
      }
      if (InterruptFlag()) {
        std::fprintf(stderr, transport.embedded() ? "\ninterrupted: the job ends with this process\n" : "\nno longer waiting: the job goes on at the server\n");
        return 1;
      }
      poll(nullptr, 0, 100);
    }
  }
  return failed == 0 ? 0 : 1;
}

Result<int> Run(const Arguments& a) {
  TRY(SetUpLogFrom(a.config, LogLevel::kWarn));
  if (a.rest.empty()) return Status::InvalidSql("which file?").WithHint("tarn run job.sql");
  std::string script = TRY(ReadText(a.rest[0]));
  auto transport = TRY(ConnectOrEmbed(a));
  std::map<std::string, std::string> properties = a.config.session();   // no dml-sync: this verb waits itself, and tells
  auto client = TRY(SqlClient::Open(*transport, properties));
  InstallInterrupt();
  auto sink = MakePrinter(OutputFormat::kTable, stdout);
  std::vector<std::string> jobs;
  bool good = RunScript(*client, script, *sink, &jobs);
  if (a.Has("detach") && !transport->embedded()) return good ? 0 : 1;
  // What was submitted before a later statement failed still runs: wait for it as well.
  int waited = TRY(WaitForJobs(*transport, jobs));
  return good ? waited : 1;
}
}  // namespace

int RunSql(int argc, char** argv) {
  auto a = ParseArguments(argc, argv, SqlFlags(), 0);
  if (!a.ok()) return Fail(a.status(), 2);
  if (a->help) {
    std::fputs(HelpText("tarn sql [--endpoint URL | --data DIR] [-e SQL | -f FILE] [--format table|csv|json]\n\n"
                        "Runs statements: at a terminal interactively, else those given. With --endpoint on that SQL gateway (Tarn's or Apache\n"
                        "Flink's); with --data on the server that runs there, or, when none does, with an engine in this process; with neither,\n"
                        "in this process with nothing kept. Exit code 0: every statement succeeded.", SqlFlags(), kClientKeys).c_str(), stdout);
    return 0;
  }
  auto code = Sql(*a);
  return code.ok() ? *code : Fail(code.status(), code.status().message().starts_with("--format") ? 2 : 1);
}

int RunJob(int argc, char** argv) {
  const std::vector<FlagSpec> flags = {{"detach", 0, false, "", "do not wait for the jobs (only with a server)"}};
  auto a = ParseArguments(argc, argv, flags, 1);
  if (!a.ok()) return Fail(a.status(), 2);
  if (a->help) {
    std::fputs(HelpText("tarn run FILE [--endpoint URL | --data DIR]\n\n"
                        "Runs the statements of a file and waits for the jobs they start, telling how they fare. Exit code 0: all statements\n"
                        "succeeded and all jobs finished.", flags, kClientKeys).c_str(), stdout);
    return 0;
  }
  auto code = Run(*a);
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace tarn::app
