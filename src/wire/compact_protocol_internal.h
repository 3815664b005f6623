// Thrift's compact protocol over bytes.h: varints, zigzag, field ids as differences, booleans in the field's head.
#pragma once

#include <vector>

#include "wire/binary_protocol_internal.h"

namespace tarn::wire {

// compact type number <-> ours
inline constexpr uint8_t kFromCompact[16] = {kStop, kTBool, kTBool, kTByte, kTI16, kTI32, kTI64, kTDouble, kTString, kTList, kTSet, kTMap, kTStruct, 0xff, 0xff, 0xff};
inline constexpr uint8_t kToCompact[16] = {0, 0, 1, 3, 7, 0, 4, 0, 5, 0, 6, 8, 12, 11, 10, 9};

class CompactReader : public ReaderState {
 public:
  using ReaderState::ReaderState;
  bool BeginStruct() { last_ids_.push_back(last_id_); last_id_ = 0; return true; }
  void EndStruct() { last_id_ = last_ids_.back(); last_ids_.pop_back(); }
  bool Field(uint8_t* type, int16_t* id) {
    const uint8_t* p = Bytes(1);
    if (!p) return false;
    uint8_t b = *p;
    if ((b & 0x0f) == 0) { *type = kStop; return true; }
    *type = kFromCompact[b & 0x0f];
    if (*type == 0xff) return Corrupt("thrift compact type not understood");
    if (b >> 4) last_id_ = static_cast<int16_t>(last_id_ + (b >> 4));
    else if (!I16(&last_id_)) return false;
    *id = last_id_;
    if (*type == kTBool) { pending_bool_ = (b & 0x0f) == 1; has_pending_bool_ = true; }
    return true;
  }
  bool Bool(bool* v) {
    if (has_pending_bool_) { has_pending_bool_ = false; *v = pending_bool_; return true; }
    const uint8_t* p = Bytes(1);
    if (!p) return false;
    *v = *p == 1;
    return true;
  }
  bool Byte(int8_t* v) { const uint8_t* p = Bytes(1); if (!p) return false; *v = static_cast<int8_t>(*p); return true; }
  bool I16(int16_t* v) { uint64_t u = 0; if (!Varint(&u)) return false; *v = static_cast<int16_t>(Unzigzag(u)); return true; }
  bool I32(int32_t* v) { uint64_t u = 0; if (!Varint(&u)) return false; *v = static_cast<int32_t>(Unzigzag(u)); return true; }
  bool I64(int64_t* v) { uint64_t u = 0; if (!Varint(&u)) return false; *v = Unzigzag(u); return true; }
  bool Double(double* v) {
    const uint8_t* p = Bytes(8);
    if (!p) return false;
    std::memcpy(v, p, 8);
    return true;
  }
  bool String(std::string* v) { uint64_t n = 0; return Varint(&n) && Text(Length(n), v); }
  bool SkipString() { uint64_t n = 0; return Varint(&n) && Pass(Length(n)); }
  bool List(uint8_t* type, int64_t* n) {
    const uint8_t* p = Bytes(1);
    if (!p) return false;
    uint8_t b = *p;
    *type = kFromCompact[b & 0x0f];
    uint64_t u = b >> 4;
    if (u == 15 && !Varint(&u)) return false;
    *n = Length(u);
    return *type == 0xff ? Corrupt("thrift compact type not understood") : Elements(*n);
  }
  bool Map(uint8_t* key, uint8_t* value, int64_t* n) {
    uint64_t u = 0;
    if (!Varint(&u)) return false;
    *n = Length(u);
    *key = *value = kStop;
    if (*n == 0) return true;
    const uint8_t* p = Bytes(1);
    if (!p) return false;
    uint8_t b = *p;
    *key = kFromCompact[b >> 4];
    *value = kFromCompact[b & 0x0f];
    return *key == 0xff || *value == 0xff ? Corrupt("thrift compact type not understood") : Elements(*n);
  }
  bool Head(MessageHead* h, bool* begun) {
    const uint8_t* p = Bytes(2);
    if (!p) { if (begun) *begun = in_.ready() > 0; return false; }
    if (begun) *begun = true;
    if (p[0] != 0x82 || (p[1] & 0x1f) != 1) return Corrupt("thrift compact protocol version not understood");
    h->type = static_cast<MessageType>((p[1] >> 5) & 0x07);
    uint64_t u = 0;
    if (!Varint(&u)) return false;
    h->sequence = static_cast<int32_t>(u);
    return String(&h->name);
  }

