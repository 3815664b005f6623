#include "net/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "net/json_writer.h"
#include "net/socket.h"

namespace tarn::net {
namespace {
HttpResponse ErrorResponse(int status, const Status& error) {
  std::string text = error.message();
  if (!error.hint().empty()) text += " (hint: " + error.hint() + ")";
  JsonWriter w;
  w.BeginObject().Key("errors").BeginArray().String(text).EndArray().EndObject();
  HttpResponse r = HttpResponse::Json(w.Take(), status);
  return r;
}
}  // namespace

struct HttpServer::State {
  // Owned by the table; used by the epoll thread while `armed`, by one worker otherwise.
  struct Connection {
    Connection(Fd f, HttpLimits limits) : fd(std::move(f)), parser(HttpParser::Kind::kRequest, limits) {}
    Fd fd;
    HttpParser parser;
    std::string pending;          // bytes that belong to the next request
    std::atomic<bool> armed{true};
    std::atomic<int64_t> since_ms{0};   // of the last request's end, or the first byte of the current one
    bool continue_sent = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  HttpServerOptions options;
  Handler handler;
  Fd listener, epoll, wake;
  int bound_port = 0;
  std::thread loop;

  mutable std::mutex mutex;
  std::condition_variable work, idle;
  std::unordered_map<int, ConnectionPtr> connections;
  std::deque<ConnectionPtr> ready;
  std::vector<std::thread> workers;
  int waiting = 0, busy = 0;
  bool stopping = false, ended = false;
  std::atomic<int64_t> requests{0}, errors{0};

  void Loop();
  void Accept();
  void OnReadable(const ConnectionPtr& c);
  bool FeedPending(const ConnectionPtr& c);
  void Dispatch(const ConnectionPtr& c);
  void Work();
  bool Answer(const ConnectionPtr& c);
  void Drop(const ConnectionPtr& c);
  void Rearm(const ConnectionPtr& c);
  void SweepIdle();
};

void HttpServer::State::Drop(const ConnectionPtr& c) {
  std::lock_guard lock(mutex);
  auto it = connections.find(c->fd.get());
  if (it != connections.end() && it->second == c) {
    epoll_ctl(epoll.get(), EPOLL_CTL_DEL, c->fd.get(), nullptr);
    shutdown(c->fd.get(), SHUT_RDWR);
    connections.erase(it);   // the descriptor closes with its last user
  }
}

void HttpServer::State::Rearm(const ConnectionPtr& c) {
  c->armed = true;
  epoll_event e{};
  e.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
  e.data.fd = c->fd.get();
  if (epoll_ctl(epoll.get(), EPOLL_CTL_MOD, c->fd.get(), &e) != 0) Drop(c);
}

void HttpServer::State::Accept() {
  for (;;) {
    Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    int one = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    std::lock_guard lock(mutex);
    if (stopping) return;
    if (static_cast<int>(connections.size()) >= options.connections_max) continue;   // closes it
    int number = fd.get();
    auto c = std::make_shared<Connection>(std::move(fd), options.limits);
    c->since_ms = MonotonicMs();
    connections[number] = c;
    epoll_event e{};
    e.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
    e.data.fd = number;
    epoll_ctl(epoll.get(), EPOLL_CTL_ADD, number, &e);
  }
}

// True: a request is complete or wrong, a worker shall answer.
bool HttpServer::State::FeedPending(const ConnectionPtr& c) {
  bool was_started = c->parser.started();
  size_t taken = c->parser.Feed(c->pending);
  c->pending.erase(0, taken);
  if (!was_started && c->parser.started()) c->since_ms = MonotonicMs();
  return c->parser.state() != HttpParser::State::kMore;
}

void HttpServer::State::OnReadable(const ConnectionPtr& c) {
  char buffer[64 << 10];
  for (;;) {
    ssize_t n = recv(c->fd.get(), buffer, sizeof(buffer), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0) return Drop(c);
    c->pending.append(buffer, static_cast<size_t>(n));
    if (FeedPending(c)) { c->armed = false; return Dispatch(c); }
    if (c->parser.headers_done() && c->parser.expects_continue() && !c->continue_sent) {
      c->continue_sent = true;
      if (!SendAll(c->fd.get(), "HTTP/1.1 100 Continue\r\n\r\n", 1000).ok()) return Drop(c);
    }
  }
  Rearm(c);
}

void HttpServer::State::Dispatch(const ConnectionPtr& c) {
  std::lock_guard lock(mutex);
  if (ended) return;   // its threads are being joined
  ready.push_back(c);
  if (waiting < static_cast<int>(ready.size()) && static_cast<int>(workers.size()) < options.workers_max) workers.emplace_back([this] { Work(); });
  work.notify_one();
}

void HttpServer::State::Work() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++waiting;
    work.wait(lock, [&] { return !ready.empty() || ended; });
    --waiting;
    if (ready.empty()) return;
    ConnectionPtr c = std::move(ready.front());
    ready.pop_front();
    ++busy;
    lock.unlock();
    bool keep = true;
    do { keep = Answer(c); } while (keep && FeedPending(c));   // pipelined requests
    lock.lock();
    bool closing = stopping;
    lock.unlock();
    if (keep && !closing) Rearm(c);
    else Drop(c);
    c.reset();
    lock.lock();
    --busy;
    idle.notify_all();
  }
}

