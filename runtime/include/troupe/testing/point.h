// A named point in an actor's own code, where a test may crash it: see Testbed::crash_at() in troupe/testing.h.
#pragma once

#include <string_view>

namespace troupe::testing {

// Does nothing, unless this node belongs to a testbed that wants a crash at `name` in the actor whose turn runs: then
// it throws, and the turn ends as by any crash of its own. For handlers and what they call on the actor's thread;
// outside turns and inside blocking() it does nothing. Costs a look at the running turn and at one pointer, so that it
// may stay in a program that ships.
void point(std::string_view name);

}  // namespace troupe::testing
