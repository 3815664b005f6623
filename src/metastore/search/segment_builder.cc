#include "metastore/search/segment_builder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <queue>

#include "base/text.h"
#include "metastore/search/words.h"

namespace tarn::metastore::search {

namespace {
void AppendVarint(std::string* out, uint64_t v) {
  while (v >= 0x80) { out->push_back(static_cast<char>(v | 0x80)); v >>= 7; }
  out->push_back(static_cast<char>(v));
}
Status WriteFailed(const std::string& file) { return Status::Unavailable("search index " + file + " can't be written: " + std::strerror(errno)); }
size_t CommonPrefix(std::string_view a, std::string_view b) {
  size_t n = 0;
  while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
  return n;
}
// Puts the checksum into the file's header and makes it durable.
Status SealSegmentFile(std::FILE* f, const std::string& path, SegmentHeader header) {
  void* p = ::mmap(nullptr, header.file_bytes, PROT_READ, MAP_SHARED, fileno(f), 0);
  if (p == MAP_FAILED) return WriteFailed(path);
  header.checksum = 0;
  std::string_view bytes(static_cast<const char*>(p), header.file_bytes);
  header.checksum = Checksum(bytes.substr(sizeof(header)), Checksum({reinterpret_cast<const char*>(&header), sizeof(header)}));
  ::munmap(p, header.file_bytes);
  if (::pwrite(fileno(f), &header, sizeof(header), 0) != static_cast<ssize_t>(sizeof(header)) || ::fdatasync(fileno(f)) != 0) return WriteFailed(path);
  return Status::OK();
}
bool OnlyLetters(std::string_view w) {
  return w.size() >= 3 && w.size() <= 32 && std::all_of(w.begin(), w.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80); });
}
}  // namespace

// Bytes on their way to a file, or kept.
class SegmentBuilder::Out {
 public:
  ~Out() { if (f_) std::fclose(f_); }
  Status OpenFile(const std::string& path) {
    f_ = std::fopen(path.c_str(), "w+be");
    if (f_) ::fchmod(fileno(f_), 0600);   // as the store
    return f_ ? Status::OK() : WriteFailed(path);
  }
  void Append(std::string_view bytes) {
    total_ += bytes.size();
    buffer_.append(bytes);
    if (f_ && buffer_.size() > (1 << 20)) Flush();
  }
  void Align() { Append(std::string_view("\0\0\0\0\0\0\0", (8 - total_ % 8) % 8)); }
  void Flush() {
    if (!f_) return;
    ok_ = ok_ && std::fwrite(buffer_.data(), 1, buffer_.size(), f_) == buffer_.size();
    buffer_.clear();
  }
  // All of another one behind this.
  void Take(Out& other) {
    if (!other.f_) { Append(other.buffer_); return; }
    other.Flush();
    std::rewind(other.f_);
    std::string piece(1 << 20, '\0');
    while (size_t n = std::fread(piece.data(), 1, piece.size(), other.f_)) Append(std::string_view(piece).substr(0, n));
    ok_ = ok_ && other.ok_ && !std::ferror(other.f_);
  }
  uint64_t total() const { return total_; }
  bool ok() const { return ok_; }
  std::FILE* file() { return f_; }
  std::string& buffer() { return buffer_; }

 private:
  std::FILE* f_ = nullptr;
  std::string buffer_;
  uint64_t total_ = 0;
  bool ok_ = true;
};

// Documents by field, on their way into the postings. Turns to bitmaps before it grows large.
class SegmentBuilder::Lists {
 public:
  explicit Lists(uint32_t documents) : documents_(documents) {}
  void Add(Field f, uint32_t doc) {
    OneField& x = fields_[static_cast<size_t>(f)];
    if (!x.bits.empty()) { x.bits[doc / 64] |= uint64_t{1} << (doc % 64); return; }
    x.list.push_back(doc);
    if (x.list.size() > std::max<size_t>(documents_ / 32, 1024)) {
      x.bits.resize((documents_ + 63) / 64);
      for (uint32_t d : x.list) x.bits[d / 64] |= uint64_t{1} << (d % 64);
      x.list.clear();
    }
  }
  // Writes the lists to `postings` and their description to `entry`; forgets them.
  void Write(Out* postings, std::string* entry) {
    uint8_t mask = 0;
    for (int f = 0; f < kFields; ++f) if (!fields_[f].list.empty() || !fields_[f].bits.empty()) mask |= static_cast<uint8_t>(1 << f);
    entry->push_back(static_cast<char>(mask));
    for (OneField& x : fields_) WriteOne(x, postings, entry);
  }
  void Clear() { for (OneField& x : fields_) { x.list.clear(); x.bits.clear(); } }

