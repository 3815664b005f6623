#include "metastore/search/search_index.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/names.h"
#include "metastore/search/segment_builder.h"
#include "metastore/search/snippet.h"
#include "metastore/search/words.h"
#include "net/json_reader.h"
#include "wire/codec.h"

namespace tarn::metastore::search {

namespace {
constexpr int64_t kRetryMs = 10'000;            // after a build that failed
constexpr size_t kPartsMax = 12;
constexpr size_t kWholeLookedAt = 200;          // beyond what was asked for, when a column's whole name may decide
constexpr size_t kCandidatesMax = 16'384;       // looked at for one search whose hits are hidden from its user

// Reads documents out of the store, one kind after the other.
template <typename T> Status DecodeDoc(const SqlRow& row, int column, T* out) { return wire::DecodeStruct(wire::Protocol::kCompact, row.Text(column), T::desc(), out); }
using OnDocument = std::function<Status(const Document&)>;

Status ReadTable(SqlConnection& c, int64_t id, const OnDocument& on_document) {
  wire::Table t;
  std::string catalog, database;
  Status decoded;
  bool found = TRY(c.One("SELECT d.ctlg, d.name, t.doc FROM tbls t JOIN dbs d ON d.db_id = t.db_id WHERE t.tbl_id = ?", {id}, [&](const SqlRow& r) {
    catalog = r.String(0);
    database = r.String(1);
    decoded = DecodeDoc(r, 2, &t);
  }));
  TRY(decoded);
  return found ? on_document(DocumentOf(t, id, std::move(catalog), std::move(database))) : Status::OK();
}
Status ReadDatabase(SqlConnection& c, int64_t id, const OnDocument& on_document) {
  wire::Database db;
  std::string catalog;
  Status decoded;
  bool found = TRY(c.One("SELECT ctlg, name, doc FROM dbs WHERE db_id = ?", {id}, [&](const SqlRow& r) {
    catalog = r.String(0);
    decoded = DecodeDoc(r, 2, &db);
    db.name = r.String(1);
  }));
  TRY(decoded);
  return found ? on_document(DocumentOf(db, id, std::move(catalog))) : Status::OK();
}
Status ReadFunction(SqlConnection& c, const std::string& catalog, const std::string& database, const std::string& name, const OnDocument& on_document) {
  wire::Function f;
  Status decoded;
  bool found = TRY(c.One("SELECT f.doc FROM funcs f JOIN dbs d ON d.db_id = f.db_id WHERE d.ctlg = ? AND d.name = ? AND f.name = ?", {catalog, database, name},
                         [&](const SqlRow& r) { decoded = DecodeDoc(r, 0, &f); }));
  TRY(decoded);
  return found ? on_document(DocumentOf(f, catalog, database)) : Status::OK();
}
Status ReadDocument(SqlConnection& c, const Segment& segment, uint32_t doc, const OnDocument& on_document) {
  const DocumentRecord& r = segment.record(doc);
  if (r.kind == Kind::kDatabase) return ReadDatabase(c, static_cast<int64_t>(r.id), on_document);
  if (r.kind != Kind::kFunction) return ReadTable(c, static_cast<int64_t>(r.id), on_document);
  auto names = segment.FunctionNames(doc);
  return ReadFunction(c, names[0], names[1], names[2], on_document);
}

bool IsDead(const std::vector<uint64_t>& dead, uint32_t doc) { return doc / 64 < dead.size() && (dead[doc / 64] >> (doc % 64) & 1); }
}  // namespace

SearchIndex::~SearchIndex() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  if (builder_.joinable()) builder_.join();
}

std::shared_ptr<const SearchIndex::Parts> SearchIndex::parts() { std::lock_guard lock(mutex_); return parts_; }
void SearchIndex::Publish(Parts p) {
  auto next = std::make_shared<const Parts>(std::move(p));
  std::lock_guard lock(mutex_);
  parts_ = std::move(next);
}

