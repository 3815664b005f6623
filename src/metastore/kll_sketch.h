// Histograms of column statistics: the KLL sketch of floats of Apache DataSketches, read, merged, asked and written.
//
// The algorithm: Karnin, Lang, Liberty, "Optimal Quantile Approximation in Streams" (2016), with the level sizes of DataSketches' KLL:
// level h of n holds up to max(m, k * (2/3)^(n - 1 - h)) items, each standing for 2^h values; a full level gives half of its items, every
// second one from a random start, to the next. Bytes: docs/format/hive-histograms.md. The random starts follow from the bytes of what is
// merged, so that the same merge gives the same sketch. Threads: a value. Errors: kCorrupt for bytes that are no such sketch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::metastore {

class KllSketch {
 public:
  static constexpr size_t kBytesMax = 16 << 20;
  static constexpr int kLevelsMax = 60;

  explicit KllSketch(int k = 200) : k_(k), min_k_(k), levels_(1) {}
  // Compact and updatable form.
  static Result<KllSketch> Read(std::string_view bytes);
  std::string Write() const;                     // compact; no more than n values: exact
  void Update(float value);                      // NaN is passed over
  // Of any k: the sketch keeps its own, its error becomes that of the smaller.
  void Merge(const KllSketch& other);

  int k() const { return k_; }
  uint64_t n() const { return n_; }
  float min() const { return min_; }
  float max() const { return max_; }
  size_t retained() const;
  // The share of the values that are less than this one; n > 0.
  double Rank(float value) const;
  // Of Rank, with 99 % confidence (DataSketches' fit for m = 8).
  double RankError() const;

 private:
  size_t LevelCapacity(size_t height) const;
  size_t TotalCapacity() const;
  void Compress();
  bool CoinFlip();

  int k_, min_k_;
  uint64_t n_ = 0, random_ = 0x9e3779b97f4a7c15;
  float min_ = 0, max_ = 0;
  std::vector<std::vector<float>> levels_;       // level 0 in any order, the others sorted
};

// Two serialised histograms as Hive merges new statistics (`into`) with the old ones: of one k: merged; one only: that; else `into` stays.
void MergeHistogram(const std::string& other, std::string* into);
// Those of several partitions, as Hive aggregates them: merged by k, and of those the one with the most values. Empty: none has any.
std::string MergeHistograms(const std::vector<std::string_view>& histograms);

}  // namespace tarn::metastore
