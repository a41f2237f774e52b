#include "cluster/pools.h"

#include "troupe/ids.h"

namespace troupe::cluster {

// Where it is, or an empty slot where it would be.
std::size_t Pools::slot_of(std::uint64_t service_id) const noexcept {
  std::size_t at = mix(service_id) % kSlots;
  for (;; at = (at + 1) % kSlots) {
    const Pool* there = by_service_[at].load(std::memory_order_acquire);
    if (!there || there->service_id() == service_id) return at;
  }
}

Pool* Pools::find(std::uint64_t service_id) const noexcept {
  return by_service_[slot_of(service_id)].load(std::memory_order_acquire);
}

Pool* Pools::find(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  for (const auto& one : owned_)
    if (one->service() == service) return one.get();
  return nullptr;
}

Result<Pool*> Pools::of(const ServiceInfo& service, const std::function<void(Pool&)>& fill) {
  if (Pool* known = find(service.id)) return known;
  const std::lock_guard lock(mutex_);
  if (Pool* known = find(service.id)) return known;
  if (owned_.size() == limits::kMaxPools)
    return Error(ErrorKind::overloaded, std::string("this node calls ") + std::to_string(limits::kMaxPools) +
                                            " pools already, and " + service.name + " would be one more");
  const auto configured = configured_.find(service.name);
  owned_.push_back(std::make_unique<Pool>(service.name, service.id,
                                          configured == configured_.end() ? service.balance : configured->second,
                                          mix(seed_ ^ service.id)));
  Pool* made = owned_.back().get();
  fill(*made);
  by_service_[slot_of(service.id)].store(made, std::memory_order_release);
  return made;
}

std::vector<Pool*> Pools::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Pool*> out;
  for (const auto& one : owned_) out.push_back(one.get());
  return out;
}

}  // namespace troupe::cluster
