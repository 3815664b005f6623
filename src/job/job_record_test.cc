#include "job/job_record.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "job/checkpoint_store.h"
#include "state/durable_file.h"

namespace tarn::job {
namespace {
std::string Scratch() { return ::testing::TempDir() + "record-" + RandomHex32().substr(0, 12); }

TEST(JobRecordTest, RoundTripAndChangedBytes) {
  std::string dir = Scratch();
  JobRecord a{.id = RandomHex32(), .name = "n", .statement = "INSERT", .resubmission = std::string("x\0y", 3), .savepoint_path = "/p", .submit_time = 5, .ended = true};
  JobStatus& s = a.status;
  s.id = a.id;
  s.state = JobState::kFailed;
  s.failure = Status::Exhausted("disk full").WithDetail("d").WithHint("h");
  s.vertices.push_back({.id = "v", .name = "Source", .parallelism = 2, .inputs = {{"u", "HASH"}}, .subtasks = {{.subtask = 1, .records_in = 7}}});
  s.exceptions.push_back({.time = 3, .name = "E", .text = "t"});
  s.latest_completed = CheckpointStatus{.id = 9, .size_bytes = 100};
  s.checkpoints.push_back(*s.latest_completed);
  s.options = {{"a", "b"}};
  s.rows_in = 42;
  ASSERT_TRUE(WriteRecord(dir, a).ok());
  auto r = ReadRecord(dir);
  ASSERT_TRUE(r.ok()) << r.status().ToString();
  EXPECT_EQ(r->resubmission, a.resubmission);
  EXPECT_TRUE(r->ended);
  EXPECT_EQ(r->status.failure.ToString(), s.failure.ToString());
  EXPECT_EQ(r->status.vertices.at(0).subtasks.at(0).records_in, 7);
  EXPECT_EQ(r->status.vertices.at(0).inputs.at(0).ship_strategy, "HASH");
  EXPECT_EQ(r->status.latest_completed->id, 9);
  EXPECT_FALSE(r->status.latest_savepoint.has_value());
  EXPECT_EQ(r->status.options, s.options);
  std::string whole = state::ReadWholeFile(dir + "/job").value();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    std::ofstream(dir + "/job", std::ios::binary | std::ios::trunc) << bad;
    EXPECT_FALSE(ReadRecord(dir).ok()) << i;
    std::ofstream(dir + "/job", std::ios::binary | std::ios::trunc) << whole.substr(0, i);
    EXPECT_FALSE(ReadRecord(dir).ok()) << i;
  }
}

TEST(CheckpointStoreTest, RetainsTheNewestWholeOnes) {
  CheckpointStore store(Scratch(), 2);
  std::vector<std::string> warnings;
  EXPECT_FALSE(store.Latest(&warnings)->has_value());
  EXPECT_EQ(store.highest_id(), 0);
  for (int64_t id : {1, 2, 3, 10}) {
    state::Checkpoint c;
    c.id = id;
    ASSERT_TRUE(store.Write(c).ok());
  }
  ASSERT_TRUE(state::MakeFolders(store.PathOf(9)).ok());    // given up
  ASSERT_TRUE(state::MakeFolders(store.PathOf(11)).ok());   // being written
  EXPECT_EQ(store.Retain(10), (std::vector<int64_t>{9, 2, 1}));
  EXPECT_EQ(store.highest_id(), 11);
  EXPECT_EQ(store.Latest(&warnings)->value().checkpoint.id, 10);
  std::ofstream(store.PathOf(10) + "/_metadata", std::ios::trunc) << "nonsense";
  EXPECT_EQ(store.Latest(&warnings)->value().checkpoint.id, 3);
  ASSERT_EQ(warnings.size(), 1u);
  std::ofstream(store.PathOf(3) + "/_metadata", std::ios::trunc) << "nonsense";
  EXPECT_EQ(store.Latest(&warnings).status().code(), StatusCode::kCorrupt);
  EXPECT_TRUE(store.RemoveAll().ok());
}

TEST(JobStatusTest, VertexStateFolds) {
  VertexStatus v;
  v.subtasks.resize(2);
  EXPECT_EQ(v.state(), TaskState::kCreated);
  v.subtasks[0].state = TaskState::kRunning;
  v.subtasks[1].state = TaskState::kFinished;
  EXPECT_EQ(v.state(), TaskState::kRunning);
  v.subtasks[0].state = TaskState::kFinished;
  EXPECT_EQ(v.state(), TaskState::kFinished);
  v.subtasks[0].state = TaskState::kFailed;
  EXPECT_EQ(v.state(), TaskState::kFailed);
}
}  // namespace
}  // namespace tarn::job
