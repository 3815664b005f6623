// A job manager with operators of one's own: for tests. Threads: any.
#pragma once

#include "flow/task.h"
#include "job/job_manager.h"

namespace tarn::job {

// operators empty: flow::MakeOperator.
Result<std::unique_ptr<JobManager>> MakeJobManager(JobManagerOptions options, flow::OperatorFactory operators);

}  // namespace tarn::job
