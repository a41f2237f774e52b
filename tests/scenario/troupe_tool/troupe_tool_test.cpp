// The debug tool as its user meets it: the binary, two nodes, their sockets and their files, and its exit codes.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "jar.capnp.troupe.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"
#include "troupe/node.h"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;
using troupe::testing::tool;

class Jar final : public jars::JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override {
    auto edited = edit();
    edited.setCoins(state().getCoins() + in.getCoins());
    edited.setLabel(in.getLabel());
    out.setCoins(state().getCoins());
    co_return;
  }
  troupe::Task<> take(TakeParams::Reader in, TakeResults::Builder out) override {
    if (in.getCoins() > state().getCoins()) throw troupe::Refusal("too_few", "there are not that many");
    edit().setCoins(state().getCoins() - in.getCoins());
    out.setCoins(state().getCoins());
    co_return;
  }
  troupe::Task<> count(CountParams::Reader, CountResults::Builder out) override {
    out.setCoins(state().getCoins());
    co_return;
  }
};

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

// Two nodes whose data lies side by side.
struct Cluster {
  Cluster() {
    members = {{.name = "one", .port = free_port()}, {.name = "two", .port = free_port()}};
    for (const auto& member : members) {
      troupe::NodeConfig config;
      config.name = member.name;
      config.data_dir = folder / member.name;
      config.members = members;
      nodes.push_back(std::make_unique<troupe::Node>(config));
      nodes.back()->host<Jar>();
      nodes.back()->start();
    }
    for (auto& node : nodes) REQUIRE(node->wait_connected(10s));
  }
  std::string data() const { return "--data " + folder.path().string() + " "; }
  std::string node(const char* name) const { return "--node " + (folder / name).string() + " "; }

  troupe::testing::ScratchDirectory folder;
  std::vector<troupe::Member> members;
  std::vector<std::unique_ptr<troupe::Node>> nodes;
};

// A store that one stopped node left.
struct Left {
  Left() {
    troupe::Node node({.name = "one", .data_dir = folder / "one"});
    node.host<Jar>();
    node.start();
    node.ref<jars::Jar>("a").put([](auto p) { p.setCoins(7), p.setLabel("needle in the file"); }).get(10s);
  }
  std::string place() const { return (folder / "one").string(); }
  troupe::testing::ScratchDirectory folder;
};

TEST_CASE("a node that is offered far more than it can serve is looked at as ever, and says what it refused") {
  troupe::testing::ScratchDirectory folder;
  troupe::NodeConfig config{.name = "busy", .data_dir = folder / "busy", .threads = 1};
  config.max_mailbox = 10;
  troupe::Node node(config);
  node.host<Jar>();
  node.start();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> sent{0}, ended{0}, refused{0};
  std::thread flood([&] {
    const auto jar = node.ref<jars::Jar>("a");
    while (!stop) {
      ++sent;
      jar.put([](auto p) { p.setCoins(1); }).then([&](auto result) {
        refused += !result.ok() && result.error().kind() == troupe::ErrorKind::overloaded;
        ++ended;
      });
    }
  });
  while (refused < 10'000) std::this_thread::yield();
  const std::string at = "--node " + (folder / "busy").string() + " ";

  for (const char* command : {"nodes", "tree", "ls", "links", "services", "metrics", "outbox", "inspect Jar/a"}) {
    INFO(command);
    CHECK(tool(at + command).code == 0);
  }
  const auto shown = tool(at + "overload");
  const auto listed = tool(at + "--json overload").parsed();
  stop = true;
  flood.join();

  CHECK(shown.code == 0);
  CHECK(shown.says("an actor's mailbox"));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["node"] == "busy");
  CHECK(listed[0]["maxMailbox"] == 10);
  CHECK(listed[0]["refused"]["mailbox"].get<std::uint64_t>() >= 1);
  while (ended < sent) std::this_thread::yield();
}

