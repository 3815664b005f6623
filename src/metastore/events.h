// The notification log: what changed, in the order it changed, ids without a gap, because an event commits with its change.
#pragma once

#include "metastore/service.h"

namespace tarn::metastore {

// db or table may be empty. `message` is the event's JSON in Hive's json-0.2 form.
Status RecordEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& message);
// With the message made here: {"eventType":..,"servicePrincipal":"","db":..,"table":..,"timestamp":..} and `extra`, JSON members.
Status RecordSimpleEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& extra = "");
std::string JsonQuote(std::string_view text);

}  // namespace tarn::metastore
