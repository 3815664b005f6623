#include "metastore/column_stats.h"

#include <algorithm>
#include <set>

namespace tarn::metastore {

namespace {
using namespace wire;

// Numbers with optional ends: long and double.
template <typename T> void CombineNumbers(const T& a, T* b) {
  if (a.has_lowValue()) b->set_lowValue(b->has_lowValue() ? std::min(a.lowValue, b->lowValue) : a.lowValue);
  if (a.has_highValue()) b->set_highValue(b->has_highValue() ? std::max(a.highValue, b->highValue) : a.highValue);
  b->numNulls += a.numNulls;
  b->numDVs = std::max(a.numDVs, b->numDVs);
  b->clear_bitVectors();
}
template <typename T, typename L> void CombineBoxed(const T& a, T* b, L less) {
  if (a.lowValue && (!b->lowValue || less(*a.lowValue, *b->lowValue))) b->lowValue = a.lowValue;
  if (a.highValue && (!b->highValue || less(*b->highValue, *a.highValue))) b->highValue = a.highValue;
  b->numNulls += a.numNulls;
  b->numDVs = std::max(a.numDVs, b->numDVs);
  b->clear_bitVectors();
}

// Big-endian two's complement of any length with a scale, compared as numbers.
long double Number(const Decimal& d) {
  long double v = 0;
  bool negative = !d.unscaled.empty() && (d.unscaled[0] & 0x80);
  for (unsigned char c : d.unscaled) v = v * 256 + (negative ? 255 - c : c);
  if (negative) v = -v - 1;
  for (int i = 0; i < d.scale; ++i) v /= 10;
  for (int i = 0; i > d.scale; --i) v *= 10;
  return v;
}
}  // namespace

void CombineStats(const ColumnStatisticsData& a, ColumnStatisticsData* b) {
  if (a.booleanStats && b->booleanStats) {
    b->booleanStats->numTrues += a.booleanStats->numTrues;
    b->booleanStats->numFalses += a.booleanStats->numFalses;
    b->booleanStats->numNulls += a.booleanStats->numNulls;
  } else if (a.longStats && b->longStats) {
    CombineNumbers(*a.longStats, &*b->longStats);
  } else if (a.doubleStats && b->doubleStats) {
    CombineNumbers(*a.doubleStats, &*b->doubleStats);
  } else if (a.stringStats && b->stringStats) {
    b->stringStats->maxColLen = std::max(a.stringStats->maxColLen, b->stringStats->maxColLen);
    b->stringStats->avgColLen = std::max(a.stringStats->avgColLen, b->stringStats->avgColLen);
    b->stringStats->numNulls += a.stringStats->numNulls;
    b->stringStats->numDVs = std::max(a.stringStats->numDVs, b->stringStats->numDVs);
    b->stringStats->clear_bitVectors();
  } else if (a.binaryStats && b->binaryStats) {
    b->binaryStats->maxColLen = std::max(a.binaryStats->maxColLen, b->binaryStats->maxColLen);
    b->binaryStats->avgColLen = std::max(a.binaryStats->avgColLen, b->binaryStats->avgColLen);
    b->binaryStats->numNulls += a.binaryStats->numNulls;
  } else if (a.decimalStats && b->decimalStats) {
    CombineBoxed(*a.decimalStats, &*b->decimalStats, [](const Decimal& x, const Decimal& y) { return Number(x) < Number(y); });
  } else if (a.dateStats && b->dateStats) {
    CombineBoxed(*a.dateStats, &*b->dateStats, [](const Date& x, const Date& y) { return x.daysSinceEpoch < y.daysSinceEpoch; });
  } else if (a.timestampStats && b->timestampStats) {
    CombineBoxed(*a.timestampStats, &*b->timestampStats, [](const Timestamp& x, const Timestamp& y) { return x.secondsSinceEpoch < y.secondsSinceEpoch; });
  }
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
