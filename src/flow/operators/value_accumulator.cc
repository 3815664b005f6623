// Accumulators that keep values as cells (cell_codec.h): text MIN and MAX, FIRST_VALUE, LAST_VALUE, LISTAGG, COLLECT, ARRAY_AGG, and
// the retractable forms. One row at a time: they are not the hot ones.
#include <map>

#include "base/check.h"
#include "flow/operators/accumulator.h"
#include "flow/operators/sort_order.h"
#include "types/arrow_types.h"

namespace tarn::flow::internal {
namespace {

// P: State; bool kSkipNull; Add(State&, args, row), Retract(State&, args, row), Merge(State&, const State&),
//    Status Append(const State&, ArrayBuilder*), Write(const State&, string*), bool Read(State*, ByteReader*), Size(const State&).
template <typename P>
class ValueAccumulator final : public Accumulator {
 public:
  using State = typename P::State;
  ValueAccumulator(P policy, std::shared_ptr<arrow::DataType> type) : policy_(std::move(policy)), type_(std::move(type)) {}

  void Resize(uint32_t groups) override { if (groups > states_.size()) states_.resize(groups); }
  void Clear(uint32_t group) override { states_[group] = State{}; }
  Status Update(const AggregateInput& in) override {
    for (int64_t i = 0; i < in.rows; ++i) Apply(in, i);
    return Status::OK();
  }
  Result<std::shared_ptr<arrow::Array>> UpdateTracing(const AggregateInput& in) override {
    auto builder = TRY(arrow::MakeBuilder(type_));
    for (int64_t i = 0; i < in.rows; ++i) {
      Apply(in, i);
      TRY(policy_.Append(states_[in.groups[i]], builder.get()));
      if (in.clear_after != nullptr && in.clear_after[i]) states_[in.groups[i]] = State{};
    }
    return TRY(builder->Finish());
  }
  Result<std::shared_ptr<arrow::Array>> Results(std::span<const uint32_t> groups) override {
    auto builder = TRY(arrow::MakeBuilder(type_));
    for (uint32_t g : groups) TRY(policy_.Append(states_[g], builder.get()));
    return TRY(builder->Finish());
  }
  void Merge(const Accumulator& other, std::span<const uint32_t> from, std::span<const uint32_t> to) override {
    const auto& o = static_cast<const ValueAccumulator&>(other);
    for (size_t i = 0; i < from.size(); ++i) policy_.Merge(states_[to[i]], o.states_[from[i]]);
  }
  void Write(uint32_t group, std::string* out) const override { policy_.Write(states_[group], out); }
  Status Read(uint32_t group, ByteReader* in) override { return policy_.Read(&states_[group], in) ? Status::OK() : StateEndsEarly(); }
  int64_t bytes() const override {
    int64_t n = static_cast<int64_t>(states_.capacity() * sizeof(State));
    for (const State& s : states_) n += P::Size(s);
    return n;
  }

