// The search over one metastore: keeps an index beside the store and answers queries from it and from the store.
//
// The index is derived: <data>/search.idx holds the bulk, the changes since then are small segments in memory. Nothing is opened or
// built before the first search, so a metastore that nobody searches pays nothing. From then on a thread follows the notification log
// (so it sees what any process wrote into a shared store), and another makes the file anew when it is missing, damaged, of another
// version, of another store, too old for the log, or when the changes have grown. A search waits shortly for what has just been
// committed. What is shown of a hit is read from the store: a hit that is gone is left out.
// Threads: any. Memory: the file is mapped; changes up to a twentieth of the catalog; about 1.5 MB for each search going on over a
// million tables, of which kSearchesMax run at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "metastore/search/match.h"
#include "metastore/store/store.h"

namespace tarn::metastore::search {

struct Hit {
  Kind kind = Kind::kTable;
  std::string catalog, database, name, type;
  Field field = Field::kName;     // the best field that matched,
  std::string snippet;            // and its text
  double score = 0;               // 1: every word is a word of the name
  bool whole = false;             // a column has the very name that was asked for
  std::string owner, location, format, comment;
};
// May a user see this object? Asked with the connection that has read it. Without it everything is seen; with it the total is not known,
// and nothing about the answer (near words, their number) depends on what is hidden.
using Visible = std::function<Result<bool>(SqlConnection&, const Document&)>;
struct Request {
  std::string text;
  size_t limit = 20;
  Visible visible;
};
struct Answer {
  std::vector<Hit> hits;
  int64_t total = -1;             // -1: not known
  bool corrected = false;         // words near those given were looked for, too
};
struct IndexState {
  bool open = false, building = false;
  int64_t documents = 0, changes = 0, file_bytes = 0, event_id = 0, built = 0;
  std::string problem;
};

class SearchIndex {
 public:
  static constexpr size_t kLimitMax = 1000;
  static constexpr int64_t kBuildWaitMs = 5'000;       // a search waits so long for the first index
  static constexpr int64_t kFollowWaitMs = 250;        // and so long for what was committed before it
  static constexpr int64_t kPollMs = 250;
  static constexpr size_t kFewHits = 5;                // fewer: typos are looked for
  static constexpr size_t kChangesMin = 20'000;        // documents changed before the file is made anew, or 1/20 of all
  static constexpr int kSearchesMax = 4;
  static constexpr int kEventsAtOnce = 2000;

  SearchIndex(Store& store, std::string file) : store_(store), file_(std::move(file)) {}
  ~SearchIndex();
  // kUnavailable while the first index is being made; kInvalidSql: the query.
  Result<Answer> Search(const Request& request);
  IndexState state();
  // The hook for authorisation: makes the filter of one user's searches. Set before the first search; off (null) by default.
  using MakeVisible = std::function<Visible(const std::string& user, const std::vector<std::string>& groups)>;
  void SetAuthorization(MakeVisible make) { make_visible_ = std::move(make); }
  Visible VisibleTo(const std::string& user, const std::vector<std::string>& groups) const { return make_visible_ ? make_visible_(user, groups) : nullptr; }
  // Makes the file anew, and waits for it.
  Status Rebuild();

 private:
  struct Part {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const std::vector<uint64_t>> dead;
  };
  using Parts = std::vector<Part>;
  // An object that an event named, or that must be looked at again.
  struct Touched {
    Kind kind;
    std::string catalog, database, name;
    int64_t id = 0;
    auto operator<=>(const Touched&) const = default;
  };

  void Start();
  void Run();                                                    // the thread that follows
  Status OpenOrBuild();
  Result<std::shared_ptr<const Segment>> BuildSegment(int64_t* event_id);
  void StartRebuild();
  Status TakeRebuilt();
  Result<bool> Follow();                                         // true: there is more
  Status Apply(Parts* parts, const std::set<Touched>& touched);
  Result<SegmentOrigin> Origin();
  Result<int64_t> LastEvent();
  Status WaitUntilCurrent();
  struct Ranked { Hit hit; int score; bool exact; uint32_t rank; };
  static bool Before(const Ranked& a, const Ranked& b);
  // The best `limit` hits that are there and visible; *total: how many there are, hidden ones too.
  Result<std::vector<Ranked>> Find(const Parts& parts, const Query& query, bool near, const Request& request, size_t limit, Scratch* scratch, int64_t* total);
  Result<std::optional<Hit>> Load(const Segment& segment, uint32_t doc, const Query& query, bool near, const Request& request, int score);
  void Publish(Parts parts);
  std::shared_ptr<const Parts> parts();

  Store& store_;
  const std::string file_;
  MakeVisible make_visible_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false, ready_ = false, stopping_ = false, look_ = false, want_rebuild_ = false;
  Status failure_;                                               // of the last attempt to build
  std::shared_ptr<const Parts> parts_;
  int64_t applied_ = 0;                                          // event id
  int64_t epoch_ = 0;
  std::atomic<int64_t> progress_{0}, builds_{0};
  std::thread thread_;
  // Of the following thread:
  std::thread builder_;
  bool rebuilding_ = false;
  std::atomic<bool> rebuilt_{false};
  Result<std::shared_ptr<const Segment>> rebuilt_segment_ = std::shared_ptr<const Segment>();
  int64_t rebuilt_event_ = 0;
  std::set<Touched> since_rebuild_;
  std::mutex scratch_mutex_;
  std::condition_variable scratch_free_;
  std::vector<std::unique_ptr<Scratch>> scratches_;
  int scratches_made_ = 0;
};

}  // namespace tarn::metastore::search
