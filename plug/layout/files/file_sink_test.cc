#include "plug/layout/files/file_sink.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "plug/layout/files/directory.h"
#include "plug/layout/files/part_file.h"
#include "plug/layout/files/test_format.h"

namespace tarn::plug::files {
namespace {

namespace fs = std::filesystem;
using types::LogicalType;

// All committed partitions, in a log that survives the process.
class LogPolicy final : public CommitPolicy {
 public:
  explicit LogPolicy(std::string file) : file_(std::move(file)) {}
  Status Commit(const std::vector<CommittedPartition>& partitions) const override {
    std::ofstream out(file_, std::ios::app);
    for (const auto& p : partitions) out << PartitionPath(p.values) << "\n";
    return Status::OK();
  }
  const char* crash_point() const override { return "file-sink.before-partition"; }

 private:
  const std::string file_;
};

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("tarn_file_sink_" + std::to_string(MonotonicNs()));
    fs::create_directories(root_);
    location_ = root_ / "t";
    type_.Add("id", LogicalType::BigInt());
    type_.Add("v", LogicalType::String());
    type_.Add("dt", LogicalType::String());
  }
  void TearDown() override { fs::remove_all(root_); }

  FileSinkConfig Config(bool bulk, bool partitioned, bool streaming = true) {
    FileSinkConfig c;
    c.location = location_;
    if (bulk) c.format = std::make_shared<WholeFileFormat>();
    else c.format = std::make_shared<LineFormat>();
    c.row_type = type_;
    if (partitioned) c.partition_keys = {"dt"};
    c.streaming = streaming;
    c.commit.policies = {std::make_shared<LogPolicy>(Log()), MakeSuccessFilePolicy("_SUCCESS")};
    return c;
  }
  std::string Log() const { return root_ / "log"; }
  std::string LogText() const {
    std::ifstream in(Log());
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  static Batch Rows(int64_t first, int64_t n, std::vector<std::string> dts) {
    arrow::Int64Builder id;
    arrow::StringBuilder v, dt;
    for (int64_t i = 0; i < n; ++i) {
      const auto& d = dts[static_cast<size_t>(i) % dts.size()];
      EXPECT_TRUE(id.Append(first + i).ok() && v.Append("v" + std::to_string(first + i)).ok() && (d == "~" ? dt.AppendNull() : dt.Append(d)).ok());
    }
    return Batch(n, {id.Finish().ValueOrDie(), v.Finish().ValueOrDie(), dt.Finish().ValueOrDie()});
  }
  // What another reader sees: ids in visible files, with their directories.
  std::multiset<std::string> Visible() const {
    std::multiset<std::string> out;
    if (!fs::exists(location_)) return out;
    for (auto it = fs::recursive_directory_iterator(location_); it != fs::recursive_directory_iterator(); ++it) {
      const std::string name = it->path().filename();
      if (name[0] == '.' || name[0] == '_') {
        if (it->is_directory()) it.disable_recursion_pending();
        continue;
      }
      if (!it->is_regular_file()) continue;
      EXPECT_TRUE(name.starts_with("part-")) << name;
      std::ifstream in(it->path());
      for (std::string line; std::getline(in, line);) {
        if (line[0] == '#') continue;
        const std::string dir = it->path().parent_path().lexically_relative(location_);
        out.insert((dir == "." ? "" : dir + ":") + line.substr(0, line.find(',')));
      }
    }
    return out;
  }
  size_t Files(const std::string& part) const {
    size_t n = 0;
    for (auto& e : fs::recursive_directory_iterator(location_)) n += e.is_regular_file() && std::string(e.path().filename()).find(part) != std::string::npos;
    return n;
  }
  fs::path root_;
  std::string location_;
  RowType type_;
};

table::SubtaskContext Subtask(int i, int n) {
  table::SubtaskContext c;
  c.subtask = i;
  c.parallelism = n;
  c.job_id = "job";
  c.operator_name = "sink";
  return c;
}

// A job's sink: writers, a committer, checkpoints whose states live on disk as a coordinator would keep them.
struct SinkRun {
  std::unique_ptr<FileSink> sink;
  std::vector<std::unique_ptr<table::SinkWriter>> writers;
  std::unique_ptr<table::SinkCommitter> committer;
  struct State {
    CheckpointId id = 0;
    std::string committer;
    std::vector<std::string> writers;
  };