 private:
  struct OneField { std::vector<uint32_t> list; std::vector<uint64_t> bits; };
  void WriteOne(OneField& x, Out* postings, std::string* entry) {
    if (x.list.empty() && x.bits.empty()) return;
    if (!x.bits.empty()) {
      for (size_t i = 0; i < x.bits.size(); ++i) for (uint64_t b = x.bits[i]; b; b &= b - 1) x.list.push_back(static_cast<uint32_t>(i * 64 + static_cast<size_t>(__builtin_ctzll(b))));
    } else {
      std::sort(x.list.begin(), x.list.end());
      x.list.erase(std::unique(x.list.begin(), x.list.end()), x.list.end());
    }
    uint32_t count = static_cast<uint32_t>(x.list.size());
    AppendVarint(entry, count);
    if (count == 1) {
      AppendVarint(entry, x.list[0]);
    } else if (count > documents_ / kDenseShare) {
      std::vector<uint64_t> bits((documents_ + 63) / 64);
      for (uint32_t d : x.list) bits[d / 64] |= uint64_t{1} << (d % 64);
      postings->Align();
      AppendVarint(entry, postings->total());
      postings->Append({reinterpret_cast<const char*>(bits.data()), bits.size() * 8});
    } else {
      AppendVarint(entry, postings->total());
      std::string deltas;
      uint32_t before = 0;
      for (uint32_t d : x.list) { AppendVarint(&deltas, d - before); before = d; }
      postings->Append(deltas);
    }
    x.list.clear();
    x.bits.clear();
  }
  uint32_t documents_;
  std::array<OneField, kFields> fields_;
};

// A sorted run, read word by word: from a file, or from what is still in memory.
class SegmentBuilder::Run {
 public:
  Run(std::FILE* f, size_t order) : order(order), f_(f) {}
  Run(const SegmentBuilder* memory, std::vector<const std::string*> words, size_t order) : order(order), memory_(memory), words_(std::move(words)) {}
  bool Next() {
    if (memory_) {
      if (at_ == words_.size()) return false;
      word = *words_[at_++];
      list = memory_->words_.find(word)->second.list;
      return true;
    }
    uint32_t head[2];
    if (std::fread(head, 4, 2, f_) != 2) return false;
    word.resize(head[0]);
    list.resize(head[1]);
    return std::fread(word.data(), 1, word.size(), f_) == word.size() && std::fread(list.data(), 4, list.size(), f_) == list.size();
  }
  std::string word;
  std::vector<uint32_t> list;
  size_t order;

 private:
  std::FILE* f_ = nullptr;
  const SegmentBuilder* memory_ = nullptr;
  std::vector<const std::string*> words_;
  size_t at_ = 0;
};

SegmentBuilder::~SegmentBuilder() { for (std::FILE* f : runs_) std::fclose(f); }

void SegmentBuilder::AddWord(std::string_view word, Field field, uint32_t document) {
  auto it = words_.find(word);
  if (it == words_.end()) {
    it = words_.try_emplace(std::string(word)).first;
    run_bytes_ += 120 + word.size();
  }
  Postings& p = it->second;
  uint8_t bit = static_cast<uint8_t>(1u << static_cast<int>(field));
  if (p.last_document != document) {
    p.last_document = document;
    p.last_fields = 0;
  }
  if (p.last_fields & bit) return;
  p.last_fields |= bit;
  run_bytes_ += 6;
  p.list.push_back(document << 3 | static_cast<uint32_t>(field));
}

Status SegmentBuilder::Add(const Document& d) {
  uint32_t document = documents();
  words_of_document_ = 0;
  EachText(d, [&](Field field, std::string_view text, std::string_view) {
    EachWord(text, [&](std::string_view word) { if (++words_of_document_ <= kWordsOfDocumentMax) AddWord(word, field, document); });
  });
  constexpr char kLetters[] = {'c', 'd', 'o', 'f', 'k'};
  for (int l = 0; l < kLabels; ++l) {
    std::string value = LabelOf(d, static_cast<Label>(l));
    if (value.empty()) continue;
    AddWord((std::string(1, kLabelMark) + kLetters[l] + value).substr(0, kWordBytesMax + 200), Field::kName, document);
  }
  // Few words before many, short before long, tables before the rest of their name.
  Rank r{};
  r.key = static_cast<uint32_t>(std::min(CountWords(d.name), 255)) << 24 | static_cast<uint32_t>(std::min<size_t>(d.name.size(), 255)) << 16 | static_cast<uint32_t>(d.kind) << 8;
  r.ordinal = document;
  for (size_t i = 0; i < 8; ++i) r.head = r.head << 8 | (i < d.name.size() ? static_cast<uint8_t>(d.name[i]) : 0);
  ranks_.push_back(r);
  DocumentRecord record{static_cast<uint64_t>(d.id), r.key, d.kind, {}};
  if (d.kind == Kind::kFunction) {
    record.id = strings_.size();
    strings_.append(d.catalog).append(1, '\0').append(d.database).append(1, '\0').append(d.name).append(1, '\0');
  } else if (d.kind != Kind::kDatabase) {
    ids_.emplace_back(d.id, document);
  }
  names_.emplace_back(NameKey(d.kind, d.catalog, d.database, d.name), document);
  records_.push_back(record);
  return !file_.empty() && run_bytes_ > run_bytes_max_ ? Spill() : Status::OK();
}

