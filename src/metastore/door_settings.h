// The settings of the Thrift door under Hive's names: transport, TLS, authentication, limits; and Tarn's own (tarn.metastore.*).
// What Hive has and Tarn lacks (Kerberos, custom classes, JKS) is an error that says so, never a silent "no authentication".
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "metastore/options.h"

namespace tarn::metastore {

// False: no setting of the door. `key` in either of Hive's forms.
Result<bool> ApplyDoorSetting(std::string_view key, const std::string& value, MetastoreOptions* options);
// When all settings are known: do they fit together, and may this address be listened on? `allow_remote`: said twice.
Status CheckDoor(MetastoreOptions* options, bool allow_remote);

}  // namespace tarn::metastore