 private:
  void Apply(const AggregateInput& in, int64_t i) {
    if (in.mask != nullptr && !in.mask[i]) return;
    if (P::kSkipNull && in.args[0]->IsNull(i)) return;
    State& s = states_[in.groups[i]];
    if (in.signs == nullptr || in.signs[i] > 0) policy_.Add(s, in.args, i);
    else policy_.Retract(s, in.args, i);
  }
  P policy_;
  std::shared_ptr<arrow::DataType> type_;
  std::vector<State> states_;
};

using Args = std::vector<const arrow::Array*>;

Status AppendCell(std::string_view cell, arrow::ArrayBuilder* builder) {
  ByteReader in(cell);
  return DecodeCell(&in, builder);
}

// MIN and MAX of text without retractions.
struct TextExtreme {
  struct State {
    std::string v;
    bool has = false;
  };
  static constexpr bool kSkipNull = true;
  bool max = false;
  void Offer(State& s, std::string_view v) const {
    if (s.has && (max ? v <= s.v : v >= s.v)) return;
    s.v.assign(v);
    s.has = true;
  }
  void Add(State& s, const Args& a, int64_t i) const { Offer(s, static_cast<const arrow::BinaryArray&>(*a[0]).GetView(i)); }
  void Retract(State&, const Args&, int64_t) const {}
  void Merge(State& s, const State& o) const { if (o.has) Offer(s, o.v); }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (!s.has) return FromArrow(b->AppendNull());
    return FromArrow(static_cast<arrow::BinaryBuilder*>(b)->Append(s.v));
  }
  void Write(const State& s, std::string* out) const {
    out->push_back(s.has);
    PutBytes(s.v, out);
  }
  bool Read(State* s, ByteReader* in) const {
    std::string_view v;
    if (!in->Get(&s->has) || !in->GetBytes(&v)) return false;
    s->v.assign(v);
    return true;
  }
  static int64_t Size(const State& s) { return static_cast<int64_t>(s.v.capacity()); }
};

// FIRST_VALUE and LAST_VALUE without retractions.
struct EdgeValue {
  struct State { std::string cell; };   // empty: none yet
  static constexpr bool kSkipNull = true;
  bool last = false;
  void Add(State& s, const Args& a, int64_t i) const {
    if (!last && !s.cell.empty()) return;
    s.cell.clear();
    EncodeCell(*a[0], i, &s.cell);
  }
  void Retract(State&, const Args&, int64_t) const {}
  void Merge(State& s, const State& o) const { if (!o.cell.empty() && (last || s.cell.empty())) s.cell = o.cell; }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    return s.cell.empty() ? FromArrow(b->AppendNull()) : AppendCell(s.cell, b);
  }
  void Write(const State& s, std::string* out) const { PutBytes(s.cell, out); }
  bool Read(State* s, ByteReader* in) const {
    std::string_view v;
    if (!in->GetBytes(&v)) return false;
    s->cell.assign(v);
    return true;
  }
  static int64_t Size(const State& s) { return static_cast<int64_t>(s.cell.capacity()); }
};

// Values in arrival order: ARRAY_AGG, LISTAGG, and FIRST_VALUE and LAST_VALUE under retraction. A retraction removes the oldest equal one.
struct ListState {
  std::vector<std::string> cells;
  std::string separator;   // LISTAGG: the last one seen
};
struct ListBase {
  using State = ListState;
  void Retract(State& s, const Args& a, int64_t i) const {
    std::string cell;
    EncodeCell(*a[0], i, &cell);
    auto it = std::find(s.cells.begin(), s.cells.end(), cell);
    if (it != s.cells.end()) s.cells.erase(it);
  }
  void Merge(State& s, const State& o) const {
    s.cells.insert(s.cells.end(), o.cells.begin(), o.cells.end());
    if (!o.separator.empty()) s.separator = o.separator;
  }
  void Write(const State& s, std::string* out) const {
    PutBytes(s.separator, out);
    PutFixed(static_cast<uint32_t>(s.cells.size()), out);
    for (const std::string& c : s.cells) PutBytes(c, out);
  }
  bool Read(State* s, ByteReader* in) const {
    std::string_view v;
    uint32_t n;
    if (!in->GetBytes(&v) || !in->Get(&n)) return false;
    s->separator.assign(v);
    s->cells.clear();
    for (uint32_t i = 0; i < n; ++i) {
      if (!in->GetBytes(&v)) return false;
      s->cells.emplace_back(v);
    }
    return true;
  }
  static int64_t Size(const State& s) {
    int64_t n = static_cast<int64_t>(s.cells.capacity() * sizeof(std::string));
    for (const std::string& c : s.cells) if (c.capacity() > 15) n += static_cast<int64_t>(c.capacity());
    return n;
  }
};
struct ArrayAgg : ListBase {
  static constexpr bool kSkipNull = false;
  void Add(State& s, const Args& a, int64_t i) const { EncodeCell(*a[0], i, &s.cells.emplace_back()); }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (s.cells.empty()) return FromArrow(b->AppendNull());
    auto* list = static_cast<arrow::ListBuilder*>(b);
    TRY(list->Append());
    for (const std::string& c : s.cells) TRY(AppendCell(c, list->value_builder()));
    return Status::OK();
  }
};
struct EdgeOfList : ListBase {
  static constexpr bool kSkipNull = true;
  bool last = false;
  void Add(State& s, const Args& a, int64_t i) const { EncodeCell(*a[0], i, &s.cells.emplace_back()); }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (s.cells.empty()) return FromArrow(b->AppendNull());
    return AppendCell(last ? s.cells.back() : s.cells.front(), b);
  }
};
std::string_view TextOfCell(const std::string& cell) { return std::string_view(cell).substr(5); }
struct ListaggOfList : ListBase {
  static constexpr bool kSkipNull = true;
  void Add(State& s, const Args& a, int64_t i) const {
    EncodeCell(*a[0], i, &s.cells.emplace_back());
    if (a.size() > 1 && a[1]->IsValid(i)) s.separator.assign(static_cast<const arrow::BinaryArray&>(*a[1]).GetView(i));
  }
  bool separated = false;   // the call names a separator
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (s.cells.empty()) return FromArrow(b->AppendNull());
    std::string text(TextOfCell(s.cells[0]));
    for (size_t i = 1; i < s.cells.size(); ++i) {
      text += separated ? std::string_view(s.separator) : ",";
      text += TextOfCell(s.cells[i]);
    }
    return FromArrow(static_cast<arrow::BinaryBuilder*>(b)->Append(text));
  }
};

