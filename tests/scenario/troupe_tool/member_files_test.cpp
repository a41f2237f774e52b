// Data directories and a list of members that changed: the start that is refused, and the commands that mend it.
#include <fstream>

#include "stage.h"

using namespace troupe_tool;

namespace {

constexpr int kJars = 60;

std::string key_of(int n) { return "jar-" + std::to_string(n); }

// Data directories side by side, used by one member or by three.
struct Growing {
  Growing() {
    for (const char* name : {"one", "two", "three"})
      all.push_back({.name = name, .port = troupe::testing::free_port()});
  }
  std::string place(const std::string& name) const { return (folder / name).string(); }
  troupe::NodeConfig config_of(const std::string& name, const std::vector<troupe::Member>& members) const {
    return {.name = name, .data_dir = place(name), .members = members};
  }
  std::vector<std::unique_ptr<troupe::Node>> start(const std::vector<troupe::Member>& members) const {
    std::vector<std::unique_ptr<troupe::Node>> nodes;
    for (const auto& member : members) {
      nodes.push_back(std::make_unique<troupe::Node>(config_of(member.name, members)));
      nodes.back()->host<Jar>();
      nodes.back()->start();
    }
    for (auto& node : nodes) REQUIRE(node->wait_connected(10s));
    return nodes;
  }
  std::string refusal(const std::string& name, const std::vector<troupe::Member>& members) const {
    troupe::Node node(config_of(name, members));
    node.host<Jar>();
    try {
      node.start();
    } catch (const troupe::Error& error) {
      CHECK(error.kind() == troupe::ErrorKind::invalid);
      return error.message();
    }
    return {};
  }
  void fill() const {
    const auto nodes = start(alone);
    for (int n = 0; n < kJars; ++n)
      nodes[0]->ref<jars::Jar>(key_of(n)).put([&](auto p) { p.setCoins(n + 1); }).get(10s);
  }
  void check_all(const std::vector<troupe::Member>& members) const {
    const auto nodes = start(members);
    for (int n = 0; n < kJars; ++n)
      CHECK(nodes[0]->ref<jars::Jar>(key_of(n)).count().get(10s)->getCoins() == static_cast<std::uint64_t>(n + 1));
  }
  auto move(const std::string& from, const std::string& to, const std::string& members) const {
    return tool("--json db move " + place(from) + " " + to + " " + place(to) + " --members " + members);
  }

  troupe::testing::ScratchDirectory folder;
  std::vector<troupe::Member> all, alone = {{.name = "one"}};
};

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a node refuses to start when others own actors of its store, and moving them makes it start") {
  Growing cluster;
  cluster.fill();

  const std::string refused = cluster.refusal("one", cluster.all);
  const auto shares = tool("--json db owners " + cluster.place("one") + " --members one,two,three").parsed();
  const auto two = cluster.move("one", "two", "one,two,three");
  const std::string half = cluster.refusal("one", cluster.all);
  const auto three = cluster.move("one", "three", "one,two,three");

  REQUIRE(shares.size() == 3);
  const int foreign = shares[1]["actors"].get<int>() + shares[2]["actors"].get<int>();
  CAPTURE(refused);
  CHECK(says(refused, "holds " + std::to_string(foreign) + " actors"));
  CHECK(says(refused, std::to_string(shares[1]["actors"].get<int>()) + " of two"));
  CHECK(says(refused, "troupe db move " + cluster.place("one")));
  CHECK(two.parsed()["actors"] == shares[1]["actors"]);
  CHECK(says(half, "holds " + std::to_string(shares[2]["actors"].get<int>()) + " actors"));
  CHECK(three.code == 0);
  cluster.check_all(cluster.all);
}

TEST_CASE("a node that is to own what others owned refuses to start until all of it was moved to it") {
  Growing cluster;
  cluster.fill();
  for (const char* to : {"two", "three"}) REQUIRE(cluster.move("one", to, "one,two,three").code == 0);
  cluster.check_all(cluster.all);

  const std::string refused = cluster.refusal("one", cluster.alone);
  REQUIRE(cluster.move("two", "one", "one").code == 0);
  const std::string half = cluster.refusal("one", cluster.alone);
  REQUIRE(cluster.move("three", "one", "one").code == 0);

  CHECK(says(refused, "did not own"));
  CHECK(says(refused, "troupe db move ITS_DIR one " + cluster.place("one") + " --members one"));
  CHECK(says(half, "did not own"));
  cluster.check_all(cluster.alone);
}

TEST_CASE("what others own is dropped when that is said twice, and the node starts with the rest") {
  Growing cluster;
  cluster.fill();
  const std::string drop = "--json db drop " + cluster.place("one") + " --members one,two,three";

  const auto asked = tool(drop);
  const auto before = tool("--json db stats " + cluster.place("one")).parsed();
  const auto dropped = tool(drop + " --yes");

  CHECK(asked.code == 2);
  CHECK(asked.says("add --yes"));
  CHECK(before["records"] == kJars);
  CHECK(dropped.code == 0);
  CHECK(dropped.parsed()["actors"].get<int>() > 0);
  CHECK(cluster.refusal("one", cluster.all).empty());
  CHECK(says(cluster.refusal("one", cluster.alone), "did not own"));
  CHECK(tool("db drop " + cluster.place("one") + " --members one --yes").code == 0);
  CHECK(cluster.refusal("one", cluster.alone).empty());
}

TEST_CASE("an encrypted store's actors move under its key, and not without it") {
  Growing cluster;
  cluster.fill();
  const fs::path file = cluster.folder / "key";
  std::ofstream(file) << "1:" + std::string(64, '1');
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const std::string key = " --key-file " + file.string();
  REQUIRE(tool("db rotate " + cluster.place("one") + key).code == 0);
  const std::string move = "db move " + cluster.place("one") + " two " + cluster.place("two") + " --members one,two";

  CHECK(tool(move).says("no key was given"));
  CHECK(tool(move + key).code == 0);

  CHECK(tool("--json db stats " + cluster.place("two") + key).parsed()["encrypted"] == true);
  CHECK(tool("db verify " + cluster.place("two") + key).code == 0);
}

TEST_CASE("a move that names itself, a stranger or nobody is refused, and a running node's store is held") {
  Growing cluster;
  cluster.fill();

  CHECK(cluster.move("one", "one", "one,two").says("itself"));
  CHECK(cluster.move("one", "four", "one,two").says("not among the members"));
  CHECK(cluster.move("nothing", "two", "one,two").code == 2);
  const auto nodes = cluster.start(cluster.alone);
  CHECK(cluster.move("one", "two", "one,two").says("held by"));
}
