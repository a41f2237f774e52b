// Where partitions are and what is on its way, by what all nodes that answered know. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nodes.h"

namespace troupe::tool {

struct Whereabouts {
  struct One {
    std::pair<std::uint64_t, std::uint64_t> version;  // of its record; and its epoch, for nodes that do not tell that
    std::string owner;
    std::string target;
  };
  std::map<std::uint64_t, One> partitions;
  std::string on_the_way;  // in words
  std::uint64_t bytes = 0;
  std::string last_error;
};

// Of answers to GET /partitions. One node hears of a change later than another, and the one that took an order knows of
// it first: of each partition the latest record counts.
[[nodiscard]] Whereabouts whereabouts_in(const std::vector<Answer>& answers);

}  // namespace troupe::tool
