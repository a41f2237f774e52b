// People who look around while the shop is open: they look at goods, put them into their carts and take them out again,
// over and over, until they are told to stop. Nothing of it is left in the books. Every call is counted, with how it
// went.
#pragma once

#include <troupe/node.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "insist.h"

namespace demo {

class Visitors {
 public:
  Visitors(troupe::Node& node, unsigned count);
  // stop()s, and keeps silent.
  ~Visitors();
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;

  // Waits until all have gone. Throws what the first unlucky one met. Idempotent.
  void stop();

  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  // Those that got no answer at first, and were asked again.
  [[nodiscard]] std::uint64_t failed() const { return failed_; }
  // The longest that one has waited since this was asked the last time.
  [[nodiscard]] std::chrono::milliseconds longest_wait();

 private:
  void look_around(troupe::Node& node, unsigned who);

  std::atomic<std::uint64_t> calls_{0}, failed_{0};
  std::atomic<std::int64_t> longest_ms_{0};
  Patience patience_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace demo
