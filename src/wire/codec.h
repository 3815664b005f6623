// Reads and writes any described struct in Thrift's binary and compact protocols, and compares two of them.
//
// Reading: unknown fields are skipped, a field of another type than ours is skipped, a missing required field is an error
// (kCorrupt), limits are WireLimits (kExhausted). Writing follows the field's Need; see the head of hms.idl.
// Threads: any; no state between calls.
#pragma once

#include <string>
#include <string_view>

#include "wire/bytes.h"
#include "wire/memory_pool.h"
#include "wire/schema.h"

namespace tarn::wire {

enum class Protocol : uint8_t { kBinary, kCompact };
enum class MessageType : uint8_t { kCall = 1, kReply = 2, kException = 3, kOneway = 4 };

struct MessageHead {
  std::string name;
  MessageType type = MessageType::kCall;
  int32_t sequence = 0;
  bool strict = true;                           // binary only: the old form has no version word
};

// How a Thrift peer says that the message itself was wrong. Numbers are the wire's.
enum class ApplicationError : int32_t {
  kUnknown = 0, kUnknownMethod = 1, kInvalidMessageType = 2, kWrongMethodName = 3, kBadSequenceId = 4, kMissingResult = 5,
  kInternalError = 6, kProtocolError = 7,
};
struct ApplicationException {
  std::string message;
  ApplicationError type = ApplicationError::kUnknown;
};

// The bytes left of one message and of its memory; one per message read. With a pool: it holds that memory's share as long as it lives.
struct ReadBudget {
  explicit ReadBudget(const WireLimits& l, MemoryPool* pool = nullptr)
      : message_bytes(l.message_bytes_max), memory_bytes(l.memory_bytes_max), elements_max(l.container_elements_max), depth_max(l.depth_max), share(pool) {}
  uint64_t message_bytes, memory_bytes, elements_max;
  int depth_max;
  MemoryShare share;
};

// `*begun` becomes true once a first byte has come: a source that ends before it is a peer that hung up, not an error.
Status ReadMessageHead(Protocol protocol, ByteSource& in, ReadBudget& budget, MessageHead* head, bool* begun = nullptr);
Status ReadStruct(Protocol protocol, ByteSource& in, ReadBudget& budget, const StructDesc& desc, void* out);
Status SkipStruct(Protocol protocol, ByteSource& in, ReadBudget& budget);
// Reads a call's reply: fills `reply` (of desc.reply, may be null for void), or returns the declared exception as a Status
// (wire/fault.h), or the application exception.
Status ReadReply(Protocol protocol, ByteSource& in, ReadBudget& budget, const CallDesc& desc, MessageType type, void* reply);

void WriteMessageHead(Protocol protocol, OutBuffer& out, const MessageHead& head);
void WriteStruct(Protocol protocol, OutBuffer& out, const StructDesc& desc, const void* value);
// The result struct of a call: field 0 = reply (nothing for void).
void WriteResult(Protocol protocol, OutBuffer& out, const TypeDesc* type, const void* reply);
// The result struct with one declared exception; `ids`: every field number under which the call may carry it.
void WriteThrow(Protocol protocol, OutBuffer& out, const CallDesc& call, const StructDesc& type, const void* exception);
void WriteApplicationException(Protocol protocol, OutBuffer& out, const ApplicationException& e);

// A result whose only field is a list that the caller produces bit by bit: begin, any number of WriteElement, end.
void BeginListResult(Protocol protocol, OutBuffer& out, const TypeDesc& list, size_t count);
void WriteElement(Protocol protocol, OutBuffer& out, const TypeDesc& element, const void* value);
void EndResult(Protocol protocol, OutBuffer& out);

// Would this field of a struct with these bits be written? (p: the field)
bool IsWritten(const FieldDesc& field, uint64_t set_bits, const void* p);

// Field-wise, presence included, alternates ignored.
bool Equal(const StructDesc& desc, const void* a, const void* b);

// Whole structs as strings, for storing and for tests.
std::string EncodeStruct(Protocol protocol, const StructDesc& desc, const void* value);
Status DecodeStruct(Protocol protocol, std::string_view bytes, const StructDesc& desc, void* out);
template <typename T> std::string Encode(const T& value, Protocol p = Protocol::kCompact) { return EncodeStruct(p, T::desc(), &value); }
template <typename T> Result<T> Decode(std::string_view bytes, Protocol p = Protocol::kCompact) {
  T out;
  TRY(DecodeStruct(p, bytes, T::desc(), &out));
  return out;
}
template <typename T> bool Same(const T& a, const T& b) { return Equal(T::desc(), &a, &b); }

}  // namespace tarn::wire
