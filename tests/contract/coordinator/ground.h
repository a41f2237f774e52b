// Where a coordinator lies, for a test. AT_EVERY_COORDINATOR("claim") { ... } is a test case that runs once for each
// back end: the body has `ground`, empty, and opens coordinators on it; it knows not which it is.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "support/spawn_self.h"

namespace troupe::coordinator_test {

using namespace std::chrono_literals;
using namespace troupe::coordinator;

// For what has to come: nothing waits so long that succeeds.
inline constexpr std::chrono::seconds kPatience{20};

class Ground {
 public:
  virtual ~Ground() = default;
  [[nodiscard]] virtual std::unique_ptr<Coordinator> open() = 0;
  // The same, for another process of this program.
  [[nodiscard]] virtual std::vector<std::string> words() const = 0;
  // Whether a session ends with its process, not when its time to live has passed.
  [[nodiscard]] virtual bool sessions_end_at_once() const = 0;
};
[[nodiscard]] std::unique_ptr<Coordinator> open_from(const std::vector<std::string>& words);

void at_every_coordinator(void (*body)(Ground& ground));
#define TROUPE_AT_EVERY_COORDINATOR_(claim, function)                              \
  static void function(::troupe::coordinator_test::Ground& ground);                \
  TEST_CASE(claim) { ::troupe::coordinator_test::at_every_coordinator(function); } \
  static void function([[maybe_unused]] ::troupe::coordinator_test::Ground& ground)
#define AT_EVERY_COORDINATOR(claim) TROUPE_AT_EVERY_COORDINATOR_(claim, DOCTEST_ANONYMOUS(at_every_coordinator_))

// Puts one key; its version. Fails the test if it cannot.
Version put(Coordinator& coordinator, const std::string& key, const std::string& value, SessionId session = 0);
Version erase(Coordinator& coordinator, const std::string& key);
[[nodiscard]] std::string value_of(Coordinator& coordinator, const std::string& key);

[[nodiscard]] inline bool says(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

// Writes down what it is told.
class Listener final : public Watcher {
 public:
  void on_changes(std::span<const Change> changes) noexcept override;
  void on_lost(const Error& why) noexcept override;

  [[nodiscard]] bool until(const std::function<bool(const Listener&)>& holds,
                           std::chrono::milliseconds within = kPatience);
  [[nodiscard]] bool hears(std::size_t changes) {
    return until([&](const Listener& self) { return self.heard_.size() >= changes; });
  }
  [[nodiscard]] bool loses() {
    return until([](const Listener& self) { return !self.lost_.empty(); });
  }
  [[nodiscard]] std::vector<Change> heard();
  [[nodiscard]] std::vector<std::size_t> calls();
  [[nodiscard]] std::string lost();
  std::vector<Change> heard_;       // of until(): under its lock
  std::vector<std::size_t> calls_;  // how many changes each call had
  std::string lost_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class Losses final : public SessionEvents {
 public:
  void on_session_lost(SessionId session, const Error& why) noexcept override;
  // Which, once it came; 0: none within that time.
  [[nodiscard]] SessionId next(std::chrono::milliseconds within = kPatience);
  [[nodiscard]] std::string why();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SessionId> lost_;
  std::string why_;
};

[[nodiscard]] bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within = kPatience);

// Another process of this program, in one of the parts of child.cpp. It is killed with this object.
class Child {
 public:
  Child(const Ground& ground, std::vector<std::string> part);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // The next line it prints; empty: it ended.
  [[nodiscard]] std::string says();
  void tell(const std::string& line);
  void signal(int number);
  void kill();
  [[nodiscard]] pid_t pid() const { return process_.pid; }

 private:
  testing::SpawnedSelf process_;
  std::string unread_;
};
int run_child(const std::vector<std::string>& words);

}  // namespace troupe::coordinator_test
