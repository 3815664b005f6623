// Makes a Segment of documents in any order, in bounded memory: postings beyond kRunBytesMax go to sorted runs on disk and are merged.
//
// Threads: one. Memory: kRunBytesMax, 28 bytes a document, and the lists of one word. Errors: kUnavailable when a file can't be written.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "metastore/search/segment.h"

namespace tarn::metastore::search {

class SegmentBuilder {
 public:
  static constexpr size_t kRunBytesMax = 48 << 20;
  static constexpr size_t kWordsOfDocumentMax = 50'000;
  // `file`: where the segment will be; "" keeps it in memory.
  explicit SegmentBuilder(std::string file = "", size_t run_bytes_max = kRunBytesMax) : file_(std::move(file)), run_bytes_max_(run_bytes_max) {}
  ~SegmentBuilder();
  Status Add(const Document& d);
  uint32_t documents() const { return static_cast<uint32_t>(ranks_.size()); }
  // Writes, syncs and renames the file (or gives the bytes), and opens it.
  Result<std::shared_ptr<const Segment>> Finish(const SegmentOrigin& origin);

 private:
  struct Postings {
    std::vector<uint32_t> list;            // document << 3 | field, in order
    uint32_t last_document = ~uint32_t{0};
    uint8_t last_fields = 0;               // of the last document: already there
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view s) const { return Checksum(s); }
  };
  struct Rank { uint32_t key; uint32_t ordinal; uint64_t head; };
  class Run;
  class Out;
  class Lists;

  void AddWord(std::string_view word, Field field, uint32_t document);
  Status Spill();
  std::vector<const std::string*> SortedWords() const;

  std::string file_;
  std::unordered_map<std::string, Postings, Hash, std::equal_to<>> words_;
  const size_t run_bytes_max_;
  size_t run_bytes_ = 0;
  std::vector<Rank> ranks_;
  std::vector<DocumentRecord> records_;
  std::vector<std::pair<uint64_t, uint32_t>> ids_, names_;
  std::string strings_;
  std::vector<std::FILE*> runs_;
  size_t words_of_document_ = 0;
};

}  // namespace tarn::metastore::search
