// Reading topics. A split is a partition; its state is "next offset, end offset". Each reader finds its own partitions.
#include <arrow/builder.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "batch/batch_size.h"
#include "plug/connector/kafka/kafka_client.h"
#include "plug/connector/kafka/kafka_options.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::kafka {
namespace {
using table::SourceEvent;
using table::SplitState;

constexpr int64_t kNoEnd = INT64_MAX;
constexpr int kStateVersion = 1;
constexpr int64_t kMarkerWaitMs = 1000;   // for the end of a transaction that was committed just now

struct Partition {
  TopicPartition tp;
  int64_t next = 0;        // offset of the next record to give out
  int64_t end = kNoEnd;    // exclusive
  bool ended = false;
};

// "1 topic partition next end", tab-separated: docs/format/kafka-split.md.
std::string Encode(const Partition& p) {
  return std::to_string(kStateVersion) + "\t" + p.tp.topic + "\t" + std::to_string(p.tp.partition) + "\t" + std::to_string(p.next) + "\t" + std::to_string(p.end);
}
Result<Partition> Decode(const std::string& bytes) {
  std::vector<std::string> f = Split(bytes, '\t');
  if (f.size() != 5 || f[0] != "1") return Status::Corrupt("the state of a Kafka partition is not of version 1");
  Partition p;
  p.tp = {f[1], static_cast<int32_t>(TRY(config::ParseInteger(f[2])))};
  p.next = TRY(config::ParseInteger(f[3]));
  p.end = TRY(config::ParseInteger(f[4]));
  return p;
}

class KafkaReader final : public table::SourceReader {
 public:
  KafkaReader(const KafkaOptions& o, RowType row, std::vector<std::string> metadata, std::vector<int> projection, const RowType& physical, table::SubtaskContext c)
      : o_(o), row_(std::move(row)), metadata_(std::move(metadata)), projection_(std::move(projection)), physical_(physical), context_(std::move(c)) {}
  ~KafkaReader() override {
    queue_.reset();
    if (consumer_) rd_kafka_consumer_close(consumer_.get());
  }

  Status Open(const std::optional<std::vector<SplitState>>& restored) override {
    std::map<std::string, std::string> own = {
        {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"enable.partition.eof", "true"}, {"auto.offset.reset", "error"},
        {"queued.min.messages", "400000"}, {"queued.max.messages.kbytes", "98304"}, {"check.crcs", "false"},
    };
    if (!o_.properties.Has("isolation.level")) own["isolation.level"] = "read_uncommitted";   // the Java client's default
    if (!o_.properties.Has("fetch.max.wait.ms")) own["fetch.wait.max.ms"] = "50";
    if (!o_.properties.Has("group.id")) own["group.id"] = "KafkaSource-" + std::to_string(std::hash<std::string>{}(context_.operator_name + context_.job_id));
    consumer_ = TRY(MakeHandle(RD_KAFKA_CONSUMER, TRY(MakeConf(o_.properties, own))));
    rd_kafka_poll_set_consumer(consumer_.get());
    queue_.reset(rd_kafka_queue_get_consumer(consumer_.get()));
    TRY(MakeDecoders());
    bool fresh = !restored.has_value();
    if (restored) {
      for (const SplitState& s : *restored) {
        Partition p = TRY(kafka::Decode(s.bytes));
        if (Mine(p.tp)) parts_.push_back(std::move(p));
        else known_elsewhere_.push_back(p.tp);
      }
    }
    TRY(Discover(fresh));
    next_discovery_ms_ = MonotonicMs() + o_.discovery_ms;
    return Status::OK();
  }

  Result<SourceEvent> Poll(std::chrono::milliseconds wait) override {
    if (!ready_.empty()) return GiveOut();
    if (bounded() && std::all_of(parts_.begin(), parts_.end(), [](const Partition& p) { return p.ended; })) return SourceEvent{SourceEvent::Kind::kEnd, 0, {}};
    if (o_.discovery_ms > 0 && !bounded() && MonotonicMs() >= next_discovery_ms_) {
      next_discovery_ms_ = MonotonicMs() + o_.discovery_ms;
      Status s = Discover(false);
      if (!s.ok()) LogWarn("kafka: looking for new partitions failed: {}", s.ToString());
    }
    TRY(Fetch(wait));
    if (!ready_.empty()) return GiveOut();
    return SourceEvent{all_at_end_ ? SourceEvent::Kind::kIdleSplits : SourceEvent::Kind::kNothing, 0, {}};
  }

