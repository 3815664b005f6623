#include "metastore/search/match.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "metastore/search/words.h"

namespace tarn::metastore::search {

namespace {
constexpr int kScorePlanes = 4, kSumPlanes = 7;
static_assert(kScoreMax < (1 << kScorePlanes) && kScoreMax * kQueryWordsMax < (1 << kSumPlanes));

// One word's scores over all documents: plane 0 says found, planes 1 to 4 the bits of the score.
class Planes {
 public:
  Planes(const Segment& segment, uint64_t* memory, size_t words) : segment_(segment), memory_(memory), words_(words) {}
  // Documents that have a score already keep it: add in falling order.
  void Add(const PostingList& list, int score) {
    if (list.count > 1 && segment_.IsDense(list)) {
      const uint64_t* bits = segment_.Bits(list);
      if (!bits) return;
      uint64_t* found = memory_;
      for (size_t i = 0; i < words_; ++i) {
        uint64_t fresh = bits[i] & ~found[i];
        if (!fresh) continue;
        found[i] |= fresh;
        for (int p = 0; p < kScorePlanes; ++p) if (score >> p & 1) memory_[static_cast<size_t>(p + 1) * words_ + i] |= fresh;
      }
      return;
    }
    segment_.EachDocument(list, [&](uint32_t doc) {
      uint64_t bit = uint64_t{1} << (doc % 64);
      size_t i = doc / 64;
      if (memory_[i] & bit) return;
      memory_[i] |= bit;
      for (int p = 0; p < kScorePlanes; ++p) if (score >> p & 1) memory_[static_cast<size_t>(p + 1) * words_ + i] |= bit;
    });
  }

