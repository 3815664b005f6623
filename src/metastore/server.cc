#include "metastore/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "fmt/format.h"
#include "metastore/http_door.h"

namespace tarn::metastore {

namespace {
struct ConnectionStart {
  Server* server;
  std::unique_ptr<wire::TcpConnection> connection;
  std::string peer;
};

std::string PeerName(const sockaddr_storage& a) {
  char text[INET6_ADDRSTRLEN] = "?";
  int port = 0;
  if (a.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(a);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    port = ntohs(v4.sin_port);
  } else if (a.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(a);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    port = ntohs(v6.sin6_port);
  }
  return fmt::format("{}:{}", text, port);
}

// Binary, old binary or compact, from a message's first byte.
wire::Protocol ProtocolOf(uint8_t first) { return first == 0x82 ? wire::Protocol::kCompact : wire::Protocol::kBinary; }
}  // namespace

Server::Server(Service& service, Router& router)
    : service_(service), router_(router),
      memory_(service.options().limits.total_memory_bytes_max ? service.options().limits.total_memory_bytes_max : wire::DefaultTotalMemory()) {}

Server::~Server() { Drain(0); }

Server::Deadline::Deadline(Server& server, wire::TcpConnection& connection, int ms) : server_(server), connection_(&connection) {
  std::lock_guard lock(server_.watch_mutex_);
  place_ = server_.deadlines_.emplace(MonotonicMs() + ms, this);
  if (place_ == server_.deadlines_.begin()) server_.watch_changed_.notify_one();
}

void Server::Deadline::End() {
  std::lock_guard lock(server_.watch_mutex_);
  if (running_) server_.deadlines_.erase(place_);
  running_ = false;
}

void Server::WatchLoop() {
  std::unique_lock lock(watch_mutex_);
  while (!watch_over_) {
    if (deadlines_.empty()) { watch_changed_.wait(lock); continue; }
    auto first = deadlines_.begin();
    int64_t left_ms = first->first - MonotonicMs();
    if (left_ms > 0) { watch_changed_.wait_for(lock, std::chrono::milliseconds(left_ms)); continue; }
    first->second->expired_ = true;
    first->second->connection_->Shutdown();   // its thread is still there: End, which it calls, waits for our lock
    first->second->running_ = false;
    deadlines_.erase(first);
    counters_.refused_slow.fetch_add(1, std::memory_order_relaxed);
  }
}

Status Server::Start() {
  const MetastoreOptions& o = service_.options();
  authenticator_ = TRY(Authenticator::Make(o));
  if (o.tls_on) tls_ = TRY(net::TlsServer::Make(o.tls));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  if (int e = ::getaddrinfo(o.host.c_str(), std::to_string(o.port).c_str(), &hints, &list); e != 0) {
    return Status::InvalidSql(fmt::format("host \"{}\" not found: {}", o.host, ::gai_strerror(e)));
  }
  int error = 0;
  for (addrinfo* a = list; a && listener_ < 0; a = a->ai_next) {
    int fd = ::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) { error = errno; continue; }
    int one = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (::bind(fd, a->ai_addr, a->ai_addrlen) == 0 && ::listen(fd, 1024) == 0) listener_ = fd;
    else { error = errno; ::close(fd); }
  }
  ::freeaddrinfo(list);
  if (listener_ < 0) {
    Status s = Status::Unavailable(fmt::format("metastore can't listen on {}:{}: {}", o.host, o.port, std::strerror(error)));
    return error == EADDRINUSE ? std::move(s).WithHint("another process has the port: stop it, or choose another with --port (0 takes a free one)")
                               : std::move(s);
  }
  sockaddr_storage bound{};
  socklen_t len = sizeof(bound);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &len);
  port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port : reinterpret_cast<sockaddr_in&>(bound).sin_port);
  accept_thread_ = std::thread([this] { AcceptLoop(); });
  watch_thread_ = std::thread([this] { WatchLoop(); });
  return Status::OK();
}

