// The owner of a tree of processes: it tells the state machine what happens to programs, and does to programs what the
// machine wants. One thread does all of it; the programs are its children.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
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
#include "processes/tree_socket.h"
#include "supervise/tree.h"
#include "troupe/processes.h"

namespace troupe {

class ProcessTree::Keeper {
 public:
  explicit Keeper(ProcessTreeOptions options);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  void start();
  void stop();
  [[nodiscard]] std::optional<Ended> ended() const;
  [[nodiscard]] bool wait_up(std::chrono::milliseconds timeout) const;
  [[nodiscard]] ChildView view() const;
  [[nodiscard]] std::pair<int, std::string> admin(std::string_view method, std::string_view path) const;
  [[nodiscard]] int pid(std::string_view id) const;
  [[nodiscard]] std::uint64_t restarts(std::string_view id) const;
  void kill(std::string_view id);

 private:
  using ChildId = supervise::ChildId;

  struct Program {
    std::string id;
    ProcessStart start;
    std::unique_ptr<processes::ProcessLog> log;
    std::unique_ptr<processes::ChildProcess> process = nullptr;
    bool up = false;
    bool stopping = false;   // a stop or a kill was asked for
    TimePoint ready_by{};    // while it starts
    std::uint64_t ends = 0;  // how often it has ended
    std::string said = {};   // its last line
    std::string late = {};   // why it was killed while it started
  };
  struct Line {
    std::string id, text;
  };

  void run();
  void change(const std::function<void(TimePoint)>& change);  // mutex_ is held
  void carry_out(const supervise::Step& step);
  void launch(ChildId child, Program& program);
  void look_after(ChildId child, Program& program, TimePoint now);
  void came_to_an_end(ChildId child, Program& program, const processes::ExitStatus& status);
  void read_output(Program& program);
  void heard(Program& program, const std::string& line);
  void wait_for_something();
  void wake() noexcept;
  [[nodiscard]] const Program& program(std::string_view id) const;
  [[nodiscard]] bool all_up() const;
  void say(LogLevel level, const std::string& what) const;

  const ProcessTreeOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  supervise::Tree tree_;
  std::map<ChildId, Program> programs_;  // never grows after construction: `process` alone is changed by the thread
  std::vector<Line> heard_;              // to be told without the lock
  std::optional<std::string> started_;   // what start() waits for: why not, or empty
  std::optional<Ended> ended_;
  bool begun_ = false;
  bool stop_wanted_ = false;
  bool stopped_ = false;
  int wake_ = -1;  // an eventfd
  std::unique_ptr<observe::AdminServer> socket_;
  std::mutex joining_;
  std::thread thread_;
};

}  // namespace troupe
