#include "job/job_manager.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/text.h"
#include "flow/state_budget.h"
#include "job/checkpoint_store.h"
#include "job/job_factory.h"
#include "job/job_master.h"
#include "state/durable_file.h"

namespace tarn::job {
namespace {
constexpr int64_t kBudgetDefault = 256 << 20;
constexpr int kReplanTries = 20;
constexpr std::chrono::milliseconds kReplanPause(500);

class Manager final : public JobManager {
 public:
  Manager(JobManagerOptions options, flow::OperatorFactory operators)
      : options_(std::move(options)), operators_(std::move(operators)),
        budget_(options_.memory_limit_bytes > 0 ? options_.memory_limit_bytes : kBudgetDefault),
        state_budget_(options_.state_memory_bytes, options_.memory_limit_total) {}
  ~Manager() override {
    Kill();
    if (!scratch_.empty())
      if (Status s = state::RemoveTree(scratch_); !s.ok()) LogDebug("{}", s.ToString());
  }

  Status Open() {
    if (!options_.data_dir.empty()) {
      root_ = TRY(state::LocalPath(options_.data_dir));
      return Status::OK();
    }
    std::error_code ec;
    std::string base = options_.scratch_dir.empty() ? std::filesystem::temp_directory_path(ec).string() : options_.scratch_dir;
    root_ = fmt::format("{}/tarn-jobs-{}", base.empty() ? "/tmp" : base, RandomHex32().substr(0, 12));
    scratch_ = root_;   // made when the first checkpoint is written
    return Status::OK();
  }

  Result<JobId> Submit(plan::JobPlan plan, JobSpec spec) override {
    if (spec.id.empty()) spec.id = RandomHex32();
    {
      std::lock_guard lock(mutex_);
      if (closed_) return Status::Unavailable("the server is shutting down");
      if (jobs_.count(spec.id)) return Status::AlreadyExists(fmt::format("job {} exists", spec.id));
    }
    return Launch(std::move(plan), std::move(spec), 0);
  }

  Status Cancel(const JobId& id) override {
    auto e = TRY(Find(id));
    if (!e.master) return Status::Conflict(fmt::format("Job cancellation failed because the job has already reached another terminal state ({}).", JobStateName(e.archived->state)));
    return e.master->Cancel();
  }
  Result<std::string> Stop(const JobId& id, const std::string& dir, bool drain) override {
    auto master = TRY(Live(id));
    std::string path = TRY(master->Request(drain ? JobMaster::Ask::kDrain : JobMaster::Ask::kStop, dir));
    TRY(master->WaitFor(std::nullopt).value_or(Status::OK()));
    return path;
  }
  Result<std::string> Savepoint(const JobId& id, const std::string& dir) override { return TRY(Live(id))->Request(JobMaster::Ask::kSavepoint, dir); }
  Result<int64_t> Checkpoint(const JobId& id) override {
    std::string text = TRY(TRY(Live(id))->Request(JobMaster::Ask::kCheckpoint, ""));
    return std::stoll(text);
  }

  Status WaitFor(const JobId& id) override {
    auto e = TRY(Find(id));
    if (e.master) return *e.master->WaitFor(std::nullopt);
    return Ended(*e.archived);
  }
  std::optional<Status> WaitFor(const JobId& id, std::chrono::milliseconds wait) override {
    auto e = Find(id);
    if (!e.ok()) return e.status();
    if (e->master) return e->master->WaitFor(wait);
    return Ended(*e->archived);
  }

  std::vector<JobSummary> List() const override {
    std::vector<JobSummary> out;
    std::lock_guard lock(mutex_);
    for (const auto& [id, e] : jobs_) {
      if (e.master) {
        out.push_back(e.master->Summary());
        continue;
      }
      const JobStatus& s = *e.archived;
      JobSummary x{.id = s.id, .name = s.name, .state = s.state, .start_time = s.start_time, .end_time = s.end_time, .last_modification = s.end_time};
      for (const VertexStatus& v : s.vertices)
        for (const SubtaskStatus& t : v.subtasks) ++x.tasks[static_cast<int>(t.state)];
      out.push_back(std::move(x));
    }
    std::stable_sort(out.begin(), out.end(), [](const JobSummary& a, const JobSummary& b) { return a.start_time > b.start_time; });
    return out;
  }
  Result<JobStatus> Get(const JobId& id) const override {
    auto e = TRY(Find(id));
    return e.master ? e.master->Get() : *e.archived;
  }

