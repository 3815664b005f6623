#include "app/metastore_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_site.h"
#include "net/json_reader.h"
#include "net/socket.h"

namespace tarn::app {
namespace {
constexpr int64_t kReadyTimeoutMs = 30'000;   // a large catalog after an unclean end
constexpr int64_t kLockWaitMs = 5'000;        // a predecessor that was killed together with its server
constexpr int64_t kPauseFirstMs = 100, kPauseMaxMs = 10'000, kGoodRunMs = 60'000;
// Until no process holds the metastore's directory; who holds it for longer is told by the child itself.
void WaitForLock(const std::string& directory) {
  int fd = open((directory + "/metastore.lock").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  int64_t end = MonotonicMs() + kLockWaitMs;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0 && MonotonicMs() < end) usleep(5'000);
  close(fd);
}
}  // namespace

std::string SiblingProgram(const std::string& name) {
  std::error_code error;
  return (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name).string();
}

Result<std::string> WarehouseOf(const config::ServerConfig& config, const std::string& data) {
  if (!config.Text("warehouse").empty()) return config.Text("warehouse");
  if (std::string file = config.Text("metastore.hive-site"); !file.empty()) {
    for (auto& [key, value] : TRY(config::ReadHadoopSite(file))) {
      if ((key == "metastore.warehouse.dir" || key == "hive.metastore.warehouse.dir") && !Trim(value).empty()) return std::string();
    }
  }
  return "file:" + data + "/warehouse";
}

std::unique_ptr<MetastoreProcess> MetastoreProcess::Start(MetastoreOptions options) {
  auto p = std::unique_ptr<MetastoreProcess>(new MetastoreProcess(std::move(options)));
  p->port_ = p->options_.port;
  p->thread_ = std::thread([raw = p.get()] { raw->Supervise(); });
  return p;
}

Result<pid_t> MetastoreProcess::Spawn(int* ready_fd) {
  const MetastoreOptions& o = options_;
  std::vector<std::string> words = {o.program, "--data", o.data_dir, "--host", o.host, "--port", std::to_string(port_)};
  auto add = [&](const char* flag, const std::string& value) { if (!value.empty()) { words.emplace_back(flag); words.push_back(value); } };
  add("--warehouse", o.warehouse);
  add("--compat", o.compat);
  add("--hive-site", o.hive_site);
  add("--log-level", o.log_level);
  add("--log-file", o.log_file);
  if (o.log_json) words.emplace_back("--log-json");
  if (o.insecure_bind) words.emplace_back("--allow-unauthenticated-remote");
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  std::string store = "TARN_METASTORE_STORE=" + o.store;
  std::vector<char*> environment = {store.data()};
  for (char** e = environ; *e; ++e) if (!std::string_view(*e).starts_with("TARN_METASTORE_STORE=")) environment.push_back(*e);
  environment.push_back(nullptr);
  if (access(o.program.c_str(), X_OK) != 0) return Status::NotFound("program \"" + o.program + "\" is missing").WithHint("tarn-metastore belongs beside tarn; or set metastore.enabled to false");
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return Status::Exhausted("no descriptors left to start the metastore");
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    // Only async-signal-safe calls until exec.
    prctl(PR_SET_PDEATHSIG, SIGKILL);   // at once: the next server must not meet one that still drains; its store survives any end
    if (getppid() != parent) _exit(1);
    setpgid(0, 0);   // Ctrl-C in a terminal is for the server, which stops the metastore last
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(pipe_fds[1], STDOUT_FILENO);
    execve(argv[0], argv.data(), environment.data());
    _exit(127);
  }
  close(pipe_fds[1]);
  if (pid < 0) {
    close(pipe_fds[0]);
    return Status::Exhausted("the metastore process cannot be started").WithDetail(std::strerror(errno));
  }
  *ready_fd = pipe_fds[0];
  return pid;
}

bool MetastoreProcess::ReadReady(int fd, int* port) {
  std::string line;
  int64_t end = MonotonicMs() + kReadyTimeoutMs;
  char c = 0;
  while (line.size() < 4096) {
    pollfd p{fd, POLLIN, 0};
    int64_t left = end - MonotonicMs();
    if (left <= 0) return false;
    int rc = poll(&p, 1, static_cast<int>(left));
    if (rc < 0 && errno == EINTR) continue;
    if (rc <= 0 || read(fd, &c, 1) != 1) return false;
    if (c != '\n') { line.push_back(c); continue; }
    if (line.starts_with("ready ")) {
      *port = std::atoi(std::string(net::JsonMember(std::string_view(line).substr(6), "metastore")).c_str());
      return *port > 0;
    }
    line.clear();
  }
  return false;
}

void MetastoreProcess::Supervise() {
  int64_t pause_ms = kPauseFirstMs;
  bool ever_ready = false;
  WaitForLock(options_.data_dir);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    int fd = -1;
    auto pid = Spawn(&fd);
    if (!pid.ok()) {
      failure_ = pid.status();
      failed_ = true;
      changed_.notify_all();
      if (!ever_ready) return;
    } else {
      pid_ = *pid;
      int64_t started = MonotonicMs();
      lock.unlock();
      int port = 0;
      bool ready = ReadReady(fd, &port);
      lock.lock();
      if (ready) {
        ever_ready = true;
        running_ = true;
        port_ = port;
        changed_.notify_all();
      } else if (!stopping_) {
        kill(*pid, SIGKILL);
      }
      lock.unlock();
      int status = 0;
      while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {}
      close(fd);
      lock.lock();
      running_ = false;
      pid_ = 0;
      changed_.notify_all();
      if (stopping_) return;
      std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "exit code " + std::to_string(WEXITSTATUS(status));
      if (!ever_ready) {
        failure_ = Status::Unavailable("the metastore did not start (" + how + ")").WithHint("its own words stand above this line or in its log");
        // A port in use is the likely reason: say so in one place.
        if (port_ > 0) if (auto probe = net::Listen(options_.host, port_); !probe.ok()) failure_ = Status(probe.status()).WithContext("metastore");
        failed_ = true;
        changed_.notify_all();
        return;
      }
      if (MonotonicMs() - started > kGoodRunMs) pause_ms = kPauseFirstMs;
      LogWarn("the metastore process ended ({}); it is started again in {} ms", how, pause_ms);
    }
    changed_.wait_for(lock, std::chrono::milliseconds(pause_ms), [&] { return stopping_; });
    pause_ms = std::min(pause_ms * 2, kPauseMaxMs);
    ++restarts_;
  }
}

Status MetastoreProcess::WaitReady(int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return running_ || failed_; });
  if (running_) return Status::OK();
  if (failed_) return failure_;
  return Status::Unavailable("the metastore was not ready within " + std::to_string(timeout_ms) + " ms");
}

void MetastoreProcess::Stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (pid_ > 0) kill(pid_, SIGTERM);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return pid_ == 0; }) && pid_ > 0) kill(pid_, SIGKILL);
  }
  if (thread_.joinable()) thread_.join();
}

int MetastoreProcess::port() const { std::lock_guard lock(mutex_); return port_; }
bool MetastoreProcess::running() const { std::lock_guard lock(mutex_); return running_; }
int MetastoreProcess::restarts() const { std::lock_guard lock(mutex_); return restarts_; }
pid_t MetastoreProcess::pid() const { std::lock_guard lock(mutex_); return pid_; }

}  // namespace tarn::app
