#include "plug/connector/kafka/kafka_client.h"

#include <algorithm>
#include <regex>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/text.h"

namespace tarn::plug::kafka {
namespace {
// Properties of the Java client that have another name, or none, in librdkafka.
const std::map<std::string, std::string>& Renamed() {
  static const std::map<std::string, std::string> kNames = {
      {"fetch.max.wait.ms", "fetch.wait.max.ms"}, {"buffer.memory", ""}, {"max.poll.records", ""}, {"key.deserializer", ""}, {"value.deserializer", ""},
      {"key.serializer", ""}, {"value.serializer", ""}, {"enable.auto.commit", ""}, {"auto.offset.reset", ""}, {"max.block.ms", ""}, {"partitioner.class", ""},
      {"request.timeout.ms", "socket.timeout.ms"}, {"default.api.timeout.ms", ""}, {"max.request.size", "message.max.bytes"},
      {"max.partition.fetch.bytes", "max.partition.fetch.bytes"}, {"ssl.truststore.location", ""}, {"ssl.truststore.password", ""}, {"ssl.truststore.type", ""},
      {"ssl.keystore.type", ""}, {"sasl.jaas.config", ""}, {"interceptor.classes", ""}, {"metric.reporters", ""}, {"flink.partition-discovery.interval-millis", ""},
      {"partition.discovery.interval.ms", ""}, {"client.id.prefix", ""}, {"commit.offsets.on.checkpoint", ""}, {"register.consumer.metrics", ""},
      {"session.timeout.ms", "session.timeout.ms"}, {"ssl.endpoint.identification.algorithm", "ssl.endpoint.identification.algorithm"},
  };
  return kNames;
}

Status Put(rd_kafka_conf_t* conf, const std::string& key, const std::string& value, bool lenient) {
  char error[512];
  switch (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), error, sizeof(error))) {
    case RD_KAFKA_CONF_OK: return Status::OK();
    case RD_KAFKA_CONF_UNKNOWN:
      if (lenient) {
        LogWarn("kafka: property \"{}\" is of the Java client only and has no effect", key);
        return Status::OK();
      }
      return Status::InvalidSql("Kafka property \"" + key + "\" is unknown").WithDetail(error);
    default:
      if (NamesSecret(key)) return Status::InvalidSql("Kafka property \"" + key + "\" can't have its value");   // which is not to be shown
      return Status::InvalidSql("Kafka property \"" + key + "\" can't be \"" + value + "\"").WithDetail(error);
  }
}

// org...PlainLoginModule required username="u" password="p";
Status Jaas(rd_kafka_conf_t* conf, const std::string& text) {
  std::smatch m;
  static const std::regex user(R"(username\s*=\s*["']([^"']*)["'])"), password(R"(password\s*=\s*["']([^"']*)["'])");
  if (std::regex_search(text, m, user)) TRY(Put(conf, "sasl.username", m[1], false));
  if (std::regex_search(text, m, password)) TRY(Put(conf, "sasl.password", m[1], false));
  return Status::OK();
}

void Log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (level <= 3) LogWarn("kafka: {} {}", facility, text);
  else LogDebug("kafka: {} {}", facility, text);
}
}  // namespace

void Destroy::operator()(rd_kafka_t* k) const { rd_kafka_destroy(k); }

Result<Owned<rd_kafka_conf_t>> MakeConf(const config::OptionSet& properties, const std::map<std::string, std::string>& overrides) {
  Owned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), Log);
  for (const auto& [k, v] : properties.values()) {
    if (k == "sasl.jaas.config") TRY(Jaas(conf.get(), v));
    auto renamed = Renamed().find(k);
    std::string name = renamed == Renamed().end() ? k : renamed->second;
    if (name.empty()) continue;
    std::string value = v;
    if (name == "ssl.endpoint.identification.algorithm" && value.empty()) value = "none";
    TRY(Put(conf.get(), name, value, true));
  }
  for (const auto& [k, v] : overrides) TRY(Put(conf.get(), k, v, false));
  return conf;
}

Result<Handle> MakeHandle(rd_kafka_type_t type, Owned<rd_kafka_conf_t> conf) {
  char error[512];
  rd_kafka_t* k = rd_kafka_new(type, conf.get(), error, sizeof(error));
  if (!k) return Status::InvalidSql("the Kafka client refuses its properties").WithDetail(error);
  (void)conf.release();   // the handle owns it now
  return Handle(k);
}

Status KafkaError(rd_kafka_resp_err_t code, const std::string& what) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::OK();
  std::string text = what + ": " + rd_kafka_err2str(code);
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR: return Status::Unavailable(text).WithHint("does the broker run, and is properties.bootstrap.servers right?");
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return Status::NotFound(text);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION: return Status::Denied(text);
    default: return Status::Internal(text);
  }
}

Status KafkaError(rd_kafka_error_t* error, const std::string& what) {
  if (!error) return Status::OK();
  Owned<rd_kafka_error_t> owned(error);
  Status s = KafkaError(rd_kafka_error_code(error), what);
  if (rd_kafka_error_is_retriable(error)) return Status::Unavailable(s.message()).WithDetail(rd_kafka_error_string(error));
  return std::move(s).WithDetail(rd_kafka_error_string(error));
}

Status ReadCommitted(rd_kafka_t* k, rd_kafka_topic_partition_list_t* list, const std::string& what) {
  constexpr int kPauseMs = 100;
  const int64_t end = MonotonicMs() + kRequestTimeoutMs;
  for (;;) {
    const rd_kafka_resp_err_t code = rd_kafka_committed(k, list, kRequestTimeoutMs);
    const bool starting = code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    if (!starting || MonotonicMs() >= end) return KafkaError(code, what);
    std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMs));
  }
}

Result<std::vector<int32_t>> PartitionsOf(rd_kafka_t* k, const std::string& topic, int timeout_ms) {
  Owned<rd_kafka_topic_t> t(rd_kafka_topic_new(k, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* md = nullptr;
  TRY(KafkaError(rd_kafka_metadata(k, 0, t.get(), &md, timeout_ms), "topic \"" + topic + "\""));
  std::vector<int32_t> out;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (md->topic_cnt > 0) {
    error = md->topics[0].err;
    for (int i = 0; i < md->topics[0].partition_cnt; ++i) out.push_back(md->topics[0].partitions[i].id);
  }
  rd_kafka_metadata_destroy(md);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(error, "topic \"" + topic + "\"");
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<std::string>> TopicsMatching(rd_kafka_t* k, const std::string& pattern, int timeout_ms) {
  std::vector<std::string> out;
  const rd_kafka_metadata_t* md = nullptr;
  TRY(KafkaError(rd_kafka_metadata(k, 1, nullptr, &md, timeout_ms), "list of topics"));
  try {
    std::regex re(pattern);
    for (int i = 0; i < md->topic_cnt; ++i) if (std::regex_match(md->topics[i].topic, re)) out.emplace_back(md->topics[i].topic);
  } catch (const std::regex_error& e) {
    rd_kafka_metadata_destroy(md);
    return Status::InvalidSql("'topic-pattern' = '" + pattern + "' is no regular expression").WithDetail(e.what());
  }
  rd_kafka_metadata_destroy(md);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace tarn::plug::kafka
