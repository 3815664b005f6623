#include "metastore/column_stats.h"

#include <algorithm>
#include <set>

#include "metastore/column_stats_flat.h"
#include "metastore/kll_sketch.h"
#include "metastore/ndv_estimator.h"

namespace tarn::metastore {

void CombineStats(const wire::ColumnStatisticsData& other_data, wire::ColumnStatisticsData* into_data) {
  FlatStats into = FlatStats::From(*into_data), other = FlatStats::From(other_data);
  if (into.kind != other.kind || into.kind == FlatStats::kNone) return;
  if (other.low && (!into.low || into.Compare(*other.low, *into.low) < 0)) into.low = other.low;
  if (other.high && (!into.high || into.Compare(*into.high, *other.high) < 0)) into.high = other.high;
  into.nulls += other.nulls;
  into.trues += other.trues;
  into.falses += other.falses;
  into.longest = std::max(into.longest, other.longest);
  into.mean_length = std::max(into.mean_length, other.mean_length);
  int64_t most = std::max(into.distinct, other.distinct);
  if (into.has_distinct()) {
    auto a = NdvEstimator::Read(into.bit_vectors), b = NdvEstimator::Read(other.bit_vectors);
    if (a.ok() && b.ok() && a->MayMerge(*b) && a->Merge(*b)) {
      into.bit_vectors = a->Write();
      most = a->Count();
    } else if (!a.ok() && b.ok()) {
      into.bit_vectors = b->Write();
      most = std::max(into.distinct, b->Count());
    }
  }
  into.distinct = most;
  MergeHistogram(other.histogram, &into.histogram);
  *into_data = into.Data();
}

namespace {
constexpr char kAccurate[] = "COLUMN_STATS_ACCURATE";
constexpr char kColumns[] = "\"COLUMN_STATS\":{";

struct State {
  bool basic = false;
  std::set<std::string> columns;
};
State Parse(const std::string& text) {
  State s;
  s.basic = text.find("\"BASIC_STATS\":\"true\"") != std::string::npos;
  size_t at = text.find(kColumns);
  if (at == std::string::npos) return s;
  at += sizeof(kColumns) - 1;
  while (at < text.size() && text[at] == '"') {   // "name":"true",
    size_t end = text.find('"', at + 1);
    if (end == std::string::npos) break;
    s.columns.insert(text.substr(at + 1, end - at - 1));
    at = text.find_first_of(",}", end);
    if (at == std::string::npos || text[at] == '}') break;
    ++at;
  }
  return s;
}
std::string Print(const State& s) {
  std::string out = "{";
  if (s.basic) out += "\"BASIC_STATS\":\"true\"";
  if (!s.columns.empty()) {
    if (s.basic) out += ",";
    out += kColumns;
    bool first = true;
    for (const std::string& c : s.columns) { out += (first ? "\"" : ",\"") + c + "\":\"true\""; first = false; }
    out += "}";
  }
  return out + "}";
}
}  // namespace

bool HasColumnState(const std::map<std::string, std::string>& parameters, const std::string& column) {
  auto it = parameters.find(kAccurate);
  return it != parameters.end() && Parse(it->second).columns.contains(column);
}

void AddColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns) {
  State s = Parse((*parameters)[kAccurate]);
  s.columns.insert(columns.begin(), columns.end());
  (*parameters)[kAccurate] = Print(s);
}

void RemoveColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns) {
  auto it = parameters->find(kAccurate);
  if (it == parameters->end()) return;
  State s = Parse(it->second);
  if (columns.empty()) s.columns.clear();
  for (const std::string& c : columns) s.columns.erase(c);
  if (!s.basic && s.columns.empty()) parameters->erase(it);
  else it->second = Print(s);
}

}  // namespace tarn::metastore
