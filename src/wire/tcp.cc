#include "wire/tcp.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "fmt/format.h"

namespace tarn::wire {

namespace {
Status SystemError(const std::string& what, int error) { return Status::Unavailable(fmt::format("{}: {}", what, std::strerror(error))); }

Status ConnectOne(const addrinfo& a, int timeout_ms, int* out) {
  int fd = ::socket(a.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return SystemError("socket", errno);
  if (::connect(fd, a.ai_addr, a.ai_addrlen) != 0) {
    int error = errno;
    if (error == EINPROGRESS) {
      pollfd p{fd, POLLOUT, 0};
      int n = ::poll(&p, 1, timeout_ms);
      socklen_t len = sizeof(error);
      if (n == 1) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
      else error = ETIMEDOUT;
    }
    if (error) { ::close(fd); return SystemError("connect", error); }
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  *out = fd;
  return Status::OK();
}
}  // namespace

Result<std::unique_ptr<TcpConnection>> TcpConnection::Connect(const std::string& host, int port, int connect_timeout_ms, int io_timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int e = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); e != 0) {
    return Status::Unavailable(fmt::format("host \"{}\" not found: {}", host, ::gai_strerror(e)));
  }
  Status last = Status::Unavailable("no address");
  int fd = -1;
  for (addrinfo* a = list; a && fd < 0; a = a->ai_next) last = ConnectOne(*a, connect_timeout_ms, &fd);
  ::freeaddrinfo(list);
  if (fd < 0) return std::move(last).WithContext(fmt::format("{}:{}", host, port));
  auto connection = std::make_unique<TcpConnection>(fd);
  connection->SetTimeout(io_timeout_ms);
  return connection;
}

TcpConnection::TcpConnection(int fd) : fd_(fd), buffer_(new uint8_t[kBufferBytes]) {
  cur = end = buffer_.get();
  int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

TcpConnection::~TcpConnection() {
  tls_.reset();
  ::close(fd_);
}

void TcpConnection::SetTimeout(int timeout_ms) {
  timeout_ms_ = timeout_ms;
  timeval t{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

bool TcpConnection::Wait(int timeout_ms) const {
  if (cur != end || (tls_ && tls_->Pending())) return true;
  pollfd p{fd_, POLLIN, 0};
  int n;
  while ((n = ::poll(&p, 1, timeout_ms)) < 0 && errno == EINTR) {
  }
  return n > 0;
}

void TcpConnection::Shutdown() { ::shutdown(fd_, SHUT_RDWR); }

bool TcpConnection::Await() {
  while (!Need(1)) {
    if (!timed_out_) return false;
    timed_out_ = false;
    status_ = Status::OK();
  }
  return true;
}

void TcpConnection::CloseGently() {
  constexpr int kPatienceMs = 500, kWholeMs = 5'000;
  constexpr size_t kBytesMax = 128 << 20;   // a message that was refused at its beginning is still on its way
  const int64_t end_ms = MonotonicMs() + kWholeMs;
  tls_.reset();
  ::shutdown(fd_, SHUT_WR);
  char waste[16 << 10];
  for (size_t taken = 0; taken < kBytesMax;) {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, kPatienceMs) <= 0) return;
    ssize_t k = ::recv(fd_, waste, sizeof(waste), MSG_DONTWAIT);
    if (k <= 0) return;
    taken += static_cast<size_t>(k);
    if (MonotonicMs() > end_ms) return;
  }
}

bool TcpConnection::Idle() const {
  pollfd p{fd_, POLLIN, 0};
  return cur == end && ::poll(&p, 1, 0) == 0;
}

bool TcpConnection::OnBytes(const char* data, size_t n) {
  if (tls_) {
    if (tls_->Write(data, n)) return true;
    status_ = Status::Unavailable("the connection broke while sending");
    return false;
  }
  while (n > 0) {
    ssize_t k = ::send(fd_, data, n, MSG_NOSIGNAL);
    if (k < 0) {
      if (errno == EINTR) continue;
      status_ = SystemError("send", errno);
      return false;
    }
    data += k;
    n -= static_cast<size_t>(k);
  }
  return true;
}

bool TcpConnection::AwaitRoom(const OutBuffer::GiveUp& give_up, bool* gone) {
  constexpr int kLookMs = 100;
  pollfd p{fd_, POLLOUT, 0};
  if (::poll(&p, 1, 0) > 0) return true;   // or an error, which sending tells
  for (const int64_t since = MonotonicMs();;) {
    int64_t waited = MonotonicMs() - since;
    if (give_up(waited)) return false;
    if (timeout_ms_ > 0 && waited >= timeout_ms_) {
      status_ = Status::Unavailable("the peer did not take its reply in time");
      *gone = true;
      return false;
    }
    if (::poll(&p, 1, kLookMs) > 0) return true;
  }
}

size_t TcpConnection::Offer(const char* data, size_t n, const OutBuffer::GiveUp& give_up, bool* gone) {
  size_t done = 0;
  while (done < n) {
    if (!tls_) {
      ssize_t k = ::send(fd_, data + done, n - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (k >= 0) { done += static_cast<size_t>(k); continue; }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        status_ = SystemError("send", errno);
        *gone = true;
        return done;
      }
    }
    if (!AwaitRoom(give_up, gone)) return done;
    if (!tls_) continue;
    size_t piece = std::min(n - done, kPieceBytes);
    if (!OnBytes(data + done, piece)) { *gone = true; return done; }
    done += piece;
  }
  return done;
}

bool TcpConnection::Fill(size_t n) {
  size_t have = ready();
  if (n > capacity_) {   // never for the codec, which asks for a few bytes at a time
    std::unique_ptr<uint8_t[]> bigger(new uint8_t[n]);
    std::memcpy(bigger.get(), cur, have);
    buffer_ = std::move(bigger);
    capacity_ = n;
  } else if (have) {
    std::memmove(buffer_.get(), cur, have);
  }
  cur = buffer_.get();
  end = cur + have;
  while (have < n) {
    auto* at = buffer_.get() + have;
    ssize_t k = tls_ ? tls_->Read(reinterpret_cast<char*>(at), capacity_ - have) : ::recv(fd_, at, capacity_ - have, 0);
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) {
      int error = errno;
      timed_out_ = k < 0 && error == EAGAIN;
      status_ = k == 0 ? Status::Unavailable("connection closed by the peer")
                : error == EAGAIN ? Status::Unavailable("the peer did not answer in time") : SystemError("receive", error);
      return false;
    }
    bytes_in_ += static_cast<uint64_t>(k);
    have += static_cast<size_t>(k);
    end = cur + have;
  }
  return true;
}

void FramedSource::EndFrame() {
  cur = end;
  share_.Clear();
  if (frame_.capacity() <= kKeepBytes) return;
  frame_ = std::string();
  cur = end = nullptr;
}

bool FramedSource::Fill(size_t n) {
  constexpr size_t kStep = 256 << 10;
  std::string rest(reinterpret_cast<const char*>(cur), ready());
  if (frame_.capacity() > kKeepBytes) EndFrame();
  size_t charged = 0;
  while (rest.size() < n) {
    char head[4];
    if (!under_.Take(head, 4)) { status_ = under_.status(); return false; }
    uint32_t size;
    std::memcpy(&size, head, 4);
    size = __builtin_bswap32(size);
    if (size > frame_bytes_max_) { status_ = Status::Exhausted("thrift frame is longer than wire.message-bytes-max"); return false; }
    const size_t whole = rest.size() + size;
    for (size_t left = size; left > 0;) {   // in steps: never allocate far ahead of the bytes
      size_t k = std::min(left, kStep), at = rest.size();
      if (at + k > rest.capacity()) {
        size_t room = std::min(whole, 2 * at + k);
        if (!share_.Take(room)) { status_ = MemoryPool::Full(); return false; }   // what grows and what it is copied from count both
        rest.reserve(room);
        share_.Give(std::exchange(charged, room));
      }
      rest.resize(at + k);
      if (!under_.Take(rest.data() + at, k)) { status_ = under_.status(); return false; }
      left -= k;
    }
  }
  frame_ = std::move(rest);
  cur = reinterpret_cast<const uint8_t*>(frame_.data());
  end = cur + frame_.size();
  return true;
}

}  // namespace tarn::wire
