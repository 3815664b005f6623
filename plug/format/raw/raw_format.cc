// format 'raw': the whole record is the one column. Options: charset, endianness.
#include <arrow/builder.h>

#include <bit>
#include <cstring>

#include "base/text.h"
#include "base/utf8.h"
#include "table/registry.h"
#include "table/text_codec.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug {
namespace {

using types::LogicalType;
using types::TypeRoot;

enum class Charset { kUtf8, kAscii, kLatin1, kUtf16Be, kUtf16Le };

struct Options {
  Charset charset = Charset::kUtf8;
  bool big_endian = true;
};

// The next code point of UTF-8 text; U+FFFD for what isn't, as Java's decoder.
uint32_t NextUtf8(std::string_view s, size_t* at) {
  const auto byte = [&](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const uint32_t a = byte(*at);
  const size_t n = a < 0x80 ? 1 : a >= 0xC2 && a < 0xE0 ? 2 : a >= 0xE0 && a < 0xF0 ? 3 : a >= 0xF0 && a < 0xF5 ? 4 : 0;
  if (n == 1) { ++*at; return a; }
  uint32_t c = n == 2 ? a & 0x1F : n == 3 ? a & 0x0F : a & 0x07;
  for (size_t i = 1; i < n; ++i) {
    if ((byte(*at + i) & 0xC0) != 0x80) { ++*at; return 0xFFFD; }
    c = c << 6 | (byte(*at + i) & 0x3F);
  }
  if (n == 0 || (n == 3 && (c < 0x800 || (c >= 0xD800 && c < 0xE000))) || (n == 4 && (c < 0x10000 || c > 0x10FFFF))) { ++*at; return 0xFFFD; }
  *at += n;
  return c;
}

// Bytes in the charset to UTF-8.
void Decode(Charset charset, std::string_view in, std::string* out) {
  out->clear();
  switch (charset) {
    case Charset::kUtf8:
      for (size_t at = 0; at < in.size();) AppendUtf8(NextUtf8(in, &at), out);
      return;
    case Charset::kAscii:
      for (char c : in) AppendUtf8(static_cast<unsigned char>(c) < 0x80 ? static_cast<unsigned char>(c) : 0xFFFD, out);
      return;
    case Charset::kLatin1:
      for (char c : in) AppendUtf8(static_cast<unsigned char>(c), out);
      return;
    case Charset::kUtf16Be: case Charset::kUtf16Le: break;
  }
  const bool big = charset == Charset::kUtf16Be;
  auto unit = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(in[i + (big ? 0 : 1)])) << 8 | static_cast<unsigned char>(in[i + (big ? 1 : 0)]); };
  for (size_t i = 0; i + 1 < in.size(); i += 2) {
    uint32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < in.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    } else if (c >= 0xD800 && c < 0xE000) {
      c = 0xFFFD;
    }
    AppendUtf8(c, out);
  }
  if (in.size() % 2) AppendUtf8(0xFFFD, out);
}

void Encode(Charset charset, std::string_view in, std::string* out) {
  if (charset == Charset::kUtf8) { out->append(in); return; }
  auto put16 = [&](uint32_t u) {
    const char high = static_cast<char>(u >> 8), low = static_cast<char>(u & 0xFF);
    out->push_back(charset == Charset::kUtf16Be ? high : low);
    out->push_back(charset == Charset::kUtf16Be ? low : high);
  };
  for (size_t at = 0; at < in.size();) {
    const uint32_t c = NextUtf8(in, &at);
    if (charset == Charset::kAscii || charset == Charset::kLatin1) {
      out->push_back(c < (charset == Charset::kAscii ? 0x80u : 0x100u) ? static_cast<char>(c) : '?');
    } else if (c >= 0x10000) {
      put16(0xD800 + ((c - 0x10000) >> 10));
      put16(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      put16(c);
    }
  }
}

bool IsValidUtf8(std::string_view s) {
  for (size_t at = 0; at < s.size();) {
    if (static_cast<unsigned char>(s[at]) < 0x80) { ++at; continue; }
    const size_t before = at;
    if (NextUtf8(s, &at) == 0xFFFD && at == before + 1) return false;
  }
  return true;
}

template <typename T>
T FromBytes(std::string_view s, bool big_endian) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, s.data(), sizeof(T));
  if (big_endian) std::reverse(bytes, bytes + sizeof(T));
  T v;
  std::memcpy(&v, bytes, sizeof(T));
  return v;
}
template <typename T>
void AppendBytes(T v, bool big_endian, std::string* out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &v, sizeof(T));
  if (big_endian) std::reverse(bytes, bytes + sizeof(T));
  out->append(bytes, sizeof(T));
}

