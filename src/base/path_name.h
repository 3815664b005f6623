// Names of partition directories, escaped as Hive does (FileUtils.escapePathName): control characters and "#%'*/:=?\{[]^ become %XX.
//
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>

namespace tarn {

std::string EscapePathName(std::string_view text);
std::string UnescapePathName(std::string_view text);   // what is no %XX stays as it is

}  // namespace tarn
