// Writes partitions as reply elements, from rows: partitions share storage descriptors, so each descriptor is encoded once and its
// bytes are put into every partition's, with the partition's own location. The bytes are those that WriteElement would write.
//
// Threads: one. Limit: kDescriptorBytesMax of encoded descriptors; beyond it partitions are encoded one by one.
#pragma once

#include <unordered_map>

#include "metastore/rows.h"
#include "wire/codec.h"

namespace tarn::metastore {

class PartitionEncoder {
 public:
  static constexpr size_t kDescriptorBytesMax = 8 << 20;
  PartitionEncoder(wire::Protocol protocol, PartitionReader& reader) : protocol_(protocol), reader_(reader) { MakeMark(); }
  // The columns of the row: name, sd_id, location, doc.
  Status Append(const SqlRow& row, wire::OutBuffer& out);

 private:
  struct Halves { std::string before, after; bool usable = false; };   // around the location's length and bytes
  void MakeMark();
  Result<const Halves*> Descriptor(int64_t sd_id);
  void AppendText(std::string_view text, wire::OutBuffer& out) const;

  const wire::Protocol protocol_;
  PartitionReader& reader_;
  wire::Box<wire::StorageDescriptor> mark_;
  std::string mark_bytes_;
  wire::OutBuffer scratch_;
  std::unordered_map<int64_t, Halves> descriptors_;
  size_t bytes_ = 0;
};

}  // namespace tarn::metastore
