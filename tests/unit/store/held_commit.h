// A commit that holds up the thread that tells it, for tests that want to look at what happens meanwhile.
#pragma once

#include <atomic>

#include "store_fixture.h"

namespace troupe::store {

// Holds the thread that tells it in durable() until it is let go.
class HeldCommit : public ObservedCommit {
 public:
  using ObservedCommit::ObservedCommit;
  void durable() noexcept override {
    holding_.store(true);
    holding_.notify_all();
    released_.wait(false);
    ObservedCommit::durable();
  }
  void wait_until_holding() { holding_.wait(false); }
  void release() {
    released_.store(true);
    released_.notify_all();
  }

 private:
  std::atomic<bool> holding_{false};
  std::atomic<bool> released_{false};
};

// A lone commit is told on the writer thread: while it is held, what is submitted becomes one batch.
class HeldQueue {
 public:
  explicit HeldQueue(Store& store) {
    store.commits().submit(&held_);
    held_.wait_until_holding();
  }
  void release() {
    held_.release();
    held_.wait();
  }

 private:
  HeldCommit held_{0, "hold", "x"};
};

}  // namespace troupe::store
