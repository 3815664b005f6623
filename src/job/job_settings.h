// The session options that a job obeys, read once. Threads: values.
#pragma once

#include "config/options.h"
#include "job/job_status.h"

namespace tarn::job {

struct JobSettings {
  CheckpointConfig checkpoint;          // directory: as the user wrote it, or ""
  std::string savepoint_dir;            // or ""
  std::string restore_path;             // or ""
  bool ignore_unclaimed_state = false;
  int64_t watermark_interval_ms = 200;
  int64_t batch_rows = 4096;
  bool legacy_cast = false;

  // kInvalidSql naming key and value.
  static Result<JobSettings> Read(const config::OptionSet& options, bool streaming);
};

}  // namespace tarn::job
