// The Thrift door: listens, gives each connection a thread, reads calls, hands them to the Router.
//
// Transport and protocol are told from the first bytes: plain or framed, binary (strict or old) or compact, SASL PLAIN, HTTP, all on one
// port. With TLS on, all of it within TLS and nothing beside it.
// Threads: Start returns at once; Drain stops accepting, lets running calls finish (up to a limit) and joins.
// Limits: options.connections_max; wire limits per message, and of all messages together; the timeout of a message; a stranger has the
// handshake's time in all, from its connection until it is known (or, where nobody has to be known, until TLS stands): a thread watches.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "metastore/authenticator.h"
#include "metastore/router.h"
#include "metastore/service.h"
#include "wire/tcp.h"

namespace tarn::metastore {

// How connections came in and why some did not, for the metrics.
struct DoorCounters {
  std::atomic<uint64_t> binary{0}, framed{0}, sasl{0}, http{0}, tls{0};
  std::atomic<uint64_t> refused_limit{0}, refused_protocol{0}, refused_tls{0}, refused_authentication{0}, refused_slow{0};
};

class Server {
 public:
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  static constexpr size_t kThreadStackBytes = 4 << 20;   // a sanitizer's frames are larger
#else
  static constexpr size_t kThreadStackBytes = 512 << 10;
#endif
  static constexpr size_t kDrainBytes = 256 << 10;      // a plain reply leaves in pieces of this size
  static constexpr size_t kBufferKeepBytes = 1 << 20;   // memory a connection keeps between calls

  Server(Service& service, Router& router);
  ~Server();
  Status Start();
  int port() const { return port_; }
  void Drain(int timeout_ms);
  int connections() const;
  const DoorCounters& counters() const { return counters_; }
  const Authenticator* authenticator() const { return authenticator_.get(); }
  wire::MemoryPool& memory() { return memory_; }
  static void* RunConnection(void* start);   // thread entry

  // While it lives and is not over, the connection is cut when the time has come, whatever it is doing.
  class Deadline {
   public:
    Deadline(Server& server, wire::TcpConnection& connection, int ms);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { End(); }
    void End();
    bool expired() const { return expired_.load(); }

   private:
    Server& server_;
    wire::TcpConnection* connection_;
    std::multimap<int64_t, Deadline*>::iterator place_;
    bool running_ = true;
    std::atomic<bool> expired_{false};
    friend class Server;
  };

 private:
  void AcceptLoop();
  void WatchLoop();
  void Serve(wire::TcpConnection& connection, const std::string& peer);
  void ServeThrift(Call& call, wire::TcpConnection& connection, bool framed);
  bool Admit(Call& call, wire::TcpConnection& connection, Deadline& deadline, bool* framed, bool* http);
  void Turn(wire::TcpConnection& connection, bool framed);
  bool ServeOne(Call& call, wire::TcpConnection& plain, wire::FramedSource* framed, wire::OutBuffer& out);

  Service& service_;
  Router& router_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<net::TlsServer> tls_;   // null: in the clear
  DoorCounters counters_;
  int listener_ = -1;
  int port_ = 0;
  wire::MemoryPool memory_;
  std::thread accept_thread_, watch_thread_;
  mutable std::mutex mutex_;
  std::condition_variable gone_;
  std::unordered_set<wire::TcpConnection*> open_;
  std::mutex watch_mutex_;
  std::condition_variable watch_changed_;
  std::multimap<int64_t, Deadline*> deadlines_;   // by monotonic milliseconds
  bool watch_over_ = false;
  std::atomic<bool> draining_{false};
};

}  // namespace tarn::metastore
