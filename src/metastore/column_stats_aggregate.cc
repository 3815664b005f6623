#include "metastore/column_stats_aggregate.h"

#include <algorithm>
#include <functional>
#include <map>

#include "metastore/column_stats_flat.h"
#include "metastore/kll_sketch.h"
#include "metastore/ndv_estimator.h"

namespace tarn::metastore {

namespace {
struct Part {
  std::string name;
  double index = 0;                       // where it stands in the request
  FlatStats stats;
};

void Widen(const FlatStats& from, FlatStats* into) {
  if (from.low && (!into->low || into->Compare(*from.low, *into->low) < 0)) into->low = from.low;
  if (from.high && (!into->high || into->Compare(*into->high, *from.high) < 0)) into->high = from.high;
  into->nulls += from.nulls;
  into->trues += from.trues;
  into->falses += from.falses;
  into->longest = std::max(into->longest, from.longest);
  into->mean_length = std::max(into->mean_length, from.mean_length);
}

StatsEdge Edge(const std::optional<StatsEdge>& e) { return e ? *e : StatsEdge{}; }
// How many values' width one distinct value has.
double Density(const FlatStats& s) { return s.Distance(Edge(s.low), Edge(s.high)) / static_cast<double>(s.distinct); }

int64_t Between(double estimate, int64_t low, int64_t high) {
  if (!(estimate > -9.2e18 && estimate < 9.2e18)) return estimate > 0 ? high : low;
  return std::clamp(static_cast<int64_t>(estimate), low, std::max(low, high));
}

// The order in which Java's HashMap gives strings that were put in this order; ties in what follows are broken by it.
void JavaMapOrder(std::vector<Part>* parts) {
  uint32_t capacity = 16;
  while (parts->size() * 4 > capacity * 3) capacity *= 2;
  auto bucket = [&](const std::string& s) {
    uint32_t h = 0;
    for (unsigned char c : s) h = h * 31 + c;   // names are escaped: ASCII but for letters beyond it, where only ties could differ
    return (h ^ h >> 16) & (capacity - 1);
  };
  std::stable_sort(parts->begin(), parts->end(), [&](const Part& a, const Part& b) { return bucket(a.name) < bucket(b.name); });
}

// A line through the partitions with the least and the greatest value, followed to the border of those asked for.
enum class Toward : uint8_t { kLow, kHigh };
double Follow(double min, double distance, double min_at, double max_at, double border, Toward toward) {
  double max = min + distance;
  if (min_at == max_at) return min;
  if (toward == Toward::kLow) {
    if (min_at < max_at) return max - distance * max_at / (max_at - min_at);
    return max - distance * (border - max_at) / (min_at - max_at);
  }
  if (min_at < max_at) return min + distance * (border - min_at) / (max_at - min_at);
  return min + distance * min_at / (min_at - max_at);
}

// Hive orders decimals by the bytes of their Thrift struct here: by scale, then by signed bytes of unequal number.
bool ThriftLess(const wire::Decimal& a, const wire::Decimal& b) {
  if (a.scale != b.scale) return a.scale < b.scale;
  return std::lexicographical_compare(a.unscaled.begin(), a.unscaled.end(), b.unscaled.begin(), b.unscaled.end(),
                                      [](char x, char y) { return static_cast<signed char>(x) < static_cast<signed char>(y); });
}

using Reader = std::function<double(const FlatStats&)>;
void SortBy(std::vector<Part>* parts, const std::function<bool(const FlatStats&, const FlatStats&)>& less) {
  std::stable_sort(parts->begin(), parts->end(), [&](const Part& a, const Part& b) { return less(a.stats, b.stats); });
}

FlatStats Extrapolate(std::vector<Part> parts, size_t asked, size_t found, double density, const AggregateOptions& o) {
  JavaMapOrder(&parts);
  FlatStats out;
  out.kind = parts[0].stats.kind;
  double border = static_cast<double>(asked);
  auto follow = [&](const Reader& get, Toward toward) {
    double min = get(parts.front().stats);
    return Follow(min, get(parts.back().stats) - min, parts.front().index, parts.back().index, border, toward);
  };
  auto edge = [&](std::optional<StatsEdge> FlatStats::*which, Toward toward) -> StatsEdge {
    SortBy(&parts, [&](const FlatStats& a, const FlatStats& b) {
      if (a.kind == FlatStats::kDecimal) return ThriftLess(Edge(a.*which).decimal, Edge(b.*which).decimal);
      return a.Compare(Edge(a.*which), Edge(b.*which)) < 0;
    });
    StatsEdge min = Edge(parts.front().stats.*which), max = Edge(parts.back().stats.*which);
    if (parts.front().index == parts.back().index) return min;
    return out.FromReal(Follow(out.Real(min), out.Distance(min, max), parts.front().index, parts.back().index, border, toward));
  };
  if (out.kind == FlatStats::kString) {
    SortBy(&parts, [](const FlatStats& a, const FlatStats& b) { return a.mean_length < b.mean_length; });
    out.mean_length = follow([](const FlatStats& s) { return s.mean_length; }, Toward::kHigh);
    // Hive orders by the longest here, and then follows the mean lengths.
    SortBy(&parts, [](const FlatStats& a, const FlatStats& b) { return a.longest < b.longest; });
    out.longest = static_cast<int64_t>(follow([](const FlatStats& s) { return s.mean_length; }, Toward::kHigh));
  } else {
    out.low = edge(&FlatStats::low, Toward::kLow);
    out.high = edge(&FlatStats::high, Toward::kHigh);
  }
  int64_t sum = 0;
  for (const Part& p : parts) {
    out.nulls += p.stats.nulls;
    sum += p.stats.distinct;
  }
  out.nulls = out.nulls * static_cast<int64_t>(asked) / static_cast<int64_t>(found);
  SortBy(&parts, [](const FlatStats& a, const FlatStats& b) { return a.distinct < b.distinct; });
  if (o.density && out.has_edges() && density != 0.0) {
    out.distinct = Between(out.Distance(*out.low, *out.high) / density, parts.back().stats.distinct, sum);
  } else {
    out.distinct = static_cast<int64_t>(follow([](const FlatStats& s) { return static_cast<double>(s.distinct); }, Toward::kHigh));
  }
  return out;
}

// Hive's Java aggregators.
FlatStats FromVectors(std::vector<Part> parts, const std::vector<std::string>& asked, const AggregateOptions& o) {
  FlatStats out = parts[0].stats;
  if (out.kind == FlatStats::kBool || out.kind == FlatStats::kBinary) {
    for (size_t i = 1; i < parts.size(); ++i) Widen(parts[i].stats, &out);
    return out;
  }
  std::vector<NdvEstimator> estimators;
  for (const Part& p : parts) {
    auto e = NdvEstimator::Read(p.stats.bit_vectors);
    if (!e.ok() || (!estimators.empty() && !estimators[0].MayMerge(*e))) break;
    estimators.push_back(std::move(e).value());
  }
  bool vectors = estimators.size() == parts.size();
  if (parts.size() == asked.size() || parts.size() < 2) {
    int64_t most = out.distinct, sum = 0;
    double density = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i) Widen(parts[i].stats, &out);
      most = std::max(most, parts[i].stats.distinct);
      sum += parts[i].stats.distinct;
      density += Density(parts[i].stats);
    }
    out.distinct = most;
    if (vectors) {
      NdvEstimator all = estimators[0].Empty();
      for (const NdvEstimator& e : estimators) all.Merge(e);
      out.distinct = all.Count();
    } else if (out.kind != FlatStats::kString) {
      if (o.density) out.distinct = Between(out.Distance(Edge(out.low), Edge(out.high)) / (density / static_cast<double>(asked.size())), most, sum);
      else out.distinct = static_cast<int64_t>(static_cast<double>(most) + static_cast<double>(sum - most) * o.tuner);
    }
    return out;
  }
  std::vector<Part> adjusted;
  if (!vectors) {
    adjusted = parts;
  } else {
    // Neighbours become one: their vectors are merged, their place is the mean.
    for (size_t i = 0; i < parts.size();) {
      Part joined = parts[i];
      NdvEstimator all = estimators[i].Empty();
      all.Merge(estimators[i]);
      size_t n = 1;
      for (; i + n < parts.size() && parts[i + n].index == parts[i + n - 1].index + 1; ++n) {
        Widen(parts[i + n].stats, &joined.stats);
        joined.name += parts[i + n].name;
        joined.index += parts[i + n].index;
        all.Merge(estimators[i + n]);
      }
      joined.index /= static_cast<double>(n);
      joined.stats.distinct = all.Count();
      adjusted.push_back(std::move(joined));
      i += n;
    }
  }
  double density = 0;
  for (const Part& p : adjusted) density += Density(p.stats);
  density /= static_cast<double>(adjusted.size());
  return Extrapolate(std::move(adjusted), asked.size(), parts.size(), density, o);
}

