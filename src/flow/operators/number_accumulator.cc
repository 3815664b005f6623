// Accumulators with a fixed-width state and result: COUNT, SUM, AVG, MIN, MAX, and the moments. The loops below are the hot ones.
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include <cmath>

#include "flow/operators/accumulator.h"
#include "types/arrow_types.h"

namespace tarn::flow::internal {
namespace {

using Int128 = __int128;

constexpr Int128 Power10(int n) {
  Int128 p = 1;
  for (int i = 0; i < n; ++i) p *= 10;
  return p;
}
constexpr Int128 kDecimalLimit = Power10(38);   // values are below it in size

// The rows of a batch with this argument type, bits or bytes alike.
template <typename T>
struct Values {
  explicit Values(const arrow::Array& a) : v(a.data()->GetValues<T>(1)) {}
  T operator[](int64_t i) const { return v[i]; }
  const T* v;
};
template <>
struct Values<bool> {
  explicit Values(const arrow::Array& a) : bits(a.data()->buffers[1]->data()), offset(a.offset()) {}
  bool operator[](int64_t i) const { return arrow::bit_util::GetBit(bits, offset + i); }
  const uint8_t* bits;
  int64_t offset;
};
struct NoArgument {};
template <>
struct Values<NoArgument> {
  explicit Values(const arrow::Array&) {}
  NoArgument operator[](int64_t) const { return {}; }
};

// P: Arg, State, Out; Add(State&, Arg), Retract(State&, Arg), Merge(State&, const State&), bool Get(const State&, Out*).
template <typename P>
class NumberAccumulator final : public Accumulator {
 public:
  using State = typename P::State;
  using Out = typename P::Out;
  NumberAccumulator(P policy, std::shared_ptr<arrow::DataType> type) : policy_(policy), type_(std::move(type)) {}

  void Resize(uint32_t groups) override { if (groups > states_.size()) states_.resize(groups); }
  void Clear(uint32_t group) override { states_[group] = State{}; }

