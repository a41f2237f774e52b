// The lines remote_call_*: two nodes in two processes over loopback, each with processors of its own (apart.h); an
// actor of one calls an actor of the other with 64 bytes, which come back.
#pragma once

#include <string>
#include <vector>

#include "line.h"

namespace troupe::bench {

struct RemoteFigures {
  double median_us;  // from call to reply; with several in flight this includes the wait for those before it
  double calls_per_second;
};
enum class Links : unsigned char { plain, tls };
enum class Callees : unsigned char { actor, pool };  // the pool has members on the far node alone
RemoteFigures remote_calls(std::uint32_t in_flight, const Effort& effort, Links links = Links::plain,
                           Callees callees = Callees::actor);

// The far node, in a process of its own. `words`: the ports of the near node and of the far one, and where their
// certificates are, if there are any. Prints a line when it has started and runs until stdin ends.
void serve_troupe(const std::vector<std::string>& words);

}  // namespace troupe::bench
