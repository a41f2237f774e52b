// The crashes that a test has ordered, of every node of a testbed.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "actor/turn_faults.h"
#include "troupe/testing.h"

namespace troupe::testing {

class TurnCrashes final : public actor::TurnFaults {
 public:
  // The next turn of `actor` throws, at that moment.
  void order(const ActorName& actor, CrashAt when);
  // The nth time from now that `point` is reached throws; `actor` with an empty service: by any.
  void order(std::string_view point, const ActorName& actor, unsigned nth);
  [[nodiscard]] std::uint64_t times_reached(std::string_view point) const;
  // How many were ordered and have not come.
  [[nodiscard]] std::size_t pending() const;
  void forget_all();

  void reached(actor::TurnMoment moment, std::string_view point, const wire::Address& actor) override;

 private:
  struct Order {
    actor::TurnMoment moment;
    std::string point;
    ActorName actor;
    unsigned left;
  };
  mutable std::mutex mutex_;
  std::vector<Order> orders_;
  std::map<std::string, std::uint64_t, std::less<>> reached_;
};

}  // namespace troupe::testing
