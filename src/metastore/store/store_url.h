// The address of a database: postgresql://user:password@host:port/database?option=value and mysql://... alike.
//
// Percent escapes are understood in every part. The password never leaves this struct in a message: errors and logs use Shown().
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::metastore {

struct StoreUrl {
  enum Kind { kPostgres, kMysql };
  Kind kind = kPostgres;
  std::string user, password, host, database;
  int port = 0;                                  // 0: the usual one
  std::map<std::string, std::string> options;    // after the '?'; what they mean is the back end's affair
  static Result<StoreUrl> Parse(std::string_view text);
  // Without password and options.
  std::string Shown() const;
};

}  // namespace tarn::metastore
