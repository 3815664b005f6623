// SQL/JSON paths: [lax|strict] $.a[0].b, $['a b'], $.*, $[*], $..a is not supported.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::plug {

struct JsonStep {
  enum class Kind { kMember, kIndex, kAllMembers, kAllElements } kind;
  std::string name;
  int64_t index = 0;
};

struct JsonPath {
  bool strict = false;
  bool many = false;   // has a wildcard
  std::vector<JsonStep> steps;
  static Result<JsonPath> Parse(std::string_view text);
};

}  // namespace tarn::plug