  SinkRun(FileSinkConfig config, int parallelism, const std::optional<State>& restored = std::nullopt) {
    sink = FileSink::Make(std::move(config)).value();
    committer = sink->CreateCommitter(Subtask(0, 1)).value();
    Check(committer->Open(restored ? std::optional<std::string>(restored->committer) : std::nullopt));
    if (restored) Check(committer->Commit(restored->id));
    for (int i = 0; i < parallelism; ++i) {
      writers.push_back(sink->CreateWriter(Subtask(i, parallelism)).value());
      std::optional<table::SinkWriter::Restored> r;
      if (restored) {
        r.emplace();
        r->checkpoint = restored->id;
        for (size_t k = 0; k < restored->writers.size(); ++k) if (static_cast<int>(k) % parallelism == i) r->states.push_back(restored->writers[k]);
      }
      Check(writers.back()->Open(r));
    }
  }
  static void Check(const Status& s) { EXPECT_TRUE(s.ok()) << s.ToString(); }
  State Prepare(CheckpointId id, EventTime watermark = EventTime::Min(), bool end = false) {
    State s;
    s.id = id;
    std::vector<table::Committable> committables;
    for (size_t i = 0; i < writers.size(); ++i) {
      Check(writers[i]->OnWatermark({watermark}));
      committables.push_back({static_cast<int>(i), writers[i]->PrepareCommit(id, end).value()});
      s.writers.push_back(writers[i]->Snapshot(id).value());
    }
    s.committer = committer->Prepare(id, committables, watermark, end).value();
    return s;
  }
  void Commit(CheckpointId id) {
    Check(committer->Commit(id));
    for (auto& w : writers) Check(w->OnCheckpointComplete(id));
  }
  State Checkpoint(CheckpointId id, EventTime watermark = EventTime::Min(), bool end = false) {
    State s = Prepare(id, watermark, end);
    Commit(id);
    return s;
  }
};

TEST_F(FileSinkTest, NothingIsVisibleBeforeTheCommit) {
  SinkRun run(Config(true, true), 2);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 4, {"a", "b"})));
  SinkRun::Check(run.writers[1]->Write(Rows(4, 2, {"a"})));
  EXPECT_TRUE(Visible().empty());
  run.Prepare(1);
  EXPECT_TRUE(Visible().empty());
  EXPECT_EQ(Files(".inprogress."), 3u);
  run.Commit(1);
  EXPECT_EQ(Visible(), (std::multiset<std::string>{"dt=a:0", "dt=b:1", "dt=a:2", "dt=b:3", "dt=a:4", "dt=a:5"}));
  EXPECT_EQ(Files(".inprogress."), 0u);
  EXPECT_EQ(Files("_SUCCESS"), 2u);
  EXPECT_EQ(LogText(), "dt=a\ndt=b\n");
  EXPECT_EQ(run.committer->partitions_committed(), 2);
  run.Checkpoint(2);   // nothing new: nothing is done
  EXPECT_EQ(LogText(), "dt=a\ndt=b\n");
}

TEST_F(FileSinkTest, PartitionValuesAreEscaped) {
  SinkRun run(Config(true, true), 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 5, {"a/b", "~", "", "x=1%", "2024-01-01 00:00"})));
  run.Checkpoint(1);
  EXPECT_EQ(Visible(), (std::multiset<std::string>{"dt=a%2Fb:0", "dt=__DEFAULT_PARTITION__:1", "dt=__DEFAULT_PARTITION__:2", "dt=x%3D1%25:3", "dt=2024-01-01 00%3A00:4"}));
}

TEST_F(FileSinkTest, RecordFilesStayOpenUntilTheyRollAndSurviveARestore) {
  auto config = Config(false, false);
  SinkRun::State state;
  {
    SinkRun run(config, 2);
    SinkRun::Check(run.writers[0]->Write(Rows(0, 10, {"a"})));
    SinkRun::Check(run.writers[1]->Write(Rows(10, 10, {"a"})));
    state = run.Checkpoint(1);
    EXPECT_TRUE(Visible().empty());
    SinkRun::Check(run.writers[0]->Write(Rows(1000, 10, {"a"})));   // lost by the crash, will come again
    SinkRun::Check(run.writers[0]->Snapshot(2).status());           // even when it reached the disk
  }
  SinkRun run(config, 1, state);   // fewer writers
  SinkRun::Check(run.writers[0]->Write(Rows(20, 10, {"a"})));
  state = run.Checkpoint(3, EventTime::Max(), true);
  std::multiset<std::string> expected;
  for (int i = 0; i < 30; ++i) expected.insert(std::to_string(i));
  EXPECT_EQ(Visible(), expected);
  EXPECT_EQ(Files(".inprogress."), 0u);
}

