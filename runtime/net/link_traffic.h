// Tells an observer what one go of the loop moved over a link.
#pragma once

#include <cstdint>
#include <utility>

#include "base/observer.h"
#include "net/peer.h"
#include "wire/frame.h"

namespace troupe::net {

// From here to its end: what was appended to `out`, and what `frames_in` grew by.
class TrafficMark {
 public:
  TrafficMark(Observer& observer, const Peer& peer, const wire::Bytes& out, std::size_t bytes_in,
              const std::uint64_t& frames_in) noexcept
      : observer_(observer),
        peer_(peer),
        out_(out),
        before_(out.size()),
        bytes_in_(bytes_in),
        frames_in_(frames_in),
        frames_before_(frames_in) {}
  ~TrafficMark();
  TrafficMark(const TrafficMark&) = delete;
  TrafficMark& operator=(const TrafficMark&) = delete;

 private:
  Observer& observer_;
  const Peer& peer_;
  const wire::Bytes& out_;
  const std::size_t before_;
  const std::size_t bytes_in_;
  const std::uint64_t& frames_in_;
  const std::uint64_t frames_before_;
};

// Does `work` on a connection of a LinkTable: it appends whole frames to what the connection has to write and takes
// nothing away. Without an observer, or while the connection is no link, it does that and no more.
template <class Connection, class Work>
auto observed(Observer* observer, Connection& connection, Work&& work, std::size_t bytes_in = 0) {
  if (!observer || !connection.link) [[likely]]
    return std::forward<Work>(work)();
  const wire::Bytes* out = connection.out();
  if (!out) return std::forward<Work>(work)();
  const TrafficMark mark(*observer, *connection.entry->peer, *out, bytes_in, connection.frames_in);
  return std::forward<Work>(work)();
}

}  // namespace troupe::net
