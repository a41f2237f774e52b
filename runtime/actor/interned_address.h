// An address that knows where it is registered. Its last owner takes it out. For the registry alone.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/registry.h"

namespace troupe::actor {

// The actors of a pool on this node, behind the address that references to it have.
struct Registry::Pooled {
  std::vector<Ptr<Interned>> actors;  // actors[i] is instance i + 1
};

class Registry::Interned final : public wire::Address {
 public:
  Interned(Registry& registry, const ServiceInfo& service_in, std::string_view key_in, Place place,
           std::shared_ptr<Hosted> own)
      : wire::Address(registry.way_in(service_in), service_in, service_in.id, std::string(key_in), place.partition,
                      place.route, place.instance, registry.metered(service_in)),
        own_hosted(std::move(own)),
        registry_(registry),
        keeps_(Ptr<const Counted>::share(&registry.owner_)) {}
  ~Interned() override {
    if (Recipient* scheduled = mailbox.load(std::memory_order_acquire)) scheduled->release();
    delete pooled.load(std::memory_order_acquire);
  }

  [[nodiscard]] Name name() const noexcept { return {service_id, key, instance}; }

  const std::shared_ptr<Hosted> own_hosted;  // a child's; null: the service as the node hosts it
  std::mutex making;                         // of the mailbox, or of `pooled`
  std::atomic<Pooled*> pooled{nullptr};      // of a pool, once this node served a call through the address; owned

 private:
  void last_release() noexcept override { registry_.retire(*this); }
  Registry& registry_;
  const Ptr<const Counted> keeps_;
};

}  // namespace troupe::actor
