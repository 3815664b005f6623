// The tools that scalar functions are written with: typed reading of arguments (constant or array alike) and writing of results.
//
// A Column<T> reads argument rows with one stride (0 for a constant), so a loop needs no second form. MapFixed and MapText run
// a row function over the arguments; NULL in, NULL out. Hot loops take raw pointers instead (see plug/function/arithmetic).
// Threads: one call belongs to one thread.
#pragma once

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "expr/function.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::expr {

// One call over one batch.
struct CallArgs {
  const EvalContext& context;
  std::span<const arrow::Datum> args;
  std::span<const types::LogicalType> types;
  const types::LogicalType& result;
  int64_t rows;
  size_t size() const { return args.size(); }
};

// The argument as an array of one row (constant) or of all rows.
std::shared_ptr<arrow::Array> AsArray(const arrow::Datum& datum);
// The argument as an array of `rows` rows.
Result<std::shared_ptr<arrow::Array>> Expanded(const arrow::Datum& datum, int64_t rows);

template <typename T>
concept FixedWidth = std::same_as<T, int8_t> || std::same_as<T, int16_t> || std::same_as<T, int32_t> || std::same_as<T, int64_t> ||
                     std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, arrow::Decimal128>;

// The part of a Column that all element types share.
class ColumnBase {
 public:
  explicit ColumnBase(const arrow::Datum& datum);
  bool IsNull(int64_t i) const { return validity_ != nullptr && !arrow::bit_util::GetBit(validity_, offset_ + i * stride_); }
  bool constant() const { return stride_ == 0; }
  bool has_nulls() const { return validity_ != nullptr; }
  const std::shared_ptr<arrow::Array>& array() const { return array_; }
  int64_t index(int64_t i) const { return i * stride_; }   // row of array() for row i

 protected:
  std::shared_ptr<arrow::Array> array_;
  const uint8_t* validity_ = nullptr;
  int64_t offset_ = 0;
  int64_t stride_ = 1;
};

// T: bool, a FixedWidth type, or std::string_view (utf8 and binary).
template <typename T>
class Column : public ColumnBase {
 public:
  explicit Column(const arrow::Datum& datum) : ColumnBase(datum) {
    static const T kNothing{};
    const auto& data = *array_->data();
    values_ = data.type->id() == arrow::Type::NA ? &kNothing : reinterpret_cast<const T*>(data.buffers[1]->data()) + data.offset;
  }
  T operator[](int64_t i) const { return values_[i * stride_]; }
  const T* values() const { return values_; }
  const uint8_t* validity() const { return validity_; }
  int64_t offset() const { return offset_; }

 private:
  const T* values_ = nullptr;
};

template <>
class Column<bool> : public ColumnBase {
 public:
  explicit Column(const arrow::Datum& datum);
  bool operator[](int64_t i) const { return arrow::bit_util::GetBit(bits_, bit_offset_ + i * stride_); }
  const uint8_t* bits() const { return bits_; }
  const uint8_t* validity() const { return validity_; }
  int64_t offset() const { return offset_; }

 private:
  const uint8_t* bits_ = nullptr;
  int64_t bit_offset_ = 0;
};

template <>
class Column<std::string_view> : public ColumnBase {
 public:
  explicit Column(const arrow::Datum& datum);
  std::string_view operator[](int64_t i) const {
    const int32_t* o = offsets_ + i * stride_;
    return {chars_ + o[0], static_cast<size_t>(o[1] - o[0])};
  }

 private:
  const int32_t* offsets_ = nullptr;
  const char* chars_ = nullptr;
};

std::shared_ptr<arrow::Buffer> NewBuffer(int64_t bytes);   // uninitialised; aborts the process only when memory is gone

// The validity bits of a result; all valid until the first Null().
class Validity {
 public:
  explicit Validity(int64_t rows) : rows_(rows) {}
  void Null(int64_t i) {
    if (!bits_) Allocate();
    arrow::bit_util::ClearBit(data_, i);
    ++nulls_;
  }
  const std::shared_ptr<arrow::Buffer>& buffer() const { return bits_; }
  int64_t nulls() const { return nulls_; }

 private:
  void Allocate();
  int64_t rows_, nulls_ = 0;
  std::shared_ptr<arrow::Buffer> bits_;
  uint8_t* data_ = nullptr;
};

// Validity of a result that is NULL where any argument is: a bitmap (offset 0) or null when nothing is NULL.
// nullopt: a constant argument is NULL, so the whole result is.
std::optional<std::shared_ptr<arrow::Buffer>> IntersectValidity(std::span<const arrow::Datum> args, int64_t rows);

template <typename T>
class FixedOutput {
 public:
  explicit FixedOutput(int64_t rows) : rows_(rows), validity_(rows), buffer_(NewBuffer(rows * sizeof(T))), data_(reinterpret_cast<T*>(buffer_->mutable_data())) {}
  void Set(int64_t i, T v) { data_[i] = v; }
  void Null(int64_t i) { data_[i] = T{}; validity_.Null(i); }
  arrow::Datum Finish(const types::LogicalType& type) {
    return arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(type), rows_, {validity_.buffer(), buffer_}, validity_.nulls()));
  }

 private:
  int64_t rows_;
  Validity validity_;
  std::shared_ptr<arrow::Buffer> buffer_;
  T* data_;
};

