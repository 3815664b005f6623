// Bit vectors of column statistics: Hive's HyperLogLog and Flajolet-Martin sketches, read, merged, counted and written as Hive does it.
//
// Bytes: docs/format/hive-bit-vectors.md. Counting follows org.apache.hadoop.hive.common.ndv to the digit (bias tables of HyperLogLog++
// for 2^10 registers, which is what Hive writes). Threads: a value. Errors: kCorrupt for bytes that are neither.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::metastore {

class NdvEstimator {
 public:
  static Result<NdvEstimator> Read(std::string_view bytes);
  // What Hive merges others into: a sketch of as many vectors, or a HyperLogLog of 2^10 registers.
  NdvEstimator Empty() const;
  bool MayMerge(const NdvEstimator& other) const { return hll_ == other.hll_ && (hll_ || vectors_.size() == other.vectors_.size()); }
  // False: `other` has fewer registers than this.
  bool Merge(const NdvEstimator& other);
  int64_t Count() const;
  std::string Write() const;

 private:
  void SetDense(uint32_t index, uint8_t value);
  void ToDense();
  NdvEstimator Squash(int bits) const;
  int64_t CountRegisters() const;

  bool hll_ = true;
  // HyperLogLog
  int bits_ = 10;                           // 2^bits_ registers
  bool dense_ = false, packing_ = true;
  std::map<uint32_t, uint8_t> sparse_;      // 25 bits of index -> run of zeros
  std::vector<uint8_t> registers_;
  uint8_t highest_ = 0;
  // Flajolet-Martin
  std::vector<uint32_t> vectors_;
};

}  // namespace tarn::metastore