  Result<int> Recover(const Replan& replan) override {
    if (!scratch_.empty()) return 0;
    std::string folder = root_ + "/jobs";
    std::vector<JobRecord> active;
    for (const std::string& name : state::ListFolder(folder)) {
      auto record = ReadRecord(folder + "/" + name);
      if (!record.ok()) {
        LogError("job {} cannot be brought back: {}", name, record.status().ToString());
        continue;
      }
      if (record->ended) Archive(std::move(record->status));
      else active.push_back(std::move(record).value());
    }
    std::sort(active.begin(), active.end(), [](const JobRecord& a, const JobRecord& b) { return a.submit_time < b.submit_time; });
    int back = 0;
    for (JobRecord& r : active) {
      Status s = r.status.streaming || CommitBegun(r.id) ? Revive(replan, r)
                                                         : Status::Cancelled("the server ended while this batch job ran; nothing of it is visible").WithHint("run it again");
      if (s.ok()) {
        ++back;
        continue;
      }
      LogWarn("job {} ({}) is not brought back: {}", r.id, r.name, s.ToString());
      r.status.state = JobState::kFailed;
      r.status.end_time = WallClockMs();
      r.status.exceptions.insert(r.status.exceptions.begin(), {.time = r.status.end_time, .name = "org.apache.flink.table.api.TableException", .text = s.message()});
      r.status.failure = std::move(s);
      if (r.status.failure.code() != StatusCode::kUnavailable) {   // something that is away may be back at the next start
        r.ended = true;
        TRY(WriteRecord(folder + "/" + r.id, r));
      }
      Archive(std::move(r.status));
    }
    Prune();
    return back;
  }

  Status Shutdown(bool drain) override {
    std::vector<std::shared_ptr<JobMaster>> live;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      for (auto& [id, e] : jobs_)
        if (e.master && !IsTerminal(e.master->state())) live.push_back(e.master);
    }
    std::vector<std::thread> askers;
    for (auto& m : live) {
      if (!m->recoverable() || !m->streaming()) {
        if (Status s = m->Cancel(); !s.ok()) LogDebug("{}", s.ToString());
      } else if (drain) {
        askers.emplace_back([m] {
          if (auto r = m->Request(JobMaster::Ask::kSuspend, ""); !r.ok()) LogWarn("a job's last checkpoint failed, it will go on from the one before: {}", r.status().ToString());
          else (void)m->WaitFor(std::nullopt);
        });
      }
    }
    for (auto& t : askers) t.join();
    for (auto& m : live)
      if (!m->recoverable() || !m->streaming()) (void)m->WaitFor(std::nullopt);
    Kill();
    return Status::OK();
  }

  void Kill() override {
    std::vector<std::shared_ptr<JobMaster>> all;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      for (auto& [id, e] : jobs_)
        if (e.master) all.push_back(e.master);
    }
    for (auto& m : all) m->Kill();
    std::lock_guard lock(join_mutex_);
    for (auto& m : all) m->Join();
  }

 private:
  struct Entry {
    std::shared_ptr<JobMaster> master;             // or:
    std::shared_ptr<const JobStatus> archived;
    uint64_t ended = 0;                            // counts up in the order in which ends were noticed; 0: not yet
  };

