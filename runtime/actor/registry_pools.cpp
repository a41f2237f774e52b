// The actors of a pool on this node: made when a call first needs them, each with the fewest calls chosen for the next.
#include <algorithm>

#include "actor/interned_address.h"
#include "actor/registry.h"

namespace troupe::actor {

std::uint32_t Registry::pool_size(const ServiceInfo& service) const {
  const auto configured = pool_sizes_.find(service.id);
  if (configured != pool_sizes_.end() && configured->second > 0) return configured->second;
  if (service.instances > 0) return service.instances;
  return std::max<std::uint32_t>(static_cast<std::uint32_t>(context_->engine.worker_count()), 1);
}

// Null: the service is not hosted here.
Registry::Pooled* Registry::pooled(Interned& front) {
  if (Pooled* made = front.pooled.load(std::memory_order_acquire)) return made;
  if (!find(front.service_id)) return nullptr;
  std::lock_guard lock(front.making);
  if (Pooled* made = front.pooled.load(std::memory_order_acquire)) return made;
  auto all = std::make_unique<Pooled>();
  const std::uint32_t size = std::min<std::uint32_t>(pool_size(front.service), limits::kMaxPoolInstances);
  for (std::uint32_t i = 1; i <= size; ++i) {
    auto one =
        intern_at(front.service, front.key, {kEverywhere, wire::Route::here, static_cast<std::uint16_t>(i)}, nullptr);
    all->actors.push_back(Ptr<Interned>::adopt(static_cast<Interned*>(std::move(one).value().detach())));
  }
  if (front.key == kPoolKey) {  // of references without a key, which come and go with every call
    std::lock_guard keeping(pools_mutex_);
    kept_pools_.push_back(wire::AddressPtr::share(&front));
  }
  front.pooled.store(all.get(), std::memory_order_release);
  return all.release();
}

Recipient* Registry::mailbox_in_pool(wire::Envelope& call, Visitors* from) {
  Pooled* pool = pooled(static_cast<Interned&>(*call.target));
  if (!pool) return nullptr;
  const std::size_t count = pool->actors.size();
  const std::size_t first = pool_turn_.fetch_add(1, std::memory_order_relaxed) % count;
  std::size_t best = first;
  std::uint64_t least = ~std::uint64_t{0};
  for (std::size_t i = 0; i < count && least > 0; ++i) {
    const std::size_t at = (first + i) % count;
    const auto* activation = static_cast<const Activation*>(pool->actors[at]->mailbox.load(std::memory_order_acquire));
    const std::uint64_t load = activation ? activation->load() : 0;
    if (load >= least) continue;
    best = at;
    least = load;
  }
  call.instance.store(static_cast<std::uint16_t>(best + 1), std::memory_order_seq_cst);
  Interned& chosen = *pool->actors[best];
  if (Recipient* mailbox = chosen.mailbox.load(std::memory_order_acquire)) return mailbox;
  return mailbox_for(chosen, from);
}

// That has the call; null: none has it yet.
Registry::Interned* Registry::instance_of(const wire::Envelope& call) noexcept {
  const Pooled* pool = static_cast<const Interned&>(*call.target).pooled.load(std::memory_order_acquire);
  const std::uint16_t instance = call.instance.load(std::memory_order_seq_cst);
  if (!pool || instance == 0 || instance > pool->actors.size()) return nullptr;
  return pool->actors[instance - 1].get();
}

bool Registry::is_active(const wire::Address& address) const noexcept {
  if (address.mailbox.load(std::memory_order_acquire)) return true;
  const Pooled* pool = static_cast<const Interned&>(address).pooled.load(std::memory_order_acquire);
  if (!pool) return false;
  return std::any_of(pool->actors.begin(), pool->actors.end(),
                     [](const Ptr<Interned>& one) { return one->mailbox.load(std::memory_order_acquire) != nullptr; });
}

}  // namespace troupe::actor
