#include "plug/connector/datagen/generator.h"

#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <limits>
#include <unordered_set>

#include "batch/batch.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::plug::datagen {
namespace {

using types::LogicalType;
using types::TypeRoot;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using BufferPtr = std::shared_ptr<arrow::Buffer>;

constexpr int64_t kDefaultLength = 100;        // Flink's RandomGeneratorVisitor
constexpr int64_t kMonthsMax = 10'000 * 12;    // interval defaults: ten thousand years, ten thousand days
constexpr int64_t kDayMsMax = 10'000LL * 86'400'000;

Result<BufferPtr> Allocate(int64_t bytes) { return BufferPtr(TRY(arrow::AllocateBuffer(bytes))); }

// A counter that differs for every row of every split.
uint64_t Base(const Rows& rows) { return Mix(static_cast<uint64_t>(rows.split) + 0x7461726e, 0) + rows.first; }

uint64_t Below(uint64_t random, uint64_t range_minus_one) {
  if (range_minus_one == UINT64_MAX) return random;
  return static_cast<uint64_t>((static_cast<unsigned __int128>(random) * (static_cast<unsigned __int128>(range_minus_one) + 1)) >> 64);
}
double Unit(uint64_t random) { return static_cast<double>(random >> 11) * 0x1.0p-53; }

ArrayPtr Primitive(const std::shared_ptr<arrow::DataType>& type, int64_t count, BufferPtr values) {
  return arrow::MakeArray(arrow::ArrayData::Make(type, count, {nullptr, std::move(values)}, 0));
}

// Fills `count` values of T with f(row number from 0).
template <typename T, typename F>
Result<ArrayPtr> Fill(const std::shared_ptr<arrow::DataType>& type, int64_t count, F f) {
  BufferPtr buffer = TRY(Allocate(count * static_cast<int64_t>(sizeof(T))));
  T* out = reinterpret_cast<T*>(buffer->mutable_data());
  for (int64_t i = 0; i < count; ++i) out[i] = f(static_cast<uint64_t>(i));
  return Primitive(type, count, std::move(buffer));
}

template <typename T>
class RandomInteger final : public Generator {
 public:
  RandomInteger(std::shared_ptr<arrow::DataType> type, int64_t min, int64_t max, uint64_t seed) : type_(std::move(type)), min_(min), range_(static_cast<uint64_t>(max) - static_cast<uint64_t>(min)), seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const uint64_t base = Base(rows), min = static_cast<uint64_t>(min_), range = range_, seed = seed_;
    return Fill<T>(type_, rows.count, [=](uint64_t i) { return static_cast<T>(min + Below(Mix(seed, base + i), range)); });
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const int64_t min_;
  const uint64_t range_, seed_;
};

template <typename T>
class RandomReal final : public Generator {
 public:
  RandomReal(std::shared_ptr<arrow::DataType> type, double min, double max, uint64_t seed) : type_(std::move(type)), min_(min), max_(max), seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const uint64_t base = Base(rows);
    return Fill<T>(type_, rows.count, [&](uint64_t i) {
      const double u = Unit(Mix(seed_, base + i));
      return static_cast<T>(u * max_ + (1 - u) * min_);
    });
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const double min_, max_;
  const uint64_t seed_;
};

class RandomBoolean final : public Generator {
 public:
  explicit RandomBoolean(uint64_t seed) : seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const uint64_t base = Base(rows);
    BufferPtr bits = TRY(Allocate(arrow::bit_util::BytesForBits(rows.count)));
    std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
    for (int64_t i = 0; i < rows.count; ++i) arrow::bit_util::SetBitTo(bits->mutable_data(), i, Mix(seed_, base + static_cast<uint64_t>(i)) >> 63);
    return Primitive(arrow::boolean(), rows.count, std::move(bits));
  }

 private:
  const uint64_t seed_;
};