 private:
  const Segment& segment_;
  uint64_t* memory_;
  size_t words_;
};

struct Scored { PostingList list; int score; };

void Expand(const Segment& segment, const QueryWord& word, bool near, std::vector<Scored>* out) {
  auto add = [&](std::span<const PostingList> lists, auto score) {
    for (const PostingList& l : lists) if (word.fields >> static_cast<int>(l.field) & 1) out->push_back({l, score(l.field)});
  };
  std::vector<PostingList> lists;
  if (segment.FindWord(word.text, &lists)) add(lists, [](Field f) { return kScores[static_cast<int>(f)].whole; });
  auto prefix_score = [](Field f) { return kScores[static_cast<int>(f)].prefix; };
  if (word.text.size() <= kPrefixBytesMax && segment.FindPrefix(word.text, &lists)) {
    add(lists, prefix_score);
  } else {
    size_t n = 0;
    segment.EachWord(word.text, [&](const WordEntry& e) {
      if (!e.word.starts_with(word.text) || ++n > kExpansionsMax) return false;
      if (e.word.size() > word.text.size()) add(e.lists, prefix_score);
      return true;
    });
  }
  if (near) {
    for (const Segment::Near& x : segment.NearWords(word.text, EditsAllowed(word.text.size()), kNearWordsMax)) {
      if (segment.FindWord(x.word, &lists)) add(lists, [&](Field f) { return x.edits == 2 ? kFarScore : f == Field::kName ? kNearNameScore : kNearScore; });
    }
  }
  std::stable_sort(out->begin(), out->end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
}

void AddLabel(const Segment& segment, const QueryLabel& label, uint64_t* bits) {
  constexpr char kLetters[] = {'c', 'd', 'o', 'f', 'k'};
  std::string word = std::string(1, kLabelMark) + kLetters[static_cast<int>(label.label)] + label.text;
  segment.EachWord(word, [&](const WordEntry& e) {
    if (label.prefix ? !e.word.starts_with(word) : e.word != word) return false;
    for (const PostingList& l : e.lists) segment.AddTo(l, bits);
    return label.prefix;
  });
}

// The best `limit` so far, by score; documents come in rising order, so an equal score never pushes one out.
class Best {
 public:
  explicit Best(size_t limit) : limit_(limit) {}
  int floor() const { return floor_; }           // only a higher score is wanted; -1: any
  void Add(uint32_t doc, int score) {
    by_score_[static_cast<size_t>(score)].push_back(doc);
    if (++kept_ < limit_) return;
    while (kept_ - by_score_[static_cast<size_t>(lowest_)].size() >= limit_) {
      kept_ -= by_score_[static_cast<size_t>(lowest_)].size();
      by_score_[static_cast<size_t>(lowest_++)].clear();
    }
    floor_ = lowest_;
  }
  std::vector<Match> Take() const {
    std::vector<Match> out;
    for (size_t s = by_score_.size(); s-- > 0;) for (uint32_t d : by_score_[s]) if (out.size() < limit_) out.push_back({d, static_cast<int>(s)});
    return out;
  }

 private:
  size_t limit_, kept_ = 0;
  int floor_ = -1, lowest_ = 0;
  std::array<std::vector<uint32_t>, 1 << kSumPlanes> by_score_;
};
}  // namespace

Matches FindMatches(const Segment& segment, const std::vector<uint64_t>& dead, const Query& query, bool near, size_t limit, Scratch* scratch) {
  Matches out;
  const uint32_t documents = segment.documents();
  const size_t n = (documents + 63) / 64;
  if (!n) return out;
  // Words first: one that nothing has ends the matter before any bitmap is touched.
  std::vector<std::vector<Scored>> scored, negative;
  for (const QueryWord& w : query.words) {
    std::vector<Scored> lists;
    Expand(segment, w, near && !w.negative, &lists);
    if (w.negative) { negative.push_back(std::move(lists)); continue; }
    if (lists.empty()) return out;
    scored.push_back(std::move(lists));
  }
  const size_t m = scored.size();
  constexpr size_t kPlanes = 1 + kScorePlanes;
  scratch->words.assign((m * kPlanes + 2) * n, 0);
  uint64_t* memory = scratch->words.data();
  uint64_t* allowed = memory + m * kPlanes * n;
  uint64_t* one = allowed + n;
  std::memset(allowed, 0xff, n * 8);
  if (documents % 64) allowed[n - 1] = (uint64_t{1} << (documents % 64)) - 1;
  for (size_t i = 0; i < std::min(n, dead.size()); ++i) allowed[i] &= ~dead[i];
  for (const QueryLabel& l : query.labels) {
    std::memset(one, 0, n * 8);
    AddLabel(segment, l, one);
    for (size_t i = 0; i < n; ++i) allowed[i] &= l.negative ? ~one[i] : one[i];
  }
  for (const auto& lists : negative) {
    std::memset(one, 0, n * 8);
    for (const Scored& s : lists) segment.AddTo(s.list, one);
    for (size_t i = 0; i < n; ++i) allowed[i] &= ~one[i];
  }
  for (size_t w = 0; w < m; ++w) {
    Planes planes(segment, memory + w * kPlanes * n, n);
    for (const Scored& s : scored[w]) planes.Add(s.list, s.score);
  }
  Best best(limit);
  for (size_t i = 0; i < n; ++i) {
    uint64_t hit = allowed[i];
    for (size_t w = 0; w < m; ++w) hit &= memory[w * kPlanes * n + i];
    if (!hit) continue;
    out.total += __builtin_popcountll(hit);
    uint64_t sum[kSumPlanes] = {};
    for (size_t w = 0; w < m; ++w) {
      uint64_t carry = 0;
      for (int p = 0; p < kSumPlanes; ++p) {
        uint64_t a = sum[p], b = p < kScorePlanes ? memory[(w * kPlanes + static_cast<size_t>(p) + 1) * n + i] : 0;
        sum[p] = a ^ b ^ carry;
        carry = (a & b) | (carry & (a ^ b));
      }
    }
    if (int floor = best.floor(); floor >= 0) {   // keep what is above it
      uint64_t above = 0, equal = hit;
      for (int p = kSumPlanes - 1; p >= 0; --p) {
        if (floor >> p & 1) {
          equal &= sum[p];
        } else {
          above |= equal & sum[p];
          equal &= ~sum[p];
        }
      }
      hit = above;
    }
    for (; hit; hit &= hit - 1) {
      int bit = __builtin_ctzll(hit), score = 0;
      for (int p = 0; p < kSumPlanes; ++p) score |= static_cast<int>(sum[p] >> bit & 1) << p;
      if (score > best.floor()) best.Add(static_cast<uint32_t>(i * 64 + static_cast<size_t>(bit)), score);
    }
  }
  out.best = best.Take();
  return out;
}

}  // namespace tarn::metastore::search
