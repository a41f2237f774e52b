// Orders on partitions and members, where an etcd is the coordinator; and those to a member that keeps nothing.
#include <algorithm>

#include "joined.h"
#include "support/etcd_server.h"

using namespace troupe_tool;

namespace {

// Nodes that join by an etcd of their own.
struct InEtcd : Joined {
  InEtcd() { coordinator = {.kind = troupe::CoordinatorKind::etcd, .endpoints = etcd.urls(), .prefix = "jars"}; }
  troupe::testing::EtcdServer etcd;
};

void ends(const Joined& cluster, const std::string& words, int code, const std::string& what) {
  const auto outcome = tool(cluster.data() + words);
  INFO(words << ": " << outcome.out);
  CHECK(outcome.code == code);
  CHECK(outcome.says(what));
}

std::size_t owned_by(const Joined& cluster, const std::string& name) {
  return tool("--json " + cluster.data() + "partitions --member " + name).parsed()["partitions"].size();
}

}  // namespace

TEST_CASE("in an etcd partitions are moved, balanced and drained by order, and rows go with them") {
  InEtcd cluster;
  cluster.start("one");
  for (int i = 0; i < 8; ++i)
    REQUIRE(tool(cluster.data() + "call Jar/k" + std::to_string(i) + " put '{\"coins\": 3}'").code == 0);
  cluster.start("two", 0);
  cluster.await_serving("two");

  ends(cluster, "partitions move 0-63,300 two", 0, "65 partitions moved to two");
  CHECK(owned_by(cluster, "two") == 65);
  ends(cluster, "rebalance --dry-run", 0, "65 partitions would move");
  ends(cluster, "rebalance", 0, "65 partitions moved");
  ends(cluster, "rebalance", 0, "nothing is to move");
  ends(cluster, "partitions move 7 one", 2, "owns partition 7 already");
  ends(cluster, "partitions move 7 nobody", 4, "there are: one, two");
  ends(cluster, "partitions force 7 two --accept-loss", 2, "nothing has to be lost");
  ends(cluster, "partitions move 0-255 two", 0, "256 partitions moved to two");
  ends(cluster, "drain two --timeout 60s", 0, "two owns nothing any more: it gave 256 partitions");
  ends(cluster, "partitions move 7 two", 2, "is draining");
  ends(cluster, "drain two --undo", 0, "two serves; it was draining");
  for (int i = 0; i < 8; ++i)
    CHECK(tool("--json " + cluster.data() + "call Jar/k" + std::to_string(i) + " count").parsed()["coins"] == "3");
}

TEST_CASE("in an etcd a partition whose owner's disk is lost is forced, and the store that comes back is refused it") {
  InEtcd cluster;
  cluster.start("one");
  cluster.start("two", 0);
  cluster.await_serving("two");
  ends(cluster, "partitions move 7 two", 0, "1 partition moved to two");
  cluster.nodes.pop_back();
  REQUIRE(troupe::testing::eventually([&] { return cluster.member("two").value("alive", true) == false; }, 60s));

  const std::string live = "--node " + (cluster.folder / "one").string() + " ";
  const auto unforced = tool(live + "partitions move 7 one");
  const auto asked = tool(live + "partitions force 7 one");
  const auto forced = tool(live + "partitions force 7 one --accept-loss");

  INFO(unforced.out << asked.out << forced.out);
  CHECK(unforced.code == 1);
  CHECK(unforced.says("it alone has what is in it"));
  CHECK(asked.code == 2);
  CHECK(forced.code == 0);
  CHECK(tool(live + "partitions force 300 one --accept-loss").says("has no rows"));
  const auto now = tool("--json " + live + "partitions --member one").parsed();
  CHECK(std::any_of(now["partitions"].begin(), now["partitions"].end(),
                    [](const json& one) { return one["number"] == 7; }));

  try {
    cluster.start("two", 0);
    FAIL("it has its store again");
  } catch (const troupe::Error& error) {
    CHECK(std::string(error.what()).find("which began without what is here") != std::string::npos);
  }
  CHECK(tool("partitions drop " + (cluster.folder / "two").string() + " 7 --accept-loss").code == 0);
  cluster.start("two", 0);
  cluster.await_serving("two");
  ends(cluster, "partitions move 7 two", 0, "1 partition moved to two");
}

TEST_CASE("while the etcd is away an order says so and nothing has changed, and it goes when it is back") {
  InEtcd cluster;
  cluster.start("one");
  cluster.start("two", 0);
  cluster.await_serving("two");

  cluster.etcd.freeze();
  const auto refused = tool(cluster.data() + "partitions move 7 two");
  cluster.etcd.thaw();

  INFO(refused.out);
  CHECK(refused.code != 0);
  CHECK(refused.says("etcd"));
  REQUIRE(troupe::testing::eventually([&] { return tool(cluster.data() + "partitions move 8 two").code == 0; }, 60s));
  CHECK(owned_by(cluster, "two") >= 1);
}

TEST_CASE("a member without a data directory gets no partition that has rows, gets others, and is drained of them") {
  InEtcd cluster;
  cluster.start("one");
  cluster.start_without_data("three", 0);
  cluster.await_serving("three");

  ends(cluster, "partitions move 7 three", 2, "member 'three' has no data directory, and partition 7 has rows");
  ends(cluster, "partitions force 7 three --accept-loss", 2, "member 'three' has no data directory");
  ends(cluster, "partitions move 300-303 three", 0, "4 partitions moved to three");
  CHECK(cluster.member("three")["partitions"]["withoutRows"] == 4);
  ends(cluster, "drain three --timeout 60s", 0, "three owns nothing any more: it gave 4 partitions");
  ends(cluster, "drain three --undo", 0, "three serves; it was draining");
  ends(cluster, "partitions drop " + (cluster.folder / "three").string() + " 7 --accept-loss", 2, "three");
}
