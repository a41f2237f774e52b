// The spans that a node remembers: the last so many, the oldest go first. Whoever exports them listens.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "troupe/tracing.h"

namespace troupe::telemetry {

using SpanPtr = std::shared_ptr<const SpanData>;

// Any thread.
class SpanRing {
 public:
  // `most`: that it keeps; 0: it only tells who listens.
  explicit SpanRing(std::size_t most) : most_(most) {}

  // One that there is no memory for is counted and gone.
  void add(SpanData span) noexcept;
  // The newest last.
  [[nodiscard]] std::vector<SpanPtr> all() const;
  [[nodiscard]] std::vector<SpanPtr> of(const std::array<std::uint8_t, 16>& trace) const;
  // Told of each span, on the thread that adds it: it must not block. Empty: nobody is told.
  void listen(std::function<void(const SpanPtr&)> listener);

  [[nodiscard]] std::size_t size() const;
  // Since the node began: spans that ended, those that made room for later ones, and those that were lost for want of
  // memory.
  [[nodiscard]] std::uint64_t added() const noexcept { return added_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t overwritten() const noexcept { return overwritten_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<SpanPtr> spans_;
  std::function<void(const SpanPtr&)> listener_;
  std::atomic<std::uint64_t> added_{0};
  std::atomic<std::uint64_t> overwritten_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace troupe::telemetry
