// Reads JSON text without building a tree: members and elements as slices of the text, so that numbers keep every digit and a
// page of rows costs no allocation a value. Malformed text gives what was readable before the fault; nothing is read beyond it.
// Threads: pure functions. Slices live as long as the text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::net {

// {"a":1,"b":[2]} -> (a, 1), (b, [2]). Not an object: none.
std::vector<std::pair<std::string, std::string_view>> JsonMembers(std::string_view text);
// [1,"x"] -> 1, "x". Not an array: none.
std::vector<std::string_view> JsonElements(std::string_view text);
// The value of a member; "" : absent.
std::string_view JsonMember(std::string_view object, std::string_view key);
// "a\n" -> a and a line break; other values as they are written; null -> "".
std::string JsonText(std::string_view value);
inline bool IsJsonNull(std::string_view value) { return value == "null"; }

}  // namespace tarn::net
