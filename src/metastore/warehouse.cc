#include "metastore/warehouse.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "metastore/directory_change.h"
#include "wire/fault.h"

namespace tarn::metastore {

namespace fs = std::filesystem;

namespace {
size_t SchemeEnd(std::string_view s) {   // position of ':' of a URI scheme, or npos
  size_t colon = s.find(':');
  if (colon == std::string_view::npos || colon < 2 || s.find('/') < colon) return std::string_view::npos;
  return colon;
}
}  // namespace

std::string Warehouse::LocalPath(std::string_view location) {
  if (location.starts_with('/')) return std::string(location);
  if (!location.starts_with("file:")) return {};
  location.remove_prefix(5);
  if (location.starts_with("///")) location.remove_prefix(2);
  else if (location.starts_with("//")) {   // file://host/path: only this host
    location.remove_prefix(2);
    size_t slash = location.find('/');
    if (slash == std::string_view::npos) return {};
    location.remove_prefix(slash);
  }
  return location.starts_with('/') ? std::string(location) : std::string();
}

namespace {
std::string OneSlash(std::string path) {   // as Hadoop's Path: "//a///b" is "/a/b"
  path.erase(std::unique(path.begin(), path.end(), [](char a, char b) { return a == '/' && b == '/'; }), path.end());
  return path;
}
}  // namespace

Result<std::string> Warehouse::Qualify(std::string_view location) const {
  std::string s(Trim(location));
  if (s.find('\0') != std::string::npos) return wire::MetaError("Location contains a NUL character");
  std::string_view path = s;
  size_t scheme = SchemeEnd(path);
  if (scheme != std::string_view::npos) path.remove_prefix(scheme + 1);
  for (const std::string& part : Split(path, '/')) {
    if (part == "..") return wire::MetaError("Location must not contain \"..\": " + s);
  }
  if (scheme == std::string_view::npos) {
    if (!s.starts_with('/')) return wire::MetaError("Location is not an absolute path: " + s);
    s = "file:" + OneSlash(s);
  } else if (s.starts_with("file:")) {
    std::string local = LocalPath(s);
    if (local.empty()) return wire::MetaError("Location is not an absolute path: " + s);
    s = "file:" + OneSlash(local);
  }
  while (s.size() > 1 && s.ends_with('/') && !s.ends_with(":/")) s.pop_back();
  return s;
}

Result<Warehouse> Warehouse::Make(const MetastoreOptions& options) {
  Warehouse w;
  std::string root = options.warehouse;
  if (root.empty()) root = fs::absolute(options.data_dir).lexically_normal().string() + "/warehouse";
  if (SchemeEnd(root) == std::string_view::npos && !root.starts_with('/')) root = fs::absolute(root).lexically_normal().string();
  w.root_ = TRY(w.Qualify(root));
  w.external_root_ = options.external_warehouse.empty() ? w.root_ : TRY(w.Qualify(options.external_warehouse));
  w.stores_ = std::make_shared<ObjectStores>(options.hive_config);
  for (const std::string& kept : {LocalPath(w.root_), LocalPath(w.external_root_), fs::absolute(options.data_dir).lexically_normal().string()}) {
    std::error_code ec;
    if (kept.empty()) continue;
    w.kept_.push_back(kept);
    if (fs::path real = fs::weakly_canonical(kept, ec); !ec && real != kept) w.kept_.push_back(real.string());
  }
  for (std::string& kept : w.kept_) while (kept.size() > 1 && kept.ends_with('/')) kept.pop_back();
  w.trash_on_ = options.trash_interval_minutes > 0;
  const char* home = std::getenv("HOME");
  w.trash_ = (options.trash_home.empty() ? std::string(home ? home : "/tmp") : options.trash_home) + "/.Trash/Current";
  return w;
}

Status Warehouse::KeepJournal(const std::string& dir, Store& store) {
  journal_ = TRY(DirectoryJournal::Open(dir));
  journal_->StartCheck(store, TRY(SettleDirectories(*this, *journal_, store)));
  return Status::OK();
}

std::string Warehouse::Child(std::string_view location, std::string_view name) {
  std::string out(location);
  if (!out.ends_with('/')) out += '/';
  out += name;
  return out;
}

std::string Warehouse::DatabaseLocation(std::string_view catalog_location, std::string_view db) const {
  if (db == "default" && (catalog_location.empty() || catalog_location == root_)) return root_;
  return Child(catalog_location.empty() ? std::string_view(root_) : catalog_location, std::string(db) + ".db");
}

std::string Warehouse::ExternalDatabaseLocation(std::string_view db) const {
  return db == "default" ? external_root_ : Child(external_root_, std::string(db) + ".db");
}

Result<bool> Warehouse::MakeDirectory(const std::string& location) const {
  std::string path = LocalPath(location);
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) {
    auto store = stores_->Open(o);
    if (!store.ok() && store.status().code() == StatusCode::kNotSupported) {   // no module: as with any store that is not ours
      LogWarn("directory {} is not made: {}", location, store.status().ToString());
      return false;
    }
    if (!store.ok()) return wire::MetaError("Got exception: " + store.status().message() + " " + store.status().detail());
    auto made = (*store)->MakeDirectory(o.path);
    if (!made.ok()) return wire::MetaError("Got exception: " + made.status().message() + " " + made.status().detail());
    return made;
  }
  if (path.empty()) return false;
  std::error_code ec;
  if (fs::is_directory(path, ec)) return false;
  if (journal_) journal_->Making(location);
  fs::create_directories(path, ec);
  if (ec) return wire::MetaError(location + " is not a directory or unable to create one (" + ec.message() + ")");
  return true;
}

