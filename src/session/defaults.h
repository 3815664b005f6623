// Options that every session has: Flink's names and defaults, as GET /sessions/:id and SET list them; and what their values may be.
// Threads: pure functions.
#pragma once

#include <map>
#include <string>

#include "base/status.h"

namespace tarn::session {

std::map<std::string, std::string> DefaultConfig();
// kInvalidSql for a value that a known option can't have; unknown keys pass, as in Flink.
Status CheckOption(const std::string& key, const std::string& value);
// The machine's zone as an IANA id (TZ, /etc/localtime), else "UTC".
std::string SystemTimeZone();

}  // namespace tarn::session
