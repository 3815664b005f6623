#include "flow/exchange.h"

namespace tarn::flow {
namespace {
constexpr int64_t kBytesPerBatch = 1 << 20;   // strings: a target's piece is sent when it is this large
}

ExchangeWriter::ExchangeWriter(plan::Exchange exchange, RowType type, std::vector<ExchangeTarget> targets, int subtask, int64_t batch_rows)
    : exchange_(std::move(exchange)), targets_(std::move(targets)), batch_rows_(std::max<int64_t>(batch_rows, 1)) {
  if (exchange_.kind == plan::Exchange::Kind::kHash && targets_.size() > 1)
    for (size_t i = 0; i < targets_.size(); ++i) buffers_.emplace_back(type, batch_rows_);
  // Each producer starts with another target, so that few batches still spread.
  if (!targets_.empty()) next_ = static_cast<size_t>(subtask) % targets_.size();
}

Status ExchangeWriter::Send(size_t target, Batch batch) {
  rows_ += batch.num_rows();
  bytes_ += BytesOf(batch);
  if (!targets_[target].gate->PushBatch(targets_[target].channel, std::move(batch), &waited_ns_)) return Status::Cancelled("the job is being cancelled");
  return Status::OK();
}

// After idleness the other targets must know that this input counts again, also those that get no row of this batch.
Status ExchangeWriter::WakeIdle() {
  if (!idle_) return Status::OK();
  return Broadcast(Watermark{watermark_});
}

Status ExchangeWriter::Emit(Batch batch) {
  if (batch.num_rows() == 0) return Status::OK();
  TRY(WakeIdle());
  switch (exchange_.kind) {
    case plan::Exchange::Kind::kHash:
      if (!buffers_.empty()) return EmitHashed(batch);
      return Send(0, std::move(batch));
    case plan::Exchange::Kind::kRebalance: {
      size_t t = next_;
      next_ = (next_ + 1) % targets_.size();
      return Send(t, std::move(batch));
    }
    case plan::Exchange::Kind::kSingle:
    case plan::Exchange::Kind::kForward: break;
  }
  return Send(0, std::move(batch));
}

Status ExchangeWriter::EmitHashed(const Batch& batch) {
  TRY(HashRows(batch, exchange_.keys, &hashes_));
  PartitionRows(hashes_, static_cast<int>(targets_.size()), &partitions_);
  bool held = false;
  for (size_t t = 0; t < targets_.size(); ++t) {
    auto rows = partitions_.Of(static_cast<int>(t));
    BatchBuffer& buffer = buffers_[t];
    while (!rows.empty()) {
      auto n = std::min<size_t>(rows.size(), static_cast<size_t>(batch_rows_ - buffer.rows()));
      TRY(buffer.Append(batch, rows.first(n)));
      rows = rows.subspan(n);
      if (buffer.rows() >= batch_rows_ || buffer.bytes() >= kBytesPerBatch) TRY(Send(t, TRY(buffer.Take())));
    }
    held = held || buffer.rows() > 0;
  }
  if (!held) deadline_ns_ = INT64_MAX;
  else if (deadline_ns_ == INT64_MAX) deadline_ns_ = MonotonicNs() + kDelayNs;
  return Status::OK();
}

Status ExchangeWriter::Flush() {
  if (deadline_ns_ == INT64_MAX) return Status::OK();
  deadline_ns_ = INT64_MAX;
  for (size_t t = 0; t < buffers_.size(); ++t)
    if (buffers_[t].rows() > 0) TRY(Send(t, TRY(buffers_[t].Take())));
  return Status::OK();
}

Status ExchangeWriter::FlushOld(int64_t now_ns) { return now_ns >= deadline_ns_ ? Flush() : Status::OK(); }

Status ExchangeWriter::Broadcast(const StreamElement& element) {
  TRY(Flush());
  if (std::holds_alternative<Idle>(element)) idle_ = true;   // a barrier or the end does not end idleness
  if (const auto* w = std::get_if<Watermark>(&element)) {
    idle_ = false;
    watermark_ = std::max(watermark_, w->time);
  }
  for (const ExchangeTarget& t : targets_)
    if (!t.gate->PushControl(t.channel, element)) return Status::Cancelled("the job is being cancelled");
  return Status::OK();
}

Status ExchangeWriter::End(bool drained) {
  if (drained)
    for (const ExchangeTarget& t : targets_) t.gate->MarkDrained();
  return Broadcast(EndOfInput{});
}

}  // namespace tarn::flow
