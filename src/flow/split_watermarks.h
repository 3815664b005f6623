// The watermark of a source subtask out of the watermarks of its splits: each the highest value of the watermark expression so
// far; together the lowest over splits that are neither idle nor ended. Never falls.
//
// A split that has ended no longer counts; what it had reached stays reached. A split is idle when it gave no row for idle_timeout.
// Threads: the task's.
#pragma once

#include <map>

#include "base/clock.h"

namespace tarn::flow {

class SplitWatermarks {
 public:
  explicit SplitWatermarks(int64_t idle_timeout_ms, int64_t now_ms) : idle_timeout_ms_(idle_timeout_ms), started_ms_(now_ms) {}

  void OnRows(int split, int64_t now_ms);
  void Raise(int split, int64_t watermark_ms);
  void OnSplitEnd(int split, int open_splits);   // open_splits: without it
  // open_splits: how many splits count at least, as the reader knows; negative: those seen.
  void Update(int open_splits, int64_t now_ms);

  EventTime current() const { return current_; }
  bool idle() const { return idle_; }     // no split counts: this subtask takes no part
  // kIdleSplits: a subtask that never had a split is idle, once a reader has had the time to find its first one.
  void ReaderHasNothing(int open_splits, int64_t now_ms);

 private:
  struct Split {
    int64_t watermark_ms = EventTime::Min().ms;
    int64_t last_ms = 0;
  };
  const int64_t idle_timeout_ms_, started_ms_;
  std::map<int, Split> splits_;
  EventTime current_ = EventTime::Min();
  bool idle_ = false, ever_ = false;
};

}  // namespace tarn::flow
