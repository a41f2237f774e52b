// Monitors and links: told of once, across nodes as within one, and gone with either side.
#include <doctest/doctest.h>

#include <algorithm>

#include "contract/distance.h"
#include "contract/sentry.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

using Texts = std::vector<std::string>;

// Of runtime/base/limits.h, as the error and the pages say them.
constexpr std::uint32_t kMaxMonitors = 1'024;
constexpr std::uint32_t kMaxWatchers = 10'000;

// The node on which it lives, as any node of the cluster says.
std::string home(Node& node, const std::string& sentry) {
  const auto [status, json] = node.admin("GET", "/actors/Sentry/" + sentry, "");
  const auto at = json.find("\"owner\":\"");
  return status == 421 ? json.substr(at + 9, json.find('"', at + 9) - at - 9) : node.name();
}

// Two sentries; where there are two owners, one of each.
struct Pair {
  explicit Pair(Distance& distance) : node(distance.node()) {
    for (int i = 0; distance.length() == Length::spread && home(node, a) == home(node, b); ++i)
      b = "b" + std::to_string(i);
    touch(node, a), touch(node, b);
  }
  [[nodiscard]] std::string name_of_b() const { return "Sentry/" + b; }
  Node& node;
  std::string a = "a", b = "b";
};

// On one node, whose admin API tells how many watches there are.
struct Alone {
  explicit Alone(const std::function<void(NodeConfig&)>& change = {}) : distance(Length::pointer, change) {
    touch(node(), "a"), touch(node(), "b");
  }
  [[nodiscard]] Node& node() const { return distance.node(); }
  [[nodiscard]] bool are(const std::string& sentry, Watches wanted) const {
    return eventually([&] { return watches(node(), sentry) == wanted; });
  }
  Distance distance;
};

}  // namespace

AT_EVERY_DISTANCE("a monitor fires once when its actor crashes, and not again") {
  Pair pair(distance);
  const auto monitor = watch(pair.node, pair.a, pair.name_of_b());
  CHECK(monitor != 0);

  crash(pair.node, pair.b);
  CHECK(wait_for_downs(pair.node, pair.a, 1) == Texts{pair.name_of_b() + " crashed"});
  crash(pair.node, pair.b);
  touch(pair.node, pair.b);
  (void)watch(pair.node, pair.a, pair.name_of_b());
  crash(pair.node, pair.b);

  CHECK(wait_for_downs(pair.node, pair.a, 2) == Texts(2, pair.name_of_b() + " crashed"));
}

AT_EVERY_DISTANCE("a monitor of what is not running fires at once") {
  Pair pair(distance);

  (void)watch(pair.node, pair.a, "Sentry/nobody");

  CHECK(wait_for_downs(pair.node, pair.a, 1) == Texts{"Sentry/nobody not_running"});
}

AT_EVERY_DISTANCE("a monitor that is taken back does not fire") {
  Pair pair(distance);
  const auto first = watch(pair.node, pair.a, pair.name_of_b());
  (void)watch(pair.node, pair.a, pair.name_of_b());

  (void)pair.node.ref<Sentry>(pair.a).unwatch([&](auto p) { p.setMonitor(first); }).get();
  crash(pair.node, pair.b);

  CHECK(wait_for_downs(pair.node, pair.a, 1).size() == 1);
  (void)watch(pair.node, pair.a, "Sentry/nobody");  // what comes later is told later
  CHECK(wait_for_downs(pair.node, pair.a, 2).size() == 2);
}

AT_EVERY_DISTANCE("linked actors crash together, from either side") {
  Pair pair(distance);
  const auto touched = [&](const std::string& sentry) {
    return pair.node.ref<Sentry>(sentry).touch().get()->getTimes();
  };
  for (const bool first : {true, false}) {
    link(pair.node, pair.a, pair.name_of_b());
    touch(pair.node, pair.a), touch(pair.node, pair.b);

    crash(pair.node, first ? pair.a : pair.b);

    CHECK(eventually([&] { return touched(first ? pair.b : pair.a) == 1; }));
    CHECK(touched(first ? pair.a : pair.b) == 1);
  }
}

AT_EVERY_DISTANCE("an actor that traps its links is told instead, from either side") {
  Pair pair(distance);
  for (const auto& sentry : {pair.a, pair.b})
    (void)pair.node.ref<Sentry>(sentry).trap([](auto p) { p.setOn(true); }).get();
  link(pair.node, pair.a, pair.name_of_b());
  crash(pair.node, pair.b);
  CHECK(wait_for_downs(pair.node, pair.a, 1) == Texts{pair.name_of_b() + " crashed linked"});

  (void)pair.node.ref<Sentry>(pair.b).trap([](auto p) { p.setOn(true); }).get();
  link(pair.node, pair.a, pair.name_of_b());
  crash(pair.node, pair.a);

  CHECK(wait_for_downs(pair.node, pair.b, 1) == Texts{"Sentry/a crashed linked"});
}

AT_EVERY_DISTANCE("a link that either side takes back is gone on both") {
  Pair pair(distance);
  for (const bool first : {true, false}) {
    link(pair.node, pair.a, pair.name_of_b());
    link(pair.node, pair.a, pair.name_of_b());  // once is enough
    const std::string other = first ? pair.name_of_b() : "Sentry/a";
    (void)pair.node.ref<Sentry>(first ? pair.a : pair.b).unlinkFrom([&](auto p) { p.setActor(other); }).get();
    // A watch takes the same way as the link's end: when it is told of, the other is through.
    (void)watch(pair.node, first ? pair.a : pair.b, other);

    crash(pair.node, first ? pair.b : pair.a);

    const auto told = wait_for_downs(pair.node, first ? pair.a : pair.b, 1);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == other + " crashed");
    crash(pair.node, first ? pair.a : pair.b);  // forgets what it was told
  }
}

