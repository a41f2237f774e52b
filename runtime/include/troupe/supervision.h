// Supervision trees as data: which actors a node keeps alive, in which order they start and stop, and what a crash of
// one means for the others. runtime/doc/supervision.md explains them with an example.
//
// A tree is plain values; Node::supervise() takes one of actors before start(), ProcessTree (troupe/processes.h) one of
// processes. What a supervisor does is what Erlang/OTP's does, but for what that page lists.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "troupe/error.h"
#include "troupe/limits.h"
#include "troupe/service.h"

namespace troupe {

// Whom a crash concerns: the child alone; all children of its supervisor; the child and those that start after it.
enum class Strategy : std::uint8_t { one_for_one, one_for_all, rest_for_one };
// When a child that ended by itself starts again: always; after a crash or Actor::stop_self(why), but not after
// Actor::stop_self(); never.
enum class Restart : std::uint8_t { permanent, transient, temporary };
// Whether a supervisor shuts itself down when a significant child has ended for good, or the last of them has.
enum class AutoShutdown : std::uint8_t { never, any_significant, all_significant };

[[nodiscard]] std::string_view to_string(Strategy strategy) noexcept;
[[nodiscard]] std::string_view to_string(Restart restart) noexcept;
[[nodiscard]] std::string_view to_string(AutoShutdown auto_shutdown) noexcept;

// How a child is stopped. What it says of an actor's turns is SIGTERM for a process, and for `kill` and at a deadline
// SIGKILL.
struct Shutdown {
  enum class How : std::uint8_t {
    deadline,  // turns that run may end, then on_passivate(); what still runs at the deadline is ended as by `kill`
    kill,  // turns end where they wait, without on_passivate(); one that holds its thread ends when it lets go of it
    unlimited  // as `deadline`, however long it takes
  };
  How how = How::deadline;
  std::chrono::milliseconds deadline{5'000};

  [[nodiscard]] static constexpr Shutdown kill() { return {How::kill, {}}; }
  [[nodiscard]] static constexpr Shutdown within(std::chrono::milliseconds time) { return {How::deadline, time}; }
  [[nodiscard]] static constexpr Shutdown unlimited() { return {How::unlimited, {}}; }
};

// More restarts than this within that time, and the supervisor gives up.
struct Intensity {
  std::uint32_t restarts = 1;
  std::chrono::milliseconds within{5'000};
};

// How long restarts wait. The first within Intensity::within is immediate; each further one waits, doubling.
struct Backoff {
  std::chrono::milliseconds first{10};
  std::chrono::milliseconds most{2'000};
};

struct ChildSpec;

// A supervisor and what is below it. As the child of another it is stopped without a limit, unless its ChildSpec names
// one.
struct Supervision {
  Strategy strategy = Strategy::one_for_one;
  Intensity intensity{};
  Backoff backoff{};
  AutoShutdown auto_shutdown = AutoShutdown::never;
  std::vector<ChildSpec> children;  // in the order they start; they stop in reverse
};

// One actor, kept active from start() on: it is not passivated when it is idle. It is kept by the node that owns its
// key; on others its line of the tree says so, and the supervisor there does without it.
struct ActorStart {
  std::string service{};
  std::string key{};
};
template <class Interface>
[[nodiscard]] ActorStart actor_start(std::string key) {
  return {ServiceOf<Interface>::info().name, std::move(key)};
}

// All actors of a service that live on this node, active or not: any number of them, without a list. They are activated
// by calls as ever, and a crash is judged for each by the service's RestartPolicy. With `intensity`, their crashes are
// counted together too, and past it the child counts as crashed. While the child is stopped, none of them runs.
struct ServiceStart {
  std::string service{};
  std::optional<Intensity> intensity{};
};
template <class Interface>
[[nodiscard]] ServiceStart service_start(std::optional<Intensity> intensity = {}) {
  return {ServiceOf<Interface>::info().name, intensity};
}

// A program, as a process of this machine: a child of a ProcessTree (troupe/processes.h), which a node refuses.
struct ProcessStart {
  // The program and its arguments. A program without '/' is looked for in PATH; with one, it is a path that starts, if
  // it is relative, at `directory`.
  std::vector<std::string> command{};
  std::filesystem::path directory{};                 // it runs there; empty: where its tree does
  std::map<std::string, std::string> environment{};  // besides what its tree has
  // It is up when it prints a line that contains this, on its standard output or error. Empty: as soon as it runs.
  std::string ready{};
  std::chrono::milliseconds ready_within{30'000};  // past it, it is killed, and that was a crash
};

struct ChildSpec {
  std::string id{};  // unique among its siblings; letters, digits, '-', '_', '.'; at most limits::kMaxChildIdBytes
  std::variant<ActorStart, ServiceStart, ProcessStart, Supervision> start{};
  Restart restart = Restart::permanent;
  std::optional<Shutdown> shutdown{};  // none: within 5 s; for a supervisor: unlimited
  bool significant = false;
};

// What is wrong with a tree, whatever services there are: `invalid`, naming the child and its supervisor.
[[nodiscard]] Result<void> check(const Supervision& tree);

// What the host program hears of its tree. Called on a thread of the runtime: it must not block or throw, and stops the
// node from another thread if it wants to.
struct SupervisionEvents {
  // The top supervisor exceeded its intensity: its children are stopped, the rest of the node stands. `why`: one line.
  std::function<void(const std::string& why)> on_given_up{};
  // The top supervisor shut itself down (AutoShutdown).
  std::function<void(const std::string& why)> on_shut_down{};
};

// A line of the tree as it stands.
struct ChildView {
  std::string id{};    // of the top: empty
  std::string kind{};  // actor | service | process | supervisor
  std::string what{};  // "Feed/main"; "Cart"; "shop run --node shop-1"; "rest_for_one, at most 1 restart in 5 s"
  // starting | running | restarting | stopping | stopped (it, or its supervisor, was told to) | ended (by itself) |
  // given_up (its intensity was exceeded) | failed (a start that was asked for did not succeed) | elsewhere
  std::string status{};
  std::string restart{};        // "permanent"
  std::string shutdown{};       // "within 5000 ms" | "kill" | "unlimited"
  std::string auto_shutdown{};  // of a supervisor: "never"
  bool significant = false;
  bool dynamic = false;                     // added by start_child()
  std::optional<std::uint64_t> again_ms{};  // restarting: in so many milliseconds
  std::uint64_t restarts = 0;               // of a supervisor: that it did; of a child: that it went through
  std::string last_cause{};                 // why it last crashed, ended or was given up; empty: it never did
  std::string node{};                       // elsewhere: on this node
  std::uint64_t live = 0;                   // of a service: actors that are active
  int pid = 0;                              // of a process, while it runs
  std::vector<ChildView> children{};
};

struct ChildCounts {
  std::size_t specs = 0;        // children, running or not
  std::size_t active = 0;       // that run, start, or are about to start again
  std::size_t supervisors = 0;  // of specs
  std::size_t workers = 0;      // the rest
};

// The tree of a running node, by Node::supervision(). Supervisors are named by their ids from the top: "" is the top,
// "orders/workers" is a child of "orders". Any thread but an actor's; they wait until what they ask for is done. They
// throw `not_found` for a supervisor or child that is not there, `invalid` for what the child's status forbids,
// `unavailable` when the tree or that supervisor does not run.
class SupervisionTree {
 public:
  [[nodiscard]] virtual ChildView view() const = 0;
  // The direct children of a supervisor, in the order they start.
  [[nodiscard]] virtual std::vector<ChildView> which_children(std::string_view supervisor) const = 0;
  [[nodiscard]] virtual ChildCounts count_children(std::string_view supervisor) const = 0;
  // Adds a child after the others and starts it. It goes when it does not start, when it is temporary and ends, and
  // when its supervisor is restarted. `invalid` for a spec that check() would refuse, or an id that is there.
  virtual void start_child(std::string_view supervisor, ChildSpec child) = 0;
  // Stops a child, which stays in the tree; a temporary one that start_child() added goes. It runs again by
  // restart_child(), and when a strategy restarts it with the others.
  virtual void terminate_child(std::string_view supervisor, std::string_view id) = 0;
  // Starts a child that does not run; without an id, a tree that gave up or shut down. Throws what kept it from that.
  virtual void restart_child(std::string_view supervisor, std::string_view id) = 0;
  // Takes a child that does not run out of the tree; one of the declared comes back with its supervisor's restart.
  virtual void delete_child(std::string_view supervisor, std::string_view id) = 0;

 protected:
  ~SupervisionTree() = default;
};

}  // namespace troupe
