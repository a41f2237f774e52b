// From a later version of a schema back to an earlier one in a cluster that is called all the time: where the later one
// only added fields, nothing of it is lost; where it did more, an earlier program is not given what it cannot read.
#include "jar_cluster.h"

using namespace jars;

namespace {

constexpr int kGolden = 24;

std::string golden(int number) { return "g" + std::to_string(number); }

// What the member says of why others do not take what it has.
std::string refusals_of(const JarCluster& cluster, const std::string& node) {
  auto standing = cluster.members().look();
  REQUIRE(standing.ok());
  std::string out;
  for (const auto& one : standing->find(node)->refused) out += one.member + ": " + one.why + "\n";
  return out;
}

// The number of a partition that it could not give.
std::string refused_of(const JarCluster& cluster, const std::string& node) {
  const std::string why = refusals_of(cluster, node);
  const auto at = why.find("partition ");
  REQUIRE(at != std::string::npos);
  return why.substr(at + 10, why.find(' ', at + 10) - at - 10);
}

// Until the node owns nothing that another may have.
void await_refusals(const JarCluster& cluster, const std::string& node) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (refusals_of(cluster, node).empty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a cluster goes to a later version and back again under load, and what the later one wrote is kept") {
  JarCluster cluster;
  REQUIRE(cluster.start("a", 1));
  REQUIRE(cluster.start("b", 1));
  REQUIRE(cluster.members().await_share("b", {}).ok());
  for (int i = 0; i < kGolden; ++i)
    (void)ask_jar(cluster.place("a"), "put", R"({"cents": 5, "label": "rent"})", golden(i));
  Caller caller(cluster.place("b"));

  cluster.roll("a", 2);
  cluster.empty("b");  // so that all of them are with the later program
  for (int i = 0; i < kGolden; ++i)
    REQUIRE(ask_jar(cluster.place("a"), "give", R"({"owner": "Ann"})", golden(i)).starts_with(R"({"results":)"));
  cluster.serve("b");  // half of them go to the earlier one
  caller.await_more();
  for (int i = 0; i < kGolden; ++i)
    (void)ask_jar(cluster.place("b"), "put", R"({"cents": 1, "label": "food"})", golden(i));
  cluster.roll("a", 1);  // and now all
  caller.await_more();
  for (int i = 0; i < kGolden; ++i)
    (void)ask_jar(cluster.place("a"), "put", R"({"cents": 2, "label": "fuel"})", golden(i));
  caller.go_through(cluster.place("a"));
  cluster.roll("b", 1);
  caller.go_through(cluster.place("b"));
  cluster.roll("a", 2);
  caller.go_through(cluster.place("a"));
  cluster.empty("b");
  caller.stop();

  CHECK(caller.failed == 0);
  for (int i = 0; i < kGolden; ++i) {
    const std::string shown = ask_jar(cluster.place("a"), "show", "", golden(i));
    INFO(golden(i) << ": " << shown);
    CHECK(shown.find("fuel of Ann: 5g") != std::string::npos);
    CHECK(shown.find("2c") != std::string::npos);
  }
}

TEST_CASE("a member that an earlier program runs is not given what it cannot read, which is said, and no call fails") {
  JarCluster cluster;
  REQUIRE(cluster.start("a", 1));
  REQUIRE(cluster.start("b", 1));
  REQUIRE(cluster.members().await_share("b", {}).ok());
  Caller caller(cluster.place("b"));
  caller.await_more();
  cluster.roll("a", 4);  // which migrates what it is given
  caller.await_more();

  REQUIRE(cluster.members().drain("a").ok());
  await_refusals(cluster, "a");
  const auto stuck = cluster.members().await_empty("a", {.timeout = 1ms});
  const auto drained = tool("--data " + cluster.root() + " drain a --timeout 1ms");
  REQUIRE(cluster.members().serve("a").ok());
  const auto moved = tool("--data " + cluster.root() + " partitions move " + refused_of(cluster, "a") + " b");
  caller.await_more();

  INFO(drained.out);
  REQUIRE_FALSE(stuck.ok());
  CHECK(stuck.error().message().find("cannot go to 'b'") != std::string::npos);
  CHECK(stuck.error().message().find("the state went back from version 1 to version 0") != std::string::npos);
  CHECK(drained.code != 0);
  CHECK(drained.says("cannot go to 'b'"));
  CHECK(drained.says("troupe drain a --undo"));

  CHECK(moved.code != 0);
  CHECK(moved.says("member 'b' refused partition"));

  caller.go_through(cluster.place("a"));
  cluster.roll("b", 4);  // the way on is open
  caller.go_through(cluster.place("b"));
  cluster.empty("a");
  caller.await_more();
  CHECK(cluster.members().look()->find("a")->owned() == 0);
  // A store with no rows starts with any schemas, and is given what it can read.
  REQUIRE(cluster.stop("a") == 0);
  REQUIRE_MESSAGE(cluster.start("a", 1), cluster.said("a"));
  REQUIRE(cluster.members().serve("a").ok());
  await_refusals(cluster, "b");
  caller.await_more();
  caller.stop();

  CHECK(refusals_of(cluster, "b").find("a: ") == 0);
  CHECK(caller.failed == 0);
}

TEST_CASE("rows of tables go to an earlier program and back with what the later one wrote") {
  JarCluster cluster;
  REQUIRE(cluster.start("b", 6));
  // The earlier program has met its tables before it hears of a later form.
  (void)ask_jar(cluster.place("b"), "put", R"({"cents": 1, "label": "rent"})", "warm");
  (void)ask_jar(cluster.place("b"), "stamp", R"({"cents": 1})", "warm");
  REQUIRE_MESSAGE(cluster.start("a", 8), cluster.said("a"));
  REQUIRE(cluster.members().await_share("a", {}).ok());
  cluster.empty("b");
  for (int i = 0; i < kGolden; ++i) {
    (void)ask_jar(cluster.place("a"), "put", R"({"cents": 5, "label": "rent"})", golden(i));
    (void)ask_jar(cluster.place("a"), "stamp", R"({"cents": 5})", golden(i));
  }

  cluster.serve("b");
  cluster.empty("a");
  for (int i = 0; i < kGolden; ++i) {
    (void)ask_jar(cluster.place("b"), "put", R"({"cents": 9, "label": "rent"})", golden(i));
    (void)ask_jar(cluster.place("b"), "stamp", R"({"cents": 3})", golden(i));
  }
  cluster.serve("a");
  cluster.empty("b");

  for (int i = 0; i < kGolden; ++i) {
    const std::string shown = ask_jar(cluster.place("a"), "show", "", golden(i));
    INFO(golden(i) << ": " << shown);
    CHECK(shown.find("9 urgent by night; stamp 3 blue") != std::string::npos);
  }
}
