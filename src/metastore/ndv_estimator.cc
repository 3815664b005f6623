#include "metastore/ndv_estimator.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tarn::metastore {

namespace {
constexpr int kSparseBits = 25, kRunBits = 6, kNeighbours = 6;
constexpr double kPhi = 0.77351;   // Flajolet and Martin 1986
constexpr size_t kVectorsMax = 1024;
// The bias of raw estimates with 2^10 registers, and from where linear counting is worse (Heule et al. 2013, appendix).
constexpr double kThreshold = 900;
constexpr double kRawEstimates[] = {
    738.1256, 750.4234, 763.1064, 775.4732, 788.4636, 801.0644, 814.488, 827.9654, 841.0832, 854.7864, 868.1992, 882.2176, 896.5228,
    910.1716, 924.7752, 938.899, 953.6126, 968.6492, 982.9474, 998.5214, 1013.1064, 1028.6364, 1044.2468, 1059.4588, 1075.3832, 1091.0584,
    1106.8606, 1123.3868, 1139.5062, 1156.1862, 1172.463, 1189.339, 1206.1936, 1223.1292, 1240.1854, 1257.2908, 1275.3324, 1292.8518,
    1310.5204, 1328.4854, 1345.9318, 1364.552, 1381.4658, 1400.4256, 1419.849, 1438.152, 1456.8956, 1474.8792, 1494.118, 1513.62,
    1532.5132, 1551.9322, 1570.7726, 1590.6086, 1610.5332, 1630.5918, 1650.4294, 1669.7662, 1690.4106, 1710.7338, 1730.9012, 1750.4486,
    1770.1556, 1791.6338, 1812.7312, 1833.6264, 1853.9526, 1874.8742, 1896.8326, 1918.1966, 1939.5594, 1961.07, 1983.037, 2003.1804,
    2026.071, 2047.4884, 2070.0848, 2091.2944, 2114.333, 2135.9626, 2158.2902, 2181.0814, 2202.0334, 2224.4832, 2246.39, 2269.7202,
    2292.1714, 2314.2358, 2338.9346, 2360.891, 2384.0264, 2408.3834, 2430.1544, 2454.8684, 2476.9896, 2501.4368, 2522.8702, 2548.0408,
    2570.6738, 2593.5208, 2617.0158, 2640.2302, 2664.0962, 2687.4986, 2714.2588, 2735.3914, 2759.6244, 2781.8378, 2808.0072, 2830.6516,
    2856.2454, 2877.2136, 2903.4546, 2926.785, 2951.2294, 2976.468, 3000.867, 3023.6508, 3049.91, 3073.5984, 3098.162, 3121.5564,
    3146.2328, 3170.9484, 3195.5902, 3221.3346, 3242.7032, 3271.6112, 3296.5546, 3317.7376, 3345.072, 3369.9518, 3394.326, 3418.1818,
    3444.6926, 3469.086, 3494.2754, 3517.8698, 3544.248, 3565.3768, 3588.7234, 3616.979, 3643.7504, 3668.6812, 3695.72, 3719.7392,
    3742.6224, 3770.4456, 3795.6602, 3819.9058, 3844.002, 3869.517, 3895.6824, 3920.8622, 3947.1364, 3973.985, 3995.4772, 4021.62,
    4046.628, 4074.65, 4096.2256, 4121.831, 4146.6406, 4173.276, 4195.0744, 4223.9696, 4251.3708, 4272.9966, 4300.8046, 4326.302,
    4353.1248, 4374.312, 4403.0322, 4426.819, 4450.0598, 4478.5206, 4504.8116, 4528.8928, 4553.9584, 4578.8712, 4603.8384, 4632.3872,
    4655.5128, 4675.821, 4704.6222, 4731.9862, 4755.4174, 4781.2628, 4804.332, 4832.3048, 4862.8752, 4883.4148, 4906.9544, 4935.3516,
    4954.3532, 4984.0248, 5011.217, 5035.3258, 5057.3672, 5084.1828,};
constexpr double kBiases[] = {
    737.1256, 724.4234, 711.1064, 698.4732, 685.4636, 673.0644, 660.488, 647.9654, 636.0832, 623.7864, 612.1992, 600.2176, 588.5228,
    577.1716, 565.7752, 554.899, 543.6126, 532.6492, 521.9474, 511.5214, 501.1064, 490.6364, 480.2468, 470.4588, 460.3832, 451.0584,
    440.8606, 431.3868, 422.5062, 413.1862, 404.463, 395.339, 386.1936, 378.1292, 369.1854, 361.2908, 353.3324, 344.8518, 337.5204,
    329.4854, 321.9318, 314.552, 306.4658, 299.4256, 292.849, 286.152, 278.8956, 271.8792, 265.118, 258.62, 252.5132, 245.9322, 239.7726,
    233.6086, 227.5332, 222.5918, 216.4294, 210.7662, 205.4106, 199.7338, 194.9012, 188.4486, 183.1556, 178.6338, 173.7312, 169.6264,
    163.9526, 159.8742, 155.8326, 151.1966, 147.5594, 143.07, 140.037, 134.1804, 131.071, 127.4884, 124.0848, 120.2944, 117.333, 112.9626,
    110.2902, 107.0814, 103.0334, 99.4832000000001, 96.3899999999999, 93.7202000000002, 90.1714000000002, 87.2357999999999, 85.9346,
    82.8910000000001, 80.0264000000002, 78.3834000000002, 75.1543999999999, 73.8683999999998, 70.9895999999999, 69.4367999999999,
    64.8701999999998, 65.0408000000002, 61.6738, 59.5207999999998, 57.0158000000001, 54.2302, 53.0962, 50.4985999999999, 52.2588000000001,
    47.3914, 45.6244000000002, 42.8377999999998, 43.0072, 40.6516000000001, 40.2453999999998, 35.2136, 36.4546, 33.7849999999999,
    33.2294000000002, 32.4679999999998, 30.8670000000002, 28.6507999999999, 28.9099999999999, 27.5983999999999, 26.1619999999998,
    24.5563999999999, 23.2328000000002, 21.9484000000002, 21.5902000000001, 21.3346000000001, 17.7031999999999, 20.6111999999998,
    19.5545999999999, 15.7375999999999, 17.0720000000001, 16.9517999999998, 15.326, 13.1817999999998, 14.6925999999999, 13.0859999999998,
    13.2754, 10.8697999999999, 11.248, 7.3768, 4.72339999999986, 7.97899999999981, 8.7503999999999, 7.68119999999999, 9.7199999999998,
    7.73919999999998, 5.6224000000002, 7.44560000000001, 6.6601999999998, 5.9058, 4.00199999999995, 4.51699999999983, 4.68240000000014,
    3.86220000000003, 5.13639999999987, 5.98500000000013, 2.47719999999981, 2.61999999999989, 1.62800000000016, 4.65000000000009,
    0.225599999999758, 0.831000000000131, -0.359400000000278, 1.27599999999984, -2.92559999999958, -0.0303999999996449, 2.37079999999969,
    -2.0033999999996, 0.804600000000391, 0.30199999999968, 1.1247999999996, -2.6880000000001, 0.0321999999996478, -1.18099999999959,
    -3.9402, -1.47940000000017, -0.188400000000001, -2.10720000000038, -2.04159999999956, -3.12880000000041, -4.16160000000036,
    -0.612799999999879, -3.48719999999958, -8.17900000000009, -5.37780000000021, -4.01379999999972, -5.58259999999973, -5.73719999999958,
    -7.66799999999967, -5.69520000000011, -1.1247999999996, -5.58520000000044, -8.04560000000038, -4.64840000000004, -11.6468000000004,
    -7.97519999999986, -5.78300000000036, -7.67420000000038, -10.6328000000003, -9.81720000000041,};
int64_t LinearCount(double registers, double zeros) { return static_cast<int64_t>(std::floor(registers * std::log(registers / zeros) + 0.5)); }

int64_t Bias(int64_t count) {
  std::map<double, size_t> nearest;   // of two equally far the later one counts
  for (size_t i = 0; i < std::size(kRawEstimates); ++i) nearest[std::pow(static_cast<double>(count) - kRawEstimates[i], 2)] = i;
  double sum = 0;
  int left = kNeighbours;
  for (const auto& [distance, i] : nearest) {
    sum += kBiases[i];
    if (--left == 0) break;
  }
  return static_cast<int64_t>(sum / kNeighbours + 0.5);
}

void PutVarint(uint64_t v, std::string* out) {
  for (; v & ~uint64_t{0x7f}; v >>= 7) *out += static_cast<char>(0x80 | (v & 0x7f));
  *out += static_cast<char>(v);
}
bool GetVarint(std::string_view in, size_t* at, uint64_t* v) {
  *v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (*at >= in.size()) return false;
    uint8_t b = static_cast<uint8_t>(in[(*at)++]);
    *v |= static_cast<uint64_t>(b & 0x7f) << shift;
    if (b < 0x80) return true;
  }
  return false;
}
Status Corrupt(const char* what) { return Status::Corrupt(std::string("bit vector: ") + what); }
}  // namespace

