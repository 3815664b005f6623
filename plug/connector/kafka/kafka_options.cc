#include "plug/connector/kafka/kafka_options.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::plug {
namespace kafka {
namespace {
using types::LogicalType;

Result<std::map<int32_t, int64_t>> Offsets(const std::string& key, const std::string& text) {
  std::map<int32_t, int64_t> out;
  for (const std::string& pair : Split(text, ';')) {
    if (Trim(pair).empty()) continue;
    std::optional<int64_t> partition, offset;
    for (const std::string& part : Split(pair, ',')) {
      std::vector<std::string> kv = Split(part, ':');
      if (kv.size() != 2) break;
      Result<int64_t> v = config::ParseInteger(Trim(kv[1]));
      if (!v.ok()) break;
      if (Trim(kv[0]) == "partition") partition = *v;
      if (Trim(kv[0]) == "offset") offset = *v;
    }
    if (!partition || !offset)
      return Status::InvalidSql("Invalid properties '" + key + "' should follow the format 'partition:0,offset:42;partition:1,offset:300', but is '" + text + "'.");
    out[static_cast<int32_t>(*partition)] = *offset;
  }
  return out;
}

Status NeedsOption(const std::string& key, const std::string& mode_key, const std::string& mode) {
  return Status::InvalidSql("'" + key + "' is required in '" + mode + "' mode of '" + mode_key + "' but missing.");
}
}  // namespace

std::vector<config::OptionSpec> KafkaOptionSpecs() {
  return {
      {"topic", "list", "", false, "topic to read or write; several for a source, separated by ';'", {}},
      {"topic-pattern", "string", "", false, "regular expression of topics to read, instead of 'topic'", {}},
      {"properties.bootstrap.servers", "string", "", true, "brokers, separated by commas", {}},
      {"properties.group.id", "string", "", false, "consumer group whose offsets are committed at checkpoints", {}},
      {"properties.*", "string", "", false, "passed to the Kafka client", {}},
      {"format", "string", "", false, "format of the value", {}},
      {"value.format", "string", "", false, "format of the value; the same as 'format'", {}},
      {"key.format", "string", "", false, "format of the key", {}},
      {"key.fields", "list", "", false, "columns of the key, separated by ';'", {}},
      {"key.fields-prefix", "string", "", false, "prefix of the key columns' names in the table", {}},
      {"value.fields-include", "enum", "ALL", false, "whether key columns are in the value too", {"ALL", "EXCEPT_KEY"}},
      {"scan.startup.mode", "enum", "group-offsets", false, "where to start", {"earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"}},
      {"scan.startup.specific-offsets", "string", "", false, "partition:0,offset:42;partition:1,offset:300", {}},
      {"scan.startup.timestamp-millis", "integer", "", false, "start at the first record of this time or later", {}},
      {"scan.bounded.mode", "enum", "unbounded", false, "where to end", {"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"}},
      {"scan.bounded.specific-offsets", "string", "", false, "partition:0,offset:42;partition:1,offset:300", {}},
      {"scan.bounded.timestamp-millis", "integer", "", false, "end before the first record of this time or later", {}},
      {"scan.topic-partition-discovery.interval", "duration", "5 min", false, "how often to look for new partitions; 0: never", {}},
      {"scan.watermark.idle-timeout", "duration", "", false, "a partition without records for so long holds no watermark back", {}},
      {"scan.parallelism", "integer", "", false, "parallelism of the source", {}},
      {"sink.partitioner", "string", "default", false, "default, fixed or round-robin", {}},
      {"sink.delivery-guarantee", "enum", "at-least-once", false, "guarantee of the sink", {"none", "at-least-once", "exactly-once"}},
      {"sink.semantic", "enum", "", false, "old name of sink.delivery-guarantee", {"none", "at-least-once", "exactly-once"}},
      {"sink.transactional-id-prefix", "string", "", false, "required with exactly-once", {}},
      {"sink.parallelism", "integer", "", false, "parallelism of the sink", {}},
  };
}

Result<KafkaOptions> ReadOptions(const table::TableContext& context, bool sink) {
  const config::OptionSet& o = context.table.options;
  KafkaOptions k;
  k.topics = TRY(o.GetList("topic"));
  k.topic_pattern = o.Get("topic-pattern", "");
  if (k.topics.empty() && k.topic_pattern.empty()) return Status::InvalidSql("Either 'topic' or 'topic-pattern' must be set.");
  if (!k.topics.empty() && !k.topic_pattern.empty()) return Status::InvalidSql("Option 'topic' and 'topic-pattern' shouldn't be set together.");
  if (sink && (k.topics.size() != 1 || !k.topic_pattern.empty())) return Status::NotSupported("a Kafka sink of several topics").WithHint("give one 'topic'");
  k.properties = o.WithPrefix("properties.");
  k.group_id = k.properties.Get("group.id", "");
  const std::string value_key = o.Has("value.format") ? "value.format" : "format";
  if (!o.Has(value_key)) return Status::InvalidSql("One or more required options are missing.\n\nMissing required options are:\n\nformat");
  k.value_format = TRY(context.registry->CreateFormat(o, value_key, context.time_zone));
  k.value_by_name = o.Get(value_key, "") != "csv" && o.Get(value_key, "") != "raw";
  k.key_prefix = o.Get("key.fields-prefix", "");
  std::vector<std::string> keys = TRY(o.GetList("key.fields"));
  bool except = o.Get("value.fields-include", "ALL") == "EXCEPT_KEY";
  if (!k.key_prefix.empty() && !except) return Status::InvalidSql("A key prefix is not allowed when option 'value.fields-include' is set to 'ALL'. Set it to 'EXCEPT_KEY' instead to avoid field overlaps.");
  if (o.Has("key.format")) {
    if (keys.empty()) return Status::InvalidSql("A key format 'key.format' requires the declaration of one or more of key fields using 'key.fields'.");
    k.key_format = TRY(context.registry->CreateFormat(o, "key.format", context.time_zone));
  } else if (!keys.empty()) {
    return Status::InvalidSql("The option 'key.fields' can only be declared if a key format is defined using 'key.format'.");
  }
  for (const std::string& name : keys) {
    int at = context.physical.IndexOf(name);
    if (at < 0) {
      std::string near = ClosestName(name, context.physical.names);
      return Status::InvalidSql("Could not find the field '" + name + "' in the table schema for usage in the key format.").WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    if (!name.starts_with(k.key_prefix)) return Status::InvalidSql("All fields in 'key.fields' must be prefixed with '" + k.key_prefix + "' when option 'key.fields-prefix' is set but field '" + name + "' is not prefixed.");
    k.key_columns.push_back(at);
  }
  for (int i = 0; i < static_cast<int>(context.physical.size()); ++i)
    if (!except || std::find(k.key_columns.begin(), k.key_columns.end(), i) == k.key_columns.end()) k.value_columns.push_back(i);

  std::string startup = o.Get("scan.startup.mode", "group-offsets");
  k.startup = startup == "earliest-offset" ? StartupMode::kEarliest : startup == "latest-offset" ? StartupMode::kLatest : startup == "timestamp" ? StartupMode::kTimestamp
              : startup == "specific-offsets" ? StartupMode::kSpecificOffsets : StartupMode::kGroupOffsets;
  if (k.startup == StartupMode::kTimestamp) {
    if (!o.Has("scan.startup.timestamp-millis")) return NeedsOption("scan.startup.timestamp-millis", "scan.startup.mode", startup);
    k.startup_timestamp_ms = TRY(o.GetInteger("scan.startup.timestamp-millis", 0));
  }
  if (k.startup == StartupMode::kSpecificOffsets) {
    if (!o.Has("scan.startup.specific-offsets")) return NeedsOption("scan.startup.specific-offsets", "scan.startup.mode", startup);
    k.startup_offsets = TRY(Offsets("scan.startup.specific-offsets", o.Get("scan.startup.specific-offsets", "")));
  }
  if (!sink && k.startup == StartupMode::kGroupOffsets && k.group_id.empty())
    return Status::InvalidSql("'properties.group.id' is required in 'group-offsets' mode of 'scan.startup.mode' but missing.").WithHint("or set 'scan.startup.mode' = 'earliest-offset'");
  std::string bounded = o.Get("scan.bounded.mode", "unbounded");
  k.bounded = bounded == "latest-offset" ? BoundedMode::kLatest : bounded == "group-offsets" ? BoundedMode::kGroupOffsets : bounded == "timestamp" ? BoundedMode::kTimestamp
              : bounded == "specific-offsets" ? BoundedMode::kSpecificOffsets : BoundedMode::kUnbounded;
  if (k.bounded == BoundedMode::kTimestamp) {
    if (!o.Has("scan.bounded.timestamp-millis")) return NeedsOption("scan.bounded.timestamp-millis", "scan.bounded.mode", bounded);
    k.bounded_timestamp_ms = TRY(o.GetInteger("scan.bounded.timestamp-millis", 0));
  }
  if (k.bounded == BoundedMode::kSpecificOffsets) {
    if (!o.Has("scan.bounded.specific-offsets")) return NeedsOption("scan.bounded.specific-offsets", "scan.bounded.mode", bounded);
    k.bounded_offsets = TRY(Offsets("scan.bounded.specific-offsets", o.Get("scan.bounded.specific-offsets", "")));
  }
  k.discovery_ms = TRY(o.GetDuration("scan.topic-partition-discovery.interval", config::Milliseconds(300'000))).count();
  k.partitioner = o.Get("sink.partitioner", "default");
  if (sink && k.partitioner != "default" && k.partitioner != "fixed" && k.partitioner != "round-robin")
    return Status::NotSupported("'sink.partitioner' = '" + k.partitioner + "': a partitioner class").WithHint("default, fixed or round-robin");
  std::string guarantee = o.Get("sink.delivery-guarantee", o.Get("sink.semantic", "at-least-once"));
  k.guarantee = guarantee == "none" ? Guarantee::kNone : guarantee == "exactly-once" ? Guarantee::kExactlyOnce : Guarantee::kAtLeastOnce;
  k.transactional_id_prefix = o.Get("sink.transactional-id-prefix", "");
  if (sink && k.guarantee == Guarantee::kExactlyOnce && k.transactional_id_prefix.empty())
    return Status::InvalidSql("sink.transactional-id-prefix must be specified when using DeliveryGuarantee.EXACTLY_ONCE.");
  k.sink_parallelism = static_cast<int>(TRY(o.GetInteger("sink.parallelism", -1)));
  return k;
}

namespace {
class KafkaFactory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "kafka"; }
  std::vector<config::OptionSpec> options() const override { return KafkaOptionSpecs(); }
  bool can_read() const override { return true; }
  bool can_write() const override { return true; }
  std::vector<Metadata> metadata(const table::TableContext&) const override {
    LogicalType bytes = LogicalType::Bytes(), text = LogicalType::String().NotNull();
    return {
        {"topic", text, true, true},
        {"partition", LogicalType::Int().NotNull(), true, false},
        {"headers", LogicalType::Map(text, bytes).NotNull(), true, true},
        {"leader-epoch", LogicalType::Int(), true, false},
        {"offset", LogicalType::BigInt().NotNull(), true, false},
        {"timestamp", LogicalType::TimestampLtz(3).NotNull(), true, true},
        {"timestamp-type", text, true, false},
    };
  }
  Result<std::unique_ptr<table::Source>> CreateSource(const table::TableContext& context) const override {
    return MakeSource(context, TRY(ReadOptions(context, false)));
  }
  Result<std::unique_ptr<table::Sink>> CreateSink(const table::TableContext& context) const override {
    return MakeSink(context, TRY(ReadOptions(context, true)));
  }
};
}  // namespace
}  // namespace kafka

Status Register_connector_kafka(table::Registry& registry) { return registry.Add(std::make_unique<kafka::KafkaFactory>()); }

}  // namespace tarn::plug
