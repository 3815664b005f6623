#include "gateway/job_json.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/clock.h"
#include "base/secrets.h"

namespace tarn::gateway {
namespace {
using job::TaskState;
using net::JsonWriter;

std::string LowerName(TaskState s) {
  std::string n(job::TaskStateName(s));
  for (char& c : n) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return n;
}

struct VertexTotals {
  int64_t start = -1, end = -1, read_records = 0, write_records = 0, read_bytes = 0, write_bytes = 0, busy = 0, idle = 0, backpressured = 0;
  std::array<int, job::kTaskStates> states{};
};
VertexTotals TotalsOf(const job::VertexStatus& v) {
  VertexTotals t;
  bool all_ended = !v.subtasks.empty();
  for (const job::SubtaskStatus& s : v.subtasks) {
    if (s.start_time >= 0 && (t.start < 0 || s.start_time < t.start)) t.start = s.start_time;
    if (s.end_time < 0) all_ended = false;
    t.end = std::max(t.end, s.end_time);
    if (!v.source) { t.read_records += s.records_in; t.read_bytes += s.bytes_in; }
    t.write_records += s.records_out;
    t.write_bytes += s.bytes_out;
    t.busy += s.busy_ms;
    t.idle += s.idle_ms;
    t.backpressured += s.backpressured_ms;
    ++t.states[static_cast<size_t>(s.state)];
  }
  if (!all_ended) t.end = -1;
  return t;
}
int64_t Duration(int64_t start, int64_t end) { return start < 0 ? -1 : (end < 0 ? WallClockMs() : end) - start; }

void WriteTaskCounts(const std::array<int, job::kTaskStates>& counts, bool lower, JsonWriter* w) {
  w->BeginObject();
  for (int i = 0; i < job::kTaskStates; ++i) {
    auto s = static_cast<TaskState>(i);
    w->Field(lower ? LowerName(s) : std::string(job::TaskStateName(s)), counts[static_cast<size_t>(i)]);
  }
  w->EndObject();
}

void WriteMetrics(const VertexTotals& t, JsonWriter* w) {
  w->BeginObject().Field("read-bytes", t.read_bytes).Field("read-bytes-complete", true).Field("write-bytes", t.write_bytes).Field("write-bytes-complete", true);
  w->Field("read-records", t.read_records).Field("read-records-complete", true).Field("write-records", t.write_records).Field("write-records-complete", true);
  w->Field("accumulated-backpressured-time", t.backpressured).Field("accumulated-idle-time", t.idle).Key("accumulated-busy-time").Double(static_cast<double>(t.busy)).EndObject();
}

void WriteQuantiles(std::vector<int64_t> values, JsonWriter* w) {
  w->BeginObject();
  if (values.empty()) {
    w->Field("min", 0).Field("max", 0).Field("avg", 0);
    for (const char* q : {"p50", "p90", "p95", "p99", "p999"}) w->Field(q, "NaN");
  } else {
    std::sort(values.begin(), values.end());
    int64_t sum = 0;
    for (int64_t v : values) sum += v;
    auto at = [&](double q) { return values[std::min(values.size() - 1, static_cast<size_t>(q * static_cast<double>(values.size())))]; };
    w->Field("min", values.front()).Field("max", values.back()).Field("avg", sum / static_cast<int64_t>(values.size()));
    w->Field("p50", at(0.5)).Field("p90", at(0.9)).Field("p95", at(0.95)).Field("p99", at(0.99)).Field("p999", at(0.999));
  }
  w->EndObject();
}
}  // namespace

void WritePlan(const job::JobStatus& job, JsonWriter* w) {
  w->BeginObject().Field("jid", job.id).Field("name", job.name).Field("type", job.streaming ? "STREAMING" : "BATCH").Key("nodes").BeginArray();
  for (auto v = job.vertices.rbegin(); v != job.vertices.rend(); ++v) {   // Flink lists sinks first
    w->BeginObject().Field("id", v->id).Field("parallelism", v->parallelism).Field("operator", "").Field("operator_strategy", "");
    w->Field("description", v->description.empty() ? v->name : v->description);
    if (!v->inputs.empty()) {
      w->Key("inputs").BeginArray();
      int num = 0;
      for (const job::VertexInput& in : v->inputs)
        w->BeginObject().Field("num", num++).Field("id", in.vertex_id).Field("ship_strategy", in.ship_strategy).Field("exchange", "pipelined_bounded").EndObject();
      w->EndArray();
    }
    w->Key("optimizer_properties").BeginObject().EndObject().EndObject();
  }
  w->EndArray().EndObject();
}

void WriteJobDetails(const job::JobStatus& job, JsonWriter* w) {
  w->BeginObject().Field("jid", job.id).Field("name", job.name).Field("isStoppable", job.stoppable).Field("state", job::JobStateName(job.state));
  w->Field("job-type", job.streaming ? "STREAMING" : "BATCH").Field("start-time", job.start_time).Field("end-time", job.end_time).Field("duration", job.duration_ms());
  w->Field("maxParallelism", -1).Field("now", WallClockMs()).Key("timestamps").BeginObject();
  for (int i = 0; i < job::kJobStates; ++i) w->Field(job::JobStateName(static_cast<job::JobState>(i)), job.timestamps[static_cast<size_t>(i)]);
  w->EndObject().Key("vertices").BeginArray();
  std::array<int, job::kTaskStates> counts{};
  for (const job::VertexStatus& v : job.vertices) {
    VertexTotals t = TotalsOf(v);
    ++counts[static_cast<size_t>(v.state())];
    w->BeginObject().Field("id", v.id).Field("slotSharingGroupId", job.id).Field("name", v.name).Field("maxParallelism", v.max_parallelism).Field("parallelism", v.parallelism);
    w->Field("status", job::TaskStateName(v.state())).Field("start-time", t.start).Field("end-time", t.end).Field("duration", Duration(t.start, t.end)).Key("tasks");
    WriteTaskCounts(t.states, false, w);
    w->Key("metrics");
    WriteMetrics(t, w);
    w->EndObject();
  }
  w->EndArray().Key("status-counts");
  WriteTaskCounts(counts, false, w);
  w->Key("plan");
  WritePlan(job, w);
  // Ours, beyond Flink's: what a person wants to know about the job.
  int64_t source_rows = 0;   // Flink's read-records of a source is always 0, and its write-records too when all is chained
  for (const job::VertexStatus& v : job.vertices) for (const job::SubtaskStatus& s : v.subtasks) source_rows += v.source ? s.records_in : 0;
  int64_t skipped = 0, late = 0;
  for (const job::VertexStatus& v : job.vertices) {
    for (const job::SubtaskStatus& s : v.subtasks) {
      skipped += s.skipped_rows;
      for (const auto& [name, rows] : s.late_rows) late += rows;
    }
  }
  w->Field("tarn-skipped-records", skipped).Field("tarn-late-records-dropped", late);
  w->Field("tarn-source-records", source_rows).Field("tarn-statement", HideSecrets(job.statement)).Field("tarn-restarts", job.restarts).Key("tarn-warnings").BeginArray();
  for (const std::string& text : job.warnings) w->String(text);
  w->EndArray().EndObject();
}

void WriteJobOverview(const job::JobSummary& job, JsonWriter* w) {
  w->BeginObject().Field("jid", job.id).Field("name", job.name).Field("start-time", job.start_time).Field("end-time", job.end_time).Field("duration", job.duration_ms());
  w->Field("state", job::JobStateName(job.state)).Field("last-modification", job.last_modification).Key("tasks").BeginObject();
  int total = 0;
  for (int i = 0; i < job::kTaskStates; ++i) {
    total += job.tasks[static_cast<size_t>(i)];
    w->Field(LowerName(static_cast<TaskState>(i)), job.tasks[static_cast<size_t>(i)]);
  }
  w->Field("total", total).EndObject().EndObject();
}

void WriteVertex(const job::VertexStatus& v, JsonWriter* w) {
  w->BeginObject().Field("id", v.id).Field("name", v.name).Field("parallelism", v.parallelism).Field("maxParallelism", v.max_parallelism).Field("now", WallClockMs());
  w->Key("subtasks").BeginArray();
  for (const job::SubtaskStatus& s : v.subtasks) {
    w->BeginObject().Field("subtask", s.subtask).Field("status", job::TaskStateName(s.state)).Field("attempt", s.attempt).Field("host", "localhost").Field("endpoint", "localhost");
    w->Field("start-time", s.start_time).Field("end-time", s.end_time).Field("duration", Duration(s.start_time, s.end_time)).Key("metrics");
    job::VertexStatus one;
    one.source = v.source;
    one.subtasks = {s};
    WriteMetrics(TotalsOf(one), w);
    w->Field("taskmanager-id", "tarn").Key("status-duration").BeginObject().EndObject().Field("start_time", s.start_time).EndObject();
  }
  w->EndArray().Key("aggregated").BeginObject().Key("metrics").BeginObject();
  auto aggregate = [&](const char* name, const std::function<int64_t(const job::SubtaskStatus&)>& get) {
    std::vector<int64_t> values;
    for (const job::SubtaskStatus& s : v.subtasks) values.push_back(get(s));
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    int64_t sum = 0;
    for (int64_t x : values) sum += x;
    auto at = [&](double q) { return values[std::min(values.size() - 1, static_cast<size_t>(q * static_cast<double>(values.size())))]; };
    w->Key(name).BeginObject().Field("min", values.front()).Field("max", values.back()).Field("avg", sum / static_cast<int64_t>(values.size())).Field("sum", sum);
    w->Field("median", at(0.5)).Field("p25", at(0.25)).Field("p75", at(0.75)).Field("p95", at(0.95)).EndObject();
  };
  aggregate("read-records", [&](const job::SubtaskStatus& s) { return v.source ? 0 : s.records_in; });
  aggregate("write-records", [](const job::SubtaskStatus& s) { return s.records_out; });
  aggregate("read-bytes", [&](const job::SubtaskStatus& s) { return v.source ? 0 : s.bytes_in; });
  aggregate("write-bytes", [](const job::SubtaskStatus& s) { return s.bytes_out; });
  w->EndObject().EndObject().EndObject();
}

void WriteBackPressure(const job::VertexStatus& v, JsonWriter* w) {
  auto level = [](double ratio) { return ratio > 0.5 ? "high" : ratio > 0.1 ? "low" : "ok"; };
  double worst = 0;
  for (const job::SubtaskStatus& s : v.subtasks) worst = std::max(worst, s.backpressured_ratio);
  w->BeginObject().Field("status", "ok").Field("backpressureLevel", level(worst)).Field("backpressure-level", level(worst)).Field("end-timestamp", WallClockMs()).Key("subtasks").BeginArray();
  for (const job::SubtaskStatus& s : v.subtasks) {
    w->BeginObject().Field("subtask", s.subtask).Field("backpressureLevel", level(s.backpressured_ratio)).Field("backpressure-level", level(s.backpressured_ratio));
    w->Key("ratio").Double(s.backpressured_ratio).Key("idleRatio").Double(s.idle_ratio).Key("busyRatio").Double(s.busy_ratio).EndObject();
  }
  w->EndArray().EndObject();
}

void WriteCheckpoint(const job::CheckpointStatus& c, JsonWriter* w) {
  using S = job::CheckpointStatus::State;
  const char* names[] = {"in_progress", "completed", "failed"};
  const char* statuses[] = {"IN_PROGRESS", "COMPLETED", "FAILED"};
  w->BeginObject().Field("className", names[static_cast<int>(c.state)]).Field("id", c.id).Field("status", statuses[static_cast<int>(c.state)]).Field("is_savepoint", c.is_savepoint);
  w->Key("savepointFormat");
  if (c.is_savepoint) w->String("CANONICAL");
  else w->Null();
  w->Field("trigger_timestamp", c.trigger_time).Field("latest_ack_timestamp", c.latest_ack_time).Field("checkpointed_size", c.size_bytes).Field("state_size", c.size_bytes);
  w->Field("end_to_end_duration", c.duration_ms).Field("alignment_buffered", 0).Field("processed_data", 0).Field("persisted_data", 0);
  w->Field("num_subtasks", c.num_subtasks).Field("num_acknowledged_subtasks", c.num_acknowledged);
  w->Field("checkpoint_type", c.is_savepoint ? (c.stop ? "SYNC_SAVEPOINT" : "SAVEPOINT") : "CHECKPOINT").Key("tasks").BeginObject().EndObject();
  if (c.state == S::kCompleted) w->Field("external_path", c.external_path).Field("discarded", c.discarded);
  if (c.state == S::kFailed) w->Field("failure_timestamp", c.failure_time).Field("failure_message", c.failure);
  w->EndObject();
}

void WriteCheckpoints(const job::JobStatus& job, JsonWriter* w) {
  const job::CheckpointCounts& n = job.checkpoint_counts;
  w->BeginObject().Key("counts").BeginObject().Field("restored", n.restored).Field("total", n.total).Field("in_progress", n.in_progress).Field("completed", n.completed).Field("failed", n.failed).EndObject();
  std::vector<int64_t> sizes, durations, zeros;
  for (const job::CheckpointStatus& c : job.checkpoints) {
    if (c.state != job::CheckpointStatus::State::kCompleted) continue;
    sizes.push_back(c.size_bytes);
    durations.push_back(c.duration_ms);
    zeros.push_back(0);
  }
  w->Key("summary").BeginObject();
  const std::pair<const char*, const std::vector<int64_t>*> quantities[] = {{"checkpointed_size", &sizes}, {"state_size", &sizes}, {"end_to_end_duration", &durations},
                                                                             {"alignment_buffered", &zeros}, {"processed_data", &zeros}, {"persisted_data", &zeros}};
  for (auto [name, values] : quantities) { w->Key(name); WriteQuantiles(*values, w); }
  w->EndObject().Key("latest").BeginObject();
  const std::pair<const char*, const std::optional<job::CheckpointStatus>*> latest[] = {{"completed", &job.latest_completed}, {"savepoint", &job.latest_savepoint}, {"failed", &job.latest_failed}};
  for (auto [name, c] : latest) {
    w->Key(name);
    if (*c) WriteCheckpoint(**c, w);
    else w->Null();
  }
  w->Key("restored");
  if (job.restored) {
    w->BeginObject().Field("id", job.restored->id).Field("restore_timestamp", job.restored->restore_time).Field("is_savepoint", job.restored->is_savepoint).Field("external_path", job.restored->external_path).EndObject();
  } else {
    w->Null();
  }
  w->EndObject().Key("history").BeginArray();
  for (const job::CheckpointStatus& c : job.checkpoints) WriteCheckpoint(c, w);
  w->EndArray().EndObject();
}

void WriteCheckpointConfig(const job::JobStatus& job, JsonWriter* w) {
  const job::CheckpointConfig& c = job.checkpoint_config;
  w->BeginObject().Field("mode", c.enabled ? "exactly_once" : "at_least_once").Field("interval", c.enabled ? c.interval_ms : INT64_MAX).Field("timeout", c.timeout_ms);
  w->Field("min_pause", c.min_pause_ms).Field("max_concurrent", 1).Key("externalization").BeginObject().Field("enabled", c.enabled).Field("delete_on_cancellation", c.delete_on_cancellation).EndObject();
  w->Field("state_backend", "HashMapStateBackend").Field("checkpoint_storage", c.directory).Field("unaligned_checkpoints", false).Field("tolerable_failed_checkpoints", c.tolerable_failed);
  w->Field("aligned_checkpoint_timeout", 0).Field("checkpoints_after_tasks_finish", true).Field("state_changelog_enabled", false);
  w->Field("changelog_periodic_materialization_interval", 0).Field("changelog_storage", "").EndObject();
}

void WriteExceptions(const job::JobStatus& job, int exceptions_max, JsonWriter* w) {
  const job::JobException* root = job.state == job::JobState::kFailed && !job.exceptions.empty() ? &job.exceptions.front() : nullptr;
  w->BeginObject().Key("root-exception");
  if (root) w->String(root->name + ": " + root->text);
  else w->Null();
  w->Key("timestamp");
  if (root) w->Int(root->time);
  else w->Null();
  w->Key("all-exceptions").BeginArray().EndArray().Field("truncated", false).Key("exceptionHistory").BeginObject().Key("entries").BeginArray();
  int n = 0;
  for (const job::JobException& e : job.exceptions) {
    if (n++ == exceptions_max) break;
    w->BeginObject().Field("exceptionName", e.name).Field("stacktrace", e.name + ": " + e.text).Field("timestamp", e.time).Key("taskName");
    if (e.task_name.empty()) w->Null();
    else w->String(e.subtask >= 0 ? e.task_name + " (" + std::to_string(e.subtask + 1) + ")" : e.task_name);
    w->Field("endpoint", "localhost").Field("taskManagerId", "tarn").Key("failureLabels").BeginObject().EndObject().Key("concurrentExceptions").BeginArray().EndArray().EndObject();
  }
  w->EndArray().Field("truncated", static_cast<int>(job.exceptions.size()) > exceptions_max).EndObject().EndObject();
}

}  // namespace tarn::gateway