class RandomDecimal final : public Generator {
 public:
  RandomDecimal(std::shared_ptr<arrow::DataType> type, arrow::Decimal128 min, arrow::Decimal128 max, uint64_t seed) : type_(std::move(type)), min_(min), range_(max - min), seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const uint64_t base = Base(rows);
    BufferPtr buffer = TRY(Allocate(rows.count * 16));
    const auto range = (static_cast<unsigned __int128>(static_cast<uint64_t>(range_.high_bits())) << 64 | range_.low_bits()) + 1;
    for (int64_t i = 0; i < rows.count; ++i) {
      const uint64_t high = Mix(seed_, base + static_cast<uint64_t>(i)), low = Mix(~seed_, base + static_cast<uint64_t>(i));
      unsigned __int128 r = (static_cast<unsigned __int128>(high) << 64 | low) % range;
      arrow::Decimal128 v = min_ + arrow::Decimal128(static_cast<int64_t>(r >> 64), static_cast<uint64_t>(r));
      v.ToBytes(buffer->mutable_data() + i * 16);
    }
    return Primitive(type_, rows.count, std::move(buffer));
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const arrow::Decimal128 min_, range_;
  const uint64_t seed_;
};

// Hexadecimal digits (text) or bytes, of one length or of 1..length.
class RandomBytes final : public Generator {
 public:
  RandomBytes(bool text, int64_t length, bool variable, uint64_t seed) : text_(text), length_(length), variable_(variable), seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const uint64_t base = Base(rows);
    if (rows.count * length_ > std::numeric_limits<int32_t>::max()) return Status::Exhausted("datagen: a batch of strings is larger than 2 GB").WithHint("make 'fields.#.length' smaller");
    BufferPtr offsets = TRY(Allocate((rows.count + 1) * 4));
    BufferPtr values = TRY(Allocate(rows.count * length_ + 16));   // room for the last whole word
    int32_t* ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
    uint8_t* out = values->mutable_data();
    int32_t at = 0;
    ends[0] = 0;
    for (int64_t row = 0; row < rows.count; ++row) {
      const uint64_t key = Mix(seed_, base + static_cast<uint64_t>(row));
      const int64_t length = variable_ ? static_cast<int64_t>(Below(Mix(~seed_, key), static_cast<uint64_t>(length_ - 1))) + 1 : length_;
      uint64_t word = 0;
      const int64_t per_word = text_ ? 16 : 8;
      for (int64_t i = 0; i < length; i += per_word, ++word) Write(Mix(key, word), out + at + i);
      at += static_cast<int32_t>(length);
      ends[row + 1] = at;
    }
    values = arrow::SliceBuffer(values, 0, at);
    return arrow::MakeArray(arrow::ArrayData::Make(text_ ? arrow::utf8() : arrow::binary(), rows.count, {nullptr, std::move(offsets), std::move(values)}, 0));
  }

 private:
  void Write(uint64_t random, uint8_t* out) const {
    if (!text_) { std::memcpy(out, &random, 8); return; }
    // Spreads each of eight nibbles to a byte, then turns 0..15 into '0'..'9','a'..'f', eight digits at once.
    for (int half = 0; half < 2; ++half, random >>= 32) {
      uint64_t x = random & 0xFFFFFFFF;
      x = (x | x << 16) & 0x0000FFFF0000FFFFull;
      x = (x | x << 8) & 0x00FF00FF00FF00FFull;
      x = (x | x << 4) & 0x0F0F0F0F0F0F0F0Full;
      const uint64_t letters = ((x + 0x0606060606060606ull) >> 4) & 0x0101010101010101ull;
      x += 0x3030303030303030ull + letters * 39;
      std::memcpy(out + half * 8, &x, 8);
    }
  }
  const bool text_;
  const int64_t length_;
  const bool variable_;
  const uint64_t seed_;
};

