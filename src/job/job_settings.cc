#include "job/job_settings.h"

#include "base/text.h"

namespace tarn::job {

Result<JobSettings> JobSettings::Read(const config::OptionSet& o, bool streaming) {
  using std::chrono::milliseconds;
  JobSettings s;
  CheckpointConfig& c = s.checkpoint;
  c.interval_ms = TRY(o.GetDuration("execution.checkpointing.interval", milliseconds(-1))).count();
  c.enabled = streaming && c.interval_ms > 0;
  c.timeout_ms = TRY(o.GetDuration("execution.checkpointing.timeout", milliseconds(600'000))).count();
  c.min_pause_ms = TRY(o.GetDuration("execution.checkpointing.min-pause", milliseconds(0))).count();
  c.tolerable_failed = TRY(o.GetInteger("execution.checkpointing.tolerable-failed-checkpoints", 0));
  // Two, where Flink keeps one: a checkpoint that the disk has changed then has one to fall back to.
  c.retained = static_cast<int>(TRY(o.GetInteger("execution.checkpointing.num-retained", TRY(o.GetInteger("state.checkpoints.num-retained", 2)))));
  c.directory = o.Get("execution.checkpointing.dir", o.Get("state.checkpoints.dir", ""));
  std::string retention = ToUpper(o.Get("execution.checkpointing.externalized-checkpoint-retention", "NO_EXTERNALIZED_CHECKPOINTS"));
  c.delete_on_cancellation = retention != "RETAIN_ON_CANCELLATION";
  s.savepoint_dir = o.Get("execution.checkpointing.savepoint-dir", o.Get("state.savepoints.dir", ""));
  s.restore_path = o.Get("execution.state-recovery.path", o.Get("execution.savepoint.path", ""));
  s.ignore_unclaimed_state = TRY(o.GetBoolean("execution.state-recovery.ignore-unclaimed-state",
                                              TRY(o.GetBoolean("execution.savepoint.ignore-unclaimed-state", false))));
  s.watermark_interval_ms = TRY(o.GetDuration("pipeline.auto-watermark-interval", milliseconds(200))).count();
  s.batch_rows = TRY(o.GetInteger("tarn.batch.size", 4096));
  if (s.batch_rows < 1 || s.batch_rows > 1'000'000) return Status::InvalidSql("tarn.batch.size must be from 1 to 1000000");
  s.legacy_cast = EqualsIgnoreCase(o.Get("table.exec.legacy-cast-behaviour", "DISABLED"), "ENABLED");
  return s;
}

}  // namespace tarn::job
