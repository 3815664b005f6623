#include "gateway/status_page.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <map>

#include "base/clock.h"

namespace tarn::gateway {
namespace {
std::string Ago(int64_t ms) {
  int64_t s = ms / 1000;
  if (s < 120) return fmt::format("{} s", s);
  if (s < 7200) return fmt::format("{} min", s / 60);
  if (s < 172800) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} days", s / 86400);
}

struct JobTotals { int64_t in = 0, out = 0, busy = 0; int64_t watermark = std::numeric_limits<int64_t>::max(); };
JobTotals TotalsOf(const job::JobStatus& j) {
  JobTotals t;
  for (const job::VertexStatus& v : j.vertices)
    for (const job::SubtaskStatus& s : v.subtasks) {
      if (v.source) t.in += s.records_in;
      t.out += s.records_out;
      t.busy += s.busy_ms;
    }
  t.watermark = j.watermark_ms;   // of the sinks' tasks: a chained job has no other
  return t;
}

std::string Label(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}
}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

int64_t ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  int64_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::string StatusPage(const StatusInputs& in) {
  const ServerFacts& f = in.facts;
  int64_t now = WallClockMs();
  std::string h = R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tarn</title><meta name="viewport" content="width=device-width">
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b2733;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5dde3;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-size:.92em}.RUNNING,.up{color:#0a6b3d}.FAILED,.down{color:#a31621}.quiet{color:#5b6b78}</style></head><body><h1>Tarn )";
  h += EscapeHtml(f.version) + "</h1><p>up " + Ago(now - f.started_ms) + ", process " + std::to_string(getpid()) + ", " + fmt::format("{:.0f}", static_cast<double>(ResidentBytes()) / 1e6) + " MB resident</p>";
  h += "<h2>Services</h2><table><tr><th>service</th><th>state</th><th>address</th></tr>";
  h += fmt::format("<tr><td>portal, job REST, metrics</td><td class=up>running</td><td><code>http://127.0.0.1:{}</code> <a href=/jobs/overview>jobs</a> <a href=/metrics>metrics</a></td></tr>", f.http_port);
  h += fmt::format("<tr><td>SQL gateway</td><td class=up>running, {} sessions, {} operations</td><td><code>http://127.0.0.1:{}</code></td></tr>", in.sessions.sessions, in.sessions.operations, f.gateway_port);
  if (f.metastore_port > 0)
    h += fmt::format("<tr><td>Hive metastore</td><td class={}>{}{}</td><td><code>thrift://127.0.0.1:{}</code></td></tr>", f.metastore_running ? "up" : "down",
                     f.metastore_running ? "running, process " + std::to_string(f.metastore_pid) : "restarting", f.metastore_restarts ? ", restarts: " + std::to_string(f.metastore_restarts) : "", f.metastore_port);
  h += "</table><p class=quiet>data directory <code>" + EscapeHtml(f.data_dir) + "</code></p><h2>Jobs</h2>";
  if (in.jobs.empty()) {
    h += "<p class=quiet>No job yet. Start one with <code>tarn sql --endpoint http://127.0.0.1:" + std::to_string(f.gateway_port) + "</code>.</p>";
  } else {
    h += "<table><tr><th>job</th><th>state</th><th class=n>rows in</th><th class=n>running for</th><th class=n>checkpoints</th><th>last checkpoint</th></tr>";
    for (const job::JobStatus& j : in.jobs) {
      std::string last = j.latest_completed ? fmt::format("{}: {} ms, {} bytes, {} ago", j.latest_completed->id, j.latest_completed->duration_ms, j.latest_completed->size_bytes, Ago(now - j.latest_completed->latest_ack_time)) : "-";
      h += fmt::format("<tr><td>{}<br><a href=/jobs/{}><code>{}</code></a></td><td class={}>{}{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td><td>{}</td></tr>", EscapeHtml(j.name), j.id, j.id,
                       job::JobStateName(j.state), job::JobStateName(j.state), j.failure.ok() ? "" : "<br><code>" + EscapeHtml(j.failure.ToString()) + "</code>", TotalsOf(j).in, Ago(j.duration_ms()),
                       j.checkpoint_counts.completed, last);
    }
    h += "</table>";
  }
  return h + "</body></html>\n";
}

