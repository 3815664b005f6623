#include "wire/json_text.h"

#include "fmt/format.h"
#include "wire/codec.h"

namespace tarn::wire {

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (unsigned char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (c < 0x20) out += fmt::format("\\u{:04x}", c);
        else out += static_cast<char>(c);
    }
  }
  out += '"';
}

namespace {
template <typename T> const T& As(const void* p) { return *static_cast<const T*>(p); }

const char* Tag(Kind k) {
  switch (k) {
    case Kind::kBool: return "tf";
    case Kind::kByte: return "i8";
    case Kind::kI16: return "i16";
    case Kind::kI32:
    case Kind::kEnum: return "i32";
    case Kind::kI64: return "i64";
    case Kind::kDouble: return "dbl";
    case Kind::kString:
    case Kind::kBinary: return "str";
    case Kind::kStruct: return "rec";
    case Kind::kList: return "lst";
    case Kind::kSet: return "set";
    case Kind::kMap: return "map";
  }
  return "";
}

std::string Base64(std::string_view s) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < s.size(); i += 3) {   // Thrift's JSON has no padding
    uint32_t v = static_cast<uint8_t>(s[i]) << 16;
    if (i + 1 < s.size()) v |= static_cast<uint32_t>(static_cast<uint8_t>(s[i + 1])) << 8;
    if (i + 2 < s.size()) v |= static_cast<uint8_t>(s[i + 2]);
    out += kDigits[v >> 18];
    out += kDigits[(v >> 12) & 63];
    if (i + 1 < s.size()) out += kDigits[(v >> 6) & 63];
    if (i + 2 < s.size()) out += kDigits[v & 63];
  }
  return out;
}

void AppendStruct(std::string& out, const StructDesc& desc, const void* value);
void AppendValue(std::string& out, const TypeDesc& t, const void* p, bool boxed);

struct MapVisit {
  std::string& out;
  const TypeDesc& t;
  bool first = true;
  static void Entry(void* self, const void* k, const void* v) {
    auto& m = *static_cast<MapVisit*>(self);
    if (!m.first) m.out += ',';
    m.first = false;
    bool quoted = m.t.key->kind == Kind::kString;
    if (!quoted) m.out += '"';
    AppendValue(m.out, *m.t.key, k, false);
    if (!quoted) m.out += '"';
    m.out += ':';
    AppendValue(m.out, *m.t.element, v, false);
  }
};

void AppendValue(std::string& out, const TypeDesc& t, const void* p, bool boxed) {
  switch (t.kind) {
    case Kind::kBool: out += As<bool>(p) ? '1' : '0'; return;
    case Kind::kByte: out += std::to_string(As<int8_t>(p)); return;
    case Kind::kI16: out += std::to_string(As<int16_t>(p)); return;
    case Kind::kI32:
    case Kind::kEnum: out += std::to_string(As<int32_t>(p)); return;
    case Kind::kI64: out += std::to_string(As<int64_t>(p)); return;
    case Kind::kDouble: out += fmt::format("{}", As<double>(p)); return;
    case Kind::kString: AppendJsonString(out, As<std::string>(p)); return;
    case Kind::kBinary: AppendJsonString(out, Base64(As<std::string>(p))); return;
    case Kind::kStruct: AppendStruct(out, *t.fields, boxed ? As<void*>(const_cast<void*>(p)) : p); return;
    case Kind::kList:
    case Kind::kSet: {
      size_t n = t.list->size(p);
      out += fmt::format("[\"{}\",{}", Tag(t.element->kind), n);
      for (size_t i = 0; i < n; ++i) { out += ','; AppendValue(out, *t.element, t.list->at(p, i), false); }
      out += ']';
      return;
    }
    case Kind::kMap: {
      out += fmt::format("[\"{}\",\"{}\",{},{{", Tag(t.key->kind), Tag(t.element->kind), t.map->size(p));
      MapVisit visit{out, t};
      t.map->each(p, &visit, &MapVisit::Entry);
      out += "}]";
      return;
    }
  }
}

void AppendStruct(std::string& out, const StructDesc& desc, const void* value) {
  out += '{';
  bool first = true;
  for (const FieldDesc& f : desc.fields) {
    const void* p = static_cast<const char*>(value) + f.offset;
    if (!IsWritten(f, As<uint64_t>(value), p)) continue;
    out += fmt::format("{}\"{}\":{{\"{}\":", first ? "" : ",", f.id, Tag(f.type->kind));
    first = false;
    AppendValue(out, *f.type, p, true);
    out += '}';
  }
  out += '}';
}
}  // namespace

std::string ThriftJson(const StructDesc& desc, const void* value) {
  std::string out;
  AppendStruct(out, desc, value);
  return out;
}

}  // namespace tarn::wire
