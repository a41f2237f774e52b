#include "engine/engine.h"

#include <algorithm>
#include <thread>

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/make_actor.hpp>

// CAF's worker looks up before each job, with a cross-cast, the id of its actor for log lines: a seventh of the
// instructions of a local call. Nothing is logged. CAF compiles its worker here, with our policy, and nowhere else.
#undef CAF_PUSH_AID_FROM_PTR
#define CAF_PUSH_AID_FROM_PTR(job) static_cast<void>(0)
#include <caf/scheduler/coordinator.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "base/check.h"
#include "base/limits.h"
#include "engine/blocking_threads.h"
#include "engine/caf_actor.h"
#include "engine/held_wakes.h"
#include "engine/parking_policy.h"
#include "engine/room_for_system.h"

namespace troupe::engine {
namespace {

unsigned threads_of(const EngineOptions& options) {
  return options.threads ? options.threads : std::max(2u, std::thread::hardware_concurrency());
}

class Config final : public caf::actor_system_config {
 public:
  explicit Config(const EngineOptions& options) {
    set("scheduler.max-threads", static_cast<std::size_t>(threads_of(options)));
    set("scheduler.max-throughput", options.max_throughput);
    // CAF prints nothing and opens no port; its middleman lends the multiplexer that links run on.
    set("logger.verbosity", caf::atom("quiet"));
    set("middleman.enable-automatic-connections", false);
    // Of 64 KiB. What a link brings may have to be decrypted, and the others wait for it; and to read again finds
    // nothing after a short frame, for which epoll would have said so.
    set("middleman.max-consecutive-reads", std::size_t{1});
    if (options.steps) {
      module_factories.push_back([](caf::actor_system& system) -> caf::actor_system::module* {
        return new caf::scheduler::test_coordinator(system);
      });
      return;
    }
    load<caf::io::middleman>();
    module_factories.push_back([](caf::actor_system& system) -> caf::actor_system::module* {
      return new caf::scheduler::coordinator<ParkingPolicy>(system);
    });
  }
};

struct OwnSystem {
  explicit OwnSystem(const EngineOptions& options) : config(options), system(config) {}
  Config config;
  caf::actor_system system;
};

}  // namespace

struct Engine::Parts {
  std::unique_ptr<OwnSystem> own;
  caf::actor_system* system = nullptr;
  std::unique_ptr<BlockingThreads> blocking;
};

Engine::Engine(const EngineOptions& options)
    : parts_(std::make_unique<Parts>()), alarms_(options.alarms), steps_(options.steps) {
  if (!steps_) check_room_for_system(threads_of(options));
  parts_->own = std::make_unique<OwnSystem>(options);
  parts_->system = &parts_->own->system;
  parts_->blocking = std::make_unique<BlockingThreads>(options.blocking_threads, steps_);
  if (steps_) run_by_steps();
}

// CAF's scheduler for tests keeps what is to run in a queue in the open.
void Engine::run_by_steps() {
  TROUPE_CHECK(alarms_ != nullptr);
  auto& scheduler = static_cast<caf::scheduler::test_coordinator&>(parts_->system->scheduler());
  steps_->add(this, {.name = "an actor receives a mail",
                     .ways = [&scheduler] { return scheduler.jobs.size(); },
                     .take =
                         [&scheduler](std::size_t way) {
                           const auto at = scheduler.jobs.begin() + static_cast<std::ptrdiff_t>(way);
                           std::rotate(scheduler.jobs.begin(), at, at + 1);
                           (void)scheduler.try_run_once();
                         }});
}

Engine::Engine(caf::actor_system& host, const EngineOptions& options)
    : parts_(std::make_unique<Parts>()), alarms_(options.alarms), steps_(nullptr) {
  TROUPE_CHECK(options.steps == nullptr);
  parts_->system = &host;
  parts_->blocking = std::make_unique<BlockingThreads>(options.blocking_threads);
}

// What has not rung holds bodies of the system that goes.
Engine::~Engine() {
  if (alarms_) alarms_->drop(this);
  if (steps_) steps_->drop(this);
}

caf::actor_system& Engine::system() noexcept { return *parts_->system; }

bool Engine::has_io() const noexcept { return parts_->system->has_middleman(); }

void Engine::wake_at(TimePoint when, ScheduledActor& scheduled, std::uint64_t token) {
  if (when == TimePoint::max()) return;
  auto* body = static_cast<CafActor*>(scheduled.caf_actor_);
  if (alarms_) {
    caf::strong_actor_ptr held(body->ctrl());
    return alarms_->ring_at(when, this, [held, token] {
      held->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, TimerAtom::value, token),
                           nullptr);
    });
  }
  parts_->system->scheduler().clock().schedule_message(
      when, caf::strong_actor_ptr(body->ctrl()),
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, TimerAtom::value, token));
}

void Engine::leave_thread() noexcept { caf::logger::set_current_actor_system(nullptr); }

std::size_t Engine::worker_count() const noexcept { return parts_->system->scheduler().num_workers(); }

std::size_t Engine::blocking_now() const { return parts_->blocking->running(); }

void Engine::refuse_blocking() { parts_->blocking->refuse(); }

bool Engine::idle() const {
  if (blocking_now() > 0) return false;
  if (steps_) return at_rest();  // between two steps nothing runs, and what waits would run when the system ends
  const auto all = workers();
  return std::none_of(all.begin(), all.end(), [](const WorkerSight& worker) { return worker.scheduled != nullptr; });
}

bool Engine::at_rest() const { return scheduled_.load(std::memory_order_seq_cst) == 0 && parts_->blocking->at_rest(); }

std::uint64_t Engine::mails() const {
  std::uint64_t sum = 0;
  for (const WorkerSight& worker : workers()) sum += worker.mails;
  return sum;
}

bool Engine::run_blocking(std::function<void()> work) { return parts_->blocking->run(std::move(work)); }

caf::resumable* Engine::make_body(ScheduledActor& scheduled) {
  auto& system = *parts_->system;
  caf::actor_config config;
  auto actor = caf::make_actor<CafActor, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, config,
                                                                scheduled);
  auto* body = static_cast<CafActor*>(actor->get());
  (void)actor.release();  // the scheduled actor owns this reference
  return body;
}

void Engine::drop_body(caf::resumable* resumable) noexcept {
  auto* body = static_cast<CafActor*>(resumable);
  body->part();
  intrusive_ptr_release(body->ctrl());
}

void Engine::schedule(ScheduledActor& scheduled) noexcept {
  scheduled.add_ref();  // until the body has run dry
  if (alarms_) scheduled_.fetch_add(1, std::memory_order_seq_cst);
  auto* body = static_cast<CafActor*>(scheduled.caf_actor_);
  body->intrusive_ptr_add_ref_impl();
  caf::execution_unit* unit = current_unit();
  if (unit && &unit->system() == parts_->system) {
    unit->exec_later(body);
  } else if (!JobsTogether::keep(*parts_->system, body)) {
    parts_->system->scheduler().enqueue(body);
  }
}

}  // namespace troupe::engine
