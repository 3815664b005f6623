// A data directory belongs to one process at a time (flock on DIR/lock) and has a format version (DIR/format).
//
// A newer format is refused; an older one is upgraded, after its metadata was copied to DIR/backup-<format>-<time>.
// DIR/server.json says where the running server listens; who finds the directory locked is told, or connects there.
// Threads: one. The lock ends with the object or the process, however it ends.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"

namespace tarn::app {

inline constexpr int kDataFormat = 1;

struct RunningServer {
  int64_t pid = 0;
  std::string host;
  int http = 0, gateway = 0, metastore = 0;
  std::string gateway_url() const;
};

// How a client of this machine reaches what is bound to `host`: wildcards become loopback, IPv6 gets its brackets.
std::string ConnectHost(const std::string& host);

class DataDirectory {
 public:
  // Makes the directory if missing. kConflict: another process has it, saying which. kNotSupported: its format is newer.
  static Result<std::unique_ptr<DataDirectory>> Open(const std::string& path, const std::string& program);
  ~DataDirectory();
  const std::string& path() const { return path_; }                  // absolute
  const std::string& upgrade_note() const { return upgrade_note_; }  // "" : none was needed
  Status Announce(const RunningServer& server);                      // writes server.json; removed with the object

 private:
  DataDirectory(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
  Status CheckFormat();
  std::string path_, upgrade_note_;
  int lock_fd_;
  bool announced_ = false;
};

// The server that has the directory now, if one does and has said where it listens. Takes no lock for longer than a moment.
std::optional<RunningServer> FindRunningServer(const std::string& path);
bool IsLocked(const std::string& path);
// Format of an existing directory; nullopt: none there.
std::optional<int> ReadFormat(const std::string& path);

}  // namespace tarn::app
