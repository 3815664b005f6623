#include "metastore/partition_index.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

namespace {
constexpr int64_t kNoNumber = std::numeric_limits<int64_t>::min();

int64_t NumberOf(const std::string& text) {
  int64_t v;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  return ec == std::errc() && end == text.data() + text.size() ? v : kNoNumber;
}

template <typename P> void Fill(std::vector<uint8_t>& mask, const std::vector<int64_t>& v, P pred) {
  for (size_t i = 0; i < v.size(); ++i) mask[i] = v[i] != kNoNumber && pred(v[i]);
}

std::vector<std::string> ValuesOf(std::string_view name) {
  std::vector<std::string> out;
  auto parsed = wire::ParsePartitionName(name);
  if (parsed.ok()) for (auto& [k, v] : *parsed) out.push_back(std::move(v));
  return out;
}
}  // namespace

PartitionIndexes::Mask PartitionIndexes::Evaluate(const Index& index, const Filter::Node& n) {
  using Op = Filter::Op;
  if (n.kind != Filter::Node::kLeaf) {
    Mask a = Evaluate(index, *n.children[0]);
    for (size_t k = 1; k < n.children.size(); ++k) {
      Mask b = Evaluate(index, *n.children[k]);
      if (n.kind == Filter::Node::kAnd) for (size_t i = 0; i < a.size(); ++i) a[i] &= b[i];
      else for (size_t i = 0; i < a.size(); ++i) a[i] |= b[i];
    }
    return a;
  }
  Mask mask(index.ends.size());
  const Column& c = index.columns[static_cast<size_t>(n.index)];
  if (!c.number) {
    std::vector<uint8_t> by_code(c.texts.size());
    for (size_t i = 0; i < by_code.size(); ++i) by_code[i] = Filter::LeafMatches(n, c.texts[i]);
    for (size_t i = 0; i < mask.size(); ++i) mask[i] = by_code[c.codes[i]];
    return mask;
  }
  int64_t x = n.literals[0].number;
  switch (n.op) {
    case Op::kEq: Fill(mask, c.numbers, [x](int64_t v) { return v == x; }); break;
    case Op::kNe: Fill(mask, c.numbers, [x](int64_t v) { return v != x; }); break;
    case Op::kLt: Fill(mask, c.numbers, [x](int64_t v) { return v < x; }); break;
    case Op::kLe: Fill(mask, c.numbers, [x](int64_t v) { return v <= x; }); break;
    case Op::kGt: Fill(mask, c.numbers, [x](int64_t v) { return v > x; }); break;
    case Op::kGe: Fill(mask, c.numbers, [x](int64_t v) { return v >= x; }); break;
    case Op::kIn: Fill(mask, c.numbers, [&](int64_t v) { return n.number_set.contains(v); }); break;
    case Op::kNotIn: Fill(mask, c.numbers, [&](int64_t v) { return !n.number_set.contains(v); }); break;
    case Op::kLike: break;   // refused by Bind
  }
  return mask;
}

