#include "plug/layout/files/file_sink_writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "plug/layout/files/directory.h"
#include "plug/layout/files/state_codec.h"

namespace tarn::plug::files {
namespace {

constexpr size_t kOpenFilesMax = 512;   // of one writer; the least recently used is closed first
constexpr std::string_view kInProgress = ".inprogress.";

std::string JobTag(const table::SubtaskContext& context) {
  uint64_t h = 0xcbf29ce484222325ull;
  for (char c : context.job_id + "/" + context.operator_name) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  char text[20];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(h));
  return text;
}

std::string Join2(const std::string& a, const std::string& b) { return a.empty() ? b : b.empty() ? a : a + "/" + b; }

// Of "part-<uuid, 36 characters>-<subtask>-<number>...": the uuid and the number, which is negative when it isn't such a name.
std::pair<std::string, int64_t> FinalName(std::string_view name) {
  constexpr std::string_view kStart = "part-";
  constexpr size_t kUuid = 36;
  if (!name.starts_with(kStart) || name.size() <= kStart.size() + kUuid || name[kStart.size() + kUuid] != '-') return {"", -1};
  auto number = [](std::string_view text) -> int64_t {
    int64_t v = 0;
    size_t i = 0;
    for (; i < text.size() && i < 18 && text[i] >= '0' && text[i] <= '9'; ++i) v = v * 10 + (text[i] - '0');
    return i == 0 ? -1 : v;
  };
  const std::string_view rest = name.substr(kStart.size() + kUuid + 1);
  const size_t dash = rest.find('-');
  if (dash == std::string_view::npos || number(rest.substr(0, dash)) < 0) return {"", -1};
  return {std::string(name.substr(kStart.size(), kUuid)), number(rest.substr(dash + 1))};
}

// The subtask in ".part-<uuid, 36 characters>-<subtask>-...", -1 when it isn't such a name.
int SubtaskOf(std::string_view name) {
  constexpr std::string_view kStart = ".part-";
  const size_t at = kStart.size() + 37;
  if (!name.starts_with(kStart) || name.size() <= at || name[at - 1] != '-') return -1;
  int v = 0;
  size_t i = at;
  for (; i < name.size() && name[i] >= '0' && name[i] <= '9' && v < 1'000'000; ++i) v = v * 10 + (name[i] - '0');
  return i == at ? -1 : v;
}

}  // namespace

std::string EncodeFiles(const std::vector<PendingFile>& files) {
  StateWriter w;
  w.Int(1).Int(static_cast<int64_t>(files.size()));
  for (const PendingFile& f : files) w.Text(f.partition).Text(f.temporary).Text(f.target).Int(f.rows).Int(f.bytes);
  return w.Take();
}

Result<std::vector<PendingFile>> DecodeFiles(std::string_view bytes) {
  std::vector<PendingFile> out;
  if (bytes.empty()) return out;
  StateReader r(bytes);
  const int64_t version = r.Int();
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) {
    PendingFile f;
    f.partition = r.Text();
    f.temporary = r.Text();
    f.target = r.Text();
    f.rows = r.Int();
    f.bytes = r.Int();
    out.push_back(std::move(f));
  }
  if (!r.done() || version != 1) return Status::Corrupt("the file sink's committable can't be read");
  return out;
}

FileSinkWriter::FileSinkWriter(const FileSinkConfig& config, const table::SubtaskContext& context, std::string staging)
    : config_(config), context_(context), staging_(std::move(staging)), job_tag_(JobTag(context)), uuid_(RandomUuid()), partitions_(config_) {
  tag_ = RandomHex32().substr(0, 16) + "-" + job_tag_;
  file_type_ = partitions_.file_type();
}

Status FileSinkWriter::Open(const std::optional<Restored>& restored) {
  const int64_t now = WallClockMs();
  TRY(MakeDirectories(config_.location));
  last_check_ms_ = now;
  if (!config_.streaming) return Status::OK();
  Found found;
  if (!restored) {
    if (context_.job_id.empty()) return Status::OK();
    found.tags.push_back("-" + job_tag_);
    return RemoveOrphans("", config_.partition_keys.size(), found, config_.created_ms);
  }
  for (const std::string& state : restored->states) if (!state.empty()) TRY(RestoreState(state, &found));
  if (found.tags.empty()) return Status::OK();
  tag_ = found.tags[0];
  return RemoveOrphans("", config_.partition_keys.size(), found, 0);
}

