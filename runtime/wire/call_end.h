// Who wants to know how a call ended, without being its caller: what counts the calls under way at an instance, what
// judges a callee by its answers. A call without one costs a comparison with null.
#pragma once

#include <atomic>

#include "base/mail.h"
#include "troupe/error.h"

namespace troupe::wire {

class Envelope;

// Belongs to one call. It is told at most once, on whatever thread settles the call. Calls that a turn leaves behind
// when it is ended go without a word to it, so its destructor is where counts are given back.
class CallEnd : public Counted {
 public:
  // `error`: what the caller gets instead of results; null: results. Must not block.
  virtual void ended(const Envelope& call, const Error* error) noexcept = 0;

 private:
  friend class CallEnds;
  CallEnd* next_ = nullptr;  // owned
};

// Those of one call. One thread at a time adds; another may tell meanwhile.
class CallEnds {
 public:
  CallEnds() = default;
  ~CallEnds();
  CallEnds(const CallEnds&) = delete;
  CallEnds& operator=(const CallEnds&) = delete;

  // After the call has ended it is let go at once.
  void add(Ptr<CallEnd> watcher) noexcept;
  void tell(const Envelope& call, const Error* error) noexcept {
    if (first_.load(std::memory_order_relaxed)) tell_all(call, error);
  }

 private:
  void tell_all(const Envelope& call, const Error* error) noexcept;

  std::atomic<CallEnd*> first_{nullptr};
};

}  // namespace troupe::wire