TEST_F(FileSinkTest, RollsBySizeAndByTime) {
  auto config = Config(false, false);
  config.rolling.file_bytes = 100;
  config.rolling.rollover_ms = 10'000;
  SinkRun run(config, 1);
  for (int i = 0; i < 10; ++i) SinkRun::Check(run.writers[0]->Write(Rows(i * 10, 10, {"a"})));
  SinkRun::Check(run.writers[0]->Write(Rows(100, 1, {"a"})));
  run.Checkpoint(1);
  EXPECT_EQ(Visible().size(), 100u);   // two batches a file
  EXPECT_EQ(Files("part-"), 6u);
  SinkRun::Check(run.writers[0]->OnProcessingTime(WallClockMs() + 70'000));
  run.Checkpoint(2);
  EXPECT_EQ(Visible().size(), 101u);
}

TEST_F(FileSinkTest, OrphansAreRemovedAndOthersAreLeftAlone) {
  auto config = Config(true, true);
  SinkRun::State state;
  {
    SinkRun run(config, 2);
    SinkRun::Check(run.writers[0]->Write(Rows(0, 4, {"a", "b"})));
    state = run.Checkpoint(1);
    SinkRun::Check(run.writers[0]->Write(Rows(4, 4, {"a", "b"})));
    run.Prepare(2);   // closed, but the checkpoint never becomes durable
  }
  EXPECT_EQ(Files(".inprogress."), 2u);
  std::ofstream(location_ + "/dt=a/.part-00000000-0000-0000-0000-000000000000-0-0.inprogress.other") << "x";
  SinkRun run(config, 2, state);
  EXPECT_EQ(Files(".inprogress."), 1u);
  EXPECT_EQ(Visible().size(), 4u);
}

TEST_F(FileSinkTest, ADroppedCheckpointLosesNothing) {
  SinkRun run(Config(true, true), 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 2, {"a"})));
  SinkRun::Check(run.writers[0]->PrepareCommit(1, false).status());   // the coordinator never hears of it
  SinkRun::Check(run.writers[0]->Write(Rows(2, 2, {"a"})));
  run.Prepare(2);   // prepared, never completed
  run.Checkpoint(3);
  EXPECT_EQ(Visible().size(), 4u);
  EXPECT_EQ(LogText(), "dt=a\n");
}

TEST_F(FileSinkTest, PartitionTimeCommitsWhenTheWatermarkPasses) {
  auto config = Config(true, true);
  config.commit.trigger = PartitionCommit::Trigger::kPartitionTime;
  config.commit.delay_ms = 3'600'000;
  config.commit.extractor.pattern = "$dt 00:00:00";
  const int64_t day = 19723 * 86'400'000LL;   // 2024-01-01
  SinkRun run(config, 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 1, {"2024-01-01"})));
  run.Checkpoint(1, {day + 3'600'000});
  EXPECT_EQ(Visible().size(), 1u);   // files are visible at once, the partition is not committed
  EXPECT_EQ(LogText(), "");
  run.Checkpoint(2, {day + 3'600'001});
  EXPECT_EQ(LogText(), "dt=2024-01-01\n");
  SinkRun::Check(run.writers[0]->Write(Rows(1, 1, {"2024-01-01"})));   // late: committed again
  run.Checkpoint(3, {day + 3'600'002});
  EXPECT_EQ(LogText(), "dt=2024-01-01\ndt=2024-01-01\n");
  SinkRun::Check(run.writers[0]->Write(Rows(2, 1, {"2024-01-02"})));
  auto state = run.Checkpoint(4, {day + 3'600'003});
  // The waiting partition survives a restore, and the end of input commits it.
  SinkRun again(config, 1, state);
  again.Checkpoint(5, {day}, true);
  EXPECT_EQ(LogText(), "dt=2024-01-01\ndt=2024-01-01\ndt=2024-01-02\n");
}

TEST_F(FileSinkTest, ProcessTimeWaitsForItsDelay) {
  auto config = Config(false, true);
  config.commit.delay_ms = 60;
  SinkRun run(config, 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 1, {"a"})));
  run.Checkpoint(1);
  EXPECT_EQ(LogText(), "");
  const int64_t start = MonotonicMs();
  CheckpointId id = 2;
  while (LogText().empty() && MonotonicMs() - start < 5000) run.Checkpoint(id++);
  EXPECT_EQ(LogText(), "dt=a\n");
  EXPECT_GE(MonotonicMs() - start, 55);
  EXPECT_EQ(Visible().size(), 1u);   // the record file was closed for the commit
}