Status FileSinkWriter::RestoreState(const std::string& bytes, Found* found) {
  StateReader r(bytes);
  const int64_t version = r.Int();
  found->tags.push_back(r.Text());
  bool own = false;   // of this job; else of a savepoint, whose job may go on and publish
  if (version >= 2) {
    const std::string job_tag = r.Text(), uuid = r.Text();
    const int64_t counter = r.Int();
    own = job_tag == job_tag_ && r.ok();
    if (own && found->published.empty()) {   // the same names again: so a later life knows what this one published
      uuid_ = uuid;
      counter_ = counter;
    }
    if (own) found->published.emplace(uuid, counter);
  }
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) {
    const std::string partition = r.Text();
    Bucket b;
    b.temporary = r.Text();
    b.target = r.Text();
    const int64_t length = r.Int(), rows = r.Int(), created = r.Int();
    b.first_row_ms = r.Int();
    if (!r.ok()) break;
    found->known.push_back(b.temporary);
    const std::string full = config_.location + "/" + b.temporary;
    if (own && !Exists(full) && Exists(config_.location + "/" + b.target)) {
      LogWarn("file sink: {} was published by a checkpoint that is lost; it is in progress again", b.target);
      TRY(RenameOnce(config_.location + "/" + b.target, full));
    }
    b.file = TRY(PartFile::Resume(*config_.format, file_type_, full, length, rows, created));
    b.used = ++uses_;
    auto [it, fresh] = buckets_.try_emplace(partition, std::move(b));
    if (!fresh) TRY(Close(partition, &b));   // two former subtasks had a file open here: this one is published as it is
  }
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) found->known.push_back(r.Text());
  if (!r.done() || version < 1 || version > 2) return Status::Corrupt("the file sink's state can't be read");
  return Status::OK();
}

Status FileSinkWriter::RemoveOrphans(const std::string& relative, size_t depth, const Found& found, int64_t before_ms) {
  for (const DirectoryEntry& e : TRY(ListDirectory(Join2(config_.location, relative)))) {
    const std::string path = Join2(relative, e.name);
    if (e.directory) {
      if (depth > 0 && !IsHidden(e.name)) TRY(RemoveOrphans(path, depth - 1, found, before_ms));
      continue;
    }
    if (const auto [uuid, number] = FinalName(e.name); number >= 0) {
      auto it = found.published.find(uuid);
      if (it == found.published.end() || number < it->second) continue;
      LogWarn("file sink: {}/{} was published by a checkpoint that is lost; it is removed, its rows come again", config_.location, path);
      TRY(RemoveFile(config_.location + "/" + path));
      continue;
    }
    const size_t mark = e.name.rfind(kInProgress);
    if (mark == std::string::npos || !e.name.starts_with(".part-")) continue;
    const bool mine = std::any_of(found.tags.begin(), found.tags.end(), [&](const std::string& t) { return e.name.ends_with(t); });
    if (!mine || std::find(found.known.begin(), found.known.end(), path) != found.known.end()) continue;
    const std::string full = config_.location + "/" + path;
    if (before_ms > 0) {
      struct stat st {};
      const int subtask = SubtaskOf(e.name);
      if (subtask < 0 || subtask % context_.parallelism != context_.subtask) continue;
      if (::stat(full.c_str(), &st) != 0 || st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1'000'000 >= before_ms) continue;
    }
    LogInfo("file sink: removing in-progress file {} that no checkpoint knows", full);
    TRY(RemoveFile(full));
  }
  return Status::OK();
}

Status FileSinkWriter::Write(const Batch& batch) {
  TRY(partitions_.Split(batch, [this](const std::string& partition, const Batch& rows) { return WriteTo(partition, rows); }));
  return BoundMemory();
}

// The file that holds most writes it, until all together hold no more than they may.
Status FileSinkWriter::BoundMemory() {
  for (;;) {
    int64_t held = 0;
    PartFile* largest = nullptr;
    for (auto& [partition, b] : buckets_) {
      if (!b.file) continue;
      held += b.file->bytes_held();
      if (!largest || b.file->bytes_held() > largest->bytes_held()) largest = b.file.get();
    }
    if (held <= context_.writer_memory_bytes) return Status::OK();
    TRY(largest->Release());
  }
}

Status FileSinkWriter::WriteTo(const std::string& partition, const Batch& rows) {
  Bucket& b = buckets_[partition];
  b.used = ++uses_;
  const int64_t now = WallClockMs();
  if (b.first_row_ms == 0) b.first_row_ms = now;
  if (!b.file) {
    TRY(OpenFile(partition, &b));
    if (buckets_.size() > kOpenFilesMax) TRY(CloseLeastRecent());
  }
  TRY(b.file->Write(rows, now));
  if (b.file->bytes() >= config_.rolling.file_bytes) TRY(Close(partition, &b));
  return Status::OK();
}

