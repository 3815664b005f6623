// When a failed job is started again, by Flink's options restart-strategy.*.
//
// Without restart-strategy.type: exponential-delay when checkpointing is on, else none (as Flink 1.20).
// Threads: one owner.
#pragma once

#include <deque>
#include <optional>

#include "config/options.h"

namespace tarn::job {

class RestartStrategy {
 public:
  static Result<RestartStrategy> Make(const config::OptionSet& options, bool checkpointing);
  // A failure happened now: how long to wait before the next attempt; nullopt: the job has failed.
  std::optional<int64_t> OnFailure(int64_t now_ms);
  std::string Describe() const;   // for /jobs/:id/config

 private:
  enum class Kind { kNone, kFixed, kExponential, kFailureRate };
  Kind kind_ = Kind::kNone;
  int64_t attempts_max_ = 1, delay_ms_ = 1'000;                       // fixed; rate: delay
  int64_t initial_ms_ = 1'000, max_ms_ = 60'000, reset_ms_ = 3'600'000;   // exponential
  double multiplier_ = 1.5, jitter_ = 0.1;
  int64_t failures_max_ = 1, window_ms_ = 60'000;                     // rate
  int64_t failures_ = 0, last_ms_ = -1;
  double current_ms_ = 0;
  std::deque<int64_t> recent_;
};

}  // namespace tarn::job
