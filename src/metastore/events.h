// The notification log: what changed, in the order it changed, ids without a gap, because an event commits with its change.
#pragma once

#include "metastore/service.h"

namespace tarn::metastore {

// db or table may be empty. `message` is the event's JSON in Hive's json-0.2 form.
// `partitions`: kept as they are, and written into the message ("partitionListJson") only when somebody reads the event.
Status RecordEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& message,
                   const std::vector<wire::Partition>* partitions = nullptr);
// With the message made here: {"eventType":..,"servicePrincipal":"","db":..,"table":..,"timestamp":..} and `extra`, JSON members.
Status RecordSimpleEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& extra = "",
                         const std::vector<wire::Partition>* partitions = nullptr);
// The message that RecordSimpleEvent makes.
std::string SimpleMessage(const TableName& name, const std::string& extra);
// Hive 4 tells the write id of a change, also when there is none (-1).
std::string WriteIdMember(Call& call, int64_t id = -1);
// What was gathered about the columns of a table or a partition, as Hive 4 tells it; `values` of the partition, or null.
std::string ColumnStatsMessage(const wire::Table& table, const std::map<std::string, std::string>& parameters, const wire::ColumnStatistics& stats, const Strings* values);
// The message of a row of `notifications`, whole.
std::string WholeMessage(std::string message, std::string_view parts);
std::string JsonQuote(std::string_view text);

// Members of Hive's messages: ,"tableType":..,"tableObjJson":".." and the like; each begins with no comma.
std::string TableMembers(const wire::Table& table, const char* object_name = "tableObjJson");
// "keys and values" of a partition: {"dt":"a","h":"1"}
std::string PartitionValuesJson(const wire::Table& table, const Strings& values);

}  // namespace tarn::metastore
