#include "resilience/timed_calls.h"

namespace troupe::resilience {

std::optional<TimedCalls::Place> TimedCalls::add(TimePoint when, const wire::EnvelopePtr& call, Go go, Go stopped) {
  std::lock_guard lock(mutex_);
  if (closed_ || waiting_.size() >= most_) return std::nullopt;
  const Place place{when, ++last_};
  waiting_.emplace(place, Waiting{call, std::move(go), std::move(stopped)});
  if (when < looks_at_) {
    looks_at_ = TimePoint::min();  // once is enough
    if (wake_) wake_();
  }
  return place;
}

void TimedCalls::remove(const Place& place) noexcept {
  decltype(waiting_)::node_type gone;  // let go of when the lock is free
  std::lock_guard lock(mutex_);
  gone = waiting_.extract(place);
}

TimePoint TimedCalls::look(TimePoint now) {
  for (;;) {
    decltype(waiting_)::node_type due;
    {
      std::lock_guard lock(mutex_);
      const auto first = waiting_.begin();
      if (first == waiting_.end() || first->first.first > now)
        return looks_at_ = first == waiting_.end() ? TimePoint::max() : first->first.first;
      due = waiting_.extract(first);
    }
    Waiting& it = due.mapped();
    it.go(std::move(it.call));
  }
}

void TimedCalls::wake_with(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void TimedCalls::wake() {
  std::lock_guard lock(mutex_);
  looks_at_ = TimePoint::min();
  if (wake_) wake_();
}

void TimedCalls::close() {
  std::map<Place, Waiting> all;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    all.swap(waiting_);
  }
  for (auto& [place, it] : all) {
    if (it.stopped) {
      it.stopped(std::move(it.call));
    } else {
      Error error = stop_of(*it.call);
      wire::answer(std::move(it.call), std::move(error));
    }
  }
}

Error TimedCalls::stop_of(const wire::Envelope& call) {
  return {ErrorKind::unavailable, "the node stopped while the call to " + call.target->text() +
                                      " waited to be attempted; it goes nowhere any more"};
}

std::size_t TimedCalls::size() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace troupe::resilience
