#include "net/link_traffic.h"

#include <algorithm>
#include <cstring>

namespace troupe::net {

TrafficMark::~TrafficMark() {
  LinkTraffic traffic{.frames_in = static_cast<std::size_t>(frames_in_ - frames_before_), .bytes_in = bytes_in_};
  // Each frame begins with the length of what follows its prelude.
  const std::size_t before = std::min(before_, out_.size());
  for (std::size_t at = before; at + wire::kPreludeBytes <= out_.size(); ++traffic.frames_out) {
    std::uint32_t length = 0;
    std::memcpy(&length, out_.data() + at, sizeof length);
    at += wire::kPreludeBytes + length;
  }
  traffic.bytes_out = out_.size() - before;
  if (traffic.bytes_in > 0 || traffic.bytes_out > 0) observer_.on_link_traffic(peer_.node, traffic);
}

}  // namespace troupe::net
