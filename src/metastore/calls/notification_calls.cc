// The notification log: reading it, counting it, and the events that clients fire themselves.
#include <algorithm>

#include "base/clock.h"
#include "fmt/format.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "metastore/rows.h"

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
                   e.catName = row.String(3);
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
  DbName db = ParseDbName(q.dbName, q.catName);
  int64_t to = q.has_toEventId() && q.toEventId > 0 ? q.toEventId : INT64_MAX;
  NotificationEventsCountResponse out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT tbl FROM notifications WHERE event_id > ? AND event_id <= ? AND (ctlg = ? OR ctlg IS NULL) AND (db = ? OR db IS NULL)",
                 {q.fromEventId, to, db.catalog, db.db}, [&](const SqlRow& row) {
                   if (q.tableNames.empty() || In(q.tableNames, row.Text(0))) ++out.eventsCount;
                   return !(q.has_limit() && q.limit > 0 && out.eventsCount >= q.limit);
                 }));
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
  for (const InsertEventRequestData& d : all) {
    TRY(RecordSimpleEvent(call, *write, "INSERT", name, FilesJson(d)));
    out.eventIds.push_back(TRY(write->Int("SELECT next FROM ids WHERE name = 'notification'", {}, 1)) - 1);
  }
  if (q.data->refreshEvent) TRY(RecordSimpleEvent(call, *write, "RELOAD", name));
  TRY(write.Commit());
  return out;
}

Status LogWrite(Call& call, SqlConnection& c, const WriteNotificationLogRequest& q) {
  return RecordSimpleEvent(call, c, "ACID_WRITE", MakeTableName(ParseDbName(q.db), q.table),
                           fmt::format("\"txnid\":{},\"writeid\":{}{}", q.txnId, q.writeId, q.fileInfo ? "," + FilesJson(*q.fileInfo) : ""));
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

// ---- partitions marked for an event ----

Result<std::string> MarkKey(Call& call, const std::string& db, const std::string& table, const std::map<std::string, std::string>& values) {
  TableName name = MakeTableName(ParseDbName(db), table);
  auto row = LoadTable(call.service, name);
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? UnknownTable("Table: " + name.name + " is not found.") : std::move(row).status();
  Strings list;
  for (const FieldSchema& k : row->table->partitionKeys) {
    auto it = values.find(k.name);
    if (it == values.end()) return Fault(StatusCode::kInvalidSql, "InvalidPartitionException", "Partition values do not match the keys of " + name.Full());
    list.push_back(it->second);
  }
  if (values.empty() || list.size() != values.size()) {
    return Fault(StatusCode::kInvalidSql, "InvalidPartitionException", "Partition values do not match the keys of " + name.Full());
  }
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
  r.Add<call::markPartitionForEvent, Mark>();
  r.Add<call::isPartitionMarkedForEvent, IsMarked>();
}

}  // namespace tarn::metastore
