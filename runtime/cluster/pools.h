// The pools that one node calls, by service. A call finds its pool without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/pool.h"
#include "troupe/error.h"
#include "troupe/service.h"

namespace troupe::cluster {

class Pools {
 public:
  // `seed`: of chance.
  explicit Pools(std::uint64_t seed) : seed_(seed) {}

  // Of a service by its name, instead of what its schema says; before its pool is made.
  void configure(const std::string& service, Balance balance) { configured_[service] = balance; }

  // --- any thread ---
  // Null: it is not known yet.
  [[nodiscard]] Pool* find(std::uint64_t service_id) const noexcept;
  [[nodiscard]] Pool* find(std::string_view service) const;
  // Found, or made: then `fill` gives it its members. `overloaded` past limits::kMaxPools.
  [[nodiscard]] Result<Pool*> of(const ServiceInfo& service, const std::function<void(Pool&)>& fill);
  [[nodiscard]] std::vector<Pool*> all() const;

 private:
  static constexpr std::size_t kSlots = 2 * limits::kMaxPools;  // half of them stay empty
  [[nodiscard]] std::size_t slot_of(std::uint64_t service_id) const noexcept;

  const std::uint64_t seed_;
  std::map<std::string, Balance, std::less<>> configured_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Pool>> owned_;             // under the mutex
  std::array<std::atomic<Pool*>, kSlots> by_service_{};  // open addressing; only ever added to
};

}  // namespace troupe::cluster