TEST_F(FileSinkTest, BatchPublishesAtTheEndAndOverwrites) {
  auto write = [&](bool overwrite, std::map<std::string, std::string> spec, int64_t first, std::vector<std::string> dts, int64_t n = 2) {
    SinkRun run(Config(true, true, false), 2);
    SinkRun::Check(run.sink->ApplyOverwrite(overwrite));
    SinkRun::Check(run.sink->ApplyStaticPartition(spec));
    run.committer = run.sink->CreateCommitter(Subtask(0, 1)).value();
    if (n > 0) SinkRun::Check(run.writers[0]->Write(Rows(first, n, dts)));
    const auto before = Visible();
    auto s = run.Prepare(1, EventTime::Max(), true);
    EXPECT_EQ(Visible(), before);
    run.Commit(1);
    EXPECT_EQ(Files(".staging"), 0u);
  };
  write(false, {}, 0, {"a", "b"});
  EXPECT_EQ(Visible(), (std::multiset<std::string>{"dt=a:0", "dt=b:1"}));
  EXPECT_EQ(Files("-task-0-file-"), 2u);
  write(false, {}, 2, {"a", "b"});
  EXPECT_EQ(Visible().size(), 4u);
  write(true, {}, 10, {"a"});   // dynamic: only what is written
  EXPECT_EQ(Visible(), (std::multiset<std::string>{"dt=a:10", "dt=a:11", "dt=b:1", "dt=b:3"}));
  write(true, {{"dt", "b"}}, 0, {}, 0);   // static, without rows: emptied
  EXPECT_EQ(Visible(), (std::multiset<std::string>{"dt=a:10", "dt=a:11"}));
  {   // a batch that fails leaves nothing
    SinkRun run(Config(true, true, false), 1);
    SinkRun::Check(run.writers[0]->Write(Rows(50, 2, {"z"})));
  }
  EXPECT_EQ(Visible().size(), 2u);
  for (auto& e : fs::directory_iterator(location_)) EXPECT_FALSE(std::string(e.path().filename()).starts_with(".staging")) << e.path();
  SinkRun streaming(Config(true, true), 1);
  EXPECT_EQ(streaming.sink->ApplyOverwrite(true).message(), "Streaming mode not support overwrite.");
  EXPECT_EQ(streaming.sink->ApplyStaticPartition({{"dx", "1"}}).hint(), "did you mean 'dt'?");
}

