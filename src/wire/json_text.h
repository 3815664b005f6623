// A described struct as the text of Thrift's JSON protocol ({"1":{"str":"x"},"7":{"rec":{...}}}), the form inside Hive's notification messages.
// Threads: pure function.
#pragma once

#include <string>
#include <string_view>

#include "wire/schema.h"

namespace tarn::wire {

std::string ThriftJson(const StructDesc& desc, const void* value);
template <typename T> std::string ThriftJson(const T& value) { return ThriftJson(T::desc(), &value); }
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace tarn::wire
