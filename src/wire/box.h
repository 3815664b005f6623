// Box<T>: a nullable value on the heap that copies deeply. Thrift's struct fields are Boxes, so null stays distinct from empty.
//
// Threads: as any value. Ownership: the Box owns its T. Reading through an empty Box is our bug (checked in debug builds).
#pragma once

#include <utility>

#include "base/check.h"

namespace tarn::wire {

template <typename T>
class Box {
 public:
  Box() = default;
  Box(T value) : p_(new T(std::move(value))) {}                       // NOLINT: implicit on purpose
  Box(const Box& other) : p_(other.p_ ? new T(*other.p_) : nullptr) {}
  Box(Box&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Box& operator=(const Box& other) {
    if (this != &other) { Box copy(other); std::swap(p_, copy.p_); }
    return *this;
  }
  Box& operator=(Box&& other) noexcept { std::swap(p_, other.p_); return *this; }
  ~Box() { delete p_; }

  explicit operator bool() const { return p_ != nullptr; }
  T& operator*() { TARN_DCHECK(p_, "empty Box"); return *p_; }
  const T& operator*() const { TARN_DCHECK(p_, "empty Box"); return *p_; }
  T* operator->() { TARN_DCHECK(p_, "empty Box"); return p_; }
  const T* operator->() const { TARN_DCHECK(p_, "empty Box"); return p_; }
  T* get() { return p_; }
  const T* get() const { return p_; }
  // The value, made first if there is none.
  T& Make() { if (!p_) p_ = new T(); return *p_; }
  void Clear() { delete std::exchange(p_, nullptr); }

 private:
  T* p_ = nullptr;
};

}  // namespace tarn::wire
