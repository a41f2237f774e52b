// PoolSource: the pools that a node calls, and how their members have answered it. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "troupe/error.h"
#include "troupe/placement.h"

namespace troupe::observe {

struct PoolMemberLine {
  std::string node;
  bool choosable = false;  // it hosts the service, serves, and can be reached
  std::uint32_t weight = 0;
  std::uint32_t under_way = 0;  // calls of this node's
  std::uint64_t calls = 0;      // since the node started
  std::uint64_t failures = 0;
  std::chrono::milliseconds left_out_for{0};  // from now on; 0: it is not
};

struct PoolView {
  std::string service;
  Balance balance = Balance::least_outstanding;
  std::vector<PoolMemberLine> members;
};

class PoolSource {
 public:
  [[nodiscard]] virtual std::vector<PoolView> pools() = 0;
  // From now on this node's calls are spread so; until it ends. `not_found`: it has not called such a pool, and hosts
  // none.
  [[nodiscard]] virtual Result<PoolView> spread(const std::string& service, Balance balance) = 0;

 protected:
  ~PoolSource() = default;
};

}  // namespace troupe::observe
