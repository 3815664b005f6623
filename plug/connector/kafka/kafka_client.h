// librdkafka's handles with owners, and Flink's `properties.*` as librdkafka's configuration.
// Threads: a handle belongs to the task that made it; librdkafka's own threads stay inside.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "config/options.h"

namespace tarn::plug::kafka {

struct Destroy {
  void operator()(rd_kafka_t* k) const;
  void operator()(rd_kafka_topic_t* t) const { rd_kafka_topic_destroy(t); }
  void operator()(rd_kafka_queue_t* q) const { rd_kafka_queue_destroy(q); }
  void operator()(rd_kafka_conf_t* c) const { rd_kafka_conf_destroy(c); }
  void operator()(rd_kafka_topic_partition_list_t* l) const { rd_kafka_topic_partition_list_destroy(l); }
  void operator()(rd_kafka_message_t* m) const { rd_kafka_message_destroy(m); }
  void operator()(rd_kafka_error_t* e) const { rd_kafka_error_destroy(e); }
  void operator()(rd_kafka_consumer_group_metadata_t* m) const { rd_kafka_consumer_group_metadata_destroy(m); }
};
template <typename T> using Owned = std::unique_ptr<T, Destroy>;
using Handle = Owned<rd_kafka_t>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t>;

// Java's client properties (prefix removed) as librdkafka's; keys that only the Java client has are left out and logged once.
// kInvalidSql: a value that librdkafka refuses.
Result<Owned<rd_kafka_conf_t>> MakeConf(const config::OptionSet& properties, const std::map<std::string, std::string>& overrides);
Result<Handle> MakeHandle(rd_kafka_type_t type, Owned<rd_kafka_conf_t> conf);

// kUnavailable (the broker is away), kDenied, kNotFound (unknown topic), else kInternal; the text says what was tried.
Status KafkaError(rd_kafka_resp_err_t code, const std::string& what);
Status KafkaError(rd_kafka_error_t* error, const std::string& what);   // destroys the error; null: OK

// rd_kafka_committed, asked again while the group's coordinator starts: right after a broker did, each answers "not coordinator".
Status ReadCommitted(rd_kafka_t* k, rd_kafka_topic_partition_list_t* list, const std::string& what);
// Partitions of a topic. kNotFound: no such topic.
Result<std::vector<int32_t>> PartitionsOf(rd_kafka_t* k, const std::string& topic, int timeout_ms);
// All topics that match a (Java) regular expression entirely.
Result<std::vector<std::string>> TopicsMatching(rd_kafka_t* k, const std::string& pattern, int timeout_ms);

inline constexpr int kRequestTimeoutMs = 30'000;

}  // namespace tarn::plug::kafka