// False: the connection is over.
bool HttpServer::State::Answer(const ConnectionPtr& c) {
  ++requests;
  HttpParser& parser = c->parser;
  HttpRequest& request = parser.request();
  HttpResponse response;
  bool keep = false;
  if (parser.state() == HttpParser::State::kWrong) {
    response = ErrorResponse(parser.error_status(), Status::Denied(parser.error()));
  } else {
    keep = request.keep_alive();
    int status = 200;
    Status access = CheckAccess(request, options.access, &status);
    if (!access.ok()) response = ErrorResponse(status, access);
    else response = handler(request);
    if (response.close) keep = false;
  }
  if (response.status >= 400) ++errors;
  response.headers.Set("X-Content-Type-Options", "nosniff");
  std::string bytes = SerializeResponse(response, keep, request.method == "HEAD");
  Status sent = SendAll(c->fd.get(), bytes, options.write_timeout_ms);
  if (parser.state() == HttpParser::State::kWrong) shutdown(c->fd.get(), SHUT_WR);
  parser.Reset();
  c->continue_sent = false;
  c->since_ms = MonotonicMs();
  return keep && sent.ok();
}

void HttpServer::State::SweepIdle() {
  int64_t now = MonotonicMs();
  std::vector<ConnectionPtr> late;
  {
    std::lock_guard lock(mutex);
    for (auto& [fd, c] : connections) {
      if (!c->armed) continue;
      int64_t limit = c->parser.started() ? options.request_timeout_ms : options.idle_timeout_ms;
      if (now - c->since_ms > limit) late.push_back(c);
    }
  }
  for (auto& c : late) Drop(c);
}

void HttpServer::State::Loop() {
  epoll_event events[64];
  int64_t swept = MonotonicMs();
  for (;;) {
    int n = epoll_wait(epoll.get(), events, 64, 5'000);
    for (int i = 0; i < n; ++i) {
      int fd = events[i].data.fd;
      if (fd == wake.get()) {
        std::lock_guard lock(mutex);
        if (ended) return;
        continue;
      }
      if (fd == listener.get()) { Accept(); continue; }
      ConnectionPtr c;
      {
        std::lock_guard lock(mutex);
        auto it = connections.find(fd);
        if (it != connections.end()) c = it->second;
      }
      if (c && c->armed) OnReadable(c);
    }
    if (MonotonicMs() - swept > 5'000) { SweepIdle(); swept = MonotonicMs(); }
  }
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(HttpServerOptions options) {
  auto s = std::make_unique<State>();
  s->listener = TRY(net::Listen(options.host, options.port));
  s->bound_port = LocalPort(s->listener);
  s->options = std::move(options);
  s->epoll = Fd(epoll_create1(EPOLL_CLOEXEC));
  s->wake = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!s->epoll || !s->wake) return Status::Exhausted("no descriptors left for the " + s->options.name + " server");
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(s)));
}

int HttpServer::port() const { return state_->bound_port; }
void HttpServer::Allow(std::string origin) { state_->options.access.allowed_origins.push_back(std::move(origin)); }

void HttpServer::Serve(Handler handler) {
  State* s = state_.get();
  s->handler = std::move(handler);
  for (int fd : {s->listener.get(), s->wake.get()}) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    epoll_ctl(s->epoll.get(), EPOLL_CTL_ADD, fd, &e);
  }
  {
    std::lock_guard lock(s->mutex);
    for (int i = 0; i < s->options.workers_min; ++i) s->workers.emplace_back([s] { s->Work(); });
  }
  s->loop = std::thread([s] { s->Loop(); });
}

void HttpServer::Stop(int64_t drain_ms) {
  State* s = state_.get();
  std::vector<std::thread> workers;
  {
    std::unique_lock lock(s->mutex);
    if (s->ended) return;
    s->stopping = true;
    if (s->loop.joinable()) epoll_ctl(s->epoll.get(), EPOLL_CTL_DEL, s->listener.get(), nullptr);
    s->idle.wait_for(lock, std::chrono::milliseconds(drain_ms), [&] { return s->busy == 0 && s->ready.empty(); });
    s->ended = true;
    for (auto& [fd, c] : s->connections) shutdown(fd, SHUT_RDWR);
    s->work.notify_all();
    workers.swap(s->workers);
  }
  uint64_t one = 1;
  (void)!write(s->wake.get(), &one, sizeof(one));
  if (s->loop.joinable()) s->loop.join();
  for (std::thread& t : workers) t.join();
  s->listener.Reset();
  std::lock_guard lock(s->mutex);
  s->connections.clear();
}

HttpServer::~HttpServer() { Stop(0); }

HttpServer::Counters HttpServer::counters() const {
  std::lock_guard lock(state_->mutex);
  return {state_->requests, state_->errors, static_cast<int64_t>(state_->connections.size())};
}

}  // namespace tarn::net
