// The driver's callers: each does one thing after the other, and repeats it under its idempotency key until it is
// acknowledged, whatever dies meanwhile. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "crash/storm/books.h"
#include "crash/storm/cluster.h"

namespace troupe::storm {

class Load {
 public:
  static constexpr int kCallers = 10;

  Load(Cluster& cluster, std::uint64_t seed);
  ~Load();

  // No more is begun; what is under way is repeated until it is done. What was acknowledged.
  [[nodiscard]] Books finish();

 private:
  struct Caller;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::thread> threads_;
};

}  // namespace troupe::storm
