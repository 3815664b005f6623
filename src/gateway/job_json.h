// job::JobStatus and its parts as Flink's JobManager REST writes them. Threads: pure functions.
#pragma once

#include "job/job_status.h"
#include "net/json_writer.h"

namespace tarn::gateway {

void WriteJobDetails(const job::JobStatus& job, net::JsonWriter* w);        // GET /jobs/:id
void WriteJobOverview(const job::JobSummary& job, net::JsonWriter* w);      // an element of /jobs/overview
void WritePlan(const job::JobStatus& job, net::JsonWriter* w);
void WriteVertex(const job::VertexStatus& vertex, net::JsonWriter* w);      // GET /jobs/:id/vertices/:vertexid
void WriteBackPressure(const job::VertexStatus& vertex, net::JsonWriter* w);
void WriteCheckpoints(const job::JobStatus& job, net::JsonWriter* w);       // GET /jobs/:id/checkpoints
void WriteCheckpoint(const job::CheckpointStatus& checkpoint, net::JsonWriter* w);
void WriteCheckpointConfig(const job::JobStatus& job, net::JsonWriter* w);
void WriteExceptions(const job::JobStatus& job, int exceptions_max, net::JsonWriter* w);

}  // namespace tarn::gateway