Result<int64_t> SearchIndex::LastEvent() {
  auto read = TRY(store_.Read());
  return TRY(read->Int("SELECT next FROM ids WHERE name = 'notification'", {}, 1)) - 1;
}
Result<SegmentOrigin> SearchIndex::Origin() {
  SegmentOrigin o;
  o.store_uuid = store_.uuid();
  auto read = TRY(store_.Read());
  TRY(read->One("SELECT value FROM meta WHERE name = 'catalog_epoch'", {}, [&](const SqlRow& r) { o.catalog_epoch = std::atoll(r.String(0).c_str()); }));
  return o;
}

// ---- making and following ----

Result<std::shared_ptr<const Segment>> SearchIndex::BuildSegment(int64_t* event_id) {
  int64_t start = MonotonicMs();
  SegmentOrigin origin = TRY(Origin());
  origin.event_id = TRY(LastEvent());          // before anything is read: what comes later is read again
  SegmentBuilder builder(file_);
  progress_ = 0;
  auto add = [&](const Document& d) {
    ++progress_;
    return builder.Add(d);
  };
  {
    auto read = TRY(store_.Read());
    std::vector<int64_t> dbs;
    TRY(read->Each("SELECT db_id FROM dbs", {}, [&](const SqlRow& r) { dbs.push_back(r.Int(0)); return true; }));
    for (int64_t id : dbs) TRY(ReadDatabase(*read, id, add));
    std::vector<std::array<std::string, 3>> functions;
    TRY(read->Each("SELECT d.ctlg, d.name, f.name FROM funcs f JOIN dbs d ON d.db_id = f.db_id", {}, [&](const SqlRow& r) {
      functions.push_back({r.String(0), r.String(1), r.String(2)});
      return true;
    }));
    for (auto& f : functions) TRY(ReadFunction(*read, f[0], f[1], f[2], add));
  }
  // In pages, so that no reader keeps an old state of the store alive for long.
  for (int64_t last = 0, n = 1; n > 0;) {
    n = 0;
    Status status;
    auto read = TRY(store_.Read());
    TRY(read->Each("SELECT t.tbl_id, d.ctlg, d.name, t.doc FROM tbls t JOIN dbs d ON d.db_id = t.db_id WHERE t.tbl_id > ? ORDER BY t.tbl_id LIMIT 1000", {last}, [&](const SqlRow& r) {
      last = r.Int(0);
      ++n;
      wire::Table t;
      status = DecodeDoc(r, 3, &t);
      if (status.ok()) status = add(DocumentOf(t, last, r.String(1), r.String(2)));
      return status.ok();
    }));
    TRY(status);
    std::lock_guard lock(mutex_);
    if (stopping_) return Status::Cancelled("the metastore stops");
  }
  auto segment = TRY(builder.Finish(origin));
  *event_id = origin.event_id;
  ++builds_;
  ::malloc_trim(0);
  LogInfo("search index of {} objects made in {} ms, {} MB", segment->documents(), MonotonicMs() - start, segment->bytes() >> 20);
  return segment;
}

Status SearchIndex::OpenOrBuild() {
  SegmentOrigin now = TRY(Origin());
  int64_t event = 0;
  std::shared_ptr<const Segment> base;
  auto opened = Segment::OpenFile(file_);
  if (opened.ok()) {
    SegmentOrigin o = (*opened)->origin();
    if (o.store_uuid == now.store_uuid && o.catalog_epoch == now.catalog_epoch && o.event_id <= TRY(LastEvent())) {
      base = *opened;
      event = o.event_id;
    } else {
      LogInfo("search index belongs to another state of the catalog; it is made anew");
    }
  } else if (opened.status().code() != StatusCode::kNotFound) {
    LogWarn("{}; it is made anew", opened.status().ToString());
  }
  if (!base) base = TRY(BuildSegment(&event));
  Publish({Part{base, std::make_shared<std::vector<uint64_t>>((base->documents() + 63) / 64)}});
  std::lock_guard lock(mutex_);
  applied_ = event;
  epoch_ = now.catalog_epoch;
  return Status::OK();
}

