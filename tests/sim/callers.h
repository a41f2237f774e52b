// Who calls the tills of a story: each caller does one thing after the other, and repeats it under its key until it is
// acknowledged by a node that still had power. What was acknowledged stands in the books.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "crash/storm/books.h"
#include "crash/storm/mischief.h"
#include "crash/storm/tills.h"
#include "sim/bookkeeper.h"
#include "sim/story.h"
#include "storm.capnp.troupe.h"
#include "testing/simulation.h"

namespace troupe::sim {

class Callers {
 public:
  // All of it outlives the callers. `nodes`: through how many they call.
  Callers(testing::Simulation& simulation, testing::Dice& dice, storm::Books& books, StoryEnd& end, std::size_t nodes)
      : simulation_(simulation), dice_(dice), books_(books), end_(end), nodes_(nodes) {}

  // They begin: what they set ringing, what they do, and what they look at again and again until rest().
  void begin();
  // No more looks, and nothing rings any more, when busy() says so.
  void rest();
  [[nodiscard]] bool busy() const noexcept { return under_way_ > 0; }
  [[nodiscard]] int some_till() { return static_cast<int>(dice_.below(kTills)); }

  // `call(ref)` makes one attempt, through a node that runs; `done(reply)` hears of the one that was answered by a node
  // that still had power.
  template <class Results, class MakeCall, class Done>
  void until_done(int at, const std::string& key, MakeCall make, Done done);

 private:
  void next_thing(int caller, int done);
  void pay(const std::string& id, bool ask, const std::function<void()>& next);
  void hand(const std::string& id, const std::function<void()>& next);
  void alarm(const std::string& id, const std::function<void()>& next);
  void set_alarm(const storm::Alarm& alarm, const std::string& key, std::uint64_t delay_ms,
                 const std::function<void()>& then);
  void note(int caller, const std::string& id, const std::function<void()>& next);
  void pulse(int number, std::uint32_t period_ms);
  void look(int at, int looks);
  [[nodiscard]] std::int64_t some_amount() { return 1 + static_cast<std::int64_t>(dice_.below(100)); }

  testing::Simulation& simulation_;
  testing::Dice& dice_;
  storm::Books& books_;
  StoryEnd& end_;
  const std::size_t nodes_;
  bool looks_ = true;
  int under_way_ = 0;  // that have not come to their end
  struct Seen {
    std::uint64_t sent = 0, received = 0, heard = 0, pulses = 0;
  };
  Seen seen_[kTills];
};

template <class Results, class MakeCall, class Done>
void Callers::until_done(int at, const std::string& key, MakeCall make, Done done) {
  ++end_.attempts;
  const std::size_t through = dice_.below(nodes_);
  const auto again = [=, this] {
    simulation_.clock().ring_at(later(simulation_.clock().now(), std::chrono::milliseconds(5 + dice_.below(30))), this,
                                [=, this] { until_done<Results>(at, key, make, done); });
  };
  Node* node = simulation_.node(through);
  if (!node) return again();
  auto ref = node->ref<storm::Till>(storm::till(at));
  ref.idempotency_key(key);
  ref.timeout(std::chrono::milliseconds(dice_.one_in(6) ? 1 + dice_.below(60) : 200 + dice_.below(2'000)));
  auto call = make(ref);
  std::move(call).then([=, this](Result<Reply<Results>> result) {
    if (!simulation_.node(through)) return again();  // nobody heard it
    if (!result.ok()) {
      simulation_.note(std::string(to_string(result.error().kind())));
      if (storm::worth_repeating(result.error())) return again();
      return books_.failures.push_back(key + " of " + storm::till(at) + ": " + result.error().what());
    }
    simulation_.note(key);
    ++end_.operations;
    done(result.value());
  });
}

}  // namespace troupe::sim