Result<NdvEstimator> NdvEstimator::Read(std::string_view in) {
  NdvEstimator e;
  if (in.starts_with("FM")) {
    if (in.size() < 4) return Corrupt("it ends too early");
    size_t n = static_cast<uint8_t>(in[2]) | static_cast<size_t>(static_cast<uint8_t>(in[3])) << 8;
    if (n == 0 || n > kVectorsMax || in.size() < 4 + 4 * n) return Corrupt("its length");
    e.hll_ = false;
    for (size_t i = 0; i < n; ++i) {
      uint32_t v = 0;
      for (size_t j = 0; j < 4; ++j) v |= static_cast<uint32_t>(static_cast<uint8_t>(in[4 + 4 * i + j])) << (8 * j);
      e.vectors_.push_back(v);
    }
    return e;
  }
  if (!in.starts_with("HLL") || in.size() < 5) return Corrupt("neither HyperLogLog nor a Flajolet-Martin sketch");
  uint8_t head = static_cast<uint8_t>(in[3]);
  e.bits_ = head >> 4;
  int width = head & 7;
  if (e.bits_ < 4) return Corrupt("too few registers");
  size_t at = 4;
  uint64_t count, n;
  if (!GetVarint(in, &at, &count)) return Corrupt("it ends too early");
  if (width == 0) {
    if (!GetVarint(in, &at, &n) || n > in.size() - at) return Corrupt("its length");
    uint32_t entry = 0;
    for (uint64_t i = 0; i < n; ++i) {
      uint64_t delta;
      if (!GetVarint(in, &at, &delta)) return Corrupt("it ends too early");
      entry += static_cast<uint32_t>(delta);
      uint8_t& run = e.sparse_[entry >> kRunBits];
      run = std::max(run, static_cast<uint8_t>(entry & 0x3f));
    }
    return e;
  }
  e.dense_ = true;
  size_t m = size_t{1} << e.bits_;
  e.registers_.assign(m, 0);
  if (width == 7) {
    e.packing_ = false;
    e.highest_ = 0xff;
    width = 8;
  }
  if ((in.size() - at) * 8 < m * static_cast<size_t>(width)) return Corrupt("it ends too early");
  for (size_t i = 0, bit = 0; i < m; ++i) {
    uint32_t v = 0;
    for (int k = 0; k < width; ++k, ++bit) v = v << 1 | (static_cast<uint8_t>(in[at + bit / 8]) >> (7 - bit % 8) & 1);
    e.SetDense(static_cast<uint32_t>(i), static_cast<uint8_t>(std::min<uint32_t>(v, 65)));
  }
  return e;
}