// DATE and TIME are always now; TIMESTAMP is now minus up to max_past.
class Now final : public Generator {
 public:
  Now(const LogicalType& type, int64_t max_past_ms, uint64_t seed) : type_(type), arrow_(types::ToArrow(type)), max_past_ms_(max_past_ms), seed_(seed) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    if (type_.root() == TypeRoot::kDate) return Fill<int32_t>(arrow_, rows.count, [&](uint64_t) { return static_cast<int32_t>(rows.now_ms / 86'400'000); });
    if (type_.root() == TypeRoot::kTime) return Fill<int32_t>(arrow_, rows.count, [&](uint64_t) { return static_cast<int32_t>(rows.now_ms % 86'400'000); });
    const int64_t factor = types::TimestampUnitsPerSecond(type_.precision()) / 1000;
    if (max_past_ms_ == 0) return Fill<int64_t>(arrow_, rows.count, [&](uint64_t) { return rows.now_ms * factor; });
    const uint64_t base = Base(rows);
    return Fill<int64_t>(arrow_, rows.count, [&](uint64_t i) {
      return (rows.now_ms - static_cast<int64_t>(Below(Mix(seed_, base + i), static_cast<uint64_t>(max_past_ms_)))) * factor;
    });
  }

 private:
  const LogicalType type_;
  const std::shared_ptr<arrow::DataType> arrow_;
  const int64_t max_past_ms_;
  const uint64_t seed_;
};

// start + split, start + split + splits, ... : the parts of a sequence among subtasks, without keeping anything.
class Sequence final : public Generator {
 public:
  Sequence(const LogicalType& type, int64_t start, int64_t end) : type_(type), arrow_(types::ToArrow(type)), start_(start), end_(end) {}
  int64_t RowLimit(int split, int splits) const override {
    const int64_t total = end_ - start_ + 1;
    return split >= total ? 0 : (total - split + splits - 1) / splits;
  }
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const int64_t first = start_ + rows.split + static_cast<int64_t>(rows.first) * rows.splits, step = rows.splits;
    auto at = [=](uint64_t i) { return first + static_cast<int64_t>(i) * step; };
    switch (type_.root()) {
      case TypeRoot::kTinyInt: return Fill<int8_t>(arrow_, rows.count, [=](uint64_t i) { return static_cast<int8_t>(at(i)); });
      case TypeRoot::kSmallInt: return Fill<int16_t>(arrow_, rows.count, [=](uint64_t i) { return static_cast<int16_t>(at(i)); });
      case TypeRoot::kInteger: return Fill<int32_t>(arrow_, rows.count, [=](uint64_t i) { return static_cast<int32_t>(at(i)); });
      case TypeRoot::kBigInt: return Fill<int64_t>(arrow_, rows.count, at);
      case TypeRoot::kFloat: return Fill<float>(arrow_, rows.count, [=](uint64_t i) { return static_cast<float>(at(i)); });
      case TypeRoot::kDouble: return Fill<double>(arrow_, rows.count, [=](uint64_t i) { return static_cast<double>(at(i)); });
      case TypeRoot::kDecimal: {
        arrow::Decimal128Builder builder(arrow_);
        TRY(builder.Reserve(rows.count));
        for (int64_t i = 0; i < rows.count; ++i) builder.UnsafeAppend(arrow::Decimal128(at(static_cast<uint64_t>(i))).IncreaseScaleBy(type_.scale()));
        return TRY(builder.Finish());
      }
      default: break;
    }
    arrow::StringBuilder builder;
    char digits[24];
    for (int64_t i = 0; i < rows.count; ++i) {
      auto [end, error] = std::to_chars(digits, digits + sizeof(digits), at(static_cast<uint64_t>(i)));
      TRY(builder.Append(std::string_view(digits, static_cast<size_t>(end - digits))));
    }
    return TRY(builder.Finish());
  }

 private:
  const LogicalType type_;
  const std::shared_ptr<arrow::DataType> arrow_;
  const int64_t start_, end_;
};

// Makes some values NULL.
class WithNulls final : public Generator {
 public:
  WithNulls(std::unique_ptr<Generator> inner, double rate, uint64_t seed) : inner_(std::move(inner)), rate_(rate), seed_(seed) {}
  int64_t RowLimit(int split, int splits) const override { return inner_->RowLimit(split, splits); }
  Result<ArrayPtr> Make(const Rows& rows) const override {
    ArrayPtr array = TRY(inner_->Make(rows));
    const uint64_t base = Base(rows);
    BufferPtr bits = TRY(Allocate(arrow::bit_util::BytesForBits(rows.count)));
    std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
    int64_t nulls = 0;
    for (int64_t i = 0; i < rows.count; ++i) {
      const bool valid = Unit(Mix(seed_, base + static_cast<uint64_t>(i))) >= rate_;
      arrow::bit_util::SetBitTo(bits->mutable_data(), i, valid);
      nulls += !valid;
    }
    auto data = array->data()->Copy();
    data->buffers[0] = std::move(bits);
    data->null_count = nulls;
    return arrow::MakeArray(std::move(data));
  }

