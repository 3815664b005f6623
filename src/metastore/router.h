// The table of calls: one handler per Thrift call, registered by the families in calls/.
//
// A handler is a function in one of these shapes (C = call::get_table, ...):
//   Result<C::Reply> F(Call&, C::Args&)                        Status F(Call&, C::Args&)   for a void call
//   Result<std::shared_ptr<const C::Reply>> F(Call&, C::Args&) Status F(Call&, C::Args&, Reply&)   writes its reply itself
// and is registered by  router.Add<call::get_table, GetTable>();  nothing else needs to know it.
// Threads: filled before the server starts, then read by all.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <type_traits>

#include "metastore/access_log.h"
#include "metastore/service.h"
#include "wire/codec.h"
#include "wire/hms_calls.h"

namespace tarn::metastore {

// How far a call goes: in full as Hive does it; stored and given back without behaviour; or a fixed legal answer.
enum class Depth : uint8_t { kNone, kFull, kStored, kFixed };

// Writes the reply to one call.
class Reply {
 public:
  Reply(wire::Protocol protocol, wire::OutBuffer& out, const wire::CallDesc& call, wire::MessageHead head)
      : protocol_(protocol), out_(out), call_(call), head_(std::move(head)) {}
  void Value(const void* value);                // the whole reply; null for void
  // A list reply, element by element, so that a long one needs no memory.
  void BeginList(size_t count);
  template <typename T> void Element(const T& value) { wire::WriteElement(protocol_, out_, *call_.reply->element, &value); }
  void EndList();
  wire::Protocol protocol() const { return protocol_; }
  wire::OutBuffer& out() { return out_; }   // between BeginList and EndList, for who encodes elements itself
  void Failure(const Status& status);
  bool started() const { return started_; }
  bool failed() const { return failed_; }

 private:
  void Head(wire::MessageType type);

  wire::Protocol protocol_;
  wire::OutBuffer& out_;
  const wire::CallDesc& call_;
  wire::MessageHead head_;
  bool started_ = false, failed_ = false;
};

struct CallCounters {
  std::atomic<uint64_t> calls{0}, errors{0}, nanoseconds{0}, bytes_in{0}, bytes_out{0};
};

class Router {
 public:
  static constexpr size_t kCallsMax = 320;
  using Handler = Status (*)(Call&, void* args, Reply&);

  Router();
  template <typename C, auto F> void Add(Depth depth = Depth::kFull) { Set(C::desc(), &Invoke<C, F>, depth); }

  enum class Outcome { kDone, kClose };
  // Reads the arguments of the call that `head` begins, runs it, writes the answer.
  Outcome Serve(Call& call, wire::Protocol protocol, const wire::MessageHead& head, wire::ByteSource& in, wire::ReadBudget& budget,
                wire::OutBuffer& out);

  void SetAccessLog(std::unique_ptr<AccessLog> log) { access_log_ = std::move(log); }

  Depth depth(const wire::CallDesc& desc) const { return rows_[desc.index].depth; }
  const CallCounters& counters(const wire::CallDesc& desc) const { return counters_[desc.index]; }

 private:
  struct Row { Handler handler = nullptr; Depth depth = Depth::kNone; };

  void Set(const wire::CallDesc& desc, Handler handler, Depth depth);

  template <typename T> struct IsShared : std::false_type {};
  template <typename T> struct IsShared<std::shared_ptr<T>> : std::true_type {};

  template <typename C, auto F> static Status Invoke(Call& call, void* args, Reply& reply) {
    auto& a = *static_cast<typename C::Args*>(args);
    if constexpr (std::is_invocable_v<decltype(F), Call&, typename C::Args&, Reply&>) {
      return F(call, a, reply);
    } else if constexpr (std::is_void_v<typename C::Reply>) {
      TRY(F(call, a));
      reply.Value(nullptr);
      return Status::OK();
    } else {
      auto value = TRY(F(call, a));
      if constexpr (IsShared<decltype(value)>::value) reply.Value(value.get());
      else { static_assert(std::is_same_v<decltype(value), typename C::Reply>); reply.Value(&value); }
      return Status::OK();
    }
  }

  std::unique_ptr<AccessLog> access_log_;
  std::array<Row, kCallsMax> rows_;
  std::array<CallCounters, kCallsMax> counters_;
};

// Every family.
void AddAllCalls(Router& router);
void AddFb303Calls(Router& router);
void AddCatalogCalls(Router& router);
void AddDatabaseCalls(Router& router);
void AddTableCalls(Router& router);
void AddTableListCalls(Router& router);
void AddPartitionCalls(Router& router);
void AddPartitionListCalls(Router& router);
void AddPartitionChangeCalls(Router& router);
void AddFunctionCalls(Router& router);
void AddConstraintCalls(Router& router);
void AddStatisticsCalls(Router& router);
void AddSessionCalls(Router& router);
void AddLockCalls(Router& router);
void AddTxnCalls(Router& router);
void AddNotificationCalls(Router& router);
void AddPrivilegeCalls(Router& router);
void AddTokenCalls(Router& router);
void AddStoredCalls(Router& router);
void AddIndexCalls(Router& router);
void AddWorkloadCalls(Router& router);
void AddRegistryCalls(Router& router);
void AddExtensionCalls(Router& router);
void AddCompactionCalls(Router& router);
void AddSearchCalls(Router& router);

}  // namespace tarn::metastore
