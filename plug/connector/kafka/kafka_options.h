// The options of a Kafka table, read once. Names and meaning: Flink's Kafka SQL connector 3.4.
// Threads: values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "table/registry.h"

namespace tarn::plug::kafka {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
  std::string ToString() const { return topic + "-" + std::to_string(partition); }
};

enum class StartupMode { kEarliest, kLatest, kGroupOffsets, kTimestamp, kSpecificOffsets };
enum class BoundedMode { kUnbounded, kLatest, kGroupOffsets, kTimestamp, kSpecificOffsets };
enum class Guarantee { kNone, kAtLeastOnce, kExactlyOnce };

struct KafkaOptions {
  std::vector<std::string> topics;
  std::string topic_pattern;
  config::OptionSet properties;
  std::string group_id;
  StartupMode startup = StartupMode::kGroupOffsets;
  std::map<int32_t, int64_t> startup_offsets;      // partition -> offset
  int64_t startup_timestamp_ms = 0;
  BoundedMode bounded = BoundedMode::kUnbounded;
  std::map<int32_t, int64_t> bounded_offsets;
  int64_t bounded_timestamp_ms = 0;
  int64_t discovery_ms = 300'000;
  std::vector<int> key_columns, value_columns;     // physical columns, in order
  std::shared_ptr<const table::Format> key_format, value_format;
  bool value_by_name = true;                       // false: fields are found by position, so all must be decoded (csv, raw)
  std::string key_prefix;
  std::string partitioner = "default";
  Guarantee guarantee = Guarantee::kAtLeastOnce;
  std::string transactional_id_prefix;
  int sink_parallelism = -1;
};

std::vector<config::OptionSpec> KafkaOptionSpecs();
Result<KafkaOptions> ReadOptions(const table::TableContext& context, bool sink);

Result<std::unique_ptr<table::Source>> MakeSource(const table::TableContext& context, KafkaOptions options);
Result<std::unique_ptr<table::Sink>> MakeSink(const table::TableContext& context, KafkaOptions options);

}  // namespace tarn::plug::kafka
