// Fuzzes the whole metastore: every call of the interface with random arguments, calls with bent bytes, and raw connections to the door.
//
//   PRESET=asan ./dev build metastore_dispatch_fuzz && build/asan/metastore_dispatch_fuzz 60
//
// The first byte chooses: a sequence of well-formed calls, the same with bytes changed after writing, or a connection (plain, framed,
// SASL, HTTP) that sends bytes and hangs up. Checked: no crash, and every well-formed call is answered.
// Random arguments delete and move directories: the process first locks itself into an empty directory (chroot) and gives up root.
// Threads: the server's own, plus the one that drives it.
#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/log.h"
#include "metastore/router.h"
#include "metastore/server.h"
#include "metastore/service.h"
#include "wire/binary_protocol_internal.h"
#include "wire/compact_protocol_internal.h"

namespace {
using namespace tarn;
using namespace tarn::metastore;

// The input as a well of small numbers; dry, it gives zeros.
class Well {
 public:
  Well(const uint8_t* p, size_t n) : p_(p), end_(p + n) {}
  uint8_t Byte() { return p_ < end_ ? *p_++ : 0; }
  uint32_t Below(uint32_t n) { return (Byte() | (n > 256 ? Byte() << 8 : 0)) % n; }
  bool dry() const { return p_ == end_; }
  std::string Rest() { return std::string(reinterpret_cast<const char*>(p_), static_cast<size_t>(end_ - p_)); }

 private:
  const uint8_t* p_;
  const uint8_t* end_;
};

// What the rules look at: names that exist, names that don't, and names that should not.
const char* const kWords[] = {"default", "d1", "t1", "t2", "v1", "hive", "c2", "@hive#d1", "@hive#", "@hive#!", "@c2#default", "@", "#", "", "p", "q", "a", "b", "nope", "D1", "T1",
    "p=1", "p=1/q=a", "p=", "p=%2", "=", "1", "2", "-1", "2026-01-01", "int", "string", "bigint", "array<int>", "struct<a:int>", "decimal(10,2)", "*", "t*", "t1|t2", ".*", "%", "_",
    "p = 1 and q like 'a%'", "p in (1,2) or (q between 'a' and 'b')", "p = '", "((((((((((p=1))))))))))", "struct(p,q) in (const struct(1,'a'))", "/w/x", "file:/w/x", "file:///w/x/../y",
    "file:/", "/", "../..", "s3a://b/k", "hdfs://n:1/x", ":", "//", "EXTERNAL", "TRUE", "EXTERNAL_TABLE", "MANAGED_TABLE", "VIRTUAL_VIEW", "transactional", "true", "insert_only",
    "transactional_properties", "CASCADE", "DO_NOT_UPDATE_STATS", "numFiles", "9223372036854775807", "-9223372036854775808", "1e308", "NaN", "\xff\xfe", "a/b", "a\\b", "'", "\"", "\n",
    "__HIVE_DEFAULT_PARTITION__", "admin", "public", "joe", "metastore.try.direct.sql", "hive.metastore.warehouse.dir", "SELECT 1", "x'; DROP TABLE tbls; --"};

std::string Text(Well& in) {
  switch (in.Below(8)) {
    case 0: return std::string(in.Below(600), static_cast<char>(in.Byte()));
    case 1: return std::string(kWords[in.Below(std::size(kWords))]) + kWords[in.Below(std::size(kWords))];
    default: return kWords[in.Below(std::size(kWords))];
  }
}

int64_t Integer(Well& in) {
  constexpr int64_t kEdges[] = {0, 1, 2, 3, -1, 10, 100, 32767, -32768, 2147483647, -2147483648LL, 4294967296LL, 9223372036854775807LL, INT64_MIN};
  return in.Below(3) ? kEdges[in.Below(std::size(kEdges))] : static_cast<int8_t>(in.Byte());
}

uint8_t WireTypeOf(wire::Kind k) {
  using enum wire::Kind;
  switch (k) {
    case kBool: return wire::kTBool;
    case kByte: return wire::kTByte;
    case kI16: return wire::kTI16;
    case kI32:
    case kEnum: return wire::kTI32;
    case kI64: return wire::kTI64;
    case kDouble: return wire::kTDouble;
    case kString:
    case kBinary: return wire::kTString;
    case kStruct: return wire::kTStruct;
    case kList: return wire::kTList;
    case kSet: return wire::kTSet;
    case kMap: return wire::kTMap;
  }
  return wire::kStop;
}

template <typename W> void RandomStruct(W& w, const wire::StructDesc& desc, Well& in, int depth);

template <typename W> void RandomValue(W& w, const wire::TypeDesc& t, Well& in, int depth) {
  using enum wire::Kind;
  switch (t.kind) {
    case kBool: return w.Bool(in.Byte() & 1);
    case kByte: return w.Byte(static_cast<int8_t>(in.Byte()));
    case kI16: return w.I16(static_cast<int16_t>(Integer(in)));
    case kI32:
    case kEnum: return w.I32(static_cast<int32_t>(Integer(in)));
    case kI64: return w.I64(Integer(in));
    case kDouble: return w.Double(static_cast<double>(Integer(in)) / 3);
    case kString:
    case kBinary: return w.String(Text(in));
    case kStruct: return RandomStruct(w, *t.fields, in, depth + 1);
    case kList:
    case kSet: {
      size_t n = depth > 6 ? 0 : in.Below(4);
      w.List(WireTypeOf(t.element->kind), n);
      for (size_t i = 0; i < n; ++i) RandomValue(w, *t.element, in, depth + 1);
      return;
    }
    case kMap: {
      size_t n = depth > 6 ? 0 : in.Below(4);
      w.Map(WireTypeOf(t.key->kind), WireTypeOf(t.element->kind), n);
      for (size_t i = 0; i < n; ++i) {
        RandomValue(w, *t.key, in, depth + 1);
        RandomValue(w, *t.element, in, depth + 1);
      }
      return;
    }
  }
}

template <typename W> void RandomStruct(W& w, const wire::StructDesc& desc, Well& in, int depth) {
  w.BeginStruct();
  for (const wire::FieldDesc& f : desc.fields) {
    if (f.alternate || (depth > 8 && f.need != wire::Need::kRequired)) continue;
    if (f.need != wire::Need::kRequired && in.Below(4) == 0) continue;
    if (f.type->kind == wire::Kind::kBool) { w.BoolField(f.id, in.Byte() & 1); continue; }
    w.Field(WireTypeOf(f.type->kind), f.id);
    RandomValue(w, *f.type, in, depth);
  }
  w.EndStruct();
}

std::string RandomCall(Well& in, wire::Protocol protocol, std::string_view name = {}) {
  const auto calls = wire::AllCalls();
  const wire::CallDesc* call = name.empty() ? calls[in.Below(static_cast<uint32_t>(calls.size()))] : wire::FindCall(name);
  wire::OutBuffer out;
  wire::WriteMessageHead(protocol, out, {call->name, wire::MessageType::kCall, 7, true});
  if (protocol == wire::Protocol::kBinary) {
    wire::BinaryWriter w(out);
    RandomStruct(w, *call->args, in, 0);
  } else {
    wire::CompactWriter w(out);
    RandomStruct(w, *call->args, in, 0);
  }
  return std::string(out.view());
}

struct World {
  std::unique_ptr<Service> service;
  std::unique_ptr<Router> router;
  std::unique_ptr<Server> server;
  Caller caller;
  int generation = 0;

