// What the generator says about a service: the contract, as constants. Read-only, any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "troupe/http_route.h"
#include "troupe/misuse.h"
#include "troupe/placement.h"

namespace capnp {
class InterfaceSchema;
class StructSchema;
}  // namespace capnp

namespace troupe {

class Actor;

struct MethodInfo {
  const char* name;
  std::uint16_t ordinal;
  bool read_only;            // changes nothing; may run beside another turn
  bool reentrant;            // may run while another turn of the actor waits
  bool retry;                // safe to run twice although nothing is remembered
  std::uint32_t timeout_ms;  // 0: the node's default
  const HttpRoute* route;    // null: no gateway offers it
  AccessRule access;         // who may call it from outside
};

using StructSchemaOf = capnp::StructSchema (*)();

struct ServiceInfo {
  const char* name;  // "Stock"
  const char* schema_file;
  std::uint64_t id;                // the interface's Cap'n Proto type id
  std::uint64_t state_type;        // the state struct's type id; 0: no durable state
  std::uint16_t remember;          // replies remembered per actor; 0: the default
  std::uint32_t remember_seconds;  // and for how long; 0: the default
  std::uint16_t history;           // earlier states kept per actor
  std::uint32_t state_version;     // of the state struct's meaning; see Actor::migrate()
  const MethodInfo* methods;
  std::uint16_t method_count;  // methods[i].ordinal == i
  capnp::InterfaceSchema (*schema)();
  StructSchemaOf state_schema;  // null without durable state
  // The structs of the schema file, what tables hold among them: a store that has met them checks them at start.
  const StructSchemaOf* file_structs = nullptr;
  std::uint16_t file_struct_count = 0;
  Placement placement = Placement::keyed;
  Balance balance = Balance::least_outstanding;  // of a pool
  std::uint16_t instances = 0;                   // of a pool, on each node; 0: as many as it has worker threads

  // Of the schema file, where one of its methods has a route.
  const SchemaComment* comments = nullptr;
  std::uint32_t comment_count = 0;

  [[nodiscard]] bool durable() const noexcept { return state_type != 0; }
};

namespace detail {

// What a generated class, and so every class of an actor, says of itself.
template <class T>
concept ActorClass = requires {
  typename T::Service;
};

}  // namespace detail

// Specialised by generated code for every interface that is a service.
template <class Interface>
struct ServiceOf {
  static_assert(!detail::ActorClass<Interface>,
                "an actor is addressed by its interface, not by its class: write the interface that the schema "
                "declares, as in ref<app::Counter>(key)");
  static_assert(detail::ActorClass<Interface>,
                "this type is no service that is known here: name an interface that its schema marks with "
                "$Troupe.actor, and include the .capnp.troupe.h that is generated from it");
  static const ServiceInfo& info();
};

namespace detail {

// The class of an actor, as host() and spawn() take it.
template <class T, bool kIsClass = ActorClass<T>>
struct Implementation {
  using Service = typename T::Service;
  static const ServiceInfo& service() { return ServiceOf<Service>::info(); }
  static std::unique_ptr<Actor> make() { return std::unique_ptr<Actor>(new T); }
};
template <class T>
struct Implementation<T, false> {
  static_assert(kNever<T>,
                "an actor is hosted by its class, not by its interface: write the class that derives from the "
                "generated one, as in host<Counter>() for class Counter : public app::CounterActor");
  using Service = T;
  static const ServiceInfo& service();
  static std::unique_ptr<Actor> make();
};

}  // namespace detail

}  // namespace troupe
