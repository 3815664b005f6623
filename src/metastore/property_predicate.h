// The predicates of get_properties: Hive evaluates JEXL; here are comparisons of properties with literals, joined by &&, ||, ! and brackets.
//
// Words of JEXL that mean the same: and or not eq ne lt le gt ge. A property that is not there is null: only == null and != hold of it.
// Properties have no types here: two numbers are compared as numbers, all else as text. Threads: none.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::metastore {

// InvalidSql, with what was found where, for anything else.
Result<bool> MatchesPredicate(std::string_view predicate, const std::map<std::string, std::string>& properties);

}  // namespace tarn::metastore
