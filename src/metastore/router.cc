#include "metastore/router.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "metastore/authorization.h"

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
  std::string message = status.message();
  if (name.empty()) {
    type = meta;   // not one of Hive's own: the store or the file system failed
    if (!status.detail().empty()) message += " (" + status.detail() + ")";
  } else if (!type) {   // Hive's, but not declared by this call: Java clients expect exactly this
    message = std::string("Internal error processing ") + call_.name + ": " + message;
  }
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

namespace {
// Calls of which Hive's server dereferences the names it is given: a null one is a MetaException there (from a NullPointerException).
constexpr std::string_view kNoNulls[] = {
    "alter_function", "alter_partition", "alter_partition_with_environment_context", "alter_partitions",
    "alter_partitions_with_environment_context", "alter_table", "alter_table_with_environment_context", "append_partition",
    "append_partition_by_name", "append_partition_by_name_with_environment_context", "append_partition_with_environment_context",
    "add_partitions", "drop_database", "drop_function", "drop_partition", "drop_partition_by_name",
    "drop_partition_by_name_with_environment_context", "drop_partition_with_environment_context", "get_all_tables", "get_database",
    "get_function", "get_functions", "get_num_partitions_by_filter", "get_part_specs_by_filter", "get_partition", "get_partition_by_name",
    "get_partition_names", "get_partition_names_ps", "get_partition_with_auth", "get_partitions", "get_partitions_by_filter",
    "get_partitions_by_names", "get_partitions_ps", "get_partitions_ps_with_auth", "get_partitions_pspec", "get_partitions_with_auth",
    "get_tables", "rename_partition"};
// Of which it drops the connection instead (undeclared in the interface, so Thrift has no reply): those calls' null lists and objects,
// and the names of these. A clean exception would be kinder, but Hive's own clients are tested for this.
constexpr std::string_view kNullHangsUp[] = {
    "alter_function.dbName", "alter_function.funcName", "drop_function.dbName", "drop_function.funcName", "get_partition_names.db_name",
    "get_partition_names.tbl_name", "get_partition_names_ps.db_name", "get_partition_names_ps.tbl_name", "get_partition_with_auth.db_name",
    "get_partition_with_auth.tbl_name", "get_partitions.db_name", "get_partitions.tbl_name", "get_partitions_by_filter.db_name",
    "get_partitions_by_filter.tbl_name", "get_partitions_by_names.db_name", "get_partitions_by_names.tbl_name",
    "get_partitions_ps_with_auth.db_name", "get_partitions_ps_with_auth.tbl_name", "get_partitions_pspec.tbl_name"};
constexpr std::string_view kNullable[] = {"pattern", "filter", "user_name", "group_names", "environment_context"};

const char* NullArgument(const wire::CallDesc& call, const void* args) {
  if (std::find(std::begin(kNoNulls), std::end(kNoNulls), std::string_view(call.name)) == std::end(kNoNulls)) return nullptr;
  for (const wire::FieldDesc& f : call.args->fields) {
    const void* p = static_cast<const char*>(args) + f.offset;
    if (std::find(std::begin(kNullable), std::end(kNullable), std::string_view(f.name)) != std::end(kNullable)) continue;
    bool set = *static_cast<const uint64_t*>(args) >> f.bit & 1;
    if (f.type->kind == wire::Kind::kStruct) set = *static_cast<void* const*>(p) != nullptr;
    else if (f.type->kind < wire::Kind::kString) continue;
    else if (f.type->kind == wire::Kind::kString && static_cast<const std::string*>(p)->starts_with('@')) {
      set = set && !static_cast<const std::string*>(p)->ends_with('#');   // "@hive#": no database
    }
    if (!set && !(std::string_view(call.name) == "rename_partition" && std::string_view(f.name) == "part_vals")) return f.name;
  }
  return nullptr;
}
Status NullFault(const wire::CallDesc& call, std::string_view argument) {
  bool object = argument.starts_with("new");
  std::string key = std::string(call.name) + "." + std::string(argument);
  std::string message = key == "get_database.name" ? "Database name cannot be null." : key + " is null";
  if (object || std::find(std::begin(kNullHangsUp), std::end(kNullHangsUp), key) != std::end(kNullHangsUp)) return wire::HangUp(std::move(message));
  return wire::MetaError(std::move(message));
}
}  // namespace

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
  const char* null = NullArgument(*desc, args.get());
  if (call.service.options().authorization) s = Authorize(call, *desc, args.get());
  if (s.ok()) s = null ? NullFault(*desc, null) : rows_[desc->index].handler(call, args.get(), reply);
  n.calls.fetch_add(1, std::memory_order_relaxed);
  n.bytes_in.fetch_add(in_before - budget.message_bytes, std::memory_order_relaxed);
  Outcome outcome = Outcome::kDone;
  if (!s.ok()) {
    n.errors.fetch_add(1, std::memory_order_relaxed);
    if (LogOn(LogLevel::kDebug)) LogDebug("{} from {}: {}", head.name, call.caller.peer, s.ToString());
    if (s.detail() == wire::kHangUp) {
      LogWarn("{} from {}: {}; connection closed, as Hive does", head.name, call.caller.peer, s.message());
      outcome = Outcome::kClose;
    } else if (reply.started()) {   // half a reply can't be taken back
      LogError("{} from {} failed in the middle of its reply: {}", head.name, call.caller.peer, s.ToString());
      outcome = Outcome::kClose;
    } else {
      if (wire::FaultName(s).empty()) LogWarn("{} from {}: {}", head.name, call.caller.peer, s.ToString());
      reply.Failure(s);
    }
  }
  n.bytes_out.fetch_add(out.total() - out_before, std::memory_order_relaxed);
  int64_t took = MonotonicNs() - start;
  n.nanoseconds.fetch_add(static_cast<uint64_t>(took), std::memory_order_relaxed);
  if (access_log_) {
    std::string_view fault = wire::FaultName(s);
    access_log_->Line(call.caller.peer, call.caller.door, call.caller.user, desc->name, took / 1000, out.total() - out_before, s.ok() ? "ok" : fault.empty() ? StatusCodeName(s.code()) : fault);
  }
  return outcome;
}

}  // namespace tarn::metastore
