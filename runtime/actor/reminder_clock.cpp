#include "actor/reminder_clock.h"

#include <chrono>
#include <future>

#include "actor/reminder_dispatcher.h"

namespace troupe::actor {
namespace {

constexpr std::size_t kCountedAtMost = 100'000;
constexpr std::chrono::seconds kPatience{2};

}  // namespace

ReminderClock::ReminderClock(Context& context) : context_(context), dispatcher_(make_counted<Dispatcher>(context)) {}

ReminderClock::~ReminderClock() = default;

void ReminderClock::start() {
  dispatcher_->ask([dispatcher = dispatcher_.get()] { dispatcher->start(); });
}

void ReminderClock::committed(PartitionId partition, std::uint64_t due_ms) noexcept {
  dispatcher_->committed(partition, due_ms);
}

void ReminderClock::look() noexcept {
  dispatcher_->ask([dispatcher = dispatcher_.get()] { dispatcher->look(); });
}

std::uint64_t ReminderClock::fired() const noexcept { return dispatcher_->fired(); }

void ReminderClock::stop() {
  // Let go of unrun when the scheduled actor is closed already: then nothing waits.
  auto done = std::make_shared<std::promise<void>>();
  auto stopped = done->get_future();
  dispatcher_->ask([dispatcher = dispatcher_.get(), done = std::move(done)] {
    dispatcher->stop();
    done->set_value();
  });
  wait_until_ready(stopped, dispatcher_->engine().steps());
}

RemindersView ReminderClock::view(std::size_t limit) const {
  auto answer = std::make_shared<std::promise<RemindersView>>();
  auto asked = answer->get_future();
  dispatcher_->ask([dispatcher = dispatcher_.get(), limit, answer = std::move(answer)] {
    answer->set_value(dispatcher->view(limit));
  });
  RemindersView view;
  try {
    if (asked.wait_for(kPatience) == std::future_status::ready) view = asked.get();
  } catch (const std::future_error&) {  // it has stopped
  }
  const std::string past_now = due_prefix(0, context_.clock.wall_ms() + 1).substr(2);
  for (PartitionId p = 0; p < kPartitions && view.due < kCountedAtMost; ++p) {
    std::string past = due_prefix(p, 0).substr(0, 2) + past_now;
    (void)context_.store->for_each({due_prefix(p, 0), std::move(past)},
                                   [&](const store::Record&) { return ++view.due < kCountedAtMost; });
  }
  return view;
}

}  // namespace troupe::actor
