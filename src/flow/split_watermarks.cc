#include "flow/split_watermarks.h"

#include <algorithm>

namespace tarn::flow {

void SplitWatermarks::OnRows(int split, int64_t now_ms) {
  splits_[split].last_ms = now_ms;
  ever_ = true;
  idle_ = false;
}

void SplitWatermarks::Raise(int split, int64_t watermark_ms) {
  Split& s = splits_[split];
  s.watermark_ms = std::max(s.watermark_ms, watermark_ms);
}

void SplitWatermarks::OnSplitEnd(int split, int open_splits) {
  auto it = splits_.find(split);
  if (it == splits_.end()) return;
  if (splits_.size() == 1 && open_splits <= 0) current_ = std::max(current_, EventTime{it->second.watermark_ms});
  splits_.erase(it);
}

void SplitWatermarks::Update(int open_splits, int64_t now_ms) {
  int64_t low = EventTime::Max().ms, high = EventTime::Min().ms;
  int active = 0, seen = static_cast<int>(splits_.size());
  for (const auto& [id, s] : splits_) {
    high = std::max(high, s.watermark_ms);
    if (idle_timeout_ms_ > 0 && now_ms - s.last_ms >= idle_timeout_ms_) continue;
    ++active;
    low = std::min(low, s.watermark_ms);
  }
  bool unseen = open_splits > seen && !(idle_timeout_ms_ > 0 && now_ms - started_ms_ >= idle_timeout_ms_);
  if (unseen) {
    idle_ = false;
    return;
  }
  if (active > 0) {
    idle_ = false;
    current_ = std::max(current_, EventTime{low});
  } else if (seen > 0 || open_splits > 0) {
    idle_ = true;
    current_ = std::max(current_, EventTime{high});   // nobody holds it back any more
  }
}

void SplitWatermarks::ReaderHasNothing(int open_splits, int64_t now_ms) {
  constexpr int64_t kDiscoveryMs = 1'000;
  if (!ever_ && open_splits <= 0 && now_ms - started_ms_ >= kDiscoveryMs) idle_ = true;
}

}  // namespace tarn::flow
