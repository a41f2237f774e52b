#include "host/housekeeping.h"

#include <algorithm>

#include "base/limits.h"
#include "store/store.h"

namespace troupe::host {
namespace {

// An activation is idle after between 4 and 5 sweeps in which it did nothing.
constexpr int kSweepsUntilIdle = 4;
// Parked calls that ended are let go of within this.
constexpr std::chrono::seconds kParkedLook{1};
// Without memory to look.
constexpr std::chrono::milliseconds kAfterTrouble{100};
// The pace of its ticks is measured so often at most, and every kLongestSleep at least.
constexpr std::chrono::seconds kSteerEvery{1};
// With nothing to look at.
constexpr std::chrono::seconds kLongestSleep{10};

}  // namespace

Housekeeping::Housekeeping(NodeRouting& routing, actor::Context& context, std::chrono::milliseconds idle_after)
    : routing_(routing),
      context_(context),
      idle_after_(idle_after),
      next_sweep_(later(context.clock.exact_now(), idle_after / kSweepsUntilIdle)),
      next_keep_(later(context.clock.exact_now(), limits::kTimeKept)),
      pool_names_(routing, context.clock.exact_now()) {
  if (auto* steps = context_.engine.steps()) {
    steps->add(this, {.name = "housekeeping looks",
                      .ways = [this] { return woken_ ? 1u : 0u; },
                      .take = [this](std::size_t) { take_step(); }});
  } else {
    thread_ = std::thread([this] { run(); });
  }
  routing_.watch.wake_with([this] { wake(); });
  if (routing_.rules) routing_.rules->timed().wake_with([this] { wake(); });
  wake();  // it may have looked before it could be woken
}

Housekeeping::~Housekeeping() {
  routing_.watch.wake_with({});
  if (routing_.rules) routing_.rules->timed().wake_with({});
  if (auto* steps = context_.engine.steps()) steps->drop(this);
  if (auto* alarms = context_.engine.alarms()) alarms->drop(this);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void Housekeeping::run() noexcept {
  for (;;) {
    try {
      sleep_until(look());
    } catch (const std::exception&) {  // no memory; what is late stays so until there is some
      std::this_thread::sleep_for(kAfterTrouble);
    }
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    woken_ = false;
  }
}

void Housekeeping::take_step() {
  woken_ = false;
  ring_at(look());
}

// Gives when it is to look again.
TimePoint Housekeeping::look() {
  const TimePoint now = context_.clock.exact_now();
  routing_.watch.end_late(now);
  routing_.router.sweep(now);
  mind_the_time(now);
  if (idle_after_.count() > 0) passivate(now);

  // Not under the lock: the watch takes it while it holds its own.
  TimePoint next = context_.engine.alarms() ? TimePoint::max() : later(now, kLongestSleep);
  if (routing_.router.parked() > 0) next = later(now, kParkedLook);
  next = std::min(next, routing_.watch.next_look());
  if (routing_.rules) next = std::min(next, routing_.rules->look(now));
  if (idle_after_.count() > 0) next = std::min(next, next_sweep_);
  next = std::min(next, pool_names_.look(now));
  if (routing_.log_book) next = std::min(next, routing_.log_book->look(now));
  return next;
}

// Writing may take as long as the disk likes, so it is not done on this thread.
void Housekeeping::mind_the_time(TimePoint now) {
  routing_.origin.time.look();
  if (now >= next_steer_) {
    next_steer_ = later(now, kSteerEvery);
    routing_.origin.ticks.steer();
  }
  if (!context_.store || now < next_keep_) return;
  next_keep_ = later(now, limits::kTimeKept);
  (void)context_.engine.run_blocking([store = context_.store, past = routing_.origin.time.past(boot_id())] {
    (void)store->keep_time(past);  // a disk that refuses stops the commits too, which is said
  });
}

// With alarms alone.
void Housekeeping::ring_at(TimePoint next) {
  auto* alarms = context_.engine.alarms();
  alarms->drop(this);
  if (next != TimePoint::max()) alarms->ring_at(next, this, [this] { wake(); });
}

void Housekeeping::sleep_until(TimePoint next) {
  const auto woken = [this] { return stopping_ || woken_; };
  const bool alarms = context_.engine.alarms() != nullptr;
  if (alarms) ring_at(next);
  std::unique_lock lock(mutex_);
  resting_ = true;
  if (alarms) {
    wake_.wait(lock, woken);
  } else {
    (void)wake_.wait_until(lock, next, woken);
  }
  resting_ = false;
}

bool Housekeeping::at_rest() const {
  std::lock_guard lock(mutex_);
  return resting_ && !woken_;
}

void Housekeeping::passivate(TimePoint now) {
  if (now < next_sweep_) return;
  next_sweep_ = later(now, idle_after_ / kSweepsUntilIdle);
  const auto sweep = context_.sweep.fetch_add(1, std::memory_order_relaxed) + 1;
  routing_.registry.passivate_unused(sweep - kSweepsUntilIdle);
}

}  // namespace troupe::host