NdvEstimator NdvEstimator::Empty() const {
  NdvEstimator e;
  e.hll_ = hll_;
  e.vectors_.assign(vectors_.size(), 0);
  return e;
}

void NdvEstimator::SetDense(uint32_t index, uint8_t value) {
  if (index >= registers_.size() || value <= registers_[index]) return;
  registers_[index] = value;
  highest_ = std::max(highest_, value);
}

void NdvEstimator::ToDense() {
  registers_.assign(size_t{1} << bits_, 0);
  highest_ = packing_ ? 0 : 0xff;
  for (auto [index, run] : sparse_) SetDense(index & ((1u << bits_) - 1), run);
  sparse_.clear();
  dense_ = true;
}

// Fewer registers. As Hive's: each register is turned back into a hash of 32 bits that would have led to it.
NdvEstimator NdvEstimator::Squash(int bits) const {
  NdvEstimator out;
  out.bits_ = bits;
  out.ToDense();
  auto add = [&](uint32_t index, uint8_t run) {
    if (run == 0) return;
    int32_t low = static_cast<int32_t>((1u << ((bits_ + run - 1) & 31)) | index);
    uint64_t hash = static_cast<uint64_t>(static_cast<int64_t>(low));
    uint64_t w = hash >> bits;
    out.SetDense(static_cast<uint32_t>(hash & ((1u << bits) - 1)), static_cast<uint8_t>(std::countr_zero(w) + 1));
  };
  for (auto [index, run] : sparse_) add(index, run);
  for (uint32_t i = 0; i < registers_.size(); ++i) add(i, registers_[i]);
  return out;
}

