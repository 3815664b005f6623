// Thrift's binary protocol over bytes.h: the primitives that codec.cc is built from. Reader methods return false on bad input.
#pragma once

#include <bit>

#include "wire/codec.h"

namespace tarn::wire {

// Wire types, shared by both protocols after translation.
enum WireType : uint8_t {
  kStop = 0, kTBool = 2, kTByte = 3, kTDouble = 4, kTI16 = 6, kTI32 = 8, kTI64 = 10, kTString = 11, kTStruct = 12, kTMap = 13, kTSet = 14,
  kTList = 15
};

inline uint16_t Load16(const uint8_t* p) { uint16_t v; std::memcpy(&v, p, 2); return __builtin_bswap16(v); }
inline uint32_t Load32(const uint8_t* p) { uint32_t v; std::memcpy(&v, p, 4); return __builtin_bswap32(v); }
inline uint64_t Load64(const uint8_t* p) { uint64_t v; std::memcpy(&v, p, 8); return __builtin_bswap64(v); }

// What both readers share: the source, the budget, and the reason of a failure.
class ReaderState {
 public:
  ReaderState(ByteSource& in, ReadBudget& budget) : in_(in), budget_(budget) {}
  Status Failure() const {
    if (!failure_.ok()) return failure_;
    if (!in_.status().ok()) return in_.status();
    return Status::Corrupt("thrift message not understood");
  }
  bool Fail(Status s) { failure_ = std::move(s); return false; }
  bool Corrupt(const char* what) { return Fail(Status::Corrupt(what)); }
  bool TakeMemory(uint64_t n) {
    if (n > budget_.memory_bytes) return Fail(Status::Exhausted("thrift message needs more memory than wire.memory-bytes-max"));
    if (!budget_.share.Take(n)) return Fail(MemoryPool::Full());
    budget_.memory_bytes -= n;
    return true;
  }
  void GiveMemory(uint64_t n) { budget_.memory_bytes += n; budget_.share.Give(n); }
  int depth_max() const { return budget_.depth_max; }
  bool Depth(int depth) { return depth <= budget_.depth_max || Fail(Status::Exhausted("thrift message is nested deeper than wire.depth-max")); }

 protected:
  const uint8_t* Bytes(size_t n) {
    if (!in_.Need(n)) return nullptr;
    if (!Count(n)) return nullptr;
    const uint8_t* p = in_.cur;
    in_.cur += n;
    return p;
  }
  bool Count(uint64_t n) {
    if (n > budget_.message_bytes) return Fail(Status::Exhausted("thrift message is longer than wire.message-bytes-max"));
    budget_.message_bytes -= n;
    return true;
  }
  // A container cannot have more elements than bytes are left.
  bool Elements(int64_t n) {
    if (n < 0) return Corrupt("negative size in thrift message");
    if (static_cast<uint64_t>(n) > budget_.elements_max) return Fail(Status::Exhausted("thrift container has more elements than wire.container-elements-max"));
    if (static_cast<uint64_t>(n) > budget_.message_bytes) return Fail(Status::Exhausted("thrift container is longer than wire.message-bytes-max"));
    return true;
  }
  bool Text(int64_t n, std::string* out) {
    if (n < 0) return Corrupt("negative length in thrift message");
    if (!Count(static_cast<uint64_t>(n)) || !TakeMemory(static_cast<uint64_t>(n))) return false;
    if (static_cast<size_t>(n) <= in_.ready()) {
      out->assign(reinterpret_cast<const char*>(in_.cur), static_cast<size_t>(n));
      in_.cur += n;
      return true;
    }
    constexpr int64_t kStep = 1 << 20;   // never allocate far ahead of the bytes
    if (n <= kStep) { out->resize(static_cast<size_t>(n)); return in_.Take(out->data(), static_cast<size_t>(n)); }
    out->clear();
    for (int64_t left = n; left > 0;) {
      int64_t k = std::min(left, kStep);
      size_t at = out->size();
      if (at + static_cast<size_t>(k) > out->capacity()) out->reserve(std::min(static_cast<size_t>(n), 2 * at + static_cast<size_t>(k)));
      out->resize(at + static_cast<size_t>(k));
      if (!in_.Take(out->data() + at, static_cast<size_t>(k))) return false;
      left -= k;
    }
    return true;
  }
  bool Pass(int64_t n) {
    if (n < 0) return Corrupt("negative length in thrift message");
    if (!Count(static_cast<uint64_t>(n))) return false;
    while (n > 0) {
      if (!in_.Need(1)) return false;
      size_t k = std::min<size_t>(static_cast<size_t>(n), in_.ready());
      in_.cur += k;
      n -= static_cast<int64_t>(k);
    }
    return true;
  }

