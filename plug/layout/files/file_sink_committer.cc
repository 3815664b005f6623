#include "plug/layout/files/file_sink_committer.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "plug/layout/files/directory.h"
#include "plug/layout/files/state_codec.h"

namespace tarn::plug::files {

namespace {
constexpr char kOwnerFile[] = ".owner";             // locked by the job that stages here
constexpr char kCommittingFile[] = ".committing";   // the files here belong to a commit that may be repeated after a crash
constexpr char kNew[] = ".new";                     // the owner file until it is locked
constexpr int kStageTries = 20;
constexpr int64_t kAbandonedMs = 24LL * 3600 * 1000;
}

FileSinkCommitter::FileSinkCommitter(const FileSinkConfig& config, Overwrite overwrite, std::string staging)
    : config_(config), overwrite_(std::move(overwrite)), staging_(std::move(staging)) {}

FileSinkCommitter::~FileSinkCommitter() {
  if (config_.streaming || staging_.empty() || commit_begun_ || !Exists(Absolute(staging_))) return;   // a commit may be repeated
  if (Status s = RemoveStage(staging_); !s.ok()) LogWarn("file sink: {}", s.ToString());
}

// Its lock goes last: a stage without one is nobody's, and killed in between it could not be told from one that is just being made.
Status FileSinkCommitter::RemoveStage(const std::string& stage) {
  const std::string directory = Absolute(stage);
  for (const DirectoryEntry& e : TRY(ListDirectory(directory))) {
    if (!e.name.starts_with(kOwnerFile)) TRY(RemoveTree(directory + "/" + e.name));
  }
  return RemoveTree(directory);
}

// A batch INSERT whose process was killed leaves its staging directory behind: nobody holds the lock in it, and the next job that
// writes the table removes it.
Status FileSinkCommitter::RemoveOldStages() {
  for (const DirectoryEntry& e : TRY(ListDirectory(config_.location))) {
    if (!e.directory || !e.name.starts_with(kStagingPrefix) || e.name == staging_) continue;
    const std::string directory = Absolute(e.name);
    std::string lock = directory + "/" + kOwnerFile;
    if (!Exists(lock)) lock += kNew;
    if (!Exists(lock)) {
      ::rmdir(directory.c_str());   // if it is empty; who is just making it tries again
      continue;
    }
    if (struct stat st {}; ::stat((directory + "/" + kCommittingFile).c_str(), &st) == 0 && WallClockMs() - st.st_mtim.tv_sec * 1000 < kAbandonedMs) continue;
    auto taken = FileLock::TryTake(lock, false);
    if (!taken.ok() || *taken == nullptr) continue;   // in use, or gone meanwhile
    LogInfo("file sink: removing {}, which a job that was killed left behind", directory);
    TRY(RemoveStage(e.name));
  }
  return Status::OK();
}

Status FileSinkCommitter::Stage() {
  if (config_.streaming || staging_.empty()) return Status::OK();
  const std::string lock = Absolute(staging_) + "/" + kOwnerFile;
  Status last;
  for (int attempt = 0; attempt < kStageTries; ++attempt) {   // another job may take it for an old one before it is locked
    TRY(MakeDirectories(Absolute(staging_)));
    auto taken = FileLock::TryTake(lock + kNew, true);
    if (!taken.ok()) last = taken.status();
    if (!taken.ok() || *taken == nullptr) continue;
    auto renamed = RenameOnce(lock + kNew, lock);
    if (!renamed.ok()) last = renamed.status();
    if (!renamed.ok()) continue;
    owner_ = std::move(*taken);
    return Status::OK();
  }
  return last.ok() ? Status::Unavailable("staging directory '" + Absolute(staging_) + "' can't be locked") : last;
}

Status FileSinkCommitter::Open(const std::optional<std::string>& restored_state) {
  TRY(Stage());
  if (Status s = RemoveOldStages(); !s.ok()) LogWarn("file sink: {}", s.ToString());
  if (!restored_state || restored_state->empty()) return Status::OK();
  StateReader r(*restored_state);
  const int64_t version = r.Int();
  auto counts = [&r] { return Counts{r.Int(), r.Int(), r.Int(), r.Int()}; };
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) {
    Pending& p = pending_[r.Int()];
    const std::string files = r.Text();
    if (!r.ok()) break;
    p.files = TRY(DecodeFiles(files));
    for (int64_t k = r.Count(); k > 0 && r.ok(); --k) {
      const std::string partition = r.Text();
      p.partitions[partition] = counts();
    }
    for (const auto& f : p.files) seen_.insert(f.temporary);
  }
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) {
    const std::string partition = r.Text();
    waiting_[partition] = counts();
  }
  if (!r.done() || version != 1) return Status::Corrupt("the file sink's committer state can't be read");
  return Status::OK();
}