  void Open() {
    server.reset();
    service.reset();
    std::error_code ec;
    std::filesystem::remove_all("/w", ec);
    MetastoreOptions o;
    o.data_dir = "/w/data" + std::to_string(generation);
    std::filesystem::create_directories(o.data_dir, ec);
    o.warehouse = "file:/w/warehouse";
    o.port = 0;
    o.compat = generation++ % 2 ? Compat::kHive4 : Compat::kHive3;
    o.limits.message_bytes_max = 4 << 20;
    o.limits.memory_bytes_max = 64 << 20;
    o.handshake_timeout_seconds = 2;
    o.message_timeout_seconds = 2;
    o.sasl_unchecked = true;
    auto opened = Service::Open(o);
    TARN_CHECK(opened.ok(), opened.status().ToString().c_str());
    service = std::move(opened).value();
    router = std::make_unique<Router>();
    AddAllCalls(*router);
    server = std::make_unique<Server>(*service, *router);
    Status s = server->Start();
    TARN_CHECK(s.ok(), s.ToString().c_str());
  }

  // Well-formed bytes must be answered or close the connection as Hive does; bent ones need only not break us.
  void Call(const std::string& bytes, wire::Protocol protocol) {
    wire::MemorySource in(bytes);
    wire::ReadBudget budget(service->options().limits);
    wire::MessageHead head;
    if (!wire::ReadMessageHead(protocol, in, budget, &head).ok()) return;
    wire::OutBuffer out;
    metastore::Call call{*service, caller};
    auto outcome = router->Serve(call, protocol, head, in, budget, out);
    bool oneway = head.name == "reinitialize" || head.name == "shutdown";   // fb303's: no reply
    if (outcome == Router::Outcome::kDone && !oneway) TARN_CHECK(out.size() > 0, head.name.c_str());
  }

