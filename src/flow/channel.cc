#include "flow/channel.h"

#include <arrow/array/data.h>
#include <arrow/type.h>

#include "base/check.h"

namespace tarn::flow {
namespace {
int64_t BytesOfArray(const arrow::ArrayData& a) {
  int64_t n = a.length / 8;   // validity
  switch (a.type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      if (a.buffers.size() < 3 || !a.buffers[1]) return n;
      const auto* offsets = a.GetValues<int32_t>(1);
      return n + 4 * a.length + (a.length ? offsets[a.length] - offsets[0] : 0);
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP: {
      n += 4 * a.length;
      if (a.length == 0 || a.child_data.empty() || !a.child_data[0] || a.child_data[0]->length == 0) return n;
      const auto* offsets = a.GetValues<int32_t>(1);
      const arrow::ArrayData& child = *a.child_data[0];
      return n + BytesOfArray(child) * (offsets[a.length] - offsets[0]) / child.length;
    }
    case arrow::Type::STRUCT:
      for (const auto& c : a.child_data)
        if (c && c->length > 0) n += BytesOfArray(*c) * a.length / c->length;
      return n;
    default:
      if (arrow::is_fixed_width(a.type->id())) return n + a.length * static_cast<const arrow::FixedWidthType&>(*a.type).bit_width() / 8;
      return n;
  }
}
}  // namespace

int64_t BytesOf(const Batch& batch) {
  int64_t n = batch.kinds() ? batch.num_rows() : 0;
  for (const auto& c : batch.columns()) n += BytesOfArray(*c->data());
  return n;
}

Gate::Gate(int channels, ChannelLimits limits, MemoryBudget* budget) : limits_(limits), budget_(budget) {
  for (int i = 0; i < channels; ++i) channels_.push_back(std::make_unique<Channel>());
}

Gate::~Gate() {
  for (auto& c : channels_) budget_->Add(-c->bytes);
}

bool Gate::HasRoom(const Channel& c) const {
  if (c.sizes.empty()) return true;
  return static_cast<int64_t>(c.sizes.size()) < limits_.batches_max && c.bytes < limits_.bytes_max && !budget_->exceeded();
}

bool Gate::PushBatch(int channel, Batch batch, int64_t* waited_ns) {
  int64_t bytes = BytesOf(batch);
  std::unique_lock lock(mutex_);
  Channel& c = *channels_[channel];
  if (!HasRoom(c) && !cancelled()) {
    int64_t start = MonotonicNs();
    while (!HasRoom(c) && !cancelled()) {
      // Room in the budget may come from another gate, which does not tell this one: look again soon.
      if (budget_->exceeded()) c.room.wait_for(lock, std::chrono::milliseconds(2));
      else c.room.wait(lock);
    }
    *waited_ns += MonotonicNs() - start;
  }
  if (cancelled()) return false;
  c.queue.emplace_back(std::move(batch));
  c.sizes.push_back(bytes);
  c.bytes += bytes;
  budget_->Add(bytes);
  ++pending_;
  not_empty_.notify_one();
  return true;
}

bool Gate::PushControl(int channel, StreamElement element) {
  std::lock_guard lock(mutex_);
  if (cancelled()) return false;
  channels_[channel]->queue.push_back(std::move(element));
  ++pending_;
  not_empty_.notify_one();
  return true;
}

std::optional<StreamElement> Gate::Next(std::chrono::milliseconds wait, int64_t* waited_ns) {
  std::unique_lock lock(mutex_);
  if (auto e = Take()) return e;
  if (cancelled() || woken_ || wait.count() <= 0) {
    woken_ = false;
    return std::nullopt;
  }
  int64_t start = MonotonicNs();
  auto deadline = std::chrono::steady_clock::now() + wait;
  std::optional<StreamElement> e;
  while (!cancelled() && !woken_) {
    bool timeout = not_empty_.wait_until(lock, deadline) == std::cv_status::timeout;
    if ((e = Take()) || timeout) break;
  }
  woken_ = false;
  *waited_ns += MonotonicNs() - start;
  return e;
}

void Gate::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  not_empty_.notify_one();
}

