// What a metastore keeps beside its catalog: write ids, queues, statistics of queries, keys, and where its numbers stand.
#include "fmt/format.h"
#include "metastore/dump_internal.h"
#include "base/text.h"

namespace tarn::metastore {

using namespace wire;

namespace {
constexpr int64_t kOpenWriteIdsMax = 1'000'000;   // of one table
constexpr size_t kNamedMax = 5;                // ids and tables that a message names

bool Aborted(const std::string& bits, size_t i) { return i / 8 < bits.size() && (static_cast<uint8_t>(bits[i / 8]) >> (i % 8) & 1); }
std::string Joined(const std::vector<int64_t>& ids) {
  std::string out;
  for (int64_t id : ids) out += (out.empty() ? "" : ",") + std::to_string(id);
  return out;
}
std::string Some(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kNamedMax); ++i) out += (i ? ", " : "") + names[i];
  return names.size() > kNamedMax ? out + ", ..." : out;
}
}  // namespace

Result<bool> CatalogSource::Answered(const Status& s, const char* what) {
  if (s.ok()) return true;
  if (s.code() == StatusCode::kUnavailable) return Status(s);
  // An old release does not know the call; one without a transaction manager fails in it.
  if (s.code() == StatusCode::kNotSupported) left_behind_.push_back({what, -1, "the source does not know the call", ""});
  else left_behind_.push_back({what, -1, s.message().substr(0, 200), "the source does not tell them"});
  return false;
}

Status CatalogSource::TakeSnapshot() {
  auto reply = Call<call::get_open_txns>({});
  has_transactions_ = TRY(Answered(reply.status(), "transactions"));
  if (!has_transactions_) return Status::OK();
  std::vector<int64_t> open, aborted;
  std::vector<std::string> named;
  for (size_t i = 0; i < reply->open_txns.size(); ++i) (Aborted(reply->abortedBits, i) ? aborted : open).push_back(reply->open_txns[i]);
  for (int64_t id : open) named.push_back(std::to_string(id));
  // As ValidReadTxnList writes itself: high water mark, smallest open one, the open ones, the aborted ones.
  valid_txns_ = fmt::format("{}:{}:{}:{}", reply->txn_high_water_mark, open.empty() ? INT64_MAX : open[0], Joined(open), Joined(aborted));
  if (!open.empty()) {
    left_behind_.push_back({"open transactions", static_cast<int64_t>(open.size()), "ids " + Some(named) + ": what they wrote counts as aborted",
                            "let them end, stop writers, and dump again into an empty target"});
  }
  return Status::OK();
}

Status CatalogSource::ReadWriteIds(const RecordScope& scope, const Table& table, const OnRecord& on_record) {
  auto transactional = table.parameters.find("transactional");
  if (!has_transactions_ || transactional == table.parameters.end() || !EqualsIgnoreCase(transactional->second, "true")) return Status::OK();
  get_valid_write_ids_args args;
  GetValidWriteIdsRequest& q = args.rqst.Make();
  q.fullTableNames = {QualifiedDb(scope.catalog, scope.db) + "." + scope.table};
  q.set_validTxnList(valid_txns_);
  auto reply = Call<call::get_valid_write_ids>(args);
  if (!TRY(Answered(reply.status(), "write ids")) || reply->tblValidWriteIds.empty()) return Status::OK();
  TableValidWriteIds w = std::move(reply->tblValidWriteIds[0]);
  // Given out since the snapshot: to readers of the copy they never come to an end.
  get_max_allocated_table_write_id_args most;
  most.rqst.Make().dbName = QualifiedDb(scope.catalog, scope.db);
  most.rqst->tableName = scope.table;
  auto max = Call<call::get_max_allocated_table_write_id>(most);
  if (!max.ok() && max.status().code() == StatusCode::kUnavailable) return std::move(max).status();
  if (max.ok() && max->maxWriteId - w.writeIdHighWaterMark > kOpenWriteIdsMax) {
    return Status::Exhausted(fmt::format("table {} has {} write ids that are open or to come", q.fullTableNames[0], max->maxWriteId - w.writeIdHighWaterMark))
        .WithHint(fmt::format("a dump takes {} of them at most: end the transactions that hold them", kOpenWriteIdsMax));
  }
  for (int64_t id = w.writeIdHighWaterMark + 1; max.ok() && id <= max->maxWriteId; ++id) w.invalidWriteIds.push_back(id);
  if (max.ok()) w.writeIdHighWaterMark = std::max(w.writeIdHighWaterMark, max->maxWriteId);
  if (w.writeIdHighWaterMark <= 0) return Status::OK();
  Record r{scope, std::move(w)};
  return on_record(r);
}

