#include "commands/demo_breaker.h"

#include <fmt/format.h>
#include <signal.h>
#include <troupe/admin_client.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include "stock.capnp.troupe.h"
#include "story/crowd.h"

namespace demo {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kCallTimeout = 100ms;
constexpr unsigned kTurnedAway = 200;
constexpr auto kPatience = 10s;

std::int64_t us_since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count();
}

// A node, and a product whose stock lives there.
struct Place {
  ShopNode node;
  std::string sku;
};

Place find_place(const ShopConfig& config) {
  for (const auto& node : config.nodes)
    for (const auto& goods : kGoods) {
      auto told = troupe::AdminClient(node.data_dir).request("GET", "/actors/Stock/" + goods.sku);
      if (told.ok() && told->status == 200) return {node, goods.sku};
    }
  throw std::runtime_error("no node says that it has the stock of a product");
}

// What the call ended with; nothing: with an answer.
std::optional<troupe::Error> look(troupe::Node& node, const std::string& sku) {
  auto stock = node.ref<shop::Stock>(sku);
  stock.timeout(kCallTimeout);
  try {
    (void)stock.level().get();
    return std::nullopt;
  } catch (const troupe::Error& error) {
    return error;
  }
}

bool by_breaker(const troupe::Error& error) {
  return error.kind() == troupe::ErrorKind::unavailable && error.message().find("breaker") != std::string::npos;
}

// The process goes on, whatever becomes of the story.
class StandsStill {
 public:
  explicit StandsStill(int pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
  ~StandsStill() { go_on(); }
  StandsStill(const StandsStill&) = delete;
  StandsStill& operator=(const StandsStill&) = delete;
  void go_on() { ::kill(pid_, SIGCONT); }

 private:
  const int pid_;
};

}  // namespace

troupe::CoveredCalls breaker_of_demo() {
  return {
      .to = "Stock.level",
      .policy = {
          .breaker = {.error_rate = 0.5, .window = 2s, .minimum_calls = 5, .open_for = 250ms, .half_open_calls = 2}}};
}

BreakerStory stand_still(troupe::ProcessTree& processes, const ShopConfig& config, troupe::Node& node,
                         const std::function<void(const std::string& line)>& say) {
  const Place place = find_place(config);
  BreakerStory story;
  const auto stopped = Clock::now();
  StandsStill still(processes.pid(place.node.name));
  for (std::optional<troupe::Error> error; !error || !by_breaker(*error); error = look(node, place.sku)) {
    if (Clock::now() > troupe::later(stopped, kPatience)) throw std::runtime_error("no breaker opened");
    if (error) ++story.waited;
  }
  story.opened_ms = us_since(stopped) / 1000;
  for (; story.turned_away < kTurnedAway; ++story.turned_away) {
    const auto begun = Clock::now();
    const auto error = look(node, place.sku);
    if (!error || !by_breaker(*error)) break;
    story.slowest_us = std::max(story.slowest_us, us_since(begun));
  }
  say(
      fmt::format("{} stands still (SIGSTOP): {} calls waited for it, then the breaker was open, after {} ms; the next "
                  "{} ended at once, the slowest in {} us",
                  place.node.name, story.waited, story.opened_ms, story.turned_away, story.slowest_us));

  still.go_on();
  const auto went_on = Clock::now();
  while (look(node, place.sku)) {
    if (Clock::now() > troupe::later(went_on, kPatience)) throw std::runtime_error("the breaker did not close");
    std::this_thread::sleep_for(5ms);
  }
  story.closed_ms = us_since(went_on) / 1000;
  say(fmt::format("it goes on: the breaker let calls through again after {} ms", story.closed_ms));
  return story;
}

}  // namespace demo
