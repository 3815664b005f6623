// Reads an object graph that Kryo wrote, for the few classes of Hive that a partition predicate is made of.
//
// Kryo's bytes do not describe themselves: the fields of a class (in order of their names) must be known. The table in kryo_reader.cc
// holds them; a class that is not there is NotSupported, with its name. References may point back, so a graph may have cycles.
// Threads: one. Ownership: the graph owns its objects. Limits: Expression::kDepthMax, kObjectsMax; no allocation beyond the input's size.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::metastore {

struct KryoObject {
  // kMoment, kMomentDate: java.sql.Timestamp and java.sql.Date, milliseconds since 1970 UTC of a wall clock in the writer's time zone.
  enum Kind : uint8_t { kNull, kBool, kInteger, kReal, kText, kDate, kTimestamp, kMoment, kMomentDate, kBytes, kList, kObject } kind = kNull;
  std::string_view class_name;                  // kObject; without "org.apache.hadoop.hive."
  int64_t number = 0;                           // kBool, kInteger, kDate (days since 1970), kTimestamp (seconds, as if in UTC), moments
  int32_t nanos = 0;                            // kTimestamp, kMoment
  double real = 0;
  std::string text;                             // kText (UTF-8)
  std::vector<const KryoObject*> items;         // kList: elements; kObject: fields, in the order of the table
  // The field of that name; a null object when there is none.
  const KryoObject& Field(std::string_view name) const;
};

class KryoGraph {
 public:
  enum class Dialect : uint8_t { kKryo3, kKryo5 };
  // The whole of `bytes` as one ExprNodeGenericFuncDesc.
  static Result<KryoGraph> Read(std::string_view bytes, Dialect dialect);
  const KryoObject& root() const { return *root_; }

 private:
  std::vector<std::unique_ptr<KryoObject>> objects_;
  std::vector<std::unique_ptr<std::string>> names_;
  const KryoObject* root_ = nullptr;
  friend class KryoReader;
};

}  // namespace tarn::metastore