Status CatalogSource::ReadCompactions(const OnRecord& on_record) {
  std::vector<CompactionInfoStruct> all;
  if (here_) {
    Status decoded;
    auto read = TRY(here_->call.service.store().Read());
    TRY(read->Each("SELECT state, doc FROM compactions ORDER BY id", {}, [&](const SqlRow& row) {
      CompactionInfoStruct& c = all.emplace_back();
      decoded = DecodeStruct(Protocol::kCompact, row.Text(1), CompactionInfoStruct::desc(), &c);
      c.set_state(row.String(0));
      return decoded.ok();
    }));
    TRY(decoded);
  } else {
    auto reply = Call<call::show_compact>({.rqst = ShowCompactRequest{}});
    if (!TRY(Answered(reply.status(), "compactions"))) return Status::OK();
    for (ShowCompactResponseElement& e : reply->compacts) {
      CompactionInfoStruct& c = all.emplace_back();
      c.id = e.id;
      c.dbname = e.dbname;
      c.tablename = e.tablename;
      if (!e.partitionname.empty()) c.set_partitionname(e.partitionname);
      c.type = e.type;
      // "ready for cleaning" is r, "did not initiate" and "refused" are c; else the first letter.
      c.set_state(e.state == "did not initiate" || e.state == "refused" ? "c" : e.state.substr(0, 1));
      if (!e.runAs.empty()) c.set_runas(e.runAs);
      if (e.start) c.set_start(e.start);
      if (e.enqueueTime) c.set_enqueueTime(e.enqueueTime);
      if (e.hightestWriteId) c.set_highestWriteId(e.hightestWriteId);
      if (!e.errorMessage.empty()) c.set_errorMessage(e.errorMessage);
      if (!e.poolName.empty()) c.set_poolname(e.poolName);
    }
  }
  for (CompactionInfoStruct& c : all) {
    if (c.state == "w") {                      // its worker works for the source
      c.set_state("i");
      c.clear_workerId();
      c.clear_start();
    }
    Record r{{"", c.dbname, c.tablename, ""}, std::move(c)};
    TRY(on_record(r));
  }
  return Status::OK();
}

Status CatalogSource::ReadSecrets(const OnRecord& on_record, bool secrets) {
  std::vector<MasterKeyRecord> keys;
  if (here_) {
    auto read = TRY(here_->call.service.store().Read());
    TRY(read->Each("SELECT key_id, master_key FROM master_keys ORDER BY key_id", {}, [&](const SqlRow& row) { keys.push_back({row.Int(0), row.String(1)}); return true; }));
  } else {
    auto reply = Call<call::get_master_keys>({});
    if (TRY(Answered(reply.status(), "master keys"))) for (std::string& key : *reply) keys.push_back({0, std::move(key)});
  }
  auto tokens = Call<call::get_all_token_identifiers>({});
  Strings identifiers = TRY(Answered(tokens.status(), "delegation tokens")) ? *tokens : Strings{};
  if (!secrets) {
    constexpr char kHint[] = "--secrets takes them along";
    if (!keys.empty()) left_behind_.push_back({"master keys", static_cast<int64_t>(keys.size()), "secrets", kHint});
    if (!identifiers.empty()) left_behind_.push_back({"delegation tokens", static_cast<int64_t>(identifiers.size()), "secrets", kHint});
    return Status::OK();
  }
  for (MasterKeyRecord& k : keys) {
    Record r{{}, std::move(k)};
    TRY(on_record(r));
  }
  for (std::string& id : identifiers) {
    auto token = Call<call::get_token>({.token_identifier = id});
    if (!token.ok() && token.status().code() == StatusCode::kUnavailable) return std::move(token).status();
    if (!token.ok() || token->empty()) continue;      // expired meanwhile
    Record r{{}, TokenRecord{std::move(id), *token}};
    TRY(on_record(r));
  }
  return Status::OK();
}

