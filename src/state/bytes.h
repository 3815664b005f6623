// Little-endian bytes of the formats that Tarn stores: written with ByteWriter, read with ByteReader, checked with Crc32c.
// Integers are fixed width, strings are a u32 or u64 length and the bytes. A reader never reads past its end: it turns bad() instead
// and returns zeros; the caller looks at bad() once at the end.
// Threads: values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tarn::state {

// CRC-32C (Castagnoli), as in SSE 4.2, iSCSI, LevelDB; `crc` is the value of the bytes before.
uint32_t Crc32c(uint32_t crc, std::string_view bytes);

class ByteWriter {
 public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  ByteWriter& Put(T v) {
    char b[sizeof(T)];
    std::memcpy(b, &v, sizeof(T));
    out_.append(b, sizeof(T));
    return *this;
  }
  ByteWriter& PutString(std::string_view s) {
    Put(static_cast<uint64_t>(s.size()));
    out_.append(s);
    return *this;
  }
  std::string Take() { return std::move(out_); }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  template <typename T>
  T Get() {
    T v{};
    if (in_.size() < sizeof(T)) {
      bad_ = true;
      in_ = {};
      return v;
    }
    std::memcpy(&v, in_.data(), sizeof(T));
    in_.remove_prefix(sizeof(T));
    return v;
  }
  std::string_view GetString() {
    auto n = Get<uint64_t>();
    if (n > in_.size()) {
      bad_ = true;
      in_ = {};
      return {};
    }
    std::string_view s = in_.substr(0, n);
    in_.remove_prefix(n);
    return s;
  }
  bool bad() const { return bad_; }
  bool at_end() const { return in_.empty(); }
  size_t left() const { return in_.size(); }

 private:
  std::string_view in_;
  bool bad_ = false;
};

}  // namespace tarn::state