bool NdvEstimator::Merge(const NdvEstimator& given) {
  if (!hll_) {
    for (size_t i = 0; i < vectors_.size() && i < given.vectors_.size(); ++i) vectors_[i] |= given.vectors_[i];
    return true;
  }
  if (bits_ > given.bits_) return false;
  NdvEstimator other = bits_ == given.bits_ ? given : given.Squash(bits_);
  if (!dense_ && !other.dense_) {
    for (auto [index, run] : other.sparse_) {
      uint8_t& mine = sparse_[index];
      mine = std::max(mine, run);
    }
    size_t m = size_t{1} << bits_;
    if (sparse_.size() > (packing_ ? m * 6 / 8 / 5 : m / 3)) ToDense();
    return true;
  }
  if (!dense_) ToDense();
  if (!other.dense_) other.ToDense();
  for (size_t i = 0; i < registers_.size(); ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
  highest_ = std::max(highest_, other.highest_);
  return true;
}

int64_t NdvEstimator::CountRegisters() const {
  if (!dense_) {
    double m = static_cast<double>(1 << kSparseBits);
    return LinearCount(m, m - static_cast<double>(sparse_.size()));
  }
  int64_t m = int64_t{1} << bits_;
  float alpha = 0.7213f / (1 + 1.079f / static_cast<float>(m));
  alpha = alpha * static_cast<float>(m) * static_cast<float>(m);
  double sum = 0;
  int64_t zeros = 0;
  for (uint8_t r : registers_) {
    sum += std::ldexp(1.0, -r);
    zeros += r == 0;
  }
  int64_t count = static_cast<int64_t>(static_cast<double>(alpha) * (1.0 / sum));
  if (bits_ != 10) {   // no bias table here: the original rule
    if (static_cast<double>(count) <= 2.5 * static_cast<double>(m) && zeros) count = LinearCount(static_cast<double>(m), static_cast<double>(zeros));
    return count;
  }
  if (count <= 5 * m) count -= Bias(count);
  int64_t linear = zeros ? LinearCount(static_cast<double>(m), static_cast<double>(zeros)) : count;
  return linear < static_cast<int64_t>(kThreshold + 0.5) ? linear : count;
}

int64_t NdvEstimator::Count() const {
  if (hll_) return std::max<int64_t>(CountRegisters(), 1);   // Hive: no value at all counts as one
  int64_t sum = 0;
  for (uint32_t v : vectors_) sum += std::countr_one(v);
  double mean = static_cast<double>(sum) / (static_cast<double>(vectors_.size()) * 1.0) - std::log(kPhi) / std::log(2.0);
  return static_cast<int64_t>(std::pow(2.0, mean));
}

std::string NdvEstimator::Write() const {
  std::string out;
  if (!hll_) {
    out = "FM";
    out += static_cast<char>(vectors_.size() & 0xff);
    out += static_cast<char>(vectors_.size() >> 8);
    for (uint32_t v : vectors_) {
      v &= 0x7fffffff;
      for (int j = 0; j < 4; ++j) out += static_cast<char>(v >> (8 * j) & 0xff);
    }
    return out;
  }
  out = "HLL";
  int width = dense_ ? std::bit_width(highest_) : 0;
  if (highest_ == 0xff) width = 8;
  out += static_cast<char>(bits_ << 4 | (width > 6 ? 7 : width));
  if (width > 6) width = 8;
  PutVarint(static_cast<uint64_t>(Count()), &out);
  if (!dense_) {
    PutVarint(sparse_.size(), &out);
    uint32_t before = 0;
    for (auto [index, run] : sparse_) {
      uint32_t entry = index << kRunBits | run;
      PutVarint(entry - before, &out);
      before = entry;
    }
    return out;
  }
  uint32_t current = 0;
  int have = 0;
  for (uint8_t r : registers_) {
    current = current << width | r;
    have += width;
    while (have >= 8) {
      out += static_cast<char>(current >> (have - 8) & 0xff);
      have -= 8;
    }
    current &= (1u << have) - 1;
  }
  return out;
}

}  // namespace tarn::metastore
