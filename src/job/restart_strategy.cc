#include "job/restart_strategy.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace tarn::job {
namespace {
Result<double> GetDouble(const config::OptionSet& options, std::string_view key, double fallback) {
  auto text = options.Find(key);
  if (!text) return fallback;
  double v = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), v);
  if (error != std::errc() || end != text->data() + text->size())
    return Status::InvalidSql(fmt::format("Could not parse value '{}' for key '{}'.", *text, key));
  return v;
}
Result<int64_t> GetMs(const config::OptionSet& o, std::string_view key, int64_t fallback) {
  return TRY(o.GetDuration(key, std::chrono::milliseconds(fallback))).count();
}
// 0..1, from the failure's own time: nothing else here needs randomness.
double Noise(int64_t seed) {
  uint64_t x = static_cast<uint64_t>(seed) * 0x9E3779B97F4A7C15ull;
  return static_cast<double>((x ^ (x >> 31)) % 10'000) / 10'000;
}
}  // namespace

Result<RestartStrategy> RestartStrategy::Make(const config::OptionSet& o, bool checkpointing) {
  RestartStrategy s;
  std::string type = ToLower(o.Get("restart-strategy.type", o.Get("restart-strategy", "")));
  if (type.empty()) s.kind_ = checkpointing ? Kind::kExponential : Kind::kNone;
  else if (type == "none" || type == "off" || type == "disable") s.kind_ = Kind::kNone;
  else if (type == "fixeddelay" || type == "fixed-delay") s.kind_ = Kind::kFixed;
  else if (type == "exponentialdelay" || type == "exponential-delay") s.kind_ = Kind::kExponential;
  else if (type == "failurerate" || type == "failure-rate") s.kind_ = Kind::kFailureRate;
  else
    return Status::InvalidSql(fmt::format("unknown restart strategy '{}'", type))
        .WithHint("restart-strategy.type is one of none, fixed-delay, exponential-delay, failure-rate");
  if (s.kind_ == Kind::kFailureRate) {
    s.failures_max_ = TRY(o.GetInteger("restart-strategy.failure-rate.max-failures-per-interval", 1));
    s.window_ms_ = TRY(GetMs(o, "restart-strategy.failure-rate.failure-rate-interval", s.window_ms_));
    s.delay_ms_ = TRY(GetMs(o, "restart-strategy.failure-rate.delay", s.delay_ms_));
    return s;
  }
  s.delay_ms_ = TRY(GetMs(o, "restart-strategy.fixed-delay.delay", s.delay_ms_));
  s.attempts_max_ = TRY(o.GetInteger("restart-strategy.fixed-delay.attempts", 1));
  if (s.kind_ == Kind::kExponential) {
    s.initial_ms_ = TRY(GetMs(o, "restart-strategy.exponential-delay.initial-backoff", s.initial_ms_));
    s.max_ms_ = TRY(GetMs(o, "restart-strategy.exponential-delay.max-backoff", s.max_ms_));
    s.reset_ms_ = TRY(GetMs(o, "restart-strategy.exponential-delay.reset-backoff-threshold", s.reset_ms_));
    s.multiplier_ = TRY(GetDouble(o, "restart-strategy.exponential-delay.backoff-multiplier", s.multiplier_));
    s.jitter_ = TRY(GetDouble(o, "restart-strategy.exponential-delay.jitter-factor", s.jitter_));
    s.attempts_max_ = INT64_MAX;
    std::string attempts = o.Get("restart-strategy.exponential-delay.attempts-before-reset-backoff", "infinite");
    if (!EqualsIgnoreCase(attempts, "infinite")) s.attempts_max_ = TRY(config::ParseInteger(attempts));
    if (s.multiplier_ < 1 || s.jitter_ < 0 || s.jitter_ > 1 || s.initial_ms_ < 1)
      return Status::InvalidSql("exponential-delay needs a multiplier of at least 1, a jitter factor from 0 to 1 and an initial backoff above 0");
  }
  return s;
}

std::optional<int64_t> RestartStrategy::OnFailure(int64_t now) {
  switch (kind_) {
    case Kind::kNone: return std::nullopt;
    case Kind::kFixed: return ++failures_ <= attempts_max_ ? std::optional(delay_ms_) : std::nullopt;
    case Kind::kExponential: {
      bool fresh = last_ms_ < 0 || now - last_ms_ >= reset_ms_ + static_cast<int64_t>(current_ms_);
      if (fresh) failures_ = 0;
      current_ms_ = fresh ? static_cast<double>(initial_ms_) : std::min<double>(current_ms_ * multiplier_, static_cast<double>(max_ms_));
      last_ms_ = now;
      if (++failures_ > attempts_max_) return std::nullopt;
      return static_cast<int64_t>(current_ms_ * (1 + jitter_ * (2 * Noise(now) - 1)));
    }
    case Kind::kFailureRate:
      recent_.push_back(now);
      while (!recent_.empty() && now - recent_.front() > window_ms_) recent_.pop_front();
      return static_cast<int64_t>(recent_.size()) <= failures_max_ ? std::optional(delay_ms_) : std::nullopt;
  }
  return std::nullopt;
}

std::string RestartStrategy::Describe() const {
  switch (kind_) {
    case Kind::kNone: return "Restart deactivated.";
    case Kind::kFixed: return fmt::format("Restart with fixed delay ({} ms). #{} restart attempts.", delay_ms_, attempts_max_);
    case Kind::kExponential:
      return fmt::format("Restart with exponential delay: starting at {} ms, increasing by {}, with maximum {} ms.", initial_ms_, multiplier_, max_ms_);
    case Kind::kFailureRate: return fmt::format("Failure rate restart with maximum of {} failures within interval {} ms and fixed delay {} ms.", failures_max_, window_ms_, delay_ms_);
  }
  return "";
}

}  // namespace tarn::job
