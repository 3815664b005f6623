#include "app/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/metastore_place.h"
#include "base/text.h"
#include "net/json_reader.h"
#include "net/json_writer.h"

namespace tarn::app {
namespace fs = std::filesystem;
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// Whole or not at all, also over a crash.
Status WriteFile(const std::string& path, const std::string& text) {
  std::string next = path + ".new";
  int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Status::Unavailable("file \"" + path + "\" cannot be written").WithDetail(std::strerror(errno));
  bool good = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  int error = errno;
  close(fd);
  if (!good || rename(next.c_str(), path.c_str()) != 0) {
    if (good) error = errno;
    unlink(next.c_str());
    return Status::Unavailable("file \"" + path + "\" cannot be written").WithDetail(std::strerror(error));
  }
  return Status::OK();
}

std::string Holder(const std::string& path) {
  std::string text(Trim(ReadFile(path + "/lock")));
  return text.empty() ? "another process" : text;
}

// What an upgrade could spoil: everything but the rows (warehouse), the checkpoints and earlier backups.
Status BackUp(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  for (const auto& entry : fs::directory_iterator(from, error)) {
    std::string name = entry.path().filename();
    if (name == "lock" || name == "server.json" || name == "warehouse" || name == "checkpoints" || name == "savepoints" || name.starts_with("backup-")) continue;
    fs::copy(entry.path(), to / name, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    if (error) break;
  }
  if (error) return Status::Unavailable("the data directory cannot be backed up before its upgrade").WithDetail(error.message()).WithHint("make room, or copy it yourself; nothing was changed");
  return Status::OK();
}
}  // namespace

std::string ConnectHost(const std::string& host) {
  if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string RunningServer::gateway_url() const { return "http://" + ConnectHost(host) + ":" + std::to_string(gateway); }

std::optional<int> ReadFormat(const std::string& path) {
  std::ifstream in(path + "/format");
  std::string word;
  int format = -1;
  if (!(in >> word >> format) || word != "tarn-data") return std::nullopt;
  return format;
}

Status DataDirectory::CheckFormat() {
  std::string file = path_ + "/format";
  auto format = ReadFormat(path_);
  if (!format && fs::exists(file)) return Status::Corrupt("file \"" + file + "\" is not a format version").WithHint("is this a data directory of tarn?");
  if (!format) {
    // New, or empty but for our own lock.
    std::error_code error;
    bool metastores = HoldsMetastore(path_), inner = HoldsMetastore(path_ + "/metastore");   // of tarn metastore load, copy, serve: taken over as it lies
    for (const auto& entry : fs::directory_iterator(path_, error)) {
      std::string name = entry.path().filename();
      if (metastores || (inner && (name == "metastore" || name == "warehouse"))) continue;
      if (name != "lock" && name != "lost+found" && !name.ends_with(".log"))
        return Status::Conflict("directory \"" + path_ + "\" is not empty and not a data directory of tarn").WithDetail("it holds \"" + name + "\"").WithHint("choose an empty or a new directory");
    }
    return WriteFile(file, "tarn-data " + std::to_string(kDataFormat) + "\n");
  }
  if (*format > kDataFormat)
    return Status::NotSupported("data directory \"" + path_ + "\" has format " + std::to_string(*format) + ", newer than this program's " + std::to_string(kDataFormat)).WithHint("use the newer tarn that wrote it, or restore its backup-* directory");
  if (*format < kDataFormat) {
    std::string backup = path_ + "/backup-" + std::to_string(*format) + "-" + std::to_string(std::time(nullptr));
    TRY(BackUp(path_, backup));
    // Format 0 (before the first release) differs from 1 only in this file.
    TRY(WriteFile(file, "tarn-data " + std::to_string(kDataFormat) + "\n"));
    upgrade_note_ = "data directory upgraded from format " + std::to_string(*format) + " to " + std::to_string(kDataFormat) + "; the former metadata is in " + backup;
  }
  return Status::OK();
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path, const std::string& program) {
  std::error_code error;
  std::string absolute = fs::absolute(path, error).lexically_normal();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  fs::create_directories(absolute, error);
  if (error) return Status::Unavailable("data directory \"" + absolute + "\" cannot be made").WithDetail(error.message());
  std::string lock = absolute + "/lock";
  int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return Status::Unavailable("data directory \"" + absolute + "\" cannot be written").WithDetail(std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    std::string where;
    if (auto server = FindRunningServer(absolute)) where = ", whose SQL gateway is " + server->gateway_url();
    return Status::Conflict("data directory \"" + absolute + "\" is in use by " + Holder(absolute) + where).WithHint("connect to that server (tarn sql --data does), or choose another directory");
  }
  auto directory = std::unique_ptr<DataDirectory>(new DataDirectory(absolute, fd));
  TRY(directory->CheckFormat());
  std::string who = "process " + std::to_string(getpid()) + " (" + program + ")\n";
  if (ftruncate(fd, 0) != 0 || pwrite(fd, who.data(), who.size(), 0) < 0) return Status::Unavailable("data directory \"" + absolute + "\" cannot be written").WithDetail(std::strerror(errno));
  unlink((absolute + "/server.json").c_str());   // of a server that was killed
  return directory;
}

DataDirectory::~DataDirectory() {
  if (announced_) unlink((path_ + "/server.json").c_str());
  close(lock_fd_);
}

Status DataDirectory::Announce(const RunningServer& s) {
  net::JsonWriter w;
  w.BeginObject().Field("pid", s.pid).Field("host", s.host).Field("http", s.http).Field("gateway", s.gateway).Field("metastore", s.metastore).EndObject();
  TRY(WriteFile(path_ + "/server.json", w.Take() + "\n"));
  announced_ = true;
  return Status::OK();
}

bool IsLocked(const std::string& path) {
  int fd = open((path + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return locked;
}

std::optional<RunningServer> FindRunningServer(const std::string& path) {
  std::string text = ReadFile(path + "/server.json");
  if (text.empty() || !IsLocked(path)) return std::nullopt;
  RunningServer s;
  for (auto& [key, raw] : net::JsonMembers(text)) {
    if (key == "pid") s.pid = std::atoll(std::string(raw).c_str());
    else if (key == "host") s.host = net::JsonText(raw);
    else if (key == "http") s.http = std::atoi(std::string(raw).c_str());
    else if (key == "gateway") s.gateway = std::atoi(std::string(raw).c_str());
    else if (key == "metastore") s.metastore = std::atoi(std::string(raw).c_str());
  }
  if (s.gateway == 0) return std::nullopt;
  return s;
}

}  // namespace tarn::app