void Server::AcceptLoop() {
  for (;;) {
    sockaddr_storage from{};
    socklen_t len = sizeof(from);
    int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&from), &len, SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE) {
        LogError("no file descriptor left for a new connection");
        std::unique_lock lock(mutex_);
        gone_.wait_for(lock, std::chrono::milliseconds(100));
        continue;
      }
      return;   // shut down
    }
    auto start = std::make_unique<ConnectionStart>();
    start->server = this;
    start->connection = std::make_unique<wire::TcpConnection>(fd);
    start->peer = PeerName(from);
    {
      std::lock_guard lock(mutex_);
      if (draining_) return;
      if (static_cast<int>(open_.size()) >= service_.options().connections_max) {
        counters_.refused_limit.fetch_add(1, std::memory_order_relaxed);
        LogWarn("connection from {} refused: connections-max {} reached", start->peer, service_.options().connections_max);
        continue;
      }
      open_.insert(start->connection.get());
    }
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, kThreadStackBytes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    wire::TcpConnection* c = start->connection.get();
    int e = ::pthread_create(&thread, &attributes, &Server::RunConnection, start.get());
    ::pthread_attr_destroy(&attributes);
    if (e == 0) { (void)start.release(); continue; }
    LogError("no thread for the connection from {}: {}", start->peer, std::strerror(e));
    std::lock_guard lock(mutex_);
    open_.erase(c);
  }
}

void* Server::RunConnection(void* p) {
  std::unique_ptr<ConnectionStart> start(static_cast<ConnectionStart*>(p));
  Server* server = start->server;
  server->Serve(*start->connection, start->peer);
  start->connection->CloseGently();
  std::lock_guard lock(server->mutex_);
  server->open_.erase(start->connection.get());
  start->connection.reset();
  server->gone_.notify_all();
  return nullptr;
}

namespace {
bool LooksLikeHttp(const uint8_t* p) {
  std::string_view word(reinterpret_cast<const char*>(p), 4);
  return word == "POST" || word == "GET " || word == "HEAD" || word == "PUT " || word == "OPTI" || word == "DELE" || word == "PATC" || word == "CONN" || word == "TRAC";
}
}  // namespace

void Server::Serve(wire::TcpConnection& connection, const std::string& peer) {
  Caller caller;
  caller.peer = peer;
  Call call{service_, caller, &router_};
  bool framed = false, http = false;
  Deadline deadline(*this, connection, service_.options().handshake_timeout_seconds * 1000);
  if (!Admit(call, connection, deadline, &framed, &http)) {
    if (deadline.expired()) LogWarn("connection from {} cut: it did not say who it is within handshake-timeout-seconds", peer);
    return;
  }
  connection.SetTimeout(service_.options().message_timeout_seconds * 1000);
  caller.door = (http ? "http" : caller.authenticated ? "sasl" : framed ? "framed" : "binary") + std::string(connection.tls() ? "+tls" : "");
  (http ? counters_.http : caller.authenticated ? counters_.sasl : framed ? counters_.framed : counters_.binary).fetch_add(1, std::memory_order_relaxed);
  if (!http || !authenticator_->required()) deadline.End();   // over HTTP each head has its own proof
  if (http) HttpDoor(call, router_, *authenticator_, connection, draining_, *this, deadline).Serve();
  else ServeThrift(call, connection, framed);
}