std::vector<const std::string*> SegmentBuilder::SortedWords() const {
  std::vector<const std::string*> out;
  out.reserve(words_.size());
  for (auto& [w, p] : words_) out.push_back(&w);
  std::sort(out.begin(), out.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
  return out;
}

Status SegmentBuilder::Spill() {
  // Beside the index, not in /tmp: that may be memory.
  std::string path = file_ + ".run";
  std::FILE* f = std::fopen(path.c_str(), "w+be");
  if (!f) return WriteFailed(path);
  ::unlink(path.c_str());
  runs_.push_back(f);
  for (const std::string* w : SortedWords()) {
    const Postings& p = words_.find(*w)->second;
    uint32_t head[2] = {static_cast<uint32_t>(w->size()), static_cast<uint32_t>(p.list.size())};
    std::fwrite(head, 4, 2, f);
    std::fwrite(w->data(), 1, w->size(), f);
    std::fwrite(p.list.data(), 4, p.list.size(), f);
  }
  if (std::fflush(f) != 0) return WriteFailed(path);
  std::rewind(f);
  words_.clear();
  run_bytes_ = 0;
  return Status::OK();
}

Result<std::shared_ptr<const Segment>> SegmentBuilder::Finish(const SegmentOrigin& origin) {
  uint32_t n = documents();
  std::sort(ranks_.begin(), ranks_.end(), [](const Rank& a, const Rank& b) { return std::tie(a.key, a.head, a.ordinal) < std::tie(b.key, b.head, b.ordinal); });
  std::vector<uint32_t> number(n);           // by ordinal
  for (uint32_t i = 0; i < n; ++i) number[ranks_[i].ordinal] = i;
  std::vector<DocumentRecord> records(n);
  for (uint32_t i = 0; i < n; ++i) records[number[i]] = records_[i];
  std::vector<Rank>().swap(ranks_);
  std::vector<DocumentRecord>().swap(records_);

  std::string temporary = file_ + ".new";
  Out out, words, prefixes;
  if (!file_.empty()) {
    TRY(out.OpenFile(temporary));
    std::string side = file_ + ".words";
    TRY(words.OpenFile(side));
    ::unlink(side.c_str());
  }
  SegmentHeader header{};
  std::memcpy(header.magic, kSegmentMagic, 8);
  header.version = kSegmentVersion;
  header.documents = n;
  header.catalog_epoch = origin.catalog_epoch;
  header.event_id = origin.event_id;
  std::strncpy(header.store_uuid, origin.store_uuid.c_str(), sizeof(header.store_uuid) - 1);
  out.Append({reinterpret_cast<const char*>(&header), sizeof(header)});

  std::vector<std::unique_ptr<Run>> runs;
  for (std::FILE* f : runs_) runs.push_back(std::make_unique<Run>(f, runs.size()));
  runs.push_back(std::make_unique<Run>(this, SortedWords(), runs.size()));
  auto later = [&](size_t a, size_t b) { return std::tie(runs[a]->word, runs[a]->order) > std::tie(runs[b]->word, runs[b]->order); };
  std::priority_queue<size_t, std::vector<size_t>, decltype(later)> queue(later);
  for (size_t i = 0; i < runs.size(); ++i) if (runs[i]->Next()) queue.push(i);

  struct Group { Lists lists; size_t words = 0; std::string prefix; };
  std::vector<Group> groups;
  for (size_t d = 0; d < kPrefixBytesMax; ++d) groups.push_back({Lists(n), 0, {}});
  std::vector<uint64_t> word_blocks, prefix_blocks;
  std::vector<std::pair<std::string, std::string>> prefix_entries;   // in no order; few
  std::string letters, last_word, last_letters, entry;
  size_t count = 0;
  Lists lists(n);
  Out postings;
  if (!file_.empty()) {
    std::string side = file_ + ".postings";
    TRY(postings.OpenFile(side));
    ::unlink(side.c_str());
  }
  auto close_groups = [&](size_t from) {
    for (size_t d = from; d < groups.size(); ++d) {
      Group& g = groups[d];
      if (g.words >= kPrefixWordsMin) {
        std::string e;
        g.lists.Write(&postings, &e);
        prefix_entries.emplace_back(g.prefix, std::move(e));
      } else {
        g.lists.Clear();
      }
      g.words = 0;
      g.prefix.clear();
    }
  };
  while (!queue.empty()) {
    std::string word = runs[queue.top()]->word;
    bool label = word[0] == kLabelMark;
    if (!label) {
      size_t same = CommonPrefix(word, last_word.starts_with(kLabelMark) ? std::string_view() : std::string_view(last_word));
      if (same < kPrefixBytesMax) close_groups(same);
      for (size_t d = 0; d < kPrefixBytesMax && d < word.size(); ++d) {
        if (groups[d].words++ == 0) groups[d].prefix = word.substr(0, d + 1);
      }
    }
    while (!queue.empty() && runs[queue.top()]->word == word) {
      size_t i = queue.top();
      queue.pop();
      for (uint32_t p : runs[i]->list) {
        uint32_t doc = number[p >> 3];
        Field field = static_cast<Field>(p & 7);
        lists.Add(field, doc);
        if (!label) for (size_t d = 0; d < kPrefixBytesMax && d < word.size(); ++d) groups[d].lists.Add(field, doc);
      }
      if (runs[i]->Next()) queue.push(i);
    }
    entry.clear();
    size_t keep = count % kDictionaryBlock ? CommonPrefix(word, last_word) : 0;
    if (count % kDictionaryBlock == 0) word_blocks.push_back(words.total());
    AppendVarint(&entry, keep);
    AppendVarint(&entry, word.size() - keep);
    entry.append(word, keep);
    lists.Write(&postings, &entry);
    words.Append(entry);
    ++count;
    if (!label && OnlyLetters(word)) {
      size_t kept = CommonPrefix(word, last_letters);
      letters.push_back(static_cast<char>(kept));
      letters.push_back(static_cast<char>(word.size() - kept));
      letters.append(word, kept);
      last_letters = word;
    }
    last_word = std::move(word);
  }
  close_groups(0);
  words_.clear();
  std::sort(prefix_entries.begin(), prefix_entries.end());
  std::string before;
  for (size_t i = 0; i < prefix_entries.size(); ++i) {
    auto& [prefix, lists_of] = prefix_entries[i];
    size_t keep = i % kDictionaryBlock ? CommonPrefix(prefix, before) : 0;
    if (i % kDictionaryBlock == 0) prefix_blocks.push_back(prefixes.total());
    entry.clear();
    AppendVarint(&entry, keep);
    AppendVarint(&entry, prefix.size() - keep);
    entry.append(prefix, keep);
    prefixes.Append(entry);
    prefixes.Append(lists_of);
    before = prefix;
  }

  auto section = [&](Section s, auto&& write) {
    out.Align();
    header.sections[s].offset = out.total();
    write();
    header.sections[s].bytes = out.total() - header.sections[s].offset;
  };
  auto raw = [&](Section s, const auto& values) {
    section(s, [&] { out.Append({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])}); });
  };
  auto keys = [&](Section keys_section, Section documents_section, std::vector<std::pair<uint64_t, uint32_t>>& pairs) {
    for (auto& [k, d] : pairs) d = number[d];
    std::sort(pairs.begin(), pairs.end());
    section(keys_section, [&] { for (auto& [k, d] : pairs) out.Append({reinterpret_cast<const char*>(&k), 8}); });
    section(documents_section, [&] { for (auto& [k, d] : pairs) out.Append({reinterpret_cast<const char*>(&d), 4}); });
  };
  section(kPostings, [&] { out.Take(postings); });
  raw(kDocuments, records);
  keys(kIdKeys, kIdDocuments, ids_);
  keys(kNameKeys, kNameDocuments, names_);
  raw(kStrings, strings_);
  section(kWords, [&] { out.Take(words); });
  raw(kWordBlocks, word_blocks);
  section(kPrefixes, [&] { out.Take(prefixes); });
  raw(kPrefixBlocks, prefix_blocks);
  raw(kLetters, letters);
  header.file_bytes = out.total();
  if (file_.empty()) {
    std::string bytes = std::move(out.buffer());
    header.checksum = 0;
    header.checksum = Checksum(std::string_view(bytes).substr(sizeof(header)), Checksum({reinterpret_cast<const char*>(&header), sizeof(header)}));
    std::memcpy(bytes.data(), &header, sizeof(header));
    return Segment::OpenBytes(std::move(bytes));
  }
  out.Flush();
  if (!out.ok() || std::fflush(out.file()) != 0) return WriteFailed(temporary);
  TRY(SealSegmentFile(out.file(), temporary, header));
  if (std::rename(temporary.c_str(), file_.c_str()) != 0) return WriteFailed(file_);
  return Segment::OpenFile(file_);
}

}  // namespace tarn::metastore::search
