// Hadoop's configuration files (hive-site.xml, metastore-site.xml, core-site.xml) as keys and values, in the order of the file.
// Threads: a pure function. Errors: kInvalidSql names the file. Not understood: xi:include, ${variables}.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace tarn::config {

Result<std::vector<std::pair<std::string, std::string>>> ReadHadoopSite(const std::string& file);

}  // namespace tarn::config