  Result<std::vector<SplitState>> Snapshot(CheckpointId id) override {
    std::vector<SplitState> out;
    std::vector<std::pair<TopicPartition, int64_t>> offsets;
    for (const Partition& p : parts_) {
      Partition q = p;
      for (const Ready& r : ready_) if (&parts_[r.part] == &p) { q.next = r.before; break; }   // decoded but not given out yet
      out.push_back({q.tp.ToString(), kafka::Encode(q)});
      offsets.emplace_back(q.tp, q.next);
    }
    if (!o_.group_id.empty()) to_commit_[id] = std::move(offsets);
    return out;
  }

  Status OnCheckpointComplete(CheckpointId id) override {
    auto it = to_commit_.find(id);
    if (it == to_commit_.end()) return Status::OK();
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(it->second.size())));
    for (const auto& [tp, offset] : it->second)
      if (offset >= 0) rd_kafka_topic_partition_list_add(list.get(), tp.topic.c_str(), tp.partition)->offset = offset;
    // For the eyes of others only: a restart goes on from the checkpoint. So a failure is worth a line in the log, no more.
    rd_kafka_resp_err_t e = rd_kafka_commit(consumer_.get(), list.get(), 1);
    if (e != RD_KAFKA_RESP_ERR_NO_ERROR) LogWarn("kafka: committing offsets to group \"{}\" failed: {}", o_.group_id, rd_kafka_err2str(e));
    to_commit_.erase(to_commit_.begin(), std::next(it));
    return Status::OK();
  }

  int open_splits() const override {
    return static_cast<int>(std::count_if(parts_.begin(), parts_.end(), [](const Partition& p) { return !p.ended; }));
  }

  // Before Open has come so far there are no decoders.
  int64_t skipped_rows() const override { return (value_decoder_ ? value_decoder_->skipped() : 0) + (key_decoder_ ? key_decoder_->skipped() : 0); }
  int64_t lag_rows() const override {
    int64_t lag = 0;
    for (const Partition& p : parts_) {
      int64_t low = 0, high = 0;
      if (rd_kafka_get_watermark_offsets(consumer_.get(), p.tp.topic.c_str(), p.tp.partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR && high > p.next) lag += high - p.next;
    }
    return lag;
  }

 private:
  struct Ready {
    size_t part;
    Batch batch;
    int64_t before, after;   // offsets
    bool end = false;        // the partition's end, no rows
  };

  bool bounded() const { return o_.bounded != BoundedMode::kUnbounded; }
  bool Mine(const TopicPartition& tp) const {
    size_t start = (std::hash<std::string>{}(tp.topic) * 31 & 0x7fffffff) % static_cast<size_t>(context_.parallelism);
    return static_cast<int>((start + static_cast<size_t>(tp.partition)) % static_cast<size_t>(context_.parallelism)) == context_.subtask;
  }

  Status MakeDecoders() {
    RowType value, key;
    // Decode only what is asked for, where fields are found by name.
    auto wanted = [&](int c) { return std::find(projection_.begin(), projection_.end(), c) != projection_.end(); };
    for (int c : o_.value_columns) {
      if (o_.value_by_name && !wanted(c)) continue;
      value.Add(physical_.names[c], physical_.types[c]);
      value_places_.push_back(wanted(c) ? c : -1);
    }
    value_decoder_ = TRY(o_.value_format->CreateDecoder(value));
    if (o_.key_format) {
      for (int c : o_.key_columns) {
        key.Add(physical_.names[c].substr(o_.key_prefix.size()), physical_.types[c]);
        bool in_value = std::find(o_.value_columns.begin(), o_.value_columns.end(), c) != o_.value_columns.end();
        key_places_.push_back(wanted(c) && !in_value ? c : -1);
      }
      key_decoder_ = TRY(o_.key_format->CreateDecoder(key));
    }
    return Status::OK();
  }

  Status Discover(bool fresh) {
    std::vector<std::string> topics = o_.topics;
    if (!o_.topic_pattern.empty()) topics = TRY(TopicsMatching(consumer_.get(), o_.topic_pattern, kRequestTimeoutMs));
    std::vector<Partition> added;
    for (const std::string& topic : topics) {
      for (int32_t id : TRY(PartitionsOf(consumer_.get(), topic, kRequestTimeoutMs))) {
        TopicPartition tp{topic, id};
        if (!Mine(tp)) continue;
        bool known = std::any_of(parts_.begin(), parts_.end(), [&](const Partition& p) { return p.tp == tp; }) ||
                     std::find(known_elsewhere_.begin(), known_elsewhere_.end(), tp) != known_elsewhere_.end();
        if (!known) added.push_back({tp, 0, kNoEnd, false});
      }
    }
    // A partition that appears later is read from its beginning, as nothing of it was there at the start.
    for (Partition& p : added) TRY(fresh ? FindStart(&p) : Earliest(&p));
    if (o_.bounded == BoundedMode::kLatest) TRY(LatestReadable(&added));
    else for (Partition& p : added) TRY(FindEnd(&p));
    bool first = !assigned_;
    for (Partition& p : added) parts_.push_back(std::move(p));
    if (!first && added.empty()) return Status::OK();
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(parts_.size())));
    for (size_t i = 0; i < parts_.size(); ++i) {
      Partition& p = parts_[i];
      if (p.next >= p.end) {
        if (!p.ended) ready_.push_back({i, {}, p.next, p.next, true});
        p.ended = true;
        continue;
      }
      int64_t at = p.next;
      if (!first) for (const Ready& r : ready_) if (r.part == i) at = std::max(at, r.after);
      rd_kafka_topic_partition_list_add(list.get(), p.tp.topic.c_str(), p.tp.partition)->offset = at;
    }
    assigned_ = true;
    return KafkaError(rd_kafka_assign(consumer_.get(), list.get()), "assigning partitions");
  }

  static Result<std::pair<int64_t, int64_t>> Bounds(rd_kafka_t* consumer, const TopicPartition& tp) {
    int64_t low = 0, high = 0;
    TRY(KafkaError(rd_kafka_query_watermark_offsets(consumer, tp.topic.c_str(), tp.partition, &low, &high, kRequestTimeoutMs), "offsets of " + tp.ToString()));
    return std::pair(low, high);
  }
  Result<std::pair<int64_t, int64_t>> Bounds(const TopicPartition& tp) { return Bounds(consumer_.get(), tp); }
  // The ends that a bounded read stops at. A reader of committed rows sees the end of the last transaction only once the broker has
  // written its marker, a moment after the commit was acknowledged: that moment is waited for, once for all partitions; a transaction
  // that stays open is not.
  Status LatestReadable(std::vector<Partition>* parts) {
    for (Partition& p : *parts) p.end = TRY(Bounds(p.tp)).second;
    if (parts->empty() || o_.properties.Get("isolation.level", "read_uncommitted") != "read_committed") return Status::OK();
    Handle all = TRY(MakeHandle(RD_KAFKA_CONSUMER, TRY(MakeConf(o_.properties, {{"group.id", o_.group_id.empty() ? "tarn" : o_.group_id}, {"isolation.level", "read_uncommitted"}}))));
    std::vector<int64_t> written;
    for (const Partition& p : *parts) written.push_back(TRY(Bounds(all.get(), p.tp)).second);
    for (int64_t until = MonotonicMs() + kMarkerWaitMs;;) {
      bool behind = false;
      for (size_t i = 0; i < parts->size(); ++i) {
        Partition& p = (*parts)[i];
        if (p.end >= written[i]) continue;
        p.end = TRY(Bounds(p.tp)).second;
        behind = behind || p.end < written[i];
      }
      if (!behind || MonotonicMs() >= until) return Status::OK();
      std::this_thread::sleep_for(std::chrono::milliseconds(kMarkerWaitMs / 50));
    }
  }
  Status Earliest(Partition* p) { p->next = TRY(Bounds(p->tp)).first; return Status::OK(); }
  Result<int64_t> Committed(const TopicPartition& tp) {   // -1: none
    PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), tp.topic.c_str(), tp.partition);
    TRY(ReadCommitted(consumer_.get(), list.get(), "committed offset of group \"" + o_.group_id + "\""));
    return list->elems[0].offset >= 0 ? list->elems[0].offset : int64_t{-1};
  }
  Result<int64_t> AtTime(const TopicPartition& tp, int64_t ms) {   // the end when nothing is that late
    PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), tp.topic.c_str(), tp.partition)->offset = ms;
    TRY(KafkaError(rd_kafka_offsets_for_times(consumer_.get(), list.get(), kRequestTimeoutMs), "offset for a time in " + tp.ToString()));
    if (list->elems[0].offset >= 0) return list->elems[0].offset;
    return TRY(Bounds(tp)).second;
  }

  Status FindStart(Partition* p) {
    switch (o_.startup) {
      case StartupMode::kEarliest: return Earliest(p);
      case StartupMode::kLatest: p->next = TRY(Bounds(p->tp)).second; return Status::OK();
      case StartupMode::kTimestamp: p->next = TRY(AtTime(p->tp, o_.startup_timestamp_ms)); return Status::OK();
      case StartupMode::kSpecificOffsets: {
        auto it = o_.startup_offsets.find(p->tp.partition);
        if (it != o_.startup_offsets.end()) { p->next = it->second; return Status::OK(); }
        [[fallthrough]];   // partitions not named start at the group's offset, else at the beginning
      }
      case StartupMode::kGroupOffsets: {
        int64_t c = o_.group_id.empty() ? -1 : TRY(Committed(p->tp));
        if (c >= 0) { p->next = c; return Status::OK(); }
        std::string reset = o_.properties.Get("auto.offset.reset", o_.startup == StartupMode::kSpecificOffsets ? "earliest" : "none");
        if (reset == "earliest") return Earliest(p);
        if (reset == "latest") { p->next = TRY(Bounds(p->tp)).second; return Status::OK(); }
        return Status::NotFound("Undefined offset with no reset policy for partitions: [" + p->tp.ToString() + "]")
            .WithHint("group \"" + o_.group_id + "\" has no committed offset: set 'properties.auto.offset.reset' = 'earliest' or another 'scan.startup.mode'");
      }
    }
    return Status::OK();
  }

  Status FindEnd(Partition* p) {
    switch (o_.bounded) {
      case BoundedMode::kUnbounded:
      case BoundedMode::kLatest: return Status::OK();   // LatestReadable finds those of all partitions
      case BoundedMode::kTimestamp: p->end = TRY(AtTime(p->tp, o_.bounded_timestamp_ms)); return Status::OK();
      case BoundedMode::kGroupOffsets: {
        int64_t c = TRY(Committed(p->tp));
        if (c < 0) return Status::NotFound("group \"" + o_.group_id + "\" has no committed offset in " + p->tp.ToString() + ", which 'scan.bounded.mode' = 'group-offsets' needs");
        p->end = c;
        return Status::OK();
      }
      case BoundedMode::kSpecificOffsets: {
        auto it = o_.bounded_offsets.find(p->tp.partition);
        p->end = it == o_.bounded_offsets.end() ? p->next : it->second;   // a partition that is not named is not read
        return Status::OK();
      }
    }
    return Status::OK();
  }

  size_t PartOf(const rd_kafka_message_t* m) {
    const char* topic = rd_kafka_topic_name(m->rkt);
    if (last_ < parts_.size() && parts_[last_].tp.partition == m->partition && parts_[last_].tp.topic == topic) return last_;
    for (size_t i = 0; i < parts_.size(); ++i)
      if (parts_[i].tp.partition == m->partition && parts_[i].tp.topic == topic) return last_ = i;
    return parts_.size();
  }

  Status Fetch(std::chrono::milliseconds wait) {
    size_t most = static_cast<size_t>(size_.rows());
    messages_.resize(most);
    // A batch call with a wait would wait until the batch is full: so wait for one message, then take what else is there.
    ssize_t n = rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data(), most);
    if (n <= 0) {
      rd_kafka_message_t* one = rd_kafka_consume_queue(queue_.get(), static_cast<int>(wait.count()));
      if (!one) return Status::OK();
      messages_[0] = one;
      n = 1;
      if (most > 1) n += std::max<ssize_t>(0, rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data() + 1, most - 1));
    }
    std::vector<Owned<rd_kafka_message_t>> owned;
    owned.reserve(static_cast<size_t>(n));
    int64_t bytes = 0;
    for (ssize_t i = 0; i < n; ++i) bytes += static_cast<int64_t>(owned.emplace_back(messages_[static_cast<size_t>(i)])->len);
    size_.Saw(n, bytes);
    at_end_.resize(parts_.size());
    by_part_.resize(parts_.size());
    for (auto& list : by_part_) list.clear();
    std::vector<size_t> ended;
    for (const auto& m : owned) {
      if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        size_t i = PartOf(m.get());
        if (i >= parts_.size()) continue;
        at_end_[i] = true;
        if (m->offset >= parts_[i].end && !parts_[i].ended) ended.push_back(i);
        continue;
      }
      if (m->err) {
        if (m->err == RD_KAFKA_RESP_ERR__TRANSPORT || m->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || m->err == RD_KAFKA_RESP_ERR__TIMED_OUT) {
          LogWarn("kafka: {}; waiting for the broker to come back", rd_kafka_message_errstr(m.get()));
          continue;   // librdkafka goes on trying
        }
        if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
          return Status::NotFound("an offset to read from is no longer in the topic").WithDetail(rd_kafka_message_errstr(m.get())).WithHint("records were removed by retention before they were read");
        return KafkaError(m->err, "reading").WithDetail(rd_kafka_message_errstr(m.get()));
      }
      size_t i = PartOf(m.get());
      if (i >= parts_.size() || parts_[i].ended) continue;
      at_end_[i] = false;
      if (m->offset >= parts_[i].end) {
        if (std::find(ended.begin(), ended.end(), i) == ended.end()) ended.push_back(i);
        continue;
      }
      by_part_[i].push_back(m.get());
    }
    for (size_t i = 0; i < by_part_.size(); ++i) {
      if (by_part_[i].empty()) continue;
      Batch b = TRY(ToBatch(by_part_[i]));
      int64_t after = by_part_[i].back()->offset + 1;
      ready_.push_back({i, std::move(b), by_part_[i].front()->offset, after, false});
      if (after >= parts_[i].end && std::find(ended.begin(), ended.end(), i) == ended.end()) ended.push_back(i);
    }
    for (size_t i : ended) ready_.push_back({i, {}, parts_[i].end, parts_[i].end, true});
    all_at_end_ = std::all_of(at_end_.begin(), at_end_.end(), [](bool b) { return b; });
    return Status::OK();
  }

  Result<SourceEvent> GiveOut() {
    Ready r = std::move(ready_.front());
    ready_.pop_front();
    Partition& p = parts_[r.part];
    if (r.after > p.next) p.next = r.after;
    int split = static_cast<int>(r.part);
    if (r.end) {
      p.ended = true;
      return SourceEvent{SourceEvent::Kind::kSplitEnd, split, {}};
    }
    return SourceEvent{r.batch.num_rows() == 0 ? SourceEvent::Kind::kNothing : SourceEvent::Kind::kBatch, split, std::move(r.batch)};
  }

  Result<Batch> ToBatch(const std::vector<rd_kafka_message_t*>& messages) {
    records_.clear();
    for (const rd_kafka_message_t* m : messages) records_.emplace_back(static_cast<const char*>(m->payload), m->payload ? m->len : 0);
    size_t bad = 0;
    Status s = value_decoder_->Decode(records_, &rows_of_, &bad);
    if (!s.ok()) {
      const rd_kafka_message_t* m = messages[std::min(bad, messages.size() - 1)];
      return std::move(s).WithContext("topic \"" + std::string(rd_kafka_topic_name(m->rkt)) + "\" partition " + std::to_string(m->partition) + " offset " + std::to_string(m->offset));
    }
    Batch values = TRY(value_decoder_->Finish());
    std::vector<const rd_kafka_message_t*> made;   // the message of each row
    made.reserve(static_cast<size_t>(values.num_rows()));
    if (key_decoder_ || !metadata_.empty()) {
      for (size_t i = 0; i < messages.size(); ++i)
        for (int k = 0; k < (i < rows_of_.size() ? rows_of_[i] : 1); ++k) made.push_back(messages[i]);
    }
    std::vector<std::shared_ptr<arrow::Array>> columns(row_.size());
    for (size_t v = 0; v < value_places_.size(); ++v)
      if (value_places_[v] >= 0) columns[Place(value_places_[v])] = values.column(v);
    if (key_decoder_) {
      records_.clear();
      for (const rd_kafka_message_t* m : made) records_.emplace_back(static_cast<const char*>(m->key), m->key ? m->key_len : 0);
      std::vector<uint8_t> rows;
      Status ks = key_decoder_->Decode(records_, &rows, &bad);
      if (!ks.ok()) return std::move(ks).WithContext("key of topic \"" + parts_[0].tp.topic + "\"");
      Batch keys = TRY(key_decoder_->Finish());
      if (keys.num_rows() != values.num_rows()) {   // null keys give no row: line them up
        arrow::Int32Builder take;
        int32_t at = 0;
        for (uint8_t r : rows) TRY(r ? take.Append(at++) : take.AppendNull());
        std::shared_ptr<arrow::Array> indices;
        TRY(take.Finish(&indices));
        keys = TRY(TakeRows(keys, *indices));
      }
      for (size_t k = 0; k < key_places_.size(); ++k)
        if (key_places_[k] >= 0) columns[Place(key_places_[k])] = keys.column(k);
    }
    for (size_t m = 0; m < metadata_.size(); ++m)
      if (int at = MetadataPlace(m); at >= 0) columns[static_cast<size_t>(at)] = TRY(MetadataColumn(metadata_[m], row_.types[static_cast<size_t>(at)], made));
    return Batch(values.num_rows(), std::move(columns), values.kinds());
  }

  // Where physical column c, or the m-th metadata column, stands in the row.
  size_t Place(int c) const { return static_cast<size_t>(std::find(projection_.begin(), projection_.end(), c) - projection_.begin()); }
  int MetadataPlace(size_t m) const {
    auto it = std::find(projection_.begin(), projection_.end(), static_cast<int>(physical_.size() + m));
    return it == projection_.end() ? -1 : static_cast<int>(it - projection_.begin());
  }

  Result<std::shared_ptr<arrow::Array>> MetadataColumn(const std::string& key, const types::LogicalType& type, const std::vector<const rd_kafka_message_t*>& made) {
    std::shared_ptr<arrow::Array> out;
    if (key == "topic" || key == "timestamp-type") {
      arrow::StringBuilder b;
      for (const rd_kafka_message_t* m : made) {
        if (key == "topic") { TRY(b.Append(rd_kafka_topic_name(m->rkt))); continue; }
        rd_kafka_timestamp_type_t t;
        rd_kafka_message_timestamp(m, &t);
        TRY(b.Append(t == RD_KAFKA_TIMESTAMP_CREATE_TIME ? "CreateTime" : t == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "LogAppendTime" : "NoTimestampType"));
      }
      TRY(b.Finish(&out));
    } else if (key == "partition" || key == "leader-epoch") {
      arrow::Int32Builder b;
      for (const rd_kafka_message_t* m : made) {
        if (key == "partition") TRY(b.Append(m->partition));
        else TRY(b.AppendNull());   // this client version does not tell it
      }
      TRY(b.Finish(&out));
    } else if (key == "offset") {
      arrow::Int64Builder b;
      for (const rd_kafka_message_t* m : made) TRY(b.Append(m->offset));
      TRY(b.Finish(&out));
    } else if (key == "timestamp") {
      arrow::TimestampBuilder b(types::ToArrow(types::LogicalType::TimestampLtz(3)), arrow::default_memory_pool());
      for (const rd_kafka_message_t* m : made) {
        rd_kafka_timestamp_type_t t;
        TRY(b.Append(rd_kafka_message_timestamp(m, &t)));
      }
      TRY(b.Finish(&out));
    } else if (key == "headers") {
      auto keys = std::make_shared<arrow::StringBuilder>();
      auto values = std::make_shared<arrow::BinaryBuilder>();
      arrow::MapBuilder b(arrow::default_memory_pool(), keys, values, types::ToArrow(type));
      for (const rd_kafka_message_t* m : made) {
        TRY(b.Append());
        rd_kafka_headers_t* headers = nullptr;
        if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        std::map<std::string, std::pair<const void*, size_t>> last;   // the last of a name wins
        const char* name;
        const void* value;
        size_t size;
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) last[name] = {value, size};
        for (const auto& [n, v] : last) {
          TRY(keys->Append(n));
          if (v.first) TRY(values->Append(static_cast<const uint8_t*>(v.first), static_cast<int32_t>(v.second)));
          else TRY(values->AppendNull());
        }
      }
      TRY(b.Finish(&out));
    } else {
      return Status::Internal("unknown metadata key \"" + key + "\"");
    }
    return out;
  }

  const KafkaOptions& o_;
  RowType row_;
  std::vector<std::string> metadata_;
  std::vector<int> projection_;
  const RowType& physical_;
  table::SubtaskContext context_;
  BatchSize size_{context_.batch_rows};
  Handle consumer_;
  Owned<rd_kafka_queue_t> queue_;
  std::unique_ptr<table::Decoder> value_decoder_, key_decoder_;
  std::vector<int> value_places_, key_places_;
  std::vector<Partition> parts_;
  std::vector<TopicPartition> known_elsewhere_;
  std::deque<Ready> ready_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<std::vector<rd_kafka_message_t*>> by_part_;
  std::vector<std::string_view> records_;
  std::vector<uint8_t> rows_of_;
  std::vector<bool> at_end_;
  bool all_at_end_ = false, assigned_ = false;
  size_t last_ = 0;
  int64_t next_discovery_ms_ = 0;
  std::map<CheckpointId, std::vector<std::pair<TopicPartition, int64_t>>> to_commit_;
};

