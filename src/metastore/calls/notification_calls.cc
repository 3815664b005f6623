// The notification log: reading it, counting it, and the events that clients fire themselves.
#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "metastore/rows.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr int kEventsPerReplyMax = 100'000;

bool In(const Strings& list, std::string_view s) { return std::find(list.begin(), list.end(), s) != list.end(); }

Result<NotificationEventResponse> GetNext(Call& call, get_next_notification_args& a) {
  NotificationEventRequest q;
  if (a.rqst) q = *a.rqst;
  int64_t max = q.has_maxEvents() && q.maxEvents > 0 ? q.maxEvents : kEventsPerReplyMax;
  std::string db = q.dbName.empty() ? "" : ParseDbName(q.dbName).db;
  NotificationEventResponse out;
  out.set_events({});
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT event_id, event_time, event_type, ctlg, db, tbl, message, message_format, parts FROM notifications WHERE event_id > ? ORDER BY event_id",
                 {q.lastEvent}, [&](const SqlRow& row) {
                   if (!db.empty() && row.Text(4) != db) return true;
                   if (!q.tableNames.empty() && !In(q.tableNames, row.Text(5))) return true;
                   if (!q.eventTypeList.empty() && !In(q.eventTypeList, row.Text(2))) return true;
                   if (In(q.eventTypeSkipList, row.Text(2))) return true;
                   NotificationEvent& e = out.events.emplace_back();
                   e.eventId = row.Int(0);
                   e.eventTime = static_cast<int32_t>(row.Int(1));
                   e.eventType = row.String(2);
                   if (!row.Text(3).empty()) e.catName = row.String(3);
                   if (!row.Null(4)) e.dbName = row.String(4);
                   if (!row.Null(5)) e.tableName = row.String(5);
                   e.message = row.Null(8) ? row.String(6) : WholeMessage(row.String(6), row.Text(8));
                   e.messageFormat = row.String(7);
                   return static_cast<int64_t>(out.events.size()) < max;
                 }));
  return out;
}

Result<CurrentNotificationEventId> GetCurrent(Call& call, get_current_notificationEventId_args&) {
  auto read = TRY(call.service.store().Read());
  CurrentNotificationEventId out;
  out.eventId = TRY(read->Int("SELECT next FROM ids WHERE name = 'notification'", {}, 1)) - 1;
  return out;
}

Result<NotificationEventsCountResponse> Count(Call& call, get_notification_events_count_args& a) {
  if (!a.rqst) return MetaError("request is null");
  NotificationEventsCountRequest& q = *a.rqst;
  bool hive4 = call.service.hive4();
  DbName db = ParseDbName(q.dbName, q.catName);
  if (hive4) {   // it doesn't look for a catalog in the name
    db.catalog = q.has_catName() ? q.catName : kDefaultCatalog;
    db.db = ToLower(q.dbName);
  }
  bool every_db = hive4 && q.dbName == "*";
  int64_t to = q.has_toEventId() && (hive4 || q.toEventId > 0) ? q.toEventId : INT64_MAX;
  for (std::string& t : q.tableNames) t = ToLower(t);
  NotificationEventsCountResponse out;
  auto read = TRY(call.service.store().Read());
  // To Hive 4 an event of no database belongs to each, and one of no catalog or of a transaction to each catalog.
  TRY(read->Each("SELECT tbl, db, ctlg, event_type FROM notifications WHERE event_id > ? AND event_id <= ?", {q.fromEventId, to}, [&](const SqlRow& row) {
    bool of_none = hive4 && row.Null(1);
    bool counts = (row.Text(2) == db.catalog || (hive4 && row.Text(2).empty()) || (of_none && row.Text(3).ends_with("_TXN"))) && (of_none || every_db || row.Text(1) == db.db);
    if (counts && (q.tableNames.empty() || In(q.tableNames, row.Text(0)))) ++out.eventsCount;
    return true;
  }));
  if (q.has_limit() && (hive4 || q.limit > 0)) out.eventsCount = std::min<int64_t>(out.eventsCount, q.limit);
  return out;
}

