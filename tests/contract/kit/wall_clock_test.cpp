// Wall clocks that differ and that are set: neither repeats an effect, and neither blocks what is new.
#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

using Moment = std::chrono::system_clock::time_point;

constexpr std::chrono::milliseconds kSkews[] = {5s, -5min, 1h, -1h};
constexpr int kOthers = 8;

// Forgetful remembers the replies of its last few turns.
std::int64_t pay(Node& from, const std::string& key, std::optional<Moment> first_used) {
  auto ref = from.ref<Forgetful>("f");
  ref.idempotency_key(key, first_used);
  return ref.add([](auto p) { p.setAmount(1); }).get()->getBalance();
}

bool unknown(Node& from, const std::string& key, Moment first_used) {
  try {
    (void)pay(from, key, first_used);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::unknown_outcome;
  }
  return false;
}

void others_edit(Node& from) {
  for (int i = 0; i < kOthers; ++i) (void)from.ref<Forgetful>("f").add([](auto p) { p.setAmount(1); }).get();
}

TestCluster owner_and_client() {
  return TestCluster({.nodes = {"owner"}, .clients = {"client"}, .host = [](Node& node) { host_cast(node); }});
}

// When the client used two keys.
struct Used {
  Moment forgotten, remembered;
};

// Forgetful forgets what the one did, and remembers the other.
Used use_two_keys(const TestCluster& cluster) {
  Node& client = cluster.node("client");
  Used used;
  used.forgotten = cluster.member("client").wall_clock();
  CHECK(pay(client, "forgotten", used.forgotten) == 1);
  cluster.clock().advance(1s);
  others_edit(client);
  cluster.clock().advance(1s);
  used.remembered = cluster.member("client").wall_clock();
  CHECK(pay(client, "remembered", used.remembered) == kOthers + 2);
  cluster.clock().advance(1s);
  return used;
}

void check_keys(const TestCluster& cluster, const Used& used) {
  Node& client = cluster.node("client");
  CHECK(unknown(client, "forgotten", used.forgotten));
  CHECK(pay(client, "remembered", used.remembered) == kOthers + 2);
  CHECK(pay(client, "fresh", cluster.member("client").wall_clock()) == kOthers + 3);
}

}  // namespace

TEST_CASE("a client whose clock is fast or slow repeats no effect that was forgotten, and its fresh keys are taken") {
  for (const auto skew : kSkews) {
    CAPTURE(skew.count());
    auto cluster = owner_and_client();
    cluster.member("client").set_wall_clock(skew);
    Node& client = cluster.node("client");
    const auto used = cluster.member("client").wall_clock();
    CHECK(pay(client, "k", used) == 1);
    cluster.clock().advance(1s);
    others_edit(client);
    cluster.clock().advance(1s);

    CHECK(unknown(client, "k", used));
    CHECK(pay(client, "fresh", cluster.member("client").wall_clock()) == kOthers + 2);
    CHECK(pay(client, "without", std::nullopt) == kOthers + 3);
  }
}

TEST_CASE("what was forgotten while a clock was ahead blocks nothing once the clock is right") {
  for (const bool restarted : {false, true}) {
    CAPTURE(restarted);
    auto cluster = owner_and_client();
    auto owner = cluster.member("owner");
    owner.set_wall_clock(1h);
    if (restarted) owner.restart();
    const auto used = cluster.member("client").wall_clock();
    CHECK(pay(cluster.node("client"), "k", used) == 1);
    others_edit(cluster.node("client"));
    cluster.clock().advance(1s);

    owner.set_wall_clock(0s);
    if (restarted) owner.restart();

    CHECK(pay(cluster.node("client"), "fresh", cluster.member("client").wall_clock()) == kOthers + 2);
    CHECK(pay(owner.node(), "its own", owner.wall_clock()) == kOthers + 3);
    CHECK(unknown(cluster.node("client"), "k", used));
  }
}

TEST_CASE("a clock that is set between two attempts neither repeats an effect nor hides what is remembered") {
  for (const auto step : kSkews) {
    CAPTURE(step.count());
    auto cluster = owner_and_client();
    const auto used = use_two_keys(cluster);

    cluster.member("client").set_wall_clock(step);
    cluster.member("owner").set_wall_clock(-step);
    cluster.clock().advance(1s);

    check_keys(cluster, used);
  }
}

TEST_CASE("a node that starts with its clock set remembers what it did, forgets nothing early and takes fresh keys") {
  for (const auto step : kSkews) {
    CAPTURE(step.count());
    auto cluster = owner_and_client();
    const auto used = use_two_keys(cluster);

    cluster.member("owner").set_wall_clock(step);
    cluster.member("owner").restart();
    cluster.settle();

    check_keys(cluster, used);
  }
}

TEST_CASE("a first use that this clock has not shown yet was read from another one, and is doubted") {
  auto node = cast_node();
  const auto ahead = node.clock().now() + 5s;
  CHECK(pay(node.node(), "k", ahead) == 1);
  node.clock().advance(1s);
  others_edit(node.node());
  node.clock().advance(1s);

  CHECK(unknown(node.node(), "k", ahead));
  CHECK(pay(node.node(), "fresh", node.clock().now()) == kOthers + 2);
}

TEST_CASE("a wall clock that is set changes no deadline, and no wait of an actor") {
  auto node = cast_node();
  auto account = node.ref<Account>("a");
  account.timeout(9s);  // the call that it makes has ten
  Asked held(account.addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }));
  node.settle();

  node.member().set_wall_clock(1h);
  node.clock().advance(8s);
  CHECK(!held.ended());
  node.member().set_wall_clock(-1h);
  node.clock().advance(2s);

  CHECK(held.error()->kind() == ErrorKind::deadline);
}
