#include "gateway/vertex_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "base/text.h"

namespace tarn::gateway {
namespace {
using net::JsonWriter;

struct Metric {
  std::string id;
  double value = 0;
};

// As Flink's MetricQueryService: what would read as a part of the address becomes "_".
std::string Scope(const std::string& operator_name) {
  std::string out;
  for (char c : operator_name) out += c == ' ' || c == '.' || c == ':' || c == ',' ? '_' : c;
  return out;
}

std::vector<Metric> MetricsOf(const job::VertexStatus& v, const job::SubtaskStatus& s) {
  auto count = [](int64_t n) { return static_cast<double>(n); };
  std::vector<Metric> out = {{"numRecordsIn", count(s.records_in)}, {"numRecordsOut", count(s.records_out)}, {"numBytesIn", count(s.bytes_in)}, {"numBytesOut", count(s.bytes_out)},
                             {"numRecordsInPerSecond", s.records_in_per_second}, {"numRecordsOutPerSecond", s.records_out_per_second},
                             {"busyTimeMsPerSecond", s.busy_ratio * 1000}, {"idleTimeMsPerSecond", s.idle_ratio * 1000}, {"backPressuredTimeMsPerSecond", s.backpressured_ratio * 1000},
                             {"accumulateBusyTimeMs", count(s.busy_ms)}, {"accumulateIdleTimeMs", count(s.idle_ms)}, {"accumulateBackPressuredTimeMs", count(s.backpressured_ms)},
                             {"currentInputWatermark", count(s.watermark_ms)}};
  if (v.source) out.push_back({"numRecordsInErrors", count(s.skipped_rows)});
  if (v.source && s.lag_rows >= 0) out.push_back({"pendingRecords", count(s.lag_rows)});
  for (const auto& [name, rows] : s.late_rows) out.push_back({Scope(name) + ".numLateRecordsDropped", count(rows)});
  return out;
}

bool Wanted(const std::vector<std::string>& ids, const std::string& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }
// A watermark before the first and after the last row is the least and the greatest 64-bit number.
std::string Number(double v) {
  if (v >= 9.2e18) return std::to_string(std::numeric_limits<int64_t>::max());
  if (v <= -9.2e18) return std::to_string(std::numeric_limits<int64_t>::min());
  return v == static_cast<double>(static_cast<int64_t>(v)) ? std::to_string(static_cast<int64_t>(v)) : fmt::format("{}", v);
}

void Write(const std::vector<Metric>& metrics, const std::optional<std::string>& get, JsonWriter* w) {
  const std::vector<std::string> ids = get ? Split(*get, ',') : std::vector<std::string>();
  w->BeginArray();
  for (const Metric& m : metrics) {
    if (!get) w->BeginObject().Field("id", m.id).EndObject();
    else if (Wanted(ids, m.id)) w->BeginObject().Field("id", m.id).Field("value", Number(m.value)).EndObject();
  }
  w->EndArray();
}
}  // namespace

void WriteVertexMetrics(const job::VertexStatus* vertex, const std::optional<std::string>& get, JsonWriter* w) {
  std::vector<Metric> all;
  if (vertex) {
    for (const job::SubtaskStatus& s : vertex->subtasks) {
      for (Metric& m : MetricsOf(*vertex, s)) all.push_back({std::to_string(s.subtask) + "." + m.id, m.value});
    }
  }
  Write(all, get, w);
}

void WriteSubtaskMetrics(const job::VertexStatus* vertex, const std::string& subtask, const std::optional<std::string>& get, JsonWriter* w) {
  std::vector<Metric> all;
  if (vertex) {
    for (const job::SubtaskStatus& s : vertex->subtasks) if (std::to_string(s.subtask) == subtask) all = MetricsOf(*vertex, s);
  }
  Write(all, get, w);
}

void WriteAggregatedMetrics(const job::VertexStatus* vertex, const std::optional<std::string>& get, const std::optional<std::string>& agg, JsonWriter* w) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<double>> values;
  if (vertex) {
    for (const job::SubtaskStatus& s : vertex->subtasks) {
      for (const Metric& m : MetricsOf(*vertex, s)) {
        if (!values.count(m.id)) order.push_back(m.id);
        values[m.id].push_back(m.value);
      }
    }
  }
  const std::vector<std::string> ids = get ? Split(*get, ',') : std::vector<std::string>();
  const std::vector<std::string> kinds = agg ? Split(*agg, ',') : std::vector<std::string>{"min", "max", "avg", "sum"};
  w->BeginArray();
  for (const std::string& id : order) {
    if (get && !Wanted(ids, id)) continue;
    w->BeginObject().Field("id", id);
    if (get) {
      const std::vector<double>& x = values[id];
      double sum = 0;
      for (double v : x) sum += v;
      const auto [low, high] = std::minmax_element(x.begin(), x.end());
      if (Wanted(kinds, "min")) w->Key("min").Double(*low);
      if (Wanted(kinds, "max")) w->Key("max").Double(*high);
      if (Wanted(kinds, "avg")) w->Key("avg").Double(sum / static_cast<double>(x.size()));
      if (Wanted(kinds, "sum")) w->Key("sum").Double(sum);
    }
    w->EndObject();
  }
  w->EndArray();
}

}  // namespace tarn::gateway