size_t FixedWidth(TypeRoot root) {
  switch (root) {
    case TypeRoot::kBoolean: case TypeRoot::kTinyInt: return 1;
    case TypeRoot::kSmallInt: return 2;
    case TypeRoot::kInteger: case TypeRoot::kFloat: return 4;
    case TypeRoot::kBigInt: case TypeRoot::kDouble: return 8;
    default: return 0;
  }
}

class RawDecoder final : public table::Decoder {
 public:
  RawDecoder(std::string name, const LogicalType& type, const Options& options, std::shared_ptr<arrow::ArrayBuilder> builder)
      : name_(std::move(name)), type_(type), options_(options), builder_(std::move(builder)) {}
  Status Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) override {
    if (rows_of != nullptr) rows_of->assign(records.size(), 1);
    for (size_t i = 0; i < records.size(); ++i) {
      if (Status s = Append(records[i]); !s.ok()) {
        if (bad_record != nullptr) *bad_record = i;
        return s;
      }
      ++pending_;
    }
    return Status::OK();
  }
  int64_t pending_rows() const override { return pending_; }
  Result<Batch> Finish() override {
    auto array = TRY(builder_->Finish());
    const int64_t rows = pending_;
    pending_ = 0;
    return Batch(rows, {std::move(array)});
  }

 private:
  Status Append(std::string_view r) {
    const size_t width = FixedWidth(type_.root());
    if (width > 0 && r.size() != width) {
      return Status::Corrupt("Size of data received for deserializing " + type_.ToSummaryString(false) + " type is not " + std::to_string(width) + ".")
          .WithDetail("column '" + name_ + "': " + std::to_string(r.size()) + " bytes '" + table::Excerpt(r, 60) + "'");
    }
    const bool big = options_.big_endian;
    switch (type_.root()) {
      case TypeRoot::kBoolean: return FromArrow(static_cast<arrow::BooleanBuilder&>(*builder_).Append(r[0] != 0));
      case TypeRoot::kTinyInt: return FromArrow(static_cast<arrow::Int8Builder&>(*builder_).Append(static_cast<int8_t>(r[0])));
      case TypeRoot::kSmallInt: return FromArrow(static_cast<arrow::Int16Builder&>(*builder_).Append(FromBytes<int16_t>(r, big)));
      case TypeRoot::kInteger: return FromArrow(static_cast<arrow::Int32Builder&>(*builder_).Append(FromBytes<int32_t>(r, big)));
      case TypeRoot::kBigInt: return FromArrow(static_cast<arrow::Int64Builder&>(*builder_).Append(FromBytes<int64_t>(r, big)));
      case TypeRoot::kFloat: return FromArrow(static_cast<arrow::FloatBuilder&>(*builder_).Append(FromBytes<float>(r, big)));
      case TypeRoot::kDouble: return FromArrow(static_cast<arrow::DoubleBuilder&>(*builder_).Append(FromBytes<double>(r, big)));
      case TypeRoot::kBinary: case TypeRoot::kVarBinary: return FromArrow(static_cast<arrow::BinaryBuilder&>(*builder_).Append(r));
      default: break;
    }
    auto& out = static_cast<arrow::StringBuilder&>(*builder_);
    if (options_.charset == Charset::kUtf8 && IsValidUtf8(r)) return FromArrow(out.Append(r));
    tarn::plug::Decode(options_.charset, r, &scratch_);
    return FromArrow(out.Append(scratch_));
  }
  const std::string name_;
  const LogicalType type_;
  const Options options_;
  const std::shared_ptr<arrow::ArrayBuilder> builder_;
  std::string scratch_;
  int64_t pending_ = 0;
};