class KafkaSource final : public table::Source {
 public:
  KafkaSource(const table::TableContext& context, KafkaOptions o) : o_(std::move(o)), physical_(context.physical) {
    for (const auto& [n, t] : Columns()) row_.Add(n, t);
    static const std::map<std::string, types::LogicalType> kTypes = {
        {"topic", types::LogicalType::String().NotNull()}, {"partition", types::LogicalType::Int().NotNull()}, {"offset", types::LogicalType::BigInt().NotNull()},
        {"timestamp", types::LogicalType::TimestampLtz(3).NotNull()}, {"timestamp-type", types::LogicalType::String().NotNull()}, {"leader-epoch", types::LogicalType::Int()},
        {"headers", types::LogicalType::Map(types::LogicalType::String().NotNull(), types::LogicalType::Bytes()).NotNull()}};
    for (const types::Column& c : context.metadata) {
      metadata_.push_back(c.metadata_name());
      auto it = kTypes.find(c.metadata_name());
      row_.Add(c.name, it == kTypes.end() ? c.type : it->second);
    }
    for (int i = 0; i < static_cast<int>(row_.size()); ++i) projection_.push_back(i);
  }
  bool bounded() const override { return o_.bounded != BoundedMode::kUnbounded; }
  const RowType& row_type() const override { return row_; }
  types::ChangelogMode changelog_mode() const override { return o_.value_format->changelog_mode(); }
  bool watermark_per_split() const override { return true; }
  std::string Describe() const override { return "kafka[" + (o_.topics.empty() ? o_.topic_pattern : Join(o_.topics, ";")) + "]"; }
  bool ApplyProjection(const std::vector<int>& columns) override {
    RowType row;
    std::vector<int> projection;
    for (int c : columns) {
      row.Add(row_.names[c], row_.types[c]);
      projection.push_back(projection_[c]);
    }
    row_ = std::move(row);
    projection_ = std::move(projection);
    return true;
  }
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext& context) const override {
    return std::unique_ptr<table::SourceReader>(std::make_unique<KafkaReader>(o_, row_, metadata_, projection_, physical_, context));
  }

 private:
  std::vector<std::pair<std::string, types::LogicalType>> Columns() const {
    std::vector<std::pair<std::string, types::LogicalType>> out;
    for (size_t i = 0; i < physical_.size(); ++i) out.emplace_back(physical_.names[i], physical_.types[i]);
    return out;
  }
  KafkaOptions o_;
  RowType physical_, row_;
  std::vector<std::string> metadata_;
  std::vector<int> projection_;
};
}  // namespace

Result<std::unique_ptr<table::Source>> MakeSource(const table::TableContext& context, KafkaOptions options) {
  return std::unique_ptr<table::Source>(std::make_unique<KafkaSource>(context, std::move(options)));
}

}  // namespace tarn::plug::kafka
