// One immutable part of the search index: the words of a set of documents, as bytes in a file (mapped) or in memory.
//
// The layout is docs/format/search-index.md. Document numbers are in order of rank: of two documents with one score the lower number is
// the better hit. Threads: any, after Open. Ownership: keeps its bytes. Errors: kCorrupt, kNotSupported (another version).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "metastore/search/document.h"

namespace tarn::metastore::search {

inline constexpr char kSegmentMagic[9] = "TARNSRCH";
inline constexpr uint32_t kSegmentVersion = 2;   // 1 had the values of secret properties
inline constexpr size_t kDictionaryBlock = 16;          // entries between two whole words
inline constexpr uint32_t kDenseShare = 16;             // a list of more than documents/16 is a bitmap
inline constexpr size_t kPrefixBytesMax = 6;            // prefixes up to this length have lists of their own,
inline constexpr size_t kPrefixWordsMin = 64;           // when at least so many words begin with them
inline constexpr char kLabelMark = '\x01';              // before the words that are labels: mark, letter, value

// What the index says of the store it was made from.
struct SegmentOrigin {
  std::string store_uuid;
  int64_t catalog_epoch = 0;
  int64_t event_id = 0;                                 // every event up to here is in it
};

struct DocumentRecord {
  uint64_t id;                                          // table or database id; a function: where its names begin in `strings`
  uint32_t rank;                                        // lower is better
  Kind kind;
  uint8_t pad[3];
};
static_assert(sizeof(DocumentRecord) == 16);

enum Section : uint8_t { kDocuments, kIdKeys, kIdDocuments, kNameKeys, kNameDocuments, kStrings, kWords, kWordBlocks, kPrefixes, kPrefixBlocks, kLetters, kPostings, kSections };

struct SegmentHeader {
  char magic[8];
  uint32_t version;
  uint32_t documents;
  uint64_t file_bytes;
  uint64_t checksum;                                    // of everything but itself
  int64_t catalog_epoch, event_id;
  char store_uuid[40];
  struct { uint64_t offset, bytes; } sections[kSections];
};

// The documents of one word in one field.
struct PostingList {
  Field field;
  uint32_t count = 0;
  uint64_t where = 0;                                   // count 1: the document itself; else: offset in the postings
};
struct WordEntry {
  std::string_view word;                                // valid until the next call of the cursor
  std::span<const PostingList> lists;
};

class Segment {
 public:
  static Result<std::shared_ptr<const Segment>> OpenFile(const std::string& path);
  static Result<std::shared_ptr<const Segment>> OpenBytes(std::string bytes);
  ~Segment();

  uint32_t documents() const { return documents_; }
  SegmentOrigin origin() const;
  const DocumentRecord& record(uint32_t doc) const { return records_[doc]; }
  size_t bytes() const { return bytes_.size(); }

  // Documents by a table's id or by NameKey; nothing when there is none.
  std::vector<uint32_t> FindId(uint64_t id) const { return Find(id_keys_, id_documents_, id); }
  std::vector<uint32_t> FindName(uint64_t key) const { return Find(name_keys_, name_documents_, key); }
  // "catalog\0database\0name" of a function.
  std::array<std::string, 3> FunctionNames(uint32_t doc) const;

  // Entries of words from the first that is not below `from`, until on_entry returns false.
  void EachWord(std::string_view from, const std::function<bool(const WordEntry&)>& on_entry) const { Each(kWords, kWordBlocks, from, on_entry); }
  bool FindWord(std::string_view word, std::vector<PostingList>* lists) const { return FindEntry(kWords, kWordBlocks, word, lists); }
  bool FindPrefix(std::string_view prefix, std::vector<PostingList>* lists) const { return FindEntry(kPrefixes, kPrefixBlocks, prefix, lists); }

  // Words of letters only that are near `word` (at most `edits` edits, not 0) or hold it inside; nearest first, at most `max`.
  struct Near { std::string word; int edits; };         // edits 0: holds it inside
  std::vector<Near> NearWords(std::string_view word, int edits, size_t max) const;

  // Sets the bits of the list's documents. Words of `bits`: (documents + 63) / 64.
  void AddTo(const PostingList& list, uint64_t* bits) const;
  bool IsDense(const PostingList& list) const { return list.count > documents_ / kDenseShare; }
  // The bits themselves, of a dense list.
  const uint64_t* Bits(const PostingList& list) const;
  template <typename F> void EachDocument(const PostingList& list, F&& f) const;   // of a list that is not dense

 private:
  Segment() = default;
  Status Check();
  std::string_view section(Section s) const { return sections_[s]; }
  static std::vector<uint32_t> Find(std::span<const uint64_t> keys, std::span<const uint32_t> documents, uint64_t key);
  void Each(Section entries, Section blocks, std::string_view from, const std::function<bool(const WordEntry&)>& on_entry) const;
  bool FindEntry(Section entries, Section blocks, std::string_view word, std::vector<PostingList>* lists) const;

  std::string own_;
  void* mapped_ = nullptr;
  std::string_view bytes_;
  std::string_view sections_[kSections];
  const SegmentHeader* header_ = nullptr;
  uint32_t documents_ = 0;
  std::span<const DocumentRecord> records_;
  std::span<const uint64_t> id_keys_, name_keys_;
  std::span<const uint32_t> id_documents_, name_documents_;
};

// One number for what is called so; the kind of a view is that of a table.
uint64_t NameKey(Kind kind, std::string_view catalog, std::string_view database, std::string_view name);
uint64_t Checksum(std::string_view bytes, uint64_t seed = 0);

// LEB128, seven bits a byte. ReadVarint stops at `end` and gives what it has.
inline uint64_t ReadVarint(const uint8_t*& p, const uint8_t* end) {
  uint64_t v = 0;
  for (int shift = 0; p < end && shift < 64; shift += 7) {
    uint8_t b = *p++;
    v |= static_cast<uint64_t>(b & 0x7f) << shift;
    if (!(b & 0x80)) break;
  }
  return v;
}

template <typename F> void Segment::EachDocument(const PostingList& list, F&& f) const {
  if (list.count == 1) {
    if (list.where < documents_) f(static_cast<uint32_t>(list.where));
    return;
  }
  std::string_view postings = section(kPostings);
  if (list.where >= postings.size()) return;
  const uint8_t* p = reinterpret_cast<const uint8_t*>(postings.data()) + list.where;
  const uint8_t* end = reinterpret_cast<const uint8_t*>(postings.data()) + postings.size();
  uint64_t doc = 0;
  for (uint32_t i = 0; i < list.count && p < end; ++i) {
    doc += ReadVarint(p, end);
    if (doc >= documents_) return;
    f(static_cast<uint32_t>(doc));
  }
}

}  // namespace tarn::metastore::search