class RawEncoder final : public table::Encoder {
 public:
  RawEncoder(const LogicalType& type, const Options& options) : type_(type), options_(options) {}
  Status Encode(const Batch& batch, std::string* out, std::vector<size_t>* ends) override {
    const arrow::Array& a = *batch.column(0);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (!a.IsNull(row)) Append(a, row, out);   // NULL: an empty record (a Kafka writer asks for null values itself)
      ends->push_back(out->size());
    }
    return Status::OK();
  }

 private:
  void Append(const arrow::Array& a, int64_t row, std::string* out) const {
    const bool big = options_.big_endian;
    switch (type_.root()) {
      case TypeRoot::kBoolean: out->push_back(static_cast<const arrow::BooleanArray&>(a).Value(row) ? 1 : 0); return;
      case TypeRoot::kTinyInt: out->push_back(static_cast<char>(static_cast<const arrow::Int8Array&>(a).Value(row))); return;
      case TypeRoot::kSmallInt: AppendBytes(static_cast<const arrow::Int16Array&>(a).Value(row), big, out); return;
      case TypeRoot::kInteger: AppendBytes(static_cast<const arrow::Int32Array&>(a).Value(row), big, out); return;
      case TypeRoot::kBigInt: AppendBytes(static_cast<const arrow::Int64Array&>(a).Value(row), big, out); return;
      case TypeRoot::kFloat: AppendBytes(static_cast<const arrow::FloatArray&>(a).Value(row), big, out); return;
      case TypeRoot::kDouble: AppendBytes(static_cast<const arrow::DoubleArray&>(a).Value(row), big, out); return;
      case TypeRoot::kBinary: case TypeRoot::kVarBinary: out->append(static_cast<const arrow::BinaryArray&>(a).GetView(row)); return;
      default: tarn::plug::Encode(options_.charset, static_cast<const arrow::StringArray&>(a).GetView(row), out);
    }
  }
  const LogicalType type_;
  const Options options_;
};

class RawFormat final : public table::Format {
 public:
  explicit RawFormat(Options options) : options_(options) {}
  Result<std::unique_ptr<table::Decoder>> CreateDecoder(const RowType& type) const override {
    TRY(Check(type));
    std::shared_ptr<arrow::ArrayBuilder> builder = TRY(arrow::MakeBuilder(types::ToArrow(type.types[0])));
    return std::unique_ptr<table::Decoder>(new RawDecoder(type.names[0], type.types[0], options_, std::move(builder)));
  }
  Result<std::unique_ptr<table::Encoder>> CreateEncoder(const RowType& type) const override {
    TRY(Check(type));
    return std::unique_ptr<table::Encoder>(new RawEncoder(type.types[0], options_));
  }
  bool by_name() const override { return false; }

 private:
  static Status Check(const RowType& type) {
    if (type.size() != 1) {
      return Status::InvalidSql("The 'raw' format only supports single physical column. However the defined schema contains multiple physical columns: [" + Join(type.names, ", ") + "]");
    }
    const LogicalType& t = type.types[0];
    if (FixedWidth(t.root()) == 0 && !t.is_character() && !t.is_binary()) {
      return Status::NotSupported("The 'raw' format doesn't supports '" + t.ToSummaryString(false) + "' as column type.");
    }
    return Status::OK();
  }
  const Options options_;
};

class Factory final : public table::FormatFactory {
 public:
  std::string identifier() const override { return "raw"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"charset", "string", "UTF-8", false, "UTF-8, US-ASCII, ISO-8859-1, UTF-16BE, UTF-16LE, UTF-16"},
            {"endianness", "enum", "big-endian", false, "byte order of numbers", {"big-endian", "little-endian"}}};
  }
  Result<std::unique_ptr<table::Format>> Create(const config::OptionSet& o, const std::string&) const override {
    Options options;
    const std::string charset = ToUpper(o.Get("charset", "UTF-8"));
    if (charset == "UTF-8" || charset == "UTF8") options.charset = Charset::kUtf8;
    else if (charset == "US-ASCII" || charset == "ASCII") options.charset = Charset::kAscii;
    else if (charset == "ISO-8859-1" || charset == "LATIN1") options.charset = Charset::kLatin1;
    else if (charset == "UTF-16BE" || charset == "UTF-16") options.charset = Charset::kUtf16Be;
    else if (charset == "UTF-16LE") options.charset = Charset::kUtf16Le;
    else return Status::InvalidSql("Unsupported 'raw.charset' name: " + o.Get("charset", "") + ".").WithHint("supported: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE");
    const std::string order = o.Get("endianness", "big-endian");
    if (order != "big-endian" && order != "little-endian") return Status::InvalidSql("Unsupported 'raw.endianness' value: " + order).WithHint("big-endian or little-endian");
    options.big_endian = order == "big-endian";
    return std::unique_ptr<table::Format>(new RawFormat(options));
  }
};

}  // namespace

Status Register_format_raw(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
