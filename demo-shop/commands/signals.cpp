#include "commands/signals.h"

#include <signal.h>

namespace demo {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_stop_signals() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> stop_signal(std::chrono::milliseconds time) {
  const auto set = stop_signals();
  const timespec wait{time.count() / 1000, (time.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

StopWatch::StopWatch(std::function<void(int)> on_stop)
    : thread_([on_stop = std::move(on_stop)](const std::stop_token& done) {
        while (!done.stop_requested())
          if (const auto signal = stop_signal(std::chrono::milliseconds(50))) return on_stop(*signal);
      }) {}

}  // namespace demo
