#include "flow/graph.h"

#include <gtest/gtest.h>

namespace tarn::flow {
namespace {
template <typename Op>
plan::NodePtr Make(Op op, std::vector<plan::NodePtr> inputs, int parallelism) {
  auto n = std::make_shared<plan::Node>();
  n->op = std::move(op);
  n->inputs = std::move(inputs);
  n->parallelism = parallelism;
  return n;
}
plan::NodePtr ScanOf(std::string name, int parallelism) {
  plan::Scan s;
  s.name = std::move(name);
  return Make(std::move(s), {}, parallelism);
}
plan::NodePtr SinkOf(std::string name, plan::NodePtr in, int parallelism) {
  plan::Sink s;
  s.name = std::move(name);
  return Make(std::move(s), {std::move(in)}, parallelism);
}
plan::NodePtr ExchangeOf(plan::Exchange::Kind kind, plan::NodePtr in, int parallelism) {
  plan::Exchange e;
  e.kind = kind;
  return Make(std::move(e), {std::move(in)}, parallelism);
}
Graph Build(std::vector<plan::NodePtr> roots) {
  plan::JobPlan p;
  p.roots = std::move(roots);
  auto g = BuildGraph(p);
  EXPECT_TRUE(g.ok()) << g.status().ToString();
  return std::move(g).value();
}
using Kind = plan::Exchange::Kind;

TEST(Graph, AChainIsOneVertex) {
  Graph g = Build({SinkOf("out", Make(plan::Calc{}, {ScanOf("in", 2)}, 2), 2)});
  ASSERT_EQ(g.vertices.size(), 1u);
  EXPECT_EQ(g.vertices[0].name, "Source: in[1] -> Calc[2] -> Sink: out[3]");
  EXPECT_EQ(g.vertices[0].nodes[2].uid, "v0.2.Sink");
  EXPECT_EQ(g.vertices[0].id.size(), 32u);
  EXPECT_TRUE(g.edges.empty());
}

TEST(Graph, ASharedScanIsReadOnce) {
  auto scan = ScanOf("in", 2);
  auto agg = Make(plan::GroupAggregate{}, {ExchangeOf(Kind::kHash, scan, 2)}, 2);
  Graph g = Build({SinkOf("a", scan, 2), SinkOf("b", agg, 2), SinkOf("c", Make(plan::Calc{}, {scan}, 2), 2)});
  ASSERT_EQ(g.vertices.size(), 2u);
  EXPECT_EQ(g.vertices[0].name, "Source: in[1] -> (Sink: a[2], Calc[6] -> Sink: c[7])");
  EXPECT_EQ(g.vertices[1].name, "GroupAggregate[4] -> Sink: b[5]");
  ASSERT_EQ(g.edges.size(), 1u);
  EXPECT_EQ(g.edges[0].exchange.kind, Kind::kHash);
  EXPECT_EQ(g.edges[0].from_node, 0);
}

TEST(Graph, AChangeOfParallelismCutsTheChain) {
  Graph g = Build({SinkOf("one", ScanOf("in", 4), 1), SinkOf("three", ScanOf("in", 4), 3)});
  ASSERT_EQ(g.edges.size(), 2u);
  EXPECT_EQ(g.edges[0].exchange.kind, Kind::kSingle);
  EXPECT_EQ(g.edges[1].exchange.kind, Kind::kRebalance);
}

TEST(Graph, AUnionReadsAllItsInputs) {
  auto left = ScanOf("l", 2), right = ScanOf("r", 1);
  auto u = Make(plan::UnionAll{}, {left, right, ExchangeOf(Kind::kHash, left, 2)}, 2);
  Graph g = Build({SinkOf("out", u, 2)});
  ASSERT_EQ(g.vertices.size(), 3u);
  const Vertex& v = g.vertices[2];
  EXPECT_EQ(v.name, "Union[3] -> Sink: out[4]");
  ASSERT_EQ(v.in_edges.size(), 3u);
  EXPECT_EQ(g.edges[v.in_edges[0]].exchange.kind, Kind::kForward);
  EXPECT_EQ(g.edges[v.in_edges[1]].exchange.kind, Kind::kRebalance);
  EXPECT_EQ(g.edges[v.in_edges[2]].exchange.kind, Kind::kHash);
}

TEST(Graph, OneExchangeForSeveralConsumers) {
  auto e = ExchangeOf(Kind::kHash, ScanOf("in", 2), 2);
  auto a = Make(plan::GroupAggregate{}, {e}, 2), b = Make(plan::WindowAggregate{}, {e}, 2);
  Graph g = Build({SinkOf("a", a, 2), SinkOf("b", b, 2)});
  ASSERT_EQ(g.vertices.size(), 2u);
  EXPECT_EQ(g.vertices[1].name, "(GroupAggregate[3] -> Sink: a[4], WindowAggregate[5] -> Sink: b[6])");
  EXPECT_EQ(g.edges.size(), 1u);
}

TEST(Graph, TheSameShapeHasTheSameIds) {
  auto make = [] { return Build({SinkOf("out", Make(plan::GroupAggregate{}, {ExchangeOf(Kind::kHash, ScanOf("in", 2), 2)}, 2), 2)}); };
  Graph a = make(), b = make();
  for (size_t i = 0; i < a.vertices.size(); ++i) EXPECT_EQ(a.vertices[i].id, b.vertices[i].id);
}

TEST(Graph, APlanThatBreaksItsRulesIsOurBug) {
  plan::JobPlan p;
  p.roots = {SinkOf("out", Make(plan::Calc{}, {}, 1), 1)};
  EXPECT_EQ(BuildGraph(p).status().code(), StatusCode::kInternal);
}
}  // namespace
}  // namespace tarn::flow