std::string FilesJson(const InsertEventRequestData& d) {
  const Strings& files = d.filesAdded.empty() ? d.filesAdded_v2 : d.filesAdded;
  std::string out = fmt::format("\"insertType\":\"{}\",\"files\":[", d.replace ? "INSERT_OVERWRITE" : "INSERT");
  for (size_t i = 0; i < files.size(); ++i) {
    out += (i ? "," : "") + JsonQuote(i < d.filesAddedChecksum.size() ? files[i] + "###" + d.filesAddedChecksum[i] : files[i]);
  }
  return out + "]";
}

Result<FireEventResponse> Fire(Call& call, fire_listener_event_args& a) {
  if (!a.rqst || !a.rqst->data) return Status::InvalidSql("event without data");
  FireEventRequest& q = *a.rqst;
  TableName name = MakeTableName(ParseDbName(q.dbName, q.catName), q.tableName);
  TableRow row = TRY(LoadTable(call.service, name));
  FireEventResponse out;
  out.set_eventIds({});
  std::vector<InsertEventRequestData> all = q.data->insertDatas;
  if (q.data->insertData) all.push_back(*q.data->insertData);
  auto write = TRY(call.service.store().Write());
  if (!q.partitionVals.empty()) {
    PartitionReader reader(*write, row);
    std::string part = TRY(PartitionName(*row.table, q.partitionVals));
    if (!TRY(reader.Exists(part))) return NoSuchObject("partition " + part + " of " + name.Full() + " not found");
  }
  for (const InsertEventRequestData& d : all) {
    TRY(RecordSimpleEvent(call, *write, "INSERT", name, FilesJson(d)));
    out.eventIds.push_back(TRY(write->Int("SELECT next FROM ids WHERE name = 'notification'", {}, 1)) - 1);
  }
  if (q.data->refreshEvent) TRY(RecordSimpleEvent(call, *write, "RELOAD", name));
  TRY(write.Commit());
  return out;
}

