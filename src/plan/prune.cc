// Column pruning and push-down. Two passes over the DAG: from the roots down, which columns of each node are needed by anyone;
// from the leaves up, each node is made again with only those, once, so that shared nodes stay shared.
#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

#include "plan/planner.h"

namespace tarn::plan {
using expr::ExprPtr;

namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

using Columns = std::set<int>;

Columns All(const RowType& t) {
  Columns c;
  for (int i = 0; i < static_cast<int>(t.size()); ++i) c.insert(i);
  return c;
}
void AddInputs(const ExprPtr& e, Columns* c) {
  if (e) for (int i : expr::InputsOf({e})) c->insert(i);
}

struct Rebuilt {
  NodePtr node;
  std::vector<int> kept;   // old columns, in order
  int New(int old) const {
    auto it = std::lower_bound(kept.begin(), kept.end(), old);
    return static_cast<int>(it - kept.begin());
  }
};

class Pruner {
 public:
  Pruner(const std::map<const table::Source*, std::shared_ptr<table::Source>>& sources, bool streaming) : sources_(sources), streaming_(streaming) {}

  Result<std::vector<NodePtr>> Run(const std::vector<NodePtr>& roots) {
    for (const NodePtr& r : roots) Order(r);
    // order_ has inputs before consumers; walk it backwards.
    for (const NodePtr& r : roots) needed_[r.get()] = All(r->row_type);
    for (auto it = order_.rbegin(); it != order_.rend(); ++it) Need(**it);
    std::vector<NodePtr> out;
    for (const NodePtr& n : order_) done_[n.get()] = TRY(Rebuild(n));
    for (const NodePtr& r : roots) out.push_back(done_.at(r.get()).node);
    return out;
  }

 private:
  void Order(const NodePtr& n) {
    if (!seen_.insert(n.get()).second) return;
    for (const NodePtr& i : n->inputs) {
      ++consumers_[i.get()];
      Order(i);
    }
    order_.push_back(n);
  }

  void Need(const Node& n) {
    const Columns& out = needed_[&n];
    std::vector<Columns> in(n.inputs.size());
    std::visit(Visitor{
        [&](const Scan&) {},
        [&](const Values&) {},
        [&](const Calc& c) {
          for (int i : out) AddInputs(c.projection[i], &in[0]);
          AddInputs(c.filter, &in[0]);
        },
        [&](const WindowTableFunction& w) {
          int width = static_cast<int>(n.inputs[0]->row_type.size());
          for (int i : out) if (i < width) in[0].insert(i);
          in[0].insert(w.window.time_column);
        },
        [&](const WindowAggregate& w) {
          for (int k : w.keys) in[0].insert(k);
          for (const auto& a : w.aggregates) {
            for (int c : a.args) in[0].insert(c);
            if (a.filter >= 0) in[0].insert(a.filter);
          }
          if (w.input_windowed) { in[0].insert(w.window_start_column); in[0].insert(w.window_end_column); }
          else in[0].insert(w.window.time_column);
        },
        [&](const GroupAggregate& g) {
          for (int k : g.keys) in[0].insert(k);
          for (const auto& a : g.aggregates) {
            for (int c : a.args) in[0].insert(c);
            if (a.filter >= 0) in[0].insert(a.filter);
          }
        },
        [&](const Exchange& e) { in[0] = out; for (int k : e.keys) in[0].insert(k); },
        [&](const UnionAll&) { for (Columns& c : in) c = out; },
        [&](const Sort& s) { in[0] = out; for (const SortKey& k : s.keys) in[0].insert(k.column); },
        [&](const Limit&) { in[0] = out; },
        [&](const Rank& r) {
          int width = static_cast<int>(n.inputs[0]->row_type.size());
          // An updating Top-N compares whole rows, so it needs them all.
          for (int i = 0; i < width; ++i) in[0].insert(i);
          (void)r;
        },
        [&](const Sink&) { in[0] = All(n.inputs[0]->row_type); },
    }, n.op);
    for (size_t i = 0; i < in.size(); ++i) needed_[n.inputs[i].get()].insert(in[i].begin(), in[i].end());
  }

  static RowType Narrow(const RowType& t, const std::vector<int>& kept) {
    RowType r;
    for (int i : kept) r.Add(t.names[i], t.types[i]);
    return r;
  }
  static NodePtr With(const NodePtr& old, decltype(Node::op) op, std::vector<NodePtr> inputs, RowType row) {
    auto n = std::make_shared<Node>(*old);
    n->op = std::move(op);
    n->inputs = std::move(inputs);
    n->row_type = std::move(row);
    return n;
  }
  static ExprPtr Moved(const ExprPtr& e, const Rebuilt& in, const RowType& old) {
    if (!e) return e;
    std::vector<ExprPtr> r(old.size());
    for (int i : expr::InputsOf({e})) r[i] = expr::MakeInputRef(in.New(i), old.types[i]);
    return expr::Substitute(e, r);
  }
  static std::vector<int> Moved(std::vector<int> columns, const Rebuilt& in) {
    for (int& c : columns) c = in.New(c);
    return columns;
  }
  static std::vector<expr::AggregateCall> Moved(std::vector<expr::AggregateCall> calls, const Rebuilt& in) {
    for (auto& a : calls) {
      a.args = Moved(std::move(a.args), in);
      if (a.filter >= 0) a.filter = in.New(a.filter);
    }
    return calls;
  }
  static std::vector<int> AllKept(const RowType& t) {
    std::vector<int> k(t.size());
    for (size_t i = 0; i < k.size(); ++i) k[i] = static_cast<int>(i);
    return k;
  }

