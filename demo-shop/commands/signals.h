// SIGINT and SIGTERM as something one waits for. block_stop_signals() comes before any thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace demo {

void block_stop_signals();

// The signal that came within `time`, if one did.
[[nodiscard]] std::optional<int> stop_signal(std::chrono::milliseconds time);

// Calls `on_stop` on a thread of its own if a stop signal comes while it lives.
class StopWatch {
 public:
  explicit StopWatch(std::function<void(int signal)> on_stop);

 private:
  std::jthread thread_;
};

}  // namespace demo
