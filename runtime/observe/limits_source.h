// LimitsSource: the breakers of calls that this node makes, and its limits with how full they are. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::observe {

struct BreakerView {
  std::string method;        // "Stock.reserve"
  std::string member;        // who owns the callees
  std::string state;         // closed | open | half-open
  std::uint64_t calls = 0;   // within its window, or of its trial
  std::uint64_t failed = 0;  // of them
  std::uint64_t slow = 0;
  std::uint64_t retry_after_ms = 0;  // while it is open: until it lets calls try
  std::uint64_t opened = 0;          // since it was made, as what follows
  std::uint64_t refused = 0;
};

// An entry of NodeConfig::calls at work. What has no limit has 0 for it.
struct CallLimitView {
  std::string to;  // "Stock", or "Stock.reserve"
  std::uint64_t in_flight = 0;
  std::uint64_t most_in_flight = 0;
  std::uint64_t waiting = 0;  // for a place in its bulkhead
  std::uint64_t most_waiting = 0;
  std::uint64_t waited = 0;          // since the node began: all that waited, and what follows
  std::uint64_t refused = 0;         // by its bulkhead
  std::uint64_t budget_used = 0;     // retries and hedges of the last ten seconds
  std::uint64_t budget = 0;          // and how many there could be
  std::uint64_t budget_refused = 0;  // since the node began, as what follows
  std::uint64_t retries = 0;
  std::uint64_t attempts_timed_out = 0;  // each followed by one of the retries
  std::uint64_t hedges = 0;
};

// A limit of the node itself.
struct NodeLimitView {
  std::string name;  // "queued calls"
  std::uint64_t used = 0;
  std::uint64_t most = 0;
  std::string field;  // of NodeConfig; empty: it is fixed
};

struct LimitsView {
  std::vector<CallLimitView> calls;
  std::vector<NodeLimitView> node;
  std::uint64_t waiting = 0;  // for a time to come: a next attempt, a copy, the end of an attempt or of a wait
};

enum class BreakerOrder : std::uint8_t { open, reset };

class LimitsSource {
 public:
  [[nodiscard]] virtual std::vector<BreakerView> breakers() = 0;
  [[nodiscard]] virtual LimitsView limits() = 0;
  // Of the method, at `member` or, empty, at every member. Which they were, as they are now. `not_found`: there is
  // none.
  [[nodiscard]] virtual Result<std::vector<BreakerView>> order(const std::string& method, const std::string& member,
                                                               BreakerOrder order) = 0;

 protected:
  ~LimitsSource() = default;
};

}  // namespace troupe::observe