TEST_CASE("calls, states and inspections find their actor from any node") {
  Cluster cluster;
  for (int i = 0; i < 8; ++i) {
    const std::string actor = "Jar/k" + std::to_string(i);
    const std::string at = cluster.node(i % 2 == 0 ? "one" : "two");

    const auto called = tool("--json " + at + "call " + actor + R"( put '{"coins": 3, "label": "x"}')");
    const auto state = tool("--json " + at + "state " + actor);
    const auto inspected = tool("--json " + at + "inspect " + actor);

    REQUIRE(called.code == 0);
    CHECK(called.parsed()["coins"] == "3");
    REQUIRE(state.code == 0);
    CHECK(state.parsed()["label"] == "x");
    REQUIRE(inspected.code == 0);
    CHECK(inspected.parsed()["actor"] == actor);
  }

  const auto listed = tool("--json " + cluster.data() + "ls Jar --prefix k").parsed();
  CHECK(listed.size() == 8);
}

TEST_CASE("nodes, links, services, tree and metrics are shown, for people and as JSON") {
  Cluster cluster;

  for (const char* command : {"nodes", "links", "services", "tree", "metrics"}) {
    const auto shown = tool(cluster.data() + command);
    const auto parsed = tool("--json " + cluster.data() + command);
    INFO(command << ": " << shown.out);
    CHECK(shown.code == 0);
    CHECK(shown.says("one"));
    CHECK(shown.says("two"));
    CHECK(shown.out.find('\x1b') == std::string::npos);
    CHECK(parsed.code == 0);
    CHECK(parsed.parsed().size() == 2);
  }
}

TEST_CASE("health says of each node that it is well, and turns which take long") {
  Cluster cluster;

  const auto health = tool(cluster.data() + "health");
  const auto turns = tool(cluster.data() + "turns --over 5s");
  const auto as_json = tool("--json " + cluster.data() + "turns");

  CHECK(health.code == 0);
  CHECK(health.says("one  healthy"));
  CHECK(health.says("two  healthy"));
  CHECK(tool("--json " + cluster.data() + "health").parsed()[0]["healthy"] == true);
  CHECK(turns.code == 0);
  CHECK(turns.says("no slow turns"));
  CHECK(as_json.parsed()[1]["slowTurnMs"] == 1000);
}

TEST_CASE("tree shows what a node supervises as it was declared, and how each child stands") {
  troupe::testing::ScratchDirectory folder;
  troupe::Node node({.name = "one", .data_dir = folder / "one"});
  node.host<Jar>();
  troupe::Supervision shelf{.strategy = troupe::Strategy::one_for_all};
  shelf.children = {{.id = "left", .start = troupe::actor_start<jars::Jar>("l"), .restart = troupe::Restart::temporary},
                    {.id = "right", .start = troupe::actor_start<jars::Jar>("r")}};
  node.supervise({.intensity = {3, 10s}, .children = {{.id = "shelf", .start = shelf}}});
  node.start();
  node.supervision().terminate_child("shelf", "left");
  const std::string at = "--node " + (folder / "one").string() + " ";

  const auto shown = tool(at + "tree");
  const auto parsed = tool("--json " + at + "tree");

  INFO(shown.out);
  CHECK(shown.code == 0);
  CHECK(
      shown.says("  supervision  one_for_one, at most 3 restarts in 10000 ms, backoff 10 to 2000 ms; running\n"
                 "    shelf  one_for_all, at most 1 restart in 5000 ms, backoff 10 to 2000 ms; permanent, shutdown "
                 "unlimited; running\n"
                 "      left  Jar/l; temporary, shutdown within 5000 ms; stopped\n"
                 "      right  Jar/r; permanent, shutdown within 5000 ms; running\n"));
  const auto shelf_json = parsed.parsed()[0]["supervision"]["children"][0];
  CHECK(shelf_json["children"][0]["status"] == "stopped");
  CHECK(shelf_json["children"][1]["what"] == "Jar/r");
}

TEST_CASE("a refused call ends with 1 and its code, also as JSON") {
  Cluster cluster;

  const auto refused = tool(cluster.node("one") + R"(call Jar/a take '{"coins": 5}')");
  const auto as_json = tool("--json " + cluster.node("one") + R"(call Jar/a take '{"coins": 5}')");

  CHECK(refused.code == 1);
  CHECK(refused.says("refused(too_few): there are not that many"));
  CHECK(as_json.code == 1);
  CHECK(as_json.parsed()["error"]["code"] == "too_few");
}