// LISTAGG without retractions: the text so far.
struct Listagg {
  struct State {
    std::string text, separator;
    bool has = false;
  };
  static constexpr bool kSkipNull = true;
  void Add(State& s, const Args& a, int64_t i) const {
    std::string_view separator = ",";
    if (a.size() > 1) {
      if (a[1]->IsNull(i)) return;
      separator = static_cast<const arrow::BinaryArray&>(*a[1]).GetView(i);
      s.separator.assign(separator);
    }
    if (s.has) s.text += separator;
    s.text += static_cast<const arrow::BinaryArray&>(*a[0]).GetView(i);
    s.has = true;
  }
  bool separated = false;
  void Retract(State&, const Args&, int64_t) const {}
  void Merge(State& s, const State& o) const {
    if (!o.has) return;
    if (s.has) s.text += separated ? std::string_view(o.separator) : ",";
    s.text += o.text;
    s.separator = o.separator;
    s.has = true;
  }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (!s.has) return FromArrow(b->AppendNull());
    return FromArrow(static_cast<arrow::BinaryBuilder*>(b)->Append(s.text));
  }
  void Write(const State& s, std::string* out) const {
    out->push_back(s.has);
    PutBytes(s.text, out);
    PutBytes(s.separator, out);
  }
  bool Read(State* s, ByteReader* in) const {
    std::string_view text, separator;
    if (!in->Get(&s->has) || !in->GetBytes(&text) || !in->GetBytes(&separator)) return false;
    s->text.assign(text);
    s->separator.assign(separator);
    return true;
  }
  static int64_t Size(const State& s) { return static_cast<int64_t>(s.text.capacity() + s.separator.capacity()); }
};

