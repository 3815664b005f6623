#include "flow/graph.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "batch/hash.h"

namespace tarn::flow {
namespace {
using plan::Node;
using plan::NodePtr;

struct Place {
  int vertex = 0, node = 0;
};

class Builder {
 public:
  Result<Graph> Build(const plan::JobPlan& plan) {
    for (const NodePtr& r : plan.roots) TRY(CountConsumers(r));
    for (const NodePtr& r : plan.roots) TRY(Locate(r));
    for (Vertex& v : graph_.vertices) Name(v);
    return std::move(graph_);
  }

 private:
  Status CountConsumers(const NodePtr& n) {
    if (!n) return Status::Internal("the plan holds an empty node");
    if (consumers_[n.get()]++ > 0) return Status::OK();
    bool leaf = std::holds_alternative<plan::Scan>(n->op) || std::holds_alternative<plan::Values>(n->op);
    bool many = std::holds_alternative<plan::UnionAll>(n->op);
    if (leaf ? !n->inputs.empty() : many ? n->inputs.empty() : n->inputs.size() != 1)
      return Status::Internal(fmt::format("plan node {} has {} inputs", OperatorName(*n), n->inputs.size()));
    if (n->parallelism < 1) return Status::Internal(fmt::format("plan node {} has parallelism {}", OperatorName(*n), n->parallelism));
    for (const NodePtr& i : n->inputs) TRY(CountConsumers(i));
    return Status::OK();
  }

  int NewVertex(Vertex::Head head, int parallelism) {
    Vertex v;
    v.index = static_cast<int>(graph_.vertices.size());
    v.uid = fmt::format("v{}", v.index);
    v.head = head;
    v.parallelism = parallelism;
    graph_.vertices.push_back(std::move(v));
    return graph_.vertices.back().index;
  }
  int AddNode(int vertex, const NodePtr& n) {
    Vertex& v = graph_.vertices[vertex];
    auto [it, fresh] = numbers_.try_emplace(n.get(), static_cast<int>(numbers_.size()) + 1);
    ChainNode c;
    c.node = n;
    c.uid = fmt::format("{}.{}.{}", v.uid, v.nodes.size(), OperatorName(*n));
    std::string name(OperatorName(*n));
    if (const auto* s = std::get_if<plan::Scan>(&n->op)) name = "Source: " + s->name;
    if (const auto* s = std::get_if<plan::Sink>(&n->op)) name = "Sink: " + s->name;
    if (std::holds_alternative<plan::Values>(n->op)) name = "Source: Values";
    c.name = fmt::format("{}[{}]", name, it->second);
    v.nodes.push_back(std::move(c));
    return static_cast<int>(v.nodes.size()) - 1;
  }
  void AddEdge(Place from, int to_vertex, plan::Exchange exchange, const RowType& type) {
    int index = static_cast<int>(graph_.edges.size());
    graph_.edges.push_back({from.vertex, from.node, to_vertex, std::move(exchange), type});
    graph_.vertices[from.vertex].nodes[from.node].out_edges.push_back(index);
    graph_.vertices[to_vertex].in_edges.push_back(index);
  }
  static plan::Exchange Implicit(int from, int to) {
    plan::Exchange e;
    e.kind = from == to ? plan::Exchange::Kind::kForward : to == 1 ? plan::Exchange::Kind::kSingle : plan::Exchange::Kind::kRebalance;
    return e;
  }
  // Lets vertex `to` read what `input` gives; an Exchange on the way says how.
  Status Connect(const NodePtr& input, int to) {
    int parallelism = graph_.vertices[to].parallelism;
    if (const auto* e = std::get_if<plan::Exchange>(&input->op)) {
      Place from = TRY(Locate(input->inputs[0]));
      plan::Exchange exchange = *e;
      if (exchange.kind == plan::Exchange::Kind::kForward) exchange = Implicit(graph_.vertices[from.vertex].parallelism, parallelism);
      AddEdge(from, to, std::move(exchange), input->inputs[0]->row_type);
      return Status::OK();
    }
    Place from = TRY(Locate(input));
    AddEdge(from, to, Implicit(graph_.vertices[from.vertex].parallelism, parallelism), input->row_type);
    return Status::OK();
  }
  // The head of a vertex of this parallelism that reads `input` through channels.
  Result<Place> InputVertex(const NodePtr& input, int parallelism) {
    auto key = std::make_pair(input.get(), parallelism);
    if (auto it = input_vertices_.find(key); it != input_vertices_.end()) return it->second;
    TRY(Locate(std::holds_alternative<plan::Exchange>(input->op) ? input->inputs[0] : input));   // producers get lower numbers
    int v = NewVertex(Vertex::Head::kInputs, parallelism);
    Place p{v, AddNode(v, input)};
    TRY(Connect(input, v));
    input_vertices_[key] = p;
    return p;
  }
  Result<Place> Locate(const NodePtr& n) {
    if (auto it = places_.find(n.get()); it != places_.end()) return it->second;
    Place p;
    if (std::holds_alternative<plan::Scan>(n->op) || std::holds_alternative<plan::Values>(n->op)) {
      bool scan = std::holds_alternative<plan::Scan>(n->op);
      p.vertex = NewVertex(scan ? Vertex::Head::kScan : Vertex::Head::kValues, n->parallelism);
      p.node = AddNode(p.vertex, n);
    } else if (std::holds_alternative<plan::Exchange>(n->op)) {
      p = TRY(InputVertex(n, n->parallelism));   // an exchange of an exchange
    } else if (std::holds_alternative<plan::UnionAll>(n->op)) {
      for (const NodePtr& i : n->inputs) TRY(Locate(std::holds_alternative<plan::Exchange>(i->op) ? i->inputs[0] : i));
      p.vertex = NewVertex(Vertex::Head::kInputs, n->parallelism);
      p.node = AddNode(p.vertex, n);
      for (const NodePtr& i : n->inputs) TRY(Connect(i, p.vertex));
    } else {
      const NodePtr& in = n->inputs[0];
      Place from;
      if (std::holds_alternative<plan::Exchange>(in->op)) {
        from = TRY(InputVertex(in, n->parallelism));
      } else {
        from = TRY(Locate(in));
        if (graph_.vertices[from.vertex].parallelism != n->parallelism) from = TRY(InputVertex(in, n->parallelism));
      }
      p.vertex = from.vertex;
      p.node = AddNode(p.vertex, n);
      graph_.vertices[p.vertex].nodes[from.node].children.push_back(p.node);
    }
    places_[n.get()] = p;
    return p;
  }

