#include "metastore/column_stats_flat.h"

#include <charconv>
#include <cmath>

namespace tarn::metastore {

double DecimalNumber(const wire::Decimal& d) {
  long double v = 0;
  bool negative = !d.unscaled.empty() && (d.unscaled[0] & 0x80);
  for (unsigned char c : d.unscaled) v = v * 256 + (negative ? 255 - c : c);
  if (negative) v = -v - 1;
  for (int i = 0; i < d.scale; ++i) v /= 10;
  for (int i = 0; i > d.scale; --i) v *= 10;
  return static_cast<double>(v);
}

wire::Decimal DecimalFromReal(double v) {
  // Java writes the shortest digits, with one after the point at least: from 10^7 on, and below 10^-3, with an exponent.
  char text[64];
  auto end = std::to_chars(text, text + sizeof(text) - 1, std::abs(v), std::chars_format::scientific);
  *end.ptr = 0;
  std::string digits;
  int exponent = 0;
  for (const char* p = text; p != end.ptr; ++p) {
    if (*p == 'e') { exponent = std::atoi(p + 1); break; }
    if (*p != '.') digits += *p;
  }
  if (digits.size() == 1) digits += '0';                               // "5" is written 5.0
  int scale = static_cast<int>(digits.size()) - 1 - exponent;
  bool plain = std::abs(v) >= 1e-3 && std::abs(v) < 1e7;
  while (plain && scale < 1) { digits += '0'; ++scale; }               // 1200 is written 1200.0
  __int128 unscaled = 0;
  for (char c : digits) unscaled = unscaled * 10 + (c - '0');
  if (v < 0) unscaled = -unscaled;
  wire::Decimal d;
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<unsigned char>(unscaled >> shift & 0xff));
  size_t from = 0;   // the shortest two's complement
  while (from + 1 < bytes.size() && ((bytes[from] == 0 && !(bytes[from + 1] & 0x80)) || (bytes[from] == '\xff' && (bytes[from + 1] & 0x80)))) ++from;
  d.set_unscaled(bytes.substr(from));
  d.set_scale(static_cast<int16_t>(scale));
  return d;
}

namespace {
template <typename T> void CommonFrom(const T& t, FlatStats* f) {
  f->nulls = t.numNulls;
  f->distinct = t.numDVs;
  f->bit_vectors = t.bitVectors;
  if constexpr (requires { t.histogram; }) f->histogram = t.histogram;
}
template <typename T> void CommonTo(const FlatStats& f, T* t) {
  t->set_numNulls(f.nulls);
  t->set_numDVs(f.distinct);
  if (!f.bit_vectors.empty()) t->set_bitVectors(f.bit_vectors);
  if constexpr (requires { t->histogram; }) if (!f.histogram.empty()) t->set_histogram(f.histogram);
}
}  // namespace

FlatStats FlatStats::From(const wire::ColumnStatisticsData& d) {
  FlatStats f;
  if (d.booleanStats) {
    f.kind = kBool;
    f.nulls = d.booleanStats->numNulls;
    f.trues = d.booleanStats->numTrues;
    f.falses = d.booleanStats->numFalses;
    f.bit_vectors = d.booleanStats->bitVectors;
  } else if (d.longStats) {
    f.kind = kLong;
    CommonFrom(*d.longStats, &f);
    if (d.longStats->has_lowValue()) f.low = StatsEdge{.whole = d.longStats->lowValue};
    if (d.longStats->has_highValue()) f.high = StatsEdge{.whole = d.longStats->highValue};
  } else if (d.doubleStats) {
    f.kind = kDouble;
    CommonFrom(*d.doubleStats, &f);
    if (d.doubleStats->has_lowValue()) f.low = StatsEdge{.real = d.doubleStats->lowValue};
    if (d.doubleStats->has_highValue()) f.high = StatsEdge{.real = d.doubleStats->highValue};
  } else if (d.stringStats) {
    f.kind = kString;
    CommonFrom(*d.stringStats, &f);
    f.longest = d.stringStats->maxColLen;
    f.mean_length = d.stringStats->avgColLen;
  } else if (d.binaryStats) {
    f.kind = kBinary;
    f.nulls = d.binaryStats->numNulls;
    f.longest = d.binaryStats->maxColLen;
    f.mean_length = d.binaryStats->avgColLen;
    f.bit_vectors = d.binaryStats->bitVectors;
  } else if (d.decimalStats) {
    f.kind = kDecimal;
    CommonFrom(*d.decimalStats, &f);
    if (d.decimalStats->lowValue) f.low = StatsEdge{.decimal = *d.decimalStats->lowValue};
    if (d.decimalStats->highValue) f.high = StatsEdge{.decimal = *d.decimalStats->highValue};
  } else if (d.dateStats) {
    f.kind = kDate;
    CommonFrom(*d.dateStats, &f);
    if (d.dateStats->lowValue) f.low = StatsEdge{.whole = d.dateStats->lowValue->daysSinceEpoch};
    if (d.dateStats->highValue) f.high = StatsEdge{.whole = d.dateStats->highValue->daysSinceEpoch};
  } else if (d.timestampStats) {
    f.kind = kTimestamp;
    CommonFrom(*d.timestampStats, &f);
    if (d.timestampStats->lowValue) f.low = StatsEdge{.whole = d.timestampStats->lowValue->secondsSinceEpoch};
    if (d.timestampStats->highValue) f.high = StatsEdge{.whole = d.timestampStats->highValue->secondsSinceEpoch};
  }
  return f;
}

