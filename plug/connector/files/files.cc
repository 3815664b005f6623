// connector 'filesystem': a table in a directory. Options here; reading and writing in plug/layout/files.
#include "plug/layout/files/file_sink.h"
#include "plug/layout/files/file_source.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

Result<std::shared_ptr<const table::Format>> MakeFormat(const table::TableContext& c) {
  return std::shared_ptr<const table::Format>(TRY(c.registry->CreateFormat(c.table.options, "format", c.time_zone)));
}

class Factory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "filesystem"; }
  std::vector<config::OptionSpec> options() const override {
    std::vector<config::OptionSpec> specs = {
        {"path", "string", "", true, "the table's directory; for a source also a file"},
        {"format", "string", "", true, "format of the files"},
        {"source.monitor-interval", "duration", "", false, "makes the source unbounded: how often to look for new files"},
        {"source.path.regex-pattern", "string", "", false, "only files whose absolute path matches are read"},
        {"source.report-statistics", "enum", "ALL", false, "accepted, without effect", {"ALL", "NONE"}},
        {"partition.default-name", "string", "__DEFAULT_PARTITION__", false, "directory of NULL and empty partition values"}};
    for (auto& spec : files::FileSinkOptions()) specs.push_back(std::move(spec));
    return specs;
  }
  std::vector<Metadata> metadata(const table::TableContext&) const override { return files::FileMetadata(); }
  bool can_read() const override { return true; }
  bool can_write() const override { return true; }

  Result<std::unique_ptr<table::Source>> CreateSource(const table::TableContext& c) const override {
    const config::OptionSet& o = c.table.options;
    files::FileSourceConfig config;
    config.format = TRY(MakeFormat(c));
    config.physical = c.physical;
    config.partition_keys = c.table.partition_keys;
    config.default_partition = o.Get("partition.default-name", "__DEFAULT_PARTITION__");
    for (const auto& m : c.metadata) config.metadata.emplace_back(m.name, m.metadata_name());
    if (o.Has("source.monitor-interval")) {
      const int64_t ms = TRY(o.GetDuration("source.monitor-interval", config::Milliseconds(0))).count();
      if (ms <= 0) return Status::InvalidSql("Invalid value for option 'source.monitor-interval'.").WithDetail("must be positive");
      config.monitor_ms = ms;
    }
    const std::string location = TRY(files::LocalPath(TRY(o.Require("path"))));
    config.list = TRY(files::MakeDirectoryLister(location, config.partition_keys, o.Get("source.path.regex-pattern", ""), config.monitor_ms.has_value()));
    config.description = "FileSystemTableSource";
    config.time_zone = c.time_zone;
    return std::unique_ptr<table::Source>(TRY(files::FileSource::Make(std::move(config))));
  }

  Result<std::unique_ptr<table::Sink>> CreateSink(const table::TableContext& c) const override {
    const config::OptionSet& o = c.table.options;
    files::FileSinkConfig config;
    config.location = TRY(files::LocalPath(TRY(o.Require("path"))));
    config.format = TRY(MakeFormat(c));
    config.row_type = c.physical;
    config.partition_keys = c.table.partition_keys;
    config.default_partition = o.Get("partition.default-name", "__DEFAULT_PARTITION__");
    config.streaming = c.streaming;
    config.description = "FileSystemTableSink";
    auto metastore = [&c]() -> Result<std::shared_ptr<const files::CommitPolicy>> {
      // Only the in-memory catalog keeps partitions of such tables; a Hive catalog keeps those of its own tables (connector 'hive').
      if (c.catalog && c.catalog->type() == "generic_in_memory" && !c.table.partition_keys.empty()) {
        return files::MakeMetastorePolicy(c.catalog, {c.path.database, c.path.name});
      }
      return Status::InvalidSql("Can not configure a 'metastore' partition commit policy for a file system table. You can only configure 'metastore' partition commit policy for a hive table.");
    };
    TRY(files::ReadFileSinkOptions(o, "", metastore, &config));
    return std::unique_ptr<table::Sink>(TRY(files::FileSink::Make(std::move(config))));
  }
};

}  // namespace

Status Register_connector_files(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