  Result<Rebuilt> RebuildScan(const NodePtr& n, const Scan& old) {
    Columns out = needed_[n.get()];
    if (old.rowtime >= 0) out.insert(old.rowtime);
    AddInputs(old.watermark, &out);
    AddInputs(old.filter, &out);
    if (out.empty() && n->row_type.size() > 0) {   // COUNT(*): the cheapest column
      int best = 0;
      for (size_t i = 0; i < n->row_type.size(); ++i)
        if (std::holds_alternative<expr::InputRef>(old.projection[i]->node) && n->row_type.types[i].is_integer()) { best = static_cast<int>(i); break; }
      out.insert(best);
    }
    Rebuilt r;
    r.kept.assign(out.begin(), out.end());
    Scan s = old;
    std::vector<ExprPtr> projection;
    for (int i : r.kept) projection.push_back(old.projection[i]);
    RowType given = old.source->row_type();
    std::vector<int> from_source = expr::InputsOf(projection);
    if (from_source.size() < given.size() && !from_source.empty()) {
      if (auto it = sources_.find(old.source.get()); it != sources_.end() && it->second->ApplyProjection(from_source)) {
        Rebuilt below;
        below.kept = from_source;
        for (ExprPtr& e : projection) e = Moved(e, below, given);
      }
    }
    bool same = projection.size() == s.source->row_type().size();
    for (size_t i = 0; same && i < projection.size(); ++i) {
      const auto* ref = std::get_if<expr::InputRef>(&projection[i]->node);
      same = ref && ref->index == static_cast<int>(i);
    }
    s.projection = same ? std::vector<ExprPtr>{} : std::move(projection);
    Rebuilt self{nullptr, r.kept};
    if (s.rowtime >= 0) s.rowtime = self.New(s.rowtime);
    s.watermark = Moved(old.watermark, self, n->row_type);
    s.filter = Moved(old.filter, self, n->row_type);
    r.node = With(n, std::move(s), {}, Narrow(n->row_type, r.kept));
    return r;
  }

  void Conjuncts(const ExprPtr& e, std::vector<ExprPtr>* out) {
    if (const auto* c = std::get_if<expr::Call>(&e->node); c && c->function->name() == "AND") {
      for (const ExprPtr& a : c->args) Conjuncts(a, out);
      return;
    }
    out->push_back(e);
  }

  // Hands a filter just above an unshared scan to the source as a hint (partition and row-group pruning). The filter stays.
  void PushFilter(const ExprPtr& filter, const NodePtr& old_scan, const NodePtr& scan_node) {
    const auto* s = std::get_if<Scan>(&scan_node->op);
    if (!s || !filter || consumers_[old_scan.get()] > 1) return;
    if (streaming_ && s->rowtime >= 0) return;   // would change the watermark
    auto it = sources_.find(s->source.get());
    if (it == sources_.end()) return;
    std::vector<ExprPtr> conjuncts, pushed;
    Conjuncts(filter, &conjuncts);
    for (const ExprPtr& c : conjuncts) {
      if (!expr::IsDeterministic(*c)) continue;
      bool plain = true;
      if (!s->projection.empty())
        for (int i : expr::InputsOf({c})) plain = plain && std::holds_alternative<expr::InputRef>(s->projection[i]->node);
      if (plain) pushed.push_back(s->projection.empty() ? c : expr::Substitute(c, s->projection));
    }
    if (!pushed.empty()) it->second->ApplyFilters(pushed);
  }

