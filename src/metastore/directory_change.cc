#include "metastore/directory_change.h"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unordered_map>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/warehouse.h"

namespace tarn::metastore {

namespace fs = std::filesystem;
using Kind = DirectoryJournal::Kind;
using Outcome = DirectoryJournal::Outcome;

namespace {
constexpr size_t kNameBytesMax = 255;
constexpr int64_t kDeletingWaitMs = 500;   // of a client: what takes longer is deleted after its answer

bool There(const std::string& path) {
  std::error_code ec;
  return fs::exists(fs::symlink_status(path, ec));
}

std::string NewId() {   // they rise, also from one process to the next
  static std::atomic<uint32_t> count{0};
  return fmt::format("{:013}-{:06}-{}", WallClockMs(), count++ % 1'000'000, RandomHex32().substr(0, 8));
}
std::string RowOf(const std::string& id) { return "moved." + id; }

// Never over anything that is there.
Status RenameNoReplace(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return Status::OK();
  if (errno == EINVAL || errno == ENOSYS) {   // a file system that does not know how
    if (There(to)) errno = EEXIST;
    else if (::rename(from.c_str(), to.c_str()) == 0) return Status::OK();
  }
  int error = errno;
  return Status(error == EEXIST ? StatusCode::kAlreadyExists : StatusCode::kInternal, "moving " + from + " to " + to + ": " + std::strerror(error));
}

// Somebody may have made the directory anew meanwhile and written to it: then the two become one, and no file is written over.
Status MoveBack(const std::string& from, const std::string& to) {
  std::error_code ec;
  if (!There(to)) {
    fs::create_directories(fs::path(to).parent_path(), ec);
    return RenameNoReplace(from, to);
  }
  if (!fs::is_directory(fs::symlink_status(from, ec)) || !fs::is_directory(fs::symlink_status(to, ec))) {
    return Status::AlreadyExists("moving " + from + " back: " + to + " is there");
  }
  Status first;
  std::vector<std::string> names;
  for (fs::directory_iterator it(from, ec), end; !ec && it != end; it.increment(ec)) names.push_back(it->path().filename().string());
  if (ec) return Status::Internal("moving " + from + " back to " + to + ": " + ec.message());
  for (const std::string& n : names) {
    Status s = MoveBack(from + "/" + n, to + "/" + n);
    if (first.ok() && !s.ok()) first = std::move(s);
  }
  if (first.ok() && !fs::remove(from, ec) && ec) first = Status::Internal("deleting " + from + ": " + ec.message());
  return first;
}

std::string Aside(const std::string& path, const std::string& id, size_t n) {
  size_t slash = path.rfind('/');
  std::string prefix = fmt::format(".tarn-dropped-{}-{}-", id, n);
  return path.substr(0, slash + 1) + prefix + path.substr(slash + 1, kNameBytesMax - prefix.size());
}

// Where directories lie that were set aside before others of the same change, above them, were.
class Places {
 public:
  explicit Places(const std::vector<DirectoryJournal::Move>& moves) : moves_(moves) {
    for (size_t i = 0; i < moves.size(); ++i) by_source_[Warehouse::LocalPath(moves[i].from)] = i;
  }
  std::string Now(size_t i) const {
    std::string path = Warehouse::LocalPath(moves_[i].to);
    for (size_t slash = path.rfind('/'); !There(path) && slash != 0 && slash != std::string::npos;) {
      auto above = by_source_.find(path.substr(0, slash));
      if (above == by_source_.end() || above->second <= i) {
        slash = path.rfind('/', slash - 1);
        continue;
      }
      i = above->second;
      path = Warehouse::LocalPath(moves_[i].to) + path.substr(slash);
      slash = path.rfind('/');
    }
    return path;
  }

