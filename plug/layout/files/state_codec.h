// Little-endian fields and length-prefixed text for what a file sink puts into checkpoints (docs/format/file-sink.md).
//
// Threads: values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::plug::files {

class StateWriter {
 public:
  StateWriter& Int(int64_t v) {
    char bytes[8];
    std::memcpy(bytes, &v, 8);
    bytes_.append(bytes, 8);
    return *this;
  }
  StateWriter& Text(std::string_view v) {
    Int(static_cast<int64_t>(v.size()));
    bytes_.append(v);
    return *this;
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After any failed read ok() is false and everything else reads as 0 or "".
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}
  int64_t Int() {
    int64_t v = 0;
    if (bytes_.size() < 8) { ok_ = false; bytes_ = {}; return 0; }
    std::memcpy(&v, bytes_.data(), 8);
    bytes_.remove_prefix(8);
    return v;
  }
  // A number of things to come, each of at least 8 bytes.
  int64_t Count() {
    const int64_t n = Int();
    if (n < 0 || n > static_cast<int64_t>(bytes_.size() / 8)) { ok_ = false; bytes_ = {}; return 0; }
    return n;
  }
  std::string Text() {
    const int64_t n = Int();
    if (n < 0 || n > static_cast<int64_t>(bytes_.size())) { ok_ = false; bytes_ = {}; return {}; }
    std::string v(bytes_.substr(0, static_cast<size_t>(n)));
    bytes_.remove_prefix(static_cast<size_t>(n));
    return v;
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace tarn::plug::files
