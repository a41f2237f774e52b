// What is asked of a tree of processes while it runs: to start a part of it again.
#include <utility>

#include "processes/process_driver.h"

namespace troupe {

// --- any thread ---

void ProcessTree::Driver::restart(std::string path) {
  const auto stops = [] { return Error(ErrorKind::unavailable, "the tree of processes stops, or has not begun"); };
  std::future<std::optional<Error>> answer;
  {
    const std::lock_guard lock(mutex_);
    if (!begun_ || stopped_ || ended_) throw stops();
    answer = asked_.emplace_back(Restart{std::move(path)}).answer.get_future();
  }
  wake();
  try {
    if (const auto error = answer.get()) throw *error;
  } catch (const std::future_error&) {
    throw stops();
  }
}

// --- the thread; the lock is held ---

void ProcessTree::Driver::begin_restarts() {
  for (Restart& restart : std::exchange(asked_, {})) {
    change([&](TimePoint at) {
      auto child = tree_.restart(restart.path, at);
      if (!child.ok()) return restart.answer.set_value(child.error());
      restarts_.emplace(*child, std::move(restart));
    });
  }
}

void ProcessTree::Driver::answer_restarts(const supervise::Step& step) {
  const auto [first, last] = restarts_.equal_range(step.child);
  for (auto one = first; one != last; ++one)
    one->second.answer.set_value(step.why.empty() ? std::nullopt : std::optional(Error(ErrorKind::failed, step.why)));
  restarts_.erase(first, last);
}

}  // namespace troupe
