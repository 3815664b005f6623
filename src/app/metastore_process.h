// The server's own metastore: tarn-metastore as a child process, started again with a growing pause when it ends by itself.
// The child ends with its parent, however that ends.
//
// Threads: one supervisor thread, which starts the child (the kernel ties "end with the parent" to the starting thread);
// the accessors from any thread.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "config/server_config.h"

namespace tarn::app {

struct MetastoreOptions {
  std::string program;            // path of tarn-metastore
  std::string data_dir;           // its own directory
  std::string warehouse;          // URI
  std::string host = "127.0.0.1";
  int port = 0;
  bool insecure_bind = false;
  std::string compat, hive_site;  // "" : its defaults
  std::string store;              // handed over in the environment: it may hold a password
  std::string log_level, log_file;
  bool log_json = false;
};

class MetastoreProcess {
 public:
  // Begins the start; WaitReady tells how it went.
  static std::unique_ptr<MetastoreProcess> Start(MetastoreOptions options);
  ~MetastoreProcess() { Stop(); }
  Status WaitReady(int64_t timeout_ms);
  void Stop();                    // SIGTERM, then SIGKILL after 10 s

  int port() const;
  bool running() const;
  int restarts() const;
  pid_t pid() const;

 private:
  explicit MetastoreProcess(MetastoreOptions options) : options_(std::move(options)) {}
  void Supervise();
  Result<pid_t> Spawn(int* ready_fd);
  // Reads the ready line; false: the child ended or was too slow.
  bool ReadReady(int fd, int* port);

  const MetastoreOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int port_ = 0, restarts_ = 0;
  pid_t pid_ = 0;
  bool running_ = false, stopping_ = false, failed_ = false;
  Status failure_;
  std::thread thread_;
};

// The warehouse that the own metastore is told: the setting, else what its hive-site names (then "": it reads that itself), else DATA/warehouse.
Result<std::string> WarehouseOf(const config::ServerConfig& config, const std::string& data);

// Path of a program that lies beside this one.
std::string SiblingProgram(const std::string& name);

}  // namespace tarn::app
