// One child process whose standard output and error arrive through one pipe.
//
// It runs in a process group of its own (a Ctrl-C on the terminal reaches the parent alone) and is sent SIGTERM when
// the thread that started it ends. Not for concurrent use.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "troupe/supervision.h"

namespace troupe::processes {

struct ExitStatus {
  int code = 0;    // when signal is 0
  int signal = 0;  // what killed it
  [[nodiscard]] bool normal() const noexcept { return signal == 0 && code == 0; }
  [[nodiscard]] std::string text() const;  // "exit code 3", "signal 9 (Killed)"
};

class ChildProcess {
 public:
  // `environment` is added to that of this process, and `start.environment` to both. Throws std::system_error, also
  // when the program cannot be run.
  ChildProcess(const ProcessStart& start, const std::map<std::string, std::string>& environment);
  // Kills it if it still runs, and waits for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // Readable without blocking; end of file once it and its own children are gone.
  [[nodiscard]] int output() const noexcept { return output_; }
  void send_signal(int signal) noexcept;
  // How it ended; nothing while it runs.
  [[nodiscard]] std::optional<ExitStatus> ended() noexcept;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<ExitStatus> status_;
};

}  // namespace troupe::processes