Status FileSinkWriter::OpenFile(const std::string& partition, Bucket* b) {
  const std::string n = std::to_string(counter_++), subtask = std::to_string(context_.subtask);
  std::string directory = partition;
  if (config_.streaming) {
    const std::string name = "part-" + uuid_ + "-" + subtask + "-" + n + config_.file_suffix;
    b->target = Join2(partition, name);
    b->temporary = Join2(partition, "." + name + std::string(kInProgress) + tag_);
  } else {
    const std::string name = "part-" + uuid_ + "-task-" + subtask + "-file-" + n + config_.file_suffix;
    directory = Join2(staging_, partition);
    b->target = Join2(partition, name);
    b->temporary = Join2(directory, name);
  }
  TRY(MakeDirectories(Join2(config_.location, directory)));
  b->file = TRY(PartFile::Create(*config_.format, file_type_, config_.location + "/" + b->temporary, WallClockMs()));
  return Status::OK();
}

Status FileSinkWriter::Close(const std::string& partition, Bucket* b) {
  TRY(b->file->Finish());
  closed_.push_back({partition, b->temporary, b->target, b->file->rows(), b->file->bytes()});
  b->file.reset();
  return Status::OK();
}

Status FileSinkWriter::CloseLeastRecent() {
  auto oldest = buckets_.end();
  for (auto it = buckets_.begin(); it != buckets_.end(); ++it) if (it->second.file && (oldest == buckets_.end() || it->second.used < oldest->second.used)) oldest = it;
  if (oldest == buckets_.end()) return Status::OK();
  TRY(Close(oldest->first, &oldest->second));
  buckets_.erase(oldest);
  return Status::OK();
}

Status FileSinkWriter::OnWatermark(Watermark watermark) {
  watermark_ = watermark.time;
  return Status::OK();
}

Status FileSinkWriter::OnProcessingTime(int64_t wall_ms) {
  if (!config_.streaming || wall_ms - last_check_ms_ < config_.rolling.check_ms) return Status::OK();
  last_check_ms_ = wall_ms;
  for (auto& [partition, b] : buckets_) {
    if (!b.file) continue;
    if (wall_ms - b.file->created_ms() >= config_.rolling.rollover_ms || wall_ms - b.file->written_ms() >= config_.rolling.inactivity_ms) TRY(Close(partition, &b));
  }
  return Status::OK();
}

Result<bool> FileSinkWriter::PartitionIsReady(const std::string& partition, const Bucket& b) const {
  const PartitionCommit& c = config_.commit;
  if (partition.empty() || c.policies.empty()) return false;
  if (c.trigger == PartitionCommit::Trigger::kProcessTime) return c.delay_ms == 0 || WallClockMs() > b.first_row_ms + c.delay_ms;
  return PartitionTimePassed(config_, partition, watermark_);
}

Result<std::string> FileSinkWriter::PrepareCommit(CheckpointId id, bool end_of_input) {
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    Bucket& b = it->second;
    if (b.file && (end_of_input || config_.format->bulk() || TRY(PartitionIsReady(it->first, b)))) TRY(Close(it->first, &b));
    if (b.file) ++it;
    else it = buckets_.erase(it);
  }
  // Also what former checkpoints were given that never completed: should one of them have been dropped, nothing of it is lost.
  auto& handed = uncommitted_[id];
  handed.insert(handed.end(), std::make_move_iterator(closed_.begin()), std::make_move_iterator(closed_.end()));
  closed_.clear();
  std::vector<PendingFile> all;
  for (const auto& [checkpoint, files] : uncommitted_) all.insert(all.end(), files.begin(), files.end());
  return EncodeFiles(all);
}

Result<std::string> FileSinkWriter::Snapshot(CheckpointId) {
  if (!config_.streaming) return std::string();
  StateWriter w;
  w.Int(2).Text(tag_).Text(job_tag_).Text(uuid_).Int(counter_).Int(static_cast<int64_t>(buckets_.size()));
  for (auto& [partition, b] : buckets_) {
    const int64_t length = TRY(b.file->Sync());
    b.file->Keep();
    w.Text(partition).Text(b.temporary).Text(b.target).Int(length).Int(b.file->rows()).Int(b.file->created_ms()).Int(b.first_row_ms);
  }
  int64_t waiting = 0;
  for (const auto& [checkpoint, files] : uncommitted_) waiting += static_cast<int64_t>(files.size());
  w.Int(waiting);
  for (const auto& [checkpoint, files] : uncommitted_) for (const auto& f : files) w.Text(f.temporary);
  return w.Take();
}

Status FileSinkWriter::OnCheckpointComplete(CheckpointId id) {
  uncommitted_.erase(uncommitted_.begin(), uncommitted_.upper_bound(id));
  return Status::OK();
}

}  // namespace tarn::plug::files