Status SearchIndex::Apply(Parts* parts, const std::set<Touched>& touched) {
  if (touched.empty()) return Status::OK();
  auto read = TRY(store_.Read());
  std::set<int64_t> tables, databases;
  std::set<std::array<std::string, 3>> functions;
  std::vector<std::vector<uint64_t>> dead;
  for (const Part& p : *parts) dead.push_back(*p.dead);
  auto bury = [&](size_t i, uint32_t doc) { dead[i][doc / 64] |= uint64_t{1} << (doc % 64); };
  for (const Touched& t : touched) {
    if (t.id) tables.insert(t.id);
    if (!t.id && t.kind == Kind::kTable) {
      int64_t id = TRY(read->Int("SELECT t.tbl_id FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? AND t.name = ?", {t.catalog, t.database, t.name}, 0));
      if (id) tables.insert(id);
    } else if (t.kind == Kind::kDatabase) {
      int64_t id = TRY(read->Int("SELECT db_id FROM dbs WHERE ctlg = ? AND name = ?", {t.catalog, t.name}, 0));
      if (id) databases.insert(id);
    } else if (t.kind == Kind::kFunction) {
      functions.insert({t.catalog, t.database, t.name});
    }
    if (t.id) continue;
    uint64_t key = NameKey(t.kind, t.catalog, t.database, t.name);
    for (size_t i = 0; i < parts->size(); ++i) {
      const Segment& s = *(*parts)[i].segment;
      for (uint32_t doc : s.FindName(key)) {
        if (t.kind == Kind::kTable) tables.insert(static_cast<int64_t>(s.record(doc).id));   // renamed: still there under its id
        bury(i, doc);
      }
    }
  }
  for (size_t i = 0; i < parts->size(); ++i) {
    const Segment& s = *(*parts)[i].segment;
    for (int64_t id : tables) for (uint32_t doc : s.FindId(static_cast<uint64_t>(id))) bury(i, doc);
    (*parts)[i].dead = std::make_shared<const std::vector<uint64_t>>(std::move(dead[i]));
  }
  SegmentBuilder builder;
  auto add = [&](const Document& d) { return builder.Add(d); };
  for (int64_t id : tables) TRY(ReadTable(*read, id, add));
  for (int64_t id : databases) TRY(ReadDatabase(*read, id, add));
  for (auto& f : functions) TRY(ReadFunction(*read, f[0], f[1], f[2], add));
  auto append = [&](SegmentBuilder& b) -> Status {
    if (!b.documents()) return Status::OK();
    auto segment = TRY(b.Finish({}));
    size_t words = (segment->documents() + 63) / 64;
    parts->push_back({std::move(segment), std::make_shared<std::vector<uint64_t>>(words)});
    return Status::OK();
  };
  TRY(append(builder));
  // Small parts grow together: a part is never much larger than the one before it, so each document is made anew a few times only.
  while (parts->size() > 2) {
    Part& last = (*parts)[parts->size() - 1];
    Part& before = (*parts)[parts->size() - 2];
    if (before.segment->documents() >= 4 * last.segment->documents() && parts->size() <= kPartsMax) break;
    SegmentBuilder both;
    auto add_both = [&](const Document& d) { return both.Add(d); };
    for (const Part* p : {&before, &last}) {
      for (uint32_t doc = 0; doc < p->segment->documents(); ++doc) if (!IsDead(*p->dead, doc)) TRY(ReadDocument(*read, *p->segment, doc, add_both));
    }
    parts->resize(parts->size() - 2);
    TRY(append(both));
    if (!both.documents()) break;
  }
  return Status::OK();
}

