// What a node takes on before it says `overloaded`. Every field is a limit of one node; runtime/doc/operating.md says
// how to read the counters behind them and which to turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe {

struct OverloadPolicy {
  // Calls in the mailboxes of the node's actors that have not started yet, and the bytes they hold. Past either, new
  // ones are refused; calls that turns make are let in to an eighth more, for what has begun comes before what has not.
  // One call may overshoot the bytes. With more than a few thousand, the count is kept to a few calls per thread.
  std::uint32_t max_queued_calls = 250'000;
  std::size_t max_queued_bytes = std::size_t{256} << 20;

  // Shedding by delay. When for a whole `interval` no call waited less than `target`, of one actor or for a worker of
  // the node, the queue is too long for what is served: it is cut to what is served in `target`, and what waited longer
  // than twice that is refused when its turn comes. `target` of zero: never; else at least 10 ms, the grain of the
  // clock.
  std::chrono::milliseconds target{100};
  std::chrono::milliseconds interval{500};
  // A queue of one actor that is no longer than this is not shed, however slow the actor is.
  std::uint32_t min_queue = 16;

  // Of one link: calls sent and not answered, and calls taken in and not answered yet.
  std::uint32_t max_link_calls = 100'000;
  // Of one link: bytes of calls and answers that wait to be sent, and of calls taken in and not answered yet.
  std::size_t max_link_bytes = std::size_t{64} << 20;
  // Of one link: activations that its peer's calls have made and that are in memory. Past it, calls of the peer to
  // actors that are not are refused, until idle ones have been passivated.
  std::uint32_t max_link_activations = 250'000;
};

}  // namespace troupe
