#include "metastore/metrics_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "fmt/format.h"

namespace tarn::metastore {

MetricsDoor::~MetricsDoor() {
  if (listener_ < 0) return;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  std::unique_lock lock(mutex_);
  for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
  ended_.wait(lock, [&] { return running_ == 0; });
}

Status MetricsDoor::Start(const std::string& host, int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(static_cast<uint16_t>(port));
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &a.sin_addr) != 1) return Status::InvalidSql("metrics need an IPv4 address: " + host);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  socklen_t len = sizeof(a);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&a), len) != 0 || ::listen(listener_, 16) != 0) {
    Status s = Status::Unavailable(fmt::format("metrics can't listen on {}:{}: {}", host, port, std::strerror(errno)));
    ::close(listener_);
    listener_ = -1;
    return s;
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &len);
  port_ = ntohs(a.sin_port);
  thread_ = std::thread([this] { Loop(); });
  return Status::OK();
}

std::string MetricsDoor::Text() const {
  std::string out;
  auto block = [&](const char* name, const char* help, const char* kind, auto value) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
    for (const wire::CallDesc* c : wire::AllCalls()) {
      const CallCounters& n = router_.counters(*c);
      if (n.calls.load(std::memory_order_relaxed)) out += fmt::format("{}{{call=\"{}\"}} {}\n", name, c->name, value(n));
    }
  };
  block("tarn_metastore_calls_total", "Calls answered.", "counter", [](const CallCounters& n) { return n.calls.load(); });
  block("tarn_metastore_call_errors_total", "Calls answered with an exception.", "counter", [](const CallCounters& n) { return n.errors.load(); });
  block("tarn_metastore_call_seconds_total", "Time spent in calls.", "counter", [](const CallCounters& n) { return static_cast<double>(n.nanoseconds.load()) / 1e9; });
  block("tarn_metastore_call_received_bytes_total", "Bytes of arguments.", "counter", [](const CallCounters& n) { return n.bytes_in.load(); });
  block("tarn_metastore_call_sent_bytes_total", "Bytes of replies.", "counter", [](const CallCounters& n) { return n.bytes_out.load(); });
  out += fmt::format("# HELP tarn_metastore_connections Open connections.\n# TYPE tarn_metastore_connections gauge\ntarn_metastore_connections {}\n", server_.connections());
  const DoorCounters& d = server_.counters();
  out += "# HELP tarn_metastore_connections_accepted_total Connections by transport; TLS ones are counted under tls too.\n# TYPE tarn_metastore_connections_accepted_total counter\n";
  for (auto [name, n] : {std::pair{"binary", &d.binary}, {"framed", &d.framed}, {"sasl", &d.sasl}, {"http", &d.http}, {"tls", &d.tls}}) {
    out += fmt::format("tarn_metastore_connections_accepted_total{{transport=\"{}\"}} {}\n", name, n->load());
  }
  out += "# HELP tarn_metastore_connections_refused_total Connections refused, and why.\n# TYPE tarn_metastore_connections_refused_total counter\n";
  for (auto [name, n] : {std::pair{"limit", &d.refused_limit}, {"protocol", &d.refused_protocol}, {"tls", &d.refused_tls}, {"authentication", &d.refused_authentication}, {"slow", &d.refused_slow}}) {
    out += fmt::format("tarn_metastore_connections_refused_total{{reason=\"{}\"}} {}\n", name, n->load());
  }
  if (const Authenticator* a = server_.authenticator(); a && a->required()) {
    const auto& c = a->counts();
    out += "# HELP tarn_metastore_authentications_total Passwords and tokens checked.\n# TYPE tarn_metastore_authentications_total counter\n";
    for (auto [name, ok, no] : {std::tuple{"password", &c.passwords_ok, &c.passwords_denied}, {"token", &c.tokens_ok, &c.tokens_denied}}) {
      out += fmt::format("tarn_metastore_authentications_total{{kind=\"{}\",outcome=\"ok\"}} {}\ntarn_metastore_authentications_total{{kind=\"{}\",outcome=\"denied\"}} {}\n", name, ok->load(), name, no->load());
    }
  }
  out += fmt::format("# HELP tarn_metastore_table_cache_hits_total Tables served from memory.\n# TYPE tarn_metastore_table_cache_hits_total counter\n"
                     "tarn_metastore_table_cache_hits_total {}\n", service_.tables().hits());
  out += fmt::format("# HELP tarn_metastore_start_time_seconds When the process started.\n# TYPE tarn_metastore_start_time_seconds gauge\n"
                     "tarn_metastore_start_time_seconds {}\n", static_cast<double>(service_.started_ms()) / 1e3);
  return out;
}

// Over a connection of its own; when another request waits for the store already, no longer than that one may.
bool MetricsDoor::StoreAnswers(int64_t until_ms) {
  std::unique_lock lock(health_mutex_, std::chrono::milliseconds(std::max<int64_t>(until_ms - MonotonicMs(), 0)));
  if (!lock.owns_lock()) return false;
  for (int attempt = 0; attempt < 2; ++attempt) {   // a connection that was lost since is made again
    if (!health_ || health_->broken()) {
      auto c = service_.store().Connect();
      if (!c.ok()) return false;
      health_ = std::move(c).value();
    }
    if (health_->Int("SELECT COUNT(*) FROM ctlgs", {}, 0).ok()) return true;
    health_.reset();
  }
  return false;
}

void MetricsDoor::Answer(int fd) {
  const int64_t until_ms = MonotonicMs() + kAnswerMs;
  auto wait = [&](short events) {
    pollfd p{fd, events, 0};
    int n;
    do n = ::poll(&p, 1, static_cast<int>(std::max<int64_t>(until_ms - MonotonicMs(), 0)));
    while (n < 0 && errno == EINTR);
    return n > 0;
  };
  std::string request;
  char buffer[1024];
  while (request.size() < 8192 && request.find("\r\n\r\n") == std::string::npos) {
    if (!wait(POLLIN)) return;
    ssize_t n = ::recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return;
    request.append(buffer, static_cast<size_t>(n));
  }
  std::string body, status = "200 OK";
  if (request.starts_with("GET /metrics ")) {
    body = Text();
  } else if (request.starts_with("GET /health ")) {
    bool well = StoreAnswers(until_ms - kAnswerMs / 4);   // with time left to say so
    body = well ? "ok\n" : "store does not answer\n";
    if (!well) status = "503 Service Unavailable";
  } else {
    status = "404 Not Found";
    body = "GET /metrics or /health\n";
  }
  std::string reply = fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status, body.size(), body);
  for (size_t at = 0; at < reply.size();) {
    if (!wait(POLLOUT)) return;
    ssize_t n = ::send(fd, reply.data() + at, reply.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

void MetricsDoor::End(int fd) {
  std::lock_guard lock(mutex_);   // closed within: a number that is in the list is this door's
  open_.remove(fd);
  ::close(fd);
  --running_;
  ended_.notify_all();
}

void MetricsDoor::Loop() {
  for (;;) {
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    {
      std::lock_guard lock(mutex_);
      if (running_ >= 2 * kOpenMax) { ::close(fd); continue; }   // even those that had to go are not gone: the store hangs
      if (open_.size() >= kOpenMax) {
        ::shutdown(open_.front(), SHUT_RDWR);
        open_.pop_front();
      }
      open_.push_back(fd);
      ++running_;
    }
    try {
      std::thread([this, fd] {
        Answer(fd);
        End(fd);
      }).detach();
    } catch (const std::system_error& e) {
      LogError("no thread for a request for metrics: {}", e.what());
      End(fd);
    }
  }
}

}  // namespace tarn::metastore
