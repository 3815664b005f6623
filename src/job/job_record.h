// What is kept of a job on disk: <data>/jobs/<id>/job (docs/format/job-record.md). Written when the job starts and when it ends.
// Threads: values.
#pragma once

#include <string>

#include "job/job_status.h"

namespace tarn::job {

struct JobRecord {
  std::string id, name, statement;
  std::string resubmission, savepoint_path;
  int64_t submit_time = 0;
  bool ended = false;
  JobStatus status;   // ended: as it was then
};

Status WriteRecord(const std::string& folder, const JobRecord& record);
Result<JobRecord> ReadRecord(const std::string& folder);   // kNotFound, kCorrupt, kNotSupported (newer)

}  // namespace tarn::job
