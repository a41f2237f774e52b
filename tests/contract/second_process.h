// SecondProcess: this program again, in a process of its own, with a pipe each way. It ends when its stdin does, and
// dies with the process that started it. For one thread, which must outlive it.
#pragma once

#include <sys/types.h>
#include <troupe/testing.h>  // free_port()

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::testing {

class SecondProcess {
 public:
  // Starts it and waits for the line "ready". Throws std::runtime_error with the line that came instead.
  explicit SecondProcess(const std::vector<std::string>& arguments);
  // Kills it if it still runs.
  ~SecondProcess();
  SecondProcess(const SecondProcess&) = delete;
  SecondProcess& operator=(const SecondProcess&) = delete;

  // SIGKILL, and waits until it is gone.
  void kill();
  // Ends its stdin, waits for its end; the exit status as a shell gives it.
  int finish();
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  [[nodiscard]] std::string read_line(std::chrono::milliseconds timeout);
  int reap();

  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

// For the started side: prints "ready", and returns when stdin ends.
void say_ready_and_wait();
// For the started side: prints why it cannot be ready.
void say(const std::string& line);

}  // namespace troupe::testing
