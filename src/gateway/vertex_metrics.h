// The numbers of a vertex under Flink's metric names, as its REST writes them: without `get` the ids, with it their values.
// An unknown vertex (nullptr) or subtask has none, as in Flink. Threads: pure functions.
#pragma once

#include <optional>
#include <string>

#include "job/job_status.h"
#include "net/json_writer.h"

namespace tarn::gateway {

// GET /jobs/:id/vertices/:v/metrics: of each subtask, "0.GlobalWindowAggregate[5].numLateRecordsDropped".
void WriteVertexMetrics(const job::VertexStatus* vertex, const std::optional<std::string>& get, net::JsonWriter* w);
// GET /jobs/:id/vertices/:v/subtasks/:n/metrics
void WriteSubtaskMetrics(const job::VertexStatus* vertex, const std::string& subtask, const std::optional<std::string>& get, net::JsonWriter* w);
// GET /jobs/:id/vertices/:v/subtasks/metrics: over all subtasks; agg: of min, max, avg, sum; absent: all four.
void WriteAggregatedMetrics(const job::VertexStatus* vertex, const std::optional<std::string>& get, const std::optional<std::string>& agg, net::JsonWriter* w);

}  // namespace tarn::gateway
