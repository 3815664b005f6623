// connector 'hive': a Hive table's files. Batch and streaming read, streaming and batch write.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "plug/layout/files/directory.h"
#include "plug/layout/files/file_sink.h"
#include "plug/layout/files/file_source.h"
#include "plug/layout/files/partition_time.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

constexpr char kDefaultPartition[] = "__HIVE_DEFAULT_PARTITION__";

// The table's format out of its storage (as table::Catalog::TableStorage tells it) and its properties.
Result<std::shared_ptr<const table::Format>> MakeFormat(const table::TableContext& c, const config::OptionSet& storage) {
  std::string kind = storage.Get("format", "");
  config::OptionSet options;
  std::string factory = kind;
  if (kind == "parquet") {
    options = c.table.options.WithPrefix("parquet.");
    // As Flink does beside Hive 3: a TIMESTAMP is stored as it reads, without a zone.
    if (!options.Has("utc-timezone")) options.Set("utc-timezone", "true");
  } else if (kind == "text") {
    factory = "csv";
    std::string delimiter = storage.Get("serde.field.delim", storage.Get("serde.serialization.format", "1"));
    options.Set("field-delimiter", delimiter == "1" ? "\x01" : delimiter);
    options.Set("disable-quote-character", "true");
    options.Set("null-literal", storage.Get("serde.serialization.null.format", "\\N"));
    options.Set("array-element-delimiter", storage.Get("serde.collection.delim", "\x02"));
    if (auto escape = storage.Find("serde.escape.delim")) options.Set("escape-character", *escape);
  } else if (kind != "json") {
    return Status::NotSupported("Hive table \"" + c.path.ToString() + "\" stored as " + (kind.empty() ? storage.Get("input-format", "?") : kind))
        .WithHint("Tarn reads and writes parquet, textfile and jsonfile");
  }
  const table::FormatFactory* f = TRY(c.registry->FindFormat(factory));
  return std::shared_ptr<const table::Format>(TRY(f->Create(options, c.time_zone)));
}

Result<config::OptionSet> StorageOf(const table::TableContext& c) {
  if (!c.catalog || c.catalog->type() != "hive")
    return Status::InvalidSql("connector 'hive' needs a table in a catalog of type 'hive', but " + c.path.Quoted() + " is not").WithHint("CREATE CATALOG h WITH ('type' = 'hive'); USE CATALOG h");
  config::OptionSet storage = TRY(c.catalog->TableStorage({c.path.database, c.path.name}));
  if (storage.Get("location", "").empty()) return Status::InvalidSql("Hive table " + c.path.Quoted() + " has no location");
  return storage;
}

// Files of a table that has partitions: those that the metastore knows, each with its own location.
files::FileLister PartitionLister(std::shared_ptr<table::Catalog> catalog, table::ObjectPath path, std::vector<std::string> keys) {
  return [catalog = std::move(catalog), path = std::move(path), keys = std::move(keys)]() -> Result<std::vector<files::FileEntry>> {
    std::vector<files::FileEntry> out;
    for (const table::CatalogPartition& p : TRY(catalog->ListPartitions(path, {}))) {
      files::PartitionValues values;
      for (const std::string& k : keys) {
        auto it = p.spec.find(k);
        values.emplace_back(k, it == p.spec.end() ? "" : it->second);
      }
      std::string directory = TRY(files::LocalPath(p.location));
      if (files::Exists(directory)) TRY(files::ListFiles(directory, values, &out));   // a partition without its directory is empty
    }
    return out;
  };
}

// What is read first ('streaming-source.partition-order'), and what is not read at all ('...consume-start-offset'). As in Flink, the
// time of creation is a file's modification, a start is a wall clock time read as UTC, and a table without partitions goes by creation.
struct StreamingOrder {
  enum class By { kName, kCreation, kTime };
  By by = By::kName;
  files::PartitionTimeExtractor extractor;
  std::string start_name;
  int64_t start_ms = std::numeric_limits<int64_t>::min();
};

Result<StreamingOrder> ReadStreamingOrder(const config::OptionSet& o, bool partitioned) {
  StreamingOrder out;
  const std::string order = o.Get("streaming-source.partition-order", o.Get("streaming-source.consume-order", "partition-name"));
  if (order == "partition-time") {
    if (!partitioned) return Status::InvalidSql("'streaming-source.partition-order' = 'partition-time' for a table without partitions");
    if (o.Get("partition.time-extractor.kind", "default") == "custom") return Status::NotSupported("'partition.time-extractor.kind' = 'custom'");
    out.by = StreamingOrder::By::kTime;
    out.extractor = {o.Get("partition.time-extractor.timestamp-pattern", ""), o.Get("partition.time-extractor.timestamp-formatter", "")};
  } else if (order == "create-time" || (order == "partition-name" && !partitioned)) {
    out.by = StreamingOrder::By::kCreation;
  } else if (order != "partition-name") {
    return Status::InvalidSql("Invalid value for option 'streaming-source.partition-order'.").WithDetail("'" + order + "' is none of create-time, partition-time, partition-name");
  }
  const std::string start = o.Get("streaming-source.consume-start-offset", "");
  if (out.by == StreamingOrder::By::kName) {
    out.start_name = start;
  } else if (!start.empty()) {
    auto parsed = files::PartitionTimeExtractor{}.Extract({{"start", start}});
    if (!parsed.ok()) return Status::InvalidSql("Invalid value for option 'streaming-source.consume-start-offset'.").WithDetail("'" + start + "' is no yyyy-MM-dd[ HH:mm:ss]");
    out.start_ms = *parsed;
  }
  return out;
}

