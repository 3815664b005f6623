// The plan cut into vertices: what one task runs. A vertex starts at a scan, at values, or at inputs from other vertices
// (an Exchange, a union, or a change of parallelism); everything downstream until the next cut is chained into it, also when a
// node has several consumers, so that a table scanned for several sinks is read once.
//
// Ids: vertices and nodes are numbered by the plan's shape alone; the same SQL gives the same uids, by which state is found again.
// Threads: immutable once built.
#pragma once

#include <string>
#include <vector>

#include "plan/physical.h"

namespace tarn::flow {

struct Edge {
  int from_vertex = 0, from_node = 0;   // node: place in Vertex::nodes
  int to_vertex = 0;
  plan::Exchange exchange;
  RowType row_type;
};

struct ChainNode {
  plan::NodePtr node;              // nodes[0] of an input vertex: the Exchange, UnionAll or producer itself, which does nothing here
  std::string uid;                 // "v2.1.GroupAggregate"
  std::string name;                // "GroupAggregate[5]"
  std::vector<int> children;       // places in Vertex::nodes
  std::vector<int> out_edges;      // places in Graph::edges
};

struct Vertex {
  enum class Head { kScan, kValues, kInputs };
  int index = 0;
  std::string id;                  // 32 hex digits
  std::string uid;                 // "v2"
  std::string name;                // "Source: events[1] -> Calc[2]"
  std::string description;
  Head head = Head::kInputs;
  int parallelism = 1;
  std::vector<ChainNode> nodes;    // parents before children; 0 is the head
  std::vector<int> in_edges;       // places in Graph::edges
};

struct Graph {
  std::vector<Vertex> vertices;    // producers before consumers
  std::vector<Edge> edges;
};

// kInternal when the plan breaks its own rules (a node without its input, say).
Result<Graph> BuildGraph(const plan::JobPlan& plan);

std::string_view OperatorName(const plan::Node& node);   // "Calc", "Sink", ...
std::string_view ShipStrategy(plan::Exchange::Kind kind);   // "HASH", "GLOBAL", "REBALANCE", "FORWARD"

}  // namespace tarn::flow
