// The lake writer: rows into files under a table's directory, published exactly once. A library for the filesystem and hive
// connectors, which fill in a FileSinkConfig.
//
// Streaming: a writer fills hidden files ".part-<uuid>-<subtask>-<n>.inprogress.<tag>" in their final directories. At a barrier they
// are closed (file formats), or flushed and left open until a rolling rule says otherwise (record formats), synced, and named in the
// committable. Once the checkpoint is durable the committer renames them to "part-<uuid>-<subtask>-<n><suffix>" and then commits
// partitions whose time has come through the policies, in their order. Both are idempotent.
// Batch: files are staged in "<location>/.staging_<uuid>" as "part-<uuid>-task-<subtask>-file-<n>" and moved by the one commit at the
// end; INSERT OVERWRITE then removes what was there before in the partitions written (or in the static partition, or in the table).
// A reader that skips names with leading '.' or '_' never sees anything unfinished.
// Crash points: file-sink.before-rename, file-sink.before-partition, file-sink.before-success.
// Threads: a FileSink is const once planned and shared; writers and the committer as table/sink.h says.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plug/layout/files/partition_time.h"
#include "table/format.h"
#include "table/registry.h"
#include "table/sink.h"
#include "types/text_value.h"
#include "types/time_zone.h"

namespace tarn::plug::files {

inline constexpr std::string_view kStagingPrefix = ".staging_";   // of the directory that a batch job stages in, below the location

struct CommittedPartition {
  PartitionValues values;   // empty: the table itself (not partitioned)
  std::string directory;    // absolute
  int64_t files = 0, rows = 0, bytes = 0;   // of this commit
};

// What happens to partitions once their files are visible. Must be idempotent: a commit may be repeated.
class CommitPolicy {
 public:
  virtual ~CommitPolicy() = default;
  virtual Status Commit(const std::vector<CommittedPartition>& partitions) const = 0;
  virtual const char* crash_point() const { return "file-sink.before-policy"; }
};
// Writes an empty file of this name into the partition's directory.
std::shared_ptr<const CommitPolicy> MakeSuccessFilePolicy(std::string file_name);
// catalog->CreatePartitions(table, ..., if_not_exists): the partition appears with its location.
std::shared_ptr<const CommitPolicy> MakeMetastorePolicy(std::shared_ptr<table::Catalog> catalog, table::ObjectPath table);

struct RollingPolicy {
  int64_t file_bytes = 128 << 20;
  int64_t rollover_ms = 30 * 60'000, inactivity_ms = 30 * 60'000, check_ms = 60'000;
};

struct PartitionCommit {
  enum class Trigger { kProcessTime, kPartitionTime };
  Trigger trigger = Trigger::kProcessTime;
  int64_t delay_ms = 0;
  const types::TimeZone* watermark_zone = nullptr;   // of partition times; null: UTC
  PartitionTimeExtractor extractor;
  std::vector<std::shared_ptr<const CommitPolicy>> policies;   // in order
};

struct FileSinkConfig {
  std::string location;                          // a local path (LocalPath)
  std::shared_ptr<const table::Format> format;
  RowType row_type;                              // what Write gets: all columns of the table
  std::vector<std::string> partition_keys;       // subset of its names; not stored in the files
  std::string default_partition = "__DEFAULT_PARTITION__";   // of NULL and empty values; hive's is __HIVE_DEFAULT_PARTITION__
  types::TextStyle partition_text = types::TextStyle::kPrint;
  std::string file_suffix;                       // ".parquet" or none, as Flink
  bool streaming = true;
  RollingPolicy rolling;
  PartitionCommit commit;
  std::string description = "filesystem";
  int parallelism = -1;
  int64_t created_ms = 0;                        // set by Make
};

class FileSink final : public table::Sink {
 public:
  // kInvalidSql: a partition key that is no column; a table of partition columns only.
  static Result<std::unique_ptr<FileSink>> Make(FileSinkConfig config);

  types::ChangelogMode AcceptedMode(const types::ChangelogMode&) const override;   // insert only, or what the format encodes
  std::string Describe() const override { return config_.description; }
  int wished_parallelism() const override { return config_.parallelism; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext& context) const override;
  Result<std::unique_ptr<table::SinkCommitter>> CreateCommitter(const table::SubtaskContext& context) const override;
  Status ApplyOverwrite(bool overwrite) override;   // "Streaming mode not support overwrite."
  // The query's rows still carry the static columns (as literals).
  Status ApplyStaticPartition(const std::map<std::string, std::string>& spec) override;

  const FileSinkConfig& config() const { return config_; }

 private:
  explicit FileSink(FileSinkConfig config);
  FileSinkConfig config_;
  bool overwrite_ = false;
  std::map<std::string, std::string> static_partition_;
  std::string staging_;   // batch: name of the staging directory
};

// Options that the filesystem and hive connectors share: sink.rolling-policy.*, sink.partition-commit.*, partition.time-extractor.*,
// auto-compaction. policy_kinds: default of sink.partition-commit.policy.kind.
std::vector<config::OptionSpec> FileSinkOptions();
// Fills rolling and commit (but for a metastore policy, which the connector adds through make_metastore_policy when asked).
Status ReadFileSinkOptions(const config::OptionSet& options, const std::string& policy_kinds,
                           const std::function<Result<std::shared_ptr<const CommitPolicy>>()>& make_metastore_policy, FileSinkConfig* config);

}  // namespace tarn::plug::files