 private:
  const std::vector<DirectoryJournal::Move>& moves_;
  std::unordered_map<std::string, size_t> by_source_;
};

// Newest first. False: something could not be moved, and was logged.
bool Undo(const std::vector<DirectoryJournal::Move>& moves, bool merge, bool tell) {
  bool all = true;
  for (size_t i = moves.size(); i-- > 0;) {
    std::string from = Warehouse::LocalPath(moves[i].from), to = Warehouse::LocalPath(moves[i].to);
    if (!There(to)) continue;
    Status s = !merge && There(from) ? Status::AlreadyExists(from + " is there") : MoveBack(to, from);
    if (s.ok() && tell) LogWarn("directory {} moved back from {}: the change that moved it was cut off before its commit", from, to);
    if (!s.ok()) LogError("a change that was not committed leaves data of {} at {}: {}", from, to, s.ToString());
    all = all && s.ok();
  }
  return all;
}

enum class Discarded : uint8_t { kAll, kNotAll, kStopped };
Discarded Discard(const Warehouse& warehouse, const std::vector<DirectoryJournal::Move>& moves, bool tell, const Deleter::Stop& stop) {
  bool all = true;
  Places places(moves);
  for (size_t i = 0; i < moves.size(); ++i) {
    if (moves[i].kind == Kind::kMoved) continue;
    std::string path = places.Now(i);
    if (!There(path)) continue;   // went with a directory above
    if (tell) LogWarn("leftover directory {}: a drop of {} was cut off, it goes now", path, moves[i].from);
    Result<bool> whole = warehouse.Discard(path, moves[i].from, moves[i].kind == Kind::kPurged, stop);
    if (whole.ok() && !*whole) return Discarded::kStopped;
    if (!whole.ok()) LogWarn("data of a dropped object, before at {}, stays at {}: {}", moves[i].from, path, whole.status().ToString());
    all = all && whole.ok();
  }
  return all ? Discarded::kAll : Discarded::kNotAll;
}
}  // namespace

struct DirectoryChange::State {
  explicit State(const Warehouse& w) : warehouse(w) {}
  ~State() {
    if (outcome == Outcome::kOpen && !moves.empty()) {
      LogError("whether a change was committed is not known; {} directories stay where it moved them until the next start: {} at {}, ...", moves.size(),
               moves[0].from, moves[0].to);
    }
  }
  const Warehouse& warehouse;
  std::string id;
  bool announced = false;                       // something of it is in the journal
  std::vector<DirectoryJournal::Move> moves;    // that were made
  std::vector<std::string> made;                // directories at the target of a move without a source
  std::vector<std::pair<std::string, std::string>> elsewhere;   // moved in an object store
  std::vector<DroppedDirectory> left;           // for Finish, where they lie
  Outcome outcome = Outcome::kOpen;

  DirectoryJournal* journal() const { return warehouse.journal(); }
  void OnUndo() {
    if (announced) journal()->Tell(id, Outcome::kUndone);
    outcome = Outcome::kUndone;
    for (const std::string& m : made) warehouse.UndoMakeDirectory(m);
    for (auto it = elsewhere.rbegin(); it != elsewhere.rend(); ++it) {
      if (Status s = warehouse.MoveObjects(it->second, it->first); !s.ok()) LogError("undoing a move: {} stays at {}: {}", it->first, it->second, s.ToString());
    }
    if (Undo(moves, true, false) && announced) journal()->Settled(id);
    for (const DroppedDirectory& d : left) if (journal()) journal()->Gone(d.location);
  }
  void OnCommitted(const std::vector<std::string>& spent) {
    TARN_CRASH_POINT("metastore.moves-committed");
    outcome = Outcome::kCommitted;
    if (!journal()) return;
    journal()->Forget(spent);
    if (!announced) return;
    bool drops = std::any_of(moves.begin(), moves.end(), [](const DirectoryJournal::Move& m) { return m.kind != Kind::kMoved; });
    if (drops) journal()->Tell(id, Outcome::kCommitted);
    else journal()->Settled(id);
  }
};

DirectoryChange::DirectoryChange(const Warehouse& warehouse) : state_(std::make_shared<State>(warehouse)) {}

Status DirectoryChange::Begin(Store::WriteLease& write) {
  if (!state_->id.empty()) return Status::OK();
  std::vector<std::string> spent;
  std::string id = NewId();
  if (DirectoryJournal* journal = state_->journal()) {
    spent = journal->Spent();
    for (const std::string& s : spent) TRY(write->Run("DELETE FROM meta WHERE name = ?", {RowOf(s)}));
    TRY(write->Run("INSERT INTO meta (name, value) VALUES (?, '')", {RowOf(id)}));
  }
  state_->id = std::move(id);
  write.OnUndo([s = state_] { s->OnUndo(); });
  write.OnCommitted([s = state_, spent] { s->OnCommitted(spent); });
  return Status::OK();
}

Status DirectoryChange::Move(Store::WriteLease& write, const Moves& moves, size_t* failed) {
  TRY(Begin(write));
  State& s = *state_;
  std::vector<DirectoryJournal::Move> local;
  for (const auto& [from, to] : moves) {
    if (!Warehouse::LocalPath(from).empty() && !Warehouse::LocalPath(to).empty()) local.push_back({Kind::kMoved, from, to});
  }
  if (s.journal() && !local.empty()) {
    TRY(s.journal()->Announce(s.id, local));
    s.announced = true;
  }
  for (size_t i = 0; i < moves.size(); ++i) {
    const auto& [from, to] = moves[i];
    if (failed) *failed = i;
    std::string a = Warehouse::LocalPath(from), b = Warehouse::LocalPath(to);
    if (a.empty() || b.empty()) {
      TRY(s.warehouse.MoveObjects(from, to));
      s.elsewhere.emplace_back(from, to);
      continue;
    }
    TRY(s.warehouse.MayRemove(from));
    if (There(b)) return Status::AlreadyExists("new location " + to + " already exists");
    std::error_code ec;
    if (!fs::exists(a, ec)) {
      if (TRY(s.warehouse.MakeDirectory(to))) s.made.push_back(to);
      continue;
    }
    fs::create_directories(fs::path(b).parent_path(), ec);
    Status renamed = RenameNoReplace(a, b);
    if (renamed.code() == StatusCode::kAlreadyExists) return Status::AlreadyExists("new location " + to + " already exists");
    TRY(std::move(renamed));
    s.moves.push_back({Kind::kMoved, from, to});
  }
  TARN_CRASH_POINT("metastore.moves-made");
  return Status::OK();
}

Status DirectoryChange::SetAside(Store::WriteLease& write, const std::vector<DroppedDirectory>& dropped) {
  if (dropped.empty()) return Status::OK();
  TRY(Begin(write));
  State& s = *state_;
  std::vector<DirectoryJournal::Move> moves;
  std::pair<std::string, std::string> parent;
  for (const DroppedDirectory& d : dropped) {
    std::string path = Warehouse::LocalPath(d.location);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path.empty() || path.find("/../") != std::string::npos || !s.warehouse.MayRemove(d.location, &parent).ok()) s.left.push_back(d);
    else if (There(path)) moves.push_back({d.purge ? Kind::kPurged : Kind::kDropped, d.location, Aside(path, s.id, moves.size())});
  }
  if (s.journal() && !moves.empty()) {
    if (Status told = s.journal()->Announce(s.id, moves); told.ok()) {
      s.announced = true;
    } else {   // a full disk, say: dropping is what helps
      LogWarn("a drop deletes without a journal: {}", told.ToString());
      for (const DirectoryJournal::Move& m : moves) s.left.push_back({m.from, m.kind == Kind::kPurged});
      moves.clear();
    }
  }
  for (DirectoryJournal::Move& m : moves) {
    std::string path = Warehouse::LocalPath(m.from);
    if (!There(path)) continue;   // went with one above
    Status renamed = RenameNoReplace(path, m.to);
    if (renamed.ok()) s.moves.push_back(std::move(m));
    else s.left.push_back({m.from, m.kind == Kind::kPurged});
  }
  for (const DroppedDirectory& d : s.left) if (s.journal() && !Warehouse::LocalPath(d.location).empty()) s.journal()->Deleting(d.location);
  TARN_CRASH_POINT("metastore.dropped-aside");
  return Status::OK();
}

