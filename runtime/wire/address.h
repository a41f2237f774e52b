// Whom a call is for: (service, key), interned once per node, with the way there.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/mail.h"
#include "base/node_time.h"
#include "base/queue_meter.h"
#include "base/tick_clock.h"
#include "troupe/ids.h"
#include "troupe/log.h"
#include "wire/shape_book.h"

namespace troupe {
struct ServiceInfo;
namespace telemetry {
class Tracer;
class Meters;
}  // namespace telemetry
}  // namespace troupe

namespace troupe::wire {

class Envelope;
using EnvelopePtr = Ptr<Envelope>;

// What a node gives to every call that starts on it.
struct CallOrigin {
  const Clock& clock;
  std::chrono::milliseconds default_timeout;
  std::uint64_t id_seed;  // random per incarnation: the high half of ids that no turn derives
  std::atomic<std::uint64_t> next_id{1};
  QueueMeter queued{};     // the calls that wait on this node
  NodeTime time{clock};    // dates what was called and what was forgotten
  TickClock ticks{clock};  // measures how long things take
  ShapeBook shapes{};      // what comes from outside must have
  LogSink log{};           // of the node; set before anything is called
  // Records spans, and counts calls; null: nobody does. The same.
  telemetry::Tracer* tracer = nullptr;
  telemetry::Meters* meters = nullptr;

  [[nodiscard]] RequestId new_id() noexcept { return {id_seed, next_id.fetch_add(1, std::memory_order_relaxed)}; }
};

// Where calls enter a node's routing. Any thread.
class CallSink {
 public:
  explicit CallSink(CallOrigin& origin_in) noexcept : origin(origin_in) {}
  // On its way to its target. Every call that goes in is answered, or given up by whoever watches its deadline.
  virtual void deliver(EnvelopePtr call) noexcept = 0;
  // The same for a call of a host thread, with its deadline watched.
  virtual void deliver_watched(EnvelopePtr call) noexcept = 0;
  // A call met an actor whose partition this node does not lead, and did not run: it goes where it should. False: it
  // waits where it is, for this node is about to lead the partition.
  [[nodiscard]] virtual bool redirect(EnvelopePtr& call) noexcept;
  // Tells the callee of a call that was delivered that its caller has settled it. A sink that has no way there does
  // nothing: the call's deadline travels with it.
  virtual void cancel(const EnvelopePtr&) noexcept {}

  CallOrigin& origin;

 protected:
  ~CallSink() = default;
};

// How a call finds the node of its actor.
enum class Route : std::uint8_t {
  by_partition,  // whose owner the cluster's view names
  by_pool,       // a member of the service's pool that is chosen for this call
  by_name,       // the member whose name the key is
  here,          // this node: an actor of a pool, or the child of one
};

// One per (service, key) and node while anybody refers to it; compare by pointer within a node.
class Address : public Counted {
 public:
  Address(CallSink& in, const ServiceInfo& service_in, std::uint64_t service_id_in, std::string key_in,
          PartitionId partition_in, Route route_in = Route::by_partition, std::uint16_t instance_in = 0,
          std::uint16_t metered_in = 0)
      : sink(in),
        service(service_in),
        service_id(service_id_in),
        key(std::move(key_in)),
        partition(partition_in),
        route(route_in),
        instance(instance_in),
        metered(metered_in) {}

  // "Stock/sku-1"; of an actor of a pool "Resizer/pool#2"
  [[nodiscard]] std::string text() const;

  CallSink& sink;
  const ServiceInfo& service;
  const std::uint64_t service_id;
  const std::string key;
  const PartitionId partition;
  // by_pool: of references to a pool; nothing is ever active there.
  const Route route;
  // Which actor of its pool on this node, from 1; 0: it is none.
  const std::uint16_t instance;
  // The number of its service where calls are counted (telemetry/meters.h).
  const std::uint16_t metered;
  // The mailbox of its activation on this node, once there was one; owned by the address.
  std::atomic<Recipient*> mailbox{nullptr};
};

using AddressPtr = Ptr<Address>;

}  // namespace troupe::wire
