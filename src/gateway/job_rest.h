// Flink's job REST (/jobs, /jobs/:id, checkpoints, savepoints, /overview ...) over job::JobManager, in Flink's shapes; paths with
// and without /v1. Savepoints, stops and checkpoints run in the background under a request id that is asked for later.
// Threads: Serve from any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/router.h"
#include "gateway/worker_pool.h"
#include "job/job_manager.h"

namespace tarn::gateway {

class JobRest {
 public:
  explicit JobRest(job::JobManager& jobs);
  net::HttpResponse Serve(net::HttpRequest& request) const { return router_.Serve(request, 1); }
  bool Knows(net::HttpRequest& request) const { return router_.Knows(request, 1); }

 private:
  struct Trigger {
    bool done = false;
    Status status;
    std::string location;          // of a savepoint
    int64_t checkpoint_id = -1;    // of a checkpoint
  };
  using JobHandler = std::function<net::HttpResponse(RouteCall&, const job::JobStatus&)>;
  void AddClusterRoutes();
  void AddJobRoutes();
  void AddTriggerRoutes();
  void ForJob(const std::string& pattern, JobHandler handler);   // GET, 404 for an unknown job
  net::HttpResponse Start(std::function<void(Trigger&)> work);
  std::shared_ptr<const Trigger> FindTrigger(const std::string& id);

  job::JobManager& jobs_;
  Router router_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Trigger>> triggers_;
  WorkerPool workers_{64};
};

}  // namespace tarn::gateway
