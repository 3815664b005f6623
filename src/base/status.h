// Status and Result<T>: how an expected failure travels. TRY passes it on.
//
// A Status is OK or a code with text in three parts: what (short, lower case, no full stop), detail, hint.
// Codes exist only where a caller acts differently. Our own bugs do not travel: TARN_CHECK stops the process (check.h).
// Threads: values; no sharing rules beyond those of std::string.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tarn {

enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalidSql,     // the user's text or arguments are wrong; carries a position where there is one
  kNotFound,
  kAlreadyExists,
  kConflict,       // someone else changed it, or the state does not allow it now
  kNotSupported,   // valid, but Tarn lacks it: names the feature
  kDenied,
  kUnavailable,    // a peer is away: retry may help
  kExhausted,      // a named limit was reached
  kCorrupt,        // stored or received bytes are wrong
  kCancelled,
  kInternal,
};

// "INVALID_SQL", "NOT_FOUND", ... : stable names, used by doors and tests.
std::string_view StatusCodeName(StatusCode code);

// 1-based place in a text. line 0: unknown.
struct TextPosition {
  int line = 0, column = 0;
  int end_line = 0, end_column = 0;
  bool known() const { return line > 0; }
  bool operator==(const TextPosition&) const = default;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : state_(std::make_unique<State>(State{code, std::move(message), {}, {}, {}})) {}
  Status(const Status& other) : state_(other.state_ ? std::make_unique<State>(*other.state_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) state_ = other.state_ ? std::make_unique<State>(*other.state_) : nullptr;
    return *this;
  }
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  static Status OK() { return {}; }
  static Status InvalidSql(std::string m) { return {StatusCode::kInvalidSql, std::move(m)}; }
  static Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
  static Status AlreadyExists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
  static Status Conflict(std::string m) { return {StatusCode::kConflict, std::move(m)}; }
  static Status NotSupported(std::string m) { return {StatusCode::kNotSupported, std::move(m)}; }
  static Status Denied(std::string m) { return {StatusCode::kDenied, std::move(m)}; }
  static Status Unavailable(std::string m) { return {StatusCode::kUnavailable, std::move(m)}; }
  static Status Exhausted(std::string m) { return {StatusCode::kExhausted, std::move(m)}; }
  static Status Corrupt(std::string m) { return {StatusCode::kCorrupt, std::move(m)}; }
  static Status Cancelled(std::string m) { return {StatusCode::kCancelled, std::move(m)}; }
  static Status Internal(std::string m) { return {StatusCode::kInternal, std::move(m)}; }

  bool ok() const { return state_ == nullptr; }
  StatusCode code() const { return state_ ? state_->code : StatusCode::kOk; }
  const std::string& message() const;   // the primary text; empty when ok
  const std::string& detail() const;
  const std::string& hint() const;
  TextPosition position() const { return state_ ? state_->position : TextPosition{}; }

  Status&& WithDetail(std::string d) && { if (state_) state_->detail = std::move(d); return std::move(*this); }
  Status&& WithHint(std::string h) && { if (state_) state_->hint = std::move(h); return std::move(*this); }
  Status&& WithPosition(TextPosition p) && { if (state_) state_->position = p; return std::move(*this); }
  // Puts "<where>: " before the primary text.
  Status&& WithContext(std::string_view where) &&;

  // "NOT_FOUND: table "x" ... | detail | hint: ..." for logs; one line.
  std::string ToString() const;

 private:
  struct State {
    StatusCode code;
    std::string message, detail, hint;
    TextPosition position;
  };
  std::unique_ptr<State> state_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<1>, std::move(value)) {}             // NOLINT: implicit on purpose
  Result(Status status) : v_(std::in_place_index<0>, std::move(status)) {}      // NOLINT: implicit on purpose
  template <typename U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::decay_t<U>, T> && !std::is_same_v<std::decay_t<U>, Status> &&
             !std::is_same_v<std::decay_t<U>, Result<T>>)
  Result(U&& value) : v_(std::in_place_index<1>, std::forward<U>(value)) {}     // NOLINT: implicit on purpose
  bool ok() const { return v_.index() == 1; }
  Status status() const& { return ok() ? Status() : std::get<0>(v_); }
  Status status() && { return ok() ? Status() : std::move(std::get<0>(v_)); }
  T& value() & { return std::get<1>(v_); }
  const T& value() const& { return std::get<1>(v_); }
  T&& value() && { return std::get<1>(std::move(v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<Status, T> v_;
};

namespace internal {
inline Status ToStatus(Status&& s) { return std::move(s); }
inline Status ToStatus(const Status& s) { return s; }
template <typename T> Status ToStatus(Result<T>&& r) { return std::move(r).status(); }
inline void TakeValue(Status&&) {}
template <typename T> T TakeValue(Result<T>&& r) { return std::move(r).value(); }
}  // namespace internal

// TRY(expr): the value of a Result, or nothing for a Status; on failure returns the Status from the calling function.
// base/arrow_try.h (in types) adds the overloads for arrow::Status and arrow::Result.
#define TRY(...)                                                                                        \
  ({                                                                                                    \
    auto&& tarn_try_ = (__VA_ARGS__);                                                                   \
    if (!tarn_try_.ok()) [[unlikely]] return ::tarn::internal::ToStatus(std::move(tarn_try_));          \
    ::tarn::internal::TakeValue(std::move(tarn_try_));                                                  \
  })

}  // namespace tarn
