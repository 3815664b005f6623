// GET /metrics (Prometheus text: count, errors, seconds and bytes of each call that was made) and GET /health, over plain HTTP.
// Threads: one that accepts, one for each request that is being answered; Start returns at once.
// Limits: a request has kAnswerMs from its first byte to our last one; beyond kOpenMax at once the oldest has to go. /health reads over a
// connection of its own: it tells whether the store answers, however many readers there are.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "metastore/router.h"
#include "metastore/server.h"

namespace tarn::metastore {

class MetricsDoor {
 public:
  static constexpr int kAnswerMs = 2'000;
  static constexpr size_t kOpenMax = 64;
  MetricsDoor(Service& service, const Router& router, const Server& server) : service_(service), router_(router), server_(server) {}
  ~MetricsDoor();
  Status Start(const std::string& host, int port);
  int port() const { return port_; }
  std::string Text() const;

 private:
  void Loop();
  void Answer(int fd);
  bool StoreAnswers(int64_t until_ms);
  void End(int fd);

  Service& service_;
  const Router& router_;
  const Server& server_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::list<int> open_;            // that may still take their time; the oldest first
  size_t running_ = 0;
  std::timed_mutex health_mutex_;
  std::unique_ptr<SqlConnection> health_;
};

}  // namespace tarn::metastore
