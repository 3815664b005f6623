#include "metastore/kll_sketch.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace tarn::metastore {

namespace {
constexpr int kM = 8;                            // the least size of a level
constexpr int kKMin = 8, kKMax = 65535;
constexpr uint8_t kFamily = 15;
constexpr uint8_t kFlagEmpty = 1, kFlagLevelZeroSorted = 2, kFlagSingle = 4;
constexpr size_t kShortHead = 8, kFullHead = 20;

Status Corrupt(const char* what) { return Status::Corrupt(std::string("histogram: ") + what); }

template <typename T> T Load(std::string_view bytes, size_t at) {   // little-endian, as we are
  T v;
  std::memcpy(&v, bytes.data() + at, sizeof(T));
  return v;
}
template <typename T> void Append(std::string* out, T v) { out->append(reinterpret_cast<const char*>(&v), sizeof(T)); }

// k * (2/3)^depth, rounded.
uint64_t Shrunk(uint64_t k, int depth) {
  if (depth > 30) return Shrunk(Shrunk(k, depth / 2), depth - depth / 2);
  uint64_t power = 1;
  for (int i = 0; i < depth; ++i) power *= 3;
  return (((k * 2) << depth) / power + 1) / 2;
}
size_t CapacityOf(int k, size_t levels, size_t height) { return std::max<uint64_t>(kM, Shrunk(static_cast<uint64_t>(k), static_cast<int>(levels - 1 - height))); }
}  // namespace

size_t KllSketch::LevelCapacity(size_t height) const { return CapacityOf(k_, levels_.size(), height); }
size_t KllSketch::TotalCapacity() const {
  size_t n = 0;
  for (size_t h = 0; h < levels_.size(); ++h) n += LevelCapacity(h);
  return n;
}
size_t KllSketch::retained() const {
  size_t n = 0;
  for (const auto& l : levels_) n += l.size();
  return n;
}
bool KllSketch::CoinFlip() {   // xorshift64*
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  return random_ * 0x2545f4914f6cdd1d >> 63;
}

Result<KllSketch> KllSketch::Read(std::string_view b) {
  if (b.size() < kShortHead || b.size() > kBytesMax) return Corrupt("its length");
  auto byte = [&](size_t at) { return static_cast<uint8_t>(b[at]); };
  uint8_t version = byte(1), flags = byte(3);
  if (byte(2) != kFamily || version < 1 || version > 3) return Corrupt("no KLL sketch");
  if (byte(6) != kM) return Status::NotSupported("histogram: levels of " + std::to_string(byte(6)) + " items at least");
  KllSketch s(Load<uint16_t>(b, 4));
  if (s.k_ < kKMin || s.k_ > kKMax) return Corrupt("its k");
  bool updatable = version == 3;
  if (!updatable && (flags & kFlagEmpty)) return s;
  if (!updatable && (flags & kFlagSingle)) {
    if (b.size() < kShortHead + 4) return Corrupt("its value is missing");
    s.Update(Load<float>(b, kShortHead));
    if (s.n_ != 1) return Corrupt("a value that is none");
    return s;
  }
  if (b.size() < kFullHead) return Corrupt("its head is cut short");
  s.n_ = Load<uint64_t>(b, 8);
  s.min_k_ = Load<uint16_t>(b, 16);
  size_t count = byte(18);
  if (updatable && s.n_ == 0) return KllSketch(s.k_);
  if (s.n_ == 0 || count == 0 || count > kLevelsMax || s.min_k_ < kKMin || s.min_k_ > s.k_) return Corrupt("its head");
  // Places of the levels in an array of the whole capacity; the compact form leaves out the last place, and the free items before the first.
  size_t capacity = 0, at = kFullHead + 4 * (count + updatable);
  for (size_t h = 0; h < count; ++h) capacity += CapacityOf(s.k_, count, h);
  if (b.size() < at + 8) return Corrupt("its levels are cut short");
  std::vector<uint32_t> places;
  for (size_t i = 0; i < count + updatable; ++i) places.push_back(Load<uint32_t>(b, kFullHead + 4 * i));
  if (!updatable) places.push_back(static_cast<uint32_t>(capacity));
  s.min_ = Load<float>(b, at);
  s.max_ = Load<float>(b, at + 4);
  at += 8;
  if (updatable) at += 4 * static_cast<size_t>(places[0]);
  s.levels_.assign(count, {});
  uint64_t weight = 0;
  if (!(s.min_ <= s.max_)) return Corrupt("its ends");
  for (size_t h = 0; h < count; ++h) {
    if (places[h] > places[h + 1] || places[h + 1] > capacity) return Corrupt("its levels");
    size_t n = places[h + 1] - places[h];
    if (b.size() < at + 4 * n) return Corrupt("its values are cut short");
    std::vector<float>& level = s.levels_[h];
    level.resize(n);
    if (n) std::memcpy(level.data(), b.data() + at, 4 * n);
    at += 4 * n;
    for (float v : level) if (!(v >= s.min_ && v <= s.max_)) return Corrupt("a value beyond its ends");
    if (h && !std::is_sorted(level.begin(), level.end())) return Corrupt("a level is not sorted");
    if (n > (s.n_ - weight) >> h) return Corrupt("its weights");
    weight += static_cast<uint64_t>(n) << h;
  }
  if (weight != s.n_) return Corrupt("its weights");
  return s;
}

