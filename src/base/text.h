// Small rules about text that several rooms must share so that they agree: closest names, joining, case, escaping.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

std::string ToLower(std::string_view s);   // ASCII
std::string ToUpper(std::string_view s);   // ASCII
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string_view Trim(std::string_view s);
std::vector<std::string> Split(std::string_view s, char separator);   // "" gives one empty piece
std::string Join(std::span<const std::string> parts, std::string_view separator);

// The candidate nearest to `name` by edit distance (case counts little), or "" when none is near enough to be a slip.
std::string ClosestName(std::string_view name, std::span<const std::string> candidates);

// A new random UUID, version 4, in the 8-4-4-4-12 form; and 32 hex digits without dashes (Flink's job id form).
std::string RandomUuid();
std::string RandomHex32();

}  // namespace tarn
