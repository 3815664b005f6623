// Whole jobs over in-test tables: exactly once over failures and deaths, savepoints, fallback, back-pressure, states.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <random>

#include "base/crash_point.h"
#include "job/job_factory.h"
#include "job/job_master.h"
#include "job/test_tables.h"

namespace tarn::job {
namespace {
using namespace std::chrono_literals;
using Options = std::map<std::string, std::string>;

std::string Scratch() {
  std::string dir = ::testing::TempDir() + "tarn-job-" + RandomHex32().substr(0, 12);
  std::filesystem::create_directories(dir);
  return dir;
}

struct Place {
  std::string root = Scratch(), out = root + "/out", counts = root + "/counts";
  ~Place() { std::filesystem::remove_all(root); }
  std::unique_ptr<JobManager> Manager() const { return MakeJobManager({.data_dir = root + "/data"}, TestOperators).value(); }
};

// scan -> sink of all rows; scan -> exchange -> count per key -> sink of counts. One shared scan.
plan::JobPlan TwoSinks(const Place& p, TestControl* c, TestSourceOptions o, int parallelism, Options options) {
  auto scan = ScanOf(o, c, parallelism);
  auto count = MakeNode(plan::GroupAggregate{}, {HashOf(scan, parallelism)}, parallelism);
  return PlanOf({SinkOf(scan, p.out, c, parallelism), SinkOf(count, p.counts, c, parallelism)}, std::move(options));
}

void ExpectExactlyOnce(const Place& p, const TestSourceOptions& o) {
  auto lines = CommittedLines(p.out);
  EXPECT_EQ(static_cast<int64_t>(lines.size()), o.rows * o.splits);
  int64_t twice = 0;
  for (const auto& [l, n] : lines) twice += n != 1;
  EXPECT_EQ(twice, 0);
}
void ExpectCounts(const Place& p, const TestSourceOptions& o) {
  std::map<int64_t, int64_t> want;
  for (int64_t id = 0; id < o.rows * o.splits; ++id) ++want[static_cast<int64_t>((static_cast<uint64_t>(id) * 2654435761u) % static_cast<uint64_t>(o.keys))];
  auto lines = CommittedLines(p.counts);
  EXPECT_EQ(lines.size(), want.size());
  for (const auto& [k, n] : want) EXPECT_EQ(lines[std::to_string(k) + "," + std::to_string(n) + ",0"], 1) << k;
}

Options Fast() {
  return {{"execution.checkpointing.interval", "5 ms"}, {"restart-strategy.type", "fixed-delay"},
          {"restart-strategy.fixed-delay.attempts", "1000"}, {"restart-strategy.fixed-delay.delay", "1 ms"}};
}

void AwaitThat(const std::function<bool()>& f) {
  auto end = std::chrono::steady_clock::now() + 30s;
  while (!f() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(f());
}

TEST(Job, BatchJobEndsWithOneCommit) {
  Place p;
  TestControl c;
  TestSourceOptions o;
  auto m = p.Manager();
  auto plan = TwoSinks(p, &c, o, 2, {});
  plan.streaming = false;
  JobId id = m->Submit(std::move(plan), {}).value();
  EXPECT_EQ(id.size(), 32u);
  ASSERT_TRUE(m->WaitFor(id).ok()) << m->WaitFor(id).ToString();
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
  EXPECT_EQ(c.commits, 2);
  JobStatus s = m->Get(id).value();
  EXPECT_EQ(s.state, JobState::kFinished);
  EXPECT_EQ(s.rows_in, o.rows * o.splits);
  EXPECT_EQ(s.vertices.size(), 2u);
  EXPECT_EQ(s.vertices[0].name, "Source: events[1] -> Sink: out[2]");
  EXPECT_EQ(s.vertices[1].inputs.at(0).ship_strategy, "HASH");
  EXPECT_EQ(s.vertices[1].state(), TaskState::kFinished);
  EXPECT_EQ(s.checkpoint_counts.total, 0);
  EXPECT_EQ(m->List().size(), 1u);
}

TEST(Job, StreamingBoundedWithCheckpoints) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 5'000, .pause_us = 200};
  auto m = p.Manager();
  JobId id = m->Submit(TwoSinks(p, &c, o, 2, Fast()), {}).value();
  ASSERT_TRUE(m->WaitFor(id).ok()) << m->WaitFor(id).ToString();
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
  JobStatus s = m->Get(id).value();
  EXPECT_GT(s.checkpoint_counts.completed, 1);
  EXPECT_EQ(s.checkpoint_counts.failed, 0);
  EXPECT_EQ(c.final_watermarks, 4);
  EXPECT_EQ(s.watermark_ms, EventTime::Max().ms);
  EXPECT_FALSE(std::filesystem::exists(p.root + "/data/checkpoints/" + id));
}

TEST(Job, ExactlyOnceOverRandomFailures) {
  for (int seed = 1; seed <= 6; ++seed) {
    Place p;
    TestControl c;
    TestSourceOptions o{.splits = 5, .rows = 3'000, .batch = 61, .pause_us = 150};
    std::mt19937 random(static_cast<unsigned>(seed));
    auto m = p.Manager();
    int parallelism = 1 + seed % 3;
    JobId id = m->Submit(TwoSinks(p, &c, o, parallelism, Fast()), {}).value();
    for (int i = 0; i < 15; ++i) {
      switch (random() % 4) {
        case 0: c.fail_after_rows = static_cast<int64_t>(random() % 1500); break;
        case 1: c.sink_fail_after = static_cast<int64_t>(random() % 1500); break;
        case 2: c.commit_fails = true; break;
        case 3: c.fail_prepare = 1; break;
      }
      if (m->WaitFor(id, std::chrono::milliseconds(random() % 20))) break;
    }
    c.fail_after_rows = c.sink_fail_after = -1;
    c.commit_fails = false;
    c.fail_prepare = 0;
    Status end = m->WaitFor(id);
    ASSERT_TRUE(end.ok()) << end.ToString();
    EXPECT_GT(m->Get(id)->restarts, 0);
    ExpectExactlyOnce(p, o);
    ExpectCounts(p, o);
  }
}

// A child process runs the job and dies at a crash point or by SIGKILL; the next child recovers.
int RunChild(const Place& p, const TestSourceOptions& o, int parallelism, const std::string& crash, int kill_after_ms, bool writers_publish = false,
             Options options = Fast()) {
  std::cout.flush();
  pid_t pid = fork();
  if (pid == 0) {
    if (!crash.empty()) {
      setenv("TARN_CRASH", crash.c_str(), 1);
      ::tarn::internal::crash_points_on = true;
    }
    static TestControl c;
    c.writers_publish = writers_publish;
    auto m = p.Manager();
    auto replan = [&](const std::string&) -> Result<plan::JobPlan> { return TwoSinks(p, &c, o, parallelism, options); };
    int back = m->Recover(replan).value();
    if (back == 0 && m->List().empty()) (void)m->Submit(replan("").value(), {.resubmission = "again"});
    JobId id = m->List().at(0).id;
    Status s = m->WaitFor(id);
    _exit(s.ok() ? 0 : 1);
  }
  if (kill_after_ms > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kill_after_ms));
    kill(pid, SIGKILL);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(JobDeath, ExactlyOnceAtEachCrashPoint) {
  for (const char* point : {"checkpoint.durable", "checkpoint.committed", "restore.begin", "restore.committing"}) {
    Place p;
    TestSourceOptions o{.rows = 15'000, .pause_us = 200};
    int died = 0;
    bool restore = std::string(point).starts_with("restore");
    for (int i = 1; i <= 5 + restore; ++i) {
      // A restore needs a checkpoint to restore from: let a first life die later.
      std::string crash = std::string(point) + ":1";
      if (restore && i == 1) crash = "checkpoint.durable:3";
      died += RunChild(p, o, 2, crash, 0) == 137;
    }
    EXPECT_EQ(died, 5 + restore) << point;
    EXPECT_EQ(RunChild(p, o, 2, "", 0), 0);
    ExpectExactlyOnce(p, o);
    ExpectCounts(p, o);
  }
}

TEST(JobDeath, TheLastCheckpointsRowsArePublishedAfterADeath) {
  Options options = Fast();
  options["execution.checkpointing.interval"] = "1 h";   // only the one at the end of input
  for (bool writers_publish : {false, true}) {
    for (const char* point : {"checkpoint.durable", "checkpoint.committed"}) {
      Place p;
      TestSourceOptions o{.rows = 500};
      EXPECT_EQ(RunChild(p, o, 2, point, 0, writers_publish, options), 137);
      EXPECT_EQ(RunChild(p, o, 2, "", 0, writers_publish, options), 0);
      ExpectExactlyOnce(p, o);
      ExpectCounts(p, o);
    }
  }
}

TEST(JobDeath, ExactlyOnceOverRandomKills) {
 for (bool writers_publish : {false, true}) {
  Place p;
  TestSourceOptions o{.splits = 3, .rows = 20'000, .batch = 61, .pause_us = 300};
  std::mt19937 random(7);
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    int rc = RunChild(p, o, 2, "", 10 + static_cast<int>(random() % 60), writers_publish);
    if (rc == 0) break;
    ++killed;
  }
  EXPECT_GT(killed, 3);
  EXPECT_EQ(RunChild(p, o, 2, "", 0, writers_publish), 0);
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
 }
}

TEST(Job, SavepointStopAndStartFromIt) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 4'000};
  c.stop_at = 2'000;
  auto m = p.Manager();
  JobId first = m->Submit(TwoSinks(p, &c, o, 2, Fast()), {}).value();
  AwaitThat([&] { return c.source_rows > 3'000; });
  auto path = m->Stop(first, p.root + "/sp", false);
  ASSERT_TRUE(path.ok()) << path.status().ToString();
  EXPECT_TRUE(path->starts_with(p.root + "/sp/savepoint-" + first.substr(0, 6) + "-")) << *path;
  JobStatus s = m->Get(first).value();
  EXPECT_EQ(s.state, JobState::kFinished);
  ASSERT_TRUE(s.latest_savepoint.has_value());
  EXPECT_TRUE(s.latest_savepoint->stop);
  EXPECT_EQ(c.final_watermarks, 0);
  EXPECT_TRUE(CommittedLines(p.counts).empty());
  EXPECT_LT(static_cast<int64_t>(CommittedLines(p.out).size()), o.rows * o.splits);

  c.stop_at = INT64_MAX;
  Options options = Fast();
  options["execution.savepoint.path"] = "file://" + *path;
  JobId second = m->Submit(TwoSinks(p, &c, o, 3, options), {}).value();   // another parallelism
  ASSERT_TRUE(m->WaitFor(second).ok()) << m->WaitFor(second).ToString();
  EXPECT_TRUE(m->Get(second)->restored->is_savepoint);
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);

  options["execution.savepoint.path"] = p.root + "/absent";
  EXPECT_EQ(m->Submit(TwoSinks(p, &c, o, 2, options), {}).status().code(), StatusCode::kNotFound);
}

TEST(Job, StopWithDrainEmitsEverything) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 500, .bounded = false};
  auto m = p.Manager();
  JobId id = m->Submit(TwoSinks(p, &c, o, 2, Fast()), {}).value();
  AwaitThat([&] { return c.source_rows == o.rows * o.splits; });
  auto path = m->Stop(id, "", true);
  ASSERT_TRUE(path.ok()) << path.status().ToString();
  EXPECT_TRUE(path->starts_with(p.root + "/data/savepoints/"));
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
  EXPECT_EQ(c.final_watermarks, 4);
}

TEST(Job, SavepointOfAJobThatGoesOn) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 3'000};
  c.stop_at = 1'000;
  auto m = p.Manager();
  JobId id = m->Submit(TwoSinks(p, &c, o, 2, {}), {}).value();   // no periodic checkpoints
  AwaitThat([&] { return c.source_rows > 1'000; });
  auto path = m->Savepoint(id, "");
  ASSERT_TRUE(path.ok()) << path.status().ToString();
  EXPECT_EQ(state::ReadCheckpoint(*path)->job_id, id);
  c.stop_at = INT64_MAX;
  ASSERT_TRUE(m->WaitFor(id).ok());
  ExpectExactlyOnce(p, o);
  EXPECT_TRUE(m->Get(id)->latest_savepoint.has_value());
  EXPECT_EQ(m->Savepoint(id, "").status().code(), StatusCode::kConflict);
  EXPECT_EQ(m->Cancel(id).code(), StatusCode::kConflict);
  EXPECT_EQ(m->Cancel("nope").code(), StatusCode::kNotFound);
}

TEST(Job, ManagerDroppedMidwayAndRecovered) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 3'000};
  c.stop_at = 1'000;
  auto replan = [&](const std::string& text) -> Result<plan::JobPlan> {
    EXPECT_EQ(text, "sql");
    return TwoSinks(p, &c, o, 2, Fast());
  };
  auto m = p.Manager();
  JobId id = m->Submit(replan("sql").value(), {.statement = "INSERT", .resubmission = "sql"}).value();
  AwaitThat([&] { return m->Get(id)->checkpoint_counts.completed > 1; });
  m.reset();
  m = p.Manager();
  EXPECT_EQ(m->Recover(replan).value(), 1);
  AwaitThat([&] { return m->Get(id)->restored.has_value(); });
  c.stop_at = 2'000;
  EXPECT_TRUE(m->Shutdown(true).ok());   // drains: a last checkpoint
  EXPECT_EQ(m->Get(id)->state, JobState::kSuspended);
  c.stop_at = INT64_MAX;
  m = p.Manager();
  EXPECT_EQ(m->Recover(replan).value(), 1);
  ASSERT_TRUE(m->WaitFor(id).ok()) << m->WaitFor(id).ToString();
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
  m = p.Manager();
  EXPECT_EQ(m->Recover(replan).value(), 0);
  EXPECT_EQ(m->Get(id)->state, JobState::kFinished);
  EXPECT_EQ(m->Get(id)->statement, "INSERT");
  EXPECT_TRUE(m->WaitFor(id).ok());
}

TEST(Job, TheLastToEndIsRememberedHoweverOld) {
  Place p;
  TestControl c, brief;
  c.stop_at = 100;
  auto m = p.Manager();
  JobId old = m->Submit(TwoSinks(p, &c, {.rows = 1'000}, 1, {}), {}).value();
  for (int i = 0; i < JobManagerOptions{}.history_max + 5; ++i)
    ASSERT_TRUE(m->WaitFor(m->Submit(TwoSinks(p, &brief, {.rows = 1}, 1, {}), {}).value()).ok());
  ASSERT_TRUE(m->Cancel(old).ok());
  (void)m->WaitFor(old);
  ASSERT_TRUE(m->WaitFor(m->Submit(TwoSinks(p, &brief, {.rows = 1}, 1, {}), {}).value()).ok());
  auto s = m->Get(old);
  ASSERT_TRUE(s.ok()) << s.status().ToString();
  EXPECT_EQ(s->state, JobState::kCanceled);
  EXPECT_LE(static_cast<int>(m->List().size()), JobManagerOptions{}.history_max + 1);
}

TEST(Job, CorruptCheckpointFallsBackAndSaysSo) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 3'000};
  c.stop_at = 1'000;
  auto replan = [&](const std::string&) -> Result<plan::JobPlan> { return TwoSinks(p, &c, o, 2, Fast()); };
  auto m = p.Manager();
  JobId id = m->Submit(replan("").value(), {.resubmission = "sql"}).value();
  AwaitThat([&] { return m->Get(id)->checkpoint_counts.completed > 3; });
  m.reset();
  std::string dir = p.root + "/data/checkpoints/" + id;
  CheckpointStore store(dir, 2);
  int64_t newest = store.highest_id();
  while (!std::filesystem::exists(store.PathOf(newest) + "/_metadata")) --newest;
  std::string file = store.PathOf(newest) + "/_metadata", bytes = state::ReadWholeFile(file).value();
  c.stop_at = INT64_MAX;
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  m = p.Manager();
  EXPECT_EQ(m->Recover(replan).value(), 1);
  Status end = m->WaitFor(id);
  ASSERT_TRUE(end.ok()) << end.ToString();
  JobStatus s = m->Get(id).value();
  ASSERT_EQ(s.warnings.size(), 1u);
  EXPECT_NE(s.warnings[0].find("is corrupt"), std::string::npos);
  EXPECT_LT(s.restored->id, newest);
  EXPECT_EQ(static_cast<int64_t>(CommittedLines(p.out).size()), o.rows * o.splits);   // nothing lost
  ExpectCounts(p, o);
}

TEST(Job, FirstErrorIsTheJobsException) {
  Place p;
  TestControl c;
  c.fail_after_rows = 1'000;
  auto m = p.Manager();
  JobId id = m->Submit(TwoSinks(p, &c, {}, 2, {}), {}).value();
  Status end = m->WaitFor(id);
  EXPECT_EQ(end.message(), "the test source fails now");
  JobStatus s = m->Get(id).value();
  EXPECT_EQ(s.state, JobState::kFailed);
  ASSERT_EQ(s.exceptions.size(), 1u);
  EXPECT_EQ(s.exceptions[0].name, "java.io.IOException");
  EXPECT_NE(s.exceptions[0].task_name.find("Source: events"), std::string::npos);
  EXPECT_TRUE(CommittedLines(p.out).empty());
}

TEST(Job, CancelWhileBackPressured) {
  Place p;
  TestControl c;
  c.sink_delay_us = 2'000;
  TestSourceOptions o{.rows = 1'000'000, .batch = 1000};
  auto m = p.Manager();
  auto scan = ScanOf(o, &c, 1);
  JobId id = m->Submit(PlanOf({SinkOf(HashOf(scan, 2), p.out, &c, 2)}, {}), {}).value();
  AwaitThat([&] { return m->Get(id)->vertices[0].subtasks[0].backpressured_ms > 20; });
  int64_t in_flight = c.source_rows - c.sink_rows;
  EXPECT_LT(in_flight, 200'000);   // two channels of eight batches of 4096 rows, and what is being built
  EXPECT_TRUE(m->Cancel(id).ok());
  EXPECT_EQ(m->WaitFor(id).code(), StatusCode::kCancelled);
  EXPECT_EQ(m->Get(id)->state, JobState::kCanceled);
  EXPECT_TRUE(m->Get(id)->failure.ok());
}

TEST(Job, MemoryLimitSlowsDownOnly) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 20'000, .batch = 1000};
  auto m = MakeJobManager({.data_dir = p.root + "/data", .memory_limit_bytes = 1}, TestOperators).value();
  JobId id = m->Submit(TwoSinks(p, &c, o, 2, {}), {}).value();
  ASSERT_TRUE(m->WaitFor(id).ok());
  ExpectExactlyOnce(p, o);
  ExpectCounts(p, o);
}

TEST(Job, CheckpointTimeoutKeepsTheRowsForTheNext) {
  Place p;
  TestControl c;
  TestSourceOptions o{.rows = 1'000, .bounded = false, .batch = 50};
  Options options = Fast();
  options["execution.checkpointing.interval"] = "1 h";
  options["execution.checkpointing.timeout"] = "30 ms";
  options["execution.checkpointing.tolerable-failed-checkpoints"] = "100";
  auto m = p.Manager();
  // The union's second input is a slow sink's neighbour: its barrier comes late.
  auto scan = ScanOf(o, &c, 2);
  c.sink_delay_us = 60'000;
  JobId id = m->Submit(PlanOf({SinkOf(HashOf(scan, 1), p.out, &c, 1)}, options), {}).value();
  AwaitThat([&] { return c.sink_rows > 0; });
  auto r = m->Checkpoint(id);
  EXPECT_EQ(r.status().code(), StatusCode::kUnavailable);
  c.sink_delay_us = 0;
  AwaitThat([&] { return c.sink_rows == o.rows * o.splits; });
  ASSERT_TRUE(m->Checkpoint(id).ok());
  ExpectExactlyOnce(p, o);
  EXPECT_EQ(m->Get(id)->checkpoint_counts.failed, 1);
  EXPECT_TRUE(m->Cancel(id).ok());
  EXPECT_EQ(m->WaitFor(id).code(), StatusCode::kCancelled);
}

TEST(Job, CommitFailureAndFailedCheckpointsFollowTheRestartStrategy) {
  Place p;
  TestControl c;
  c.commit_fails = true;
  Options options = Fast();
  options["restart-strategy.type"] = "none";
  TestSourceOptions o{.rows = 2'000, .pause_us = 500};
  auto m = p.Manager();
  JobId id = m->Submit(TwoSinks(p, &c, o, 1, options), {}).value();
  EXPECT_EQ(m->WaitFor(id).message(), "commit fails");
}

TEST(Job, PartlyBoundedUnionGoesOnCheckpointing) {
  Place p;
  TestControl ended, open;
  TestSourceOptions a{.splits = 2, .rows = 300}, b{.splits = 2, .rows = 2'000, .bounded = false, .pause_us = 200};
  auto replan = [&](const std::string&) -> Result<plan::JobPlan> {
    auto u = MakeNode(plan::UnionAll{}, {ScanOf(a, &ended, 2), ScanOf(b, &open, 2)}, 2);
    return PlanOf({SinkOf(u, p.out, &open, 2)}, Fast());
  };
  auto m = p.Manager();
  JobId id = m->Submit(replan("").value(), {.resubmission = "x"}).value();
  AwaitThat([&] { return m->Get(id)->vertices[0].state() == TaskState::kFinished; });
  int64_t read = ended.source_rows;
  AwaitThat([&, n = m->Get(id)->checkpoint_counts.completed] { return m->Get(id)->checkpoint_counts.completed > n + 1; });
  m.reset();
  m = p.Manager();
  EXPECT_EQ(m->Recover(replan).value(), 1);
  AwaitThat([&] { return m->Get(id)->state == JobState::kRunning && open.source_rows >= b.rows * b.splits; });
  auto path = m->Stop(id, "", true);
  ASSERT_TRUE(path.ok()) << path.status().ToString();
  EXPECT_EQ(ended.source_rows, read);   // what had ended is not read again
  int64_t total = 0;
  for (const auto& [l, n] : CommittedLines(p.out)) total += n;
  EXPECT_EQ(total, a.rows * a.splits + b.rows * b.splits);
}

TEST(Job, AnEndedSinkOfAStatementSetPublishesWithoutCheckpoints) {
  Place p;
  TestControl ended, open;
  TestSourceOptions a{.splits = 2, .rows = 300}, b{.splits = 2, .rows = 100, .bounded = false};
  auto m = p.Manager();
  JobId id = m->Submit(PlanOf({SinkOf(ScanOf(a, &ended, 2), p.out, &ended, 2), SinkOf(ScanOf(b, &open, 2), p.counts, &open, 2)}, {}), {}).value();
  AwaitThat([&] { return ended.commits > 0; });
  ExpectExactlyOnce(p, a);
  EXPECT_EQ(m->Get(id)->state, JobState::kRunning);
  auto path = m->Stop(id, "", true);
  ASSERT_TRUE(path.ok()) << path.status().ToString();
  EXPECT_EQ(CommittedLines(p.counts).size(), 200u);
}

TEST(Job, IdleSplitsDoNotHoldTheWatermark) {
  Place p;
  TestControl c;
  c.silent_split = 1;
  TestSourceOptions o{.splits = 2, .rows = 500, .bounded = false};
  auto m = p.Manager();
  auto scan = std::const_pointer_cast<plan::Node>(ScanOf(o, &c, 2));
  std::get<plan::Scan>(scan->op).idle_timeout_ms = 50;
  JobId id = m->Submit(PlanOf({SinkOf(HashOf(scan, 1), p.out, &c, 1)}, {{"pipeline.auto-watermark-interval", "5 ms"}}), {}).value();
  AwaitThat([&] { return m->Get(id)->watermark_ms == 998 * o.step_ms; });
  EXPECT_TRUE(m->Cancel(id).ok());
  (void)m->WaitFor(id);

  TestControl never;   // without the timeout the silent split holds it
  never.silent_split = 1;
  id = m->Submit(PlanOf({SinkOf(HashOf(ScanOf(o, &never, 2), 1), p.out, &never, 1)}, {{"pipeline.auto-watermark-interval", "5 ms"}}), {}).value();
  AwaitThat([&] { return never.sink_rows == o.rows; });
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(m->Get(id)->watermark_ms, EventTime::Min().ms);
}

// Counts rows that the watermark had passed.
class LateRows final : public flow::Operator {
 public:
  explicit LateRows(std::atomic<int64_t>* late) : late_(late) {}
  Status OnBatch(const Batch& b, flow::Output& out) override {
    const auto* ts = b.column(2)->data()->GetValues<int64_t>(1);
    for (int64_t i = 0; i < b.num_rows(); ++i) *late_ += ts[i] <= watermark_;
    return out.Emit(b);
  }
  Status OnWatermark(Watermark w, flow::Output&) override {
    EXPECT_GT(w.time.ms, watermark_);
    watermark_ = w.time.ms;
    return Status::OK();
  }

 private:
  std::atomic<int64_t>* const late_;
  int64_t watermark_ = EventTime::Min().ms;
};

TEST(Job, WatermarksComePeriodicallyOrAfterEveryRow) {
  // eager: one watermark for all splits, sent as soon as event time has risen by more than the interval
  struct Case { const char* interval; bool per_split; int64_t batch, late; };
  for (Case x : {Case{"0 ms", true, 97, 999}, {"1 h", true, 97, 0}, {"200 ms", false, 97, 999}, {"200 ms", false, 1, 999}, {"1 h", false, 97, 0}}) {
    Place p;
    TestControl c;
    std::atomic<int64_t> late{0};
    auto m = MakeJobManager({.data_dir = p.root + "/data"}, [&](const plan::Node&) -> Result<std::unique_ptr<flow::Operator>> {
               return std::unique_ptr<flow::Operator>(std::make_unique<LateRows>(&late));
             }).value();
    TestSourceOptions o{.splits = 1, .rows = 1'000, .batch = x.batch, .step_ms = -10, .base_ms = 1'000'000, .watermark_per_split = x.per_split};   // time runs backwards
    auto calc = MakeNode(plan::Calc{}, {ScanOf(o, &c, 1)}, 1);
    JobId id = m->Submit(PlanOf({SinkOf(calc, p.out, &c, 1)}, {{"pipeline.auto-watermark-interval", x.interval}}), {}).value();
    ASSERT_TRUE(m->WaitFor(id).ok()) << m->WaitFor(id).ToString();
    EXPECT_EQ(late, x.late) << x.interval << " " << x.per_split;
    ExpectExactlyOnce(p, o);
  }
}

TEST(Job, NotNullEnforcer) {
  for (bool drop : {false, true}) {
    Place p;
    TestControl c;
    plan::Values v;
    arrow::Int64Builder b;
    ASSERT_TRUE(b.AppendValues({1, 2}).ok() && b.AppendNull().ok());
    auto ids = b.Finish().ValueOrDie();
    Batch rows = RowsOf({1, 2, 3}, 10, 1);
    v.rows = rows.WithColumns({ids, rows.column(1), rows.column(2)});
    auto sink = std::const_pointer_cast<plan::Node>(SinkOf(MakeNode(std::move(v), {}, 1), p.out, &c, 1));
    std::get<plan::Sink>(sink->op).not_null = {0};
    std::get<plan::Sink>(sink->op).drop_null_rows = drop;
    auto m = p.Manager();
    JobId id = m->Submit(PlanOf({sink}, {}), {}).value();
    Status end = m->WaitFor(id);
    if (drop) {
      EXPECT_TRUE(end.ok()) << end.ToString();
      EXPECT_EQ(CommittedLines(p.out).size(), 2u);
    } else {
      EXPECT_TRUE(end.message().starts_with("Column 'id' is NOT NULL, however, a null value is being written into it.")) << end.message();
    }
  }
}

TEST(Job, TinyJobStartsFast) {
  Place p;
  TestControl c;
  auto m = p.Manager();
  std::vector<int64_t> took;
  for (int i = 0; i < 7; ++i) {
    plan::Values v;
    v.rows = RowsOf({1}, 1, 1);
    auto start = MonotonicNs();
    JobId id = m->Submit(PlanOf({SinkOf(MakeNode(std::move(v), {}, 1), p.out, &c, 1)}, {}), {}).value();
    ASSERT_TRUE(m->WaitFor(id).ok());
    took.push_back((MonotonicNs() - start) / 1000);
  }
  std::sort(took.begin(), took.end());
  std::cout << "tiny job, median of 7: " << took[3] << " us\n";
  EXPECT_LT(took[3], 20'000);
}

TEST(Job, IdleJobCostsLittle) {
  Place p;
  TestControl c;
  c.hold = true;
  TestSourceOptions o{.bounded = false};
  auto m = p.Manager();
  Options options{{"execution.checkpointing.interval", "10 s"}};
  JobId id = m->Submit(TwoSinks(p, &c, o, 2, options), {}).value();
  AwaitThat([&] { return m->Get(id)->vertices[0].state() == TaskState::kRunning; });
  int64_t cpu = ProcessCpuNs(), start = MonotonicNs();
  (void)m->WaitFor(id, 1s);
  double share = static_cast<double>(ProcessCpuNs() - cpu) / static_cast<double>(MonotonicNs() - start);
  std::cout << "idle job of 4 tasks: " << share * 100 << " % of a core\n";
  EXPECT_LT(share, 0.05);
}

TEST(RestartStrategyTest, ExponentialGrowsAndResets) {
  auto s = RestartStrategy::Make(config::OptionSet(Options{{"restart-strategy.exponential-delay.jitter-factor", "0"}}), true).value();
  EXPECT_EQ(*s.OnFailure(0), 1'000);
  EXPECT_EQ(*s.OnFailure(2'000), 1'500);
  EXPECT_EQ(*s.OnFailure(4'000), 2'250);
  for (int i = 0; i < 20; ++i) (void)s.OnFailure(5'000 + i);
  EXPECT_EQ(*s.OnFailure(6'000), 60'000);
  EXPECT_EQ(*s.OnFailure(6'000 + 3'700'000), 1'000);
  EXPECT_FALSE(RestartStrategy::Make(config::OptionSet(), false).value().OnFailure(0).has_value());
  EXPECT_FALSE(RestartStrategy::Make(config::OptionSet(Options{{"restart-strategy.type", "sometimes"}}), true).ok());
}
}  // namespace
}  // namespace tarn::job