std::string KllSketch::Write() const {
  std::string out;
  bool small = n_ <= 1;
  out += static_cast<char>(small ? 2 : 5);                       // words of the head
  out += static_cast<char>(n_ == 1 ? 2 : 1);                     // version
  out += static_cast<char>(kFamily);
  out += static_cast<char>(n_ == 0 ? kFlagEmpty : n_ == 1 ? kFlagSingle : 0);
  Append(&out, static_cast<uint16_t>(k_));
  out += static_cast<char>(kM);
  out += '\0';
  if (n_ == 0) return out;
  if (n_ == 1) {
    Append(&out, min_);
    return out;
  }
  Append(&out, n_);
  Append(&out, static_cast<uint16_t>(min_k_));
  out += static_cast<char>(levels_.size());
  out += '\0';
  size_t place = TotalCapacity() - retained();
  for (const auto& l : levels_) {
    Append(&out, static_cast<uint32_t>(place));
    place += l.size();
  }
  Append(&out, min_);
  Append(&out, max_);
  for (const auto& l : levels_) out.append(reinterpret_cast<const char*>(l.data()), 4 * l.size());
  return out;
}

void KllSketch::Update(float v) {
  if (std::isnan(v)) return;
  min_ = n_ ? std::min(min_, v) : v;
  max_ = n_ ? std::max(max_, v) : v;
  ++n_;
  levels_[0].push_back(v);
  Compress();
}

void KllSketch::Merge(const KllSketch& other) {
  if (!other.n_) return;
  min_ = n_ ? std::min(min_, other.min_) : other.min_;
  max_ = n_ ? std::max(max_, other.max_) : other.max_;
  n_ += other.n_;
  if (other.levels_.size() > 1) min_k_ = std::min(min_k_, other.min_k_);   // one level: no value was left out
  random_ = (random_ ^ other.n_) * 0x9e3779b97f4a7c15 + other.levels_.size();
  for (const auto& l : other.levels_) for (float v : l) random_ = (random_ ^ static_cast<uint64_t>(static_cast<int64_t>(std::clamp(v, -1e18f, 1e18f)))) * 0x100000001b3 + 1;
  if (!random_) random_ = 1;
  if (levels_.size() < other.levels_.size()) levels_.resize(other.levels_.size());
  for (size_t h = 0; h < other.levels_.size(); ++h) {
    std::vector<float>& mine = levels_[h];
    auto middle = static_cast<std::ptrdiff_t>(mine.size());
    mine.insert(mine.end(), other.levels_[h].begin(), other.levels_[h].end());
    if (h) std::inplace_merge(mine.begin(), mine.begin() + middle, mine.end());
  }
  Compress();
}

// Until everything fits: the lowest full level gives half of its items to the next.
void KllSketch::Compress() {
  while (retained() > TotalCapacity()) {
    size_t h = 0;
    while (levels_[h].size() < LevelCapacity(h)) ++h;   // one is full, or they would all fit
    if (h + 1 == levels_.size()) levels_.emplace_back();
    std::vector<float>& from = levels_[h];
    std::vector<float>& into = levels_[h + 1];
    if (h == 0) std::sort(from.begin(), from.end());
    // Of an odd number the first stays.
    size_t odd = from.size() & 1, middle = into.size();
    for (size_t i = odd + CoinFlip(); i < from.size(); i += 2) into.push_back(from[i]);
    std::inplace_merge(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(middle), into.end());
    from.resize(odd);
  }
}

double KllSketch::Rank(float value) const {
  uint64_t below = 0;
  for (size_t h = 0; h < levels_.size(); ++h) for (float v : levels_[h]) below += v < value ? uint64_t{1} << h : 0;
  return static_cast<double>(below) / static_cast<double>(n_);
}
double KllSketch::RankError() const { return 2.296 / std::pow(min_k_, 0.9723); }

namespace {
// Counts that no table has are somebody's mischief: their sum would not be a number, or a sketch with more levels than may be read.
bool Fits(const KllSketch& a, const KllSketch& b) {
  constexpr uint64_t kValuesMax = uint64_t{1} << 56;
  return a.n() < kValuesMax && b.n() < kValuesMax - a.n();
}
}  // namespace

void MergeHistogram(const std::string& other, std::string* into) {
  if (other.empty()) return;
  if (into->empty()) { *into = other; return; }
  auto a = KllSketch::Read(*into), b = KllSketch::Read(other);
  if (!a.ok() || !b.ok() || a->k() != b->k()) return;
  if (!Fits(*a, *b)) return;
  a->Merge(*b);
  *into = a->Write();
}

std::string MergeHistograms(const std::vector<std::string_view>& histograms) {
  std::vector<KllSketch> by_k;
  for (std::string_view h : histograms) {
    if (h.empty()) continue;
    auto s = KllSketch::Read(h);
    if (!s.ok()) continue;                      // one that nobody can read tells nothing
    auto same = std::find_if(by_k.begin(), by_k.end(), [&](const KllSketch& o) { return o.k() == s->k(); });
    if (same == by_k.end()) by_k.push_back(std::move(s).value());
    else if (Fits(*same, *s)) same->Merge(*s);
  }
  auto most = std::max_element(by_k.begin(), by_k.end(), [](const KllSketch& a, const KllSketch& b) { return a.n() < b.n(); });
  return most == by_k.end() ? "" : most->Write();
}

}  // namespace tarn::metastore
