#include "gateway/job_rest.h"

#include <nlohmann/json.hpp>

#include <thread>

#include "base/text.h"
#include "gateway/job_json.h"
#include "gateway/vertex_metrics.h"
#include "gateway/rest_error.h"
#include "gateway/sql_gateway.h"
#include "net/json_writer.h"

namespace tarn::gateway {
namespace {
using net::HttpResponse;
using net::JsonWriter;

bool IsJobId(std::string_view s) { return s.size() == 32 && s.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos; }

HttpResponse NoJob(const std::string& id) {
  return PlainError(404, "org.apache.flink.runtime.rest.NotFoundException: Job " + id + " not found\n\tat tarn.gateway(native)\n");
}
HttpResponse WrongId(const char* what, const std::string& id) {
  return BadRequest("Bad request, could not parse parameters: Cannot resolve path parameter (" + std::string(what) + ") from value \"" + id + "\".");
}
const job::VertexStatus* FindVertex(const job::JobStatus& job, const std::string& id) {
  for (const job::VertexStatus& v : job.vertices) if (v.id == id) return &v;
  return nullptr;
}
std::string BodyText(const nlohmann::json& body, const char* key) {
  auto it = body.find(key);
  return it != body.end() && it->is_string() ? it->get<std::string>() : "";
}
bool BodyTrue(const nlohmann::json& body, const char* key) {
  auto it = body.find(key);
  return it != body.end() && it->is_boolean() && it->get<bool>();
}
bool ReadBody(RouteCall& call, nlohmann::json* body) {
  *body = call.request.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(call.request.body, nullptr, false);
  return body->is_object();
}
}  // namespace

JobRest::JobRest(job::JobManager& jobs) : jobs_(jobs) {
  AddClusterRoutes();
  AddJobRoutes();
  AddTriggerRoutes();
}

void JobRest::ForJob(const std::string& pattern, JobHandler handler) {
  router_.Add("GET", "/jobs/:jobid" + pattern, [this, handler = std::move(handler)](RouteCall& call) {
    if (!IsJobId(call["jobid"])) return WrongId("jobid", call["jobid"]);
    auto job = jobs_.Get(call["jobid"]);
    if (!job.ok()) return NoJob(call["jobid"]);
    return handler(call, *job);
  });
}

void JobRest::AddClusterRoutes() {
  router_.Add("GET", "/overview", [this](RouteCall&) {
    int running = 0, finished = 0, cancelled = 0, failed = 0, tasks = 0;
    for (const job::JobSummary& j : jobs_.List()) {
      if (j.state == job::JobState::kFinished) ++finished;
      else if (j.state == job::JobState::kCanceled) ++cancelled;
      else if (j.state == job::JobState::kFailed) ++failed;
      else { ++running; tasks += j.tasks[static_cast<size_t>(job::TaskState::kRunning)]; }
    }
    JsonWriter w;
    w.BeginObject().Field("taskmanagers", 1).Field("slots-total", static_cast<int>(std::thread::hardware_concurrency())).Field("slots-available", std::max(0, static_cast<int>(std::thread::hardware_concurrency()) - tasks));
    w.Field("jobs-running", running).Field("jobs-finished", finished).Field("jobs-cancelled", cancelled).Field("jobs-failed", failed);
    w.Field("flink-version", kFlinkVersion).Field("flink-commit", "tarn").EndObject();
    return HttpResponse::Json(w.Take());
  });
  router_.Add("GET", "/config", [](RouteCall&) {
    JsonWriter w;
    w.BeginObject().Field("refresh-interval", 3000).Field("timezone-name", "Coordinated Universal Time").Field("timezone-offset", 0).Field("flink-version", kFlinkVersion).Field("flink-revision", "tarn");
    w.Key("features").BeginObject().Field("web-submit", false).Field("web-cancel", true).Field("web-rescale", false).Field("web-history", false).EndObject().EndObject();
    return HttpResponse::Json(w.Take());
  });
  router_.Add("GET", "/taskmanagers", [](RouteCall&) {
    JsonWriter w;
    int cores = static_cast<int>(std::thread::hardware_concurrency());
    w.BeginObject().Key("taskmanagers").BeginArray().BeginObject().Field("id", "tarn").Field("path", "tarn").Field("dataPort", -1).Field("jmxPort", -1);
    w.Field("timeSinceLastHeartbeat", WallClockMs()).Field("slotsNumber", cores).Field("freeSlots", cores);
    w.Key("hardware").BeginObject().Field("cpuCores", cores).EndObject().EndObject().EndArray().EndObject();
    return HttpResponse::Json(w.Take());
  });
  router_.Add("GET", "/datasets", [](RouteCall&) { return HttpResponse::Json(R"({"dataSets":[]})"); });
}

void JobRest::AddJobRoutes() {
  router_.Add("GET", "/jobs", [this](RouteCall&) {
    JsonWriter w;
    w.BeginObject().Key("jobs").BeginArray();
    for (const job::JobSummary& j : jobs_.List()) w.BeginObject().Field("id", j.id).Field("status", job::JobStateName(j.state)).EndObject();
    w.EndArray().EndObject();
    return HttpResponse::Json(w.Take());
  });
  router_.Add("GET", "/jobs/overview", [this](RouteCall&) {
    JsonWriter w;
    w.BeginObject().Key("jobs").BeginArray();
    for (const job::JobSummary& j : jobs_.List()) WriteJobOverview(j, &w);
    w.EndArray().EndObject();
    return HttpResponse::Json(w.Take());
  });
  auto page = [this](const std::string& pattern, void (*write)(const job::JobStatus&, JsonWriter*)) {
    ForJob(pattern, [write](RouteCall&, const job::JobStatus& job) {
      JsonWriter w;
      write(job, &w);
      return HttpResponse::Json(w.Take());
    });
  };
  page("", WriteJobDetails);
  page("/status", [](const job::JobStatus& job, JsonWriter* w) { w->BeginObject().Field("status", job::JobStateName(job.state)).EndObject(); });
  page("/plan", [](const job::JobStatus& job, JsonWriter* w) { w->BeginObject().Key("plan"); WritePlan(job, w); w->EndObject(); });
  page("/config", [](const job::JobStatus& job, JsonWriter* w) {
    w->BeginObject().Field("jid", job.id).Field("name", job.name).Key("execution-config").BeginObject().Field("execution-mode", "PIPELINED").Field("restart-strategy", "Cluster level default restart strategy");
    w->Field("job-parallelism", job.parallelism).Field("object-reuse-mode", true).Key("user-config").BeginObject().EndObject().EndObject().EndObject();
  });
  page("/accumulators", [](const job::JobStatus&, JsonWriter* w) { w->Raw(R"({"job-accumulators":[],"user-task-accumulators":[],"serialized-user-task-accumulators":{}})"); });
  page("/execution-result", [](const job::JobStatus& job, JsonWriter* w) {
    bool done = job::IsTerminal(job.state);
    w->BeginObject().Key("status").BeginObject().Field("id", done ? "COMPLETED" : "IN_PROGRESS").EndObject().Key("job-execution-result");
    if (!done) { w->Null().EndObject(); return; }
    const char* status = job.state == job::JobState::kFinished ? "SUCCEEDED" : job.state == job::JobState::kCanceled ? "CANCELED" : "FAILED";
    w->BeginObject().Field("id", job.id).Field("application-status", status).Key("accumulator-results").BeginObject().EndObject().Field("net-runtime", job.duration_ms());
    if (job.state == job::JobState::kFailed) w->Key("failure-cause").BeginObject().Field("class", "org.apache.flink.runtime.client.JobExecutionException").Field("stack-trace", job.failure.ToString()).Field("serialized-throwable", "").EndObject();
    w->EndObject().EndObject();
  });
  ForJob("/exceptions", [](RouteCall& call, const job::JobStatus& job) {
    int most = 16;
    if (auto wanted = call.request.QueryValue("maxExceptions")) most = std::max(0, std::atoi(wanted->c_str()));
    JsonWriter w;
    WriteExceptions(job, most, &w);
    return HttpResponse::Json(w.Take());
  });
  auto no_checkpoints = [] { return PlainError(404, "org.apache.flink.runtime.rest.handler.RestHandlerException: Checkpointing has not been enabled.\n\tat tarn.gateway(native)\n"); };
  ForJob("/checkpoints", [no_checkpoints](RouteCall&, const job::JobStatus& job) {
    if (!job.streaming) return no_checkpoints();
    JsonWriter w;
    WriteCheckpoints(job, &w);
    return HttpResponse::Json(w.Take());
  });
  ForJob("/checkpoints/config", [no_checkpoints](RouteCall&, const job::JobStatus& job) {
    if (!job.streaming) return no_checkpoints();
    JsonWriter w;
    WriteCheckpointConfig(job, &w);
    return HttpResponse::Json(w.Take());
  });
  ForJob("/checkpoints/details/:checkpointid", [](RouteCall& call, const job::JobStatus& job) {
    for (const job::CheckpointStatus& c : job.checkpoints) {
      if (std::to_string(c.id) != call["checkpointid"]) continue;
      JsonWriter w;
      WriteCheckpoint(c, &w);
      return HttpResponse::Json(w.Take());
    }
    return PlainError(404, "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not find checkpointing statistics for checkpoint " + call["checkpointid"] + ".\n\tat tarn.gateway(native)\n");
  });
  auto for_vertex = [this](const std::string& pattern, std::function<HttpResponse(const job::VertexStatus&)> handler) {
    ForJob("/vertices/:vertexid" + pattern, [handler](RouteCall& call, const job::JobStatus& job) {
      const job::VertexStatus* v = FindVertex(job, call["vertexid"]);
      if (!v) return PlainError(404, "org.apache.flink.runtime.rest.NotFoundException: JobVertex " + call["vertexid"] + " not found\n\tat tarn.gateway(native)\n");
      return handler(*v);
    });
  };
  for_vertex("", [](const job::VertexStatus& v) { JsonWriter w; WriteVertex(v, &w); return HttpResponse::Json(w.Take()); });
  for_vertex("/backpressure", [](const job::VertexStatus& v) { JsonWriter w; WriteBackPressure(v, &w); return HttpResponse::Json(w.Take()); });
  ForJob("/vertices/:vertexid/subtasks/:subtask/metrics", [](RouteCall& call, const job::JobStatus& job) {
    const job::VertexStatus* v = FindVertex(job, call["vertexid"]);
    JsonWriter w;
    WriteSubtaskMetrics(v, call["subtask"], call.request.QueryValue("get"), &w);
    return HttpResponse::Json(w.Take());
  });
  ForJob("/vertices/:vertexid/subtasks/metrics", [](RouteCall& call, const job::JobStatus& job) {
    JsonWriter w;
    WriteAggregatedMetrics(FindVertex(job, call["vertexid"]), call.request.QueryValue("get"), call.request.QueryValue("agg"), &w);
    return HttpResponse::Json(w.Take());
  });
  ForJob("/vertices/:vertexid/metrics", [](RouteCall& call, const job::JobStatus& job) {
    JsonWriter w;
    WriteVertexMetrics(FindVertex(job, call["vertexid"]), call.request.QueryValue("get"), &w);
    return HttpResponse::Json(w.Take());
  });
  for_vertex("/watermarks", [](const job::VertexStatus& v) {
    JsonWriter w;
    w.BeginArray();
    if (!v.source) for (const job::SubtaskStatus& s : v.subtasks)
      w.BeginObject().Field("id", std::to_string(s.subtask) + ".currentInputWatermark").Field("value", std::to_string(s.watermark_ms)).EndObject();
    w.EndArray();
    return HttpResponse::Json(w.Take());
  });
  ForJob("/metrics", [](RouteCall& call, const job::JobStatus& job) {
    const job::CheckpointStatus* last = job.latest_completed ? &*job.latest_completed : nullptr;
    const std::pair<const char*, std::string> metrics[] = {
        {"uptime", std::to_string(job.duration_ms())}, {"numRestarts", std::to_string(job.restarts)}, {"fullRestarts", std::to_string(job.restarts)},
        {"totalNumberOfCheckpoints", std::to_string(job.checkpoint_counts.total)}, {"numberOfInProgressCheckpoints", std::to_string(job.checkpoint_counts.in_progress)},
        {"numberOfCompletedCheckpoints", std::to_string(job.checkpoint_counts.completed)}, {"numberOfFailedCheckpoints", std::to_string(job.checkpoint_counts.failed)},
        {"lastCheckpointDuration", std::to_string(last ? last->duration_ms : -1)}, {"lastCheckpointSize", std::to_string(last ? last->size_bytes : -1)},
        {"lastCheckpointFullSize", std::to_string(last ? last->size_bytes : -1)}, {"lastCheckpointExternalPath", last ? last->external_path : "n/a"},
        {"lastCompletedCheckpointId", std::to_string(last ? last->id : -1)}};
    auto get = call.request.QueryValue("get");
    std::vector<std::string> wanted = get ? Split(*get, ',') : std::vector<std::string>();
    JsonWriter w;
    w.BeginArray();
    for (const auto& [name, value] : metrics) {
      if (!get) w.BeginObject().Field("id", name).EndObject();
      else if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) w.BeginObject().Field("id", name).Field("value", value).EndObject();
    }
    w.EndArray();
    return HttpResponse::Json(w.Take());
  });
}