template <>
class FixedOutput<bool> {
 public:
  explicit FixedOutput(int64_t rows);
  void Set(int64_t i, bool v) { if (v) arrow::bit_util::SetBit(data_, i); }
  void Null(int64_t i) { validity_.Null(i); }
  arrow::Datum Finish(const types::LogicalType& type);

 private:
  int64_t rows_;
  Validity validity_;
  std::shared_ptr<arrow::Buffer> buffer_;
  uint8_t* data_;
};

// Rows in order: append to text(), then Done() or Null().
class TextOutput {
 public:
  explicit TextOutput(int64_t rows);
  std::string* text() { return &chars_; }
  Status Done() {
    if (chars_.size() > INT32_MAX) [[unlikely]] return Status::Exhausted("a text column of one batch grows beyond 2 GB");
    offsets_[++row_] = static_cast<int32_t>(chars_.size());
    return Status::OK();
  }
  void Null() {
    chars_.resize(offsets_[row_]);
    validity_.Null(row_);
    offsets_[row_ + 1] = offsets_[row_];
    ++row_;
  }
  arrow::Datum Finish(const types::LogicalType& type);

 private:
  int64_t rows_, row_ = 0;
  Validity validity_;
  std::shared_ptr<arrow::Buffer> buffer_;
  int32_t* offsets_;
  std::string chars_;
};

namespace internal {
template <typename X> struct IsOptional : std::false_type {};
template <typename X> struct IsOptional<std::optional<X>> : std::true_type {};
template <typename X> struct IsResult : std::false_type {};
template <typename X> struct IsResult<Result<X>> : std::true_type {};

template <typename... A, size_t... I>
std::tuple<Column<A>...> Columns(std::span<const arrow::Datum> args, std::index_sequence<I...>) {
  return {Column<A>(args[I])...};
}
}  // namespace internal

// f(A...) -> R, std::optional<R> (empty: NULL), Result<R> or Result<std::optional<R>>, for rows without a NULL argument.
template <typename R, typename... A, typename F>
Result<arrow::Datum> MapFixed(const CallArgs& c, F f) {
  auto columns = internal::Columns<A...>(c.args, std::index_sequence_for<A...>{});
  FixedOutput<R> out(c.rows);
  Status failure;
  std::apply(
      [&](const auto&... col) {
        for (int64_t i = 0; i < c.rows; ++i) {
          if ((col.IsNull(i) || ...)) {
            out.Null(i);
            continue;
          }
          auto v = f(col[i]...);
          using V = decltype(v);
          if constexpr (internal::IsResult<V>::value) {
            if (!v.ok()) {
              failure = std::move(v).status();
              return;
            }
            if constexpr (internal::IsOptional<std::decay_t<decltype(*v)>>::value) {
              if (*v) out.Set(i, **v);
              else out.Null(i);
            } else {
              out.Set(i, *v);
            }
          } else if constexpr (internal::IsOptional<V>::value) {
            if (v) out.Set(i, *v);
            else out.Null(i);
          } else {
            out.Set(i, v);
          }
        }
      },
      columns);
  if (!failure.ok()) return failure;
  return out.Finish(c.result);
}

// f(std::string* out, A...) appends to *out and returns void, bool (false: NULL) or Status.
template <typename... A, typename F>
Result<arrow::Datum> MapText(const CallArgs& c, F f) {
  auto columns = internal::Columns<A...>(c.args, std::index_sequence_for<A...>{});
  TextOutput out(c.rows);
  Status failure;
  std::apply(
      [&](const auto&... col) {
        for (int64_t i = 0; i < c.rows; ++i) {
          if ((col.IsNull(i) || ...)) {
            out.Null();
            continue;
          }
          using V = decltype(f(out.text(), col[i]...));
          if constexpr (std::is_void_v<V>) {
            f(out.text(), col[i]...);
          } else if constexpr (std::is_same_v<V, bool>) {
            if (!f(out.text(), col[i]...)) {
              out.Null();
              continue;
            }
          } else {
            failure = f(out.text(), col[i]...);
            if (!failure.ok()) return;
          }
          failure = out.Done();
          if (!failure.ok()) return;
        }
      },
      columns);
  if (!failure.ok()) return failure;
  return out.Finish(c.result);
}

// Arrow's compute functions must be announced once before their first use.
void InitializeCompute();
// An array of `rows` NULLs.
Result<arrow::Datum> AllNull(const types::LogicalType& type, int64_t rows);
// The rows `indices` of an array (every index valid; -1: NULL). Fast for fixed widths and text.
Result<std::shared_ptr<arrow::Array>> Gather(const arrow::Array& array, const int32_t* indices, int64_t count, bool may_be_negative = false);

}  // namespace tarn::expr
