#include "flow/state_budget.h"

#include <fmt/format.h>

namespace tarn::flow {
namespace {
std::string Megabytes(int64_t bytes) { return fmt::format("{} MB", (bytes + (1 << 19)) >> 20); }
}  // namespace

int64_t StateBudget::used() const {
  std::lock_guard lock(mutex_);
  return used_;
}

bool StateBudget::Grow(StateUse* use, int64_t bytes) {
  std::lock_guard lock(mutex_);
  const int64_t total = used_ - use->bytes_ + bytes;
  if (bytes > use->bytes_ && bytes_max_ > 0 && total > bytes_max_) {
    bool largest = true;
    for (const StateUse* other : uses_) largest = largest && (other == use || other->bytes_ <= bytes);
    if (largest || total > bytes_max_ + bytes_max_ / 4) return false;
  }
  used_ = total;
  use->bytes_ = bytes;
  return true;
}

void StateBudget::Leave(StateUse* use) {
  std::lock_guard lock(mutex_);
  used_ -= use->bytes_;
  uses_.erase(use);
}

void StateUse::Join(StateBudget* budget) {
  if (budget == nullptr || budget->bytes_max_ <= 0) return;
  budget_ = budget;
  std::lock_guard lock(budget->mutex_);
  budget->uses_.insert(this);
}

Status StateUse::Set(int64_t bytes, const std::string& operator_name, const std::string& hint) {
  if (budget_ == nullptr || budget_->Grow(this, bytes)) return Status::OK();
  std::string share = Megabytes(budget_->bytes_max_);
  if (budget_->memory_limit_ > 0) share += fmt::format(", its part of tarn.memory.limit = {}", Megabytes(budget_->memory_limit_));
  return Status::Exhausted(fmt::format("{} needs {} of memory; the operators of all jobs together may take {}", operator_name, Megabytes(bytes), share))
      .WithDetail(fmt::format("they hold {} now", Megabytes(budget_->used())))
      .WithHint("raise tarn.memory.limit" + (hint.empty() ? "" : ", or " + hint));
}

}  // namespace tarn::flow