Result<bool> SearchIndex::Follow() {
  SegmentOrigin now = TRY(Origin());
  int64_t from, head = TRY(LastEvent());
  {
    std::lock_guard lock(mutex_);
    from = applied_;
    if (now.catalog_epoch != epoch_) { want_rebuild_ = true; epoch_ = now.catalog_epoch; }
  }
  if (head < from) {   // the database is an older one than it was
    std::lock_guard lock(mutex_);
    want_rebuild_ = true;
    applied_ = head;
  }
  if (head <= from) return false;
  std::set<Touched> touched;
  int rows = 0;
  int64_t last = from;
  {
    auto read = TRY(store_.Read());
    int64_t first = TRY(read->Int("SELECT MIN(event_id) FROM notifications", {}, 0));
    if (first == 0 || first > from + 1) {
      // Events between have expired: what they changed is not known any more.
      std::lock_guard lock(mutex_);
      want_rebuild_ = true;
      applied_ = std::max(from, first ? first - 1 : head);
      return first != 0;
    }
    TRY(read->Each("SELECT event_id, event_type, ctlg, db, tbl, CASE WHEN event_type IN ('ALTER_TABLE', 'CREATE_FUNCTION', 'DROP_FUNCTION') THEN message ELSE NULL END "
                   "FROM notifications WHERE event_id > ? AND event_id <= ? AND event_type IN ('CREATE_TABLE', 'ALTER_TABLE', 'DROP_TABLE', 'CREATE_DATABASE', "
                   "'ALTER_DATABASE', 'DROP_DATABASE', 'CREATE_FUNCTION', 'DROP_FUNCTION') ORDER BY event_id LIMIT 2000", {from, head}, [&](const SqlRow& r) {
      ++rows;
      last = r.Int(0);
      std::string_view type = r.Text(1);
      std::string catalog = r.Null(2) ? kDefaultCatalog : r.String(2), db = r.Null(3) ? "" : r.String(3), table = r.Null(4) ? "" : r.String(4);
      if (type.ends_with("_TABLE")) {
        touched.insert({Kind::kTable, catalog, db, table});
        if (type == "ALTER_TABLE") {   // it may have another name now: the event is filed under the old one
          std::string after = net::JsonText(net::JsonMember(r.Text(5), "tableObjAfterJson"));
          auto member = [&](const char* number) { return net::JsonText(net::JsonMember(net::JsonMember(after, number), "str")); };
          std::string name = member("1"), new_db = member("2");
          if (!name.empty() && (name != table || new_db != db)) touched.insert({Kind::kTable, catalog, new_db, name});
        }
      } else if (type.ends_with("_DATABASE")) {
        touched.insert({Kind::kDatabase, catalog, db, db});
      } else {
        touched.insert({Kind::kFunction, catalog, db, ToLower(net::JsonText(net::JsonMember(r.Text(5), "functionName")))});
      }
      return true;
    }));
  }
  bool more = rows == kEventsAtOnce;
  Parts next = *parts();
  TRY(Apply(&next, touched));
  size_t changes = 0, base = next[0].segment->documents();
  for (size_t i = 1; i < next.size(); ++i) changes += next[i].segment->documents();
  if (rebuilding_) since_rebuild_.insert(touched.begin(), touched.end());
  Publish(std::move(next));
  std::lock_guard lock(mutex_);
  applied_ = more ? last : head;
  if (!rebuilding_ && changes > std::max(kChangesMin, base / 20)) want_rebuild_ = true;
  changed_.notify_all();
  return more;
}

void SearchIndex::StartRebuild() {
  {
    std::lock_guard lock(mutex_);
    want_rebuild_ = false;
  }
  rebuilding_ = true;
  rebuilt_ = false;
  since_rebuild_.clear();
  builder_ = std::thread([this] {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
    rebuilt_segment_ = BuildSegment(&rebuilt_event_);
    std::lock_guard lock(mutex_);
    rebuilt_ = true;
    changed_.notify_all();
  });
}

Status SearchIndex::TakeRebuilt() {
  builder_.join();
  rebuilding_ = false;
  if (!rebuilt_segment_.ok()) {
    std::lock_guard lock(mutex_);
    want_rebuild_ = true;      // later
    return rebuilt_segment_.status();
  }
  std::shared_ptr<const Segment> segment = *std::move(rebuilt_segment_);
  size_t words = (segment->documents() + 63) / 64;
  Parts next;
  next.push_back({std::move(segment), std::make_shared<std::vector<uint64_t>>(words)});
  TRY(Apply(&next, since_rebuild_));
  since_rebuild_.clear();
  Publish(std::move(next));
  std::lock_guard lock(mutex_);
  applied_ = std::max(applied_, rebuilt_event_);
  return Status::OK();
}

