// Writing topics. The exactly-once protocol, in short (whole: docs/decisions/0004-kafka-exactly-once.md):
//
// An interval is what is written between two barriers. Its rows go into one transaction, and, as bytes, into the checkpoint that ends
// it. When that checkpoint is durable the transaction is committed, together with a marker: the interval's id as an offset of a
// consumer group that belongs to this writer. After a crash init_transactions aborts what was open; the marker says which intervals
// of the restored checkpoint are in the topic; the others are sent again from the checkpoint. So nothing is lost or doubled.
// Consecutive intervals use different producers, as one can be waiting for its commit while the next is being written.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/text.h"
#include "plug/connector/kafka/kafka_client.h"
#include "plug/connector/kafka/kafka_options.h"

namespace tarn::plug::kafka {
namespace {

constexpr int kProducersMax = 3;
constexpr char kStateVersion = 1;

// A record as it goes to the broker, and as it lies in a checkpoint.
struct Record {
  int32_t partition;      // RD_KAFKA_PARTITION_UA: the client's partitioner
  int64_t timestamp_ms;   // 0: now
  bool has_key, has_value;
  std::string_view key, value;
};

void PutInt(std::string* out, uint64_t v, int bytes) { for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(v >> (8 * i))); }
bool GetInt(std::string_view* in, int bytes, uint64_t* v) {
  if (in->size() < static_cast<size_t>(bytes)) return false;
  *v = 0;
  for (int i = 0; i < bytes; ++i) *v |= static_cast<uint64_t>(static_cast<unsigned char>((*in)[static_cast<size_t>(i)])) << (8 * i);
  in->remove_prefix(static_cast<size_t>(bytes));
  return true;
}
void Append(std::string* out, const Record& r) {
  PutInt(out, static_cast<uint32_t>(r.partition), 4);
  PutInt(out, static_cast<uint64_t>(r.timestamp_ms), 8);
  PutInt(out, r.has_key ? r.key.size() : 0xffffffffu, 4);
  PutInt(out, r.has_value ? r.value.size() : 0xffffffffu, 4);
  out->append(r.key);
  out->append(r.value);
}
bool Take(std::string_view* in, Record* r) {
  uint64_t partition, time, key, value;
  if (!GetInt(in, 4, &partition) || !GetInt(in, 8, &time) || !GetInt(in, 4, &key) || !GetInt(in, 4, &value)) return false;
  r->partition = static_cast<int32_t>(static_cast<uint32_t>(partition));
  r->timestamp_ms = static_cast<int64_t>(time);
  r->has_key = key != 0xffffffffu;
  r->has_value = value != 0xffffffffu;
  size_t ks = r->has_key ? key : 0, vs = r->has_value ? value : 0;
  if (in->size() < ks + vs) return false;
  r->key = in->substr(0, ks);
  r->value = in->substr(ks, vs);
  in->remove_prefix(ks + vs);
  return true;
}

// One producer, transactional or not. Delivery failures are kept and told at the next flush.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> Make(const KafkaOptions& o, const std::string& transactional_id) {
    auto p = std::make_unique<Producer>();
    std::map<std::string, std::string> own;
    if (!o.properties.Has("linger.ms")) own["linger.ms"] = "5";
    if (!o.properties.Has("queue.buffering.max.messages")) own["queue.buffering.max.messages"] = "1000000";
    if (!o.properties.Has("message.timeout.ms") && !o.properties.Has("delivery.timeout.ms")) own["message.timeout.ms"] = "120000";
    if (!transactional_id.empty()) {
      own["transactional.id"] = transactional_id;
      if (!o.properties.Has("transaction.timeout.ms")) own["transaction.timeout.ms"] = "600000";   // below the broker's default limit of 15 min
      // A message may not outlive its transaction.
      int64_t transaction_ms = TRY(o.properties.GetInteger("transaction.timeout.ms", 600'000));
      own["message.timeout.ms"] = std::to_string(std::min<int64_t>(120'000, transaction_ms));
    } else if (o.guarantee == Guarantee::kNone) {
      if (!o.properties.Has("acks")) own["acks"] = "1";
    }
    Owned<rd_kafka_conf_t> conf = TRY(MakeConf(o.properties, own));
    rd_kafka_conf_set_opaque(conf.get(), p.get());
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
      if (m->err) static_cast<Producer*>(opaque)->failed_.store(m->err);
    });
    p->k_ = TRY(MakeHandle(RD_KAFKA_PRODUCER, std::move(conf)));
    p->topic_.reset(rd_kafka_topic_new(p->k_.get(), o.topics[0].c_str(), nullptr));
    p->name_ = o.topics[0];
    p->transactional_ = !transactional_id.empty();
    if (p->transactional_) TRY(p->Retried([&] { return rd_kafka_init_transactions(p->k_.get(), 60'000); }, "starting transactions as \"" + transactional_id + "\""));
    return p;
  }
  ~Producer() { if (k_) rd_kafka_purge(k_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING); topic_.reset(); }

  Status Begin() { return KafkaError(rd_kafka_begin_transaction(k_.get()), "beginning a transaction"); }

  Status Produce(const Record& r) {
    for (;;) {
      rd_kafka_vu_t v[6];
      size_t n = 0;
      v[n].vtype = RD_KAFKA_VTYPE_RKT; v[n++].u.rkt = topic_.get();
      v[n].vtype = RD_KAFKA_VTYPE_PARTITION; v[n++].u.i32 = r.partition;
      v[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS; v[n++].u.i = RD_KAFKA_MSG_F_COPY;
      v[n].vtype = RD_KAFKA_VTYPE_VALUE; v[n].u.mem.ptr = r.has_value ? const_cast<char*>(r.value.data()) : nullptr; v[n++].u.mem.size = r.has_value ? r.value.size() : 0;
      v[n].vtype = RD_KAFKA_VTYPE_KEY; v[n].u.mem.ptr = r.has_key ? const_cast<char*>(r.key.data()) : nullptr; v[n++].u.mem.size = r.has_key ? r.key.size() : 0;
      if (r.timestamp_ms > 0) { v[n].vtype = RD_KAFKA_VTYPE_TIMESTAMP; v[n++].u.i64 = r.timestamp_ms; }
      rd_kafka_error_t* e = rd_kafka_produceva(k_.get(), v, n);
      if (!e) return Failed();
      if (rd_kafka_error_code(e) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {   // back-pressure: wait for acknowledgements
        rd_kafka_error_destroy(e);
        rd_kafka_poll(k_.get(), 100);
        TRY(Failed());
        continue;
      }
      return KafkaError(e, "writing to topic \"" + name_ + "\"");
    }
  }
  void Poll() { rd_kafka_poll(k_.get(), 0); }
  Status Flush() {
    rd_kafka_resp_err_t e = rd_kafka_flush(k_.get(), 120'000);
    TRY(Failed());
    return KafkaError(e, "flushing topic \"" + name_ + "\"");
  }
  // Commits, with the marker. Retries what may be retried.
  Status Commit(const std::string& group, int64_t marker) {
    PartitionList offsets(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(offsets.get(), name_.c_str(), 0)->offset = marker;
    Owned<rd_kafka_consumer_group_metadata_t> meta(rd_kafka_consumer_group_metadata_new(group.c_str()));
    TRY(Retried([&] { return rd_kafka_send_offsets_to_transaction(k_.get(), offsets.get(), meta.get(), 60'000); }, "marking a transaction"));
    return Retried([&] { return rd_kafka_commit_transaction(k_.get(), 60'000); }, "committing a transaction");
  }
  Status Abort() { return Retried([&] { return rd_kafka_abort_transaction(k_.get(), 60'000); }, "aborting a transaction"); }

 private:
  template <typename F> Status Retried(F f, const std::string& what) {
    for (int attempt = 0;; ++attempt) {
      rd_kafka_error_t* e = f();
      if (!e) return Status::OK();
      bool again = rd_kafka_error_is_retriable(e) && attempt < 10;
      if (!again) return KafkaError(e, what);
      rd_kafka_error_destroy(e);
      rd_kafka_poll(k_.get(), 100);
    }
  }
  Status Failed() {
    int code = failed_.exchange(0);
    return code ? KafkaError(static_cast<rd_kafka_resp_err_t>(code), "writing to topic \"" + name_ + "\"") : Status::OK();
  }

  Handle k_;
  Owned<rd_kafka_topic_t> topic_;
  std::string name_;
  bool transactional_ = false;
  std::atomic<int> failed_{0};
};

// The marker of a writer: the highest interval that is in the topic; -1: none known.
Result<int64_t> ReadMarker(const KafkaOptions& o, const std::string& group) {
  Handle k = TRY(MakeHandle(RD_KAFKA_CONSUMER, TRY(MakeConf(o.properties, {{"group.id", group}, {"isolation.level", "read_committed"}, {"enable.auto.commit", "false"}}))));
  PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), o.topics[0].c_str(), 0);
  TRY(ReadCommitted(k.get(), list.get(), "reading the marker of \"" + group + "\""));
  int64_t marker = list->elems[0].offset >= 0 ? list->elems[0].offset : -1;
  rd_kafka_consumer_close(k.get());
  return marker;
}

class KafkaWriter final : public table::SinkWriter {
 public:
  KafkaWriter(const KafkaOptions& o, const RowType& row, size_t physical, std::vector<std::string> metadata, table::SubtaskContext c)
      : o_(o), row_(row), physical_(physical), metadata_(std::move(metadata)), context_(std::move(c)) {}

  Status Open(const std::optional<Restored>& restored) override {
    RowType value, key;
    for (int c : o_.value_columns) value.Add(row_.names[c], row_.types[c]);
    for (int c : o_.key_columns) key.Add(row_.names[c].substr(o_.key_prefix.size()), row_.types[c]);
    value_encoder_ = TRY(o_.value_format->CreateEncoder(value));
    if (o_.key_format) key_encoder_ = TRY(o_.key_format->CreateEncoder(key));
    id_ = o_.transactional_id_prefix + "-" + std::to_string(context_.subtask);
    if (o_.guarantee != Guarantee::kExactlyOnce) {
      plain_ = TRY(Producer::Make(o_, ""));
    } else {
      // All ids that a former life may have used are fenced first: their open transactions are aborted.
      for (int i = 0; i < kProducersMax; ++i) idle_.push_back(TRY(Producer::Make(o_, id_ + "-" + std::to_string(i))));
      if (restored) for (const std::string& s : restored->states) TRY(Recover(s));
      // Intervals of this life must be told from those of every earlier one, whose markers may be higher than this life's checkpoint
      // ids: another job with the same prefix, or this one started again from an old savepoint.
      int64_t marker = TRY(ReadMarker(o_, id_));
      marker_ = std::max<int64_t>(marker, 0);
      base_ = std::max(base_, marker_ - (restored ? restored->checkpoint : 0));
    }
    if (o_.partitioner == "fixed") {
      Handle probe = TRY(MakeHandle(RD_KAFKA_PRODUCER, TRY(MakeConf(o_.properties, {}))));
      std::vector<int32_t> parts = TRY(PartitionsOf(probe.get(), o_.topics[0], kRequestTimeoutMs));
      if (parts.empty()) return Status::NotFound("topic \"" + o_.topics[0] + "\" has no partition");
      fixed_partition_ = parts[static_cast<size_t>(context_.subtask) % parts.size()];
    }
    return Status::OK();
  }

  Status Write(const Batch& batch) override {
    Producer* p = plain_.get();
    if (!p) p = TRY(Current());
    values_.clear(); value_ends_.clear();
    keys_.clear(); key_ends_.clear();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int c : o_.value_columns) columns.push_back(batch.column(static_cast<size_t>(c)));
    TRY(value_encoder_->Encode(batch.WithColumns(std::move(columns)), &values_, &value_ends_));
    if (key_encoder_) {
      std::vector<std::shared_ptr<arrow::Array>> key_columns;
      for (int c : o_.key_columns) key_columns.push_back(batch.column(static_cast<size_t>(c)));
      TRY(key_encoder_->Encode(batch.WithColumns(std::move(key_columns)), &keys_, &key_ends_));
    }
    const arrow::TimestampArray* times = nullptr;
    for (size_t m = 0; m < metadata_.size(); ++m)
      if (metadata_[m] == "timestamp") times = static_cast<const arrow::TimestampArray*>(batch.column(physical_ + m).get());
    for (size_t i = 0; i < value_ends_.size(); ++i) {
      Record r;
      r.partition = fixed_partition_;
      r.timestamp_ms = times && times->IsValid(static_cast<int64_t>(i)) ? times->Value(static_cast<int64_t>(i)) : 0;
      r.has_value = true;
      size_t from = i ? value_ends_[i - 1] : 0;
      r.value = std::string_view(values_).substr(from, value_ends_[i] - from);
      r.has_key = key_encoder_ != nullptr;
      if (r.has_key) {
        size_t k = i ? key_ends_[i - 1] : 0;
        r.key = std::string_view(keys_).substr(k, key_ends_[i] - k);
      }
      TRY(p->Produce(r));
      if (open_) {
        Append(&open_->rows, r);
        ++open_->count;
      }
    }
    p->Poll();
    return Status::OK();
  }

  Status OnProcessingTime(int64_t) override {
    if (plain_) plain_->Poll();
    if (open_) open_->producer->Poll();
    return Status::OK();
  }

  Result<std::string> PrepareCommit(CheckpointId id, bool) override {
    if (plain_) {
      if (o_.guarantee != Guarantee::kNone) TRY(plain_->Flush());
      return std::string();
    }
    if (!open_) return std::string();
    TRY(open_->producer->Flush());
    open_->checkpoint = id;
    open_->id = base_ + id;
    pending_.push_back(std::move(*open_));
    open_.reset();
    return std::string();
  }

  // version | marker known so far | base | transactional id | per interval: id, bytes, rows. docs/format/kafka-sink.md.
  Result<std::string> Snapshot(CheckpointId) override {
    if (plain_) return std::string();
    std::string s(1, kStateVersion);
    PutInt(&s, static_cast<uint64_t>(marker_), 8);
    PutInt(&s, static_cast<uint64_t>(base_), 8);
    PutInt(&s, id_.size(), 4);
    s += id_;
    PutInt(&s, pending_.size(), 4);
    for (const Interval& i : pending_) {
      PutInt(&s, static_cast<uint64_t>(i.id), 8);
      PutInt(&s, i.rows.size(), 8);
      s += i.rows;
    }
    return s;
  }

  Status OnCheckpointComplete(CheckpointId id) override {
    while (!pending_.empty() && pending_.front().checkpoint <= id) {
      Interval i = std::move(pending_.front());
      TARN_CRASH_POINT("kafka-sink.before-commit");
      TRY(i.producer->Commit(id_, i.id));
      TARN_CRASH_POINT("kafka-sink.after-commit");
      marker_ = i.id;
      pending_.pop_front();
      idle_.push_back(std::move(i.producer));
    }
    return Status::OK();
  }

  Status Close() override {
    if (plain_) return plain_->Flush();
    if (open_) TRY(open_->producer->Abort());
    return Status::OK();
  }

 private:
  struct Interval {
    CheckpointId checkpoint = 0;   // that ends it
    int64_t id = 0;                // base_ + checkpoint: what the marker says
    std::unique_ptr<Producer> producer;
    std::string rows;
    int64_t count = 0;
  };

  Result<Producer*> Current() {
    if (!open_) {
      if (idle_.empty()) return Status::Unavailable("too many transactions of \"" + id_ + "\" wait for their checkpoint").WithHint("checkpoints fail or take longer than their interval");
      Interval i;
      i.producer = std::move(idle_.front());
      idle_.pop_front();
      TRY(i.producer->Begin());
      open_ = std::move(i);
    }
    return open_->producer.get();
  }

  Status Recover(std::string_view s) {
    if (s.empty()) return Status::OK();
    uint64_t known, base, size, count;
    auto corrupt = [] { return Status::Corrupt("the state of a Kafka sink can't be read"); };
    if (s[0] != kStateVersion) return Status::Corrupt("the state of a Kafka sink is not of version 1");
    s.remove_prefix(1);
    if (!GetInt(&s, 8, &known) || !GetInt(&s, 8, &base) || !GetInt(&s, 4, &size) || s.size() < size) return corrupt();
    base_ = std::max(base_, static_cast<int64_t>(base));
    std::string old_id(s.substr(0, size));
    s.remove_prefix(size);
    if (!GetInt(&s, 4, &count)) return corrupt();
    if (old_id != id_)   // another subtask's, after rescaling: fence it too
      for (int i = 0; i < kProducersMax; ++i) TRY(Producer::Make(o_, old_id + "-" + std::to_string(i)));
    int64_t marker = TRY(ReadMarker(o_, old_id));
    if (marker < 0 && static_cast<int64_t>(known) > 0 && count > 0)
      return Status::Conflict("the marker of \"" + old_id + "\" has gone from the broker, so it can't be told whether the last transaction was committed")
          .WithHint("the group's offset expired (offsets.retention.minutes); start without the checkpoint, or from an earlier savepoint");
    for (uint64_t n = 0; n < count; ++n) {
      uint64_t id, bytes;
      if (!GetInt(&s, 8, &id) || !GetInt(&s, 8, &bytes) || s.size() < bytes) return corrupt();
      std::string_view rows = s.substr(0, bytes);
      s.remove_prefix(bytes);
      if (static_cast<int64_t>(id) <= marker) continue;   // it is in the topic
      LogInfo("kafka: sending interval {} of \"{}\" again: the broker has no marker of it", id, old_id);
      Producer* p = idle_.front().get();
      TRY(p->Begin());
      Record r;
      while (!rows.empty()) {
        if (!Take(&rows, &r)) return corrupt();
        TRY(p->Produce(r));
      }
      TRY(p->Flush());
      TARN_CRASH_POINT("kafka-sink.restore-before-commit");
      TRY(p->Commit(old_id, static_cast<int64_t>(id)));
      marker = static_cast<int64_t>(id);
    }
    return Status::OK();
  }

  const KafkaOptions& o_;
  const RowType& row_;
  size_t physical_;
  std::vector<std::string> metadata_;
  table::SubtaskContext context_;
  std::string id_;
  std::unique_ptr<table::Encoder> value_encoder_, key_encoder_;
  std::unique_ptr<Producer> plain_;
  std::deque<std::unique_ptr<Producer>> idle_;
  std::optional<Interval> open_;
  std::deque<Interval> pending_;
  int64_t marker_ = 0, base_ = 0;
  int32_t fixed_partition_ = RD_KAFKA_PARTITION_UA;
  std::string values_, keys_;
  std::vector<size_t> value_ends_, key_ends_;
};

class KafkaSink final : public table::Sink {
 public:
  KafkaSink(const table::TableContext& context, KafkaOptions o) : o_(std::move(o)), row_(context.physical), physical_(context.physical.size()) {
    for (const types::Column& c : context.metadata) {
      row_.Add(c.name, c.type);
      metadata_.push_back(c.metadata_name());
    }
  }
  types::ChangelogMode AcceptedMode(const types::ChangelogMode&) const override { return o_.value_format->changelog_mode(); }
  std::string Describe() const override { return "kafka[" + o_.topics[0] + "]"; }
  int wished_parallelism() const override { return o_.sink_parallelism; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext& context) const override {
    return std::unique_ptr<table::SinkWriter>(std::make_unique<KafkaWriter>(o_, row_, physical_, metadata_, context));
  }

 private:
  KafkaOptions o_;
  RowType row_;
  size_t physical_;
  std::vector<std::string> metadata_;
};
}  // namespace

Result<std::unique_ptr<table::Sink>> MakeSink(const table::TableContext& context, KafkaOptions options) {
  for (const types::Column& c : context.metadata)
    if (c.metadata_name() != "timestamp") return Status::NotSupported("writing the metadata column '" + c.metadata_name() + "' to Kafka");
  return std::unique_ptr<table::Sink>(std::make_unique<KafkaSink>(context, std::move(options)));
}

}  // namespace tarn::plug::kafka
