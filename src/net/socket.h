// TCP sockets as owned descriptors: listen, connect, and addresses. IPv4 and IPv6.
// Threads: values; one descriptor is used by one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::net {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { Reset(); }
  Fd(Fd&& o) noexcept : fd_(o.Release()) {}
  Fd& operator=(Fd&& o) noexcept { if (this != &o) { Reset(); fd_ = o.Release(); } return *this; }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release() { int f = fd_; fd_ = -1; return f; }
  void Reset();

 private:
  int fd_ = -1;
};

// Listens on host (a name or an address) and port; 0 takes a free one. kConflict: the port is in use, naming it and, where
// the machine tells, the process that holds it.
Result<Fd> Listen(const std::string& host, int port);
int LocalPort(const Fd& fd);
// kUnavailable: nobody answers within timeout_ms.
Result<Fd> Connect(const std::string& host, int port, int64_t timeout_ms);
// Blocking, with a limit on each send and receive (TLS works on such sockets).
void SetBlocking(int fd, int64_t timeout_ms);
Status SendAll(int fd, std::string_view bytes, int64_t timeout_ms);
// Bytes read (0: the peer closed); kUnavailable on time-out or a broken connection.
Result<size_t> Receive(int fd, char* buffer, size_t size, int64_t timeout_ms);

}  // namespace tarn::net