// Dies at every crash point in turn and comes back; the commit is complete, and done once for each row.
TEST_F(FileSinkTest, CrashPoints) {
  for (const char* point : {"file-sink.before-rename", "file-sink.before-partition", "file-sink.before-success"}) {
    for (int pass = 1; pass <= 5; ++pass) {
      fs::remove_all(location_);
      fs::remove(Log());
      const std::string state_file = root_ / "state";
      fs::remove(state_file);
      auto life = [&](bool with_crash) {   // runs from the last state to the end: 6 checkpoints of 8 rows
        const pid_t child = fork();
        if (child == 0) {
          if (with_crash) setenv("TARN_CRASH", (std::string(point) + ":" + std::to_string(pass)).c_str(), 1);
          else unsetenv("TARN_CRASH");
          char self[] = "/proc/self/exe", filter[] = "--gtest_filter=FileSinkLife.DISABLED_Child", anyhow[] = "--gtest_also_run_disabled_tests";
          setenv("TARN_TEST_LIFE", root_.c_str(), 1);
          char* args[] = {self, filter, anyhow, nullptr};
          if (freopen("/dev/null", "w", stdout) == nullptr) _exit(98);
          execve(self, args, ::environ);
          _exit(99);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WEXITSTATUS(status);
      };
      EXPECT_EQ(life(true), 137) << point << pass;
      EXPECT_EQ(life(false), 0) << point << pass;
      std::multiset<std::string> expected;
      for (int i = 0; i < 48; ++i) expected.insert(std::string(i % 2 ? "dt=b:" : "dt=a:") + std::to_string(i));
      EXPECT_EQ(Visible(), expected) << point << pass;
      EXPECT_EQ(Files(".inprogress."), 0u);
      EXPECT_EQ(Files("_SUCCESS"), 2u);
    }
  }
}

// Not a test of its own: the child process of CrashPoints.
TEST(FileSinkLife, DISABLED_Child) {
  const char* root = getenv("TARN_TEST_LIFE");
  ASSERT_NE(root, nullptr) << "run by FileSinkTest.CrashPoints";
  const std::string state_file = std::string(root) + "/state";
  FileSinkConfig config;
  config.location = std::string(root) + "/t";
  config.format = std::make_shared<WholeFileFormat>();
  config.row_type.Add("id", LogicalType::BigInt());
  config.row_type.Add("v", LogicalType::String());
  config.row_type.Add("dt", LogicalType::String());
  config.partition_keys = {"dt"};
  config.commit.policies = {std::make_shared<LogPolicy>(std::string(root) + "/log"), MakeSuccessFilePolicy("_SUCCESS")};
  std::optional<SinkRun::State> state;
  if (std::ifstream in(state_file, std::ios::binary); in) {
    state.emplace();
    in >> state->id;
    auto get = [&in] {
      size_t n = 0;
      in >> n;
      in.get();
      std::string t(n, 0);
      in.read(t.data(), static_cast<long>(n));
      return t;
    };
    state->committer = get();
    for (int i = 0; i < 2; ++i) state->writers.push_back(get());
  }
  SinkRun run(config, 2, state);
  for (CheckpointId id = state ? state->id + 1 : 1; id <= 6; ++id) {
    for (int w = 0; w < 2; ++w) {
      arrow::Int64Builder n;
      arrow::StringBuilder v, dt;
      for (int i = 0; i < 4; ++i) {
        const int64_t row = (id - 1) * 8 + w * 4 + i;
        ASSERT_TRUE(n.Append(row).ok() && v.Append("x").ok() && dt.Append(row % 2 ? "b" : "a").ok());
      }
      SinkRun::Check(run.writers[static_cast<size_t>(w)]->Write(Batch(4, {n.Finish().ValueOrDie(), v.Finish().ValueOrDie(), dt.Finish().ValueOrDie()})));
    }
    const auto s = run.Prepare(id, EventTime::Min(), id == 6);
    {
      std::ofstream out(state_file + ".tmp", std::ios::binary);
      out << s.id << ' ' << s.committer.size() << ' ' << s.committer;
      for (const auto& w : s.writers) out << w.size() << ' ' << w;
    }
    fs::rename(state_file + ".tmp", state_file);
    run.Commit(id);
  }
}

TEST_F(FileSinkTest, AFullDiskIsSaidAndNothingIsPublished) {
  auto file = PartFile::Create(LineFormat(), type_, "/dev/full/x", 0);
  EXPECT_FALSE(file.ok());
  // /dev/full takes no byte: a record file on it fails with the system's words.
  auto resumed = PartFile::Resume(LineFormat(), type_, "/dev/full", 0, 0, 0);
  if (resumed.ok()) {
    SinkRun::Check((*resumed)->Write(Rows(0, 10, {"a"}), 0));
    Status s = (*resumed)->Sync().status();
    EXPECT_EQ(s.code(), StatusCode::kExhausted);
    EXPECT_EQ(s.detail(), "No space left on device");
  }
}

TEST_F(FileSinkTest, AMissingFileIsNotSilentlyForgotten) {
  auto config = Config(true, false);
  SinkRun run(config, 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 1, {"a"})));
  auto state = run.Prepare(1);
  for (auto& e : fs::directory_iterator(location_)) fs::remove(e.path());
  Status s = run.committer->Commit(1);
  EXPECT_EQ(s.code(), StatusCode::kCorrupt);
  EXPECT_NE(s.message().find("neither it nor its in-progress form exists"), std::string::npos);
}

TEST_F(FileSinkTest, BrokenStatesAreRefused) {
  SinkRun run(Config(true, true), 1);
  SinkRun::Check(run.writers[0]->Write(Rows(0, 2, {"a", "b"})));
  auto state = run.Prepare(1);
  for (size_t n = 1; n < state.committer.size(); n += 7) {
    auto sink = FileSink::Make(Config(true, true)).value();
    EXPECT_EQ(sink->CreateCommitter(Subtask(0, 1)).value()->Open(state.committer.substr(0, n)).code(), StatusCode::kCorrupt);
  }
}

TEST_F(FileSinkTest, CommitIsQuick) {
  SinkRun run(Config(true, true), 2);
  for (int i = 0; i < 2; ++i) SinkRun::Check(run.writers[static_cast<size_t>(i)]->Write(Rows(0, 1000, {"a", "b", "c"})));
  run.Prepare(1);
  const int64_t start = MonotonicMs();
  run.Commit(1);
  printf("file sink: commit of 6 files in 3 partitions took %ld ms\n", static_cast<long>(MonotonicMs() - start));
}

}  // namespace
}  // namespace tarn::plug::files
