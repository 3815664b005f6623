#include "net/socket.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/clock.h"

namespace tarn::net {
namespace {
struct AddressInfoDeleter { void operator()(addrinfo* a) const { freeaddrinfo(a); } };
using AddressInfo = std::unique_ptr<addrinfo, AddressInfoDeleter>;

Result<AddressInfo> Resolve(const std::string& host, int port, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (rc != 0) return Status::Unavailable("host \"" + host + "\" is not known").WithDetail(gai_strerror(rc));
  return AddressInfo(list);
}

// "process 123 (postgres)" that listens on the port, or "" when the machine doesn't tell.
std::string HolderOfPort(int port) {
  std::string inode;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (inode.empty() && std::getline(in, line)) {
      std::istringstream words(line);
      std::string slot, local, remote, state, queues, timer, retransmit, uid, timeout, id;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmit >> uid >> timeout >> id;
      size_t colon = local.rfind(':');
      if (state == "0A" && colon != std::string::npos && std::strtol(local.c_str() + colon + 1, nullptr, 16) == port) inode = id;
    }
  }
  if (inode.empty()) return "";
  std::string wanted = "socket:[" + inode + "]";
  DIR* proc = opendir("/proc");
  if (!proc) return "";
  std::string found;
  while (dirent* entry = readdir(proc)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    std::string fds = std::string("/proc/") + entry->d_name + "/fd";
    DIR* dir = opendir(fds.c_str());
    if (!dir) continue;
    while (dirent* fd = readdir(dir)) {
      char target[64];
      ssize_t n = readlink((fds + "/" + fd->d_name).c_str(), target, sizeof(target));
      if (n > 0 && wanted == std::string_view(target, static_cast<size_t>(n))) {
        std::ifstream comm(std::string("/proc/") + entry->d_name + "/comm");
        std::string name;
        std::getline(comm, name);
        found = std::string("process ") + entry->d_name + " (" + name + ")";
        break;
      }
    }
    closedir(dir);
    if (!found.empty()) break;
  }
  closedir(proc);
  return found;
}

// 1: ready, 0: time-out.
int WaitFor(int fd, short events, int64_t timeout_ms) {
  int64_t end = MonotonicMs() + timeout_ms;
  for (;;) {
    pollfd p{fd, events, 0};
    int64_t left = end - MonotonicMs();
    int rc = poll(&p, 1, static_cast<int>(left < 0 ? 0 : left));
    if (rc > 0) return 1;
    if (rc == 0) return 0;
    if (errno != EINTR) return -1;
  }
}
}  // namespace

void Fd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<Fd> Listen(const std::string& host, int port) {
  AddressInfo addresses = TRY(Resolve(host, port, true));
  std::string why = "no address";
  for (addrinfo* a = addresses.get(); a; a = a->ai_next) {
    Fd fd(socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) { why = std::strerror(errno); continue; }
    int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd.get(), a->ai_addr, a->ai_addrlen) == 0 && listen(fd.get(), 512) == 0) return fd;
    if (errno == EADDRINUSE) {
      std::string holder = HolderOfPort(port);
      return Status::Conflict("port " + std::to_string(port) + " on " + host + " is in use" + (holder.empty() ? "" : " by " + holder))
          .WithHint("end that process, or choose another port (0 takes a free one)");
    }
    if (errno == EACCES) return Status::Denied("port " + std::to_string(port) + " on " + host + " may not be used by this user").WithHint("ports below 1024 need root; choose a higher one");
    why = std::strerror(errno);
  }
  return Status::Unavailable("cannot listen on " + host + ":" + std::to_string(port)).WithDetail(why);
}

int LocalPort(const Fd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Result<Fd> Connect(const std::string& host, int port, int64_t timeout_ms) {
  AddressInfo addresses = TRY(Resolve(host, port, false));
  std::string why = "no address";
  for (addrinfo* a = addresses.get(); a; a = a->ai_next) {
    Fd fd(socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) { why = std::strerror(errno); continue; }
    int error = 0;
    if (connect(fd.get(), a->ai_addr, a->ai_addrlen) != 0) {
      error = errno;
      if (error == EINPROGRESS) {
        if (WaitFor(fd.get(), POLLOUT, timeout_ms) == 0) { why = "no answer within " + std::to_string(timeout_ms) + " ms"; continue; }
        socklen_t size = sizeof(error);
        getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
    if (error != 0) { why = std::strerror(error); continue; }
    int one = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
  }
  return Status::Unavailable("nobody answers at " + host + ":" + std::to_string(port)).WithDetail(why);
}

void SetBlocking(int fd, int64_t timeout_ms) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  timeval t{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

Status SendAll(int fd, std::string_view bytes, int64_t timeout_ms) {
  while (!bytes.empty()) {
    ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) { bytes.remove_prefix(static_cast<size_t>(n)); continue; }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Status::Unavailable("the connection broke while sending").WithDetail(std::strerror(errno));
    if (WaitFor(fd, POLLOUT, timeout_ms) != 1) return Status::Unavailable("the peer took no bytes for " + std::to_string(timeout_ms) + " ms");
  }
  return Status::OK();
}

Result<size_t> Receive(int fd, char* buffer, size_t size, int64_t timeout_ms) {
  for (;;) {
    ssize_t n = recv(fd, buffer, size, 0);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Status::Unavailable("the connection broke while receiving").WithDetail(std::strerror(errno));
    if (WaitFor(fd, POLLIN, timeout_ms) != 1) return Status::Unavailable("no answer within " + std::to_string(timeout_ms) + " ms");
  }
}

}  // namespace tarn::net