 private:
  const std::unique_ptr<Generator> inner_;
  const double rate_;
  const uint64_t seed_;
};

class RowOf final : public Generator {
 public:
  RowOf(std::shared_ptr<arrow::DataType> type, std::vector<std::unique_ptr<Generator>> fields) : type_(std::move(type)), fields_(std::move(fields)) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    std::vector<ArrayPtr> children;
    for (const auto& f : fields_) children.push_back(TRY(f->Make(rows)));
    return ArrayPtr(std::make_shared<arrow::StructArray>(type_, rows.count, std::move(children)));
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const std::vector<std::unique_ptr<Generator>> fields_;
};

Rows ElementRows(const Rows& rows, int64_t length) {
  Rows inner = rows;
  inner.first = rows.first * static_cast<uint64_t>(length);
  inner.count = rows.count * length;
  return inner;
}

class ArrayOf final : public Generator {
 public:
  ArrayOf(std::shared_ptr<arrow::DataType> type, std::unique_ptr<Generator> element, int64_t length) : type_(std::move(type)), element_(std::move(element)), length_(length) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    ArrayPtr values = TRY(element_->Make(ElementRows(rows, length_)));
    BufferPtr offsets = TRY(Allocate((rows.count + 1) * 4));
    int32_t* ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
    for (int64_t i = 0; i <= rows.count; ++i) ends[i] = static_cast<int32_t>(i * length_);
    return ArrayPtr(std::make_shared<arrow::ListArray>(type_, rows.count, std::move(offsets), std::move(values)));
  }

 private:
  const std::shared_ptr<arrow::DataType> type_;
  const std::unique_ptr<Generator> element_;
  const int64_t length_;
};

// MAP, and MULTISET as a map to counts of 1. A key made twice is kept once, as Flink's hash map does.
class MapOf final : public Generator {
 public:
  MapOf(const LogicalType& type, std::unique_ptr<Generator> key, std::unique_ptr<Generator> value, int64_t length)
      : key_type_(type.root() == TypeRoot::kMap ? type.key() : type.element()), arrow_(types::ToArrow(type)), key_(std::move(key)), value_(std::move(value)), length_(length) {}
  Result<ArrayPtr> Make(const Rows& rows) const override {
    const Rows inner = ElementRows(rows, length_);
    ArrayPtr keys = TRY(key_->Make(inner)), values = TRY(value_->Make(inner));
    std::vector<int32_t> ends{0};
    arrow::Int32Builder kept;
    std::unordered_set<std::string> seen;
    for (int64_t row = 0; row < rows.count; ++row, seen.clear()) {
      for (int64_t i = row * length_; i < (row + 1) * length_; ++i) {
        std::string text;
        types::AppendText(*keys, i, key_type_, types::TextStyle::kPlain, "UTC", &text);
        if (seen.insert(std::move(text)).second) TRY(kept.Append(static_cast<int32_t>(i)));
      }
      ends.push_back(static_cast<int32_t>(kept.length()));
    }
    if (kept.length() < inner.count) {
      Batch pairs(inner.count, {keys, values});
      Batch left = TRY(TakeRows(pairs, *TRY(kept.Finish())));
      keys = left.column(0);
      values = left.column(1);
    }
    BufferPtr offsets = arrow::Buffer::FromVector(std::move(ends));
    return ArrayPtr(std::make_shared<arrow::MapArray>(arrow_, rows.count, std::move(offsets), std::move(keys), std::move(values)));
  }

 private:
  const LogicalType key_type_;
  const std::shared_ptr<arrow::DataType> arrow_;
  const std::unique_ptr<Generator> key_, value_;
  const int64_t length_;
};