std::string FileSinkCommitter::Encode() const {
  StateWriter w;
  auto counts = [&w](const Counts& c) { w.Int(c.since_ms).Int(c.files).Int(c.rows).Int(c.bytes); };
  w.Int(1).Int(static_cast<int64_t>(pending_.size()));
  for (const auto& [id, p] : pending_) {
    w.Int(id).Text(EncodeFiles(p.files)).Int(static_cast<int64_t>(p.partitions.size()));
    for (const auto& [partition, c] : p.partitions) {
      w.Text(partition);
      counts(c);
    }
  }
  w.Int(static_cast<int64_t>(waiting_.size()));
  for (const auto& [partition, c] : waiting_) {
    w.Text(partition);
    counts(c);
  }
  return w.Take();
}

Result<bool> FileSinkCommitter::IsReady(const std::string& partition, const Counts& counts, EventTime watermark, bool end_of_input) const {
  if (end_of_input || !config_.streaming) return true;
  const PartitionCommit& c = config_.commit;
  if (c.trigger == PartitionCommit::Trigger::kProcessTime) return c.delay_ms == 0 || WallClockMs() > counts.since_ms + c.delay_ms;
  return PartitionTimePassed(config_, partition, watermark);
}

Result<std::string> FileSinkCommitter::Prepare(CheckpointId id, const std::vector<table::Committable>& committables, EventTime watermark, bool end_of_input) {
  Pending pending;
  const int64_t now = WallClockMs();
  for (const auto& c : committables) {
    for (PendingFile& f : TRY(DecodeFiles(c.bytes))) {
      if (!seen_.insert(f.temporary).second) continue;   // given before
      Counts& w = waiting_[f.partition];
      if (w.since_ms == 0) w.since_ms = now;
      ++w.files;
      w.rows += f.rows;
      w.bytes += f.bytes;
      pending.files.push_back(std::move(f));
    }
  }
  // Partitions are committed in streaming mode only when the table has some; a batch commits the table itself too.
  const bool partitioned = !config_.partition_keys.empty();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if ((partitioned || !config_.streaming) && !TRY(IsReady(it->first, it->second, watermark, end_of_input))) {
      ++it;
      continue;
    }
    if (partitioned || !config_.streaming) pending.partitions.insert(*it);
    it = waiting_.erase(it);
  }
  if (!config_.streaming) {
    if (owner_) TRY(WriteEmptyFile(Absolute(staging_) + "/" + kCommittingFile));
    // An overwritten static partition (or a whole table) exists afterwards even when no row was written.
    PartitionValues values;
    for (const auto& key : config_.partition_keys) {
      auto it = overwrite_.static_partition.find(key);
      if (it != overwrite_.static_partition.end()) values.emplace_back(key, it->second.empty() ? config_.default_partition : it->second);
    }
    if (values.size() == config_.partition_keys.size() && (overwrite_.on || !values.empty())) pending.partitions.emplace(PartitionPath(values), Counts{now, 0, 0, 0});
  }
  if (!pending.files.empty() || !pending.partitions.empty()) {
    Pending& p = pending_[id];
    p.files.insert(p.files.end(), std::make_move_iterator(pending.files.begin()), std::make_move_iterator(pending.files.end()));
    p.partitions.merge(pending.partitions);
  }
  return Encode();
}

