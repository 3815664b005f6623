#include "temporal.h"

#include "table/registry.h"

namespace tarn::plug {
Status Register_function_temporal(table::Registry& registry) {
  expr::FunctionRegistry& r = registry.functions();
  TRY(RegisterExtract(r));
  TRY(RegisterFormat(r));
  TRY(RegisterCurrent(r));
  return RegisterDistance(r);
}
}  // namespace tarn::plug
