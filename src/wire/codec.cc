#include "wire/codec.h"

#include "wire/compact_protocol_internal.h"
#include "wire/fault.h"

namespace tarn::wire {

void OutBuffer::Enlarge(size_t n) {
  size_t want = std::max<size_t>(capacity_ * 2, 4096);
  while (want < size_ + n) want *= 2;
  data_ = static_cast<char*>(std::realloc(data_, want));
  TARN_CHECK(data_, "out of memory for a thrift reply");
  capacity_ = want;
}

void OutBuffer::OfferNow() {
  if (failed_) { DrainNow(); return; }
  size_t n = drain_->Offer(data_, size_, give_up_, &failed_);
  if (failed_ || n == size_) {
    total_ += size_;
    size_ = 0;
    return;
  }
  std::memmove(data_, data_ + n, size_ - n);
  total_ += n;
  size_ -= n;
  stuck_ = true;
}

namespace {

uint8_t WireTypeOf(Kind k) {
  switch (k) {
    case Kind::kBool: return kTBool;
    case Kind::kByte: return kTByte;
    case Kind::kI16: return kTI16;
    case Kind::kI32:
    case Kind::kEnum: return kTI32;
    case Kind::kI64: return kTI64;
    case Kind::kDouble: return kTDouble;
    case Kind::kString:
    case Kind::kBinary: return kTString;
    case Kind::kStruct: return kTStruct;
    case Kind::kList: return kTList;
    case Kind::kSet: return kTSet;
    case Kind::kMap: return kTMap;
  }
  return kStop;
}

// 2.3 has sets where 3.x has lists: either is read as the other.
bool Readable(uint8_t wire, Kind k) {
  uint8_t mine = WireTypeOf(k);
  return wire == mine || ((wire == kTSet || wire == kTList) && (mine == kTSet || mine == kTList));
}

template <typename T> const T& As(const void* p) { return *static_cast<const T*>(p); }
template <typename T> T& As(void* p) { return *static_cast<T*>(p); }

// ---- reading ----

template <typename R> bool SkipValue(R& r, uint8_t type, int depth) {
  bool b; int8_t i8; int16_t i16; int32_t i32; int64_t i64; double d;
  if (!r.Depth(depth)) return false;
  switch (type) {
    case kTBool: return r.Bool(&b);
    case kTByte: return r.Byte(&i8);
    case kTI16: return r.I16(&i16);
    case kTI32: return r.I32(&i32);
    case kTI64: return r.I64(&i64);
    case kTDouble: return r.Double(&d);
    case kTString: return r.SkipString();
    case kTStruct: {
      if (!r.BeginStruct()) return false;
      for (;;) {
        uint8_t t; int16_t id;
        if (!r.Field(&t, &id)) return false;
        if (t == kStop) break;
        if (!SkipValue(r, t, depth + 1)) return false;
      }
      r.EndStruct();
      return true;
    }
    case kTList:
    case kTSet: {
      uint8_t t; int64_t n;
      if (!r.List(&t, &n)) return false;
      for (int64_t i = 0; i < n; ++i) if (!SkipValue(r, t, depth + 1)) return false;
      return true;
    }
    case kTMap: {
      uint8_t k, v; int64_t n;
      if (!r.Map(&k, &v, &n)) return false;
      for (int64_t i = 0; i < n; ++i) if (!SkipValue(r, k, depth + 1) || !SkipValue(r, v, depth + 1)) return false;
      return true;
    }
    default: return r.Corrupt("thrift type not understood");
  }
}

template <typename R> bool ReadFields(R& r, const StructDesc& desc, void* out, int depth);
template <typename R> bool ReadValue(R& r, const TypeDesc& t, void* out, int depth);

// Room for the elements that a list says it has is made ahead for this many only: the rest must have come first.
constexpr int64_t kReserveMax = 64;

// Makes room for more of the `n` elements, within the budget: the list that grows and the one that it moves out of count both.
template <typename R, typename Reserve> bool Enlarge(R& r, size_t element_bytes, int64_t n, int64_t* room, const Reserve& reserve) {
  int64_t more = std::min(n, *room ? *room * 2 : kReserveMax);
  if (!r.TakeMemory(static_cast<uint64_t>(more) * element_bytes)) return false;
  reserve(static_cast<size_t>(more));
  r.GiveMemory(static_cast<uint64_t>(*room) * element_bytes);
  *room = more;
  return true;
}

template <typename R> bool ReadList(R& r, const TypeDesc& t, void* out, int depth) {
  uint8_t wire; int64_t n;
  if (!r.Depth(depth) || !r.List(&wire, &n)) return false;
  const TypeDesc& e = *t.element;
  if (n > 0 && !Readable(wire, e.kind)) return r.Corrupt("thrift list has elements of an unexpected type");
  int64_t room = 0;
  if (e.kind == Kind::kString) {
    auto& v = As<std::vector<std::string>>(out);
    const size_t before = v.size();
    for (int64_t i = 0; i < n; ++i) {
      if (i == room && !Enlarge(r, sizeof(std::string), n, &room, [&](size_t k) { v.reserve(before + k); })) return false;
      if (!r.String(&v.emplace_back())) return false;
    }
    return true;
  }
  const size_t before = t.list->size(out);
  for (int64_t i = 0; i < n; ++i) {
    if (i == room && !Enlarge(r, t.list->element_bytes, n, &room, [&](size_t k) { t.list->reserve(out, before + k); })) return false;
    void* p = t.list->append(out);
    if (!(e.kind == Kind::kStruct ? ReadFields(r, *e.fields, p, depth + 1) : ReadValue(r, e, p, depth + 1))) return false;
  }
  return true;
}

template <typename R> bool ReadMap(R& r, const TypeDesc& t, void* out, int depth) {
  uint8_t kw, vw; int64_t n;
  if (!r.Depth(depth) || !r.Map(&kw, &vw, &n)) return false;
  if (n > 0 && (!Readable(kw, t.key->kind) || !Readable(vw, t.element->kind))) return r.Corrupt("thrift map has entries of an unexpected type");
  for (int64_t i = 0; i < n; ++i) {
    if (!r.TakeMemory(t.map->element_bytes)) return false;
    void* value;
    if (t.key->kind == Kind::kString) {
      std::string key;
      if (!r.String(&key)) return false;
      value = t.map->emplace(out, &key);
    } else if (t.key->kind == Kind::kI64) {
      int64_t key;
      if (!r.I64(&key)) return false;
      value = t.map->emplace(out, &key);
    } else {
      std::vector<std::string> key;   // the one other key in the interface: list<string>
      if (!ReadList(r, *t.key, &key, depth + 1)) return false;
      value = t.map->emplace(out, &key);
    }
    if (!(t.element->kind == Kind::kStruct ? ReadFields(r, *t.element->fields, value, depth + 1) : ReadValue(r, *t.element, value, depth + 1))) return false;
  }
  return true;
}

// A value that is not a struct in place.
template <typename R> bool ReadValue(R& r, const TypeDesc& t, void* out, int depth) {
  switch (t.kind) {
    case Kind::kBool: return r.Bool(&As<bool>(out));
    case Kind::kByte: return r.Byte(&As<int8_t>(out));
    case Kind::kI16: return r.I16(&As<int16_t>(out));
    case Kind::kI32:
    case Kind::kEnum: return r.I32(&As<int32_t>(out));
    case Kind::kI64: return r.I64(&As<int64_t>(out));
    case Kind::kDouble: return r.Double(&As<double>(out));
    case Kind::kString:
    case Kind::kBinary: return r.String(&As<std::string>(out));
    case Kind::kStruct: return r.TakeMemory(t.fields->bytes) && ReadFields(r, *t.fields, t.fields->box_make(out), depth + 1);
    case Kind::kList:
    case Kind::kSet: return ReadList(r, t, out, depth + 1);
    case Kind::kMap: return ReadMap(r, t, out, depth + 1);
  }
  return false;
}

const FieldDesc* FindField(const StructDesc& desc, int16_t id, uint8_t wire, size_t* hint) {
  size_t n = desc.fields.size();
  if (*hint < n && desc.fields[*hint].id == id && Readable(wire, desc.fields[*hint].type->kind)) return &desc.fields[(*hint)++];
  for (size_t i = 0; i < n; ++i) {
    if (desc.fields[i].id == id && Readable(wire, desc.fields[i].type->kind)) { *hint = i + 1; return &desc.fields[i]; }
  }
  return nullptr;
}

template <typename R> bool ReadFields(R& r, const StructDesc& desc, void* out, int depth) {
  if (!r.Depth(depth) || !r.BeginStruct()) return false;
  uint64_t& bits = As<uint64_t>(out);
  size_t hint = 0;
  for (;;) {
    uint8_t type; int16_t id = 0;
    if (!r.Field(&type, &id)) return false;
    if (type == kStop) break;
    const FieldDesc* f = FindField(desc, id, type, &hint);
    if (!f) {
      if (!SkipValue(r, type, depth + 1)) return false;
      continue;
    }
    if (!ReadValue(r, *f->type, static_cast<char*>(out) + f->offset, depth)) return false;
    bits |= uint64_t{1} << f->bit;
  }
  r.EndStruct();
  for (const FieldDesc& f : desc.fields) {
    if (f.need == Need::kRequired && !(bits >> f.bit & 1)) {
      return r.Fail(Status::Corrupt("Required field '" + std::string(f.name) + "' is unset in " + desc.name));
    }
  }
  return true;
}

// ---- writing ----

bool Empty(const TypeDesc& t, const void* p) {
  switch (t.kind) {
    case Kind::kBool: return !As<bool>(p);
    case Kind::kByte: return As<int8_t>(p) == 0;
    case Kind::kI16: return As<int16_t>(p) == 0;
    case Kind::kI32:
    case Kind::kEnum: return As<int32_t>(p) == 0;
    case Kind::kI64: return As<int64_t>(p) == 0;
    case Kind::kDouble: return As<double>(p) == 0;
    case Kind::kString:
    case Kind::kBinary: return As<std::string>(p).empty();
    case Kind::kStruct: return As<void*>(const_cast<void*>(p)) == nullptr;   // a Box
    case Kind::kList:
    case Kind::kSet: return t.list->size(p) == 0;
    case Kind::kMap: return t.map->size(p) == 0;
  }
  return true;
}

// See the head of hms.idl.
bool Written(const FieldDesc& f, uint64_t bits, const void* p) {
  if (f.alternate) return f.need == Need::kWritten;   // each release takes the reading of its own type and skips the other
  if (f.type->kind == Kind::kStruct) return !Empty(*f.type, p);
  if (bits >> f.bit & 1) return true;
  switch (f.need) {
    case Need::kRequired:
    case Need::kWritten: return f.type->kind != Kind::kEnum || !Empty(*f.type, p);
    case Need::kDefault: return f.type->kind <= Kind::kDouble || !Empty(*f.type, p);
    case Need::kOptional: return !Empty(*f.type, p);
  }
  return false;
}

template <typename W> void WriteFields(W& w, const StructDesc& desc, const void* value);
template <typename W> void WriteValue(W& w, const TypeDesc& t, const void* p);

template <typename W> struct MapVisit {
  W& w;
  const TypeDesc& t;
  static void Entry(void* self, const void* k, const void* v) {
    auto& m = *static_cast<MapVisit*>(self);
    WriteValue(m.w, *m.t.key, k);
    if (m.t.element->kind == Kind::kStruct) WriteFields(m.w, *m.t.element->fields, v);
    else WriteValue(m.w, *m.t.element, v);
  }
};

template <typename W> void WriteValue(W& w, const TypeDesc& t, const void* p) {
  switch (t.kind) {
    case Kind::kBool: return w.Bool(As<bool>(p));
    case Kind::kByte: return w.Byte(As<int8_t>(p));
    case Kind::kI16: return w.I16(As<int16_t>(p));
    case Kind::kI32:
    case Kind::kEnum: return w.I32(As<int32_t>(p));
    case Kind::kI64: return w.I64(As<int64_t>(p));
    case Kind::kDouble: return w.Double(As<double>(p));
    case Kind::kString:
    case Kind::kBinary: return w.String(As<std::string>(p));
    case Kind::kStruct: return WriteFields(w, *t.fields, As<void*>(const_cast<void*>(p)));
    case Kind::kList:
    case Kind::kSet: {
      const TypeDesc& e = *t.element;
      size_t n = t.list->size(p);
      w.List(WireTypeOf(e.kind), n);
      if (e.kind == Kind::kString) {
        for (const std::string& s : As<std::vector<std::string>>(p)) { w.String(s); w.out().MaybeDrain(); }
        return;
      }
      for (size_t i = 0; i < n; ++i) {
        const void* x = t.list->at(p, i);
        if (e.kind == Kind::kStruct) WriteFields(w, *e.fields, x);
        else WriteValue(w, e, x);
        w.out().MaybeDrain();
      }
      return;
    }
    case Kind::kMap: {
      w.Map(WireTypeOf(t.key->kind), WireTypeOf(t.element->kind), t.map->size(p));
      MapVisit<W> visit{w, t};
      t.map->each(p, &visit, &MapVisit<W>::Entry);
      return;
    }
  }
}

template <typename W> void WriteFields(W& w, const StructDesc& desc, const void* value) {
  w.BeginStruct();
  uint64_t bits = As<uint64_t>(value);
  for (const FieldDesc& f : desc.fields) {
    const void* p = static_cast<const char*>(value) + f.offset;
    if (!Written(f, bits, p)) continue;
    if (f.type->kind == Kind::kBool) { w.BoolField(f.id, As<bool>(p)); continue; }
    w.Field(WireTypeOf(f.type->kind), f.id);
    WriteValue(w, *f.type, p);
  }
  w.EndStruct();
}

// A reply value is not boxed: a struct stands in place.
template <typename W> void WriteInPlace(W& w, const TypeDesc& t, const void* p) {
  if (t.kind == Kind::kStruct) WriteFields(w, *t.fields, p);
  else WriteValue(w, t, p);
}

template <typename F> auto WithReader(Protocol p, ByteSource& in, ReadBudget& b, F f) {
  if (p == Protocol::kBinary) { BinaryReader r(in, b); return f(r); }
  CompactReader r(in, b);
  return f(r);
}
template <typename F> void WithWriter(Protocol p, OutBuffer& out, F f) {
  if (p == Protocol::kBinary) { BinaryWriter w(out); f(w); return; }
  CompactWriter w(out);
  f(w);
}


}  // namespace

Status ReadMessageHead(Protocol protocol, ByteSource& in, ReadBudget& budget, MessageHead* head, bool* begun) {
  return WithReader(protocol, in, budget, [&](auto& r) { return r.Head(head, begun) ? Status::OK() : r.Failure(); });
}

Status ReadStruct(Protocol protocol, ByteSource& in, ReadBudget& budget, const StructDesc& desc, void* out) {
  return WithReader(protocol, in, budget, [&](auto& r) { return ReadFields(r, desc, out, 1) ? Status::OK() : r.Failure(); });
}

Status SkipStruct(Protocol protocol, ByteSource& in, ReadBudget& budget) {
  return WithReader(protocol, in, budget, [&](auto& r) { return SkipValue(r, kTStruct, 1) ? Status::OK() : r.Failure(); });
}

Status ReadReply(Protocol protocol, ByteSource& in, ReadBudget& budget, const CallDesc& call, MessageType type, void* reply) {
  return WithReader(protocol, in, budget, [&](auto& r) -> Status {
    if (!r.BeginStruct()) return r.Failure();
    bool got = false;
    std::string message;
    const char* exception = nullptr;
    int32_t code = 0;
    for (;;) {
      uint8_t t; int16_t id = 0;
      if (!r.Field(&t, &id)) return r.Failure();
      if (t == kStop) break;
      bool ok;
      if (type == MessageType::kException && id == 1 && t == kTString) { ok = r.String(&message); }
      else if (type == MessageType::kException && id == 2 && t == kTI32) { ok = r.I32(&code); }
      else if (type == MessageType::kReply && id == 0 && call.reply && Readable(t, call.reply->kind)) {
        got = true;
        ok = call.reply->kind == Kind::kStruct ? ReadFields(r, *call.reply->fields, reply, 1) : ReadValue(r, *call.reply, reply, 1);
      } else {
        const StructDesc* x = nullptr;
        for (const ThrowDesc& d : call.throws) if (type == MessageType::kReply && d.id == id && t == kTStruct) x = d.type;
        if (x) {
          void* e = x->make();
          ok = ReadFields(r, *x, e, 1);
          exception = x->name;
          message = As<std::string>(static_cast<char*>(e) + x->fields[0].offset);
          x->destroy(e);
        } else {
          ok = SkipValue(r, t, 1);
        }
      }
      if (!ok) return r.Failure();
    }
    r.EndStruct();
    if (type == MessageType::kException) {
      if (code == static_cast<int32_t>(ApplicationError::kUnknownMethod)) return Status::NotSupported(std::move(message));
      return Status::Internal(std::move(message)).WithDetail("TApplicationException");
    }
    if (exception) return FaultFromName(exception, std::move(message));
    if (call.reply && !got) return Status::NotFound(std::string(call.name) + " failed: unknown result").WithDetail("TApplicationException");
    return Status::OK();
  });
}

void WriteMessageHead(Protocol protocol, OutBuffer& out, const MessageHead& head) {
  WithWriter(protocol, out, [&](auto& w) { w.Head(head); });
}

void WriteStruct(Protocol protocol, OutBuffer& out, const StructDesc& desc, const void* value) {
  WithWriter(protocol, out, [&](auto& w) { WriteFields(w, desc, value); });
}

void WriteResult(Protocol protocol, OutBuffer& out, const TypeDesc* type, const void* reply) {
  WithWriter(protocol, out, [&](auto& w) {
    w.BeginStruct();
    if (type) {
      if (type->kind == Kind::kBool) {
        w.BoolField(0, As<bool>(reply));
      } else {
        w.Field(WireTypeOf(type->kind), 0);
        WriteInPlace(w, *type, reply);
      }
    }
    w.EndStruct();
  });
}

void WriteThrow(Protocol protocol, OutBuffer& out, const CallDesc& call, const StructDesc& type, const void* exception) {
  WithWriter(protocol, out, [&](auto& w) {
    w.BeginStruct();
    for (const ThrowDesc& d : call.throws) {   // releases that disagree about the number each find theirs
      if (d.type != &type) continue;
      w.Field(kTStruct, d.id);
      WriteFields(w, type, exception);
    }
    w.EndStruct();
  });
}

void WriteApplicationException(Protocol protocol, OutBuffer& out, const ApplicationException& e) {
  WithWriter(protocol, out, [&](auto& w) {
    w.BeginStruct();
    w.Field(kTString, 1);
    w.String(e.message);
    w.Field(kTI32, 2);
    w.I32(static_cast<int32_t>(e.type));
    w.EndStruct();
  });
}

void BeginListResult(Protocol protocol, OutBuffer& out, const TypeDesc& list, size_t count) {
  if (protocol == Protocol::kBinary) {
    BinaryWriter w(out);
    w.Field(kTList, 0);
    w.List(WireTypeOf(list.element->kind), count);
  } else {
    CompactWriter w(out);
    w.Field(kTList, 0);
    w.List(WireTypeOf(list.element->kind), count);
  }
}

void WriteElement(Protocol protocol, OutBuffer& out, const TypeDesc& element, const void* value) {
  WithWriter(protocol, out, [&](auto& w) { WriteInPlace(w, element, value); });
  out.MaybeDrain();
}

void EndResult(Protocol, OutBuffer& out) { *out.Grow(1) = 0; }

namespace {
bool EqualValue(const TypeDesc& t, const void* a, const void* b);

struct MapGather {
  std::vector<std::pair<const void*, const void*>> entries;
  static void Entry(void* self, const void* k, const void* v) { static_cast<MapGather*>(self)->entries.emplace_back(k, v); }
};

bool EqualElement(const TypeDesc& t, const void* a, const void* b) { return t.kind == Kind::kStruct ? Equal(*t.fields, a, b) : EqualValue(t, a, b); }

bool EqualValue(const TypeDesc& t, const void* a, const void* b) {
  switch (t.kind) {
    case Kind::kBool: return As<bool>(a) == As<bool>(b);
    case Kind::kByte: return As<int8_t>(a) == As<int8_t>(b);
    case Kind::kI16: return As<int16_t>(a) == As<int16_t>(b);
    case Kind::kI32:
    case Kind::kEnum: return As<int32_t>(a) == As<int32_t>(b);
    case Kind::kI64: return As<int64_t>(a) == As<int64_t>(b);
    case Kind::kDouble: return std::bit_cast<uint64_t>(As<double>(a)) == std::bit_cast<uint64_t>(As<double>(b));
    case Kind::kString:
    case Kind::kBinary: return As<std::string>(a) == As<std::string>(b);
    case Kind::kStruct: {
      const void* x = As<void*>(const_cast<void*>(a));
      const void* y = As<void*>(const_cast<void*>(b));
      return x && y ? Equal(*t.fields, x, y) : x == y;
    }
    case Kind::kList:
    case Kind::kSet: {
      size_t n = t.list->size(a);
      if (n != t.list->size(b)) return false;
      for (size_t i = 0; i < n; ++i) if (!EqualElement(*t.element, t.list->at(a, i), t.list->at(b, i))) return false;
      return true;
    }
    case Kind::kMap: {
      if (t.map->size(a) != t.map->size(b)) return false;
      MapGather x, y;
      t.map->each(a, &x, &MapGather::Entry);
      t.map->each(b, &y, &MapGather::Entry);
      for (size_t i = 0; i < x.entries.size(); ++i) {
        if (!EqualValue(*t.key, x.entries[i].first, y.entries[i].first) || !EqualElement(*t.element, x.entries[i].second, y.entries[i].second)) return false;
      }
      return true;
    }
  }
  return false;
}
}  // namespace

bool IsWritten(const FieldDesc& field, uint64_t set_bits, const void* p) { return Written(field, set_bits, p); }

bool Equal(const StructDesc& desc, const void* a, const void* b) {
  for (const FieldDesc& f : desc.fields) {
    const void* x = static_cast<const char*>(a) + f.offset;
    const void* y = static_cast<const char*>(b) + f.offset;
    if (Written(f, As<uint64_t>(a), x) != Written(f, As<uint64_t>(b), y) || !EqualValue(*f.type, x, y)) return false;
  }
  return true;
}

std::string EncodeStruct(Protocol protocol, const StructDesc& desc, const void* value) {
  OutBuffer out;
  WriteStruct(protocol, out, desc, value);
  return std::string(out.view());
}

Status DecodeStruct(Protocol protocol, std::string_view bytes, const StructDesc& desc, void* out) {
  MemorySource in(bytes);
  WireLimits limits;
  ReadBudget budget(limits);
  return ReadStruct(protocol, in, budget, desc, out);
}

}  // namespace tarn::wire
