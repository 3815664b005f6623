#include "job/job_status.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace tarn::job {
namespace {
constexpr std::string_view kJobNames[kJobStates] = {"INITIALIZING", "CREATED", "RUNNING", "FAILING", "FAILED", "CANCELLING",
                                                    "CANCELED", "FINISHED", "RESTARTING", "SUSPENDED", "RECONCILING"};
constexpr std::string_view kTaskNames[kTaskStates] = {"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING",
                                                      "FINISHED", "CANCELING", "CANCELED", "FAILED", "RECONCILING"};
int64_t Duration(int64_t start, int64_t end) { return start < 0 ? 0 : (end < 0 ? WallClockMs() : end) - start; }
}  // namespace

std::string_view JobStateName(JobState state) { return kJobNames[static_cast<int>(state)]; }
std::string_view TaskStateName(TaskState state) { return kTaskNames[static_cast<int>(state)]; }

TaskState VertexStatus::state() const {
  std::array<size_t, kTaskStates> n{};
  for (const SubtaskStatus& s : subtasks) ++n[static_cast<size_t>(s.state)];
  auto count = [&](TaskState s) { return n[static_cast<size_t>(s)]; };
  for (TaskState s : {TaskState::kFailed, TaskState::kCanceling, TaskState::kCanceled})
    if (count(s) > 0) return s;
  if (count(TaskState::kFinished) == subtasks.size() && !subtasks.empty()) return TaskState::kFinished;
  if (count(TaskState::kInitializing) > 0) return TaskState::kInitializing;
  if (count(TaskState::kRunning) + count(TaskState::kFinished) > 0) return TaskState::kRunning;
  return TaskState::kCreated;
}

int64_t JobStatus::duration_ms() const { return Duration(start_time, end_time); }
int64_t JobSummary::duration_ms() const { return Duration(start_time, end_time); }

std::map<std::string, std::string> JobStatus::Metrics() const {
  std::map<std::string, std::string> m;
  auto put = [&](const char* key, auto value) { m[key] = fmt::format("{}", value); };
  bool running = state == JobState::kRunning;
  int64_t since_running = timestamps[static_cast<int>(JobState::kRunning)];
  put("uptime", running && since_running > 0 ? WallClockMs() - since_running : running ? 0 : IsTerminal(state) ? -1 : 0);
  put("downtime", state == JobState::kRestarting ? WallClockMs() - timestamps[static_cast<int>(JobState::kRestarting)] : IsTerminal(state) ? -1 : 0);
  put("numRestarts", restarts);
  put("fullRestarts", restarts);
  auto time_in = [&](JobState s) {
    return state == s && timestamps[static_cast<int>(s)] > 0 ? WallClockMs() - timestamps[static_cast<int>(s)] : 0;
  };
  put("restartingTime", time_in(JobState::kRestarting));
  put("runningTime", time_in(JobState::kRunning));
  put("initializingTime", time_in(JobState::kInitializing));
  put("createdTime", time_in(JobState::kCreated));
  put("failingTime", time_in(JobState::kFailing));
  put("cancellingTime", time_in(JobState::kCancelling));
  put("deployingTime", 0);
  put("totalNumberOfCheckpoints", checkpoint_counts.total);
  put("numberOfInProgressCheckpoints", checkpoint_counts.in_progress);
  put("numberOfCompletedCheckpoints", checkpoint_counts.completed);
  put("numberOfFailedCheckpoints", checkpoint_counts.failed);
  if (latest_completed) {
    put("lastCheckpointDuration", latest_completed->duration_ms);
    put("lastCheckpointSize", latest_completed->size_bytes);
    put("lastCheckpointFullSize", latest_completed->size_bytes);
    put("lastCheckpointExternalPath", latest_completed->external_path);
    put("lastCompletedCheckpointId", latest_completed->id);
  } else {
    for (const char* k : {"lastCheckpointDuration", "lastCheckpointSize", "lastCheckpointFullSize"}) put(k, -1);
    put("lastCheckpointExternalPath", "n/a");
    put("lastCompletedCheckpointId", -1);
  }
  put("lastCheckpointProcessedData", latest_completed ? 0 : -1);
  put("lastCheckpointPersistedData", latest_completed ? 0 : -1);
  put("lastCheckpointRestoreTimestamp", restored ? restored->restore_time : -1);
  return m;
}

}  // namespace tarn::job
