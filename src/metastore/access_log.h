// One JSON line for each call: when, who, from where, what, how long, how it ended. Appended whole, so several writers never mix.
// Threads: any. Errors in writing are logged once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::metastore {

class AccessLog {
 public:
  static Result<std::unique_ptr<AccessLog>> Open(const std::string& file);
  ~AccessLog();
  void Line(std::string_view peer, std::string_view door, std::string_view user, std::string_view call, int64_t microseconds, uint64_t bytes_out, std::string_view outcome);

 private:
  explicit AccessLog(int fd) : fd_(fd) {}
  int fd_;
  std::atomic<bool> failed_{false};
};

}  // namespace tarn::metastore