// Reads the options of one field.
class FieldOptions {
 public:
  FieldOptions(const std::string& name, const config::OptionSet& options, std::set<std::string>* used) : prefix_("fields." + name + "."), options_(options), used_(used) {}
  std::string Key(std::string_view key) const { return prefix_ + std::string(key); }
  std::optional<std::string> Find(std::string_view key) const {
    used_->insert(Key(key));
    return options_.Find(Key(key));
  }
  Result<int64_t> Integer(std::string_view key, int64_t fallback) const { used_->insert(Key(key)); return options_.GetInteger(Key(key), fallback); }
  Result<bool> Boolean(std::string_view key, bool fallback) const { used_->insert(Key(key)); return options_.GetBoolean(Key(key), fallback); }
  Result<int64_t> Duration(std::string_view key) const { used_->insert(Key(key)); return TRY(options_.GetDuration(Key(key), config::Milliseconds(0))).count(); }
  Result<double> Real(std::string_view key, double fallback) const {
    auto text = Find(key);
    if (!text) return fallback;
    double v = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), v);
    if (error != std::errc() || end != text->data() + text->size()) return Bad(key, *text, "not a number");
    return v;
  }
  Status Bad(std::string_view key, std::string_view value, std::string_view why) const {
    return Status::InvalidSql("Invalid value for option '" + Key(key) + "'.").WithDetail("'" + std::string(value) + "': " + std::string(why));
  }

 private:
  const std::string prefix_;
  const config::OptionSet& options_;
  std::set<std::string>* used_;
};

template <typename T>
Result<std::unique_ptr<Generator>> MakeInteger(const LogicalType& type, const FieldOptions& o, int64_t low, int64_t high, uint64_t seed) {
  const int64_t min = TRY(o.Integer("min", low)), max = TRY(o.Integer("max", high));
  if (min < low || min > high) return o.Bad("min", std::to_string(min), "outside of " + type.ToSummaryString(false));
  if (max < min || max > high) return o.Bad("max", std::to_string(max), max < min ? "smaller than the minimum " + std::to_string(min) : "outside of " + type.ToSummaryString(false));
  return std::unique_ptr<Generator>(new RandomInteger<T>(types::ToArrow(type), min, max, seed));
}

template <typename T>
Result<std::unique_ptr<Generator>> MakeReal(const LogicalType& type, const FieldOptions& o, uint64_t seed) {
  const double low = std::numeric_limits<T>::lowest(), high = std::numeric_limits<T>::max();
  const double min = TRY(o.Real("min", low)), max = TRY(o.Real("max", high));
  if (!(min <= max)) return o.Bad("max", o.Find("max").value_or(""), "smaller than the minimum");
  return std::unique_ptr<Generator>(new RandomReal<T>(types::ToArrow(type), min, max, seed));
}

Result<std::unique_ptr<Generator>> MakeDecimal(const LogicalType& type, const FieldOptions& o, uint64_t seed) {
  const arrow::Decimal128 limit(arrow::Decimal128::GetMaxValue(type.precision()));
  auto bound = [&](std::string_view key, arrow::Decimal128 fallback) -> Result<arrow::Decimal128> {
    auto text = o.Find(key);
    if (!text) return fallback;
    arrow::Decimal128 v;
    int32_t precision = 0, scale = 0;
    if (!arrow::Decimal128::FromString(*text, &v, &precision, &scale).ok()) return o.Bad(key, *text, "not a decimal");
    auto rescaled = v.Rescale(scale, type.scale());
    if (!rescaled.ok() || *rescaled > limit || *rescaled < -limit) return o.Bad(key, *text, "doesn't fit " + type.ToSummaryString(false));
    return *rescaled;
  };
  const arrow::Decimal128 min = TRY(bound("min", -limit)), max = TRY(bound("max", limit));
  if (max < min) return o.Bad("max", o.Find("max").value_or(""), "smaller than the minimum");
  return std::unique_ptr<Generator>(new RandomDecimal(types::ToArrow(type), min, max, seed));
}