void Gate::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_.store(true, std::memory_order_release);
  not_empty_.notify_all();
  for (auto& c : channels_) c->room.notify_all();
}

std::optional<StreamElement> Gate::Take() {
  if (cancelled()) return std::nullopt;
  if (!ready_.empty()) {
    StreamElement e = std::move(ready_.front());
    ready_.pop_front();
    return e;
  }
  while (pending_ > 0) {
    Channel* found = nullptr;
    for (size_t i = 0; i < channels_.size() && !found; ++i) {
      Channel& c = *channels_[(next_channel_ + i) % channels_.size()];
      if (c.blocked || c.queue.empty()) continue;
      found = &c;
      next_channel_ = (next_channel_ + i + 1) % channels_.size();
    }
    if (!found) return std::nullopt;   // only blocked channels hold something
    StreamElement e = std::move(found->queue.front());
    found->queue.pop_front();
    --pending_;
    if (auto out = Handle(*found, std::move(e))) return out;
  }
  return std::nullopt;
}

std::optional<StreamElement> Gate::Handle(Channel& c, StreamElement element) {
  if (std::holds_alternative<Batch>(element)) {
    int64_t bytes = c.sizes.front();
    c.sizes.pop_front();
    c.bytes -= bytes;
    budget_->Add(-bytes);
    c.room.notify_one();
    c.idle = false;
    idle_ = false;
    return element;
  }
  if (const auto* w = std::get_if<Watermark>(&element)) {
    c.watermark = std::max(c.watermark, w->time);
    c.idle = false;
    idle_ = false;
    return AfterStatusChange();
  }
  if (std::holds_alternative<Idle>(element)) {
    c.idle = true;
    return AfterStatusChange();
  }
  if (std::holds_alternative<EndOfInput>(element)) {
    c.ended = true;
    auto barrier = CheckAlignment();
    auto status = AfterStatusChange();
    if (barrier && status) ready_.push_back(std::move(*status));
    return barrier ? std::move(barrier) : std::move(status);
  }
  const Barrier& b = std::get<Barrier>(element);
  if (b.id <= passed_) return std::nullopt;
  if (aligning_ && b.id < aligning_->id) return std::nullopt;
  if (aligning_ && b.id > aligning_->id) Unblock();
  if (!aligning_) aligning_ = b;
  c.blocked = true;
  return CheckAlignment();
}

std::optional<StreamElement> Gate::CheckAlignment() {
  if (!aligning_) return std::nullopt;
  for (auto& c : channels_)
    if (!c->blocked && !c->ended) return std::nullopt;
  Barrier b = *aligning_;
  Unblock();
  return b;
}

void Gate::Unblock() {
  passed_ = std::max(passed_, aligning_->id);
  aligning_.reset();
  for (auto& c : channels_) c->blocked = false;
}

std::optional<StreamElement> Gate::AfterStatusChange() {
  EventTime low = EventTime::Max(), high = EventTime::Min(), high_open = EventTime::Min();
  int active = 0, open = 0;
  for (auto& c : channels_) {
    high = std::max(high, c->watermark);
    if (c->ended) continue;
    ++open;
    high_open = std::max(high_open, c->watermark);
    if (c->idle) continue;
    ++active;
    low = std::min(low, c->watermark);
  }
  if (open == 0) {
    if (ended_) return std::nullopt;
    ended_ = true;
    if (high > watermark_) {   // each channel's last watermark counts, also that of the one that ended last
      watermark_ = high;
      ready_.push_back(EndOfInput{});
      return Watermark{high};
    }
    return EndOfInput{};
  }
  if (active == 0) {
    if (idle_) return std::nullopt;
    idle_ = true;
    if (high_open > watermark_) {   // nobody holds it back any more (as Flink: in whatever order they fell idle)
      watermark_ = high_open;
      ready_.push_back(Idle{});
      return Watermark{high_open};
    }
    return Idle{};
  }
  if (low > watermark_) {
    watermark_ = low;
    return Watermark{low};
  }
  return std::nullopt;
}

}  // namespace tarn::flow
