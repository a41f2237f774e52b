// The named fields of log lines, room by room: who is named in a line's sentence is named in its fields.
#include <doctest/doctest.h>

#include <troupe/supervision.h>
#include <troupe/testing.h>

#include "contract/distance.h"
#include "contract/waiter.h"
#include "support/log_lines.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

using Fields = std::map<std::string, std::string>;

struct Logged {
  explicit Logged(NodeConfig config = {}) : node(with(std::move(config))) { host_cast(node); }

  testing::ScratchDirectory directory;
  testing::LogLines lines;
  Node node;

 private:
  NodeConfig with(NodeConfig config) {
    config.name = "solo";
    config.data_dir = directory / "solo";
    config.threads = 2;
    config.log = lines.sink();
    return config;
  }
};

}  // namespace

TEST_CASE("a line about a crash names node, service, key, method and error") {
  Logged logged;
  logged.node.start();

  CHECK(error_of([&] { (void)logged.node.ref<Desk>("front").crash().get(); }).kind() == ErrorKind::failed);

  REQUIRE(logged.lines.come_to_say("Desk/front.crash crashed"));
  const Fields fields = logged.lines.fields_of("Desk/front.crash crashed");
  CHECK(fields.at("node") == "solo");
  CHECK(fields.at("service") == "Desk");
  CHECK(fields.at("key") == "front");
  CHECK(fields.at("method") == "crash");
  CHECK(!fields.at("error").empty());
}

TEST_CASE("a line about a slow turn names service, key, method and the request") {
  Logged logged({.watch = {.slow_turn = 30ms, .blocked_thread = 0ms, .stalled_workers = 0ms, .stuck_commits = 0ms}});
  logged.node.start();
  auto waits = logged.node.ref<Waiter>("a/b").wait().future();

  REQUIRE(logged.lines.come_to_say("slow turn: Waiter/a/b.wait"));
  (void)logged.node.ref<Waiter>("a/b").letGo().get();
  waits.get();

  const Fields fields = logged.lines.fields_of("slow turn: Waiter/a/b.wait");
  CHECK(fields.at("service") == "Waiter");
  CHECK(fields.at("key") == "a/b");
  CHECK(fields.at("method") == "wait");
  CHECK(fields.at("request").size() > 16);
}

TEST_CASE("a line of a supervision tree names the child, its actor and why it went down") {
  Logged logged;
  logged.node
      .supervise({.children = {{.id = "desk", .start = actor_start<Desk>("front"), .restart = Restart::permanent}}})
      .start();

  CHECK(error_of([&] { (void)logged.node.ref<Desk>("front").crash().get(); }).kind() == ErrorKind::failed);

  REQUIRE(logged.lines.come_to_say("child \"desk\" of the top supervisor crashed"));
  const Fields fields = logged.lines.fields_of("child \"desk\" of the top supervisor crashed");
  CHECK(fields.at("node") == "solo");
  CHECK(fields.at("child") == "desk");
  CHECK(fields.at("service") == "Desk");
  CHECK(fields.at("key") == "front");
  CHECK(!fields.at("error").empty());
}

TEST_CASE("lines about links name the peer, and why a link ended") {
  testing::ScratchDirectory directory;
  testing::LogLines lines;
  std::vector<Member> members{{.name = "one", .port = testing::free_port()},
                              {.name = "two", .port = testing::free_port()}};
  Node one({.name = "one", .members = members, .threads = 1, .log = lines.sink()});
  one.start();
  auto two = std::make_unique<Node>(NodeConfig{.name = "two", .members = members, .threads = 1});
  two->start();
  REQUIRE(lines.come_to_say("link to node two is up"));

  two.reset();

  REQUIRE(lines.come_to_say("link to node two is down"));
  CHECK(lines.fields_of("link to node two is up") == Fields{{"node", "one"}, {"peer", "two"}});
  const Fields down = lines.fields_of("link to node two is down");
  CHECK(down.at("peer") == "two");
  CHECK(!down.at("error").empty());
}