// Tells the transport, and lets in who may come in. False: the connection is over; who can be told why has been told.
bool Server::Admit(Call& call, wire::TcpConnection& connection, Deadline& deadline, bool* framed, bool* http) {
  const MetastoreOptions& o = service_.options();
  const std::string& peer = call.caller.peer;
  const int handshake_ms = o.handshake_timeout_seconds * 1000;
  const bool secure = authenticator_->required();
  connection.SetTimeout(handshake_ms);
  if (tls_) {
    auto session = tls_->Accept(connection.fd());
    if (!session.ok()) {
      counters_.refused_tls.fetch_add(1, std::memory_order_relaxed);
      LogWarn("connection from {} refused: {}", peer, session.status().ToString());
      return false;
    }
    counters_.tls.fetch_add(1, std::memory_order_relaxed);
    connection.StartTls(std::move(session).value());
  }
  // A client of ours may sit idle before its first call; a stranger may not hold a thread.
  if (!secure) deadline.End();
  if (!connection.Wait(secure ? handshake_ms : -1) || !connection.Need(5)) return false;
  const uint8_t* p = connection.cur;
  auto refuse = [&](const std::string& why) {
    counters_.refused_protocol.fetch_add(1, std::memory_order_relaxed);
    LogWarn("connection from {} refused: {}", peer, why);
    return false;
  };
  if (LooksLikeHttp(p)) {
    if (o.transport_mode == "binary") return refuse("it speaks HTTP, and metastore.server.thrift.transport.mode is binary");
    *http = true;
    return true;
  }
  if (o.transport_mode == "http") return refuse("it speaks no HTTP, and metastore.server.thrift.transport.mode is http");
  if (p[0] == 0x16 && p[1] == 3 && !tls_) return refuse("it speaks TLS, and no certificate is configured (--tls-certificate)");
  *framed = p[0] <= 0x7f && (p[4] == 0x80 || p[4] == 0x82);
  if (!*framed && p[0] == 1) {   // SASL's START: 1, then the length of the mechanism's name
    bool by_password = authenticator_->passwords() || authenticator_->sasl_unchecked();
    auto name = NegotiatePlain(connection, by_password ? authenticator_.get() : nullptr,
                               secure ? "this metastore needs " + authenticator_->Wanted(false) : "this metastore asks for no password: set metastore.client.auth.mode=NOSASL");
    if (!name.ok()) {
      counters_.refused_authentication.fetch_add(1, std::memory_order_relaxed);
      LogWarn("connection from {} refused: {}", peer, name.status().ToString());
      return false;
    }
    call.caller.user = *name;
    call.caller.authenticated = true;
    *framed = true;
    return true;
  }
  if (!*framed && p[0] <= 0x7f && p[0] != 0) return refuse(fmt::format("it speaks no Thrift that we know (first byte 0x{:02x})", p[0]));
  if (secure) {
    counters_.refused_authentication.fetch_add(1, std::memory_order_relaxed);
    LogWarn("connection from {} refused: it does not bring {}", peer, authenticator_->Wanted(false));
    Turn(connection, *framed);
    return false;
  }
  return true;
}

// Answers the first calls with why there will be no others: Hive's clients pass over a failed set_ugi and show the failure of the next.
void Server::Turn(wire::TcpConnection& connection, bool framed) {
  constexpr int kCallsMax = 4;
  std::unique_ptr<wire::FramedSource> frames;
  if (framed) frames = std::make_unique<wire::FramedSource>(connection, 64 << 10);
  wire::ByteSource& in = framed ? static_cast<wire::ByteSource&>(*frames) : connection;
  wire::WireLimits limits;
  limits.message_bytes_max = 64 << 10;
  wire::OutBuffer out;
  for (int i = 0; i < kCallsMax && in.Need(1); ++i) {
    wire::ReadBudget budget(limits);
    wire::MessageHead head;
    wire::Protocol protocol = ProtocolOf(*in.cur);
    if (!wire::ReadMessageHead(protocol, in, budget, &head).ok() || !wire::SkipStruct(protocol, in, budget).ok()) return;
    head.type = wire::MessageType::kException;
    out.Clear();
    if (framed) out.Grow(4);
    wire::WriteMessageHead(protocol, out, head);
    wire::WriteApplicationException(protocol, out, {"authentication required: this metastore needs " + authenticator_->Wanted(false), wire::ApplicationError::kInternalError});
    if (framed) {
      frames->EndFrame();
      uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
      std::memcpy(out.data(), &n, 4);
    }
    if (out.size() > 4 && !connection.OnBytes(out.view().data(), out.size())) return;
  }
}

