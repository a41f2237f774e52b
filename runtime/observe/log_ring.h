// The newest lines of a node, in memory: bounded by count and by bytes, numbered, and waited for. Any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

#include "observe/log_source.h"

namespace troupe::observe {

class LogRing {
 public:
  explicit LogRing(std::size_t most_lines, std::size_t most_bytes = limits::kMaxKeptLogBytes)
      : most_lines_(most_lines), most_bytes_(most_bytes) {}

  // Gives it its number.
  void add(KeptLine& line);
  // Without `run` and `now_ms`. With `wait` it returns at the first line that fits, or when the time is over.
  [[nodiscard]] LogPage read(const LogRequest& request);
  // Nobody waits any more.
  void end_waits();
  [[nodiscard]] std::uint64_t written() const;
  [[nodiscard]] std::uint64_t overwritten() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  [[nodiscard]] LogPage look(const LogRequest& request) const;

  const std::size_t most_lines_;
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::size_t waiting_ = 0;
  bool ended_ = false;
  std::uint64_t last_ = 0;
  std::uint64_t overwritten_ = 0;
  std::size_t bytes_ = 0;
  std::deque<KeptLine> lines_;  // numbers without gaps
};

// Whether the line is one of those. Pure.
[[nodiscard]] bool fits(const KeptLine& line, const LogRequest& request);

}  // namespace troupe::observe
