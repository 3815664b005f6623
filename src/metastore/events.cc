#include "metastore/events.h"

#include "base/clock.h"
#include "fmt/format.h"
#include "wire/codec.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
constexpr int64_t kExpireEvery = 256;    // events between two looks for those older than the time to live
constexpr int64_t kExpireAtMost = 4096;   // of them at a look, since somebody waits for it

// Events lie in the order of their time, so that the look ends at the first one that stays.
Status ExpireEvents(SqlConnection& c, int64_t before) {
  int64_t last = 0;
  TRY(c.Each("SELECT event_id, event_time FROM notifications ORDER BY event_id LIMIT ?", {kExpireAtMost}, [&](const SqlRow& row) {
    if (row.Int(1) >= before) return false;
    last = row.Int(0);
    return true;
  }));
  if (last) TRY(c.Run("DELETE FROM notifications WHERE event_id <= ?", {last}));
  TRY(c.Run("DELETE FROM write_events WHERE made < ?", {before}));
  return Status::OK();
}
}  // namespace

std::string JsonQuote(std::string_view text) {
  std::string out;
  wire::AppendJsonString(out, text);
  return out;
}

std::string TableMembers(const wire::Table& table, const char* object_name) {
  return fmt::format("\"tableType\":{},\"{}\":{}", JsonQuote(table.tableType), object_name, JsonQuote(wire::ThriftJson(table)));
}

std::string PartitionValuesJson(const wire::Table& table, const Strings& values) {
  std::string out = "{";
  for (size_t i = 0; i < std::min(values.size(), table.partitionKeys.size()); ++i) {
    out += (i ? "," : "") + JsonQuote(table.partitionKeys[i].name) + ":" + JsonQuote(values[i]);
  }
  return out + "}";
}

std::string WholeMessage(std::string message, std::string_view parts) {
  auto list = wire::Decode<wire::PartitionListComposingSpec>(parts);
  if (!list.ok() || !message.ends_with('}')) return message;
  message.back() = ',';
  message += "\"partitionListJson\":[";
  for (size_t i = 0; i < list->partitions.size(); ++i) message += (i ? "," : "") + JsonQuote(wire::ThriftJson(list->partitions[i]));
  return message + "]}";
}

Status RecordEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& message, const std::vector<wire::Partition>* partitions) {
  std::string parts;
  if (partitions) {
    wire::PartitionListComposingSpec list;
    list.partitions = *partitions;
    parts = wire::Encode(list);
  }
  int64_t id = TRY(NextIds(c, "notification"));
  if (id % kExpireEvery == 0) TRY(ExpireEvents(c, WallClockMs() / 1000 - call.service.options().event_ttl_seconds));
  TRY(c.Run("INSERT INTO notifications (event_id, event_time, event_type, ctlg, db, tbl, message, message_format, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {id, WallClockMs() / 1000, type, name.catalog, name.db.empty() ? SqlArg(nullptr) : SqlArg(name.db),
             name.name.empty() ? SqlArg(nullptr) : SqlArg(name.name), message, "json-0.2", partitions ? SqlArg(SqlBlob{parts}) : SqlArg(nullptr)}));
  return Status::OK();
}

std::string WriteIdMember(Call& call, int64_t id) { return call.service.hive4() ? fmt::format(",\"writeId\":{}", id) : ""; }

std::string ColumnStatsMessage(const wire::Table& table, const std::map<std::string, std::string>& parameters, const wire::ColumnStatistics& stats, const Strings* values) {
  std::string m = fmt::format(R"({{"writeId":-1,"server":"","servicePrincipal":"","database":{},"colStatsJson":{},"parameters":{{)", JsonQuote(table.dbName), JsonQuote(wire::ThriftJson(stats)));
  bool first = true;
  for (const auto& [k, v] : parameters) {
    m += (first ? "" : ",") + JsonQuote(k) + ":" + JsonQuote(v);
    first = false;
  }
  m += "}";
  if (values) {
    m += ",\"partVals\":[";
    for (size_t i = 0; i < values->size(); ++i) m += (i ? "," : "") + JsonQuote((*values)[i]);
    m += "]";
  }
  return m + fmt::format(R"(,"timestamp":{},"tableObjJson":{}}})", WallClockMs() / 1000, JsonQuote(wire::ThriftJson(table)));
}

std::string SimpleMessage(const TableName& name, const std::string& extra) {
  std::string m = fmt::format(R"({{"server":"","servicePrincipal":"","db":{})", JsonQuote(name.db));
  if (!name.name.empty()) m += ",\"table\":" + JsonQuote(name.name);
  if (!extra.empty()) m += "," + extra;
  return m + fmt::format(R"(,"timestamp":{}}})", WallClockMs() / 1000);
}

Status RecordSimpleEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& extra, const std::vector<wire::Partition>* partitions) {
  return RecordEvent(call, c, type, name, SimpleMessage(name, extra), partitions);
}

}  // namespace tarn::metastore
