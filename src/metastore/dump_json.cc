#include "metastore/dump_json.h"

#include <charconv>
#include <cmath>

#include "fmt/format.h"
#include "net/json_reader.h"
#include "wire/codec.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;
constexpr int kDepthMax = 32;

template <typename T> const T& As(const void* p) { return *static_cast<const T*>(p); }
template <typename T> T& As(void* p) { return *static_cast<T*>(p); }

bool IsUtf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    uint8_t c = static_cast<uint8_t>(s[i]);
    size_t n = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (!n || i + n > s.size()) return false;
    for (size_t k = 1; k < n; ++k) if ((static_cast<uint8_t>(s[i + k]) & 0xC0) != 0x80) return false;
    i += n;
  }
  return true;
}
void AppendHex(std::string_view bytes, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  *out += "{\"hex\":\"";
  for (char c : bytes) { *out += kDigits[static_cast<uint8_t>(c) >> 4]; *out += kDigits[static_cast<uint8_t>(c) & 15]; }
  *out += "\"}";
}
void AppendText(Kind kind, std::string_view s, std::string* out) {
  if (kind == Kind::kBinary || !IsUtf8(s)) AppendHex(s, out);
  else AppendJsonString(*out, s);
}

void AppendValue(const TypeDesc& t, const void* p, bool boxed, std::string* out);

// A map with text keys is an object; any other is a list of [key, value].
struct MapVisit {
  const TypeDesc& t;
  bool object;
  std::string* out;
  bool first = true;
  static void Entry(void* self, const void* k, const void* v) {
    auto& m = *static_cast<MapVisit*>(self);
    if (!m.first) *m.out += ',';
    m.first = false;
    if (!m.object) *m.out += '[';
    AppendValue(*m.t.key, k, false, m.out);
    *m.out += m.object ? ':' : ',';
    AppendValue(*m.t.element, v, false, m.out);
    if (!m.object) *m.out += ']';
  }
};
struct AllText {
  bool all = true;
  static void Entry(void* self, const void* k, const void*) { static_cast<AllText*>(self)->all &= IsUtf8(As<std::string>(k)); }
};

void AppendValue(const TypeDesc& t, const void* p, bool boxed, std::string* out) {
  switch (t.kind) {
    case Kind::kBool: *out += As<bool>(p) ? "true" : "false"; return;
    case Kind::kByte: *out += std::to_string(As<int8_t>(p)); return;
    case Kind::kI16: *out += std::to_string(As<int16_t>(p)); return;
    case Kind::kI32:
    case Kind::kEnum: *out += std::to_string(As<int32_t>(p)); return;
    case Kind::kI64: *out += std::to_string(As<int64_t>(p)); return;
    case Kind::kDouble: {
      double d = As<double>(p);
      *out += std::isfinite(d) ? fmt::format("{}", d) : fmt::format("\"{}\"", d);
      return;
    }
    case Kind::kString:
    case Kind::kBinary: AppendText(t.kind, As<std::string>(p), out); return;
    case Kind::kStruct: AppendStructJson(*t.fields, boxed ? As<void*>(const_cast<void*>(p)) : p, out); return;
    case Kind::kList:
    case Kind::kSet:
      *out += '[';
      for (size_t i = 0, n = t.list->size(p); i < n; ++i) {
        if (i) *out += ',';
        AppendValue(*t.element, t.list->at(p, i), false, out);
      }
      *out += ']';
      return;
    case Kind::kMap: {
      AllText keys;
      if (t.key->kind == Kind::kString) t.map->each(p, &keys, &AllText::Entry);
      bool object = t.key->kind == Kind::kString && keys.all;
      *out += object ? '{' : '[';
      MapVisit visit{t, object, out};
      t.map->each(p, &visit, &MapVisit::Entry);
      *out += object ? '}' : ']';
      return;
    }
  }
}

// The text itself is not repeated: it may be a secret.
Status Wrong(const char* what, std::string_view json) {
  const char* is = json.empty() ? "nothing" : json[0] == '{' ? "an object" : json[0] == '[' ? "a list" : json[0] == '"' ? "a text" : json == "true" || json == "false" ? "true or false" : json == "null" ? "null" : "a number";
  return Status::Corrupt(fmt::format("{} expected, not {}", what, is));
}

template <typename T> Status ReadNumber(std::string_view json, T* out) {
  auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), *out);
  return error == std::errc() && end == json.data() + json.size() ? Status::OK() : Wrong("a number", json);
}

Status ReadText(std::string_view json, std::string* out) {
  if (json.size() >= 2 && json[0] == '"') { *out = net::JsonText(json); return Status::OK(); }
  if (json.empty() || json[0] != '{') return Wrong("a text", json);
  std::string hex = net::JsonText(net::JsonMember(json, "hex"));
  if (hex.size() % 2) return Wrong("pairs of hex digits", json);
  out->clear();
  for (size_t i = 0; i < hex.size(); i += 2) {
    uint8_t byte = 0;
    auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + i + 2) return Wrong("hex digits", json);
    out->push_back(static_cast<char>(byte));
  }
  return Status::OK();
}

