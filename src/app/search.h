// Searching a Tarn metastore, for `tarn search` and the server's GET /api/v1/search.
//
// Threads: any; each call makes its own connection. Errors: kNotSupported: not a Tarn metastore; kDenied: not for this user.
#pragma once

#include <string>

#include "base/status.h"
#include "wire/hms_client.h"

namespace tarn::app {

// {"query":..,"total":..,"corrected":..,"hits":[{"catalog":..,"database":..,"name":..,"kind":..,"field":..,"snippet":..,"score":..,
// "owner":..,"location":..,"format":..,"comment":..,"type":..},...]}; what a hit does not have is null.
// As whom: options.user.
Result<std::string> SearchJson(const std::string& metastore_uri, const wire::HmsClientOptions& options, const std::string& query, int64_t limit);

}  // namespace tarn::app
