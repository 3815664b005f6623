#include "flow/operators/make_operator.h"

namespace tarn::flow {

Result<std::unique_ptr<Operator>> MakeOperator(const plan::Node&) {
  return Status::NotSupported("operators have not landed yet");
}

}  // namespace tarn::flow
