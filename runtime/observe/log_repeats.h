// Which lines are repeats. Two lines are of one kind when they differ in numbers and in who they are about alone; each
// actor, peer, child or partition has its own count. Up to `repeats` of a kind are written in a window; those past them
// are counted, and when the window is over a summary says how many there were. Lines of the level `debug` are never
// counted: whoever asks for them wants them all.
//
// Kinds are bounded: when limits::kMaxRepeatedLines are counted, lines of further ones are written uncounted. Past
// limits::kMaxRepeatedThings things of a kind, the others share one count, so the first of one of those may be missing.
// Decides only; for one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "observe/kept_line.h"

namespace troupe::observe {

class LogRepeats {
 public:
  LogRepeats(std::uint32_t repeats, std::chrono::milliseconds window) : repeats_(repeats), window_(window) {}

  // Whether the line is to be written.
  [[nodiscard]] bool take(const KeptLine& line, TimePoint now);
  // Summaries of the windows that are over, or of all; without number and time.
  [[nodiscard]] std::vector<KeptLine> due(TimePoint now, bool all = false);
  // When the next will be; TimePoint::max(): none waits.
  [[nodiscard]] TimePoint next_due() const noexcept { return next_due_; }
  [[nodiscard]] std::size_t counted() const noexcept { return counts_.size(); }

 private:
  struct Count {
    std::uint64_t shape = 0;
    TimePoint until{};
    std::uint64_t seen = 0;
    std::uint64_t left_out = 0;
    bool shared = false;  // of several things
    KeptLine sample{};    // the first that was left out
  };

  void forget_old(TimePoint now);
  [[nodiscard]] KeptLine summary(const Count& count) const;

  const std::uint32_t repeats_;
  const std::chrono::milliseconds window_;
  std::unordered_map<std::uint64_t, Count> counts_;           // by kind and thing
  std::unordered_map<std::uint64_t, std::size_t> things_of_;  // of a kind, counted apart
  TimePoint next_due_ = TimePoint::max();
  TimePoint next_look_{};
};

// The line with `*` for who it is about and `#` for numbers.
[[nodiscard]] std::string shape_of(const KeptLine& line);

}  // namespace troupe::observe
