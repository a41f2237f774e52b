// What the router keeps of each member that the node has heard of, by its index in the views: its name, the calls that
// wait for its link, and what its calls have made here. A member keeps its place for as long as the router is, so that
// whoever has an index needs no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/visitors.h"
#include "base/clock.h"
#include "cluster/placement.h"
#include "net/links.h"
#include "wire/envelope.h"

namespace troupe::cluster {

struct MemberPlace {
  explicit MemberPlace(std::string name_in) : name(std::move(name_in)) {}

  const std::string name;
  // Actors that its calls have made active. Null of the node itself; set before the member is known to the links.
  Ptr<actor::Visitors> visitors{};
  // Where the links reach it; empty: not at all. Whoever shows views alone looks at it.
  std::string address{};
  std::atomic<std::uint64_t> ups{0};        // how often its link came up
  std::atomic<bool> present{false};         // the view has it, and it has not left
  std::vector<wire::EnvelopePtr> parked{};  // calls that wait for its link; under the router's lock
  std::atomic<TimePoint> lost_at{};         // when its link went down; none: it is up, or never was
  std::atomic<bool> redial_failed{false};   // since then
};

class MemberPlaces {
 public:
  // Members beyond it cannot be reached.
  static constexpr std::size_t kMost = net::kMaxPeers;

  // One thread at a time; the next index is the member's.
  MemberPlace& add(std::string name) {
    const std::size_t index = count_.load(std::memory_order_relaxed);
    all_[index] = std::make_unique<MemberPlace>(std::move(name));
    count_.store(index + 1, std::memory_order_release);
    return *all_[index];
  }

  // --- any thread ---
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  // Of an index below count().
  [[nodiscard]] MemberPlace& at(std::size_t index) const noexcept { return *all_[index]; }

 private:
  std::array<std::unique_ptr<MemberPlace>, kMost> all_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace troupe::cluster