TEST_CASE("bad input gets a sentence that says what to do, and its exit code") {
  Cluster cluster;
  const std::string one = cluster.node("one");
  const auto bad = [&](const std::string& arguments, int code, std::string_view says) {
    const auto got = tool(one + arguments);
    INFO(arguments << " -> " << got.code << ": " << got.out);
    CHECK(got.code == code);
    CHECK(got.says(says));
  };

  bad("call Jar/a put '{\"coins\": }'", 2, "line 1, column 11");
  bad("call Jar/a put '{\"coin\": 1}'", 2, "unknown field 'coin'");
  bad("call Jar/a put '{\"coins\": \"many\"}'", 2, "coins: wanted a whole number");
  bad("call Jar/a putt", 4, "did you mean 'put'?");
  bad("call Jug/a put", 4, "Jug");
  bad("inspect Jug/a", 4, "Jug");
  bad("state Jar/never", 4, "no state");
  bad("inspect Jar", 2, "write SERVICE/KEY");
  bad("inspect Jar/" + std::string(300, 'x'), 2, "256");
  bad("ls Jug", 4, "Jug");
  bad("frobnicate", 2, "frobnicate");
  bad("db frobnicate", 2, "frobnicate");
  bad("", 2, "lists the commands");
  bad("--timeout 2parsecs nodes", 2, "parsecs");
  bad("db stats " + (cluster.folder / "one").string(), 1, "one");
}

TEST_CASE("a node that is not there ends with 3") {
  troupe::testing::ScratchDirectory folder;

  CHECK(tool("--node " + folder.path().string() + " nodes").code == 3);
  CHECK(tool("--node /nowhere/at/all nodes").code == 3);
  CHECK(tool("--data " + folder.path().string() + " ls").code == 3);
  CHECK(tool("nodes").code == 2);
}

TEST_CASE("the files of a stopped node are listed, shown and found sound") {
  Left left;

  const auto listed = tool("--json db ls " + left.place());
  const auto got = tool("--json db get " + left.place() + " Jar/a");
  const auto stats = tool("--json db stats " + left.place());
  const auto schema = tool("db schema " + left.place());
  const auto verified = tool("db verify " + left.place());

  CHECK(listed.parsed()[0]["key"] == "a");
  CHECK(got.parsed()["state"]["coins"] == "7");
  CHECK(got.parsed()["replies"].size() == 1);
  CHECK(stats.parsed()["node"] == "one");
  CHECK(schema.says("put (coins :UInt64, label :Text) -> (coins :UInt64)"));
  CHECK(verified.code == 0);
  CHECK(verified.says("all sound"));
}

TEST_CASE("what is not in the files ends with 4, and a directory without a store with 2") {
  Left left;

  CHECK(tool("db get " + left.place() + " Jar/b").code == 4);
  CHECK(tool("db get " + left.place() + " Jug/a").says("it knows: Jar"));
  CHECK(tool("db ls " + left.folder.path().string() + "/nothing").code == 2);
}

TEST_CASE("a byte that changed on the disk is found, with the actor it belongs to") {
  Left left;
  const fs::path file = fs::path(left.place()) / "data.mdb";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  for (auto at = bytes.find("needle"); at != std::string::npos; at = bytes.find("needle", at + 1)) bytes[at] = 'N';
  std::ofstream(file, std::ios::binary) << bytes;

  const auto verified = tool("db verify " + left.place());

  CHECK(verified.code == 5);
  CHECK(verified.says("Jar/a: "));
  CHECK(tool("db get " + left.place() + " Jar/a").code == 5);
}

