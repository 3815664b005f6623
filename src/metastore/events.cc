#include "metastore/events.h"

#include "base/clock.h"
#include "fmt/format.h"

namespace tarn::metastore {

std::string JsonQuote(std::string_view text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; out += static_cast<char>(c); }
    else if (c < 0x20) out += fmt::format("\\u{:04x}", c);
    else out += static_cast<char>(c);
  }
  return out + "\"";
}

Status RecordEvent(Call&, SqlConnection& c, const char* type, const TableName& name, const std::string& message) {
  int64_t id = TRY(NextIds(c, "notification"));
  TRY(c.Run("INSERT INTO notifications (event_id, event_time, event_type, ctlg, db, tbl, message, message_format) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            {id, WallClockMs() / 1000, type, name.catalog, name.db.empty() ? SqlArg(nullptr) : SqlArg(name.db),
             name.name.empty() ? SqlArg(nullptr) : SqlArg(name.name), message, "json-0.2"}));
  return Status::OK();
}

Status RecordSimpleEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const std::string& extra) {
  std::string m = fmt::format(R"({{"server":"","servicePrincipal":"","db":{})", JsonQuote(name.db));
  if (!name.name.empty()) m += ",\"table\":" + JsonQuote(name.name);
  if (!extra.empty()) m += "," + extra;
  m += fmt::format(R"(,"timestamp":{}}})", WallClockMs() / 1000);
  return RecordEvent(call, c, type, name, m);
}

}  // namespace tarn::metastore
