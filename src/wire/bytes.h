// Bytes in and out of the codec: a window that refills itself, and a growing buffer that may drain as it fills.
//
// Threads: one owner. Ownership: a MemorySource does not own its bytes. Errors: a source that can't give more says why in status().
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::wire {

// Named limits for bytes from outside. A message beyond one is refused; nothing is allocated ahead of the bytes that prove it.
struct WireLimits {
  uint64_t message_bytes_max = 100ull << 20;    // of one message on the wire
  uint64_t memory_bytes_max = 1024ull << 20;    // of the structs decoded from one message
  int depth_max = 64;                           // nested structs and containers
  uint64_t container_elements_max = 16ull << 20;   // of one list, set or map
  uint64_t total_memory_bytes_max = 0;          // of all messages that are read or worked at; 0: DefaultTotalMemory()
};

// [cur, end) is readable now; Fill makes it at least `n` bytes long or returns false and sets status().
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  bool Need(size_t n) { return static_cast<size_t>(end - cur) >= n || Fill(n); }
  size_t ready() const { return static_cast<size_t>(end - cur); }
  const Status& status() const { return status_; }
  // Copies n bytes out, refilling as often as needed.
  bool Take(char* out, size_t n) {
    while (n > 0) {
      if (cur == end && !Fill(1)) return false;
      size_t k = std::min(n, ready());
      std::memcpy(out, cur, k);
      cur += k; out += k; n -= k;
    }
    return true;
  }

  const uint8_t* cur = nullptr;
  const uint8_t* end = nullptr;

 protected:
  virtual bool Fill(size_t n) = 0;
  Status status_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) {
    cur = reinterpret_cast<const uint8_t*>(bytes.data());
    end = cur + bytes.size();
  }

 private:
  bool Fill(size_t) override { status_ = Status::Corrupt("message ends early"); return false; }
};

// Growing output. With a drain, whatever is beyond drain_bytes is handed on at once, so that a large reply needs little memory.
class OutBuffer {
 public:
  using GiveUp = std::function<bool(int64_t)>;
  class Drain {
   public:
    virtual ~Drain() = default;
    virtual bool OnBytes(const char* data, size_t n) = 0;   // false: the peer is gone
    // The same, but gives up when it would wait and `give_up` (asked with the milliseconds since a byte last left) says so.
    // How many bytes it took; *gone when the peer is gone.
    virtual size_t Offer(const char* data, size_t n, const GiveUp& give_up, bool* gone) {
      (void)give_up;
      *gone = !OnBytes(data, n);
      return n;
    }
  };

  OutBuffer() = default;
  OutBuffer(const OutBuffer&) = delete;
  OutBuffer& operator=(const OutBuffer&) = delete;
  ~OutBuffer() { std::free(data_); }

  void SetDrain(Drain* drain, size_t drain_bytes) { drain_ = drain; drain_bytes_ = drain_bytes; }
  char* Grow(size_t n) {
    if (size_ + n > capacity_) [[unlikely]] Enlarge(n);
    char* p = data_ + size_;
    size_ += n;
    return p;
  }
  void Append(const void* bytes, size_t n) { if (n) std::memcpy(Grow(n), bytes, n); }
  void Append(std::string_view s) { Append(s.data(), s.size()); }
  // Called by the writer between values; the only point where bytes leave.
  void MaybeDrain() {
    if (drain_ && size_ >= drain_bytes_) [[unlikely]] { if (give_up_) OfferNow(); else DrainNow(); }
  }
  // While set, bytes that leave between values don't wait for the peer longer than that allows: what is left stays here, and stuck() says
  // so until DrainNow. For who holds what others need.
  void SetGiveUp(GiveUp give_up) { give_up_ = std::move(give_up); stuck_ = false; }
  bool stuck() const { return stuck_; }
  bool DrainNow() {
    if (drain_ && size_ > 0 && !failed_) failed_ = !drain_->OnBytes(data_, size_);
    if (drain_) { total_ += size_; size_ = 0; }
    stuck_ = false;
    return !failed_;
  }
  bool failed() const { return failed_; }
  void Clear() { size_ = 0; total_ = 0; failed_ = false; }
  // Gives back memory that one huge message took.
  void Trim(size_t keep_bytes) { if (capacity_ > keep_bytes) { std::free(data_); data_ = nullptr; capacity_ = 0; size_ = 0; } }
  std::string_view view() const { return {data_, size_}; }
  char* data() { return data_; }
  size_t size() const { return size_; }
  uint64_t total() const { return total_ + size_; }

 private:
  void Enlarge(size_t n);
  void OfferNow();

  char* data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
  uint64_t total_ = 0;
  Drain* drain_ = nullptr;
  size_t drain_bytes_ = 0;
  GiveUp give_up_;
  bool failed_ = false, stuck_ = false;
};

}  // namespace tarn::wire
