#include "wire/schema.h"

#include <algorithm>

namespace tarn::wire {

const CallDesc* FindCall(std::string_view name) {
  std::span<const CallDesc* const> calls = AllCalls();
  auto it = std::lower_bound(calls.begin(), calls.end(), name, [](const CallDesc* c, std::string_view n) { return c->name < n; });
  return it != calls.end() && name == (*it)->name ? *it : nullptr;
}

}  // namespace tarn::wire
