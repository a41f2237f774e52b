// Calls that wait for a moment: to be attempted again, for a copy of them to go, or for a place in a bulkhead, or that
// an attempt takes too long. Whoever goes round on the node
// (host/housekeeping.h) looks. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "wire/envelope.h"

namespace troupe::resilience {

class TimedCalls {
 public:
  // Names one that waits.
  using Place = std::pair<TimePoint, std::uint64_t>;
  // What is done with a call when its time has come. Must not throw.
  using Go = std::function<void(wire::EnvelopePtr)>;

  // `most`: calls that may wait at once, for whatever.
  explicit TimedCalls(std::size_t most = limits::kMaxPendingCalls) noexcept : most_(most) {}

  // Nothing: the node takes no calls any more, or as many wait as may. `stopped`: what is done instead when the node
  // stops; empty: the call is answered, which nobody else may do then. Throws for want of memory.
  [[nodiscard]] std::optional<Place> add(TimePoint when, const wire::EnvelopePtr& call, Go go, Go stopped = {});
  // Nothing if it has gone.
  void remove(const Place& place) noexcept;
  // Lets go those whose time has come. When it is wanted next; max(): nothing waits.
  [[nodiscard]] TimePoint look(TimePoint now);
  // `wake` is called when a call comes that is earlier than what look() gave. It must not block.
  void wake_with(std::function<void()> wake);
  // Whoever looks does so soon.
  void wake();
  // From here on nothing waits: each call is answered as one that the node's stop turned away.
  void close();
  // How such a call ends.
  [[nodiscard]] static Error stop_of(const wire::Envelope& call);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Waiting {
    wire::EnvelopePtr call;
    Go go;
    Go stopped;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<Place, Waiting> waiting_;
  std::uint64_t last_ = 0;
  bool closed_ = false;
  TimePoint looks_at_ = TimePoint::max();
  std::function<void()> wake_;
};

}  // namespace troupe::resilience