void SearchIndex::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    Status s = Status::OK();
    bool more = false;
    if (!ready_) {
      s = OpenOrBuild();
    } else {
      if (rebuilding_ && rebuilt_) s = TakeRebuilt();
      if (s.ok()) {
        auto followed = Follow();
        if (followed.ok()) more = *followed;
        else s = std::move(followed).status();
      }
    }
    lock.lock();
    failure_ = s;
    if (!s.ok() && !stopping_) LogWarn("search index: {}", s.ToString());
    if (s.ok() && !ready_) { ready_ = true; more = true; }
    changed_.notify_all();
    if (stopping_) break;
    if (s.ok() && want_rebuild_ && !rebuilding_) {
      lock.unlock();
      StartRebuild();
      lock.lock();
    }
    if (more) continue;
    changed_.wait_for(lock, std::chrono::milliseconds(s.ok() ? kPollMs : kRetryMs), [&] { return stopping_ || look_ || (rebuilding_ && rebuilt_); });
    look_ = false;
  }
}

void SearchIndex::Start() {
  if (started_) return;
  started_ = true;
  thread_ = std::thread([this] { Run(); });
}

Status SearchIndex::WaitUntilCurrent() {
  int64_t head = TRY(LastEvent());
  std::unique_lock lock(mutex_);
  Start();
  int64_t end = MonotonicMs() + kBuildWaitMs;
  while (!ready_) {
    if (!failure_.ok()) { Status s = failure_; look_ = true; changed_.notify_all(); return std::move(s).WithContext("the search index can't be made"); }
    int64_t left = end - MonotonicMs();
    if (left <= 0) return Status::Unavailable(fmt::format("the search index is being made ({} objects so far); ask again", progress_.load()));
    changed_.wait_for(lock, std::chrono::milliseconds(left));
  }
  if (applied_ >= head) return Status::OK();
  look_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, std::chrono::milliseconds(kFollowWaitMs), [&] { return stopping_ || applied_ >= head; });
  return Status::OK();   // a little behind is better than no answer
}

Status SearchIndex::Rebuild() {
  std::unique_lock lock(mutex_);
  bool was_started = started_;
  int64_t before = builds_;
  if (was_started) want_rebuild_ = look_ = true;
  else { std::error_code ec; std::filesystem::remove(file_, ec); }
  Start();
  changed_.notify_all();
  changed_.wait(lock, [&] { return stopping_ || !failure_.ok() || (builds_ > before && ready_ && !rebuilt_); });
  return failure_;
}

IndexState SearchIndex::state() {
  IndexState s;
  std::lock_guard lock(mutex_);
  s.open = ready_;
  s.building = started_ && !ready_;
  s.event_id = applied_;
  s.built = builds_;
  if (parts_) {
    for (size_t i = 0; i < parts_->size(); ++i) {
      s.documents += (*parts_)[i].segment->documents();
      if (i) s.changes += (*parts_)[i].segment->documents();
    }
    s.file_bytes = static_cast<int64_t>((*parts_)[0].segment->bytes());
  }
  if (!failure_.ok()) s.problem = failure_.message();
  return s;
}

// ---- searching ----

Result<std::optional<Hit>> SearchIndex::Load(const Segment& segment, uint32_t doc, const Query& query, bool near, const Request& request, int score) {
  std::optional<Hit> out;
  auto read = TRY(store_.Read());
  TRY(ReadDocument(*read, segment, doc, [&](const Document& d) {
    auto found = FindWords(d, query, near);
    if (!found || (request.visible && !TRY(request.visible(*read, d)))) return Status::OK();
    Hit& h = out.emplace();
    h.kind = d.kind;
    h.catalog = d.catalog;
    h.database = d.database;
    h.name = d.name;
    h.type = d.type;
    h.owner = d.owner;
    h.location = d.location;
    h.format = d.format;
    h.comment = d.comment;
    h.field = found->field;
    h.snippet = std::move(found->snippet);
    h.whole = found->whole;
    size_t words = query.positive_words();
    h.score = words ? static_cast<double>(score) / static_cast<double>(kScoreMax * words) : 1.0;
    return Status::OK();
  }));
  return out;
}

bool SearchIndex::Before(const Ranked& a, const Ranked& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.exact != b.exact) return a.exact;
  if (a.rank != b.rank) return a.rank < b.rank;
  return std::tie(a.hit.name, a.hit.catalog, a.hit.database) < std::tie(b.hit.name, b.hit.catalog, b.hit.database);
}

