// Who wants to know how a call ended, without being its caller: what counts the calls under way at an instance, what
// judges a callee by its answers. A call without one costs a comparison with null.
#pragma once

#include <atomic>

#include "base/mail.h"
#include "troupe/error.h"

namespace troupe::wire {

class Envelope;

// Belongs to one call. It is told at most once, on whatever thread settles the call. A call that nobody settles, for
// its turn is gone and its callee never answers, goes without a word to it, so its destructor is where counts are given
// back.
class CallEnd : public Counted {
 public:
  // `error`: what the caller gets instead of results; null: results. Must not block.
  virtual void ended(const Envelope& call, const Error* error) noexcept = 0;

 private:
  friend class CallEnds;
  CallEnd* next_ = nullptr;  // owned
};

// Stands between the answers of a call's callee and its caller: what makes another attempt under the call's id instead
// of ending it. Fixed before the call is sent.
class CallCover : public CallEnd {
 public:
  // The callee has answered with what `results` and `error` hold, and touches the call no more. True: the cover has
  // taken the call and attempts it again; it has not ended. On the thread that answers. Must not block.
  [[nodiscard]] virtual bool takes(Ptr<Envelope>& call) noexcept = 0;
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
