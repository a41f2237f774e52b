// The auditor: when the storm is over and everything has been delivered, what the tills wrote down must be what was
// acknowledged to the driver, no more and no less.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "crash/storm/books.h"
#include "crash/storm/cluster.h"

namespace troupe::storm {

// One line of the report: how many things were checked, and what is wrong with some of them.
struct Finding {
  std::string what;
  std::uint64_t checked = 0;
  std::vector<std::string> wrong;
  std::uint64_t more_wrong = 0;  // beyond kMostShown

  static constexpr std::size_t kMostShown = 20;
  void check(bool right, const std::string& about);
};

// Ends the tills' pulses and waits until nothing is on its way any more. What still was when patience ended; empty:
// nothing.
[[nodiscard]] std::string settle(Cluster& cluster, const Books& books);

// Reads every row of every till.
[[nodiscard]] std::vector<Finding> audit(Cluster& cluster, const Books& books);

// The files of stopped nodes: every record, and that no message waits in them.
[[nodiscard]] Finding audit_files(const Cluster& cluster);

// As a table, with every wrong thing below its line.
[[nodiscard]] std::string report(const std::vector<Finding>& findings);

}  // namespace troupe::storm
