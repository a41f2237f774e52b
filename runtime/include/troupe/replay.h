// Recorded turns, run again: a crash of production in a debugger, or as a test that fails until it is mended. Part of
// the test kit, target `Troupe::testing`; the file comes from a node's data_dir/crashes (`troupe crashes ls`).
//
//   TEST_CASE("an order of nothing is refused") {
//     const auto report = troupe::replay("crash.turns", [](troupe::Node& node) { node.host<Order>(); });
//     CHECK_MESSAGE(!report.crashed(), report.text());
//   }
//
// The program's own classes run, on a node of their own with an empty disk and a clock that stands. The actor gets the
// state, the rows, the times and the answers that it had; whom it calls is not asked, and need not be hosted. What
// blocking() does happens again. runtime/doc/recording.md says what is not in a file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "troupe/node.h"

namespace troupe {

// Where the replay first did something else. The values are as people read them, secrets masked.
struct ReplayDifference {
  std::size_t turn = 0;  // from 0
  std::string what;      // "call 2", "outcome", "results", "state", "row sales/tea"
  std::string recorded;
  std::string replayed;
};

struct ReplayedTurn {
  std::string method;
  std::string recorded;  // "answered", "refused(no_refunds): ...", "crashed: failed: ..."
  std::string replayed;
  bool crashed = false;   // now
  std::string missing{};  // why it may run otherwise than it did: the recording is not whole
};

struct ReplayReport {
  std::string actor;  // "Till/a"
  std::vector<ReplayedTurn> turns;
  std::optional<ReplayDifference> difference;  // nothing: it did all that it did then

  [[nodiscard]] bool same() const noexcept { return !difference; }
  [[nodiscard]] bool crashed() const noexcept;
  // For people: each turn in a line, and the difference.
  [[nodiscard]] std::string text() const;
};

// `host` is given the node before it starts, and hosts the service of the recorded actor at least. Throws Error
// `not_found` for a file that is not there, or a service that `host` does not host; `corrupt` for a damaged file;
// `unimplemented` for one of a later version, for a state that this program cannot read, and for a turn that cannot be
// run again (a timer's work is code, and in no file); `invalid` for an empty function. Not inside an actor.
[[nodiscard]] ReplayReport replay(const std::filesystem::path& file, const std::function<void(Node&)>& host);

// main() of a program that does that for a debugger: FILE, and prints the report. Exit codes: 0 it did what it did
// then, 1 it did something else, 2 it could not be run.
[[nodiscard]] int replay_main(int argc, char** argv, const std::function<void(Node&)>& host) noexcept;

}  // namespace troupe
