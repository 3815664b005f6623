// GET /metrics (Prometheus text: count, errors, seconds and bytes of each call that was made) and GET /health, over plain HTTP.
// Threads: one of its own; Start returns at once.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "metastore/router.h"
#include "metastore/server.h"

namespace tarn::metastore {

class MetricsDoor {
 public:
  MetricsDoor(Service& service, const Router& router, const Server& server) : service_(service), router_(router), server_(server) {}
  ~MetricsDoor();
  Status Start(const std::string& host, int port);
  int port() const { return port_; }
  std::string Text() const;

 private:
  void Loop();
  void Answer(int fd) const;

  Service& service_;
  const Router& router_;
  const Server& server_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace tarn::metastore