HttpResponse JobRest::Start(std::function<void(Trigger&)> work) {
  std::string id = RandomHex32();
  {
    std::lock_guard lock(mutex_);
    if (triggers_.size() >= 1000) std::erase_if(triggers_, [](const auto& t) { return t.second->done; });   // a day of nobody asking
    if (triggers_.size() >= 1000) return PlainError(503, "1000 savepoints are in progress");
    triggers_[id] = std::make_shared<Trigger>();
  }
  workers_.Run([this, id, work = std::move(work)] {
    auto done = std::make_shared<Trigger>();
    work(*done);
    done->done = true;
    std::lock_guard lock(mutex_);
    triggers_[id] = std::move(done);
  });
  JsonWriter w;
  w.BeginObject().Field("request-id", id).EndObject();
  return HttpResponse::Json(w.Take(), 202);
}

std::shared_ptr<const JobRest::Trigger> JobRest::FindTrigger(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto it = triggers_.find(id);
  return it == triggers_.end() ? nullptr : it->second;
}

void JobRest::AddTriggerRoutes() {
  auto cancel = [this](RouteCall& call) {
    if (!IsJobId(call["jobid"])) return WrongId("jobid", call["jobid"]);
    auto mode = call.request.QueryValue("mode");
    if (mode && *mode != "cancel") return BadRequest("Bad request, could not parse parameters: Cannot resolve query parameter (mode) from value \"" + *mode + "\".");
    Status done = jobs_.Cancel(call["jobid"]);
    if (done.code() == StatusCode::kNotFound) return NoJob(call["jobid"]);
    if (done.code() == StatusCode::kConflict) return PlainError(409, "org.apache.flink.runtime.rest.handler.RestHandlerException: " + done.message() + "\n\tat tarn.gateway(native)\n");
    if (!done.ok()) return HandlerError(done, "Job cancellation failed.");
    return HttpResponse::Json("{}", 202);
  };
  router_.Add("PATCH", "/jobs/:jobid", cancel);
  router_.Add("GET", "/jobs/:jobid/yarn-cancel", [](RouteCall&) { return PlainError(404, "a GET must not change anything: use PATCH /jobs/:jobid?mode=cancel"); });
  router_.Add("POST", "/jobs/:jobid/savepoints", [this](RouteCall& call) {
    std::string job = call["jobid"];
    nlohmann::json body;
    if (!ReadBody(call, &body)) return BadRequest("Request did not match expected format SavepointTriggerRequestBody.");
    if (!IsJobId(job)) return WrongId("jobid", job);
    if (!jobs_.Get(job).ok()) return NoJob(job);
    std::string directory = BodyText(body, "target-directory");
    bool cancels = BodyTrue(body, "cancel-job");
    return Start([this, job, directory, cancels](Trigger& t) {
      auto path = cancels ? jobs_.Stop(job, directory, false) : jobs_.Savepoint(job, directory);
      if (path.ok()) t.location = *path;
      else t.status = path.status();
    });
  });
  router_.Add("POST", "/jobs/:jobid/stop", [this](RouteCall& call) {
    std::string job = call["jobid"];
    nlohmann::json body;
    if (!ReadBody(call, &body)) return BadRequest("Request did not match expected format StopWithSavepointRequestBody.");
    if (!IsJobId(job)) return WrongId("jobid", job);
    if (!jobs_.Get(job).ok()) return NoJob(job);
    std::string directory = BodyText(body, "targetDirectory");
    bool drain = BodyTrue(body, "drain");
    return Start([this, job, directory, drain](Trigger& t) {
      auto path = jobs_.Stop(job, directory, drain);
      if (path.ok()) t.location = *path;
      else t.status = path.status();
    });
  });
  router_.Add("POST", "/jobs/:jobid/checkpoints", [this](RouteCall& call) {
    std::string job = call["jobid"];
    if (!IsJobId(job)) return WrongId("jobid", job);
    if (!jobs_.Get(job).ok()) return NoJob(job);
    return Start([this, job](Trigger& t) {
      auto id = jobs_.Checkpoint(job);
      if (id.ok()) t.checkpoint_id = *id;
      else t.status = id.status();
    });
  });
  auto poll = [this](RouteCall& call) {
    auto trigger = FindTrigger(call["triggerid"]);
    if (!trigger) return PlainError(404, "org.apache.flink.runtime.rest.handler.RestHandlerException: There is no savepoint operation with triggerId=" + call["triggerid"] + " for job " + call["jobid"] + ".\n\tat tarn.gateway(native)\n");
    JsonWriter w;
    w.BeginObject().Key("status").BeginObject().Field("id", trigger->done ? "COMPLETED" : "IN_PROGRESS").EndObject().Key("operation");
    if (!trigger->done) w.Null();
    else if (!trigger->status.ok()) {
      JavaCause cause = FlinkCauses(trigger->status).back();
      w.BeginObject().Key("failure-cause").BeginObject().Field("class", cause.class_name).Field("stack-trace", cause.class_name + ": " + cause.message).Field("serialized-throwable", "").EndObject().EndObject();
    } else if (trigger->checkpoint_id >= 0) {
      w.BeginObject().Field("checkpointId", trigger->checkpoint_id).EndObject();
    } else {
      w.BeginObject().Field("location", trigger->location).EndObject();
    }
    w.EndObject();
    return HttpResponse::Json(w.Take());
  };
  router_.Add("GET", "/jobs/:jobid/savepoints/:triggerid", poll);
  router_.Add("GET", "/jobs/:jobid/checkpoints/:triggerid", poll);
}

}  // namespace tarn::gateway