void DirectoryChange::Finish() {
  State& s = *state_;
  if (s.outcome != Outcome::kCommitted) return;
  TARN_CRASH_POINT("metastore.drop-finish");
  for (const DroppedDirectory& d : s.left) {
    Status deleted = s.warehouse.Delete(d.location, d.purge);
    if (!deleted.ok()) LogWarn("data of a dropped object stays at {}: {}", d.location, deleted.ToString());
  }
  bool drops = std::any_of(s.moves.begin(), s.moves.end(), [](const DirectoryJournal::Move& m) { return m.kind != Kind::kMoved; });
  if (!drops) return;
  auto finish = [state = state_](const Deleter::Stop& stop) {
    Discarded end = Discard(state->warehouse, state->moves, false, stop);
    if (end == Discarded::kAll && state->announced) state->journal()->Settled(state->id);   // else the next start tries again
    return end;
  };
  int64_t limit = MonotonicMs() + kDeletingWaitMs;
  if (finish([&] { return MonotonicMs() > limit; }) != Discarded::kStopped) return;
  s.warehouse.deleter().Add([finish](const Deleter::Stop& stop) { finish(stop); });
}

Result<std::function<void()>> SettleDirectories(const Warehouse& warehouse, DirectoryJournal& journal, Store& store) {
  std::vector<DirectoryJournal::Change> left = journal.Unsettled();
  if (left.empty()) return std::function<void()>();
  for (DirectoryJournal::Change& change : left) {
    if (change.outcome != Outcome::kOpen) continue;
    auto read = TRY(store.Read());
    bool committed = TRY(read->Int("SELECT COUNT(*) FROM meta WHERE name = ?", {RowOf(change.id)}, 0)) > 0;
    if (committed) change.outcome = Outcome::kCommitted;
  }
  std::vector<DirectoryJournal::Change> drops;
  for (size_t i = left.size(); i-- > 0;) {   // newest first
    DirectoryJournal::Change& change = left[i];
    if (change.outcome == Outcome::kCommitted) {
      drops.push_back(std::move(change));
      continue;
    }
    // Where others write the same catalog, what is there now may be somebody else's.
    bool all = Undo(change.moves, !store.shared(), true);
    for (const DirectoryJournal::Move& m : change.moves) journal.AlsoCheck(m.from);
    if (all) journal.Settled(change.id);
    else journal.Tell(change.id, Outcome::kUndone);
  }
  if (drops.empty()) return std::function<void()>();
  for (const DirectoryJournal::Change& change : drops) journal.Tell(change.id, Outcome::kCommitted);
  return std::function<void()>([&warehouse, &journal, drops = std::move(drops)] {
    for (const DirectoryJournal::Change& change : drops) if (Discard(warehouse, change.moves, true, {}) == Discarded::kAll) journal.Settled(change.id);
  });
}

}  // namespace tarn::metastore