Status FileSinkCommitter::Commit(CheckpointId id) {
  bool first = true;
  commit_begun_ = true;
  std::set<std::string> done;
  for (auto it = pending_.begin(); it != pending_.end() && it->first <= id; it = pending_.erase(it)) {
    if (first) TARN_CRASH_POINT("file-sink.before-rename");
    first = false;
    TRY(PublishFiles(it->second.files));
    if (overwrite_.on) TRY(RemoveOverwritten(it->second.files));
    TRY(CommitPartitions(it->second.partitions));
    for (auto& f : it->second.files) done.insert(std::move(f.temporary));
  }
  if (first) return Status::OK();
  seen_ = std::move(done);
  for (const auto& [later, p] : pending_) for (const auto& f : p.files) seen_.insert(f.temporary);
  if (config_.streaming || staging_.empty()) return Status::OK();
  for (const std::string& temporary : seen_) {   // after a restore: of the life before
    const std::string stage = temporary.substr(0, temporary.find('/'));
    if (stage.starts_with(kStagingPrefix) && stage != staging_ && Exists(Absolute(stage))) TRY(RemoveStage(stage));
  }
  return Exists(Absolute(staging_)) ? RemoveStage(staging_) : Status::OK();
}

Status FileSinkCommitter::PublishFiles(const std::vector<PendingFile>& files) {
  std::set<std::string> made;
  for (const PendingFile& f : files) {
    if (!config_.streaming && made.insert(f.partition).second) TRY(MakeDirectories(Absolute(f.partition)));
    TRY(RenameOnce(Absolute(f.temporary), Absolute(f.target)));
  }
  std::set<std::string> synced;
  for (const PendingFile& f : files) TRY(SyncUpTo(Absolute(f.partition), config_.location, &synced));
  return Status::OK();
}

Status FileSinkCommitter::CommitPartitions(const std::map<std::string, Counts>& partitions) {
  if (partitions.empty()) return Status::OK();
  std::vector<CommittedPartition> list;
  for (const auto& [path, c] : partitions) {
    CommittedPartition p;
    p.values = TRY(ParsePartitionPath(path, path.empty() ? std::vector<std::string>{} : config_.partition_keys));
    p.directory = Absolute(path);
    if (!config_.streaming) TRY(MakeDirectories(p.directory));
    p.files = c.files;
    p.rows = c.rows;
    p.bytes = c.bytes;
    list.push_back(std::move(p));
  }
  for (const auto& policy : config_.commit.policies) {
    TARN_CRASH_POINT(policy->crash_point());
    TRY(policy->Commit(list));
  }
  committed_ += static_cast<int64_t>(list.size());
  return Status::OK();
}

// Runs after the new files are in place: a crash in between leaves old and new rows side by side, never a hole, and a repeated
// commit finishes the work.
Status FileSinkCommitter::RemoveOverwritten(const std::vector<PendingFile>& files) {
  std::map<std::string, std::set<std::string>> keep;   // directory -> names
  for (const PendingFile& f : files) keep[f.partition].insert(f.target.substr(f.target.rfind('/') + 1));
  if (config_.partition_keys.empty()) {
    keep[""];
  } else if (overwrite_.static_partition.size() == config_.partition_keys.size()) {
    PartitionValues values;
    for (const auto& key : config_.partition_keys) values.emplace_back(key, overwrite_.static_partition.at(key));
    keep[PartitionPath(values)];
  }
  for (const auto& [directory, names] : keep) {
    for (const DirectoryEntry& e : TRY(ListDirectory(Absolute(directory)))) {
      if (IsHidden(e.name) || names.count(e.name)) continue;
      TRY(RemoveTree(Absolute(directory) + "/" + e.name));
    }
    if (Exists(Absolute(directory))) TRY(SyncDirectory(Absolute(directory)));
  }
  return Status::OK();
}

}  // namespace tarn::plug::files