AT_EVERY_DISTANCE("a link to what is not running is a crash") {
  Pair pair(distance);

  link(pair.node, pair.a, "Sentry/nobody");

  CHECK(eventually([&] { return pair.node.ref<Sentry>(pair.a).touch().get()->getTimes() == 1; }));
}

TEST_CASE("an ordered stop is told to monitors, and ends links without a crash") {
  Alone alone;
  auto hired = alone.distance.desk("d").hire().get();
  const std::string clerk = "Clerk/" + text(hired->getChild());
  (void)watch(alone.node(), "a", clerk);
  link(alone.node(), "b", clerk);
  REQUIRE(alone.are("b", {1, 0}));

  CHECK(error_of([&] { return alone.distance.desk("d").crash().get(); }).kind() == ErrorKind::failed);

  CHECK(wait_for_downs(alone.node(), "a", 1) == Texts{clerk + " stopped"});
  CHECK(alone.are("b", {0, 0}));
  CHECK(alone.node().ref<Sentry>("b").touch().get()->getTimes() == 2);
}

TEST_CASE("erasing and quarantine are told for what they are") {
  Alone alone([](NodeConfig& config) { config.restart = {.restarts = 0, .cooldown = 1h}; });
  (void)alone.node().ref<Sentry>("b").mark().get();
  (void)watch(alone.node(), "a", "Sentry/b");
  CHECK(alone.node().admin("POST", "/actors/Sentry/b/erase", "").first == 200);
  CHECK(wait_for_downs(alone.node(), "a", 1)[0] == "Sentry/b erased");
  touch(alone.node(), "b");
  (void)watch(alone.node(), "a", "Sentry/b");

  crash(alone.node(), "b");

  CHECK(wait_for_downs(alone.node(), "a", 2)[1] == "Sentry/b quarantined");
  (void)alone.node().ref<Sentry>("a").watchMany([](auto p) { p.setActor("Sentry/b"), p.setCount(1); }).get();
  CHECK(wait_for_downs(alone.node(), "a", 3)[2] == "Sentry/b quarantined");
}

TEST_CASE("an actor that is passivated does not go down, and is watched on when it comes back") {
  Alone alone([](NodeConfig& config) { config.idle_after = 500ms; });
  (void)watch(alone.node(), "a", "Sentry/b");
  REQUIRE(eventually([&] {
    return alone.node().admin("GET", "/actors/Sentry/b", "").second.find("\"dormant\"") != std::string::npos;
  }));
  CHECK(downs(alone.node(), "a").empty());

  crash(alone.node(), "b");

  CHECK(wait_for_downs(alone.node(), "a", 1) == Texts{"Sentry/b crashed"});
}

TEST_CASE("neither side of a watch leaves anything with the other when it goes") {
  Alone alone;
  (void)watch(alone.node(), "a", "Sentry/b");
  const auto second = watch(alone.node(), "a", "Sentry/b");
  link(alone.node(), "a", "Sentry/b");
  REQUIRE(alone.are("b", {0, 3}));
  CHECK(alone.are("a", {3, 0}));

  (void)alone.node().ref<Sentry>("a").unwatch([&](auto p) { p.setMonitor(second); }).get();
  CHECK(alone.are("b", {0, 2}));
  crash(alone.node(), "a");  // takes b with it
  CHECK(alone.are("b", {0, 0}));
  CHECK(alone.are("a", {0, 0}));

  touch(alone.node(), "b");
  (void)watch(alone.node(), "a", "Sentry/b");
  REQUIRE(alone.are("b", {0, 1}));
  crash(alone.node(), "b");
  CHECK(alone.are("a", {0, 0}));
}

TEST_CASE("an actor holds a limited number of monitors, and the next one is refused by name") {
  Alone alone;
  // Sentries that are not there fire at once, which a turn that runs does not see yet.
  auto many = alone.node()
                  .ref<Sentry>("a")
                  .watchMany([](auto p) { p.setActor("Sentry/n"), p.setNumbered(true), p.setCount(5000); })
                  .get();

  CHECK(many->getMonitors() == kMaxMonitors);
  CHECK(text(many->getError()).find("Sentry/a has 1024 monitors and links") != std::string::npos);
  CHECK(wait_for_downs(alone.node(), "a", kMaxMonitors).size() == kMaxMonitors);
  CHECK(alone.are("a", {0, 0}));
}

TEST_CASE("an actor is watched by a limited number of others, and the next one is told") {
  Alone alone;
  constexpr std::uint32_t kEach = 1000;
  for (std::size_t i = 0; i < kMaxWatchers / kEach; ++i) {
    const auto sentry = alone.node().ref<Sentry>("w" + std::to_string(i));
    auto many = sentry.watchMany([](auto p) { p.setActor("Sentry/b"), p.setCount(kEach); }).get();
    REQUIRE(many->getMonitors() == kEach);
  }

  (void)watch(alone.node(), "a", "Sentry/b");

  CHECK(wait_for_downs(alone.node(), "a", 1) == Texts{"Sentry/b unwatched"});
}

TEST_CASE("nobody watches itself, or through an empty reference") {
  Alone alone;

  const Error error = error_of([&] { return watch(alone.node(), "a", "Sentry/a"); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("Sentry/a cannot monitor() itself") != std::string::npos);
}