files::FileLister InStreamingOrder(files::FileLister list, StreamingOrder order) {
  return [list = std::move(list), order = std::move(order)]() -> Result<std::vector<files::FileEntry>> {
    struct Keyed {
      std::string name;
      int64_t time = 0;
      files::FileEntry file;
    };
    std::vector<Keyed> wanted;
    for (files::FileEntry& f : TRY(list())) {
      Keyed k;
      if (order.by == StreamingOrder::By::kName) k.name = files::PartitionPath(f.partition);
      else k.time = order.by == StreamingOrder::By::kTime ? TRY(order.extractor.Extract(f.partition)) : f.mtime_ms;
      if (k.name < order.start_name || k.time < order.start_ms) continue;
      k.file = std::move(f);
      wanted.push_back(std::move(k));
    }
    std::stable_sort(wanted.begin(), wanted.end(), [](const Keyed& a, const Keyed& b) {
      if (a.name != b.name) return a.name < b.name;
      return a.time != b.time ? a.time < b.time : a.file.mtime_ms < b.file.mtime_ms;
    });
    std::vector<files::FileEntry> out;
    for (Keyed& k : wanted) out.push_back(std::move(k.file));
    return out;
  };
}

class Factory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "hive"; }
  std::vector<config::OptionSpec> options() const override {
    std::vector<config::OptionSpec> specs = {
        {"streaming-source.enable", "boolean", "false", false, "read as an unbounded stream: new partitions, or new files", {}},
        {"streaming-source.monitor-interval", "duration", "1 min", false, "how often to look for what is new", {}},
        {"streaming-source.partition.include", "enum", "all", false, "latest only serves a lookup join", {"all", "latest"}},
        {"streaming-source.partition-order", "enum", "partition-name", false, "order of partitions", {"create-time", "partition-time", "partition-name"}},
        {"streaming-source.consume-order", "enum", "", false, "the older name of streaming-source.partition-order", {"create-time", "partition-time", "partition-name"}},
        {"streaming-source.consume-start-offset", "string", "", false, "where to start: a partition (a=1/b=2) or, with the orders by time, yyyy-MM-dd[ HH:mm:ss]", {}},
        {"*", "string", "", false, "any property of the Hive table", {}},
    };
    for (auto& s : files::FileSinkOptions()) specs.push_back(std::move(s));
    return specs;
  }
  std::vector<Metadata> metadata(const table::TableContext&) const override { return {}; }
  bool can_read() const override { return true; }
  bool can_write() const override { return true; }

  Result<std::unique_ptr<table::Source>> CreateSource(const table::TableContext& c) const override {
    const config::OptionSet& o = c.table.options;
    config::OptionSet storage = TRY(StorageOf(c));
    files::FileSourceConfig config;
    config.format = TRY(MakeFormat(c, storage));
    config.physical = c.physical;
    config.partition_keys = c.table.partition_keys;
    config.default_partition = kDefaultPartition;
    config.time_zone = c.time_zone;
    config.description = "HiveSource";
    bool streaming = TRY(o.GetBoolean("streaming-source.enable", false)) && c.streaming;
    if (streaming) {
      if (o.Get("streaming-source.partition.include", "all") != "all") return Status::NotSupported("'streaming-source.partition.include' = 'latest' (lookup joins)");
      config.monitor_ms = TRY(o.GetDuration("streaming-source.monitor-interval", config::Milliseconds(60'000))).count();
      if (*config.monitor_ms <= 0) return Status::InvalidSql("Invalid value for option 'streaming-source.monitor-interval'.").WithDetail("must be positive");
    }
    if (c.table.partition_keys.empty()) {
      config.list = TRY(files::MakeDirectoryLister(TRY(files::LocalPath(storage.Get("location", ""))), {}, "", true));
    } else {
      config.list = PartitionLister(c.catalog, {c.path.database, c.path.name}, c.table.partition_keys);
    }
    if (streaming) {
      config.list = InStreamingOrder(std::move(config.list), TRY(ReadStreamingOrder(o, !c.table.partition_keys.empty())));
      config.listed_in_order = true;
    }
    return std::unique_ptr<table::Source>(TRY(files::FileSource::Make(std::move(config))));
  }

  Result<std::unique_ptr<table::Sink>> CreateSink(const table::TableContext& c) const override {
    config::OptionSet storage = TRY(StorageOf(c));
    files::FileSinkConfig config;
    config.location = TRY(files::LocalPath(storage.Get("location", "")));
    config.format = TRY(MakeFormat(c, storage));
    config.row_type = c.physical;
    config.partition_keys = c.table.partition_keys;
    config.default_partition = kDefaultPartition;
    config.streaming = c.streaming;
    config.file_suffix = storage.Get("format", "") == "parquet" ? ".parquet" : "";   // so that tools know the files; Flink's have none
    config.description = "HiveTableSink";
    auto metastore = [&c]() -> Result<std::shared_ptr<const files::CommitPolicy>> {
      if (c.table.partition_keys.empty()) return std::shared_ptr<const files::CommitPolicy>();
      return files::MakeMetastorePolicy(c.catalog, {c.path.database, c.path.name});
    };
    TRY(files::ReadFileSinkOptions(c.table.options, "metastore,success-file", metastore, &config));
    std::erase_if(config.commit.policies, [](const auto& p) { return p == nullptr; });
    if (!c.streaming) {   // as Flink's batch sink: partitions are registered, whatever the policies for streams say
      config.commit.policies.clear();
      if (!c.table.partition_keys.empty()) config.commit.policies.push_back(TRY(metastore()));
    }
    return std::unique_ptr<table::Sink>(TRY(files::FileSink::Make(std::move(config))));
  }
};

}  // namespace

Status Register_connector_hive(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
