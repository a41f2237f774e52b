// The actors of contract.capnp, and a node that hosts them all.
#pragma once

#include <troupe/actor.h>
#include <troupe/node.h>

#include <atomic>
#include <memory>
#include <string>

#include "contract.capnp.troupe.h"

namespace troupe::contract {

// Hosts every actor of the cast; `account` is for Account alone.
void host_cast(Node& node);
// With these for accounts.
void host_cast_with(Node& node, HostOptions account);
// What a process does that is such a node: it hosts every actor of the cast and lives until stdin ends. Its exit code.
int serve_cast(NodeConfig config);
// The work of Desk.blockBeside goes on until a desk of this process is refused some, which sets it, or a test does.
[[nodiscard]] std::atomic<bool>& blocking_may_end();
// For tests that build their own surroundings.
[[nodiscard]] std::unique_ptr<Actor> make_account();
[[nodiscard]] std::unique_ptr<Actor> make_latch();

// Ends a turn as its caller asked: "refuse", "error", "crash", "throw"; anything else does nothing.
void end_as_told(const std::string& ending);

[[nodiscard]] inline std::string text(capnp::Text::Reader reader) { return {reader.cStr(), reader.size()}; }

}  // namespace troupe::contract
