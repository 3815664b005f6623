#include "metastore/directory_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "base/log.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace fs = std::filesystem;

namespace {
void Read(const std::string& file, std::unordered_map<std::string, char>* last) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) if (line.size() > 1) (*last)[line.substr(1)] = line[0];
}
}  // namespace

Result<std::shared_ptr<DirectoryJournal>> DirectoryJournal::Open(const std::string& dir) {
  std::shared_ptr<DirectoryJournal> journal(new DirectoryJournal(dir + "/directories.journal"));
  std::unordered_map<std::string, char> last;
  Read(journal->file_ + ".old", &last);
  Read(journal->file_, &last);
  for (auto& [location, what] : last) if (what != '~') journal->left_.push_back(location);
  ::unlink((journal->file_ + ".old").c_str());
  journal->fd_ = ::open(journal->file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (journal->fd_ < 0) return Status::Internal("file " + journal->file_ + " can't be written").WithDetail(std::strerror(errno));
  // Kept until it was checked: a process that is killed meanwhile leaves it to the next.
  journal->bytes_ = journal->old_bytes_ = ::lseek(journal->fd_, 0, SEEK_END);
  return journal;
}

DirectoryJournal::~DirectoryJournal() {
  stop_ = true;
  if (checker_.joinable()) checker_.join();
  if (fd_ >= 0) ::close(fd_);
}

void DirectoryJournal::Write(char what, std::string_view location) {
  if (location.find('\n') != std::string_view::npos) return;   // a name that no line can hold
  std::string line(1, what);
  line += location;
  line += '\n';
  std::lock_guard lock(mutex_);
  if (bytes_ > kBytesMax) {
    ::rename(file_.c_str(), (file_ + ".old").c_str());
    ::close(fd_);
    fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    bytes_ = 0;
    rotated_ = true;
  }
  ssize_t n = fd_ < 0 ? -1 : ::write(fd_, line.data(), line.size());
  if (n > 0) bytes_ += n;
}

void DirectoryJournal::StartCheck(Store& store) {
  if (left_.empty()) return;
  checker_ = std::thread([this, &store] { Check(store); });
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
  std::string since = text.substr(std::min(text.size(), static_cast<size_t>(old_bytes_)));
  if (::ftruncate(fd_, 0) == 0) bytes_ = std::max<ssize_t>(0, since.empty() ? 0 : ::write(fd_, since.data(), since.size()));
}

}  // namespace tarn::metastore