Status ReadFields(std::string_view json, const StructDesc& desc, void* out, int depth);

Status ReadValue(std::string_view json, const TypeDesc& t, void* p, bool boxed, int depth);

template <typename K> Result<void*> ReadKeyAs(std::string_view json, const TypeDesc& t, void* map, int depth) {
  K key{};
  TRY(ReadValue(json, *t.key, &key, false, depth + 1));
  return t.map->emplace(map, &key);
}
// The place in the map for what this key has.
Result<void*> ReadKey(std::string_view json, const TypeDesc& t, void* map, int depth) {
  if (t.key->kind == Kind::kString) return ReadKeyAs<std::string>(json, t, map, depth);
  if (t.key->kind == Kind::kI64) return ReadKeyAs<int64_t>(json, t, map, depth);
  return ReadKeyAs<std::vector<std::string>>(json, t, map, depth);
}

Status ReadValue(std::string_view json, const TypeDesc& t, void* p, bool boxed, int depth) {
  if (depth > kDepthMax) return Status::Corrupt("nested too deeply");
  switch (t.kind) {
    case Kind::kBool:
      if (json != "true" && json != "false") return Wrong("true or false", json);
      As<bool>(p) = json == "true";
      return Status::OK();
    case Kind::kByte: return ReadNumber(json, &As<int8_t>(p));
    case Kind::kI16: return ReadNumber(json, &As<int16_t>(p));
    case Kind::kI32:
    case Kind::kEnum: return ReadNumber(json, &As<int32_t>(p));
    case Kind::kI64: return ReadNumber(json, &As<int64_t>(p));
    case Kind::kDouble: return ReadNumber(json.size() > 2 && json[0] == '"' ? json.substr(1, json.size() - 2) : json, &As<double>(p));
    case Kind::kString:
    case Kind::kBinary: return ReadText(json, &As<std::string>(p));
    case Kind::kStruct: return ReadFields(json, *t.fields, boxed ? t.fields->box_make(p) : p, depth + 1);
    case Kind::kList:
    case Kind::kSet:
      if (json.empty() || json[0] != '[') return Wrong("a list", json);
      for (std::string_view e : net::JsonElements(json)) {
        if (t.element->kind == Kind::kString) TRY(ReadText(e, &As<std::vector<std::string>>(p).emplace_back()));
        else TRY(ReadValue(e, *t.element, t.list->append(p), false, depth + 1));
      }
      return Status::OK();
    case Kind::kMap: {
      if (!json.empty() && json[0] == '{' && t.key->kind == Kind::kString) {
        for (auto& [k, v] : net::JsonMembers(json)) {
          std::string key = k;
          TRY(ReadValue(v, *t.element, t.map->emplace(p, &key), false, depth + 1));
        }
        return Status::OK();
      }
      if (json.empty() || json[0] != '[') return Wrong("a map", json);
      for (std::string_view e : net::JsonElements(json)) {
        auto pair = net::JsonElements(e);
        if (pair.size() != 2) return Wrong("a key and a value", e);
        TRY(ReadValue(pair[1], *t.element, TRY(ReadKey(pair[0], t, p, depth)), false, depth + 1));
      }
      return Status::OK();
    }
  }
  return Status::OK();
}

Status ReadFields(std::string_view json, const StructDesc& desc, void* out, int depth) {
  if (json.empty() || json.front() != '{' || json.back() != '}') return Wrong("an object", json);
  for (auto& [key, value] : net::JsonMembers(json)) {
    for (const FieldDesc& f : desc.fields) {
      if (f.alternate || key != f.name) continue;
      Status s = ReadValue(value, *f.type, static_cast<char*>(out) + f.offset, true, depth);
      if (!s.ok()) return std::move(s).WithContext(fmt::format("{}.{}", desc.name, f.name));
      As<uint64_t>(out) |= uint64_t{1} << f.bit;
      break;
    }
  }
  return Status::OK();
}
}  // namespace

void AppendStructJson(const StructDesc& desc, const void* value, std::string* out) {
  *out += '{';
  bool first = true;
  for (const FieldDesc& f : desc.fields) {
    const void* p = static_cast<const char*>(value) + f.offset;
    if (!IsWritten(f, As<uint64_t>(value), p)) continue;
    if (!first) *out += ',';
    first = false;
    *out += '"';
    *out += f.name;
    *out += "\":";
    AppendValue(*f.type, p, true, out);
  }
  *out += '}';
}

Status ReadStructJson(std::string_view json, const StructDesc& desc, void* out) { return ReadFields(json, desc, out, 0); }

void AppendTextJson(std::string_view text, std::string* out) { AppendText(Kind::kString, text, out); }
Status ReadTextJson(std::string_view json, std::string* out) { return ReadText(json, out); }

}  // namespace tarn::metastore