  Result<Rebuilt> Rebuild(const NodePtr& n) {
    std::vector<const Rebuilt*> in;
    for (const NodePtr& i : n->inputs) in.push_back(&done_.at(i.get()));
    const RowType* below = n->inputs.empty() ? nullptr : &n->inputs[0]->row_type;
    auto passing = [&](decltype(Node::op) op) -> Result<Rebuilt> {
      return Rebuilt{With(n, std::move(op), {in[0]->node}, Narrow(n->row_type, in[0]->kept)), in[0]->kept};
    };
    return std::visit(Visitor{
        [&](const Scan& s) -> Result<Rebuilt> { return RebuildScan(n, s); },
        [&](const Values&) -> Result<Rebuilt> { return Rebuilt{n, AllKept(n->row_type)}; },
        [&](const Calc& c) -> Result<Rebuilt> {
          Rebuilt r;
          r.kept.assign(needed_[n.get()].begin(), needed_[n.get()].end());
          if (r.kept.empty() && n->row_type.size() > 0) r.kept.push_back(0);
          Calc k;
          bool same = r.kept.size() == in[0]->kept.size();
          for (size_t i = 0; i < r.kept.size(); ++i) {
            k.projection.push_back(Moved(c.projection[r.kept[i]], *in[0], *below));
            const auto* ref = std::get_if<expr::InputRef>(&k.projection.back()->node);
            same = same && ref && ref->index == static_cast<int>(i);
          }
          k.filter = Moved(c.filter, *in[0], *below);
          PushFilter(k.filter, n->inputs[0], in[0]->node);
          if (same && !k.filter && consumers_[n.get()] <= 1) {   // nothing left to do here
            r.node = in[0]->node;
            return r;
          }
          r.node = With(n, std::move(k), {in[0]->node}, Narrow(n->row_type, r.kept));
          return r;
        },
        [&](const WindowTableFunction& w) -> Result<Rebuilt> {
          WindowTableFunction k = w;
          k.window.time_column = in[0]->New(w.window.time_column);
          std::vector<int> kept = in[0]->kept;
          for (int i = 0; i < 3; ++i) kept.push_back(static_cast<int>(below->size()) + i);
          RowType row = Narrow(n->row_type, kept);
          return Rebuilt{With(n, std::move(k), {in[0]->node}, std::move(row)), kept};
        },
        [&](const WindowAggregate& w) -> Result<Rebuilt> {
          WindowAggregate k = w;
          k.keys = Moved(w.keys, *in[0]);
          k.aggregates = Moved(w.aggregates, *in[0]);
          if (w.input_windowed) {
            k.window_start_column = in[0]->New(w.window_start_column);
            k.window_end_column = in[0]->New(w.window_end_column);
          } else {
            k.window.time_column = in[0]->New(w.window.time_column);
          }
          return Rebuilt{With(n, std::move(k), {in[0]->node}, n->row_type), AllKept(n->row_type)};
        },
        [&](const GroupAggregate& g) -> Result<Rebuilt> {
          GroupAggregate k = g;
          k.keys = Moved(g.keys, *in[0]);
          k.aggregates = Moved(g.aggregates, *in[0]);
          return Rebuilt{With(n, std::move(k), {in[0]->node}, n->row_type), AllKept(n->row_type)};
        },
        [&](const Exchange& e) -> Result<Rebuilt> { return passing(Exchange{e.kind, Moved(e.keys, *in[0])}); },
        [&](const UnionAll&) -> Result<Rebuilt> {
          std::vector<int> kept(needed_[n.get()].begin(), needed_[n.get()].end());
          std::vector<NodePtr> inputs;
          for (size_t i = 0; i < in.size(); ++i) {
            if (in[i]->kept == kept) { inputs.push_back(in[i]->node); continue; }
            Calc c;
            for (int k : kept) c.projection.push_back(expr::MakeInputRef(in[i]->New(k), n->inputs[i]->row_type.types[k]));
            inputs.push_back(With(n->inputs[i], std::move(c), {in[i]->node}, Narrow(n->inputs[i]->row_type, kept)));
          }
          return Rebuilt{With(n, UnionAll{}, std::move(inputs), Narrow(n->row_type, kept)), kept};
        },
        [&](const Sort& s) -> Result<Rebuilt> {
          Sort k = s;
          for (SortKey& key : k.keys) key.column = in[0]->New(key.column);
          return passing(std::move(k));
        },
        [&](const Limit& l) -> Result<Rebuilt> { return passing(Limit(l)); },
        [&](const Rank& r) -> Result<Rebuilt> {
          Rank k = r;
          k.partition = Moved(r.partition, *in[0]);
          for (SortKey& key : k.order) key.column = in[0]->New(key.column);
          return Rebuilt{With(n, std::move(k), {in[0]->node}, n->row_type), AllKept(n->row_type)};
        },
        [&](const Sink& s) -> Result<Rebuilt> { return Rebuilt{With(n, Sink(s), {in[0]->node}, n->row_type), AllKept(n->row_type)}; },
    }, n->op);
  }

  const std::map<const table::Source*, std::shared_ptr<table::Source>>& sources_;
  bool streaming_;
  std::unordered_map<const Node*, Columns> needed_;
  std::unordered_map<const Node*, int> consumers_;
  std::unordered_map<const Node*, Rebuilt> done_;
  std::set<const Node*> seen_;
  std::vector<NodePtr> order_;
};
}  // namespace

Result<std::vector<NodePtr>> Prune(const std::vector<NodePtr>& roots, const std::map<const table::Source*, std::shared_ptr<table::Source>>& sources,
                                   bool streaming) {
  return Pruner(sources, streaming).Run(roots);
}

}  // namespace tarn::plan
