#include "metastore/search/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "metastore/search/words.h"

namespace tarn::metastore::search {

namespace {
template <typename T> std::span<const T> As(std::string_view bytes) { return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)}; }

// Walks front-coded entries: how much of the word before is kept, the rest of it, then its lists.
class EntryCursor {
 public:
  EntryCursor(std::string_view entries, size_t at) : p_(reinterpret_cast<const uint8_t*>(entries.data()) + at), end_(reinterpret_cast<const uint8_t*>(entries.data()) + entries.size()) {}
  bool Next() {
    if (p_ >= end_) return false;
    size_t keep = ReadVarint(p_, end_), more = ReadVarint(p_, end_);
    if (keep > word_.size() || more > static_cast<size_t>(end_ - p_) || keep + more > kWordBytesMax + 300) { p_ = end_; return false; }
    word_.resize(keep);
    word_.append(reinterpret_cast<const char*>(p_), more);
    p_ += more;
    n_ = 0;
    uint8_t mask = p_ < end_ ? *p_++ : 0;
    for (int f = 0; f < kFields; ++f) {
      if (!(mask >> f & 1)) continue;
      lists_[n_].field = static_cast<Field>(f);
      lists_[n_].count = static_cast<uint32_t>(ReadVarint(p_, end_));
      lists_[n_++].where = ReadVarint(p_, end_);
    }
    return true;
  }
  WordEntry entry() const { return {word_, {lists_, n_}}; }
  const std::string& word() const { return word_; }

 private:
  const uint8_t* p_;
  const uint8_t* end_;
  std::string word_;
  PostingList lists_[kFields];
  size_t n_ = 0;
};
}  // namespace

uint64_t Checksum(std::string_view bytes, uint64_t seed) {
  constexpr uint64_t kMultiply = 0x9E3779B97F4A7C15ull;
  uint64_t h[4] = {seed ^ bytes.size(), seed + 1, seed + 2, seed + 3};
  const char* p = bytes.data();
  size_t n = bytes.size();
  auto mix = [](uint64_t a, uint64_t v) { a = (a ^ v) * kMultiply; return a ^ (a >> 29); };
  for (; n >= 32; n -= 32, p += 32) {
    for (int i = 0; i < 4; ++i) {
      uint64_t v;
      std::memcpy(&v, p + 8 * i, 8);
      h[i] = mix(h[i], v);
    }
  }
  uint64_t out = mix(mix(mix(h[0], h[1]), h[2]), h[3]);
  for (; n > 0; --n, ++p) out = mix(out, static_cast<uint8_t>(*p));
  return out;
}

uint64_t NameKey(Kind kind, std::string_view catalog, std::string_view database, std::string_view name) {
  std::string key(1, kind == Kind::kDatabase ? 'd' : kind == Kind::kFunction ? 'f' : 't');
  key.append(ToLower(catalog)).append(1, '\0').append(ToLower(database)).append(1, '\0').append(ToLower(name));
  return Checksum(key);
}

Result<std::shared_ptr<const Segment>> Segment::OpenFile(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Status::NotFound("search index " + path + ": " + std::strerror(errno));
  struct stat st {};
  void* p = ::fstat(fd, &st) == 0 && st.st_size > 0 ? ::mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (p == MAP_FAILED) return Status::Corrupt("search index " + path + " can't be mapped");
  std::shared_ptr<Segment> s(new Segment());
  s->mapped_ = p;
  s->bytes_ = {static_cast<const char*>(p), static_cast<size_t>(st.st_size)};
  if (Status checked = s->Check(); !checked.ok()) return std::move(checked).WithContext(path);
  return std::shared_ptr<const Segment>(std::move(s));
}

Result<std::shared_ptr<const Segment>> Segment::OpenBytes(std::string bytes) {
  std::shared_ptr<Segment> s(new Segment());
  s->own_ = std::move(bytes);
  s->bytes_ = s->own_;
  TRY(s->Check());
  return std::shared_ptr<const Segment>(std::move(s));
}

Segment::~Segment() { if (mapped_) ::munmap(mapped_, bytes_.size()); }

Status Segment::Check() {
  if (bytes_.size() < sizeof(SegmentHeader) || std::memcmp(bytes_.data(), kSegmentMagic, 8) != 0) return Status::Corrupt("not a search index");
  header_ = reinterpret_cast<const SegmentHeader*>(bytes_.data());
  if (header_->version != kSegmentVersion) return Status::NotSupported("search index of version " + std::to_string(header_->version));
  if (header_->file_bytes != bytes_.size()) return Status::Corrupt("search index is cut short");
  SegmentHeader copy = *header_;
  copy.checksum = 0;
  uint64_t sum = Checksum(bytes_.substr(sizeof(SegmentHeader)), Checksum({reinterpret_cast<const char*>(&copy), sizeof(copy)}));
  if (sum != header_->checksum) return Status::Corrupt("search index has a wrong checksum");
  for (int i = 0; i < kSections; ++i) {
    auto& s = header_->sections[i];
    if (s.offset > bytes_.size() || s.bytes > bytes_.size() - s.offset || s.offset % 8) return Status::Corrupt("search index has a section outside itself");
    sections_[i] = bytes_.substr(s.offset, s.bytes);
  }
  documents_ = header_->documents;
  records_ = As<DocumentRecord>(section(kDocuments));
  id_keys_ = As<uint64_t>(section(kIdKeys));
  id_documents_ = As<uint32_t>(section(kIdDocuments));
  name_keys_ = As<uint64_t>(section(kNameKeys));
  name_documents_ = As<uint32_t>(section(kNameDocuments));
  if (records_.size() != documents_ || id_keys_.size() != id_documents_.size() || name_keys_.size() != name_documents_.size()) return Status::Corrupt("search index disagrees with itself");
  return Status::OK();
}