std::optional<std::vector<std::string>> PartitionIndexes::Select(int64_t table_id, const Filter& filter) {
  if (!filter.root()) return std::nullopt;
  std::shared_ptr<const Index> base;
  std::vector<std::string> out;
  std::map<std::string, bool, std::less<>> changed;
  {
    std::unique_lock lock(mutex_);
    if (!entries_.contains(table_id)) return std::nullopt;
    if (log_) {
      lock.unlock();
      if (!log_->CatchUp().ok()) return std::nullopt;
      lock.lock();
    }
    auto it = entries_.find(table_id);
    if (it == entries_.end()) return std::nullopt;
    base = it->second->base;
    changed = it->second->changed;
    for (const auto& [n, there] : changed) if (there && filter.Matches(ValuesOf(n))) out.push_back(n);
  }
  Mask mask = Evaluate(*base, *filter.root());
  size_t matches = static_cast<size_t>(std::count(mask.begin(), mask.end(), uint8_t{1}));
  if (matches + out.size() > kMatchesMax) return std::nullopt;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i]) continue;
    if (!changed.contains(base->name(i))) out.emplace_back(base->name(i));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status PartitionIndexes::Build(int64_t table_id, const std::vector<wire::FieldSchema>& keys) {
  {
    std::lock_guard lock(mutex_);
    if (entries_.contains(table_id) || building_.contains(table_id)) return Status::OK();
    building_[table_id] = false;
  }
  auto index = std::make_shared<Index>();
  index->keys = keys;
  index->columns.resize(keys.size());
  std::vector<std::unordered_map<std::string, uint32_t>> codes(keys.size());
  for (size_t k = 0; k < keys.size(); ++k) {
    std::string t = ToLower(keys[k].type);
    index->columns[k].number = t == "tinyint" || t == "smallint" || t == "int" || t == "bigint";
  }
  bool usable = true;
  auto scan = [&]() -> Status {
    auto read = TRY(store_.Connect());   // the caller holds a lease: to wait for a second one might last for ever
    return read->Each("SELECT name FROM parts WHERE tbl_id = ? ORDER BY name", {table_id}, [&](const SqlRow& row) {
      std::string_view name = row.Text(0);
      std::vector<std::string> values = ValuesOf(name);
      usable = usable && values.size() == keys.size() && index->names.size() + name.size() < UINT32_MAX;
      if (!usable) return false;
      index->names += name;
      index->ends.push_back(static_cast<uint32_t>(index->names.size()));
      for (size_t k = 0; k < keys.size(); ++k) {
        Column& c = index->columns[k];
        if (c.number) { c.numbers.push_back(NumberOf(values[k])); continue; }
        auto [it, fresh] = codes[k].try_emplace(values[k], static_cast<uint32_t>(c.texts.size()));
        if (fresh) c.texts.push_back(std::move(values[k]));
        c.codes.push_back(it->second);
      }
      return true;
    });
  };
  Status status = scan();
  index->bytes = index->names.capacity() + 4 * index->ends.capacity();
  for (Column& c : index->columns) index->bytes += 8 * c.numbers.capacity() + 4 * c.codes.capacity() + 48 * c.texts.size();
  std::lock_guard lock(mutex_);
  bool changed = building_[table_id];
  building_.erase(table_id);
  if (!status.ok() || changed || !usable || index->bytes > kIndexBytesMax) return status;
  if (bytes_ + index->bytes > kIndexBytesMax) {
    entries_.clear();
    bytes_ = 0;
  }
  bytes_ += index->bytes;
  auto entry = std::make_shared<Entry>();
  entry->base = std::move(index);
  entries_[table_id] = std::move(entry);
  return Status::OK();
}

void PartitionIndexes::OnChange(int64_t table_id, const std::vector<std::string>& added, const std::vector<std::string>& removed) {
  std::lock_guard lock(mutex_);
  if (auto it = building_.find(table_id); it != building_.end()) it->second = true;
  auto it = entries_.find(table_id);
  if (it == entries_.end()) return;
  Entry& e = *it->second;
  for (const std::string& n : removed) e.changed[n] = false;
  for (const std::string& n : added) e.changed[n] = true;
  if (e.changed.size() <= kChangesMax) return;
  bytes_ -= e.base->bytes;
  entries_.erase(it);
}

void PartitionIndexes::OnChange(int64_t table_id, std::string_view names) {
  if (names.empty()) return Forget(table_id);
  std::lock_guard lock(mutex_);
  if (auto it = building_.find(table_id); it != building_.end()) it->second = true;
  auto it = entries_.find(table_id);
  if (it == entries_.end()) return;
  Entry& e = *it->second;
  while (!names.empty()) {
    size_t end = names.find('\n');
    e.changed.insert_or_assign(std::string(names.substr(1, end - 1)), names[0] == '+');
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
  }
  if (e.changed.size() <= kChangesMax) return;
  bytes_ -= e.base->bytes;
  entries_.erase(it);
}

void PartitionIndexes::Forget(int64_t table_id) {
  std::lock_guard lock(mutex_);
  if (auto b = building_.find(table_id); b != building_.end()) b->second = true;
  auto it = entries_.find(table_id);
  if (it == entries_.end()) return;
  bytes_ -= it->second->base->bytes;
  entries_.erase(it);
}

void PartitionIndexes::ForgetAll() {
  std::lock_guard lock(mutex_);
  for (auto& [id, changed] : building_) changed = true;
  entries_.clear();
  bytes_ = 0;
}

}  // namespace tarn::metastore
