// Fuzzes the Thrift reader: any bytes, as a message of either protocol, plain or framed, and as every struct.
//
// PRESET=asan ./dev fuzz wire 60. What it checks: no crash, no unbounded memory, and what was read can be written and read again.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "wire/codec.h"
#include "wire/hms_calls.h"
#include "wire/tcp.h"

namespace {
using namespace tarn::wire;

WireLimits SmallLimits() {
  WireLimits l;
  l.message_bytes_max = 1 << 20;
  l.memory_bytes_max = 8 << 20;
  return l;
}

void ReadAs(Protocol p, std::string_view bytes, const StructDesc& desc) {
  MemorySource in(bytes);
  ReadBudget budget(SmallLimits());
  void* value = desc.make();
  if (ReadStruct(p, in, budget, desc, value).ok()) {
    std::string again = EncodeStruct(p, desc, value);
    void* copy = desc.make();
    TARN_CHECK(DecodeStruct(p, again, desc, copy).ok(), desc.name);
    TARN_CHECK(Equal(desc, value, copy), desc.name);
    desc.destroy(copy);
  }
  desc.destroy(value);
}

void ReadMessage(Protocol p, ByteSource& in) {
  ReadBudget budget(SmallLimits());
  MessageHead head;
  if (!ReadMessageHead(p, in, budget, &head).ok()) return;
  const CallDesc* call = FindCall(head.name);
  if (!call) { (void)SkipStruct(p, in, budget).ok(); return; }
  void* args = call->args->make();
  (void)ReadStruct(p, in, budget, *call->args, args).ok();
  call->args->destroy(args);
}

const std::vector<std::string>& Seeds() {
  static const std::vector<std::string> kSeeds = [] {
    std::vector<std::string> seeds;
    for (Protocol p : {Protocol::kBinary, Protocol::kCompact}) {
      Table t;
      t.dbName = "d";
      t.tableName = "t";
      StorageDescriptor& sd = t.sd.Make();
      sd.cols = {{.name = "a", .type = "int"}, {.name = "b", .type = "string", .comment = "c"}};
      sd.skewedInfo.Make().skewedColValueLocationMaps[{"x", "y"}] = "z";
      t.parameters = {{"k", "v"}, {"k2", ""}};
      t.privileges.Make().userPrivileges["u"].push_back({.privilege = "ALL", .grantOption = true});
      seeds.push_back(Encode(t, p));
      create_table_args args;
      args.tbl = t;
      OutBuffer out;
      WriteMessageHead(p, out, {"create_table", MessageType::kCall, 7, true});
      WriteStruct(p, out, create_table_args::desc(), &args);
      seeds.emplace_back(out.view());
      ColumnStatistics stats;
      stats.statsDesc.Make().dbName = "d";
      ColumnStatisticsObj& o = stats.statsObj.emplace_back();
      o.colName = "c";
      o.statsData.Make().doubleStats.Make().set_lowValue(0.5);
      seeds.push_back(Encode(stats, p));
    }
    return seeds;
  }();
  return kSeeds;
}

void TryAll(std::string_view bytes) {
  for (Protocol p : {Protocol::kBinary, Protocol::kCompact}) {
    MemorySource plain(bytes);
    ReadMessage(p, plain);
    MemorySource under(bytes);
    FramedSource framed(under, 1 << 20);
    ReadMessage(p, framed);
    ReadAs(p, bytes, Table::desc());
    ReadAs(p, bytes, Partition::desc());
    auto structs = AllStructs();
    ReadAs(p, bytes, *structs[bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]) * 7 % structs.size()]);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || data[0] < 0x80) {   // as it is
    TryAll({reinterpret_cast<const char*>(data), size});
    return 0;
  }
  // A message of ours, changed where the input says: (what, where, with which).
  std::string s = Seeds()[data[0] % Seeds().size()];
  for (size_t i = 1; i + 3 < size && i < 33 && !s.empty(); i += 4) {
    size_t at = static_cast<size_t>(data[i + 1] | data[i + 2] << 8) % s.size();
    switch (data[i] % 5) {
      case 0: s[at] = static_cast<char>(data[i + 3]); break;
      case 1: s[at] = static_cast<char>(s[at] ^ (1 << data[i + 3] % 8)); break;
      case 2: s.erase(at, 1 + data[i + 3] % 4); break;
      case 3: s.insert(at, std::string(1 + data[i] % 4, static_cast<char>(data[i + 3]))); break;
      default: s[at] = static_cast<char>(data[i + 3] % 2 ? 0xff : 0x7f);
    }
  }
  TryAll(s);
  return 0;
}
