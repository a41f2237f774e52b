// CAF behind one door: workers that run scheduled actors, timers, and threads for work that blocks.
//
// It owns a caf::actor_system or runs on a host's. No CAF type shows but by name.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/steps.h"
#include "engine/alarms.h"
#include "engine/scheduled_actor.h"
#include "engine/worker_activity.h"

namespace caf {
class actor_system;
}

namespace troupe::engine {

struct EngineOptions {
  // Worker threads; 0: one per core, at least two.
  unsigned threads = 0;
  // "parking" (work stealing whose idle workers sleep until woken), or CAF's "stealing" and "sharing".
  // Mails a scheduled actor may receive before the next scheduled actor gets its turn.
  std::size_t max_throughput = 64;
  // Threads for `blocking()`.
  std::size_t blocking_threads = 4;
  // What timers wait for instead of the machine's clock, and then the engine counts what is scheduled; outlives the
  // engine. Null outside tests.
  Alarms* alarms = nullptr;
  // Of a simulation: then the engine has no thread, and its own system alone. Which scheduled actor runs is one step,
  // which blocking() work another. With alarms; outlives the engine.
  Steps* steps = nullptr;
};

// A timer that was set has come due.
class TimerMail final : public Mail {
 public:
  explicit TimerMail(std::uint64_t token_in) : Mail(Kind::timer), token(token_in) {}
  void discard() noexcept override { delete this; }
  const std::uint64_t token;
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options);
  // Runs on a host's system, which must outlive the engine. Its scheduler is the host's choice.
  Engine(caf::actor_system& host, const EngineOptions& options);
  // Every scheduled actor must be closed or idle for good by now.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] caf::actor_system& system() noexcept;
  // Whether links can run: a host's system may lack CAF's middleman.
  [[nodiscard]] bool has_io() const noexcept;

  // Posts a TimerMail to the scheduled actor at `when`; max() is never. Any thread. A timer cannot be called back: its
  // owner ignores the token it no longer expects.
  void wake_at(TimePoint when, ScheduledActor& scheduled, std::uint64_t token);

  // Runs `work` on a thread that may block. Any thread; false: too much is waiting already.
  [[nodiscard]] bool run_blocking(std::function<void()> work);

  // How many workers the scheduler has, and what each that ever ran a scheduled actor is at. Any thread.
  [[nodiscard]] std::size_t worker_count() const noexcept;
  [[nodiscard]] std::vector<WorkerSight> workers() const { return activities_->look(); }
  // Pieces of blocking() work that run at this moment.
  [[nodiscard]] std::size_t blocking_now() const;
  // No blocking() work begins any more; what waited for a thread is dropped.
  void refuse_blocking();
  // Whether this thread is one of its workers, in a scheduled actor.
  [[nodiscard]] bool runs_this_thread() const { return activities_->of_this_thread(); }
  // Nothing runs: neither scheduled actors nor blocking() work. Then its destructor has nothing to wait for.
  [[nodiscard]] bool idle() const;

  // The alarms it was given, or null.
  [[nodiscard]] Alarms* alarms() const noexcept { return alarms_; }
  // The steps it was given, or null: then what belongs to the node has threads.
  [[nodiscard]] Steps* steps() const noexcept { return steps_; }
  // With alarms alone: no scheduled actor runs or waits for a worker, and no blocking() work runs or waits. Any thread.
  [[nodiscard]] bool at_rest() const;
  // Mails that scheduled actors have received since it began. Any thread.
  [[nodiscard]] std::uint64_t mails() const;

  // CAF notes on each thread that makes or uses an actor_system which one that was, and the system's end waits for
  // every such note to go. Drops this thread's; it is made anew when needed.
  static void leave_thread() noexcept;

  // The CAF actor behind a scheduled actor: for monitors, and for CAF actors that want to name it.
  [[nodiscard]] static caf::resumable* body(const ScheduledActor& scheduled) noexcept { return scheduled.caf_actor_; }

 private:
  friend class CafActor;
  friend class ScheduledActor;
  caf::resumable* make_body(ScheduledActor& scheduled);
  void drop_body(caf::resumable* body) noexcept;
  void schedule(ScheduledActor& scheduled) noexcept;
  // With alarms: a scheduled actor that was scheduled has nothing more to do.
  void ran_dry() noexcept { scheduled_.fetch_sub(1, std::memory_order_seq_cst); }
  void run_by_steps();

  struct Parts;
  std::unique_ptr<Parts> parts_;
  const std::shared_ptr<WorkerActivities> activities_ = std::make_shared<WorkerActivities>();
  Alarms* const alarms_;
  Steps* const steps_;
  std::atomic<std::size_t> scheduled_{0};  // with alarms: scheduled actors that run or wait for a worker
};

}  // namespace troupe::engine
