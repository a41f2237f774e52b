// The owner of a tree of processes: it tells the state machine what happens to programs, and does to programs what the
// machine wants. One thread does all of it; the programs are its children.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "processes/child_process.h"
#include "processes/process_log.h"
#include "processes/program_file.h"
#include "processes/tree_socket.h"
#include "supervise/tree.h"
#include "troupe/processes.h"

namespace troupe {

class ProcessTree::Driver {
 public:
  explicit Driver(ProcessTreeOptions options);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  void start();
  void request_stop() noexcept;
  void stop();
  void kill_all() noexcept;
  [[nodiscard]] std::optional<Ended> ended() const;
  [[nodiscard]] std::optional<Ended> wait() const;
  [[nodiscard]] bool wait_up(std::chrono::milliseconds timeout) const;
  [[nodiscard]] ChildView view() const;
  [[nodiscard]] std::pair<int, std::string> admin(std::string_view method, std::string_view path) const;
  [[nodiscard]] int pid(std::string_view id) const;
  [[nodiscard]] std::uint64_t restarts(std::string_view id) const;
  void kill(std::string_view id);
  // --- process_changes.cpp ---
  // Starts a part of the tree that does not run, as supervise::Tree::restart() names it. Throws what kept it from that.
  void restart(const std::string& path);
  void add(std::string_view supervisor, const ChildSpec& child, std::string_view before);
  void remove(std::string_view id);
  void replace(const ChildSpec& child);
  [[nodiscard]] bool outdated(std::string_view id) const;

 private:
  using ChildId = supervise::ChildId;

  struct Program {
    ChildId child;
    std::string id;
    ProcessStart start;
    std::unique_ptr<processes::ProcessLog> log = nullptr;
    std::unique_ptr<processes::ChildProcess> process = nullptr;
    bool up = false;
    bool stopping = false;          // a stop or a kill was asked for
    TimePoint begun{};              // of its start
    std::uint64_t ends = 0;         // how often it has ended
    processes::FileMark file = {};  // what it was started from
    std::string said = {};          // its last line
    std::string late = {};          // why it was killed while it started
    [[nodiscard]] bool may_be_late() const { return process && !up && !stopping && late.empty(); }
    [[nodiscard]] TimePoint ready_by() const { return later(begun, start.ready_within); }
  };
  // What the host program is told, in this order and without the lock.
  struct Heard {
    std::string id;  // empty: a line of the tree's own
    std::string text;
    LogLevel level = LogLevel::info;
    std::string child{};  // whom a line of the tree's own is about, and what it ended with
    std::string error{};
  };

  // What somebody asks of the tree and waits for: the child of the `answer` step that is to come, or nothing: it is
  // done.
  struct Request {
    std::function<Result<std::optional<ChildId>>(TimePoint)> begin;
    std::promise<std::optional<Error>> answer = {};
  };

  void run();
  void begin_requests();
  void answer_requests(const supervise::Step& step);
  // Has the thread do it, and waits. Throws what kept it from that.
  void ask(std::function<Result<std::optional<ChildId>>(TimePoint)> begin);
  [[nodiscard]] Result<std::optional<ChildId>> begin_add(const std::string& supervisor, const ChildSpec& child,
                                                         const std::string& before, TimePoint now);
  void stop_and(std::string_view id, const std::function<Result<void>(Program&)>& then);
  void change(const std::function<void(TimePoint)>& change);
  void carry_out(const supervise::Step& step);
  void launch(Program& program);
  void end(Program& program, bool at_once);
  void look_after(Program& program);
  void came_to_an_end(Program& program, const processes::ExitStatus& status);
  void heard(Program& program, const std::string& line);
  void say(LogLevel level, std::string what, std::string child, std::string error = {});
  void tell_host();
  void wait_for_something();
  void wake() noexcept;
  [[nodiscard]] const Program& program(std::string_view id) const;
  [[nodiscard]] const Program* find(std::string_view id) const;  // null: there is none
  [[nodiscard]] static Error not_there(std::string_view id);
  [[nodiscard]] bool all_up() const;
  void fill_in(ChildView& view) const;

  const ProcessTreeOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  supervise::Tree tree_;
  // After start() the thread alone adds to it, takes from it, and changes what `process` points to.
  std::map<ChildId, Program> programs_;
  std::vector<Heard> heard_;
  bool told_ = true;                    // the host program has been told all of it
  std::optional<std::string> started_;  // what start() waits for: why not, or empty
  std::optional<Ended> ended_;
  std::vector<Request> asked_;  // for the thread
  std::multimap<ChildId, Request> under_way_;
  bool begun_ = false;
  bool stop_wanted_ = false;
  bool stopped_ = false;
  int wake_ = -1;  // an eventfd
  std::unique_ptr<observe::AdminServer> socket_;
  std::mutex joining_;
  std::thread thread_;
};

}  // namespace troupe
