#include "metastore/calls/partition_encoder.h"

namespace tarn::metastore {

namespace {
constexpr std::string_view kMark = "\x01tarn: the descriptor goes here\x02";   // no location begins so: Qualify wants a slash or a scheme

void PutLength(wire::Protocol protocol, size_t n, std::string* out) {
  if (protocol == wire::Protocol::kBinary) {
    for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(n >> shift & 0xff);
    return;
  }
  for (; n >= 0x80; n >>= 7) *out += static_cast<char>(n | 0x80);
  *out += static_cast<char>(n);
}
}  // namespace

void PartitionEncoder::MakeMark() {
  mark_.Make().set_location(std::string(kMark));
  wire::OutBuffer out;
  wire::WriteStruct(protocol_, out, wire::StorageDescriptor::desc(), &*mark_);
  mark_bytes_ = std::string(out.view());
}

void PartitionEncoder::AppendText(std::string_view text, wire::OutBuffer& out) const {
  std::string length;
  PutLength(protocol_, text.size(), &length);
  out.Append(length);
  out.Append(text);
}

Result<const PartitionEncoder::Halves*> PartitionEncoder::Descriptor(int64_t sd_id) {
  auto [it, fresh] = descriptors_.try_emplace(sd_id);
  if (!fresh) return &it->second;
  wire::StorageDescriptor sd = *TRY(reader_.SharedDescriptor(sd_id));
  sd.set_location(std::string(kMark));
  wire::OutBuffer out;
  wire::WriteStruct(protocol_, out, wire::StorageDescriptor::desc(), &sd);
  std::string length;
  PutLength(protocol_, kMark.size(), &length);
  std::string needle = length + std::string(kMark);
  size_t at = out.view().find(needle);
  if (at == std::string_view::npos || out.view().find(kMark, at + needle.size()) != std::string_view::npos || bytes_ + out.size() > kDescriptorBytesMax) return &it->second;
  it->second.before = out.view().substr(0, at);
  it->second.after = out.view().substr(at + needle.size());
  it->second.usable = true;
  bytes_ += out.size();
  return &it->second;
}

Status PartitionEncoder::Append(const SqlRow& row, wire::OutBuffer& out) {
  int64_t sd_id = row.Int(1);
  std::string location = reader_.LocationOf(row);
  const Halves* halves = sd_id && !location.empty() ? TRY(Descriptor(sd_id)) : nullptr;
  if (halves && halves->usable) {
    wire::Partition p = TRY(reader_.MakeBare(row));
    p.sd = std::move(mark_);
    scratch_.Clear();
    wire::WriteStruct(protocol_, scratch_, wire::Partition::desc(), &p);
    mark_ = std::move(p.sd);
    size_t at = scratch_.view().find(mark_bytes_);
    if (at != std::string_view::npos && scratch_.view().find(kMark) == at + mark_bytes_.find(kMark)) {
      out.Append(scratch_.view().substr(0, at));
      out.Append(halves->before);
      AppendText(location, out);
      out.Append(halves->after);
      out.Append(scratch_.view().substr(at + mark_bytes_.size()));
      out.MaybeDrain();
      return Status::OK();
    }
  }
  return reader_.Lend(row, [&](const wire::Partition& p) {
    wire::WriteStruct(protocol_, out, wire::Partition::desc(), &p);
    out.MaybeDrain();
  });
}

}  // namespace tarn::metastore