TEST_CASE("a running node is backed up while it works, and the backup becomes its store again") {
  troupe::testing::ScratchDirectory folder;
  const std::string live = (folder / "one").string(), backup = (folder / "backup").string();
  const std::string again = (folder / "again").string();
  troupe::NodeConfig config{.name = "one", .data_dir = live};
  auto node = std::make_unique<troupe::Node>(config);
  node->host<Jar>();
  node->start();
  node->ref<jars::Jar>("a").put([](auto p) { p.setCoins(7); }).get(10s);

  const auto taken = tool("--json db backup " + live + " " + backup);
  node->ref<jars::Jar>("a").put([](auto p) { p.setCoins(1); }).get(10s);
  const auto twice = tool("db backup " + live + " " + backup);
  node.reset();
  const auto restored = tool("db restore " + backup + " " + again);
  const auto occupied = tool("db restore " + backup + " " + live);

  CHECK(taken.code == 0);
  CHECK(taken.parsed()["records"] == 1);
  CHECK(taken.parsed()["node"] == "one");
  CHECK(twice.code == 2);
  CHECK(twice.says("is not empty"));
  CHECK(restored.code == 0);
  CHECK(restored.says("restored to"));
  CHECK(occupied.code == 2);
  CHECK(tool("--json db get " + again + " Jar/a").parsed()["state"]["coins"] == "7");
  config.data_dir = again;
  troupe::Node next(config);
  next.host<Jar>();
  next.start();
  CHECK(next.ref<jars::Jar>("a").put([](auto p) { p.setCoins(1); }).get(10s)->getCoins() == 8);
}

TEST_CASE("a stopped store is backed up, compacted and verified with its records counted by kind") {
  Left left;
  const std::string backup = (left.folder / "backup").string();

  const auto taken = tool("db backup " + left.place() + " " + backup);
  const auto compacted = tool("--json db compact " + left.place());
  const auto verified = tool("--json db verify " + left.place());
  std::ofstream(fs::path(backup) / "data.mdb", std::ios::app) << "x";
  const auto damaged = tool("db restore " + backup + " " + (left.folder / "again").string());

  CHECK(taken.code == 0);
  CHECK(compacted.code == 0);
  CHECK(compacted.parsed()["records"] == 1);
  CHECK(verified.code == 0);
  CHECK(verified.parsed()["kinds"]["actor"]["records"] == 1);
  CHECK(damaged.code == 5);
  CHECK_FALSE(fs::exists(left.folder / "again"));
}

TEST_CASE("a store is encrypted, its key changed and a wrong key refused, from the command line") {
  Left left;
  const auto keys = [&](const char* name, const std::string& content) {
    const fs::path file = left.folder / name;
    std::ofstream(file) << content;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return " --key-file " + file.string();
  };
  const std::string one = "1:" + std::string(64, '1'), two = "2:" + std::string(64, '2');
  const std::string first = keys("first", one), both = keys("both", two + "\n" + one), second = keys("second", two);
  const std::string place = left.place();

  CHECK(tool("db rotate " + place).code == 2);
  CHECK(tool("db rotate " + place + first).says("encrypted"));
  CHECK(tool("db verify " + place).says("no key was given"));
  CHECK(tool("db verify " + place + first).code == 0);
  CHECK(tool("db verify " + place + second).code == 1);
  CHECK(tool("db rotate " + place + second).code == 1);
  CHECK(tool("db rotate " + place + both).code == 0);
  CHECK(tool("db verify " + place + second).code == 0);
  CHECK(tool("--json db stats " + place + second).parsed()["encrypted"] == true);
  fs::permissions(left.folder / "second", fs::perms::group_read, fs::perm_options::add);
  const auto open_to_all = tool("db verify " + place + second);
  CHECK(open_to_all.code == 2);
  CHECK(open_to_all.says("others than its owner"));
  CHECK(tool("db rotate --to-plain " + place + both).code == 0);
  CHECK(tool("--json db get " + place + " Jar/a").parsed()["state"]["coins"] == "7");
}

TEST_CASE("every shell gets a completion script that knows the commands") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = tool(std::string("completion ") + shell);
    CHECK(script.code == 0);
    CHECK(script.says("inspect"));
    CHECK(script.says("verify"));
  }
  CHECK(tool("completion tcsh").code == 2);
  CHECK(tool("completion bash | bash -n").code == 0);
  CHECK(tool("--help").says("3 no node answers"));
}

}  // namespace
