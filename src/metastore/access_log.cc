#include "metastore/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "fmt/format.h"
#include "metastore/events.h"

namespace tarn::metastore {

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& file) {
  int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return Status::InvalidSql(fmt::format("access log {}: {}", file, std::strerror(errno)));
  return std::unique_ptr<AccessLog>(new AccessLog(fd));
}

AccessLog::~AccessLog() { ::close(fd_); }

void AccessLog::Line(std::string_view peer, std::string_view door, std::string_view user, std::string_view call, int64_t microseconds, uint64_t bytes_out, std::string_view outcome) {
  std::string line = fmt::format("{{\"ms\":{},\"peer\":{},\"door\":{},\"user\":{},\"call\":{},\"us\":{},\"bytes_out\":{},\"outcome\":{}}}\n", WallClockMs(), JsonQuote(peer), JsonQuote(door), JsonQuote(user),
                                 JsonQuote(call), microseconds, bytes_out, JsonQuote(outcome));
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) && !failed_.exchange(true)) {
    LogError("access log can't be written: {}", std::strerror(errno));
  }
}

}  // namespace tarn::metastore
