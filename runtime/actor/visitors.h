// How many activations the calls of one peer have made that are still in memory.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/mail.h"

namespace troupe::actor {

class Visitors final : public Counted {
 public:
  explicit Visitors(std::size_t most) noexcept : most_(most) {}

  // --- the links' thread, which alone adds ---
  [[nodiscard]] bool room() const noexcept { return count() < most_; }
  void enter() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  // --- any thread ---
  void leave() noexcept { count_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t most() const noexcept { return most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace troupe::actor
