// An etcd of three members.
#include <thread>

#include "contract/coordinator/etcd_stage.h"

namespace troupe::coordinator_test {
namespace {

struct Three {
  testing::EtcdServer servers{{.members = 3}};
  [[nodiscard]] std::unique_ptr<Coordinator> open(const std::vector<std::string>& endpoints) const {
    std::vector<std::string> words = {"etcd", "three"};
    words.insert(words.end(), endpoints.begin(), endpoints.end());
    return open_from(words);
  }
  // By what its members say.
  [[nodiscard]] std::size_t leader() const {
    for (std::size_t i = 0; i < 3; ++i) {
      etcd::Calls calls(etcd::parse_endpoints({servers.url(i)}).value(), etcd::Network::make({}, false).value(), {});
      const auto status = calls.ask({.path = "/v3/maintenance/status", .body = "{}", .tried = "status"},
                                    std::chrono::steady_clock::now() + kPatience);
      const auto word = [&](const std::string& name) {
        const std::string before = "\"" + name + "\":\"";
        const auto at = status.value().find(before);
        return at == std::string::npos ? name : status.value().substr(at + before.size(), 20);
      };
      const std::string leader = word("leader"), member = word("member_id");
      if (leader.substr(0, leader.find('"')) == member.substr(0, member.find('"'))) return i;
    }
    FAIL("no leader");
    return 0;
  }
};

}  // namespace

TEST_CASE("with three members, a leader that is killed costs seconds and loses nothing") {
  Three three;
  const auto coordinator = three.open(three.servers.urls());
  Losses losses;
  Listener listener;
  const auto session = coordinator->open_session("a", 10s, losses, kPatience).value();
  const auto watch = coordinator->watch("w/", put(*coordinator, "mine", "", session->id()), listener);
  (void)put(*coordinator, "w/n", "0");

  for (int round = 0; round < 2; ++round) {
    const std::size_t leader = three.leader();
    three.servers.kill(leader);
    // By compare-and-swap, so that an unknown one is found out.
    for (int n = 10 * round + 1; n <= 10 * round + 10; ++n) {
      const bool done = eventually([&] {
        const auto now = coordinator->get("w/n", 1s);
        if (!now) return false;
        if (now.value()->value == std::to_string(n)) return true;
        return coordinator
            ->commit({.conditions = {{"w/n", now.value()->version}}, .writes = {{"w/n", std::to_string(n)}}}, 1s)
            .ok();
      });
      REQUIRE(done);
    }
    three.servers.start(leader);
  }

  REQUIRE(listener.hears(21));
  const auto heard = listener.heard();
  REQUIRE(heard.size() == 21);
  for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i].value == std::to_string(i));
  CHECK(listener.lost().empty());
  CHECK(session->alive());
  CHECK(coordinator->get("mine", kPatience).value());
}

TEST_CASE("a watch leaves a member that is paused, and one that has lost the others") {
  Three three;
  const std::size_t leader = three.leader(), follower = (leader + 1) % 3, third = (leader + 2) % 3;
  // It begins with the follower.
  const auto coordinator =
      three.open({three.servers.url(follower), three.servers.url(leader), three.servers.url(third)});
  const auto writer = three.open({three.servers.url(leader), three.servers.url(third)});
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*coordinator, "a", ""), listener);
  (void)put(*writer, "w/1", "");
  REQUIRE(listener.hears(1));

  three.servers.freeze(follower);
  (void)put(*writer, "w/2", "");
  CHECK(listener.hears(2));
  CHECK(coordinator->get("w/2", 3s).value());
  three.servers.thaw(follower);

  (void)put(*writer, "w/3", "");
  REQUIRE(listener.hears(3));
  CHECK(listener.heard().size() == 3);
  three.servers.kill(leader);
  three.servers.kill(third);
  CHECK(coordinator->commit({.conditions = {}, .writes = {{"a", "1"}}}, 500ms).error().kind() != ErrorKind::invalid);
  three.servers.start(leader);
  (void)eventually([&] { return coordinator->commit({.conditions = {}, .writes = {{"w/4", ""}}}, 1s).ok(); });
  CHECK(listener.until([](const Listener& self) { return self.heard_.back().key == "w/4"; }));
  CHECK(listener.lost().empty());
}

}  // namespace troupe::coordinator_test
