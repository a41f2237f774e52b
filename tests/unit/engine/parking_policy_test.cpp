// The parking policy itself, driven by hand: workers without a CAF scheduler around them, put into situations that on a
// real one last a moment.
#include "engine/parking_policy.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "unit/engine/engine_fixture.h"

using namespace troupe::engine;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

class NoWork final : public caf::resumable {
 public:
  resume_result resume(caf::execution_unit*, std::size_t) override { return done; }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
};

class HandWorker;

class HandCoordinator {
 public:
  ParkingPolicy::coordinator_data& data() { return data_; }
  [[nodiscard]] std::size_t num_workers() const { return 2; }
  [[nodiscard]] HandWorker* worker_by_id(std::size_t id) const { return workers[id]; }
  std::array<HandWorker*, 2> workers{};

 private:
  ParkingPolicy::coordinator_data data_{nullptr};
};

class HandWorker {
 public:
  HandWorker(HandCoordinator& parent, std::size_t id) : parent_(parent), id_(id) { parent.workers[id] = this; }
  ParkingPolicy::worker_data& data() { return data_; }
  [[nodiscard]] HandCoordinator* parent() const { return &parent_; }
  [[nodiscard]] std::size_t id() const { return id_; }

 private:
  HandCoordinator& parent_;
  std::size_t id_;
  ParkingPolicy::worker_data data_{nullptr};
};

// Two workers: the test is the one, and the other is a thread that asks for a single job and goes to sleep.
class OneAsleep {
 public:
  OneAsleep() : thread_([this] { found_ = policy.dequeue(&sleeper_); }) {}
  ~OneAsleep() {
    policy.central_enqueue(&coordinator, &wake_up_);
    thread_.join();
  }
  // Until the other has given up the watch too, on which it would find by itself what lies about.
  [[nodiscard]] bool falls_asleep() {
    return within(10s, [this] {
      const std::lock_guard lock(coordinator.data().mutex);
      return coordinator.data().watcher == nullptr && coordinator.data().sleepers.size() == 1;
    });
  }
  // What the other has got.
  [[nodiscard]] caf::resumable* found() const { return found_; }

  ParkingPolicy policy;
  HandCoordinator coordinator;
  HandWorker self{coordinator, 0};

 private:
  HandWorker sleeper_{coordinator, 1};
  NoWork wake_up_;
  std::atomic<caf::resumable*> found_{nullptr};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a worker that finds one of two jobs wakes a sleeper for the other") {
  NoWork first, second;
  OneAsleep two;
  REQUIRE(two.falls_asleep());
  // Two posts that meet a searching worker wake nobody: they count on it.
  two.coordinator.data().searching = 1;
  two.policy.central_enqueue(&two.coordinator, &first);
  two.policy.central_enqueue(&two.coordinator, &second);
  two.coordinator.data().searching = 0;
  REQUIRE(two.coordinator.data().parked == 1);

  CHECK(two.policy.dequeue(&two.self) == &first);

  CHECK(within(5s, [&] { return two.found() == &second; }));
}

TEST_CASE("a post wakes a worker that sleeps for good") {
  NoWork job;
  OneAsleep two;
  REQUIRE(two.falls_asleep());

  two.policy.central_enqueue(&two.coordinator, &job);

  CHECK(within(5s, [&] { return two.found() == &job; }));
}

TEST_CASE("a lone job that a worker queues for itself wakes somebody when nobody is on watch") {
  NoWork job;
  OneAsleep two;
  REQUIRE(two.falls_asleep());

  two.policy.internal_enqueue(&two.self, &job);

  CHECK(within(5s, [&] { return two.found() == &job; }));
}