  void Connect(const std::string& bytes) const {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(server->port()));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval t{60, 0};   // also of a machine that is busy
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
    if (::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof(a)) == 0) {
      (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::shutdown(fd, SHUT_WR);
      char buffer[4096];
      ssize_t n;
      while ((n = ::recv(fd, buffer, sizeof(buffer), 0)) > 0) {
      }
      TARN_CHECK(n == 0 || errno == ECONNRESET, "the door neither answered nor hung up");
    }
    ::close(fd);
  }
};

World* world = nullptr;

void LockIn() {
  char name[] = "/dev/shm/tarn-fuzz-XXXXXX";   // memory: each change of the store is synced
  TARN_CHECK(::mkdtemp(name), "no directory for the fuzzer");
  TARN_CHECK(::chmod(name, 0777) == 0, "chmod");
  // The parent stays outside: it takes the guilty input out, and the directory away.
  if (pid_t child = ::fork(); child != 0) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    std::error_code ec;
    std::filesystem::copy_file(std::string(name) + "/fuzz-crash", "fuzz-crash", std::filesystem::copy_options::overwrite_existing, ec);
    std::filesystem::remove_all(name, ec);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  if (::geteuid() != 0) TARN_CHECK(::unshare(CLONE_NEWUSER) == 0, "a fuzzer that deletes directories needs root or user namespaces to lock itself in");
  bool root = ::geteuid() == 0;
  TARN_CHECK(::chroot(name) == 0 && ::chdir("/") == 0, "chroot");
  if (root) TARN_CHECK(::setgroups(0, nullptr) == 0 && ::setgid(65534) == 0 && ::setuid(65534) == 0, "setuid");
  std::error_code ec;
  std::filesystem::create_directories("/w", ec);
}

void SetUp() {
  LogOptions log;
  log.level = LogLevel::kError;
  (void)SetUpLog(log).ok();
  LockIn();
  world = new World;
  world->Open();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static long inputs = 0;
  if (!world) SetUp();
  if (++inputs % 4000 == 0) world->Open();   // grown stores are slow, and both generations want their turn
  Well in(data, size);
  uint8_t mode = in.Byte();
  wire::Protocol protocol = mode & 1 ? wire::Protocol::kCompact : wire::Protocol::kBinary;
  switch (mode >> 1 & 7) {
    default:   // a sequence of calls; the first few make things that others can find
      for (int i = 0; i < 8 && !in.dry(); ++i) {
        constexpr const char* kMakers[] = {"create_database", "create_table", "add_partition", "add_partitions", "create_function", "open_txns", "lock"};
        uint8_t which = in.Byte();
        world->Call(RandomCall(in, protocol, which < 64 ? kMakers[which % std::size(kMakers)] : ""), protocol);
      }
      break;
    case 5: {   // bent bytes behind a right head
      std::string bytes = RandomCall(in, protocol);
      for (int i = 0; i < 4 && !in.dry() && bytes.size() > 30; ++i) bytes[20 + in.Below(static_cast<uint32_t>(bytes.size() - 20))] = static_cast<char>(in.Byte());
      world->Call(bytes, protocol);
      break;
    }
    case 6: {   // a connection with something in front that the door must tell apart
      std::string message = RandomCall(in, protocol), bytes;
      uint32_t n = __builtin_bswap32(static_cast<uint32_t>(message.size()));
      std::string framed = std::string(reinterpret_cast<const char*>(&n), 4) + message;
      switch (in.Below(4)) {
        case 0: bytes = message + message; break;
        case 1: bytes = framed + framed; break;
        case 2: bytes = std::string("\x01\0\0\0\x05PLAIN\x02\0\0\0\x06\0a\0bcd", 21) + framed; break;
        default: bytes = "POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(message.size()) + "\r\n\r\n" + message; break;
      }
      for (int i = static_cast<int>(in.Below(4)); i > 0 && !bytes.empty(); --i) bytes[in.Below(static_cast<uint32_t>(bytes.size()))] = static_cast<char>(in.Byte());
      world->Connect(bytes);
      break;
    }
    case 7: world->Connect(in.Rest()); break;   // anything
  }
  return 0;
}