Result<std::vector<WriteEventInfo>> ReadWriteEvents(SqlConnection& c, const char* sql, SqlArgs args) {
  std::vector<WriteEventInfo> out;
  Status decoded;
  TRY(c.Each(sql, args, [&](const SqlRow& row) {
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), WriteEventInfo::desc(), &out.emplace_back());
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}

// Kept for get_all_write_event_info, one for each table or partition of a transaction, and told to the readers of the log.
Status LogWrite(Call& call, SqlConnection& c, const WriteNotificationLogRequest& q) {
  TableName name = MakeTableName(ParseDbName(q.db), q.table);
  TableRow row = TRY(LoadTable(c, name));
  std::string part, part_json;
  if (!q.partitionVals.empty()) {
    part = TRY(PartitionName(*row.table, q.partitionVals));
    PartitionReader reader(c, row);
    auto p = TRY(reader.Find(part));
    if (!p) return NoSuchObject("partition values=[" + part + "]");
    part_json = ThriftJson(*p);
  }
  std::string key = name.Full() + "/" + part, files;
  if (q.fileInfo) for (const std::string& f : q.fileInfo->filesAdded.empty() ? q.fileInfo->filesAdded_v2 : q.fileInfo->filesAdded) files += (files.empty() ? "" : "]") + f + "###";
  for (const WriteEventInfo& before : TRY(ReadWriteEvents(c, "SELECT doc FROM write_events WHERE txn_id = ? AND name = ?", {q.txnId, key}))) {
    if (!before.files.empty()) files += (files.empty() ? "" : "]") + before.files;   // the latest come first
  }
  WriteEventInfo e{.writeId = q.writeId, .database = name.db, .table = name.name, .files = files};
  e.set_partition(part);
  e.set_tableObj(ThriftJson(*row.table));
  if (!part.empty()) e.set_partitionObj(part_json);
  TRY(c.Run("DELETE FROM write_events WHERE txn_id = ? AND name = ?", {q.txnId, key}));
  TRY(c.Run("INSERT INTO write_events (txn_id, name, made, doc) VALUES (?, ?, ?, ?)", {q.txnId, key, WallClockMs() / 1000, SqlBlob{wire::Encode(e)}}));
  return RecordSimpleEvent(call, c, "ACID_WRITE", name, fmt::format("\"txnid\":{},\"writeid\":{}{}", q.txnId, q.writeId, q.fileInfo ? "," + FilesJson(*q.fileInfo) : ""));
}
Result<WriteNotificationLogResponse> AddWrite(Call& call, add_write_notification_log_args& a) {
  if (!a.rqst) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  TRY(LogWrite(call, *write, *a.rqst));
  TRY(write.Commit());
  return WriteNotificationLogResponse{};
}
Result<WriteNotificationLogBatchResponse> AddWrites(Call& call, add_write_notification_log_in_batch_args& a) {
  if (!a.rqst) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  for (const WriteNotificationLogRequest& q : a.rqst->requestList) TRY(LogWrite(call, *write, q));
  TRY(write.Commit());
  return WriteNotificationLogBatchResponse{};
}

Result<std::vector<WriteEventInfo>> WriteEvents(Call& call, get_all_write_event_info_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  auto out = TRY(ReadWriteEvents(*read, "SELECT doc FROM write_events WHERE txn_id = ? ORDER BY name", {a.request->txnId}));
  std::erase_if(out, [&](const WriteEventInfo& e) {
    return (!a.request->dbName.empty() && e.database != LowerName(a.request->dbName)) || (!a.request->tableName.empty() && e.table != LowerName(a.request->tableName));
  });
  return out;
}

// ---- partitions marked for an event ----

Result<std::string> MarkKey(Call& call, const std::string& db, const std::string& table, const std::map<std::string, std::string>& values) {
  TableName name = MakeTableName(ParseDbName(db), table);
  auto row = LoadTable(call.service, name);
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? UnknownTable("Table: " + name.name + " is not found.") : std::move(row).status();
  auto invalid = [](std::string text) { return Fault(StatusCode::kInvalidSql, "InvalidPartitionException", std::move(text)); };
  const auto& keys = row->table->partitionKeys;
  if (keys.size() != values.size()) {
    return invalid(fmt::format("Number of partition columns in table: {} doesn't match with number of supplied partition values: {}", keys.size(), values.size()));
  }
  Strings list;
  for (const FieldSchema& k : keys) {
    auto it = values.find(k.name);
    if (it == values.end()) return invalid("No value found for partition column: " + k.name);
    list.push_back(it->second);
  }
  if (list.empty()) return invalid("table " + name.Full() + " has no partitions");
  return name.Full() + "/" + MakePartitionName(row->table->partitionKeys, list);
}
Status Mark(Call& call, markPartitionForEvent_args& a) {
  std::string key = TRY(MarkKey(call, a.db_name, a.tbl_name, a.part_vals));
  auto write = TRY(call.service.store().Write());
  TRY(write->Run("DELETE FROM objects WHERE kind = 'mark' AND name = ?", {key}));
  TRY(write->Run("INSERT INTO objects (kind, name, doc) VALUES ('mark', ?, ?)", {key, SqlBlob{"1"}}));
  return write.Commit();
}
Result<bool> IsMarked(Call& call, isPartitionMarkedForEvent_args& a) {
  std::string key = TRY(MarkKey(call, a.db_name, a.tbl_name, a.part_vals));
  auto read = TRY(call.service.store().Read());
  return TRY(read->Int("SELECT COUNT(*) FROM objects WHERE kind = 'mark' AND name = ?", {key}, 0)) > 0;
}
}  // namespace

void AddNotificationCalls(Router& r) {
  r.Add<call::get_next_notification, GetNext>();
  r.Add<call::get_current_notificationEventId, GetCurrent>();
  r.Add<call::get_notification_events_count, Count>();
  r.Add<call::fire_listener_event, Fire>();
  r.Add<call::add_write_notification_log, AddWrite>();
  r.Add<call::add_write_notification_log_in_batch, AddWrites>();
  r.Add<call::get_all_write_event_info, WriteEvents>();
  r.Add<call::markPartitionForEvent, Mark>();
  r.Add<call::isPartitionMarkedForEvent, IsMarked>();
}

}  // namespace tarn::metastore
