#include "job/job_record.h"

#include <fmt/format.h>

#include "state/bytes.h"
#include "state/durable_file.h"

namespace tarn::job {
namespace {
constexpr std::string_view kMagic = "TARNJOB\n";
constexpr uint32_t kVersion = 1;

// One list of fields serves both directions.
class Put {
 public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void operator()(const T& v) { w.Put(v); }
  void operator()(const std::string& v) { w.PutString(v); }
  template <typename T> void operator()(const std::optional<T>& v) {
    w.Put(static_cast<uint8_t>(v.has_value()));
    if (v) (*this)(*v);
  }
  template <typename T> void operator()(const std::vector<T>& v) {
    w.Put(static_cast<uint32_t>(v.size()));
    for (const T& x : v) (*this)(x);
  }
  template <typename T, size_t N> void operator()(const std::array<T, N>& v) {
    for (const T& x : v) (*this)(x);
  }
  void operator()(const std::map<std::string, std::string>& v) {
    w.Put(static_cast<uint32_t>(v.size()));
    for (const auto& [k, x] : v) w.PutString(k).PutString(x);
  }
  void operator()(const Status& s) {
    w.Put(s.code()).PutString(s.message()).PutString(s.detail()).PutString(s.hint());
  }
  template <typename T> auto operator()(const T& v) -> decltype(Fields(*this, const_cast<T&>(v)));
  state::ByteWriter w;
};
class Get {
 public:
  explicit Get(std::string_view in) : r(in) {}
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void operator()(T& v) { v = r.Get<T>(); }
  void operator()(std::string& v) { v = r.GetString(); }
  template <typename T> void operator()(std::optional<T>& v) {
    v.reset();
    if (r.Get<uint8_t>()) (*this)(v.emplace());
  }
  template <typename T> void operator()(std::vector<T>& v) {
    auto n = r.Get<uint32_t>();
    v.clear();
    for (uint32_t i = 0; i < n && !r.bad(); ++i) (*this)(v.emplace_back());
  }
  template <typename T, size_t N> void operator()(std::array<T, N>& v) {
    for (T& x : v) (*this)(x);
  }
  void operator()(std::map<std::string, std::string>& v) {
    auto n = r.Get<uint32_t>();
    for (uint32_t i = 0; i < n && !r.bad(); ++i) {
      std::string k(r.GetString());
      v[std::move(k)] = r.GetString();
    }
  }
  void operator()(Status& s) {
    auto code = r.Get<StatusCode>();
    std::string m(r.GetString()), d(r.GetString()), h(r.GetString());
    s = code == StatusCode::kOk ? Status() : Status(code, std::move(m)).WithDetail(std::move(d)).WithHint(std::move(h));
  }
  template <typename T> auto operator()(T& v) -> decltype(Fields(*this, v));
  state::ByteReader r;
};

template <typename A> void Fields(A& a, SubtaskStatus& s) {
  a(s.subtask), a(s.state), a(s.attempt), a(s.start_time), a(s.end_time), a(s.records_in), a(s.records_out), a(s.bytes_in), a(s.bytes_out);
  a(s.busy_ms), a(s.idle_ms), a(s.backpressured_ms), a(s.watermark_ms);
}
template <typename A> void Fields(A& a, VertexInput& v) { a(v.vertex_id), a(v.ship_strategy); }
template <typename A> void Fields(A& a, VertexStatus& v) {
  a(v.id), a(v.name), a(v.description), a(v.parallelism), a(v.max_parallelism), a(v.source), a(v.inputs), a(v.subtasks);
}
template <typename A> void Fields(A& a, CheckpointStatus& c) {
  a(c.id), a(c.state), a(c.is_savepoint), a(c.stop), a(c.trigger_time), a(c.latest_ack_time), a(c.duration_ms), a(c.size_bytes);
  a(c.num_subtasks), a(c.num_acknowledged), a(c.external_path), a(c.discarded), a(c.failure_time), a(c.failure);
}
template <typename A> void Fields(A& a, RestoredCheckpoint& c) { a(c.id), a(c.restore_time), a(c.is_savepoint), a(c.external_path); }
template <typename A> void Fields(A& a, CheckpointCounts& c) { a(c.restored), a(c.total), a(c.in_progress), a(c.completed), a(c.failed); }
template <typename A> void Fields(A& a, CheckpointConfig& c) {
  a(c.enabled), a(c.interval_ms), a(c.timeout_ms), a(c.min_pause_ms), a(c.tolerable_failed), a(c.retained), a(c.delete_on_cancellation), a(c.directory);
}
template <typename A> void Fields(A& a, JobException& e) { a(e.time), a(e.name), a(e.text), a(e.task_name), a(e.subtask); }
template <typename A> void Fields(A& a, JobStatus& s) {
  a(s.id), a(s.name), a(s.statement), a(s.state), a(s.streaming), a(s.start_time), a(s.end_time), a(s.timestamps), a(s.parallelism);
  a(s.restarts), a(s.stoppable), a(s.vertices), a(s.checkpoint_config), a(s.checkpoint_counts), a(s.checkpoints), a(s.latest_completed);
  a(s.latest_savepoint), a(s.latest_failed), a(s.restored), a(s.warnings), a(s.exceptions), a(s.failure), a(s.rows_in), a(s.rows_out);
  a(s.partitions_committed), a(s.watermark_ms), a(s.options);
}
template <typename A> void Fields(A& a, JobRecord& r) {
  a(r.id), a(r.name), a(r.statement), a(r.resubmission), a(r.savepoint_path), a(r.submit_time), a(r.ended), a(r.status);
}

template <typename T> auto Put::operator()(const T& v) -> decltype(Fields(*this, const_cast<T&>(v))) { Fields(*this, const_cast<T&>(v)); }
template <typename T> auto Get::operator()(T& v) -> decltype(Fields(*this, v)) { Fields(*this, v); }
}  // namespace

Status WriteRecord(const std::string& folder, const JobRecord& record) {
  TRY(state::MakeFolders(folder));
  Put put;
  put(record);
  std::string body = put.w.Take();
  state::ByteWriter w;
  w.Put(kVersion).Put(state::Crc32c(0, body));
  return state::WriteDurably(folder + "/job", std::string(kMagic) + w.bytes() + body);
}

Result<JobRecord> ReadRecord(const std::string& folder) {
  std::string path = folder + "/job", bytes = TRY(state::ReadWholeFile(path));
  std::string_view in(bytes);
  if (in.size() < kMagic.size() + 8 || !in.starts_with(kMagic)) return Status::Corrupt("job record " + path + " is corrupt");
  state::ByteReader head(in.substr(kMagic.size()));
  auto version = head.Get<uint32_t>(), crc = head.Get<uint32_t>();
  std::string_view body = in.substr(kMagic.size() + 8);
  if (version > kVersion) return Status::NotSupported(fmt::format("job record {} has format version {}, this program reads up to {}", path, version, kVersion));
  if (state::Crc32c(0, body) != crc) return Status::Corrupt("job record " + path + " is corrupt: checksum differs");
  JobRecord record;
  Get get(body);
  get(record);
  if (get.r.bad() || !get.r.at_end()) return Status::Corrupt("job record " + path + " is corrupt: its fields don't fit");
  return record;
}

}  // namespace tarn::job