Result<std::vector<SearchIndex::Ranked>> SearchIndex::Find(const Parts& parts, const Query& query, bool near, const Request& request, size_t limit, Scratch* scratch, int64_t* total) {
  struct Candidate { const Part* part; uint32_t doc; int score; uint32_t rank; };
  std::vector<Candidate> candidates;
  auto find = [&](size_t want) {
    *total = 0;
    candidates.clear();
    for (const Part& p : parts) {
      Matches m = FindMatches(*p.segment, *p.dead, query, near, want, scratch);
      *total += m.total;
      for (const Match& x : m.best) candidates.push_back({&p, x.document, x.score, p.segment->record(x.document).rank});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score > b.score : a.rank < b.rank; });
  };
  // Of equal scores those with a column of exactly that name come first: looked for among some more.
  const size_t page = limit;
  if (query.AsksForWhole()) limit = std::min(limit + kWholeLookedAt, kCandidatesMax);
  size_t want = limit;
  find(want);
  std::string whole = ToLower(Trim(request.text));
  std::vector<Ranked> hits;
  for (size_t at = 0; hits.size() < limit;) {
    if (at >= std::min(candidates.size(), want)) {
      if (static_cast<int64_t>(want) >= *total || want >= kCandidatesMax) break;
      want *= 4;       // some are gone or hidden: look further
      find(want);
      continue;
    }
    const Candidate& c = candidates[at++];
    auto hit = TRY(Load(*c.part->segment, c.doc, query, near, request, c.score));
    if (!hit) continue;
    bool exact = ToLower(hit->name) == whole || ToLower(hit->database + "." + hit->name) == whole || hit->whole;
    hits.push_back({*std::move(hit), c.score, exact, c.rank});
  }
  std::stable_sort(hits.begin(), hits.end(), Before);
  if (hits.size() > page) hits.resize(page);
  return hits;
}

Result<Answer> SearchIndex::Search(const Request& request) {
  size_t limit = std::clamp<size_t>(request.limit, 1, kLimitMax);
  Query query = TRY(ParseQuery(request.text));
  TRY(WaitUntilCurrent());
  auto parts = this->parts();
  std::unique_ptr<Scratch> scratch;
  {
    std::unique_lock lock(scratch_mutex_);
    scratch_free_.wait(lock, [&] { return !scratches_.empty() || scratches_made_ < kSearchesMax; });
    if (scratches_.empty()) { ++scratches_made_; scratch = std::make_unique<Scratch>(); }
    else { scratch = std::move(scratches_.back()); scratches_.pop_back(); }
  }
  int64_t total = 0;
  bool near = false;
  auto find = [&]() -> Result<std::vector<Ranked>> {
    // What counts as found is what may be seen.
    auto hits = Find(*parts, query, near, request, limit, scratch.get(), &total);
    if (hits.ok() && request.visible) total = static_cast<int64_t>(hits->size());
    return hits;
  };
  auto look = [&]() -> Result<std::vector<Ranked>> {
    std::vector<Ranked> hits = TRY(find());
    if (total == 0) {   // userOrders may be one word there: Hive writes names in lower case
      Query joined = TRY(ParseQuery(request.text, false));
      if (joined.words.size() != query.words.size()) {
        std::swap(joined, query);
        hits = TRY(find());
        if (total == 0) std::swap(joined, query);
      }
    }
    if (total < static_cast<int64_t>(std::min(kFewHits, limit)) && query.positive_words()) {
      near = true;
      std::vector<Ranked> more = TRY(find());
      near = more.size() > hits.size();      // else nothing similar was there: what was found is what was asked for
      if (near) hits = std::move(more);
    }
    return hits;
  };
  auto found = look();
  {
    std::lock_guard lock(scratch_mutex_);
    scratches_.push_back(std::move(scratch));
    scratch_free_.notify_one();
  }
  std::vector<Ranked> hits = TRY(std::move(found));
  Answer out;
  for (Ranked& h : hits) out.hits.push_back(std::move(h.hit));
  // Fewer than asked for: that is all there is (the index may count what is just gone).
  out.total = request.visible ? -1 : out.hits.size() < limit ? static_cast<int64_t>(out.hits.size()) : std::max<int64_t>(total, static_cast<int64_t>(out.hits.size()));
  out.corrected = near;
  return out;
}

}  // namespace tarn::metastore::search
