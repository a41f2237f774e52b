// Whom a call is for: (service, key), interned once per node, with the way there.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/mail.h"
#include "troupe/ids.h"

namespace troupe {
struct ServiceInfo;
}

namespace troupe::wire {

class Envelope;
using EnvelopePtr = Ptr<Envelope>;

// Where calls enter a node's routing. Any thread.
class CallSink {
 public:
  virtual void deliver(EnvelopePtr call) noexcept = 0;

 protected:
  ~CallSink() = default;
};

// One per (service, key) and node while anybody refers to it; compare by pointer within a node.
class Address : public Counted {
 public:
  Address(CallSink& in, const ServiceInfo& service_in, std::uint64_t service_id_in, std::string key_in,
          PartitionId partition_in)
      : sink(in),
        service(service_in),
        service_id(service_id_in),
        key(std::move(key_in)),
        partition(partition_in) {}

  // "Stock/sku-1"
  [[nodiscard]] std::string text() const;

  CallSink& sink;
  const ServiceInfo& service;
  const std::uint64_t service_id;
  const std::string key;
  const PartitionId partition;
  // The mailbox of its activation on this node, once there was one; owned by the address.
  std::atomic<Recipient*> mailbox{nullptr};
};

using AddressPtr = Ptr<Address>;

}  // namespace troupe::wire