std::string PrometheusText(const StatusInputs& in) {
  std::string out;
  auto head = [&](const char* name, const char* type, const char* help) { out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type); };
  auto one = [&](const char* name, const char* type, const char* help, int64_t value) {
    head(name, type, help);
    out += fmt::format("{} {}\n", name, value);
  };
  const ServerFacts& f = in.facts;
  head("tarn_build_info", "gauge", "version of this server");
  out += "tarn_build_info{version=\"" + Label(f.version) + "\"} 1\n";
  head("process_start_time_seconds", "gauge", "start of the process since the epoch");
  out += fmt::format("process_start_time_seconds {:.3f}\n", static_cast<double>(f.started_ms) / 1000);
  head("process_cpu_seconds_total", "counter", "user and system CPU time");
  out += fmt::format("process_cpu_seconds_total {:.3f}\n", static_cast<double>(ProcessCpuNs()) / 1e9);
  one("process_resident_memory_bytes", "gauge", "resident memory of the server process", ResidentBytes());
  one("tarn_metastore_up", "gauge", "1 when the metastore process runs", f.metastore_running ? 1 : 0);
  one("tarn_metastore_restarts_total", "counter", "how often the metastore process was started again", f.metastore_restarts);
  one("tarn_gateway_sessions", "gauge", "open SQL sessions", in.sessions.sessions);
  one("tarn_gateway_operations", "gauge", "operations that were not closed", in.sessions.operations);
  one("tarn_gateway_statements_total", "counter", "statements submitted", in.sessions.statements);
  std::string last;
  for (const auto& [name, value] : in.counters) {
    std::string metric = name.substr(0, name.find('{'));
    if (metric != last) head(metric.c_str(), metric.ends_with("_total") ? "counter" : "gauge", "of the HTTP servers");
    last = metric;
    out += fmt::format("{} {}\n", name, value);
  }
  std::array<int, job::kJobStates> states{};
  for (const job::JobStatus& j : in.jobs) ++states[static_cast<size_t>(j.state)];
  head("tarn_jobs", "gauge", "jobs by state");
  for (int i = 0; i < job::kJobStates; ++i) out += fmt::format("tarn_jobs{{state=\"{}\"}} {}\n", job::JobStateName(static_cast<job::JobState>(i)), states[static_cast<size_t>(i)]);
  struct Series { const char* name; const char* type; const char* help; int64_t (*get)(const job::JobStatus&); };
  const Series series[] = {
      {"tarn_job_records_in_total", "counter", "rows that the job's sources returned", [](const job::JobStatus& j) { return TotalsOf(j).in; }},
      {"tarn_job_busy_milliseconds_total", "counter", "time in which the job's tasks worked", [](const job::JobStatus& j) { return TotalsOf(j).busy; }},
      {"tarn_job_restarts_total", "counter", "restarts of the job", [](const job::JobStatus& j) { return j.restarts; }},
      {"tarn_job_checkpoints_completed_total", "counter", "completed checkpoints", [](const job::JobStatus& j) { return j.checkpoint_counts.completed; }},
      {"tarn_job_checkpoints_failed_total", "counter", "failed checkpoints", [](const job::JobStatus& j) { return j.checkpoint_counts.failed; }},
      {"tarn_job_last_checkpoint_duration_milliseconds", "gauge", "trigger to durable, of the last completed checkpoint", [](const job::JobStatus& j) { return j.latest_completed ? j.latest_completed->duration_ms : -1; }},
      {"tarn_job_last_checkpoint_size_bytes", "gauge", "bytes of the last completed checkpoint", [](const job::JobStatus& j) { return j.latest_completed ? j.latest_completed->size_bytes : -1; }},
  };
  for (const Series& s : series) {
    head(s.name, s.type, s.help);
    for (const job::JobStatus& j : in.jobs)
      if (!job::IsTerminal(j.state)) out += fmt::format("{}{{job_id=\"{}\",job_name=\"{}\"}} {}\n", s.name, j.id, Label(j.name), s.get(j));
  }
  head("tarn_job_records_skipped_total", "counter", "records that the formats of the job's sources ignored because they can't be read (ignore-parse-errors)");
  for (const job::JobStatus& j : in.jobs) {
    int64_t skipped = 0;
    for (const job::VertexStatus& v : j.vertices) for (const job::SubtaskStatus& s : v.subtasks) skipped += s.skipped_rows;
    if (!job::IsTerminal(j.state)) out += fmt::format("tarn_job_records_skipped_total{{job_id=\"{}\",job_name=\"{}\"}} {}\n", j.id, Label(j.name), skipped);
  }
  head("tarn_job_late_records_dropped_total", "counter", "rows that came after the watermark had passed them, by operator");
  for (const job::JobStatus& j : in.jobs) {
    std::map<std::string, int64_t> late;
    for (const job::VertexStatus& v : j.vertices) for (const job::SubtaskStatus& s : v.subtasks) for (const auto& [name, rows] : s.late_rows) late[name] += rows;
    if (job::IsTerminal(j.state)) continue;
    for (const auto& [name, rows] : late)
      out += fmt::format("tarn_job_late_records_dropped_total{{job_id=\"{}\",job_name=\"{}\",operator=\"{}\"}} {}\n", j.id, Label(j.name), Label(name), rows);
  }
  head("tarn_job_watermark_milliseconds", "gauge", "lowest input watermark of the job, event time in milliseconds since the epoch");
  for (const job::JobStatus& j : in.jobs) {
    int64_t w = TotalsOf(j).watermark;
    if (!job::IsTerminal(j.state) && w != std::numeric_limits<int64_t>::max() && w != std::numeric_limits<int64_t>::min())
      out += fmt::format("tarn_job_watermark_milliseconds{{job_id=\"{}\",job_name=\"{}\"}} {}\n", j.id, Label(j.name), w);
  }
  return out;
}

}  // namespace tarn::gateway