Result<std::unique_ptr<Generator>> MakeBytes(const std::string& name, const LogicalType& type, const FieldOptions& o, uint64_t seed) {
  const bool fixed = type.root() == TypeRoot::kChar || type.root() == TypeRoot::kBinary;
  const auto length_text = o.Find("length");
  const auto variable_text = o.Find("var-len");
  int64_t length = type.length() == types::kMaxLength ? kDefaultLength : type.length();
  if (length_text) {
    if (fixed) return Status::InvalidSql("Custom length for fixed-length type (CHAR/BINARY) field '" + name + "' is not supported.");
    length = TRY(o.Integer("length", length));
    if (length < 1) return o.Bad("length", *length_text, "must be positive");
    if (length > type.length()) {
      return Status::InvalidSql("Custom length '" + *length_text + "' for variable-length type (VARCHAR/STRING/VARBINARY/BYTES) field '" + name +
                                "' should be shorter than '" + std::to_string(type.length()) + "' defined in the schema.");
    }
  }
  const bool variable = TRY(o.Boolean("var-len", false));
  if (variable && fixed) return Status::InvalidSql("Only supports specifying 'fields." + name + ".var-len' option for variable-length types (VARCHAR/STRING/VARBINARY/BYTES).");
  return std::unique_ptr<Generator>(new RandomBytes(type.is_character(), length, variable, seed));
}

Result<std::unique_ptr<Generator>> MakeRandom(const std::string& name, const LogicalType& type, const config::OptionSet& options, const FieldOptions& o,
                                              uint64_t seed, std::set<std::string>* used);

Result<std::unique_ptr<Generator>> MakeNested(const std::string& name, const LogicalType& type, const config::OptionSet& options, const FieldOptions& o,
                                              uint64_t seed, std::set<std::string>* used) {
  if (type.root() == TypeRoot::kRow) {
    std::vector<std::unique_ptr<Generator>> fields;
    for (const auto& f : type.fields()) fields.push_back(TRY(MakeGenerator(name + "." + f.name, f.type, options, seed, used)));
    return std::unique_ptr<Generator>(new RowOf(types::ToArrow(type), std::move(fields)));
  }
  const int64_t length = TRY(o.Integer("length", kDefaultLength));
  if (length < 0) return o.Bad("length", std::to_string(length), "must not be negative");
  if (type.root() == TypeRoot::kArray) {
    auto element = TRY(MakeGenerator(name + ".element", type.element(), options, seed, used));
    return std::unique_ptr<Generator>(new ArrayOf(types::ToArrow(type), std::move(element), length));
  }
  if (type.root() == TypeRoot::kMap) {
    auto key = TRY(MakeGenerator(name + ".key", type.key().NotNull(), options, seed, used));
    auto value = TRY(MakeGenerator(name + ".value", type.value(), options, seed, used));
    return std::unique_ptr<Generator>(new MapOf(type, std::move(key), std::move(value), length));
  }
  auto key = TRY(MakeGenerator(name + ".element", type.element().NotNull(), options, seed, used));
  auto count = std::make_unique<RandomInteger<int32_t>>(arrow::int32(), 1, 1, seed);
  return std::unique_ptr<Generator>(new MapOf(type, std::move(key), std::move(count), length));
}