 private:
  static int64_t Unzigzag(uint64_t u) { return static_cast<int64_t>(u >> 1) ^ -static_cast<int64_t>(u & 1); }
  static int64_t Length(uint64_t u) { return u > 0x7fffffffu ? -1 : static_cast<int64_t>(u); }
  bool Varint(uint64_t* v) {
    uint64_t r = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const uint8_t* p = Bytes(1);
      if (!p) return false;
      r |= static_cast<uint64_t>(*p & 0x7f) << (shift & 63);
      if (!(*p & 0x80)) { *v = r; return true; }
    }
    return Corrupt("varint longer than 10 bytes in thrift message");
  }

  std::vector<int16_t> last_ids_;
  int16_t last_id_ = 0;
  bool pending_bool_ = false, has_pending_bool_ = false;
};

class CompactWriter {
 public:
  explicit CompactWriter(OutBuffer& out) : out_(out) {}
  void BeginStruct() { last_ids_.push_back(last_id_); last_id_ = 0; }
  void EndStruct() { *out_.Grow(1) = 0; last_id_ = last_ids_.back(); last_ids_.pop_back(); }
  void Field(uint8_t type, int16_t id) { FieldHead(kToCompact[type], id); }
  void BoolField(int16_t id, bool v) { FieldHead(v ? 1 : 2, id); }
  void Bool(bool v) { *out_.Grow(1) = v ? 1 : 2; }
  void Byte(int8_t v) { *out_.Grow(1) = static_cast<char>(v); }
  void I16(int16_t v) { Varint(Zigzag(v) & 0xffffffffu); }
  void I32(int32_t v) { Varint(Zigzag(v) & 0xffffffffu); }
  void I64(int64_t v) { Varint(Zigzag(v)); }
  void Double(double v) { std::memcpy(out_.Grow(8), &v, 8); }
  void String(std::string_view v) { Varint(v.size()); out_.Append(v); }
  void List(uint8_t type, size_t n) {
    if (n < 15) { *out_.Grow(1) = static_cast<char>((n << 4) | kToCompact[type]); return; }
    *out_.Grow(1) = static_cast<char>(0xf0 | kToCompact[type]);
    Varint(n);
  }
  void Map(uint8_t key, uint8_t value, size_t n) {
    Varint(n);
    if (n) *out_.Grow(1) = static_cast<char>((kToCompact[key] << 4) | kToCompact[value]);
  }
  void Head(const MessageHead& h) {
    char* p = out_.Grow(2);
    p[0] = static_cast<char>(0x82);
    p[1] = static_cast<char>(1 | (static_cast<uint8_t>(h.type) << 5));
    Varint(static_cast<uint32_t>(h.sequence));
    String(h.name);
  }
  OutBuffer& out() { return out_; }

 private:
  static uint64_t Zigzag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
  void Varint(uint64_t v) {
    char tmp[10];
    int n = 0;
    while (v >= 0x80) { tmp[n++] = static_cast<char>(v | 0x80); v >>= 7; }
    tmp[n++] = static_cast<char>(v);
    out_.Append(tmp, static_cast<size_t>(n));
  }
  void FieldHead(uint8_t type, int16_t id) {
    int d = id - last_id_;
    if (d > 0 && d <= 15) {
      *out_.Grow(1) = static_cast<char>((d << 4) | type);
    } else {
      *out_.Grow(1) = static_cast<char>(type);
      I16(id);
    }
    last_id_ = id;
  }

  OutBuffer& out_;
  std::vector<int16_t> last_ids_;
  int16_t last_id_ = 0;
};

}  // namespace tarn::wire
