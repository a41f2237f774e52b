// One child process whose standard output and error arrive through one pipe.
//
// It runs in a process group of its own and is sent SIGKILL when the thread that started it ends. Not for concurrent
// use.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "troupe/supervision.h"

namespace troupe::processes {

struct ExitStatus {
  int code = 0;    // when signal is 0
  int signal = 0;  // what killed it
  [[nodiscard]] bool normal() const noexcept { return signal == 0 && code == 0; }
  [[nodiscard]] std::string text() const;  // "exit code 3", "unhealthy (exit code 4)", "signal SIGKILL"
};

class ChildProcess {
 public:
  // `environment` is added to that of this process, and `start.environment` to both. Returns when the program runs.
  // Throws std::system_error, also when it cannot be run.
  ChildProcess(const ProcessStart& start, const std::map<std::string, std::string>& environment);
  // Kills it and its group if it still runs, and waits for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // To poll for input: what it prints; -1 when nothing comes any more. That it has ended; -1 where the system cannot
  // say.
  [[nodiscard]] int output() const noexcept { return output_; }
  [[nodiscard]] int ending() const noexcept { return ending_; }

  // Gives what it printed, up to half a megabyte, without waiting for more.
  void read_output(const std::function<void(std::string_view bytes)>& take);
  void terminate() noexcept;  // SIGTERM
  void kill() noexcept;       // SIGKILL, to its whole group
  // How it ended; nothing while it runs. What it left in its group is killed then.
  [[nodiscard]] std::optional<ExitStatus> ended() noexcept;

 private:
  void take_end() noexcept;

  pid_t pid_ = -1;
  int output_ = -1;
  int ending_ = -1;  // a pidfd
  std::optional<ExitStatus> status_;
};

}  // namespace troupe::processes
