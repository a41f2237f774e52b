// OwnProcess: this program again, in a process of its own, with a pipe each way. It ends when its stdin does, and dies
// with the process that started it. For one thread, which must outlive it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "apart.h"

namespace troupe::bench {

class OwnProcess {
 public:
  // Starts it. stderr is shared. `apart`: it and this thread have processors of their own while it lives. Throws
  // std::system_error.
  explicit OwnProcess(const std::vector<std::string>& arguments, bool apart = false);
  // Closes its stdin, waits for its end for five seconds, then kills it.
  ~OwnProcess();
  OwnProcess(const OwnProcess&) = delete;
  OwnProcess& operator=(const OwnProcess&) = delete;

  // The next line it prints, without the line feed. Throws std::runtime_error when it ends or `timeout` passes first.
  [[nodiscard]] std::string read_line(std::chrono::milliseconds timeout);

 private:
  // False: nothing more came, for its stdout is closed or `until` has passed.
  bool read_more(std::chrono::steady_clock::time_point until);

  Apart apart_;
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
};

// For the started side: returns when stdin ends.
void wait_for_end_of_input();

}  // namespace troupe::bench