  Status Update(const AggregateInput& in) override {
    if constexpr (std::is_same_v<typename P::Arg, NoArgument>) {
      if (in.args.empty()) {
        Run<false>(in, nullptr, [](int64_t) { return NoArgument{}; }, [](int64_t) {});
        return Status::OK();
      }
    }
    Values<typename P::Arg> values(*in.args[0]);
    if (in.args[0]->null_count() > 0) Run<true>(in, in.args[0], [&](int64_t i) { return values[i]; }, [](int64_t) {});
    else Run<false>(in, nullptr, [&](int64_t i) { return values[i]; }, [](int64_t) {});
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> UpdateTracing(const AggregateInput& in) override {
    Writer out(type_);
    TRY(out.Start(in.rows));
    auto trace = [&](int64_t i) { out.Set(i, policy_, states_[in.groups[i]]); };
    if constexpr (std::is_same_v<typename P::Arg, NoArgument>) {
      if (in.args.empty()) {
        Run<false, true>(in, nullptr, [](int64_t) { return NoArgument{}; }, trace);
        return out.Finish();
      }
    }
    Values<typename P::Arg> values(*in.args[0]);
    Run<true, true>(in, in.args[0], [&](int64_t i) { return values[i]; }, trace);
    return out.Finish();
  }

  Result<std::shared_ptr<arrow::Array>> Results(std::span<const uint32_t> groups) override {
    Writer out(type_);
    TRY(out.Start(static_cast<int64_t>(groups.size())));
    for (size_t i = 0; i < groups.size(); ++i) out.Set(static_cast<int64_t>(i), policy_, states_[groups[i]]);
    return out.Finish();
  }

  void Merge(const Accumulator& other, std::span<const uint32_t> from, std::span<const uint32_t> to) override {
    const auto& o = static_cast<const NumberAccumulator&>(other);
    for (size_t i = 0; i < from.size(); ++i) policy_.Merge(states_[to[i]], o.states_[from[i]]);
  }
  void Write(uint32_t group, std::string* out) const override { PutFixed(states_[group], out); }
  Status Read(uint32_t group, ByteReader* in) override { return in->Get(&states_[group]) ? Status::OK() : StateEndsEarly(); }
  int64_t bytes() const override { return static_cast<int64_t>(states_.capacity() * sizeof(State)); }

 private:
  // Results go straight into the array's buffers.
  class Writer {
   public:
    explicit Writer(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {}
    Status Start(int64_t rows) {
      rows_ = rows;
      values_ = TRY(arrow::AllocateBuffer(kBits ? arrow::bit_util::BytesForBits(rows) : rows * static_cast<int64_t>(sizeof(Out))));
      if (kBits) std::memset(values_->mutable_data(), 0, static_cast<size_t>(values_->size()));
      return Status::OK();
    }
    void Set(int64_t i, const P& policy, const State& state) {
      Out v{};
      if (!policy.Get(state, &v)) [[unlikely]] SetNull(i);
      if constexpr (kBits) arrow::bit_util::SetBitTo(values_->mutable_data(), i, v);
      else reinterpret_cast<Out*>(values_->mutable_data())[i] = v;
    }
    Result<std::shared_ptr<arrow::Array>> Finish() {
      TRY(failed_);
      return arrow::MakeArray(arrow::ArrayData::Make(type_, rows_, {validity_, values_}, nulls_));
    }

   private:
    static constexpr bool kBits = std::is_same_v<Out, bool>;
    void SetNull(int64_t i) {
      if (!validity_) {
        auto bits = arrow::AllocateBitmap(rows_);
        if (!bits.ok()) {
          failed_ = FromArrow(bits.status());
          return;
        }
        validity_ = *bits;
        std::memset(validity_->mutable_data(), 0xFF, static_cast<size_t>(validity_->size()));
      }
      arrow::bit_util::ClearBit(validity_->mutable_data(), i);
      ++nulls_;
    }
    std::shared_ptr<arrow::DataType> type_;
    int64_t rows_ = 0, nulls_ = 0;
    std::shared_ptr<arrow::Buffer> values_, validity_;
    Status failed_;
  };

  template <bool kNulls, bool kTrace = false, typename V, typename T>
  void Run(const AggregateInput& in, const arrow::Array* nulls, V value, T trace) {
    const uint32_t* groups = in.groups;
    State* states = states_.data();
    if (in.mask == nullptr && in.signs == nullptr && !kTrace) {   // the hot loop
      for (int64_t i = 0; i < in.rows; ++i) {
        if (kNulls && nulls->IsNull(i)) continue;
        policy_.Add(states[groups[i]], value(i));
      }
      return;
    }
    for (int64_t i = 0; i < in.rows; ++i) {
      if ((in.mask == nullptr || in.mask[i]) && !(kNulls && nulls->IsNull(i))) {
        if (in.signs == nullptr || in.signs[i] > 0) policy_.Add(states[groups[i]], value(i));
        else policy_.Retract(states[groups[i]], value(i));
      }
      trace(i);
      if (in.clear_after != nullptr && in.clear_after[i]) states[groups[i]] = State{};
    }
  }

  P policy_;
  std::shared_ptr<arrow::DataType> type_;
  std::vector<State> states_;
};

struct CountPolicy {
  using Arg = NoArgument;   // of any type: only its validity counts
  using Out = int64_t;
  struct State { int64_t n = 0; };
  void Add(State& s, NoArgument) const { ++s.n; }
  void Retract(State& s, NoArgument) const { --s.n; }
  void Merge(State& s, const State& o) const { s.n += o.n; }
  bool Get(const State& s, int64_t* out) const { *out = s.n; return true; }
};

template <typename T>
struct SumState {
  T sum{};
  int64_t n = 0;
};

// Integers add as unsigned 64 bits: wrapping there and cutting at the end wraps in the narrow type too.
template <typename T, bool kZero>
struct SumPolicy {
  using Arg = T;
  using Out = T;
  using Wide = std::conditional_t<std::is_floating_point_v<T>, T, uint64_t>;
  using State = SumState<Wide>;
  static Wide Widen(T v) {
    if constexpr (std::is_floating_point_v<T>) return v;
    else return static_cast<uint64_t>(static_cast<int64_t>(v));
  }
  void Add(State& s, T v) const { s.sum += Widen(v); ++s.n; }
  void Retract(State& s, T v) const { s.sum -= Widen(v); --s.n; }
  void Merge(State& s, const State& o) const { s.sum += o.sum; s.n += o.n; }
  bool Get(const State& s, T* out) const {
    *out = static_cast<T>(s.sum);
    return kZero || s.n != 0;
  }
};

// Of an integer: BIGINT sum, truncated quotient. Of FLOAT: summed as DOUBLE.
template <typename T>
struct AvgPolicy {
  using Arg = T;
  using Out = T;
  using Wide = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  using State = SumState<Wide>;
  static Wide Widen(T v) {
    if constexpr (std::is_floating_point_v<T>) return static_cast<double>(v);
    else return static_cast<uint64_t>(static_cast<int64_t>(v));
  }
  void Add(State& s, T v) const { s.sum += Widen(v); ++s.n; }
  void Retract(State& s, T v) const { s.sum -= Widen(v); --s.n; }
  void Merge(State& s, const State& o) const { s.sum += o.sum; s.n += o.n; }
  bool Get(const State& s, T* out) const {
    if (s.n == 0) return false;
    if constexpr (std::is_floating_point_v<T>) *out = static_cast<T>(s.sum / static_cast<double>(s.n));
    else *out = static_cast<T>(static_cast<int64_t>(s.sum) / s.n);
    return true;
  }
};

Int128 DivideHalfUp(Int128 a, Int128 b) {
  Int128 q = a / b, r = a % b;
  if (r < 0) r = -r;
  if (2 * r >= (b < 0 ? -b : b)) q += (a < 0) == (b < 0) ? 1 : -1;
  return q;
}

struct DecimalState {
  Int128 sum = 0;
  int64_t n = 0;
  int64_t overflowed = 0;
};
bool AddDecimal(Int128* sum, Int128 v) {
  Int128 next;
  if (__builtin_add_overflow(*sum, v, &next) || next >= kDecimalLimit || next <= -kDecimalLimit) return false;
  *sum = next;
  return true;
}
struct DecimalSumPolicy {
  using Arg = Int128;
  using Out = Int128;
  using State = DecimalState;
  bool zero = false;
  bool average = false;
  int shift = 0;   // average: result scale - argument scale
  void Add(State& s, Int128 v) const { if (!AddDecimal(&s.sum, v)) s.overflowed = 1; ++s.n; }
  void Retract(State& s, Int128 v) const { if (!AddDecimal(&s.sum, -v)) s.overflowed = 1; --s.n; }
  void Merge(State& s, const State& o) const {
    if (!AddDecimal(&s.sum, o.sum)) s.overflowed = 1;
    s.n += o.n;
    s.overflowed |= o.overflowed;
  }
  bool Get(const State& s, Int128* out) const {
    *out = s.sum;
    if (s.overflowed) return false;
    if (!average) return zero || s.n != 0;
    if (s.n == 0) return false;
    const Int128 scale = Power10(shift);
    Int128 scaled;
    if (!__builtin_mul_overflow(s.sum, scale, &scaled)) {
      *out = DivideHalfUp(scaled, s.n);
    } else {   // whole part first: the remainder is below n < 2^63 and 10^shift below 2^60
      *out = s.sum / s.n * scale + DivideHalfUp(s.sum % s.n * scale, s.n);
    }
    return *out < kDecimalLimit && *out > -kDecimalLimit;
  }
};

template <typename T, bool kMax>
struct ExtremePolicy {
  using Arg = T;
  using Out = T;
  struct State {
    T v{};
    bool has = false;
  };
  void Add(State& s, T v) const {
    if (!s.has || (kMax ? v > s.v : v < s.v)) s = {v, true};
  }
  void Retract(State&, T) const {}   // MakeAccumulator never gives it retractions
  void Merge(State& s, const State& o) const { if (o.has) Add(s, o.v); }
  bool Get(const State& s, T* out) const { *out = s.v; return s.has; }
};

// Flink rewrites these to SUM(x * x), SUM(x) and COUNT(x) in the argument's own type, which is what integers show.
template <typename T>
struct MomentPolicy {
  using Arg = T;
  using Out = T;
  using Wide = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  struct State {
    Wide sum{}, squares{};
    int64_t n = 0;
  };
  bool sample = false, root = false;
  static Wide Mul(Wide a, Wide b) {
    if constexpr (std::is_floating_point_v<T>) return a * b;
    else return static_cast<int64_t>(static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)));
  }
  static Wide Plus(Wide a, Wide b) {
    if constexpr (std::is_floating_point_v<T>) return a + b;
    else return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
  static Wide Minus(Wide a, Wide b) {
    if constexpr (std::is_floating_point_v<T>) return a - b;
    else return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  }
  void Add(State& s, T v) const {
    const Wide w = static_cast<Wide>(v);
    s = {Plus(s.sum, w), Plus(s.squares, Mul(w, w)), s.n + 1};
  }
  void Retract(State& s, T v) const {
    const Wide w = static_cast<Wide>(v);
    s = {Minus(s.sum, w), Minus(s.squares, Mul(w, w)), s.n - 1};
  }
  void Merge(State& s, const State& o) const { s = {Plus(s.sum, o.sum), Plus(s.squares, o.squares), s.n + o.n}; }
  bool Get(const State& s, T* out) const {
    *out = {};
    if (s.n <= (sample ? 1 : 0)) return false;
    if constexpr (std::is_floating_point_v<T>) {
      const double n = static_cast<double>(s.n);
      const double variance = (s.squares - s.sum * s.sum / n) / (sample ? n - 1 : n);
      *out = static_cast<T>(root ? std::pow(variance, 0.5) : variance);
    } else {
      const T sum = static_cast<T>(s.sum), squares = static_cast<T>(s.squares);
      const int64_t difference = static_cast<int64_t>(static_cast<T>(squares - static_cast<T>(Mul(sum, sum) / s.n)));
      const int64_t variance = difference / (sample ? s.n - 1 : s.n);
      *out = static_cast<T>(root ? static_cast<int64_t>(std::pow(static_cast<double>(variance), 0.5)) : variance);
    }
    return true;
  }
};

struct DecimalMomentPolicy {
  using Arg = Int128;
  using Out = Int128;
  struct State {
    long double sum = 0, squares = 0;
    int64_t n = 0;
    int64_t padding = 0;
  };
  bool sample = false, root = false;
  int scale = 0, out_scale = 0;
  long double Value(Int128 v) const { return static_cast<long double>(v) / static_cast<long double>(Power10(scale)); }
  void Add(State& s, Int128 v) const { long double x = Value(v); s.sum += x; s.squares += x * x; ++s.n; }
  void Retract(State& s, Int128 v) const { long double x = Value(v); s.sum -= x; s.squares -= x * x; --s.n; }
  void Merge(State& s, const State& o) const { s.sum += o.sum; s.squares += o.squares; s.n += o.n; }
  bool Get(const State& s, Int128* out) const {
    *out = 0;
    if (s.n <= (sample ? 1 : 0)) return false;
    const long double n = static_cast<long double>(s.n);
    long double v = (s.squares - s.sum * s.sum / n) / (sample ? n - 1 : n);
    if (root) v = v < 0 ? 0 : std::sqrt(v);
    v *= static_cast<long double>(Power10(out_scale));
    if (!(std::fabs(v) < 1e38L)) return false;
    *out = static_cast<Int128>(v < 0 ? v - 0.5L : v + 0.5L);
    return true;
  }
};

template <typename P>
std::unique_ptr<Accumulator> Make(const expr::AggregateCall& call, P policy = {}) {
  return std::make_unique<NumberAccumulator<P>>(policy, types::ToArrow(call.type));
}

template <typename T>
Result<std::unique_ptr<Accumulator>> MakeFor(const expr::AggregateCall& call) {
  using expr::AggregateKind;
  switch (call.kind) {
    case AggregateKind::kSum: return Make<SumPolicy<T, false>>(call);
    case AggregateKind::kSum0: return Make<SumPolicy<T, true>>(call);
    case AggregateKind::kAvg: return Make<AvgPolicy<T>>(call);
    case AggregateKind::kMin: return Make<ExtremePolicy<T, false>>(call);
    case AggregateKind::kMax: return Make<ExtremePolicy<T, true>>(call);
    case AggregateKind::kStddevPop: return Make(call, MomentPolicy<T>{false, true});
    case AggregateKind::kStddevSamp: return Make(call, MomentPolicy<T>{true, true});
    case AggregateKind::kVarPop: return Make(call, MomentPolicy<T>{false, false});
    case AggregateKind::kVarSamp: return Make(call, MomentPolicy<T>{true, false});
    default: return Status::Internal("not an aggregate over numbers");
  }
}

template <typename T>
Result<std::unique_ptr<Accumulator>> MakeExtreme(const expr::AggregateCall& call) {
  if (call.kind == expr::AggregateKind::kMin) return Make<ExtremePolicy<T, false>>(call);
  if (call.kind == expr::AggregateKind::kMax) return Make<ExtremePolicy<T, true>>(call);
  return Status::NotSupported(std::string(expr::AggregateName(call.kind)) + " over " + call.type.ToString());
}

Result<std::unique_ptr<Accumulator>> MakeDecimal(const expr::AggregateCall& call, const types::LogicalType& arg) {
  using expr::AggregateKind;
  const int shift = call.type.scale() - arg.scale();
  switch (call.kind) {
    case AggregateKind::kSum: return Make(call, DecimalSumPolicy{});
    case AggregateKind::kSum0: return Make(call, DecimalSumPolicy{.zero = true});
    case AggregateKind::kAvg: return Make(call, DecimalSumPolicy{.average = true, .shift = std::max(0, shift)});
    case AggregateKind::kStddevPop: return Make(call, DecimalMomentPolicy{false, true, arg.scale(), call.type.scale()});
    case AggregateKind::kStddevSamp: return Make(call, DecimalMomentPolicy{true, true, arg.scale(), call.type.scale()});
    case AggregateKind::kVarPop: return Make(call, DecimalMomentPolicy{false, false, arg.scale(), call.type.scale()});
    case AggregateKind::kVarSamp: return Make(call, DecimalMomentPolicy{true, false, arg.scale(), call.type.scale()});
    default: return MakeExtreme<Int128>(call);
  }
}

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeNumberAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args) {
  using types::TypeRoot;
  if (call.kind == expr::AggregateKind::kCountStar || call.kind == expr::AggregateKind::kCount) {
    if (args.size() > 1) return Status::NotSupported("COUNT of more than one argument");
    return Make<CountPolicy>(call);
  }
  if (args.size() != 1) return Status::Internal("an aggregate with " + std::to_string(args.size()) + " arguments");
  switch (args[0].root()) {
    case TypeRoot::kTinyInt: return MakeFor<int8_t>(call);
    case TypeRoot::kSmallInt: return MakeFor<int16_t>(call);
    case TypeRoot::kInteger: return MakeFor<int32_t>(call);
    case TypeRoot::kBigInt: return MakeFor<int64_t>(call);
    case TypeRoot::kFloat: return MakeFor<float>(call);
    case TypeRoot::kDouble: return MakeFor<double>(call);
    case TypeRoot::kDecimal: return MakeDecimal(call, args[0]);
    case TypeRoot::kBoolean: return MakeExtreme<bool>(call);
    case TypeRoot::kDate:
    case TypeRoot::kTime:
    case TypeRoot::kIntervalYearMonth: return MakeExtreme<int32_t>(call);
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz:
    case TypeRoot::kIntervalDayTime: return MakeExtreme<int64_t>(call);
    default: break;
  }
  return Status::NotSupported(std::string(expr::AggregateName(call.kind)) + " over " + args[0].ToString());
}

}  // namespace tarn::flow::internal
