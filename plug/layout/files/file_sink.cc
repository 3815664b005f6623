#include "plug/layout/files/file_sink.h"

#include "base/clock.h"
#include "base/text.h"
#include "plug/layout/files/directory.h"
#include "plug/layout/files/file_sink_committer.h"
#include "plug/layout/files/file_sink_writer.h"

namespace tarn::plug::files {
namespace {

class SuccessFilePolicy final : public CommitPolicy {
 public:
  explicit SuccessFilePolicy(std::string name) : name_(std::move(name)) {}
  Status Commit(const std::vector<CommittedPartition>& partitions) const override {
    for (const auto& p : partitions) TRY(WriteEmptyFile(p.directory + "/" + name_));
    return Status::OK();
  }
  const char* crash_point() const override { return "file-sink.before-success"; }

 private:
  const std::string name_;
};

class MetastorePolicy final : public CommitPolicy {
 public:
  MetastorePolicy(std::shared_ptr<table::Catalog> catalog, table::ObjectPath table) : catalog_(std::move(catalog)), table_(std::move(table)) {}
  Status Commit(const std::vector<CommittedPartition>& partitions) const override {
    std::vector<table::CatalogPartition> list;
    for (const auto& p : partitions) {
      if (p.values.empty()) continue;
      table::CatalogPartition cp;
      for (const auto& [key, value] : p.values) cp.spec[key] = value;
      cp.location = p.directory;
      list.push_back(std::move(cp));
    }
    if (list.empty()) return Status::OK();
    return catalog_->CreatePartitions(table_, list, /*if_not_exists=*/true);
  }
  const char* crash_point() const override { return "file-sink.before-partition"; }

 private:
  const std::shared_ptr<table::Catalog> catalog_;
  const table::ObjectPath table_;
};

}  // namespace

std::shared_ptr<const CommitPolicy> MakeSuccessFilePolicy(std::string file_name) { return std::make_shared<SuccessFilePolicy>(std::move(file_name)); }
std::shared_ptr<const CommitPolicy> MakeMetastorePolicy(std::shared_ptr<table::Catalog> catalog, table::ObjectPath table) {
  return std::make_shared<MetastorePolicy>(std::move(catalog), std::move(table));
}

Result<bool> PartitionTimePassed(const FileSinkConfig& config, const std::string& partition, EventTime watermark) {
  if (watermark == EventTime::Min()) return false;
  const PartitionValues values = TRY(ParsePartitionPath(partition, config.partition_keys));
  int64_t time = TRY(config.commit.extractor.Extract(values));
  if (config.commit.watermark_zone != nullptr) time -= config.commit.watermark_zone->OffsetAtLocal((time - (time < 0 ? 999 : 0)) / 1000) * 1000LL;
  return watermark.ms > time + config.commit.delay_ms;
}

FileSink::FileSink(FileSinkConfig config) : config_(std::move(config)) {}

Result<std::unique_ptr<FileSink>> FileSink::Make(FileSinkConfig config) {
  for (const auto& key : config.partition_keys) {
    if (config.row_type.IndexOf(key) < 0) return Status::InvalidSql("partition key '" + key + "' is not a column of the table");
  }
  if (config.partition_keys.size() >= config.row_type.size()) return Status::InvalidSql("a table in files needs at least one column that is not a partition key");
  config.created_ms = WallClockMs();
  std::unique_ptr<FileSink> sink(new FileSink(std::move(config)));
  if (!sink->config_.streaming) sink->staging_ = std::string(kStagingPrefix) + RandomUuid();
  return sink;
}

types::ChangelogMode FileSink::AcceptedMode(const types::ChangelogMode&) const { return config_.format->changelog_mode(); }

Result<std::unique_ptr<table::SinkWriter>> FileSink::CreateWriter(const table::SubtaskContext& context) const {
  return std::unique_ptr<table::SinkWriter>(new FileSinkWriter(config_, context, staging_));
}

Result<std::unique_ptr<table::SinkCommitter>> FileSink::CreateCommitter(const table::SubtaskContext&) const {
  return std::unique_ptr<table::SinkCommitter>(new FileSinkCommitter(config_, Overwrite{overwrite_, static_partition_}, staging_));
}

Status FileSink::ApplyOverwrite(bool overwrite) {
  if (overwrite && config_.streaming) return Status::NotSupported("Streaming mode not support overwrite.");
  overwrite_ = overwrite;
  return Status::OK();
}

Status FileSink::ApplyStaticPartition(const std::map<std::string, std::string>& spec) {
  for (const auto& [key, value] : spec) {
    bool known = false;
    for (const auto& k : config_.partition_keys) known = known || k == key;
    if (!known) {
      const std::string closest = ClosestName(key, config_.partition_keys);
      Status s = Status::InvalidSql("'" + key + "' is not a partition key of the table").WithDetail("partition keys: [" + Join(config_.partition_keys, ", ") + "]");
      return closest.empty() ? s : std::move(s).WithHint("did you mean '" + closest + "'?");
    }
  }
  static_partition_ = spec;
  return Status::OK();
}

}  // namespace tarn::plug::files

namespace tarn::plug {
// A library of the connectors, not a plug with a name of its own.
Status Register_layout_files(table::Registry&) { return Status::OK(); }
}  // namespace tarn::plug