  JobPlaces Places(const JobId& id) {
    return {.record_folder = scratch_.empty() ? root_ + "/jobs/" + id : "", .checkpoints_folder = root_ + "/checkpoints",
            .savepoints_folder = root_ + "/savepoints", .budget = &budget_, .state_budget = &state_budget_};
  }
  Result<JobId> Launch(plan::JobPlan plan, JobSpec spec, int64_t recovered_from) {
    JobId id = spec.id;
    auto master = TRY(JobMaster::Make(std::move(plan), std::move(spec), Places(id), recovered_from, operators_));
    TRY(master->Start());
    std::lock_guard lock(mutex_);
    jobs_[id] = Entry{std::move(master), nullptr, 0};
    PruneLocked();
    return id;
  }
  // A batch job writes its one checkpoint when all its rows are staged: what is left is to commit them.
  bool CommitBegun(const JobId& id) const {
    std::vector<std::string> warnings;
    auto found = CheckpointStore(root_ + "/checkpoints/" + id, 1).Latest(&warnings);
    return found.ok() && found->has_value();
  }
  Status Revive(const Replan& replan, const JobRecord& r) {
    for (int i = 1;; ++i) {
      auto plan = replan(r.resubmission);
      if (plan.ok()) {
        JobSpec spec{.id = r.id, .name = r.name, .statement = r.statement, .resubmission = r.resubmission, .savepoint_path = r.savepoint_path};
        TRY(Launch(std::move(plan).value(), std::move(spec), r.submit_time));
        return Status::OK();
      }
      if (plan.status().code() != StatusCode::kUnavailable || i == kReplanTries) return plan.status();
      LogWarn("job {} waits for what its tables need: {}", r.id, plan.status().ToString());
      std::this_thread::sleep_for(kReplanPause);
    }
  }
  void Archive(JobStatus status) {
    std::lock_guard lock(mutex_);
    JobId id = status.id;
    jobs_[id] = Entry{nullptr, std::make_shared<const JobStatus>(std::move(status)), ++ends_};
  }
  Result<Entry> Find(const JobId& id) const {
    std::lock_guard lock(mutex_);
    auto it = jobs_.find(id);
    if (it == jobs_.end()) return Status::NotFound(fmt::format("Job {} not found", id));
    return it->second;
  }
  Result<std::shared_ptr<JobMaster>> Live(const JobId& id) const {
    Entry e = TRY(Find(id));
    if (!e.master) return Status::Conflict(fmt::format("job {} has already reached the terminal state {}", id, JobStateName(e.archived->state)));
    return e.master;
  }
  static Status Ended(const JobStatus& s) {
    if (s.state == JobState::kFailed) return s.failure;
    return s.state == JobState::kCanceled ? Status::Cancelled(fmt::format("job {} was cancelled", s.id)) : Status::OK();
  }
  void Prune() {
    std::lock_guard lock(mutex_);
    PruneLocked();
  }
  void PruneLocked() {
    // Those that ended first go first: a job that ran for long must not vanish in the moment it ends.
    std::vector<std::pair<uint64_t, JobId>> ended;
    for (auto& [id, e] : jobs_) {
      if (e.master && !IsTerminal(e.master->state())) continue;
      if (e.ended == 0) e.ended = ++ends_;
      ended.emplace_back(e.ended, id);
    }
    if (static_cast<int>(ended.size()) <= options_.history_max) return;
    std::sort(ended.begin(), ended.end());
    int too_many = static_cast<int>(ended.size()) - options_.history_max;
    for (int i = 0; i < too_many; ++i) {
      jobs_.erase(ended[i].second);
      if (scratch_.empty())
        if (Status s = state::RemoveTree(root_ + "/jobs/" + ended[i].second); !s.ok()) LogWarn("{}", s.ToString());
    }
  }

  const JobManagerOptions options_;
  const flow::OperatorFactory operators_;
  flow::MemoryBudget budget_;
  flow::StateBudget state_budget_;
  std::string root_, scratch_;
  mutable std::mutex mutex_;
  std::mutex join_mutex_;
  std::map<JobId, Entry> jobs_;
  uint64_t ends_ = 0;
  bool closed_ = false;
};
}  // namespace

Result<std::unique_ptr<JobManager>> MakeJobManager(JobManagerOptions options, flow::OperatorFactory operators) {
  auto m = std::make_unique<Manager>(std::move(options), std::move(operators));
  TRY(m->Open());
  return std::unique_ptr<JobManager>(std::move(m));
}
Result<std::unique_ptr<JobManager>> JobManager::Make(JobManagerOptions options) { return MakeJobManager(std::move(options), nullptr); }

}  // namespace tarn::job
