#include "engine/held_wakes.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "unit/engine/engine_fixture.h"

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

class CountingBell final : public Bell, public std::enable_shared_from_this<CountingBell> {
 public:
  void ring() noexcept override {
    if (on_ring) on_ring();
    ++rings;
  }
  // As the sockets do it.
  void notify() noexcept {
    if (!HeldBell::hold(*this)) ring();
  }
  std::function<void()> on_ring;
  std::atomic<int> rings{0};
};

// A handler that works for `time`.
void work_for(std::chrono::microseconds time) {
  const auto since = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - since < time) {
  }
}

// Mails that are all there before the first is received.
class Crowd {
 public:
  explicit Crowd(Engine& engine) : engine_(engine), scheduled_(make_counted<Runner>(engine)) {}
  void add(std::function<void()> work) { works_.push_back(std::move(work)); }
  [[nodiscard]] bool runs() {
    std::atomic<bool> go{false};
    scheduled_->run_there([&] {
      while (!go) std::this_thread::yield();
    });
    for (auto& work : works_) scheduled_->run_there(std::move(work));
    works_.clear();
    go = true;
    return within(10s, [&] { return scheduled_->waiting() == 0 && engine_.idle(); });
  }

 private:
  Engine& engine_;
  Ptr<Runner> scheduled_;
  std::vector<std::function<void()>> works_;
};

}  // namespace

TEST_CASE("what a thread schedules together runs when it lets go, and no earlier") {
  Engine engine({.threads = 2});
  std::vector<Ptr<Runner>> crowd;
  for (std::size_t i = 0; i < JobsTogether::kMost; ++i) crowd.push_back(make_counted<Runner>(engine));
  std::atomic<std::size_t> ran{0};
  std::size_t ran_within = 0;
  auto other = make_counted<Runner>(engine);
  {
    const JobsTogether jobs;
    const JobsTogether nested;
    for (auto& each : crowd) each->run_there([&] { ++ran; });
    // The workers have time for others meanwhile.
    for (int i = 0; i < 20; ++i) {
      std::atomic<bool> came{false};
      std::thread([&] { other->run_there([&] { came = true; }); }).join();
      REQUIRE(within(10s, [&] { return came.load(); }));
    }
    ran_within = ran;
  }

  CHECK(ran_within == 0);
  CHECK(within(10s, [&] { return ran == JobsTogether::kMost; }));
}

TEST_CASE("a thread that waits for what it scheduled together does not wait for ever") {
  Engine engine({.threads = 2});
  auto scheduled = make_counted<Runner>(engine);
  std::atomic<bool> came{false};
  const JobsTogether jobs;
  scheduled->run_there([&] { came = true; });

  JobsTogether::let_go();

  CHECK(within(10s, [&] { return came.load(); }));
}

TEST_CASE("more than may be scheduled together runs at once") {
  Engine engine({.threads = 2});
  std::vector<Ptr<Runner>> crowd;
  for (std::size_t i = 0; i < JobsTogether::kMost + 3; ++i) crowd.push_back(make_counted<Runner>(engine));
  std::atomic<std::size_t> ran{0};
  {
    const JobsTogether jobs;
    for (auto& each : crowd) each->run_there([&] { ++ran; });

    CHECK(within(10s, [&] { return ran == 3; }));
  }

  CHECK(within(10s, [&] { return ran == crowd.size(); }));
}

TEST_CASE("a bell rung by every handler of a run rings once for many") {
  Engine engine({.threads = 1});
  const auto bell = std::make_shared<CountingBell>();
  Crowd crowd(engine);
  constexpr int kHandlers = 40;
  for (int i = 0; i < kHandlers; ++i) crowd.add([&] { bell->notify(); });

  REQUIRE(crowd.runs());

  CHECK(bell->rings >= 1);
  CHECK(bell->rings < kHandlers);
}

TEST_CASE("a held bell waits for so many mails at most") {
  Engine engine({.threads = 1});
  const auto bell = std::make_shared<CountingBell>();
  Crowd crowd(engine);
  std::size_t received = 0, received_at_ring = 0;
  bell->on_ring = [&] { received_at_ring = received; };
  crowd.add([&] { bell->notify(); });
  for (std::size_t i = 0; i < HeldBell::kMails + 10; ++i) crowd.add([&] { ++received; });

  REQUIRE(crowd.runs());

  CHECK(bell->rings == 1);
  CHECK(received_at_ring < HeldBell::kMails);
}

TEST_CASE("a held bell rings after the mail in which its time passed") {
  Engine engine({.threads = 1});
  const auto bell = std::make_shared<CountingBell>();
  Crowd crowd(engine);
  std::size_t received = 0, received_at_ring = 0;
  bell->on_ring = [&] { received_at_ring = received; };
  crowd.add([&] { bell->notify(); });
  crowd.add([&] { work_for(HeldBell::kTime), ++received; });
  for (int i = 0; i < 10; ++i) crowd.add([&] { ++received; });

  REQUIRE(crowd.runs());

  CHECK(received_at_ring <= 1);
}

TEST_CASE("after a handler that was long no bell of its scheduled actor is held for a while") {
  Engine engine({.threads = 1});
  const auto bell = std::make_shared<CountingBell>();
  Crowd crowd(engine);
  crowd.add([&] { bell->notify(), work_for(HeldBell::kLong + 50us); });
  REQUIRE(crowd.runs());
  REQUIRE(bell->rings == 1);
  int rung_within = 0;

  // The mail that found out may still be of the same run.
  for (int i = 0; i < 200; ++i) {
    crowd.add([&] {
      const int before = bell->rings;
      bell->notify();
      rung_within += bell->rings - before;
    });
  }
  REQUIRE(crowd.runs());

  CHECK(rung_within > 0);
}

TEST_CASE("a second bell of a run, and one rung outside of runs, rings at once") {
  Engine engine({.threads = 1});
  const auto first = std::make_shared<CountingBell>();
  const auto second = std::make_shared<CountingBell>();
  Crowd crowd(engine);
  int first_within = -1, second_within = -1;
  crowd.add([&] {
    first->notify(), second->notify();
    first_within = first->rings, second_within = second->rings;
  });

  REQUIRE(crowd.runs());
  CHECK(first_within == 0);
  CHECK(second_within == 1);
  CHECK(first->rings == 1);

  first->notify();
  CHECK(first->rings == 2);
}

TEST_CASE("a held bell is kept until it has rung") {
  Engine engine({.threads = 1});
  std::weak_ptr<CountingBell> watched;
  std::atomic<bool> rang{false};
  Crowd crowd(engine);
  crowd.add([&] {
    auto bell = std::make_shared<CountingBell>();
    bell->on_ring = [&] { rang = true; };
    watched = bell;
    bell->notify();
  });

  REQUIRE(crowd.runs());

  CHECK(rang);
  CHECK(watched.expired());
}
