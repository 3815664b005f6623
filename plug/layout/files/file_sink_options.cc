#include "plug/layout/files/file_sink.h"

namespace tarn::plug::files {

std::vector<config::OptionSpec> FileSinkOptions() {
  return {{"sink.rolling-policy.file-size", "size", "128 mb", false, "a file is closed when it has grown to this"},
          {"sink.rolling-policy.rollover-interval", "duration", "30 min", false, "a file is closed when it has been open this long"},
          {"sink.rolling-policy.inactivity-interval", "duration", "30 min", false, "a file is closed when nothing was written for this long"},
          {"sink.rolling-policy.check-interval", "duration", "1 min", false, "how often the intervals are checked"},
          {"auto-compaction", "boolean", "false", false, "not supported yet: true is refused"},
          {"compaction.file-size", "size", "", false, "target size of compacted files"},
          {"compaction.parallelism", "integer", "", false, "parallelism of compaction"},
          {"sink.shuffle-by-partition.enable", "boolean", "false", false, "batch: accepted, rows are grouped by the writer"},
          {"sink.partition-commit.trigger", "enum", "process-time", false, "when a partition is committed", {"process-time", "partition-time"}},
          {"sink.partition-commit.delay", "duration", "0 s", false, "how long after its time a partition is committed"},
          {"sink.partition-commit.watermark-time-zone", "string", "UTC", false, "zone of partition times, for watermarks on TIMESTAMP_LTZ"},
          {"sink.partition-commit.policy.kind", "string", "", false, "comma list of metastore, success-file"},
          {"sink.partition-commit.policy.class", "string", "", false, "custom policies are not supported"},
          {"sink.partition-commit.policy.class.parameters", "string", "", false, "custom policies are not supported"},
          {"sink.partition-commit.success-file.name", "string", "_SUCCESS", false, "name of the success file"},
          {"partition.time-extractor.kind", "enum", "default", false, "how a partition's time is found", {"default", "custom"}},
          {"partition.time-extractor.class", "string", "", false, "custom extractors are not supported"},
          {"partition.time-extractor.timestamp-pattern", "string", "", false, "text with $key for partition values, e.g. '$dt $hour:00:00'"},
          {"partition.time-extractor.timestamp-formatter", "string", "", false, "DateTimeFormatter pattern that reads the result"},
          {"sink.parallelism", "integer", "", false, "number of sink subtasks"}};
}

Status ReadFileSinkOptions(const config::OptionSet& o, const std::string& policy_kinds,
                           const std::function<Result<std::shared_ptr<const CommitPolicy>>()>& make_metastore_policy, FileSinkConfig* config) {
  if (TRY(o.GetBoolean("auto-compaction", false))) return Status::NotSupported("option 'auto-compaction' = 'true'").WithHint("longer checkpoint intervals make larger files");
  RollingPolicy& r = config->rolling;
  r.file_bytes = TRY(o.GetMemorySize("sink.rolling-policy.file-size", r.file_bytes));
  r.rollover_ms = TRY(o.GetDuration("sink.rolling-policy.rollover-interval", config::Milliseconds(r.rollover_ms))).count();
  r.inactivity_ms = TRY(o.GetDuration("sink.rolling-policy.inactivity-interval", config::Milliseconds(r.inactivity_ms))).count();
  r.check_ms = TRY(o.GetDuration("sink.rolling-policy.check-interval", config::Milliseconds(r.check_ms))).count();
  PartitionCommit& c = config->commit;
  const std::string trigger = o.Get("sink.partition-commit.trigger", "process-time");
  if (trigger == "partition-time") c.trigger = PartitionCommit::Trigger::kPartitionTime;
  else if (trigger != "process-time") return Status::InvalidSql("Unsupported partition commit trigger: " + trigger).WithHint("'sink.partition-commit.trigger' is process-time or partition-time");
  c.delay_ms = TRY(o.GetDuration("sink.partition-commit.delay", config::Milliseconds(0))).count();
  c.watermark_zone = TRY(types::TimeZone::Find(o.Get("sink.partition-commit.watermark-time-zone", "UTC")));
  if (o.Get("partition.time-extractor.kind", "default") == "custom") return Status::NotSupported("'partition.time-extractor.kind' = 'custom'");
  c.extractor.pattern = o.Get("partition.time-extractor.timestamp-pattern", "");
  c.extractor.formatter = o.Get("partition.time-extractor.timestamp-formatter", "");
  config->parallelism = static_cast<int>(TRY(o.GetInteger("sink.parallelism", -1)));
  c.policies.clear();
  config::OptionSet kinds(std::map<std::string, std::string>{{"kinds", o.Get("sink.partition-commit.policy.kind", policy_kinds)}});
  for (const std::string& kind : TRY(kinds.GetList("kinds", ','))) {
    if (kind == "success-file") c.policies.push_back(MakeSuccessFilePolicy(o.Get("sink.partition-commit.success-file.name", "_SUCCESS")));
    else if (kind == "metastore") c.policies.push_back(TRY(make_metastore_policy()));
    else if (kind == "custom") return Status::NotSupported("partition commit policy 'custom'").WithHint("use metastore and success-file");
    else return Status::InvalidSql("Unsupported policy: " + kind).WithHint("'sink.partition-commit.policy.kind' is a comma list of metastore and success-file");
  }
  return Status::OK();
}

}  // namespace tarn::plug::files
