// Thrift structs as plain JSON with their field names, for dumps: {"tableName":"t","sd":{"cols":[{"name":"a"}]}}.
//
// What is set is written, so presence survives. Numbers, booleans and enums (by number) are JSON's own; a string that is not UTF-8 and
// every binary value is {"hex":"00ff"}. Unknown members are passed over. Threads: pure functions. Errors: kCorrupt.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "wire/schema.h"

namespace tarn::metastore {

void AppendStructJson(const wire::StructDesc& desc, const void* value, std::string* out);
Status ReadStructJson(std::string_view json, const wire::StructDesc& desc, void* out);
// One text or its bytes, alone.
void AppendTextJson(std::string_view text, std::string* out);
Status ReadTextJson(std::string_view json, std::string* out);
template <typename T> std::string StructJson(const T& value) {
  std::string out;
  AppendStructJson(T::desc(), &value, &out);
  return out;
}
template <typename T> Result<T> FromStructJson(std::string_view json) {
  T out;
  TRY(ReadStructJson(json, T::desc(), &out));
  return out;
}

}  // namespace tarn::metastore