  ByteSource& in_;
  ReadBudget& budget_;
  Status failure_;
};

class BinaryReader : public ReaderState {
 public:
  using ReaderState::ReaderState;
  bool BeginStruct() { return true; }
  void EndStruct() {}
  bool Field(uint8_t* type, int16_t* id) {
    const uint8_t* p = Bytes(1);
    if (!p) return false;
    *type = *p;
    if (*type == kStop) return true;
    p = Bytes(2);
    if (!p) return false;
    *id = static_cast<int16_t>(Load16(p));
    return true;
  }
  bool Bool(bool* v) { const uint8_t* p = Bytes(1); if (!p) return false; *v = *p != 0; return true; }
  bool Byte(int8_t* v) { const uint8_t* p = Bytes(1); if (!p) return false; *v = static_cast<int8_t>(*p); return true; }
  bool I16(int16_t* v) { const uint8_t* p = Bytes(2); if (!p) return false; *v = static_cast<int16_t>(Load16(p)); return true; }
  bool I32(int32_t* v) { const uint8_t* p = Bytes(4); if (!p) return false; *v = static_cast<int32_t>(Load32(p)); return true; }
  bool I64(int64_t* v) { const uint8_t* p = Bytes(8); if (!p) return false; *v = static_cast<int64_t>(Load64(p)); return true; }
  bool Double(double* v) { const uint8_t* p = Bytes(8); if (!p) return false; *v = std::bit_cast<double>(Load64(p)); return true; }
  bool String(std::string* v) { int32_t n = 0; return I32(&n) && Text(n, v); }
  bool SkipString() { int32_t n = 0; return I32(&n) && Pass(n); }
  bool List(uint8_t* type, int64_t* n) {
    const uint8_t* p = Bytes(5);
    if (!p) return false;
    *type = p[0];
    *n = static_cast<int32_t>(Load32(p + 1));
    return Elements(*n);
  }
  bool Map(uint8_t* key, uint8_t* value, int64_t* n) {
    const uint8_t* p = Bytes(6);
    if (!p) return false;
    *key = p[0]; *value = p[1];
    *n = static_cast<int32_t>(Load32(p + 2));
    return Elements(*n);
  }
  bool Head(MessageHead* h, bool* begun) {
    const uint8_t* p = Bytes(4);
    if (!p) { if (begun) *begun = in_.ready() > 0; return false; }
    if (begun) *begun = true;
    uint32_t word = Load32(p);
    if (word & 0x80000000u) {
      if ((word & 0xffff0000u) != 0x80010000u) return Corrupt("thrift binary protocol version not understood");
      h->type = static_cast<MessageType>(word & 0xff);
      h->strict = true;
      return String(&h->name) && I32(&h->sequence);
    }
    if (word > 1024) return Corrupt("thrift call name longer than 1024 bytes");
    h->strict = false;
    int8_t type;
    if (!Text(static_cast<int64_t>(word), &h->name) || !Byte(&type)) return false;
    h->type = static_cast<MessageType>(type);
    return I32(&h->sequence);
  }
};

class BinaryWriter {
 public:
  explicit BinaryWriter(OutBuffer& out) : out_(out) {}
  void BeginStruct() {}
  void EndStruct() { *out_.Grow(1) = kStop; }
  void Field(uint8_t type, int16_t id) {
    char* p = out_.Grow(3);
    p[0] = static_cast<char>(type);
    uint16_t v = __builtin_bswap16(static_cast<uint16_t>(id));
    std::memcpy(p + 1, &v, 2);
  }
  void BoolField(int16_t id, bool v) { Field(kTBool, id); Bool(v); }
  void Bool(bool v) { *out_.Grow(1) = v ? 1 : 0; }
  void Byte(int8_t v) { *out_.Grow(1) = static_cast<char>(v); }
  void I16(int16_t v) { uint16_t b = __builtin_bswap16(static_cast<uint16_t>(v)); std::memcpy(out_.Grow(2), &b, 2); }
  void I32(int32_t v) { uint32_t b = __builtin_bswap32(static_cast<uint32_t>(v)); std::memcpy(out_.Grow(4), &b, 4); }
  void I64(int64_t v) { uint64_t b = __builtin_bswap64(static_cast<uint64_t>(v)); std::memcpy(out_.Grow(8), &b, 8); }
  void Double(double v) { I64(std::bit_cast<int64_t>(v)); }
  void String(std::string_view v) { I32(static_cast<int32_t>(v.size())); out_.Append(v); }
  void List(uint8_t type, size_t n) { Byte(static_cast<int8_t>(type)); I32(static_cast<int32_t>(n)); }
  void Map(uint8_t key, uint8_t value, size_t n) { Byte(static_cast<int8_t>(key)); Byte(static_cast<int8_t>(value)); I32(static_cast<int32_t>(n)); }
  void Head(const MessageHead& h) {
    if (h.strict) {
      I32(static_cast<int32_t>(0x80010000u | static_cast<uint32_t>(h.type)));
      String(h.name);
    } else {
      String(h.name);
      Byte(static_cast<int8_t>(h.type));
    }
    I32(h.sequence);
  }
  OutBuffer& out() { return out_; }

 private:
  OutBuffer& out_;
};

}  // namespace tarn::wire