void Warehouse::UndoMakeDirectory(const std::string& location) const {
  if (!ObjectLocation::Parse(location).store.empty()) {
    if (!DeleteIfEmpty(location)) LogWarn("directory {} made for a change that failed stays", location);
    return;
  }
  std::string path = LocalPath(location);
  if (path.empty()) return;
  std::error_code ec;
  fs::remove(path, ec);   // fails, as it should, when something is in it
  if (!ec && journal_) journal_->Gone(location);
  if (ec) LogWarn("directory {} made for a change that failed stays: {}", location, ec.message());
}

bool Warehouse::Exists(const std::string& location) const {
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) {
    auto store = stores_->Open(o);
    if (!store.ok()) return false;
    auto there = (*store)->Exists(o.path);
    return there.ok() && *there;
  }
  std::string path = LocalPath(location);
  std::error_code ec;
  return !path.empty() && fs::exists(path, ec);
}

namespace {
bool Holds(std::string_view above, std::string_view path) {   // is it, or lies somewhere below
  while (above.ends_with('/')) above.remove_suffix(1);
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}
}  // namespace

Status Warehouse::MayRemove(const std::string& location, std::pair<std::string, std::string>* parent) const {
  auto denied = [&] {
    return Status::Denied("refusing to delete or move " + location).WithDetail("it is a warehouse or the metastore's own, or holds one of them");
  };
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) {
    if (o.path == o.bucket) return denied();
    for (const std::string& kept : {root_, external_root_}) {
      ObjectLocation k = ObjectLocation::Parse(kept);
      if (k.store == o.store && Holds(o.path, k.path)) return denied();
    }
    return Status::OK();
  }
  std::string path = LocalPath(location);
  if (path.empty()) return Status::OK();
  // As it is written, and as the file system sees it: of a link itself only the link goes.
  std::string written = fs::path(path).lexically_normal().string();
  while (written.size() > 1 && written.ends_with('/')) written.pop_back();
  std::string above = fs::path(written).parent_path().string(), name = fs::path(written).filename().string();
  std::pair<std::string, std::string> own;
  if (!parent) parent = &own;
  if (parent->first != above || above.empty()) {
    std::error_code ec;
    fs::path real = fs::weakly_canonical(above, ec);
    *parent = {above, ec ? above : real.string()};
  }
  std::string real = (fs::path(parent->second) / name).string();
  for (const std::string& kept : kept_) {
    if (Holds(written, kept) || Holds(real, kept)) return denied();
    if (above != kept && parent->second != kept) continue;
    constexpr std::string_view kOwnFiles[] = {"metastore.db", "metastore.db-wal", "metastore.db-shm", "metastore.lock", "metastore.format", "search.idx",
                                              "directories.journal", "directories.journal.old", "directories.journal.new"};
    if (std::find(std::begin(kOwnFiles), std::end(kOwnFiles), name) != std::end(kOwnFiles)) return denied();
  }
  return Status::OK();
}

Status Warehouse::Delete(const std::string& location, bool purge) const {
  TRY(MayRemove(location));
  std::string path = LocalPath(location);
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) return TRY(stores_->Open(o))->Delete(o.path);
  if (path.empty()) return Status::NotSupported("deleting data at " + location + ": only local locations, S3 and Azure");
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(path, ec))) return Status::OK();
  TRY(Discard(path, location, purge));
  if (journal_) journal_->Gone(location);
  return Status::OK();
}

