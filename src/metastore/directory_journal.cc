#include "metastore/directory_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace fs = std::filesystem;

namespace {
// Tabs, line ends and backslashes of names.
std::string Escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\\') out += "\\\\";
    else out += c;
  }
  return out;
}
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) out += text[i];
    else out += text[++i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
  }
  return out;
}
}  // namespace

std::string DirectoryJournal::Line(char what, std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return {};   // a name that no line of this kind can hold
  std::string line(1, what);
  line += text;
  line += '\n';
  return line;
}

std::string DirectoryJournal::Lines(const Change& change) {
  std::string out;
  for (const Move& m : change.moves) {
    out += '>' + change.id + '\t' + static_cast<char>(m.kind) + '\t' + Escape(m.from) + '\t' + Escape(m.to) + '\n';
  }
  if (change.outcome != Outcome::kOpen) out += static_cast<char>(change.outcome) + change.id + '\n';
  return out;
}

void DirectoryJournal::Read(const std::string& file, std::map<std::string, char>* last, std::set<std::string>* moves) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.size() < 2) continue;
    std::string rest = line.substr(1);
    switch (line[0]) {
      case '+': case '-': case '~': (*last)[rest] = line[0]; break;
      case '>': {
        std::vector<std::string> parts = Split(rest, '\t');
        if (parts.size() != 4 || parts[1].size() != 1) break;   // cut off: the directory was not touched yet
        if (!moves->insert(rest).second) break;                 // carried over from the older file
        Change& change = open_[parts[0]];
        change.id = parts[0];
        change.moves.push_back({static_cast<Kind>(parts[1][0]), Unescape(parts[2]), Unescape(parts[3])});
        break;
      }
      case '!': case '^':
        if (auto it = open_.find(rest); it != open_.end()) it->second.outcome = static_cast<Outcome>(line[0]);
        break;
      case '=':
        if (open_.erase(rest)) spent_.push_back(rest);
        if (spent_.size() > kSpentMax) spent_.erase(spent_.begin());   // the changes after it deleted its row
        break;
      default: break;
    }
  }
}