// Hive's SQL aggregation.
FlatStats FromSql(std::vector<Part> parts, size_t asked, bool all_found, const AggregateOptions& o) {
  FlatStats out = parts[0].stats;
  int64_t most = out.distinct, sum = 0;
  double density = 0;
  size_t dense = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const FlatStats& s = parts[i].stats;
    if (i) Widen(s, &out);
    most = std::max(most, s.distinct);
    sum += s.distinct;
    if (s.low && s.high && s.distinct) {
      density += Density(s);
      ++dense;
    }
  }
  out.bit_vectors.clear();
  out.histogram.clear();
  if (dense) density /= static_cast<double>(dense);
  size_t n = parts.size();
  if (!all_found && n != asked && n >= 2) {
    auto scale = [&](int64_t v) { return v / static_cast<int64_t>(n) * static_cast<int64_t>(asked); };
    out.nulls = scale(out.nulls);
    out.trues = scale(out.trues);
    out.falses = scale(out.falses);
    sum = scale(sum);
    int64_t border = static_cast<int64_t>(asked) - 1;
    // In whole numbers where Hive's are.
    auto follow = [&](auto get, Toward toward) {
      using T = decltype(get(parts[0].stats));
      std::vector<Part> in = parts;
      SortBy(&in, [&](const FlatStats& a, const FlatStats& b) { return get(a) < get(b); });
      T min = get(in.front().stats), max = get(in.back().stats);
      auto a = static_cast<int64_t>(in.front().index), b = static_cast<int64_t>(in.back().index);
      if (a == b) return min;
      if (toward == Toward::kHigh) return a < b ? static_cast<T>(min + (max - min) * static_cast<T>(border - a) / static_cast<T>(b - a)) : static_cast<T>(min + (max - min) * static_cast<T>(a) / static_cast<T>(a - b));
      return a < b ? static_cast<T>(max - (max - min) * static_cast<T>(b) / static_cast<T>(b - a)) : static_cast<T>(max - (max - min) * static_cast<T>(border - b) / static_cast<T>(a - b));
    };
    most = follow([](const FlatStats& s) { return s.distinct; }, Toward::kHigh);
    out.longest = follow([](const FlatStats& s) { return s.longest; }, Toward::kHigh);
    out.mean_length = follow([](const FlatStats& s) { return s.mean_length; }, Toward::kHigh);
    bool edges = std::all_of(parts.begin(), parts.end(), [](const Part& p) { return p.stats.low && p.stats.high; });
    if (out.whole() && edges) {
      out.low->whole = follow([](const FlatStats& s) { return s.low->whole; }, Toward::kLow);
      out.high->whole = follow([](const FlatStats& s) { return s.high->whole; }, Toward::kHigh);
    } else if (out.has_edges() && edges) {
      out.low = out.FromReal(follow([](const FlatStats& s) { return s.Real(*s.low); }, Toward::kLow));
      out.high = out.FromReal(follow([](const FlatStats& s) { return s.Real(*s.high); }, Toward::kHigh));
    }
  }
  if (out.has_edges()) {
    if (o.density && out.low && out.high && density != 0.0) out.distinct = Between(out.Distance(*out.low, *out.high) / density, most, sum);
    else out.distinct = static_cast<int64_t>(static_cast<double>(most) + static_cast<double>(sum - most) * o.tuner);
    // No more values than the range has.
    if (out.whole() && out.low && out.high) out.distinct = std::min(out.distinct, out.high->whole - out.low->whole + 1);
  } else {
    out.distinct = most;
  }
  return out;
}
}  // namespace