  static std::string ChainName(const Vertex& v, int at) {
    const ChainNode& c = v.nodes[at];
    bool pass = at == 0 && v.head == Vertex::Head::kInputs && !std::holds_alternative<plan::UnionAll>(c.node->op);
    std::string s = pass ? "" : c.name;
    std::string arrow = pass ? "" : " -> ";
    if (c.children.size() == 1) return s + arrow + ChainName(v, c.children[0]);
    if (c.children.empty()) return s.empty() ? c.name : s;
    s += arrow + "(";
    for (size_t i = 0; i < c.children.size(); ++i) s += (i ? ", " : "") + ChainName(v, c.children[i]);
    return s + ")";
  }
  static void Name(Vertex& v) {
    v.name = ChainName(v, 0);
    v.description = v.name;
    uint64_t a = HashBytes(v.uid + v.name), b = CombineHash(a, HashBytes(v.name));
    v.id = fmt::format("{:016x}{:016x}", a, b);
  }

  Graph graph_;
  std::map<const Node*, int> consumers_, numbers_;
  std::map<const Node*, Place> places_;
  std::map<std::pair<const Node*, int>, Place> input_vertices_;
};
}  // namespace

std::string_view OperatorName(const plan::Node& node) {
  struct {
    std::string_view operator()(const plan::Scan&) { return "Scan"; }
    std::string_view operator()(const plan::Values&) { return "Values"; }
    std::string_view operator()(const plan::Calc&) { return "Calc"; }
    std::string_view operator()(const plan::WindowTableFunction&) { return "WindowTableFunction"; }
    std::string_view operator()(const plan::WindowAggregate&) { return "WindowAggregate"; }
    std::string_view operator()(const plan::GroupAggregate&) { return "GroupAggregate"; }
    std::string_view operator()(const plan::Exchange&) { return "Exchange"; }
    std::string_view operator()(const plan::UnionAll&) { return "Union"; }
    std::string_view operator()(const plan::Sort&) { return "Sort"; }
    std::string_view operator()(const plan::Limit&) { return "Limit"; }
    std::string_view operator()(const plan::Rank&) { return "Rank"; }
    std::string_view operator()(const plan::Sink&) { return "Sink"; }
  } names;
  return std::visit(names, node.op);
}

std::string_view ShipStrategy(plan::Exchange::Kind kind) {
  switch (kind) {
    case plan::Exchange::Kind::kHash: return "HASH";
    case plan::Exchange::Kind::kSingle: return "GLOBAL";
    case plan::Exchange::Kind::kRebalance: return "REBALANCE";
    case plan::Exchange::Kind::kForward: return "FORWARD";
  }
  return "FORWARD";
}

Result<Graph> BuildGraph(const plan::JobPlan& plan) { return Builder().Build(plan); }

}  // namespace tarn::flow
