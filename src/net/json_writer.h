// Writes JSON text straight into a string: commas and escapes are its business, the order of calls is the caller's.
// Bytes that are not UTF-8 become U+FFFD. Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tarn::net {

// Appends `text` as a JSON string, quotes included.
void AppendJsonString(std::string_view text, std::string* out);

class JsonWriter {
 public:
  JsonWriter& BeginObject() { Comma(); out_ += '{'; first_ = true; return *this; }
  JsonWriter& EndObject() { out_ += '}'; first_ = false; return *this; }
  JsonWriter& BeginArray() { Comma(); out_ += '['; first_ = true; return *this; }
  JsonWriter& EndArray() { out_ += ']'; first_ = false; return *this; }
  JsonWriter& Key(std::string_view key) { Comma(); AppendJsonString(key, &out_); out_ += ':'; first_ = true; return *this; }
  JsonWriter& String(std::string_view text) { Comma(); AppendJsonString(text, &out_); return *this; }
  JsonWriter& Int(int64_t v) { Comma(); out_ += std::to_string(v); return *this; }
  JsonWriter& Double(double v);
  JsonWriter& Bool(bool v) { Comma(); out_ += v ? "true" : "false"; return *this; }
  JsonWriter& Null() { Comma(); out_ += "null"; return *this; }
  JsonWriter& Raw(std::string_view json) { Comma(); out_ += json; return *this; }   // one whole value
  // Key and value at once.
  JsonWriter& Field(std::string_view key, std::string_view text) { return Key(key).String(text); }
  JsonWriter& Field(std::string_view key, const char* text) { return Key(key).String(text); }
  JsonWriter& Field(std::string_view key, const std::string& text) { return Key(key).String(text); }
  JsonWriter& Field(std::string_view key, int64_t v) { return Key(key).Int(v); }
  JsonWriter& Field(std::string_view key, int v) { return Key(key).Int(v); }
  JsonWriter& Field(std::string_view key, bool v) { return Key(key).Bool(v); }
  JsonWriter& Strings(const std::map<std::string, std::string>& map);               // an object
  const std::string& text() const { return out_; }
  std::string* buffer() { return &out_; }
  std::string Take() { return std::move(out_); }

 private:
  void Comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace tarn::net
