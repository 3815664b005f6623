// Settings under Hive's own keys: from a hive-site.xml / metastore-site.xml, or one by one. "hive.metastore.X" is the same as "metastore.X".
//
// A value that can't be read is an error that names the key, the value, where it stands and what is allowed; nothing is guessed, since some
// guesses open doors. A key that we do not know is kept (get_config_value shows it) and named once in the log; it is never fatal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "metastore/options.h"

namespace tarn::metastore {

// Of the keys that have no effect here.
struct UnusedSettings {
  std::vector<std::string> security;   // about who may come in, what they may do, who can listen
  std::vector<std::string> others;
  bool jdbc = false;                   // Hive's own database is named: its rows are not read
  void Log() const;                    // the first loudest
};

Status ReadHiveSite(const std::string& file, MetastoreOptions* options, UnusedSettings* unused);
// `where`: the flag it came with ("--set"), or the file; may be empty.
Status ApplyHiveSetting(std::string_view key, std::string_view value, MetastoreOptions* options, std::string_view where = {}, UnusedSettings* unused = nullptr);

}  // namespace tarn::metastore
