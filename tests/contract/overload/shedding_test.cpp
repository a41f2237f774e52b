// What is shed when more is called than can be served, and what never is.
#include "stage.h"

using namespace troupe;
using namespace troupe::overload;

namespace {

// Sheds soon: a queue that stands for 20 ms is too long.
void shed_soon(NodeConfig& config) {
  config.overload.target = 10ms;
  config.overload.interval = 20ms;
}

// Makes a call again until it is taken.
template <class MakeCall>
void insist(MakeCall make_call) {
  for (bool done = false; !done;) {
    try {
      make_call().get(60s);
      done = true;
    } catch (const Error& e) {
      REQUIRE(e.kind() == ErrorKind::overloaded);
      std::this_thread::sleep_for(e.retry_after());
    }
  }
}

}  // namespace

TEST_CASE("an actor called faster than it serves sheds calls that waited long, and says when to come again") {
  Stage stage(shed_soon);
  stage.hold_workers({"hot"});
  for (int i = 0; i < 1'000; ++i) stage.grind("hot");
  stage.gate.work_us = 1'000;

  stage.gate.open = true;

  REQUIRE(eventually([&] { return stage.ends.ended() == 1'001; }));
  CHECK(stage.ends.overloaded > 0);
  CHECK(stage.ends.done > 0);
  CHECK(stage.ends.other == 0);
  CHECK(stage.ends.no_hint == 0);
  CHECK(stage.refused("actorDelay") + stage.refused("nodeDelay") == stage.ends.overloaded);
}

TEST_CASE("with a target of zero nothing is shed, however long it waits") {
  Stage stage([](NodeConfig& config) {
    shed_soon(config);
    config.overload.target = 0ms;
  });
  stage.hold_workers({"hot"});
  for (int i = 0; i < 1'000; ++i) stage.grind("hot");
  stage.gate.work_us = 300;

  stage.gate.open = true;

  REQUIRE(eventually([&] { return stage.ends.ended() == 1'001; }));
  CHECK(stage.ends.done == 1'001);
}

TEST_CASE("durable messages and reminders are never shed: what callers lose to overload, messages do not") {
  Stage stage(shed_soon);
  stage.gate.work_us = 300;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> shed{0}, flying{0}, put{0};
  // Callers that would fill the silo's queue for ever.
  std::thread callers([&] {
    while (!stop) {
      while (flying < 400 && !stop) {
        ++flying;
        stage.silo("s").put().then([&](auto result) {
          result.ok() ? ++put : ++shed;
          --flying;
        });
      }
      std::this_thread::yield();
    }
  });
  REQUIRE(eventually([&] { return shed > 100; }));

  for (int i = 0; i < 10; ++i) {
    auto cart = stage.cart("c-" + std::to_string(i));
    insist([&] { return cart.send([](auto p) { p.setTo("s"), p.setSacks(10); }); });
    insist([&] { return cart.remind([](auto p) { p.setTo("s"); }); });
  }
  const bool delivered = eventually([&] {
    const auto [status, json] = stage.node->admin("GET", "/outbox", "");
    return status == 200 && json.find("\"delivered\":110,") != std::string::npos;
  });
  stop = true;
  callers.join();

  CHECK(delivered);
  REQUIRE(eventually([&] { return flying == 0; }));
  CHECK(stage.silo("s").sacks().get(60s)->getCount() == 110 + put);
}

TEST_CASE("a message that an overloaded receiver turned away comes again when it was told to, and not before") {
  Stage stage([](NodeConfig& config) { config.delivery.backoff = 1ms; });
  stage.cart("c").sendLater([](auto p) { p.setTo("s"), p.setRetryAfterMs(300); }).get();

  REQUIRE(eventually([&] { return stage.silo("s").sacks().get()->getCount() == 1; }));

  CHECK(stage.silo("s").waited().get()->getMilliseconds() >= 300);
}
