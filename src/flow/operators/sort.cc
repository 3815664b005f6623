#include "flow/operators/sort.h"

#include <arrow/util/byte_size.h>

#include <algorithm>

#include "flow/operators/cell_codec.h"
#include "flow/operators/changelog.h"
#include "flow/operators/sort_order.h"

namespace tarn::flow {
namespace {

constexpr int64_t kPruneRowsMin = 1 << 16;
constexpr int64_t kSortBytesPerRow = 48;   // a key of two numbers, its place, an item, a row number

int64_t BytesOf(const Batch& batch) {
  int64_t n = 0;
  for (const auto& c : batch.columns()) n += arrow::util::TotalBufferSize(*c);
  return n;
}

// What is compared first: the first eight bytes of a row's key as a number.
struct SortItem {
  uint64_t head;
  int32_t row;
};

}  // namespace

Result<std::unique_ptr<Operator>> Sort::Make(const plan::Sort& plan, const RowType& input) {
  for (const plan::SortKey& k : plan.keys) TRY(CheckSortType(input.types[static_cast<size_t>(k.column)]));
  return std::unique_ptr<Operator>(new Sort(plan, input));
}

Status Sort::Open(const OperatorContext& context) {
  context_ = context;
  use_.Join(context.state_budget);
  if (!context.streaming) return Status::OK();
  if (plan_.keys.empty() || !input_.types[static_cast<size_t>(plan_.keys[0].column)].is_timestamp() || plan_.keys[0].descending) {
    return Status::NotSupported("Sort on a non-time-attribute field is not supported.");
  }
  return Status::OK();
}

// Row numbers of `all` in order. Keys become bytes (sort_order.h); most comparisons end at their first eight.
Result<std::vector<int32_t>> Sort::SortedRows(const Batch& all) const {
  const int64_t n = all.num_rows();
  std::string keys;
  std::vector<uint64_t> begin(static_cast<size_t>(n) + 1);
  for (int64_t i = 0; i < n; ++i) {
    begin[static_cast<size_t>(i)] = keys.size();
    AppendSortKeys(all, plan_.keys, i, &keys);
  }
  begin[static_cast<size_t>(n)] = keys.size();
  // Without NULLs the first byte of all keys is the same: leave it out of the head.
  const size_t skip = !plan_.keys.empty() && all.column(static_cast<size_t>(plan_.keys[0].column))->null_count() == 0 ? 1 : 0;
  std::vector<SortItem> items(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    const size_t s = static_cast<size_t>(i);
    uint64_t head = 0;
    for (size_t b = begin[s] + skip; b < begin[s] + skip + 8; ++b) head = head << 8 | (b < begin[s + 1] ? static_cast<uint8_t>(keys[b]) : 0);
    items[s] = {head, static_cast<int32_t>(i)};
  }
  auto key = [&](int32_t row) {
    const size_t r = static_cast<size_t>(row);
    return std::string_view(keys).substr(begin[r], begin[r + 1] - begin[r]);
  };
  std::sort(items.begin(), items.end(), [&](const SortItem& a, const SortItem& b) {
    if (a.head != b.head) return a.head < b.head;
    const int c = key(a.row).compare(key(b.row));
    return c != 0 ? c < 0 : a.row < b.row;
  });
  std::vector<int32_t> rows(static_cast<size_t>(n));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = items[i].row;
  return rows;
}

Status Sort::OnBatch(const Batch& batch, Output&) {
  if (batch.num_rows() == 0) return Status::OK();
  Batch rows = batch;
  if (context_.streaming && watermark_ms_ != INT64_MIN) {   // late rows
    const auto& time = *batch.column(static_cast<size_t>(plan_.keys[0].column));
    std::vector<int32_t> in_time;
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      if (time.IsValid(i) && time.data()->GetValues<int64_t>(1)[i] > watermark_ms_) in_time.push_back(static_cast<int32_t>(i));
    }
    late_rows_ += batch.num_rows() - static_cast<int64_t>(in_time.size());
    if (static_cast<int64_t>(in_time.size()) < batch.num_rows()) rows = TRY(TakeRows(batch, *IndexColumn(in_time)));
    if (rows.num_rows() == 0) return Status::OK();
  }
  held_rows_ += rows.num_rows();
  held_bytes_ += BytesOf(rows);
  held_.push_back(std::move(rows));
  const int64_t wanted = plan_.offset + plan_.limit;
  if (plan_.limit >= 0 && held_rows_ > std::max(kPruneRowsMin, 4 * wanted)) TRY(Prune());
  // Sorting puts the rows together once more, with their keys and a permutation.
  TRY(use_.Set(2 * held_bytes_ + held_rows_ * kSortBytesPerRow, context_.name, "add a LIMIT"));
  return Status::OK();
}

