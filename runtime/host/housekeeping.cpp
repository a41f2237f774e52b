#include "host/housekeeping.h"

namespace troupe::host {
namespace {

// An activation is idle after between 4 and 5 sweeps in which it did nothing.
constexpr int kSweepsUntilIdle = 4;

}  // namespace

Housekeeping::Housekeeping(Core& core, actor::Context& context, std::chrono::milliseconds idle_after)
    : core_(core),
      context_(context),
      idle_after_(idle_after),
      next_sweep_(context.clock.now() + idle_after / kSweepsUntilIdle),
      thread_([this] { run(); }) {}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Housekeeping::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kTick, [this] { return stopping_; })) {
    const TimePoint now = context_.clock.now();
    if (core_.watch.size() > 0) core_.watch.end_late(now);
    core_.router.sweep(now);
    if (idle_after_.count() > 0) passivate(now);
  }
}

void Housekeeping::passivate(TimePoint now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + idle_after_ / kSweepsUntilIdle;
  const auto sweep = context_.sweep.fetch_add(1, std::memory_order_relaxed) + 1;
  core_.registry.passivate_unused(sweep - kSweepsUntilIdle);
}

}  // namespace troupe::host
