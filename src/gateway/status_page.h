// The page at / (plain HTML, no foreign assets) and /metrics (Prometheus text format 0.0.4).
// Threads: pure functions of a snapshot.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/session_store.h"
#include "job/job_manager.h"

namespace tarn::gateway {

struct ServerFacts {
  std::string version;
  std::string data_dir;
  int http_port = 0, gateway_port = 0, metastore_port = 0;
  int64_t started_ms = 0;             // WallClockMs
  bool metastore_running = false;
  int metastore_restarts = 0;
  int64_t metastore_pid = 0;
};

struct StatusInputs {
  ServerFacts facts;
  std::vector<job::JobStatus> jobs;
  SessionStore::Counters sessions;
  std::vector<std::pair<std::string, int64_t>> counters;   // name with labels -> value: http requests, errors, connections
};

std::string StatusPage(const StatusInputs& in);
std::string PrometheusText(const StatusInputs& in);
std::string EscapeHtml(std::string_view text);
int64_t ResidentBytes();              // of this process

}  // namespace tarn::gateway
