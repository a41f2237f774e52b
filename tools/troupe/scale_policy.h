// When a cluster is to have a node more or less, by how long calls wait for a worker on its nodes. Pure: samples and
// the time come in, a step goes out.
//
// It grows when some node's calls wait too long, for long enough; it shrinks when no node's calls wait, for long
// enough, and every node has said so. Between the two bounds nothing happens, and after each step it waits for what
// came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::tool {

struct ScaleRules {
  unsigned min = 1, max = 1;  // of the processes that come and go
  std::chrono::milliseconds grow_above{100}, grow_after{10'000};
  std::chrono::milliseconds shrink_below{20}, shrink_after{300'000};
  std::chrono::milliseconds cool_down{60'000};
  friend bool operator==(const ScaleRules&, const ScaleRules&) = default;
};

enum class ScaleStep : std::uint8_t { stay, grow, shrink };

// Not for several threads at once.
class ScalePolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit ScalePolicy(const ScaleRules& rules) : rules_(rules) {}

  [[nodiscard]] const ScaleRules& rules() const noexcept { return rules_; }
  // `count`: processes that come and go, now. `waits`: of every node of the cluster, nothing where it did not answer.
  [[nodiscard]] ScaleStep look(Time now, unsigned count,
                               const std::vector<std::optional<std::chrono::milliseconds>>& waits);
  // A step was begun: what was seen until now says nothing any more.
  void stepped(Time now);

 private:
  const ScaleRules rules_;
  std::optional<Time> busy_since_, idle_since_, last_step_;
};

}  // namespace troupe::tool
