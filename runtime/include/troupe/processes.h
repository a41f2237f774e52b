// A tree of processes: what supervision is to the actors of a node, one level up. The children are programs, usually
// the nodes of a cluster; the policy language is the same (troupe/supervision.h), and so is the machine that decides.
//
// A program is up when it has said so (ProcessStart::ready), and ends normally with exit code 0. Any other exit code, a
// signal, and a start that is not ready in time are crashes. To stop it is SIGTERM; to kill it, SIGKILL. Every program
// runs in a process group of its own, so that a Ctrl-C reaches the tree alone; SIGKILL goes to the whole group, also to
// what a program that has ended left behind in it. When the process of its tree dies, whatever the reason, a program is
// sent SIGKILL by the system.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "troupe/duration.h"
#include "troupe/limits.h"
#include "troupe/log.h"
#include "troupe/supervision.h"

namespace troupe {

// What a program ends with that found itself unhealthy (NodeConfig::on_unhealthy): logs and views then say "unhealthy".
inline constexpr int kUnhealthyExitCode = 4;

struct ProcessTreeOptions {
  std::string name = "processes";  // who it is to the debug tool
  // Its leaves are ProcessStart; their ids are unique in the whole tree, for they name log files.
  Supervision tree{};
  // Made if it is not there. Every line a program prints goes to <log_dir>/<id>.log; past limits::kMaxProcessLogBytes
  // the file becomes <id>.log.1 and a new one begins. The debug tool finds the tree here (processes.sock), and one tree
  // at a time may use it.
  std::filesystem::path log_dir{};
  std::map<std::string, std::string> environment{};  // of all programs, besides that of this process
  // Every line again. Called, like `log`, on a thread of the tree: it must not throw or block for long, and may call
  // anything here but start(), stop(), kill(), wait(), wait_up() and what changes the tree.
  std::function<void(const std::string& id, const std::string& line)> on_line{};
  LogSink log{};  // starts, ends with their causes, restarts
  // Answers what is asked of processes.sock under paths that begin with `admin_path`, "/reload" say, before the tree
  // does: an HTTP status and JSON. Several threads may ask at once; what it throws is an error to who asked. One of the
  // two left out: the tree answers alone.
  std::string admin_path{};
  std::function<std::pair<int, std::string>(std::string_view method, std::string_view target)> admin{};
};

// Any thread, unless it says otherwise.
class ProcessTree {
 public:
  // Starts nothing. Throws `invalid` for what check() refuses, for a leaf that is no process, for an id that is there
  // twice, and without a log_dir.
  explicit ProcessTree(ProcessTreeOptions options);
  // stop()s.
  ~ProcessTree();
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  // Starts the programs in order, each when the one before is up, and returns when all are. Throws `failed` when one
  // does not come up, with its name and what it said last; then those that had are stopped. Throws `unavailable` when
  // log_dir cannot be used, or when it is stopped meanwhile. Once.
  void start();
  // Begins to stop them in reverse order, each as its ChildSpec says, and returns at once. A program that is starting
  // is stopped like one that is up. Idempotent.
  void request_stop() noexcept;
  // request_stop(), and waits until all are gone. Idempotent.
  void stop();
  // SIGKILL to every program and its group, at once: for who will not wait for stop(). Without a stop it is a crash of
  // all.
  void kill_all() noexcept;

  // Why the tree stands still by itself: its top supervisor gave up, or shut itself down. Nothing: it does not.
  struct Ended {
    bool given_up;  // else AutoShutdown
    std::string why;
  };
  [[nodiscard]] std::optional<Ended> ended() const;
  // Waits until ended(), or until the tree has stopped (then: nothing). After start().
  [[nodiscard]] std::optional<Ended> wait() const;
  // Waits until every program that should run is up; false: not within `timeout`, or the tree has ended.
  [[nodiscard]] bool wait_up(Milliseconds timeout) const;

  [[nodiscard]] ChildView view() const;
  // What the debug tool sees: GET "/node" and "/tree" as a node answers them. The int is an HTTP status.
  [[nodiscard]] std::pair<int, std::string> admin(std::string_view method, std::string_view path) const;
  // Each by the id of a process; throws `not_found`.
  [[nodiscard]] int pid(std::string_view id) const;  // 0: it does not run
  [[nodiscard]] std::uint64_t restarts(std::string_view id) const;
  // SIGKILL to one and its group: what a power cut is to a process. Returns when it is dead and the tree knows.
  void kill(std::string_view id);
  // Whether the file that a running process was started from is another by now, or was written to.
  [[nodiscard]] bool outdated(std::string_view id) const;

  // What the tree declares changes while it runs, as if it had been so from the start; the others are left alone,
  // whatever the strategy. Each waits until it is done, and throws `unavailable` when the tree or that supervisor does
  // not run, `invalid` for what check() refuses, for a child that is no process, and while somebody else starts or
  // stops it. Not from `on_line` and `log`.
  //
  // Adds a process to `supervisor` ("": the top; "nodes/east": one below another), in front of its child `before` or
  // last, and starts it. Throws `failed` when it does not come up, with what it said last, and is taken out again;
  // `invalid` when its id is there; `not_found`: the supervisor, or `before`, is not.
  void add(std::string_view supervisor, const ChildSpec& child, std::string_view before = {});
  // Stops a process as its ChildSpec says, and takes it out. Its log stays.
  void remove(std::string_view id);
  // Stops the process of this id and starts it in its place as `child` says. Throws `failed` when it does not come up:
  // then it is down, and stays so until it is replaced or restarted.
  void replace(const ChildSpec& child);

 private:
  class Driver;
  std::unique_ptr<Driver> driver_;
};

}  // namespace troupe