namespace {
// To another file system: the copy is whole, under its name and on the disk before the original goes.
Status CopyToTrash(const std::string& path, const std::string& target) {
  std::string part = target + ".copying";
  std::error_code ec, ignored;
  fs::remove_all(part, ec);
  fs::copy(path, part, fs::copy_options::recursive | fs::copy_options::copy_symlinks, ec);
  if (!ec) {
    int fd = ::open(fs::path(target).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || ::syncfs(fd) != 0) ec = std::error_code(errno, std::generic_category());
    if (fd >= 0) ::close(fd);
  }
  if (!ec) fs::rename(part, target, ec);
  if (!ec) return Status::OK();
  fs::remove_all(part, ignored);
  return Status::Internal("copying " + path + " to the trash: " + ec.message());
}
}  // namespace

namespace {
// False: stopped. Errors as fs::remove_all has them; somebody else may be deleting the same.
bool RemoveTree(const fs::path& path, const Deleter::Stop& stop, std::error_code& ec) {
  if (fs::is_directory(fs::symlink_status(path, ec))) {
    std::vector<fs::path> names;
    for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) names.push_back(it->path());
    for (const fs::path& n : names) {
      if (!ec && (stop() || !RemoveTree(n, stop, ec))) return false;
    }
  }
  if (ec == std::errc::no_such_file_or_directory) ec.clear();
  if (!ec) fs::remove(path, ec);
  return true;
}
}  // namespace

Result<bool> Warehouse::Discard(const std::string& path, const std::string& location, bool purge, const Deleter::Stop& stop) const {
  std::error_code ec;
  if (trash_on_ && !purge) {
    std::string normal = fs::path(LocalPath(location)).lexically_normal().string(), target = trash_ + normal;
    fs::create_directories(fs::path(target).parent_path(), ec);
    if (ec) return Status::Internal("the trash " + fs::path(target).parent_path().string() + " can't be made: " + ec.message());
    while (fs::exists(fs::symlink_status(target, ec))) target = trash_ + normal + std::to_string(WallClockMs());   // as Hadoop
    fs::rename(path, target, ec);
    if (!ec) return true;
    if (ec != std::errc::cross_device_link) return Status::Internal("moving " + path + " to the trash " + target + ": " + ec.message());
    TRY(CopyToTrash(path, target));
  }
  bool all = true;
  if (stop) all = RemoveTree(path, stop, ec);
  else fs::remove_all(path, ec);
  if (ec) return Status::Internal("deleting " + path + ": " + ec.message());
  return all;
}

bool Warehouse::DeleteIfEmpty(const std::string& location) const {
  std::string path = LocalPath(location);
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) {
    auto store = stores_->Open(o);
    if (!store.ok() || o.path == o.bucket || location == root_) return false;
    auto empty = (*store)->Empty(o.path);
    return empty.ok() && *empty && (*store)->Delete(o.path).ok();
  }
  std::error_code ec;
  if (path.empty() || path == LocalPath(root_) || !fs::is_directory(path, ec)) return false;
  return fs::remove(path, ec) && !ec;
}

Status Warehouse::MoveObjects(const std::string& from, const std::string& to) const {
  TRY(MayRemove(from));
  ObjectLocation x = ObjectLocation::Parse(from), y = ObjectLocation::Parse(to);
  if (!x.store.empty() && x.store == y.store) return TRY(stores_->Open(x))->Move(x.path, y.path);
  return Status::NotSupported("moving data from " + from + " to " + to + ": only local locations, S3 and Azure");
}

Result<Warehouse::QuickStats> Warehouse::Measure(const std::string& location) const {
  QuickStats out;
  std::string path = LocalPath(location);
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) {
    auto store = stores_->Open(o);
    if (!store.ok()) return out;
    ObjectStore::Size size = TRY((*store)->Measure(o.path));
    return QuickStats{size.files, size.bytes};
  }
  std::error_code ec;
  if (path.empty() || !fs::is_directory(path, ec)) return out;
  fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, ec), end;
  for (; !ec && it != end; it.increment(ec)) {
    std::string name = it->path().filename().string();
    std::error_code e;
    if (name.starts_with('_') || name.starts_with('.')) {
      if (it->is_directory(e)) it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(e)) continue;
    ++out.files;
    out.bytes += static_cast<int64_t>(it->file_size(e));
  }
  return out;
}

}  // namespace tarn::metastore
