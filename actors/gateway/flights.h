// The requests of one gateway that are under way under a key: which of them are to be renewed, so that their keys stay
// in flight as long as the gateway lives, and no longer. Decides alone. Not for several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::gateway {

class Flights {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  struct Flight {
    std::string id;
    std::uint64_t run;
  };

  // It is about to be under way, until end(), `until` at most.
  void begin(std::string id, std::uint64_t run, Moment now, Moment until);
  void end(std::uint64_t run) noexcept { open_.erase(run); }
  [[nodiscard]] bool empty() const noexcept { return open_.empty(); }

  // Those that are to be renewed now, one message each: of one actor, kMostRenewed at most. What has outlived its time
  // is forgotten.
  [[nodiscard]] std::vector<std::vector<Flight>> due(Moment now);

 private:
  struct Open {
    std::string id;
    Moment until;
  };
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace troupe::gateway
