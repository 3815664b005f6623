#include "metastore/events.h"

#include "base/clock.h"
#include "fmt/format.h"
#include "wire/codec.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
constexpr int64_t kExpireEvery = 256;   // events between two looks for those older than the time to live
}

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
  if (id % kExpireEvery == 0) {
    TRY(c.Run("DELETE FROM notifications WHERE event_time < ?", {WallClockMs() / 1000 - call.service.options().event_ttl_seconds}));
  }
  TRY(c.Run("INSERT INTO notifications (event_id, event_time, event_type, ctlg, db, tbl, message, message_format, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {id, WallClockMs() / 1000, type, name.catalog, name.db.empty() ? SqlArg(nullptr) : SqlArg(name.db),
             name.name.empty() ? SqlArg(nullptr) : SqlArg(name.name), message, "json-0.2", partitions ? SqlArg(SqlBlob{parts}) : SqlArg(nullptr)}));
  return Status::OK();
}

Status RecordSimpleEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& extra, const std::vector<wire::Partition>* partitions) {
  std::string m = fmt::format(R"({{"server":"","servicePrincipal":"","db":{})", JsonQuote(name.db));
  if (!name.name.empty()) m += ",\"table\":" + JsonQuote(name.name);
  if (!extra.empty()) m += "," + extra;
  m += fmt::format(R"(,"timestamp":{}}})", WallClockMs() / 1000);
  return RecordEvent(call, c, type, name, m, partitions);
}

}  // namespace tarn::metastore
