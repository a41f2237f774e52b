#include "rpc/shared.h"

namespace troupe::rpc {

Shared::Entry Shared::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= options.limits.connections) return Entry::full;
  std::size_t& of_peer = peers_[address];
  if (of_peer >= options.limits.connections_per_peer) return Entry::full_for_peer;
  ++of_peer;
  ++connections_;
  return Entry::welcome;
}

void Shared::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto of_peer = peers_.find(address);
  if (--of_peer->second == 0) peers_.erase(of_peer);
  if (--connections_ == 0) gone_.notify_all();
}

bool Shared::wait_until_empty(std::chrono::steady_clock::time_point end) {
  std::unique_lock lock(mutex_);
  return gone_.wait_until(lock, end, [this] { return connections_ == 0; });
}

std::uint64_t Shared::connected() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

}  // namespace troupe::rpc