Result<std::unique_ptr<Generator>> MakeRandom(const std::string& name, const LogicalType& type, const config::OptionSet& options, const FieldOptions& o,
                                              uint64_t seed, std::set<std::string>* used) {
  switch (type.root()) {
    case TypeRoot::kBoolean: return std::unique_ptr<Generator>(new RandomBoolean(seed));
    case TypeRoot::kTinyInt: return MakeInteger<int8_t>(type, o, INT8_MIN, INT8_MAX, seed);
    case TypeRoot::kSmallInt: return MakeInteger<int16_t>(type, o, INT16_MIN, INT16_MAX, seed);
    case TypeRoot::kInteger: return MakeInteger<int32_t>(type, o, INT32_MIN, INT32_MAX, seed);
    case TypeRoot::kBigInt: return MakeInteger<int64_t>(type, o, INT64_MIN, INT64_MAX, seed);
    case TypeRoot::kFloat: return MakeReal<float>(type, o, seed);
    case TypeRoot::kDouble: return MakeReal<double>(type, o, seed);
    case TypeRoot::kDecimal: return MakeDecimal(type, o, seed);
    case TypeRoot::kChar: case TypeRoot::kVarChar: case TypeRoot::kBinary: case TypeRoot::kVarBinary: return MakeBytes(name, type, o, seed);
    case TypeRoot::kDate: case TypeRoot::kTime: return std::unique_ptr<Generator>(new Now(type, 0, seed));
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return std::unique_ptr<Generator>(new Now(type, TRY(o.Duration("max-past")), seed));
    case TypeRoot::kIntervalYearMonth: {
      const int64_t min = TRY(o.Integer("min", 0)), max = TRY(o.Integer("max", kMonthsMax));
      if (max < min) return o.Bad("max", std::to_string(max), "smaller than the minimum");
      return std::unique_ptr<Generator>(new RandomInteger<int32_t>(types::ToArrow(type), min, max, seed));
    }
    case TypeRoot::kIntervalDayTime: {
      const int64_t min = TRY(o.Integer("min", 0)), max = TRY(o.Integer("max", kDayMsMax));
      if (max < min) return o.Bad("max", std::to_string(max), "smaller than the minimum");
      return std::unique_ptr<Generator>(new RandomInteger<int64_t>(types::ToArrow(type), min, max, seed));
    }
    case TypeRoot::kArray: case TypeRoot::kMap: case TypeRoot::kMultiset: case TypeRoot::kRow: return MakeNested(name, type, options, o, seed, used);
    case TypeRoot::kNull: case TypeRoot::kRaw: break;
  }
  return Status::NotSupported("Unsupported type: " + type.ToSummaryString()).WithDetail("datagen field '" + name + "'");
}

Result<std::unique_ptr<Generator>> MakeSequence(const std::string& name, const LogicalType& type, const FieldOptions& o) {
  for (std::string_view key : {"start", "end"}) {
    if (!o.Find(key)) return Status::InvalidSql("Could not find required property '" + o.Key(key) + "' for sequence generator.");
  }
  if (!type.is_numeric() && !type.is_character()) return Status::NotSupported("Unsupported type: " + type.ToSummaryString()).WithDetail("datagen field '" + name + "' of kind sequence");
  const int64_t start = TRY(o.Integer("start", 0)), end = TRY(o.Integer("end", 0));
  if (end < start) return o.Bad("end", std::to_string(end), "smaller than the start " + std::to_string(start));
  if (static_cast<uint64_t>(end) - static_cast<uint64_t>(start) >= INT64_MAX) return o.Bad("end", std::to_string(end), "more than 2^63 values");
  return std::unique_ptr<Generator>(new Sequence(type, start, end));
}

uint64_t HashOf(const std::string& name) {
  uint64_t h = 0xcbf29ce484222325ull;
  for (char c : name) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  return h;
}

}  // namespace

Result<std::unique_ptr<Generator>> MakeGenerator(const std::string& name, const LogicalType& type, const config::OptionSet& options, uint64_t seed,
                                                 std::set<std::string>* used) {
  const FieldOptions o(name, options, used);
  const std::string kind = o.Find("kind").value_or("random");
  const uint64_t own_seed = Mix(seed, HashOf(name));
  std::unique_ptr<Generator> generator;
  if (kind == "random") generator = TRY(MakeRandom(name, type, options, o, own_seed, used));
  else if (kind == "sequence") generator = TRY(MakeSequence(name, type, o));
  else return Status::InvalidSql("Unsupported generator kind: " + kind).WithHint("'" + o.Key("kind") + "' is random or sequence");
  const double null_rate = TRY(o.Real("null-rate", 0));
  if (!(null_rate >= 0 && null_rate <= 1)) return o.Bad("null-rate", o.Find("null-rate").value_or(""), "must be from 0 to 1");
  if (null_rate == 0) return generator;
  return std::unique_ptr<Generator>(new WithNulls(std::move(generator), null_rate, Mix(own_seed, 1)));
}

}  // namespace tarn::plug::datagen
