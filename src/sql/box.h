// Box<T>: a child of a tree. Owns one T or nothing; copies and compares deeply, so that a whole tree is a value.
//
// Threads: a value; no sharing. T may be incomplete where a Box<T> is a member.
#pragma once

#include <memory>
#include <utility>

namespace tarn::sql {

template <typename T>
class Box {
 public:
  Box() = default;
  Box(std::nullptr_t) {}                                                    // NOLINT: implicit on purpose
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}           // NOLINT: implicit on purpose
  Box(std::unique_ptr<T> value) : value_(std::move(value)) {}               // NOLINT: implicit on purpose
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&& other) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Box& operator=(Box&& other) noexcept = default;
  ~Box() = default;

  explicit operator bool() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T* get() { return value_.get(); }
  const T* get() const { return value_.get(); }
  void reset() { value_.reset(); }

  bool operator==(const Box& other) const {
    if (!value_ || !other.value_) return !value_ && !other.value_;
    return *value_ == *other.value_;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace tarn::sql