void Server::ServeThrift(Call& call, wire::TcpConnection& connection, bool framed) {
  wire::OutBuffer out;
  std::unique_ptr<wire::FramedSource> frames;
  if (framed) frames = std::make_unique<wire::FramedSource>(connection, service_.options().limits.message_bytes_max, &memory_);
  else out.SetDrain(&connection, kDrainBytes);
  while (ServeOne(call, connection, frames.get(), out)) {
  }
}

namespace {
// A frame that is not read to its end: which call it holds is not known, so the answer bears no name.
void RefuseFrame(const std::string& peer, wire::TcpConnection& connection, const Status& why) {
  LogWarn("{}: {}", peer, why.ToString());
  wire::OutBuffer out;
  out.Grow(4);
  wire::WriteMessageHead(wire::Protocol::kBinary, out, {"", wire::MessageType::kException, 0, true});
  wire::WriteApplicationException(wire::Protocol::kBinary, out, {why.message(), wire::ApplicationError::kProtocolError});
  uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
  std::memcpy(out.data(), &n, 4);
  (void)connection.OnBytes(out.view().data(), out.size());
}
}  // namespace

bool Server::ServeOne(Call& call, wire::TcpConnection& plain, wire::FramedSource* framed, wire::OutBuffer& out) {
  wire::ByteSource& in = framed ? static_cast<wire::ByteSource&>(*framed) : plain;
  if ((in.ready() == 0 && !plain.Await()) || !in.Need(1)) {   // between calls a client may be idle for hours
    if (in.status().code() == StatusCode::kExhausted) RefuseFrame(call.caller.peer, plain, in.status());
    return false;
  }
  wire::Protocol protocol = ProtocolOf(*in.cur);
  wire::ReadBudget budget(service_.options().limits, &memory_);
  wire::MessageHead head;
  if (Status s = wire::ReadMessageHead(protocol, in, budget, &head); !s.ok()) {
    if (s.code() != StatusCode::kUnavailable) LogWarn("{}: {}", call.caller.peer, s.ToString());
    return false;
  }
  out.Clear();
  if (framed) out.Grow(4);
  Router::Outcome outcome = router_.Serve(call, protocol, head, in, budget, out);
  if (framed) {
    framed->EndFrame();
    uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
    std::memcpy(out.data(), &n, 4);
    if (out.size() > 4 && !plain.OnBytes(out.view().data(), out.size())) return false;
  } else if (!out.DrainNow()) {
    return false;
  }
  out.Trim(kBufferKeepBytes);
  return outcome == Router::Outcome::kDone;
}

int Server::connections() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(open_.size());
}

void Server::Drain(int timeout_ms) {
  if (listener_ < 0) return;
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
    // Reading ends, so that idle connections go at once; a call that runs may still write its reply.
    for (wire::TcpConnection* c : open_) ::shutdown(c->fd(), SHUT_RD);
  }
  ::shutdown(listener_, SHUT_RDWR);
  accept_thread_.join();
  ::close(listener_);
  listener_ = -1;
  {
    std::lock_guard lock(watch_mutex_);
    watch_over_ = true;
    watch_changed_.notify_one();
  }
  watch_thread_.join();   // nobody new comes in, and who has not come in yet is cut off below
  std::unique_lock lock(mutex_);
  if (!gone_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return open_.empty(); })) {
    LogWarn("{} calls still ran after {} ms of draining and are cut off", open_.size(), timeout_ms);
    for (wire::TcpConnection* c : open_) ::shutdown(c->fd(), SHUT_RDWR);
    gone_.wait(lock, [&] { return open_.empty(); });
  }
}

}  // namespace tarn::metastore