// Keeps the first offset + limit rows.
Status Sort::Prune() {
  Batch all = TRY(ConcatBatches(input_, held_));
  std::vector<int32_t> rows = TRY(SortedRows(all));
  rows.resize(std::min<size_t>(rows.size(), static_cast<size_t>(plan_.offset + plan_.limit)));
  std::sort(rows.begin(), rows.end());   // arrival order again, so that later equal rows stay behind
  held_ = {TRY(TakeRows(all, *IndexColumn(rows)))};
  held_rows_ = held_[0].num_rows();
  held_bytes_ = BytesOf(held_[0]);
  return Status::OK();
}

Status Sort::OnWatermark(Watermark watermark, Output& output) {
  if (!context_.streaming || watermark.time.ms <= watermark_ms_) return Status::OK();
  watermark_ms_ = watermark.time.ms;
  if (held_rows_ == 0) return Status::OK();
  Batch all = TRY(ConcatBatches(input_, held_));
  const auto& time = *all.column(static_cast<size_t>(plan_.keys[0].column));
  const int64_t* times = time.data()->GetValues<int64_t>(1);
  std::vector<int32_t> rows = TRY(SortedRows(all)), due, later;
  for (int32_t r : rows) (time.IsNull(r) || times[r] <= watermark_ms_ ? due : later).push_back(r);
  std::sort(later.begin(), later.end());
  held_.clear();
  held_rows_ = held_bytes_ = 0;
  if (!later.empty()) {
    held_ = {TRY(TakeRows(all, *IndexColumn(later)))};
    held_rows_ = held_[0].num_rows();
    held_bytes_ = BytesOf(held_[0]);
  }
  if (due.empty()) return Status::OK();
  return EmitInPieces(TRY(TakeRows(all, *IndexColumn(due))), context_.batch_rows, output);
}

Status Sort::OnEnd(Output& output) {
  if (context_.streaming || held_rows_ == 0) return Status::OK();
  if (held_rows_ > INT32_MAX) return Status::Exhausted("more than 2,147,483,647 rows to sort");
  Batch all = TRY(ConcatBatches(input_, held_));
  held_.clear();
  std::vector<int32_t> rows = TRY(SortedRows(all));
  const size_t from = std::min(rows.size(), static_cast<size_t>(plan_.offset));
  const size_t to = plan_.limit < 0 ? rows.size() : std::min(rows.size(), from + static_cast<size_t>(plan_.limit));
  const size_t step = static_cast<size_t>(std::max<int64_t>(1, context_.batch_rows));
  for (size_t at = from; at < to; at += step) {
    std::vector<int32_t> piece(rows.begin() + static_cast<ptrdiff_t>(at), rows.begin() + static_cast<ptrdiff_t>(std::min(to, at + step)));
    TRY(output.Emit(TRY(TakeRows(all, *IndexColumn(piece)))));
  }
  return Status::OK();
}

Result<state::Snapshot> Sort::TakeSnapshot() {
  state::Snapshot snapshot;
  if (!context_.streaming) return snapshot;
  state::Piece piece{"sort", 1, state::kNotKeyed, {}};
  PutFixed(watermark_ms_, &piece.bytes);
  PutBytes(TRY(SerializeBatch(input_, TRY(ConcatBatches(input_, held_)))), &piece.bytes);
  snapshot.push_back(std::move(piece));
  return snapshot;
}

Status Sort::Restore(const state::Snapshot& snapshot) {
  for (const state::Piece& piece : snapshot) {
    if (piece.name != "sort") continue;
    if (piece.version != 1) return Status::NotSupported("state \"sort\" of version " + std::to_string(piece.version));
    ByteReader in(piece.bytes);
    std::string_view bytes;
    if (!in.Get(&watermark_ms_) || !in.GetBytes(&bytes)) return StateEndsEarly();
    Batch rows = TRY(DeserializeBatch(input_, bytes));
    held_rows_ += rows.num_rows();
    held_bytes_ += BytesOf(rows);
    if (rows.num_rows() > 0) held_.push_back(std::move(rows));
  }
  return Status::OK();
}

Status Limit::OnBatch(const Batch& batch, Output& output) {
  const int64_t from = std::max<int64_t>(0, plan_.offset - seen_);
  const int64_t to = plan_.limit < 0 ? batch.num_rows() : std::min(batch.num_rows(), plan_.offset + plan_.limit - seen_);
  seen_ += batch.num_rows();
  if (from >= to) return Status::OK();
  return output.Emit(batch.Slice(from, to - from));
}

Result<state::Snapshot> Limit::TakeSnapshot() {
  state::Piece piece{"limit", 1, state::kNotKeyed, {}};
  PutFixed(seen_, &piece.bytes);
  return state::Snapshot{std::move(piece)};
}

Status Limit::Restore(const state::Snapshot& snapshot) {
  for (const state::Piece& piece : snapshot) {
    if (piece.name != "limit") continue;
    ByteReader in(piece.bytes);
    if (piece.version != 1 || !in.Get(&seen_)) return Status::Corrupt("state \"limit\" can't be read");
  }
  return Status::OK();
}

}  // namespace tarn::flow