Result<std::shared_ptr<DirectoryJournal>> DirectoryJournal::Open(const std::string& dir) {
  std::shared_ptr<DirectoryJournal> journal(new DirectoryJournal(dir + "/directories.journal"));
  std::map<std::string, char> last;
  std::set<std::string> moves;
  journal->Read(journal->file_ + ".old", &last, &moves);
  journal->Read(journal->file_, &last, &moves);
  for (auto& [location, what] : last) if (what != '~') journal->left_.push_back(location);
  journal->fd_ = ::open(journal->file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (journal->fd_ < 0) return Status::Internal("file " + journal->file_ + " can't be written").WithDetail(std::strerror(errno));
  // Kept until it was checked: a process that is killed meanwhile leaves it to the next.
  journal->bytes_ = journal->old_bytes_ = ::lseek(journal->fd_, 0, SEEK_END);
  std::string carried;
  for (const auto& [id, change] : journal->open_) carried += Lines(change);
  if (journal->WriteLocked(carried)) ::unlink((journal->file_ + ".old").c_str());
  return journal;
}

DirectoryJournal::~DirectoryJournal() {
  stop_ = true;
  if (checker_.joinable()) checker_.join();
  if (fd_ >= 0) ::close(fd_);
}

bool DirectoryJournal::WriteLocked(const std::string& lines) {
  if (lines.empty()) return true;
  if (fd_ < 0) return false;
  ssize_t n = ::write(fd_, lines.data(), lines.size());
  if (n == static_cast<ssize_t>(lines.size())) {
    bytes_ += n;
    return true;
  }
  int error = n < 0 ? errno : ENOSPC;
  if (n > 0 && ::ftruncate(fd_, bytes_) != 0) bytes_ += n;   // no half lines
  errno = error;
  return false;
}

bool DirectoryJournal::Write(const std::string& lines, bool sync) {
  std::lock_guard lock(mutex_);
  if (bytes_ > kBytesMax + carried_) {
    ::rename(file_.c_str(), (file_ + ".old").c_str());
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    bytes_ = 0;
    rotated_ = true;
    std::string carried;
    for (const auto& [id, change] : open_) carried += Lines(change);
    WriteLocked(carried);
    carried_ = bytes_;
  }
  return WriteLocked(lines) && (!sync || ::fdatasync(fd_) == 0);
}

Status DirectoryJournal::Announce(const std::string& id, const std::vector<Move>& moves) {
  Change part{.id = id, .outcome = Outcome::kOpen, .moves = moves};
  if (!Write(Lines(part), true)) return Status::Internal("file " + file_ + " can't be written").WithDetail(std::strerror(errno));
  std::lock_guard lock(mutex_);
  Change& change = open_[id];
  change.id = id;
  change.moves.insert(change.moves.end(), moves.begin(), moves.end());
  return Status::OK();
}

void DirectoryJournal::Tell(const std::string& id, Outcome outcome) {
  if (!Write(Line(static_cast<char>(outcome), id))) LogWarn("file {} can't be written: {}", file_, std::strerror(errno));
  std::lock_guard lock(mutex_);
  if (auto it = open_.find(id); it != open_.end()) it->second.outcome = outcome;
}

void DirectoryJournal::Settled(const std::string& id) {
  Write(Line('=', id));
  std::lock_guard lock(mutex_);
  auto it = open_.find(id);
  if (it == open_.end()) return;
  if (it->second.outcome != Outcome::kUndone) spent_.push_back(id);   // what was undone has no row
  open_.erase(it);
}

std::vector<std::string> DirectoryJournal::Spent() {
  std::lock_guard lock(mutex_);
  return spent_;
}

void DirectoryJournal::Forget(const std::vector<std::string>& spent) {
  std::lock_guard lock(mutex_);
  std::erase_if(spent_, [&](const std::string& id) { return std::find(spent.begin(), spent.end(), id) != spent.end(); });
}

std::vector<DirectoryJournal::Change> DirectoryJournal::Unsettled() const {
  std::lock_guard lock(mutex_);
  std::vector<Change> out;
  for (const auto& [id, change] : open_) out.push_back(change);
  return out;
}

void DirectoryJournal::StartCheck(Store& store, std::function<void()> first) {
  if (left_.empty() && !first) return;
  checker_ = std::thread([this, &store, first = std::move(first)] {
    if (first) first();
    Check(store);
  });
}

void DirectoryJournal::Check(Store& store) {
  std::vector<std::string> there;
  for (std::string& l : left_) {
    std::error_code ec;
    std::string path = Warehouse::LocalPath(l);
    if (!path.empty() && fs::is_directory(path, ec)) there.push_back(std::move(l));   // object stores are not asked at a start
  }
  left_.clear();
  auto refers = [&](SqlConnection& c) -> Status {
    Status decoded;
    auto drop = [&](const std::string& location) { std::erase(there, location); };
    TRY(c.Each("SELECT doc FROM dbs", {}, [&](const SqlRow& row) {
      wire::Database d;
      decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), wire::Database::desc(), &d);
      drop(d.locationUri);
      drop(d.managedLocationUri);
      return decoded.ok() && !there.empty();
    }));
    TRY(std::move(decoded));
    std::vector<std::pair<int64_t, std::string>> below;   // table, partition name
    std::vector<std::string> of;
    TRY(c.Each("SELECT tbl_id, doc FROM tbls", {}, [&](const SqlRow& row) {
      wire::Table t;
      decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(1), wire::Table::desc(), &t);
      if (!decoded.ok() || !t.sd) return decoded.ok();
      drop(t.sd->location);
      std::string prefix = Warehouse::Child(t.sd->location, "");
      for (const std::string& l : there) {
        if (!l.starts_with(prefix)) continue;
        below.emplace_back(row.Int(0), l.substr(prefix.size()));
        of.push_back(l);
      }
      return !there.empty() && !stop_;
    }));
    TRY(std::move(decoded));
    for (size_t i = 0; i < below.size() && !stop_; ++i) {
      if (TRY(c.Int("SELECT COUNT(*) FROM parts WHERE tbl_id = ? AND name = ?", {below[i].first, below[i].second}, 0))) drop(of[i]);
    }
    for (size_t i = there.size(); i-- > 0 && !stop_;) {
      if (TRY(c.Int("SELECT COUNT(*) FROM parts WHERE location = ?", {there[i]}, 0))) there.erase(there.begin() + static_cast<long>(i));
    }
    return Status::OK();
  };
  if (!there.empty()) {
    auto read = store.Read();
    Status s = read.ok() ? refers(**read) : read.status();
    if (!s.ok()) {
      LogWarn("directories of changes that were cut off could not be looked up: {}", s.ToString());
      return;
    }
  }
  if (stop_) return;
  for (const std::string& l : there) LogWarn("orphan directory {}: a change that made or dropped it was cut off, and nothing refers to it", l);
  // The earlier lines are dealt with; what this process has written since stays.
  std::lock_guard lock(mutex_);
  if (fd_ < 0 || rotated_) return;
  std::ifstream in(file_);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::string since;
  for (const auto& [id, change] : open_) since += Lines(change);   // those of before that could not be settled, too
  since += text.substr(std::min(text.size(), static_cast<size_t>(old_bytes_)));
  // A file beside it that takes its place: whoever is killed meanwhile leaves one of the two.
  std::string next = file_ + ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  bool whole = ::write(fd, since.data(), since.size()) == static_cast<ssize_t>(since.size()) && ::fdatasync(fd) == 0;
  if (!whole || ::rename(next.c_str(), file_.c_str()) != 0) {
    ::close(fd);
    ::unlink(next.c_str());
    return;
  }
  ::close(fd_);
  fd_ = fd;
  bytes_ = static_cast<int64_t>(since.size());
}

}  // namespace tarn::metastore
