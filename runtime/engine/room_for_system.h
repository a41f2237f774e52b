// Whether the process has what a caf::actor_system needs to come up. CAF ends the process when it cannot have a
// descriptor, and cannot undo what it began when it cannot have a thread, so both are tried before it is made.
//
// Between this look and CAF's own another thread of the host may take the last of them; a few more are asked for, so
// that it has to be many at once.
#pragma once

namespace troupe::engine {

// Throws Error `unavailable`, which says what there is too little of and how to have more.
void check_room_for_system(unsigned worker_threads);

}  // namespace troupe::engine
