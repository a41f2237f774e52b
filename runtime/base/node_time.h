// The time that a node counts by itself: milliseconds that never go back and never jump, whoever sets the wall clock.
//
// Wall clocks are set, and two of them differ; so nothing is decided by comparing them. When a reply was committed,
// what was forgotten, when a call was first made: all that is dated by the node's time. It begins at the wall clock
// when the node has no past, and then counts the machine's steady clock, also over restarts while the machine runs.
// While the machine is off it stands still, for nobody can tell how long that was. Of another node's time only
// distances are used: net/peer_clock.h says how.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace troupe {

class NodeTime {
 public:
  using WallTime = std::chrono::system_clock::time_point;
  // What the wall clock said while the node's time went from `first` to `last`: so much more than it. A clock that was
  // set was set at some time that two spans share: `first` is the last look that saw it as it was before.
  struct Span {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t ahead = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  // The node's time stood still at `at` while the machine was off, by the wall clock for so long.
  struct Pause {
    std::uint64_t at = 0;
    std::uint64_t lasted = 0;
    friend bool operator==(const Pause&, const Pause&) = default;
  };
  // What the next run goes on from.
  struct Past {
    std::string boot;  // of the machine; the steady clock begins anew with it
    std::int64_t steady_ms = 0;
    std::uint64_t now = 0;      // the node's time at that moment
    std::vector<Span> spans{};  // oldest first
    std::vector<Pause> pauses{};
    std::uint64_t joined = 0;  // see joined()
    friend bool operator==(const Past&, const Past&) = default;
  };
  // More steps of the wall clock than this, or more pauses, are remembered as one, to the safe side.
  static constexpr std::size_t kMostSpans = 32;
  static constexpr std::size_t kMostPauses = 16;

  explicit NodeTime(const Clock& clock);

  // Goes on from an earlier run of the node, on a machine that was booted as `boot`. Before anything was dated.
  void resume(Past past, const std::string& boot);
  [[nodiscard]] Past past(const std::string& boot);
  // The node is given what another one dated: it goes on from the later of both times. Before anything was dated.
  void join(const NodeTime& other);

  // --- any thread ---
  [[nodiscard]] std::uint64_t now() const noexcept { return at(clock_.exact_now()); }
  [[nodiscard]] std::uint64_t at(TimePoint when) const noexcept {
    return static_cast<std::uint64_t>(steady_ms(when) + lead_.load(std::memory_order_relaxed));
  }
  // What it was when the wall clock said so and a key was used first: not later. A time of just now is now; of others
  // that the clock has shown more than once, the first counts. Before the record of the clock begins it is believed.
  // What the clock has not shown yet was read from another one: it is taken for limits::kClockDoubt ago.
  [[nodiscard]] std::uint64_t of_first_use(WallTime wall);
  // Notices whether the wall clock was set. To be called often.
  void look();
  // When it was given what another node had dated by a time that is not this one; 0: never was. What was used first no
  // later may have been forgotten, whatever its dates say.
  [[nodiscard]] std::uint64_t joined() const noexcept { return joined_; }
  // How long the machine was off since `when`.
  [[nodiscard]] std::uint64_t paused_since(std::uint64_t when) const;

 private:
  static std::int64_t steady_ms(TimePoint when) noexcept;
  void look_locked(std::uint64_t now, std::uint64_t wall);

  const Clock& clock_;
  std::atomic<std::int64_t> lead_;  // of this time on the steady clock
  std::uint64_t joined_ = 0;        // changed by resume() and join() alone
  mutable std::mutex mutex_;        // guards what follows
  std::vector<Span> spans_;         // the last one is the present
  std::vector<Pause> pauses_;       // but not this, which resume() alone changes
};

// Which boot of which machine this is.
[[nodiscard]] std::string boot_id();

}  // namespace troupe
