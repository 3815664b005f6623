// The description of every Thrift struct and call as data: codec.cc reads, writes, compares and prints any struct through it.
//
// One interpreter over tables instead of generated code per struct: 340 structs cost kilobytes, not minutes of compiling.
// The tables are written by gen.py from hms.idl. Threads: constant data, any.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/box.h"

namespace tarn::wire {

enum class Kind : uint8_t { kBool, kByte, kI16, kI32, kI64, kDouble, kString, kBinary, kEnum, kStruct, kList, kSet, kMap };

struct StructDesc;

struct EnumDesc {
  const char* name;
  struct Value { int32_t number; const char* name; };
  std::span<const Value> values;
};

// A vector of structs or of other vectors, seen without its type. Vectors of scalars and strings need none.
struct ListOps {
  void (*reserve)(void* list, size_t n);
  void* (*append)(void* list);                  // a new last element
  size_t (*size)(const void* list);
  const void* (*at)(const void* list, size_t i);
  size_t element_bytes;
};

struct MapOps {
  void* (*emplace)(void* map, void* key);       // moves from key; the value to fill
  size_t (*size)(const void* map);
  void (*each)(const void* map, void* context, void (*visit)(void* context, const void* key, const void* value));
  size_t element_bytes;
};

struct TypeDesc {
  Kind kind;
  const TypeDesc* element = nullptr;            // list, set, map value
  const TypeDesc* key = nullptr;                // map
  const StructDesc* fields = nullptr;           // struct
  const EnumDesc* names = nullptr;              // enum
  const ListOps* list = nullptr;
  const MapOps* map = nullptr;
};

enum class Need : uint8_t { kDefault, kRequired, kWritten, kOptional };

struct FieldDesc {
  int16_t id;
  Need need;
  bool alternate;                               // a second reading of the same id; never written
  uint8_t bit;                                  // in the struct's set_bits
  uint32_t offset;
  const TypeDesc* type;
  const char* name;
};

// Every generated struct starts with `uint64_t set_bits`, so the bits are always at offset 0.
struct StructDesc {
  const char* name;
  std::span<const FieldDesc> fields;            // by id, the main reading before its alternates
  void* (*box_make)(void* box);                 // Box<T>::Make
  size_t bytes;
  void* (*make)();                              // on the heap; paired with destroy
  void (*destroy)(void* p);
};

struct ThrowDesc {
  int16_t id;
  const StructDesc* type;
};

struct CallDesc {
  const char* name;
  const StructDesc* args;
  const TypeDesc* reply;                        // null: void
  std::span<const ThrowDesc> throws;
  const char* releases;                         // "" = every release; else "3.1.3 4.0.0 ..."
  uint16_t index;                               // in AllCalls()
};

// Every call, ordered by name. FindCall: null when there is no such call.
std::span<const CallDesc* const> AllCalls();
const CallDesc* FindCall(std::string_view name);
std::span<const StructDesc* const> AllStructs();

namespace internal {

template <typename V>
inline const ListOps kListOps = {
    [](void* l, size_t n) { static_cast<V*>(l)->reserve(n); },
    [](void* l) -> void* { return &static_cast<V*>(l)->emplace_back(); },
    [](const void* l) { return static_cast<const V*>(l)->size(); },
    [](const void* l, size_t i) -> const void* { return &(*static_cast<const V*>(l))[i]; },
    sizeof(typename V::value_type)};

template <typename M>
inline const MapOps kMapOps = {
    [](void* m, void* key) -> void* {
      return &(*static_cast<M*>(m))[std::move(*static_cast<typename M::key_type*>(key))];
    },
    [](const void* m) { return static_cast<const M*>(m)->size(); },
    [](const void* m, void* context, void (*visit)(void*, const void*, const void*)) {
      for (const auto& [k, v] : *static_cast<const M*>(m)) visit(context, &k, &v);
    },
    sizeof(typename M::value_type) + 48};

template <typename T> void* MakeBoxed(void* box) { return &static_cast<Box<T>*>(box)->Make(); }
template <typename T> void* MakeOne() { return new T(); }
template <typename T> void DestroyOne(void* p) { delete static_cast<T*>(p); }

}  // namespace internal
}  // namespace tarn::wire
