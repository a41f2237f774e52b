#include "wire/call_end.h"

#include <utility>

namespace troupe::wire {
namespace {

// Stands for a list that has been told.
class Told final : public CallEnd {
  void ended(const Envelope&, const Error*) noexcept override {}
};

CallEnd* told() noexcept {
  static Told mark;
  return &mark;
}

}  // namespace

CallEnds::~CallEnds() {
  CallEnd* at = first_.load(std::memory_order_acquire);
  if (at == told()) return;
  while (at) std::exchange(at, at->next_)->release();
}

void CallEnds::add(Ptr<CallEnd> watcher) noexcept {
  CallEnd* first = first_.load(std::memory_order_acquire);
  do {
    if (first == told()) return;
    watcher->next_ = first;
  } while (!first_.compare_exchange_weak(first, watcher.get(), std::memory_order_acq_rel));
  (void)watcher.detach();
}

void CallEnds::tell_all(const Envelope& call, const Error* error) noexcept {
  CallEnd* at = first_.exchange(told(), std::memory_order_acq_rel);
  if (at == told()) return;
  while (at) {
    at->ended(call, error);
    std::exchange(at, at->next_)->release();
  }
}

}  // namespace troupe::wire
