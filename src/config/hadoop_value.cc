#include "config/hadoop_value.h"

#include <charconv>
#include <cmath>

#include "base/text.h"
#include "fmt/format.h"

namespace tarn::config {

namespace {
Status NotA(std::string_view key, std::string_view value, const std::string& what) { return Status::InvalidSql(fmt::format("{} = \"{}\" is not {}", key, value, what)); }

// The shortest unit in which it is whole.
std::string ShownTime(int64_t ms) { return ms % 1000 ? fmt::format("{} ms", ms) : fmt::format("{} s", ms / 1000); }
}  // namespace

Result<bool> ReadHadoopBoolean(std::string_view key, std::string_view value) {
  std::string_view v = Trim(value);
  if (EqualsIgnoreCase(v, "true")) return true;
  if (EqualsIgnoreCase(v, "false")) return false;
  return NotA(key, value, "a boolean").WithHint("true or false");
}

Result<int64_t> ReadHadoopNumber(std::string_view key, std::string_view value, int64_t from, int64_t to) {
  std::string_view v = Trim(value);
  int64_t n = 0;
  auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), n);
  if (v.empty() || error != std::errc() || end != v.data() + v.size() || n < from || n > to) return NotA(key, value, fmt::format("a number from {} to {}", from, to));
  return n;
}

Result<double> ReadHadoopDecimal(std::string_view key, std::string_view value, double from, double to) {
  std::string_view v = Trim(value);
  double n = 0;
  auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), n);
  if (v.empty() || error != std::errc() || end != v.data() + v.size() || !(n >= from && n <= to)) return NotA(key, value, fmt::format("a number from {} to {}", from, to));
  return n;
}

Result<int64_t> ReadHadoopTimeMs(std::string_view key, std::string_view value, int64_t unit_ms, int64_t from_ms, int64_t to_ms) {
  auto wrong = [&] {
    return NotA(key, value, fmt::format("a time from {} to {}", ShownTime(from_ms), ShownTime(to_ms))).WithHint("a whole number and a unit: 500ms, 300s, 5 minutes, 24h, 1d");
  };
  std::string_view v = Trim(value);
  int64_t n = 0;
  auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), n);
  if (v.empty() || error != std::errc()) return wrong();
  std::string unit = ToLower(Trim(std::string_view(end, static_cast<size_t>(v.data() + v.size() - end))));
  int64_t times = 0, parts = 1;   // of a millisecond
  if (unit.empty() || unit == "l") times = unit_ms;
  else if (unit == "d" || unit.starts_with("day")) times = 86'400'000;
  else if (unit == "h" || unit.starts_with("hour")) times = 3'600'000;
  else if (unit == "m" || unit.starts_with("min")) times = 60'000;
  else if (unit == "s" || unit.starts_with("sec")) times = 1000;
  else if (unit == "ms" || unit.starts_with("msec")) times = 1;
  else if (unit == "us" || unit.starts_with("usec")) times = 1, parts = 1000;
  else if (unit == "ns" || unit.starts_with("nsec")) times = 1, parts = 1'000'000;
  else return wrong();
  int64_t ms = 0;
  if (__builtin_mul_overflow(n, times, &ms)) return wrong();
  ms /= parts;
  if (ms < from_ms || ms > to_ms) return wrong();
  return ms;
}

}  // namespace tarn::config
