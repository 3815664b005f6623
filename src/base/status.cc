#include "base/status.h"

namespace tarn {
namespace {
const std::string kEmpty;
}

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "OK";
    case StatusCode::kInvalidSql: return "INVALID_SQL";
    case StatusCode::kNotFound: return "NOT_FOUND";
    case StatusCode::kAlreadyExists: return "ALREADY_EXISTS";
    case StatusCode::kConflict: return "CONFLICT";
    case StatusCode::kNotSupported: return "NOT_SUPPORTED";
    case StatusCode::kDenied: return "DENIED";
    case StatusCode::kUnavailable: return "UNAVAILABLE";
    case StatusCode::kExhausted: return "EXHAUSTED";
    case StatusCode::kCorrupt: return "CORRUPT";
    case StatusCode::kCancelled: return "CANCELLED";
    case StatusCode::kInternal: return "INTERNAL";
  }
  return "UNKNOWN";
}

const std::string& Status::message() const { return state_ ? state_->message : kEmpty; }
const std::string& Status::detail() const { return state_ ? state_->detail : kEmpty; }
const std::string& Status::hint() const { return state_ ? state_->hint : kEmpty; }

Status&& Status::WithContext(std::string_view where) && {
  if (state_) state_->message = std::string(where) + ": " + state_->message;
  return std::move(*this);
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  std::string s(StatusCodeName(code()));
  s += ": " + message();
  if (position().known()) s += " (line " + std::to_string(position().line) + ", column " + std::to_string(position().column) + ")";
  if (!detail().empty()) s += " | " + detail();
  if (!hint().empty()) s += " | hint: " + hint();
  return s;
}

}  // namespace tarn
