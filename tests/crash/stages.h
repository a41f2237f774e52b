// Where in a turn's life a process ends: by its own hand, with SIGKILL, at the nth time it comes there.
//
// The stages of the commit log are met by standing in for write and sync in this program; the runtime knows nothing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::crash {

// In the order a turn passes them.
inline constexpr const char* kStages[] = {
    "begins",      // the handler runs, nothing is edited
    "edited",      // the draft is changed
    "nested",      // a nested call has taken effect, the turn's own edit has not
    "unwritten",   // the write set is about to go to the log
    "torn",        // half of it is in the log
    "unsynced",    // all of it is, and is not synced
    "synced",      // it is durable, and nothing says so
    "half_noted",  // half of the log's mark says so
    "noted",       // the mark says so, and no answer has left
};
// Beside them: "checkpoint", a page of what the log holds is about to go to LMDB's file.

// From now on the process ends at the `nth` time it comes to `stage`.
void die_at(std::string_view stage, int nth);
// Counts anew from now on. Any thread; die_at() is for the start.
void die_after(int nth);
// From now on, for `duration`, each sync of the commit log takes `delay` longer. Any thread.
void slow_disk(std::chrono::milliseconds delay, std::chrono::milliseconds duration);
// Where a handler says that it has come to a stage.
void come_to(std::string_view stage);

// The killed side: a node with vaults that die. Arguments: stage ("none" for a long life), nth, data directory, its
// port, the caller's port.
int run_staged_member(const std::vector<std::string>& arguments);

}  // namespace troupe::crash
