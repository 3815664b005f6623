// Evaluates a query over one segment: the best documents by score, and how many there are in all.
//
// Each word gives a document the score of the best field in which it is found (kScores); scores of words add up; every word must be found.
// All of it runs on bitmaps of the segment's documents: a score is four bit planes, sums are added plane by plane, 64 documents at a time,
// so that a word that stands in every table costs a fraction of a millisecond for a million tables. Threads: any, one Scratch each.
#pragma once

#include <vector>

#include "metastore/search/query.h"
#include "metastore/search/segment.h"

namespace tarn::metastore::search {

// How a word was found, in falling order of worth. kNear: one edit away or inside a longer word; kFar: two edits.
struct FieldScores { uint8_t whole, prefix; };
inline constexpr FieldScores kScores[kFields] = {{15, 14}, {13, 12}, {11, 10}, {9, 8}, {7, 6}, {7, 6}, {5, 4}, {5, 4}};
inline constexpr uint8_t kNearNameScore = 3, kNearScore = 2, kFarScore = 1, kScoreMax = 15;
inline constexpr size_t kExpansionsMax = 4096;     // words that one prefix stands for, beyond those with a list of their own
inline constexpr size_t kNearWordsMax = 48;

struct Match { uint32_t document; int score; };
struct Matches {
  std::vector<Match> best;                          // by score, then by number
  int64_t total = 0;
};

// Memory that is used again: 5 bits a document and word, and some.
struct Scratch { std::vector<uint64_t> words; };

// `dead`: a bit for each document that no longer counts; may be empty. `near`: also words that are near (typos).
Matches FindMatches(const Segment& segment, const std::vector<uint64_t>& dead, const Query& query, bool near, size_t limit, Scratch* scratch);

}  // namespace tarn::metastore::search
