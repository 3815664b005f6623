// What the operators of all jobs may hold in memory together: a share of tarn.memory.limit.
//
// An operator says now and then how many bytes it holds. Once all together hold too much, the one that holds most is refused when it
// asks for more, and its job fails with kExhausted; smaller ones may go on growing until a quarter beyond the share is taken. So a job
// that grows without measure falls before the modest ones beside it.
// Threads: a StateBudget any; a StateUse belongs to one task and ends before the budget.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "base/status.h"

namespace tarn::flow {

class StateUse;

class StateBudget {
 public:
  // bytes_max: the share, 0: no limit. memory_limit: the whole that it is a part of, for the message.
  explicit StateBudget(int64_t bytes_max, int64_t memory_limit = 0) : bytes_max_(bytes_max), memory_limit_(memory_limit) {}
  int64_t used() const;

 private:
  friend class StateUse;
  bool Grow(StateUse* use, int64_t bytes);   // false: refused, nothing changes
  void Leave(StateUse* use);

  const int64_t bytes_max_, memory_limit_;
  mutable std::mutex mutex_;
  std::set<StateUse*> uses_;
  int64_t used_ = 0;
};

// What one operator of one subtask holds.
class StateUse {
 public:
  StateUse() = default;
  StateUse(const StateUse&) = delete;
  ~StateUse() { if (budget_) budget_->Leave(this); }
  void Join(StateBudget* budget);            // nullptr: no limit
  bool limited() const { return budget_ != nullptr; }
  // kExhausted naming the operator, its bytes and the limit. hint: what its user can do besides raising the limit.
  Status Set(int64_t bytes, const std::string& operator_name, const std::string& hint);

 private:
  friend class StateBudget;
  StateBudget* budget_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace tarn::flow
