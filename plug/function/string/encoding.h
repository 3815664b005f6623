// TO_BASE64, FROM_BASE64, ENCODE, DECODE, PARSE_URL: registered with the text functions, once, at start.
#pragma once

#include "expr/function.h"

namespace tarn::plug {
Status RegisterEncoding(expr::FunctionRegistry& r);
}  // namespace tarn::plug
