// The node's look at itself, on a thread of its own: worker threads that one handler holds, a scheduler that stands
// still, commits that do not end. It names what it sees, in the log and to whoever asks, and tells the host program
// once when the node is unhealthy. It depends on nothing that it watches: it waits for no turn, no commit and no lock
// of theirs. Where the engine has steps it is one of them, and no thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actor/context.h"
#include "actor/registry.h"
#include "base/log_fields.h"
#include "engine/engine.h"
#include "store/store.h"
#include "troupe/inspection.h"
#include "troupe/node.h"

namespace troupe::host {

class Watchdog {
 public:
  struct Subjects {
    const actor::Registry& registry;
    actor::Context& context;
    engine::Engine& engine;
    store::Store* store;  // null: none
  };
  // Looks until it is destroyed. `on_unhealthy` is called once at most, on its thread.
  Watchdog(const Subjects& subjects, const WatchLimits& limits, std::function<void(const Health&)> on_unhealthy,
           LogSink log);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // As of the last look. Any thread.
  [[nodiscard]] std::vector<Health::Fault> faults() const;
  [[nodiscard]] std::vector<BlockedThreadView> blocked() const;

 private:
  // A worker thread and the mail it is in.
  struct Held {
    const engine::ScheduledActor* scheduled = nullptr;
    std::uint64_t mails = 0;
    TimePoint since{};
    bool told_slow = false;
    bool told_blocked = false;
    std::string actor;
    std::string method;
  };

  void run();
  // By the machine's clock, also where the node has another one: a thread that is held is held.
  [[nodiscard]] TimePoint now() const;
  void look(TimePoint now);
  void look_at_worker(const engine::WorkerSight& worker, TimePoint now);
  void name(Held& held);
  // It refers to both.
  [[nodiscard]] static LogFields fields_of(const Held& held, std::string_view thread);
  void note_slow(pid_t thread, Held& held, TimePoint now);
  void note_blocked(pid_t thread, Held& held, TimePoint now);
  void moved(pid_t thread, const Held& held, TimePoint now);
  void look_at_commits(TimePoint now);
  [[nodiscard]] std::vector<Health::Fault> judge(TimePoint now) const;
  void tell(const std::vector<Health::Fault>& before, const std::vector<Health::Fault>& now);
  void log(LogLevel level, const std::string& message, const LogFields& fields) const;

  const Subjects subjects_;
  const WatchLimits limits_;
  const std::function<void(const Health&)> on_unhealthy_;
  const LogSink log_;
  std::chrono::milliseconds interval_;

  // The watch's thread alone.
  std::map<pid_t, Held> held_;
  std::uint64_t commits_ended_ = 0;
  TimePoint commits_since_;  // they wait and none has ended since
  bool told_host_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<Health::Fault> faults_;
  std::vector<BlockedThreadView> blocked_;
  std::thread thread_;
};

// What the kernel says a thread of this process does: "sleeping in futex_wait, system call 202". Empty: it does not
// say.
[[nodiscard]] std::string kernel_state_of(pid_t thread);

}  // namespace troupe::host