wire::ColumnStatisticsObj AggregateStats(const std::vector<PartitionColumnStats>& found, const std::vector<std::string>& asked, bool all_found,
                                         const AggregateOptions& options) {
  std::vector<Part> parts;
  for (const PartitionColumnStats& p : found) {
    Part part{p.partition, 0, p.stats.statsData ? FlatStats::From(*p.stats.statsData) : FlatStats{}};
    if (!parts.empty() && parts[0].stats.kind != part.stats.kind) continue;   // the column's type was changed
    for (size_t i = 0; i < asked.size(); ++i) if (asked[i] == p.partition) part.index = static_cast<double>(i);
    parts.push_back(std::move(part));
  }
  wire::ColumnStatisticsObj out;
  out.colName = found[0].stats.colName;
  out.colType = found[0].stats.colType;
  std::vector<std::string> histograms;
  if (options.histograms) for (const Part& p : parts) histograms.push_back(p.stats.histogram);
  FlatStats all = options.bit_vectors || options.histograms ? FromVectors(std::move(parts), asked, options) : FromSql(std::move(parts), asked.size(), all_found, options);
  all.histogram = MergeHistograms({histograms.begin(), histograms.end()});
  out.statsData.Make() = all.Data();
  return out;
}

}  // namespace tarn::metastore
