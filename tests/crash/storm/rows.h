// Everything a till has written down, as plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "crash/storm/cluster.h"

namespace troupe::storm {

struct RowValues {
  std::string peer;
  std::int64_t amount = 0;
  std::uint64_t number = 0;
  std::uint32_t times = 0;
  std::string text;
};
using Rows = std::map<std::string, RowValues>;

struct TillRows {
  std::int64_t balance = 0;
  std::uint64_t pulses = 0;
  Rows sent, received, alarms, notes, trips, faults;
  std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t>> counts;  // table, as it says, as found
};

[[nodiscard]] TillRows read_till(Cluster& cluster, int number);

struct ListenerRows {
  Rows seen, faults;
};
[[nodiscard]] ListenerRows read_listener(Cluster& cluster, const std::string& name);

struct TripEnd {
  bool done = false;
  bool ended = false;  // done, or undone
  int phase = 0;       // saga::Phase
  std::string why;     // not done
};
[[nodiscard]] TripEnd read_trip(Cluster& cluster, const std::string& id);

// Whom a till's pulses pay.
[[nodiscard]] int pulse_receiver(int number);
// Period 0 ends them.
void set_pulses(Cluster& cluster, std::uint32_t period_ms);

}  // namespace troupe::storm
