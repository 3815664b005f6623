// Settings under Hive's own keys: from a hive-site.xml / metastore-site.xml, or one by one.
// A key that we do not know is kept (get_config_value shows it) and named once in the log; it is never fatal.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "metastore/options.h"

namespace tarn::metastore {

Status ReadHiveSite(const std::string& file, MetastoreOptions* options);
Status ApplyHiveSetting(std::string_view key, std::string_view value, MetastoreOptions* options);

}  // namespace tarn::metastore