wire::ColumnStatisticsData FlatStats::Data() const {
  wire::ColumnStatisticsData d;
  switch (kind) {
    case kNone: break;
    case kBool: {
      auto& x = d.booleanStats.Make();
      x.set_numNulls(nulls);
      x.set_numTrues(trues);
      x.set_numFalses(falses);
      if (!bit_vectors.empty()) x.set_bitVectors(bit_vectors);
      break;
    }
    case kLong: {
      auto& x = d.longStats.Make();
      CommonTo(*this, &x);
      if (low) x.set_lowValue(low->whole);
      if (high) x.set_highValue(high->whole);
      break;
    }
    case kDouble: {
      auto& x = d.doubleStats.Make();
      CommonTo(*this, &x);
      if (low) x.set_lowValue(low->real);
      if (high) x.set_highValue(high->real);
      break;
    }
    case kString: {
      auto& x = d.stringStats.Make();
      CommonTo(*this, &x);
      x.set_maxColLen(longest);
      x.set_avgColLen(mean_length);
      break;
    }
    case kBinary: {
      auto& x = d.binaryStats.Make();
      x.set_numNulls(nulls);
      x.set_maxColLen(longest);
      x.set_avgColLen(mean_length);
      if (!bit_vectors.empty()) x.set_bitVectors(bit_vectors);
      break;
    }
    case kDecimal: {
      auto& x = d.decimalStats.Make();
      CommonTo(*this, &x);
      if (low) x.lowValue.Make() = low->decimal;
      if (high) x.highValue.Make() = high->decimal;
      break;
    }
    case kDate: {
      auto& x = d.dateStats.Make();
      CommonTo(*this, &x);
      if (low) x.lowValue.Make().set_daysSinceEpoch(low->whole);
      if (high) x.highValue.Make().set_daysSinceEpoch(high->whole);
      break;
    }
    case kTimestamp: {
      auto& x = d.timestampStats.Make();
      CommonTo(*this, &x);
      if (low) x.lowValue.Make().set_secondsSinceEpoch(low->whole);
      if (high) x.highValue.Make().set_secondsSinceEpoch(high->whole);
      break;
    }
  }
  return d;
}

double FlatStats::Real(const StatsEdge& e) const {
  if (kind == kDecimal) return DecimalNumber(e.decimal);
  return kind == kDouble ? e.real : static_cast<double>(e.whole);
}
double FlatStats::Distance(const StatsEdge& a, const StatsEdge& b) const {
  return whole() ? static_cast<double>(static_cast<int64_t>(static_cast<uint64_t>(b.whole) - static_cast<uint64_t>(a.whole))) : Real(b) - Real(a);
}
int FlatStats::Compare(const StatsEdge& a, const StatsEdge& b) const {
  if (whole()) return a.whole < b.whole ? -1 : a.whole > b.whole;
  double x = Real(a), y = Real(b);
  return x < y ? -1 : x > y;
}
StatsEdge FlatStats::FromReal(double v) const {
  StatsEdge e;
  if (whole()) e.whole = static_cast<int64_t>(v);
  else if (kind == kDouble) e.real = v;
  else e.decimal = DecimalFromReal(v);
  return e;
}

}  // namespace tarn::metastore
