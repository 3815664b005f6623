#include "metastore/router.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

namespace tarn::metastore {

void Reply::Head(wire::MessageType type) {
  started_ = true;
  head_.type = type;
  wire::WriteMessageHead(protocol_, out_, head_);
}

void Reply::Value(const void* value) {
  Head(wire::MessageType::kReply);
  wire::WriteResult(protocol_, out_, call_.reply, value);
}

void Reply::BeginList(size_t count) {
  Head(wire::MessageType::kReply);
  wire::BeginListResult(protocol_, out_, *call_.reply, count);
}

void Reply::EndList() { wire::EndResult(protocol_, out_); }

void Reply::Failure(const Status& status) {
  failed_ = true;
  std::string_view name = wire::FaultName(status);
  const wire::StructDesc* type = nullptr;
  const wire::StructDesc* meta = nullptr;
  for (const wire::ThrowDesc& t : call_.throws) {
    if (name == t.type->name) type = t.type;
    if (std::string_view(t.type->name) == "MetaException") meta = t.type;
  }
  if (!type) type = meta;
  std::string message = status.message();
  if (name.empty() && !status.detail().empty()) message += " (" + status.detail() + ")";
  if (!type) {
    Head(wire::MessageType::kException);
    wire::WriteApplicationException(protocol_, out_, {std::move(message), wire::ApplicationError::kInternalError});
    return;
  }
  Head(wire::MessageType::kReply);
  void* e = type->make();   // every exception is one string
  *reinterpret_cast<std::string*>(static_cast<char*>(e) + type->fields[0].offset) = std::move(message);
  *static_cast<uint64_t*>(e) |= 1;
  wire::WriteThrow(protocol_, out_, call_, *type, e);
  type->destroy(e);
}

Router::Router() { TARN_CHECK(wire::AllCalls().size() <= kCallsMax, "more calls than the router holds"); }

void Router::Set(const wire::CallDesc& desc, Handler handler, Depth depth) {
  TARN_CHECK(!rows_[desc.index].handler, desc.name);
  rows_[desc.index] = {handler, depth};
}

Router::Outcome Router::Serve(Call& call, wire::Protocol protocol, const wire::MessageHead& head, wire::ByteSource& in, wire::ReadBudget& budget,
                              wire::OutBuffer& out) {
  wire::MessageHead answer{head.name, wire::MessageType::kReply, head.sequence, true};
  auto refuse = [&](std::string message, wire::ApplicationError type) {
    answer.type = wire::MessageType::kException;
    wire::WriteMessageHead(protocol, out, answer);
    wire::WriteApplicationException(protocol, out, {std::move(message), type});
  };
  if (head.type != wire::MessageType::kCall && head.type != wire::MessageType::kOneway) return Outcome::kClose;
  const wire::CallDesc* desc = wire::FindCall(head.name);
  if (!desc || !rows_[desc->index].handler) {
    if (!wire::SkipStruct(protocol, in, budget).ok()) return Outcome::kClose;
    refuse("Invalid method name: '" + head.name + "'", wire::ApplicationError::kUnknownMethod);
    return Outcome::kDone;
  }
  CallCounters& n = counters_[desc->index];
  int64_t start = MonotonicNs();
  uint64_t out_before = out.total(), in_before = budget.message_bytes;
  std::unique_ptr<void, void (*)(void*)> args(desc->args->make(), desc->args->destroy);
  Status s = wire::ReadStruct(protocol, in, budget, *desc->args, args.get());
  if (!s.ok()) {
    // Where the next message begins is unknown now: answer, then hang up, as libthrift's server does.
    LogWarn("{} from {}: {}", head.name, call.caller.peer, s.ToString());
    if (s.code() != StatusCode::kUnavailable) refuse(s.message(), wire::ApplicationError::kProtocolError);
    return Outcome::kClose;
  }
  Reply reply(protocol, out, *desc, answer);
  s = rows_[desc->index].handler(call, args.get(), reply);
  n.calls.fetch_add(1, std::memory_order_relaxed);
  n.bytes_in.fetch_add(in_before - budget.message_bytes, std::memory_order_relaxed);
  Outcome outcome = Outcome::kDone;
  if (!s.ok()) {
    n.errors.fetch_add(1, std::memory_order_relaxed);
    if (LogOn(LogLevel::kDebug)) LogDebug("{} from {}: {}", head.name, call.caller.peer, s.ToString());
    if (reply.started()) {   // half a reply can't be taken back
      LogError("{} from {} failed in the middle of its reply: {}", head.name, call.caller.peer, s.ToString());
      outcome = Outcome::kClose;
    } else {
      if (wire::FaultName(s).empty()) LogWarn("{} from {}: {}", head.name, call.caller.peer, s.ToString());
      reply.Failure(s);
    }
  }
  n.bytes_out.fetch_add(out.total() - out_before, std::memory_order_relaxed);
  n.nanoseconds.fetch_add(static_cast<uint64_t>(MonotonicNs() - start), std::memory_order_relaxed);
  return outcome;
}

}  // namespace tarn::metastore