// Values with their number: COLLECT keeps them by cell, MIN and MAX under retraction by sort key.
struct Counted {
  std::string cell;
  int64_t n = 0;
};
struct BagBase {
  using State = std::map<std::string, Counted>;
  static constexpr bool kSkipNull = true;
  static void Change(State& s, std::string key, const std::string& cell, int64_t by) {
    Counted& c = s[key];
    if (c.n == 0) c.cell = cell;
    c.n += by;
    if (c.n == 0) s.erase(key);
  }
  void Merge(State& s, const State& o) const { for (const auto& [k, c] : o) Change(s, k, c.cell, c.n); }
  void Write(const State& s, std::string* out) const {
    PutFixed(static_cast<uint32_t>(s.size()), out);
    for (const auto& [k, c] : s) {
      PutBytes(k, out);
      PutBytes(c.cell, out);
      PutFixed(c.n, out);
    }
  }
  bool Read(State* s, ByteReader* in) const {
    uint32_t n;
    if (!in->Get(&n)) return false;
    s->clear();
    for (uint32_t i = 0; i < n; ++i) {
      std::string_view k, cell;
      int64_t count;
      if (!in->GetBytes(&k) || !in->GetBytes(&cell) || !in->Get(&count)) return false;
      (*s)[std::string(k)] = {std::string(cell), count};
    }
    return true;
  }
  static int64_t Size(const State& s) {
    int64_t n = 0;
    for (const auto& [k, c] : s) n += static_cast<int64_t>(120 + k.capacity() + c.cell.capacity());
    return n;
  }
};
struct ExtremeOfBag : BagBase {
  bool max = false;
  void By(State& s, const Args& a, int64_t i, int64_t by) const {
    std::string key, cell;
    AppendSortKey(*a[0], i, false, true, &key);
    EncodeCell(*a[0], i, &cell);
    Change(s, std::move(key), cell, by);
  }
  void Add(State& s, const Args& a, int64_t i) const { By(s, a, i, 1); }
  void Retract(State& s, const Args& a, int64_t i) const { By(s, a, i, -1); }
  // A count below zero is a retraction that came before its addition: not a value.
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (max) {
      for (auto it = s.rbegin(); it != s.rend(); ++it) if (it->second.n > 0) return AppendCell(it->second.cell, b);
    } else {
      for (const auto& [k, c] : s) if (c.n > 0) return AppendCell(c.cell, b);
    }
    return FromArrow(b->AppendNull());
  }
};
struct Collect : BagBase {
  void By(State& s, const Args& a, int64_t i, int64_t by) const {
    std::string cell;
    EncodeCell(*a[0], i, &cell);
    Change(s, cell, cell, by);
  }
  void Add(State& s, const Args& a, int64_t i) const { By(s, a, i, 1); }
  void Retract(State& s, const Args& a, int64_t i) const { By(s, a, i, -1); }
  Status Append(const State& s, arrow::ArrayBuilder* b) const {
    if (s.empty()) return FromArrow(b->AppendNull());
    auto* map = static_cast<arrow::MapBuilder*>(b);
    TRY(map->Append());
    for (const auto& [k, c] : s) {
      if (c.n <= 0) continue;
      TRY(AppendCell(c.cell, map->key_builder()));
      TRY(static_cast<arrow::Int32Builder*>(map->item_builder())->Append(static_cast<int32_t>(c.n)));
    }
    return Status::OK();
  }
};

template <typename P>
std::unique_ptr<Accumulator> Make(const expr::AggregateCall& call, P policy) {
  return std::make_unique<ValueAccumulator<P>>(std::move(policy), types::ToArrow(call.type));
}

}  // namespace

Result<std::unique_ptr<Accumulator>> MakeValueAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args, bool retractable) {
  using expr::AggregateKind;
  if (args.empty()) return Status::Internal("an aggregate without argument");
  TRY(CheckCellType(*types::ToArrow(args[0])));
  const bool last = call.kind == AggregateKind::kLastValue, max = call.kind == AggregateKind::kMax;
  switch (call.kind) {
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      TRY(CheckSortType(args[0]));
      if (!retractable) return Make(call, TextExtreme{max});
      return Make(call, ExtremeOfBag{{}, max});
    case AggregateKind::kFirstValue:
    case AggregateKind::kLastValue:
      if (!retractable) return Make(call, EdgeValue{last});
      return Make(call, EdgeOfList{{}, last});
    case AggregateKind::kListagg:
      if (!args[0].is_character()) return Status::NotSupported("LISTAGG over " + args[0].ToString());
      if (!retractable) return Make(call, Listagg{args.size() > 1});
      return Make(call, ListaggOfList{{}, args.size() > 1});
    case AggregateKind::kCollect: return Make(call, Collect{});
    case AggregateKind::kArrayAgg: return Make(call, ArrayAgg{});
    default: return Status::Internal("not an aggregate that keeps values");
  }
}

}  // namespace tarn::flow::internal