Status CatalogSource::ReadObjects(const OnRecord& on_record) {
  if (!here_) {
    left_behind_.push_back({"resource plans, schema registry, stored procedures, packages, scheduled queries, data connectors and the like", -1, "not asked for over the wire",
                            is_tarn_ ? "dump the store itself, with --data" : ""});
    return Status::OK();
  }
  // Not "rebuild": those are locks. Not what hangs on ids that the target may give anew: details of compactions, writes of transactions.
  constexpr size_t kAtOnce = 500;
  ObjectRecord last;
  for (bool more = true; more;) {
    std::vector<ObjectRecord> some;
    {
      auto read = TRY(here_->call.service.store().Read());
      TRY(read->Each("SELECT kind, name, doc FROM objects WHERE kind NOT IN ('runtime_stat', 'rebuild', 'compaction') AND (kind > ? OR (kind = ? AND name > ?)) "
                     "ORDER BY kind, name",
                     {last.kind, last.kind, last.name}, [&](const SqlRow& row) {
        some.push_back({row.String(0), row.String(1), row.String(2)});
        return some.size() < kAtOnce;
      }));
    }
    more = some.size() == kAtOnce;
    if (!some.empty()) last = {some.back().kind, some.back().name, ""};
    for (ObjectRecord& o : some) {
      Record r{{}, std::move(o)};
      TRY(on_record(r));
    }
  }
  return Status::OK();
}

Status CatalogSource::CountLocks() {
  auto reply = Call<call::show_locks>({.rqst = ShowLocksRequest{}});
  if (!TRY(Answered(reply.status(), "locks"))) return Status::OK();
  std::vector<std::string> named;
  for (const ShowLocksResponseElement& e : reply->locks) named.push_back(fmt::format("{} on {}{}{} of {}@{}", e.lockid, e.dbname, e.tablename.empty() ? "" : ".", e.tablename, e.user, e.hostname));
  if (!named.empty()) left_behind_.push_back({"locks", static_cast<int64_t>(named.size()), Some(named), "whoever holds them must ask the new metastore again: stop writers before they are sent there"});
  return Status::OK();
}

// At the end, so that no number is one that the source gave out meanwhile.
Status CatalogSource::ReadState(const OnRecord& on_record, bool secrets) {
  auto stats = Call<call::get_runtime_stats>({.rqst = GetRuntimeStatsRequest{.maxWeight = -1, .maxCreateTime = -1}});
  if (TRY(Answered(stats.status(), "runtime statistics"))) {
    for (size_t i = stats->size(); i-- > 0;) {        // the newest comes first, and is to be added last
      Record r{{}, std::move((*stats)[i])};
      TRY(on_record(r));
    }
  }
  TRY(ReadCompactions(on_record));
  TRY(ReadSecrets(on_record, secrets));
  TRY(ReadObjects(on_record));
  TRY(CountLocks());
  auto event = Call<call::get_current_notificationEventId>({});
  if (TRY(Answered(event.status(), "notification ids")) && event->eventId > 0) {
    left_behind_.push_back({"notification events", event->eventId, "up to id " + std::to_string(event->eventId) + "; ids of the target go on after it",
                            "readers of the log start over, or read to its end first"});
    Record r{{}, NotificationsRecord{event->eventId}};
    TRY(on_record(r));
  }
  auto txns = Call<call::get_open_txns>({});
  if (!has_transactions_ || !TRY(Answered(txns.status(), "transactions")) || txns->txn_high_water_mark <= 0) return Status::OK();
  Record r{{}, TransactionsRecord{txns->txn_high_water_mark}};
  return on_record(r);
}

}  // namespace tarn::metastore