SegmentOrigin Segment::origin() const {
  return {std::string(header_->store_uuid, strnlen(header_->store_uuid, sizeof(header_->store_uuid))), header_->catalog_epoch, header_->event_id};
}

std::vector<uint32_t> Segment::Find(std::span<const uint64_t> keys, std::span<const uint32_t> documents, uint64_t key) {
  std::vector<uint32_t> out;
  for (auto it = std::lower_bound(keys.begin(), keys.end(), key); it != keys.end() && *it == key; ++it) out.push_back(documents[static_cast<size_t>(it - keys.begin())]);
  return out;
}

std::array<std::string, 3> Segment::FunctionNames(uint32_t doc) const {
  std::array<std::string, 3> out;
  std::string_view s = section(kStrings);
  size_t at = records_[doc].id;
  for (std::string& part : out) {
    if (at >= s.size()) break;
    size_t end = s.find('\0', at);
    if (end == std::string_view::npos) end = s.size();
    part = s.substr(at, end - at);
    at = end + 1;
  }
  return out;
}

void Segment::Each(Section entries, Section blocks, std::string_view from, const std::function<bool(const WordEntry&)>& on_entry) const {
  std::string_view bytes = section(entries);
  auto starts = As<uint64_t>(section(blocks));
  // The last block whose first word is not above `from`.
  size_t low = 0, high = starts.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    EntryCursor c(bytes, std::min<size_t>(starts[middle], bytes.size()));
    if (c.Next() && c.word() <= from) low = middle + 1;
    else high = middle;
  }
  if (starts.empty()) return;
  EntryCursor c(bytes, std::min<size_t>(starts[low ? low - 1 : 0], bytes.size()));
  while (c.Next()) if (c.word() >= from && !on_entry(c.entry())) return;
}

bool Segment::FindEntry(Section entries, Section blocks, std::string_view word, std::vector<PostingList>* lists) const {
  bool found = false;
  Each(entries, blocks, word, [&](const WordEntry& e) {
    found = e.word == word;
    if (found) lists->assign(e.lists.begin(), e.lists.end());
    return false;
  });
  return found;
}

const uint64_t* Segment::Bits(const PostingList& list) const {
  std::string_view postings = section(kPostings);
  if (list.where % 8 || list.where + (documents_ + 63) / 64 * 8 > postings.size()) return nullptr;
  return reinterpret_cast<const uint64_t*>(postings.data() + list.where);
}

void Segment::AddTo(const PostingList& list, uint64_t* bits) const {
  if (list.count > 1 && IsDense(list)) {
    if (const uint64_t* b = Bits(list)) for (size_t i = 0; i < (documents_ + 63) / 64; ++i) bits[i] |= b[i];
    return;
  }
  EachDocument(list, [bits](uint32_t doc) { bits[doc / 64] |= uint64_t{1} << (doc % 64); });
}

// Two bytes (kept, added) and the added letters for each word. The rows of the distance table that belong to the kept letters are kept
// too; a word all of whose continuations are too far is passed over by its two bytes.
std::vector<Segment::Near> Segment::NearWords(std::string_view word, int edits, size_t max) const {
  std::vector<Near> out;
  if (word.size() > 32 || word.empty()) return out;
  std::string_view letters = section(kLetters);
  const size_t n = word.size();
  int rows[34][33];
  for (size_t j = 0; j <= n; ++j) rows[0][j] = static_cast<int>(j);
  char now[34] = {};
  size_t length = 0, dead = 64, rows_known = 0;      // no word that keeps `dead` letters can be near
  for (size_t at = 0; at + 2 <= letters.size();) {
    size_t keep = static_cast<uint8_t>(letters[at]), more = static_cast<uint8_t>(letters[at + 1]);
    if (keep > length || keep + more > 32 || at + 2 + more > letters.size()) break;
    std::memcpy(now + keep, letters.data() + at + 2, more);
    at += 2 + more;
    length = keep + more;
    if (more && length > n && n >= 4 && std::string_view(now, length).find(word) != std::string_view::npos) {
      out.push_back({std::string(now, length), 0});
      rows_known = std::min(rows_known, keep);
      if (dead > keep) dead = 64;
      continue;
    }
    rows_known = std::min(rows_known, keep);
    if (edits == 0 || keep >= dead) continue;
    dead = 64;
    for (size_t i = rows_known + 1; i <= length; ++i) {
      int* row = rows[i];
      const int* last = rows[i - 1];
      row[0] = static_cast<int>(i);
      int least = row[0];
      for (size_t j = 1; j <= n; ++j) {
        int d = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (now[i - 1] != word[j - 1])});
        if (i > 1 && j > 1 && now[i - 1] == word[j - 2] && now[i - 2] == word[j - 1]) d = std::min(d, rows[i - 2][j - 2] + 1);
        row[j] = d;
        least = std::min(least, d);
      }
      rows_known = i;
      if (least > edits && *std::min_element(last, last + n + 1) + 1 > edits) { dead = i; break; }
    }
    if (dead == 64 && rows_known == length && rows[length][n] <= edits && rows[length][n] > 0) out.push_back({std::string(now, length), rows[length][n]});
  }
  // The nearest first; a word that holds it inside stands between one edit and two.
  auto order = [](const Near& x) { return x.edits == 0 ? 3 : 2 * x.edits; };
  std::stable_sort(out.begin(), out.end(), [&](const Near& a, const Near& b) { return order(a) < order(b); });
  if (out.size() > max) out.resize(max);
  return out;
}

}  // namespace tarn::metastore::search
