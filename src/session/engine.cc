#include "base/log.h"
#include "session/session_impl.h"

namespace tarn::session {
namespace {

class EngineImpl final : public Engine {
 public:
  explicit EngineImpl(EngineOptions options) : options_(std::move(options)) {}
  ~EngineImpl() override { jobs_.reset(); }

  Status Init() {
    if (options_.register_plugs) TRY(options_.register_plugs(registry_));
    job::JobManagerOptions o;
    o.data_dir = options_.data_dir;
    o.memory_limit_bytes = options_.memory_limit_bytes > 0 ? options_.memory_limit_bytes / 4 : 0;
    o.state_memory_bytes = options_.memory_limit_bytes / 2;
    o.memory_limit_total = options_.memory_limit_bytes;
    jobs_ = TRY(job::JobManager::Make(std::move(o)));
    if (options_.recover_jobs) {
      int n = TRY(jobs_->Recover([this](const std::string& script) -> Result<plan::JobPlan> {
        SessionImpl session(*this, options_.session_defaults);
        TRY(session.Init());
        return session.Replay(script);
      }));
      if (n > 0) LogInfo("brought back {} job(s)", n);
    }
    return Status::OK();
  }
  table::Registry& registry() override { return registry_; }
  job::JobManager& jobs() override { return *jobs_; }
  const EngineOptions& options() const override { return options_; }
  Status Shutdown(bool drain) override { return jobs_->Shutdown(drain); }

 private:
  EngineOptions options_;
  table::Registry registry_;
  std::unique_ptr<job::JobManager> jobs_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Start(EngineOptions options) {
  auto e = std::make_unique<EngineImpl>(std::move(options));
  TRY(e->Init());
  return std::unique_ptr<Engine>(std::move(e));
}

}  // namespace tarn::session
