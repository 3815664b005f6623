// The Thrift door: listens, gives each connection a thread, reads calls, hands them to the Router.
//
// Transport and protocol are told from the first bytes: plain or framed, binary (strict or old) or compact, SASL PLAIN, all on one port.
// Threads: Start returns at once; Drain stops accepting, lets running calls finish (up to a limit) and joins.
// Limits: options.connections_max; wire limits per message.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "metastore/router.h"
#include "metastore/service.h"
#include "wire/tcp.h"

namespace tarn::metastore {

class Server {
 public:
  static constexpr size_t kThreadStackBytes = 512 << 10;
  static constexpr size_t kDrainBytes = 256 << 10;      // a plain reply leaves in pieces of this size
  static constexpr size_t kBufferKeepBytes = 1 << 20;   // memory a connection keeps between calls

  Server(Service& service, Router& router) : service_(service), router_(router) {}
  ~Server();
  Status Start();
  int port() const { return port_; }
  void Drain(int timeout_ms);
  int connections() const;
  static void* RunConnection(void* start);   // thread entry

 private:
  void AcceptLoop();
  void Serve(wire::TcpConnection& connection, const std::string& peer);
  bool ServeOne(Call& call, wire::TcpConnection& plain, wire::FramedSource* framed, wire::OutBuffer& out);

  Service& service_;
  Router& router_;
  int listener_ = -1;
  int port_ = 0;
  std::thread accept_thread_;
  mutable std::mutex mutex_;
  std::condition_variable gone_;
  std::unordered_set<wire::TcpConnection*> open_;
  bool draining_ = false;
};

}  // namespace tarn::metastore
